"""What became of each dossier, read from what was recorded, for `rules.timing`."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from webapp.people import queries as people
from webapp.review import queries
from webapp.review.rules import ROUTES, Meaning, ReviewRole
from webapp.review.rules.timing import Case
from webapp.review.service.standing import review_roles

Moments = dict[ReviewRole, tuple[datetime, int]]
Piece = tuple[str, int, str]
"""(subject's kind and number, digest)"""


def cases(session: Session, published: Mapping[Piece, datetime]) -> list[Case]:
    """Every dossier as a case. `published`: when readers first saw, or were sent, which bytes."""
    acts = _Acts(session)
    found, newer = [], dict[tuple[str, int], datetime]()
    for head in reversed(queries.outlines(session)):  # the newest first, so that each finds what took its place
        about = (head.subject_kind, head.subject_id)
        found.append(acts.case(head, newer.get(about), published.get((*about, head.digest))))
        newer[about] = head.submitted_at
    return found


class _Acts:
    """Who did what first, by dossier."""

    def __init__(self, session: Session) -> None:
        self._signatures = _by_dossier(queries.first_signatures(session))
        self._requests = _by_dossier(queries.all_requests(session))
        self._seen = _by_dossier(queries.first_seen(session))
        numbers = {row.account_id for rows in self._seen.values() for row in rows}
        self._roles = {number: review_roles(account) for number, account in people.accounts(session, numbers).items()}

    def case(self, head: Any, replaced_at: datetime | None, published_at: datetime | None) -> Case:
        """One dossier's case."""
        signatures, requests = self._signatures.get(head.id, []), self._requests.get(head.id, [])
        signed = _first((ReviewRole(row.role), row.at, row.account_id) for row in signatures)
        decided = _first((ReviewRole(row.role), row.at, row.account_id) for row in (*signatures, *requests))
        looked = _first((*self._looks(head.id, decided), *((role, *act) for role, act in decided.items())))
        approved_at = _approved_at(head.route, signatures)
        ends = [row.at for row in requests] + [row.at for row in signatures if row.meaning != Meaning.APPROVAL]
        closed_at = min([*ends, *([replaced_at] if replaced_at else [])], default=None)
        is_shown = published_at is not None and approved_at is not None and published_at >= approved_at
        return Case(head.subject_kind, head.route, head.submitted_at, looked, signed, approved_at,
                    published_at if is_shown else None, closed_at)

    def _looks(self, number: int, decided: Mapping[ReviewRole, tuple[datetime, int]]) -> Iterable[Any]:
        """Who was at it: for the role that they decided in, else for each that they hold."""
        role_of = {account: role for role, (_, account) in decided.items()}
        for row in self._seen.get(number, []):
            own = [role_of[row.account_id]] if row.account_id in role_of else self._roles.get(row.account_id, [])
            yield from ((role, row.at, row.account_id) for role in own)


def _by_dossier(rows: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.dossier_id, []).append(row)
    return found


def _first(acts: Iterable[tuple[ReviewRole, datetime, int]]) -> Moments:
    found: Moments = {}
    for role, at, account in sorted(acts, key=lambda act: act[1]):
        found.setdefault(role, (at, account))
    return found


def _approved_at(route_name: str, signatures: Iterable[Any]) -> datetime | None:
    """When the last of the approvals came that its route asks for; None before that, and of what somebody rejected."""
    route, rows = ROUTES.get(route_name), list(signatures)
    if route is None or any(row.meaning != Meaning.APPROVAL for row in rows):
        return None
    moments = sorted(row.at for row in rows if row.role in route.roles)
    return moments[route.count - 1] if len(moments) >= route.count else None
