"""Accounts, roles, sign-in, and the consent ledger.

An *account* is one person. A *grant* gives it a role, for sponsors' people within one company. A *consent* is about
one purpose, channel and company; the ledger is append-only, and its current state stands beside it. Whoever wants to
write to somebody asks `queries.contactable`, before writing the row and again before sending it.

Promises: a consent withdrawn a second ago stops the next send. An unsubscribe code never expires.
"""
