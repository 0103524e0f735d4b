"""Accounts, roles, and sign-in.

An *account* is one person. A *grant* gives it a role, for sponsors' people within one company. No more is kept
than is needed: a day of birth is looked at and not stored.

Promises: there is always an operator who can sign in: the last one can neither be put out of use nor lose the role.
Whoever has a seat in a company may give it up, save its last administrator, who hands over first.
"""
