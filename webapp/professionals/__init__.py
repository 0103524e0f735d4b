"""Verified health professionals: who is one, by which number, and who decided it on what evidence.

A *scheme* is a register and the number it gives (NPI, practising certificate, GMC number). An *application* states a
number and a name; a *finding* is what a registry says to it; a *decision* makes the account's one *verification*
verified or refused. A *registry* is asked for a number: the table that `materia registry import` fills, or a look-up
service. A number is *held* where another account already claims it.

Promises: the role `hcp` is given and taken here alone, in the transaction of the decision, so that a revocation closes
the next request. A registry that is absent, late or talks nonsense opens nothing: the application waits for a person.
Events are append-only and hold ids and codes, never personal values. Uploaded documents are sealed, shown to operators
alone, and deleted 30 days after the decision.
"""
