"""Roles, what they may reach, and consent: pure."""

from collections.abc import Collection
from enum import Enum, StrEnum
from typing import Final


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


class AnyAccount(Enum):
    """The type of `SIGNED_IN`."""

    SIGNED_IN = "signed in"


SIGNED_IN: Final = AnyAccount.SIGNED_IN
"""What a route declares in place of roles when it asks for an account and no more."""
Declared = Collection[Role] | AnyAccount | None
"""Who may call a route: holders of a role, anybody signed in, or (None) anybody."""


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


def may_call(declared: Declared, held: Collection[Role]) -> bool:
    """Whether a route that declared this may be called by somebody signed in who holds those roles.

    An empty declaration lets nobody in.
    """
    return declared is None or declared is SIGNED_IN or bool(set(declared) & set(held))


def normal_address(email: str) -> str:
    """The address as it is stored and compared: trimmed, lower case."""
    return email.strip().lower()
