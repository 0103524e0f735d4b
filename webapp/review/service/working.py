"""Who does what by when: assignments, delegation, and who is looking."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col

from webapp.core import audit
from webapp.core.audit import By
from webapp.core.errors import N_, Conflict, NotFound, Refused, said
from webapp.people import service as people
from webapp.people.queries import Account
from webapp.review import queries
from webapp.review.models import Assignment, Dossier, Look
from webapp.review.rules import LOOK_LASTS, ReviewRole
from webapp.review.service import hold, standing, subject
from webapp.review.service.discussing import check_part


def assign(session: Session, dossiers: Sequence[Dossier], role: ReviewRole, to: Account, *, by: Account,
           due_at: datetime | None, now: datetime) -> None:
    """Makes somebody the one who signs these dossiers in a role; whoever was before, is not any more. All or none:
    Refused or Conflict, naming the first that cannot be theirs."""
    for dossier in sorted(dossiers, key=lambda dossier: dossier.id or 0):  # in one order, so that two never wait for
        check_part(dossier, by)                                           # each other
        hold(session, queries.subject_of(dossier), now)
        why = _unfit(session, dossier, role, to, now)
        if why is not None:
            raise Refused(said("%(title)s: %(why)s", title=dossier.title, why=said(why)) if len(dossiers) > 1 else why)
        _put(session, dossier, role, to, None, due_at or dossier.due_at, now)
        _record(session, "review-assigned", dossier, role, to, By(by.id or 0, now))


def delegate(session: Session, dossier: Dossier, by: Account, to: Account, now: datetime) -> None:
    """Hands one's own task on to somebody else, with its due date. Conflict if it is not one's own."""
    hold(session, queries.subject_of(dossier), now)
    mine = next((row for row in queries.assignments(session, [dossier.id or 0]) if row.account_id == by.id), None)
    if mine is None:
        raise Conflict(N_("This is not your task any more. Look at it again."))
    role = ReviewRole(mine.role)
    why = _unfit(session, dossier, role, to, now)
    if why is not None:
        raise Refused(why)
    _put(session, dossier, role, to, by.id, mine.due_at, now)
    _record(session, "review-delegated", dossier, role, to, By(by.id or 0, now))


def _record(session: Session, action: str, dossier: Dossier, role: ReviewRole, to: Account, by: By) -> None:
    """Once about the dossier and once about whose task it is: an entry names nobody but its actor and its subject."""
    audit.record(session, by, action, subject(dossier), f"reviewer-{role}")
    audit.record(session, by, action, people.subject(to.id or 0), f"reviewer-{role} dossier:{dossier.id}")


def _unfit(session: Session, dossier: Dossier, role: ReviewRole, to: Account, now: datetime) -> str | None:
    """Why somebody cannot be asked to sign, or None."""
    if not to.active or role not in standing.review_roles(to):
        return N_("They do not hold this role. Choose another reviewer.")
    if role not in standing.standing_of(session, dossier).missing(now):
        return N_("Nobody is waited for in this role.")
    others = {row.role for row in queries.assignments(session, [dossier.id or 0]) if row.account_id == to.id}
    others |= queries.roles_held(session, queries.subject_of(dossier), to.id or 0)
    if to.id in dossier.author_ids or others - {role}:
        return N_("They wrote it, or take part in another role. Choose another reviewer.")
    return standing.bar(dossier, to)


def _put(session: Session, dossier: Dossier, role: ReviewRole, to: Account, delegated_from: int | None,
         due_at: datetime | None, now: datetime) -> None:
    session.execute(delete(Assignment).where(
        col(Assignment.dossier_id) == dossier.id, col(Assignment.role) == role))
    session.add(Assignment(dossier_id=dossier.id or 0, role=role, account_id=to.id or 0, delegated_from=delegated_from,
                           due_at=due_at, at=now))
    session.flush()


def look(session: Session, dossier: Dossier, account: Account, now: datetime) -> Look:
    """Says to others that one is reading a dossier; it ends by itself."""
    check_part(dossier, account)
    found = queries.look(session, dossier.id or 0, account.id or 0)
    if found is None:
        found = Look(dossier_id=dossier.id or 0, account_id=account.id or 0, first_at=now, since=now, until=now)
    if found.until <= now:
        found.since = now
    found.until = now + LOOK_LASTS
    session.add(found)
    session.flush()
    return found


def stop_looking(session: Session, dossier: Dossier, account: Account, now: datetime) -> None:
    """Takes that back."""
    found = queries.look(session, dossier.id or 0, account.id or 0)
    if found is not None:
        found.until = min(found.until, now)
        session.add(found)
        session.flush()


def reviewer(found: Account | None, role: str) -> tuple[Account, ReviewRole]:
    """What a form names: somebody, and a role. NotFound if either is none of ours."""
    if found is None or role not in set(ReviewRole):
        raise NotFound(N_("There is no such reviewer."))
    return found, ReviewRole(role)

