"""The bench runs, and says what it found. No figure is judged here: that is for a quiet machine."""

import itertools
import resource
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.benchmarks import (
    audit_append,
    audit_verify,
    certificates,
    content_sync,
    differences,
    outbox_rows,
    outcomes,
    policy,
    registry,
    safety_queue,
    screening,
    searching,
    transcript,
)
from tests.benchmarks.library import page, write_library
from tests.benchmarks.load import MARK, Client, Plan, percentile
from tests.benchmarks.measuring import (
    Ratio,
    Report,
    at_least,
    at_most,
    interleave,
    peak_megabytes,
    verdict_of,
)
from webapp.articles.service import library

SOME_BYTES = b"x" * 50_000


class Answering(BaseHTTPRequestHandler):
    """Answers GET with some bytes and POST with 204, and keeps what was posted."""

    protocol_version = "HTTP/1.1"
    posted: list[bytes]

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(SOME_BYTES)))
        self.end_headers()
        self.wfile.write(SOME_BYTES)

    def do_POST(self) -> None:
        self.posted.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    Answering.posted = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_ratio_says_whether_its_goal_is_met() -> None:
    assert "goal >= 2: met" in str(Ratio("pages", [9, 8, 10], [4, 4, 4], "requests/s", at_least(2)))
    assert "goal <= 2: MISSED" in str(Ratio("rows", [9, 8, 10], [4, 4, 4], "s", at_most(2)))


def test_a_ratio_is_of_medians_and_shows_the_spread_of_its_rounds() -> None:
    told = str(Ratio("pages", [2, 100, 3], [1, 1, 2], "requests/s", at_least(2)))
    assert "3  (1.5 to 100 in 3 rounds)" in told


def test_what_was_missed_is_said_at_the_end() -> None:
    met, missed = Ratio("pages", [9], [4], "requests/s", at_least(2)), Ratio("rows", [9], [4], "s", at_most(2))
    assert verdict_of([Report([met]), Report([missed])]) == "1 of 2 goals met\n  MISSED: rows 2.25, goal <= 2"
    assert verdict_of([Report([met])]) == "1 of 1 goals met"


def test_a_process_counts_its_own_peak_of_memory() -> None:
    """And not that of the process which started it, as `getrusage` does."""
    assert 10 < peak_megabytes() <= resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 + 5


def test_sides_take_turns() -> None:
    clock = itertools.count()
    assert interleave(2, {"ours": clock.__next__, "theirs": clock.__next__}) == {"ours": [0, 2], "theirs": [1, 3]}


def test_the_made_up_library_has_no_errors(tmp_path: Path) -> None:
    write_library(tmp_path, 12)
    read = library.read(tmp_path)
    assert (len(read.documents), read.errors) == (12, ())


def test_another_seed_gives_other_words_under_the_same_address(tmp_path: Path) -> None:
    for seed in (1, 2):
        write_library(tmp_path / str(seed), 1, seed=seed)
    assert page(tmp_path / "1", 0).read_text() != page(tmp_path / "2", 0).read_text()


def test_the_client_takes_whole_answers(server: ThreadingHTTPServer) -> None:
    done = Client(Plan(server.server_port, "/page", 0.2, connections=3)).load()
    assert done.answered(200) == len(done.latencies) >= 3


def test_the_client_sends_every_request_that_is_due_with_a_mark_of_its_own(server: ThreadingHTTPServer) -> None:
    done = Client(Plan(server.server_port, "/e", 0.5, connections=3, body=f"view={MARK}", per_second=100)).load()
    assert done.answered(204) == len(done.lags) == len(set(Answering.posted)) == 50
    assert percentile(done.latencies, 0.99) >= percentile(done.latencies, 0.5) > 0


@pytest.mark.parametrize(("told", "compare"), [
    ("sync / bare renders", lambda folder: content_sync.compare(folder, articles=8, rounds=1, beside=False)),
    ("outbox rows / bare", lambda folder: outbox_rows.compare(folder, people=300, rounds=1)),
    ("registry rows / bare", lambda folder: registry.compare(folder, rows=300, rounds=1)),
    ("policy decision / 20", lambda folder: policy.decide(times=1, rounds=1)),
    ("signed-in at a gate", lambda folder: policy.read_gated(folder, times=2, rounds=1)),
    ("audit append / plain", lambda folder: audit_append.compare(folder, commits=3, rounds=1)),
    ("audit verified / bare", lambda folder: audit_verify.compare(folder, entries=30, rounds=1)),
    ("wrapped anew / 200 ms", lambda folder: differences.compare(words=200, rounds=1)),
    ("English screened / 1 ms", lambda folder: screening.compare(texts=2, rounds=1)),
    ("queue, first page / 100 ms", lambda folder: safety_queue.compare(folder, cases=60, rounds=1)),
    ("certificates / 300", lambda folder: certificates.compare(folder, times=2, rounds=1)),
    ("transcript, page / 100 ms", lambda folder: transcript.compare(folder, credits=20, rounds=1)),
    ("outcomes, page / 1000 ms", lambda folder: outcomes.compare(folder, completions=30, rounds=1)),
    ("English search p99 / FTS5's",
     lambda folder: searching.compare(folder, pages=8, queries=2, rounds=1, beside=False)),
], ids=["content_sync", "outbox_rows", "registry", "policy", "signed-in", "audit_append", "audit_verify",
        "differences", "screening", "safety_queue", "certificates", "transcript", "outcomes", "searching"])
def test_what_needs_no_server_can_be_measured(told: str, compare: object, tmp_path: Path) -> None:
    report = compare(tmp_path)  # type: ignore[operator]
    print(report)
    assert told in str(report)
    assert all(ratio.value > 0 for ratio in report.ratios)
