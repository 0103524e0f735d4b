"""Where a dossier stands, read from what was recorded."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row
from sqlmodel import Session

from webapp.core.errors import N_, Refused
from webapp.people.queries import Account
from webapp.people.rules import SPONSOR_ROLES, Role
from webapp.review import queries, rules
from webapp.review.models import Dossier, Signature
from webapp.review.rules import Decision, Meaning, ReviewRole, State


@dataclass(frozen=True)
class Standing:
    """All that the rules ask about one dossier."""

    route: str
    decisions: tuple[Decision, ...]
    valid_for: timedelta
    is_newest: bool = True
    has_requests: bool = False

    def state(self, now: datetime) -> State:
        """Where it stands."""
        return rules.state_of(self.route, self.decisions, now, valid_for=self.valid_for, is_newest=self.is_newest,
                              has_requests=self.has_requests)

    def is_open(self, now: datetime) -> bool:
        """Whether somebody is waited for."""
        return rules.is_open(self.route, self.decisions, now, valid_for=self.valid_for, is_newest=self.is_newest,
                             has_requests=self.has_requests)

    def missing(self, now: datetime) -> list[ReviewRole]:
        """The roles that are waited for."""
        return rules.missing_roles(self.route, self.decisions, now, self.valid_for) if self.is_open(now) else []

    def closed(self, now: datetime) -> str | None:
        """Why nobody signs it any more, or None."""
        return rules.closed(self.state(now), is_newest=self.is_newest, has_requests=self.has_requests)

    def lapses_at(self, now: datetime) -> datetime | None:
        """When its approval lapses; None without one."""
        cleared = rules.clearance(self.route, self.decisions, now, self.valid_for)
        return rules.lapses_at(cleared, self.valid_for) if cleared else None


def standing_of(session: Session, dossier: Dossier) -> Standing:
    """The standing of one dossier."""
    number = dossier.id or 0
    return Standing(dossier.route, decisions_of(queries.signatures(session, number)),
                    timedelta(days=dossier.valid_days), queries.is_newest(session, dossier),
                    bool(queries.requests(session, number)))


def decisions_of(signatures: Iterable[Signature | Row[Any]]) -> tuple[Decision, ...]:
    """Signatures, or rows of their columns, as the rules see them."""
    return tuple(Decision(entry.round, ReviewRole(entry.role), Meaning(entry.meaning), entry.account_id,
                          entry.printed_name, entry.at) for entry in signatures)


def review_roles(account: Account) -> list[ReviewRole]:
    """The review roles that an account holds."""
    return [role for role in ReviewRole if Role(f"reviewer-{role}") in account.roles]


def has_seat(account: Account) -> bool:
    """Whether an account works for a sponsor."""
    return bool(SPONSOR_ROLES & set(account.roles))


def check_role(account: Account, role: ReviewRole) -> None:
    """Refused unless the account holds the role and is in use."""
    if not account.active:
        raise Refused(N_("Your account is out of use. Nothing was signed."))
    if Role(f"reviewer-{role}") not in account.roles:
        raise Refused(N_("Your account does not hold this reviewer's role. Nothing was signed."))


def bar(dossier: Dossier, account: Account) -> str | None:
    """Why the dossier's route is closed to somebody, or None."""
    return rules.bar(dossier.route, has_seat=has_seat(account), reads=[account.language], language=dossier.language)
