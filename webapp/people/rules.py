"""Roles, what they may reach, and consent: pure."""

from collections.abc import Collection
from enum import StrEnum


class Role(StrEnum):
    """All roles there are. A marketer and a sponsor's administrator hold theirs within one company."""

    READER = "reader"
    HCP = "hcp"
    WRITER = "writer"
    MEDICAL_REVIEWER = "reviewer-medical"
    LEGAL_REVIEWER = "reviewer-legal"
    REGULATORY_REVIEWER = "reviewer-regulatory"
    CME_PROVIDER = "cme-provider"
    MARKETER = "marketer"
    SPONSOR_ADMIN = "sponsor-admin"
    SAFETY = "safety"
    OPERATOR = "operator"

    def get_permissions(self) -> frozenset[str]:
        """What Flask-Security asks of a role: nothing beside the role itself."""
        return frozenset()


SPONSOR_ROLES = frozenset({Role.MARKETER, Role.SPONSOR_ADMIN})
SIGNED_IN = frozenset(Role)
"""Any account with any role."""


class AccountKind(StrEnum):
    """Whom an account says it is, chosen at registration; decides which audience a campaign may count it in."""

    PATIENT = "patient"
    HCP = "hcp"
    STAFF = "staff"


class Purpose(StrEnum):
    """What a consent is for; one purpose at a time."""

    COMPANY_MAIL = "company-mail"
    """Mail paid for by a named company."""


class Channel(StrEnum):
    """By which way."""

    EMAIL = "email"


PASSWORD_LENGTH = 256
"""Characters of a password at most: our choice, beyond any passphrase; more is refused before it costs a hash."""


def may_call(declared: Collection[Role] | None, held: Collection[Role]) -> bool:
    """Whether a route that declared these roles may be called by somebody who holds those.

    `None` declares a public route; an empty declaration lets nobody in.
    """
    return declared is None or bool(set(declared) & set(held))


def normal_address(email: str) -> str:
    """The address as it is stored and compared: trimmed, lower case."""
    return email.strip().lower()
