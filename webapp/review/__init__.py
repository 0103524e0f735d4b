"""Medical, legal and regulatory decisions, as signatures on a dossier's digest.

A *dossier* is a frozen thing handed in by whoever wants it published or sent: a Subject, the digest of all that can
change what is read, and what the reviewer needs to see. A *signature* is bound to that digest. *Clearance* is the
answer to: have all needed roles signed exactly these bytes, and has it not lapsed? One byte edited gives another
digest, so an edit voids clearance without special code. Unchanged bytes are signed again in a new *round*, which opens
before the newest one lapses. Review calls nobody above; clearance never publishes.

A *case* is all versions of one piece, named by its *material ID*. A *route* says who must sign. A *guest* comments on
one dossier by a link, without an account. Dossiers, signatures, requests for changes and materials are append-only;
where a dossier stands is made from them each time.
"""
