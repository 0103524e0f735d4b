"""Medical, legal and regulatory decisions, as signatures on a dossier's digest.

A *dossier* is a frozen thing handed in by whoever wants it published or sent: a Subject, the digest of all that can
change what is read, and what the reviewer needs to see. A *signature* is bound to that digest. *Clearance* is the
answer to: have all needed roles signed exactly these bytes, and has it not lapsed? One byte edited gives another
digest, so an edit voids clearance without special code. Unchanged bytes are signed again in a new *round*, which opens
before the newest one lapses. Review calls nobody above; clearance never publishes.
"""
