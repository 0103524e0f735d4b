"""Verified health professionals: who is one, by which number, and who decided it on what evidence.

A *scheme* is a register and the number it gives (NPI, practising certificate, GMC number). An *application* states a
number and a name; a *finding* is what a registry says to it; a *decision* makes the account's one *verification*
verified or refused. A *registry* is asked for a number: the table that `materia registry import` fills, or a look-up
service. A number is *held* where another account already claims it. A *renewal* is the same application, sent within
sixty days before the verification falls due: until then the person stays verified (`renewing`), whatever is decided
short of a revocation; what is not decided by then lapses, and its application waits on. Any other application closes
what was open until it is decided.

Promises: the role `hcp` is given and taken here alone, in the transaction of the decision, so that a revocation closes
the next request. A registry that is absent, late or talks nonsense opens nothing: the application waits for a person.
Events are append-only and hold ids and codes, never personal values. Uploaded documents are sealed, shown to operators
alone, and deleted 30 days after the decision. A person is reminded at most twice of one due day.
"""
