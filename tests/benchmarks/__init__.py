"""What `make bench` measures: `python -m tests.benchmarks [NAME ...] [--quick]`.

Every figure is a ratio of two sides that run in the same minutes on the same machine, in interleaved rounds (A B A B):
the median of each side, the ratio of the medians, and the least and greatest ratio of a round. A goal that is missed
is said to be missed; the exit code is 0 all the same. Without arguments it takes under ten minutes on two cores;
`--quick` is for seeing that it runs: fewer and smaller rounds, so that fixed costs weigh more and goals may be missed.

    pages          a stored article page from the whole program, against a bare Flask view of the same bytes on the same
                   server, and against nginx serving them as a file (where nginx is installed; `worker_processes auto`)
    beacons        `POST /e` with its commit, saturated, against the same program with a writer that stores nothing;
                   and whether each answered beacon is a row
    beacons_beside p99 of `POST /e` at 600 a second, beside a worker that sends signed mail and releases a campaign and
                   beside content syncs, against the p99 alone; latencies count from the time a request was due
    content_sync   `content sync` and `content check` of 2,000 made-up articles and of 10,000 on all cores, against bare
                   renders of some of the same texts with the same Markdown extensions on one core; a second sync with
                   one article changed; and the peak memory of 10,000, against that of 2,000
    outbox_rows    the release of a campaign to 200,000 people, its pauses apart, against one bare INSERT..SELECT of
                   the same rows into the same table
    registry       `registry import` of a made-up NPPES file of 330 columns, its pauses included, against a bare load of
                   the same columns by csv and sqlite3; and its peak memory, against that of a file four times as long
    policy         a decision of the policy table against 20 microseconds, and what session and policy add to the page
                   of a signed-in reader
    audit_append   a commit that appends one entry to the audit's chain, against one that inserts the same row elsewhere
    audit_verify   the verification of an audit of 250,000 entries, against bare reads and hashes of the same rows; and
                   its peak memory, against that of a tenth of them
    differences    two revisions of 10,000 words compared, changed here and there up to all over, against 200 ms
    searching      p99 of ranked searches of 10,000 pages, against SQLite's FTS5 and, in Chinese, LIKE; and the peak
                   memory of a build of the index, against that of a quarter of the pages

Pages are asked for by wrk where it is installed (`apt-get install wrk`), else by the client of `load.py`, which sends
the beacons in any case: one process, keep-alive connections, no pipelining. On two cores it takes its share of them
from the server, on both sides alike. Servers, clients and files live in temporary folders and end with the bench.
"""
