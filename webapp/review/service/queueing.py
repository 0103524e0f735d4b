"""What waits for whom, ready for a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from webapp.core.subject import Subject
from webapp.people import queries as people
from webapp.people.queries import Account
from webapp.people.rules import MARKET_NAMES, Role
from webapp.review import queries, rules
from webapp.review.models import Assignment, Material
from webapp.review.rules import ROUTES, ReviewRole, naming
from webapp.review.service.standing import Standing, decisions_of, review_roles


@dataclass(frozen=True)
class Filter:
    """How the queue is narrowed down: one discipline; `mine` or `unassigned` or all; only what is overdue."""

    role: str = ""
    whose: str = ""
    is_overdue_only: bool = False


@dataclass(frozen=True)
class Waiting:
    """A dossier that waits, without its texts."""

    head: Any
    standing: Standing
    tasks: tuple[Assignment, ...]
    missing: tuple[ReviewRole, ...]
    due_at: datetime | None

    def task(self, role: ReviewRole) -> Assignment | None:
        """Whose task a role is, if it was given to anybody."""
        return next((task for task in self.tasks if task.role == role), None)


def waiting(session: Session, now: datetime) -> list[Waiting]:
    """All that waits, what is due first at the top."""
    among = queries.waiting_ids(session, now)
    signatures, sent_back = queries.head_signatures(session, among), queries.sent_back(session)
    tasks: dict[int, list[Assignment]] = {}
    for task in queries.assignments(session):
        tasks.setdefault(task.dossier_id, []).append(task)
    found = []
    for head in queries.heads(session, among):
        stands = Standing(head.route, decisions_of(signatures.get(head.id, ())), timedelta(days=head.valid_days), True,
                          head.id in sent_back)
        missing = tuple(stands.missing(now))
        if missing:
            mine = tuple(tasks.get(head.id, ()))
            found.append(Waiting(head, stands, mine, missing, _due(head, stands, mine, missing, now)))
    return sorted(found, key=lambda entry: (entry.due_at is None, entry.due_at, entry.head.id))


def _due(head: Any, stands: Standing, tasks: Sequence[Assignment], missing: Sequence[ReviewRole],
         now: datetime) -> datetime | None:
    """A renewal is due when the approval lapses; what was never approved, when it was asked for."""
    if rules.decisive(head.route, stands.decisions):
        return rules.lapses_at(rules.decisive(head.route, stands.decisions), stands.valid_for)
    asked = [task.due_at for task in tasks if task.due_at is not None and task.role in missing]
    return min(asked) if asked else head.due_at


def queue(session: Session, account: Account, chosen: Filter, page: int, now: datetime) -> dict[str, Any]:
    """What the queue's page shows: to an author alone what they wrote."""
    roles = review_roles(account)
    is_author_only = not roles and Role.OPERATOR not in account.roles
    found = [entry for entry in waiting(session, now) if _matches(entry, account, chosen, now)
             and (not is_author_only or account.id in entry.head.author_ids)]
    shown = found[(page - 1) * naming.PAGE:page * naming.PAGE]
    numbers = {task.account_id for entry in shown for task in entry.tasks}
    materials = queries.materials(session, [Subject(entry.head.subject_kind, entry.head.subject_id) for entry in shown])
    names = people.accounts(session, numbers)
    return {"lines": [_line(entry, account, names, materials, now) for entry in shown], "total": len(found),
            "number": page, "has_more": len(found) > page * naming.PAGE, "chosen": chosen, "own_roles": roles,
            "may_time": not is_author_only,
            "may_file": ReviewRole.REGULATORY in roles or Role.OPERATOR in account.roles,
            "roles": list(naming.DISCIPLINES.items()), "can_assign": bool(roles and shown),
            "may_use_library": uses_library(account),
            "reviewers": [(role, naming.DISCIPLINES[role], person) for role in ReviewRole
                          for person in holders(session, role)] if roles else []}


def uses_library(account: Account) -> bool:
    """Whether somebody finds the reference library: who reviews or writes does."""
    return bool(review_roles(account)) or Role.WRITER in account.roles


def holders(session: Session, role: ReviewRole) -> list[Account]:
    """The accounts in use that hold a review role, by name."""
    found = people.search(session, "", Role(f"reviewer-{role}"), offset=0, limit=200)
    return [account for account in found if account.active]


def _matches(entry: Waiting, account: Account, chosen: Filter, now: datetime) -> bool:
    roles = [role for role in entry.missing if not chosen.role or role == chosen.role]
    tasks = [entry.task(role) for role in roles]
    if chosen.whose == "mine" and not any(task is not None and task.account_id == account.id for task in tasks):
        return False
    if chosen.whose == "unassigned" and None not in tasks:
        return False
    return bool(roles) and not (chosen.is_overdue_only and (entry.due_at is None or entry.due_at > now))


def _line(entry: Waiting, account: Account, names: dict[int, Account], materials: dict[Any, Material],
          now: datetime) -> dict[str, Any]:
    head = entry.head
    material = materials.get((head.subject_kind, head.subject_id))
    route = ROUTES.get(head.route)
    return {
        "key": head.key, "title": head.title, "version": head.version, "submitted_at": head.submitted_at,
        "material": rules.material_name(material.allotted_at.year, material.id or 0) if material else "",
        "route": route.name if route else head.route, "markets": markets_of(head.markets),
        "audience": naming.AUDIENCES.get(head.audience, head.audience), "due_at": entry.due_at,
        "is_overdue": entry.due_at is not None and entry.due_at <= now,
        "is_renewal": bool(rules.decisive(head.route, entry.standing.decisions)),
        "missing": [_role(entry.task(role), role, names, account) for role in entry.missing]}


def _role(task: Assignment | None, role: ReviewRole, names: dict[int, Account], account: Account) -> dict[str, Any]:
    person = names.get(task.account_id) if task else None
    return {"name": naming.DISCIPLINES[role], "person": person.name if person else "",
            "is_mine": bool(person and person.id == account.id)}


def markets_of(codes: Sequence[str]) -> list[str]:
    """The names of markets, for the catalogue."""
    return [MARKET_NAMES.get(code, code) for code in codes]
