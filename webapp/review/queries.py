"""Every SELECT on what is under review."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, String, case, cast, distinct, false, func, or_, select, union_all
from sqlmodel import Session, col

from webapp.core.subject import Subject
from webapp.review import rules
from webapp.review.models import (
    Assignment,
    ChangeRequest,
    Checklist,
    Comment,
    Dossier,
    Guest,
    Look,
    Material,
    Signature,
)

AT_ONCE = 1_000
"""Subjects that one statement asks about: our choice; SQLite lets it name 32,766 values."""


def _of(subject: Subject) -> tuple[Any, Any]:
    return col(Dossier.subject_kind) == subject.kind, col(Dossier.subject_id) == subject.id


def subject_of(dossier: Dossier) -> Subject:
    """What a dossier is about."""
    return Subject(dossier.subject_kind, dossier.subject_id)


def dossier(session: Session, subject: Subject, digest: str) -> Dossier | None:
    """The newest dossier of exactly these bytes."""
    return session.scalar(select(Dossier).where(*_of(subject), col(Dossier.digest) == digest)
                          .order_by(col(Dossier.version).desc()).limit(1))


def newest(session: Session, subject: Subject) -> Dossier | None:
    """The dossier of a subject that was handed in last."""
    return session.scalar(select(Dossier).where(*_of(subject)).order_by(col(Dossier.version).desc()).limit(1))


def by_key(session: Session, key: str) -> Dossier | None:
    """The dossier of that public name."""
    return session.scalar(select(Dossier).where(col(Dossier.key) == key))


def versions(session: Session, subject: Subject) -> list[Dossier]:
    """All dossiers of a subject, the newest first."""
    return list(session.scalars(select(Dossier).where(*_of(subject)).order_by(col(Dossier.version).desc())))


def is_newest(session: Session, dossier: Dossier) -> bool:
    """Whether no other of its subject was handed in later."""
    return session.scalar(select(func.max(col(Dossier.version))).where(*_of(subject_of(dossier)))) == dossier.version


def material(session: Session, subject: Subject, *, for_update: bool = False) -> Material | None:
    """The material of a subject. `for_update`: nobody else submits or signs any of its dossiers until the transaction
    ends. SQLite's write lock does so by itself."""
    asked = select(Material).where(
        col(Material.subject_kind) == subject.kind, col(Material.subject_id) == subject.id)
    return session.scalar(asked.with_for_update() if for_update else asked)


def materials(session: Session, subjects: Collection[Subject]) -> dict[Subject, Material]:
    """Subject -> material, of those among these that have one."""
    found: dict[Subject, Material] = {}
    for kind in {about.kind for about in subjects}:
        numbers = sorted({about.id for about in subjects if about.kind == kind})
        for start in range(0, len(numbers), AT_ONCE):
            rows = session.scalars(select(Material).where(
                col(Material.subject_kind) == kind, col(Material.subject_id).in_(numbers[start:start + AT_ONCE])))
            found.update((Subject(kind, row.subject_id), row) for row in rows)
    return found


Signed = Sequence[tuple[str, int, Signature | Row[Any]]]
"""Signatures on the same bytes, oldest first, each with route and days of validity of its dossier."""


def _bound() -> ColumnElement[bool]:
    """A signature on its dossier's very bytes: one that got to others, as a row, is none of theirs (21 CFR 11.70)."""
    return (col(Signature.dossier_id) == col(Dossier.id)) & (col(Signature.digest) == col(Dossier.digest))


def signed(session: Session, subject: Subject, digest: str) -> list[tuple[str, int, Signature]]:
    """The signatures on exactly these bytes, oldest first, each with route and days of validity of its dossier."""
    rows = session.execute(
        select(col(Dossier.route), col(Dossier.valid_days), Signature)
        .join(Signature, _bound()).where(*_of(subject), col(Dossier.digest) == digest).order_by(col(Signature.id)))
    return [(row[0], row[1], row[2]) for row in rows]


def handed_in(session: Session, pieces: Collection[tuple[Subject, str]]) -> set[tuple[Subject, str]]:
    """Those among these (subject, digest) that were handed in, whatever became of them."""
    found: set[tuple[Subject, str]] = set()
    for kind in {about.kind for about, _ in pieces}:
        numbers = sorted({about.id for about, _ in pieces if about.kind == kind})
        for start in range(0, len(numbers), AT_ONCE):
            rows = session.execute(select(col(Dossier.subject_id), col(Dossier.digest)).where(
                col(Dossier.subject_kind) == kind, col(Dossier.subject_id).in_(numbers[start:start + AT_ONCE])))
            found.update((Subject(kind, number), digest) for number, digest in rows)
    return found.intersection(pieces)


def signed_digests(session: Session, kind: str, numbers: Collection[int]) -> set[tuple[int, str]]:
    """(subject's number, digest) of all that anybody signed, of these subjects of a kind."""
    rows = session.execute(
        select(col(Dossier.subject_id), col(Dossier.digest)).distinct()
        .join(Signature, col(Signature.dossier_id) == col(Dossier.id)).where(col(Dossier.subject_kind) == kind))
    return {(number, digest) for number, digest in rows if number in numbers}


_SIGNED: tuple[Any, ...] = (
    col(Signature.dossier_id), col(Signature.round), col(Signature.role), col(Signature.meaning),
    col(Signature.account_id), col(Signature.printed_name), col(Signature.at))
"""What rules ask of a signature, as columns: thirty thousand objects would take a second to make."""


def signed_at_once(session: Session, kind: str, pieces: Collection[tuple[int, str]]) -> dict[
        tuple[int, str], list[tuple[str, int, Row[Any]]]]:
    """(subject's number, digest) -> what `signed` gives, of those among these pieces of a kind that anybody signed."""
    found: dict[tuple[int, str], list[tuple[str, int, Row[Any]]]] = {}
    wanted, numbers = set(pieces), sorted({number for number, _ in pieces})
    for start in range(0, len(numbers), AT_ONCE):
        # Not by `(number, digest) IN (...)`, in which neither engine sees the index: every row would meet every pair.
        rows = session.execute(select(col(Dossier.id), col(Dossier.subject_id), col(Dossier.digest)).where(
            col(Dossier.subject_kind) == kind, col(Dossier.subject_id).in_(numbers[start:start + AT_ONCE])))
        of_dossier = {row[0]: (row[1], row[2]) for row in rows if (row[1], row[2]) in wanted}
        for row in session.execute(
                select(col(Dossier.route), col(Dossier.valid_days), *_SIGNED)
                .join(Signature, _bound()).where(col(Dossier.id).in_(list(of_dossier))).order_by(col(Signature.id))):
            found.setdefault(of_dossier[row.dossier_id], []).append((row[0], row[1], row))
    return found


def signatures(session: Session, dossier_id: int) -> list[Signature]:
    """All signatures on a dossier, oldest first."""
    return list(session.scalars(select(Signature).join(Dossier, _bound())
                                .where(col(Signature.dossier_id) == dossier_id).order_by(col(Signature.id))))


def requests(session: Session, dossier_id: int) -> list[ChangeRequest]:
    """The requests for changes of a dossier, oldest first."""
    return list(session.scalars(select(ChangeRequest).where(col(ChangeRequest.dossier_id) == dossier_id)
                                .order_by(col(ChangeRequest.id))))


def checklist(session: Session, dossier_id: int) -> Checklist | None:
    """The checklist that was ticked of a dossier last."""
    return session.scalar(select(Checklist).where(col(Checklist.dossier_id) == dossier_id)
                          .order_by(col(Checklist.id).desc()).limit(1))


def ticked_by(session: Session, account_id: int) -> list[Checklist]:
    """The checklists that an account ticked, oldest first."""
    return list(session.scalars(select(Checklist).where(col(Checklist.account_id) == account_id)
                                .order_by(col(Checklist.id))))


def roles_held(session: Session, subject: Subject, account_id: int) -> set[str]:
    """The roles in which an account decided anything about a subject, all versions together."""
    asked = [select(col(table.role)).join(Dossier, col(Dossier.id) == col(table.dossier_id))
             .where(*_of(subject), col(table.account_id) == account_id) for table in (Signature, ChangeRequest)]
    return {role for one in asked for role in session.scalars(one)}


# The queue


def _newest_ids() -> Select[int | None]:
    return select(func.max(col(Dossier.id))).group_by(col(Dossier.subject_kind), col(Dossier.subject_id))


def waiting_ids(session: Session, now: datetime) -> Select[int | None]:
    """The newest dossier of each subject, but for those that all disciplines approved in one round and that need no
    renewal yet. Nobody is waited for there, and most of a library is such."""
    days = session.scalars(select(col(Dossier.valid_days)).distinct())
    is_fresh = or_(false(), *(
        (col(Dossier.valid_days) == number)
        & (func.min(col(Signature.at)) > rules.fresh_since(now, timedelta(days=number))) for number in days))
    settled = (select(col(Signature.dossier_id)).join(Dossier, _bound())
               .group_by(col(Signature.dossier_id), col(Dossier.valid_days)).having(
        func.count(distinct(col(Signature.role))) == len(rules.ReviewRole),
        func.min(col(Signature.round)) == func.max(col(Signature.round)),
        func.count() == func.sum(case((col(Signature.meaning) == rules.Meaning.APPROVAL, 1), else_=0)), is_fresh))
    return _newest_ids().having(func.max(col(Dossier.id)).not_in(settled))


def heads(session: Session, among: Select[int | None]) -> Sequence[Row[Any]]:
    """Dossiers without their texts."""
    return session.execute(select(
        col(Dossier.id), col(Dossier.key), col(Dossier.subject_kind), col(Dossier.subject_id), col(Dossier.version),
        col(Dossier.title), col(Dossier.author_ids), col(Dossier.route), col(Dossier.markets), col(Dossier.audience),
        col(Dossier.language), col(Dossier.submitted_at), col(Dossier.due_at), col(Dossier.valid_days))
        .where(col(Dossier.id).in_(among)).order_by(col(Dossier.id))).all()


def head_signatures(session: Session, among: Select[int | None]) -> dict[int, list[Row[Any]]]:
    """Dossier -> its signatures."""
    found: dict[int, list[Row[Any]]] = {}
    for row in session.execute(select(*_SIGNED).join(Dossier, _bound()).where(
            col(Signature.dossier_id).in_(among)).order_by(col(Signature.id))):
        found.setdefault(row.dossier_id, []).append(row)
    return found


def sent_back(session: Session) -> set[int]:
    """The dossiers of which changes were requested."""
    return set(session.scalars(select(col(ChangeRequest.dossier_id))))


def assignments(session: Session, dossier_ids: Iterable[int] | None = None) -> list[Assignment]:
    """Who is to sign what: of these dossiers, or of the newest of each subject."""
    chosen = _newest_ids() if dossier_ids is None else list(dossier_ids)
    return list(session.scalars(select(Assignment).where(col(Assignment.dossier_id).in_(chosen))
                                .order_by(col(Assignment.id))))


def looks(session: Session, dossier_id: int, now: datetime) -> list[Look]:
    """Who looks at a dossier now, the longest first."""
    return list(session.scalars(select(Look).where(
        col(Look.dossier_id) == dossier_id, col(Look.until) > now).order_by(col(Look.since), col(Look.id))))


def look(session: Session, dossier_id: int, account_id: int) -> Look | None:
    """What an account said of looking at a dossier, be it over or not."""
    return session.scalar(select(Look).where(col(Look.dossier_id) == dossier_id, col(Look.account_id) == account_id))


# Times


def outlines(session: Session) -> Sequence[Row[Any]]:
    """Every dossier without its texts, in the order they were handed in."""
    return session.execute(select(
        col(Dossier.id), col(Dossier.subject_kind), col(Dossier.subject_id), col(Dossier.digest), col(Dossier.route),
        col(Dossier.submitted_at)).order_by(col(Dossier.id))).all()


def first_signatures(session: Session) -> Sequence[Row[Any]]:
    """Who signed what in its first round, in which role, with what meaning and when."""
    return session.execute(select(
        col(Signature.dossier_id), col(Signature.account_id), col(Signature.role), col(Signature.meaning),
        col(Signature.at)).where(col(Signature.round) == 1)).all()


def all_requests(session: Session) -> Sequence[Row[Any]]:
    """Who sent what back, in which role and when."""
    return session.execute(select(
        col(ChangeRequest.dossier_id), col(ChangeRequest.account_id), col(ChangeRequest.role),
        col(ChangeRequest.at))).all()


def first_seen(session: Session) -> Sequence[Row[Any]]:
    """When each account first said that it looks at a dossier, or commented on it."""
    looked: Any = select(col(Look.dossier_id), col(Look.account_id), col(Look.first_at).label("at"))
    said: Any = select(col(Comment.dossier_id), col(Comment.account_id), func.min(col(Comment.at)).label("at")).where(
        col(Comment.account_id).is_not(None)).group_by(col(Comment.dossier_id), col(Comment.account_id))
    return session.execute(union_all(looked, said)).all()


# Comments and guests


def comments(session: Session, subject: Subject, through: int) -> list[tuple[Comment, int]]:
    """The comments on a subject's dossiers up to a version, oldest first, each with the version it was made on."""
    rows = session.execute(
        select(Comment, col(Dossier.version)).join(Dossier, col(Dossier.id) == col(Comment.dossier_id))
        .where(*_of(subject), col(Dossier.version) <= through).order_by(col(Comment.id)))
    return [(row[0], row[1]) for row in rows]


def open_musts(session: Session, subject: Subject, through: int) -> int:
    """How many comments that must be settled are not, on dossiers up to a version."""
    return session.scalar(
        select(func.count()).select_from(Comment).join(Dossier, col(Dossier.id) == col(Comment.dossier_id))
        .where(*_of(subject), col(Dossier.version) <= through, col(Comment.kind) == "must",
               col(Comment.closed_at).is_(None))) or 0


def comment(session: Session, key: str, *, for_update: bool = False) -> Comment | None:
    """The comment of that public name."""
    asked = select(Comment).where(col(Comment.key) == key)
    return session.scalar(asked.with_for_update() if for_update else asked)


def guests(session: Session, dossier_id: int) -> list[Guest]:
    """Who was invited to comment on a dossier, oldest first."""
    return list(session.scalars(select(Guest).where(col(Guest.dossier_id) == dossier_id).order_by(col(Guest.id))))


def guests_by_id(session: Session, numbers: Iterable[int]) -> dict[int, Guest]:
    """Number -> guest."""
    return {row.id or 0: row for row in session.scalars(select(Guest).where(col(Guest.id).in_(list(numbers))))}


def guest_with(session: Session, code: str, now: datetime) -> tuple[Guest, Dossier] | None:
    """Who may comment by this link now, and on what."""
    row = session.execute(select(Guest, Dossier).join(Dossier, col(Dossier.id) == col(Guest.dossier_id))
                          .where(col(Guest.code) == code, col(Guest.expires_at) > now)).one_or_none()
    return None if row is None else (row[0], row[1])


def comments_of_guest(session: Session, guest_id: int) -> list[Comment]:
    """What a guest wrote, oldest first."""
    return list(session.scalars(select(Comment).where(col(Comment.guest_id) == guest_id).order_by(col(Comment.id))))


# One person


def signed_by(session: Session, account_id: int) -> list[tuple[str, Signature]]:
    """Everything that an account signed, oldest first, each with its dossier's title."""
    rows = session.execute(select(col(Dossier.title), Signature)
                           .join(Signature, col(Signature.dossier_id) == col(Dossier.id))
                           .where(col(Signature.account_id) == account_id).order_by(col(Signature.id)))
    return [(title, signature) for title, signature in rows]


def written_by(session: Session, account_id: int) -> list[Dossier]:
    """The dossiers that name an account among their authors, oldest first."""
    rows = session.scalars(select(Dossier).where(cast(col(Dossier.author_ids), String).contains(str(account_id)))
                           .order_by(col(Dossier.id)))
    return [row for row in rows if account_id in row.author_ids]


def newest_of(session: Session, subject: Subject, digest: str) -> Dossier | None:
    """The dossier of a subject that was handed in last, of those whose digest is this one or begins so."""
    return session.scalar(select(Dossier).where(
        col(Dossier.subject_kind) == subject.kind, col(Dossier.subject_id) == subject.id,
        col(Dossier.digest).startswith(digest, autoescape=True)).order_by(col(Dossier.id).desc()).limit(1))


def commented_by(session: Session, account_id: int) -> list[Comment]:
    """The comments that an account made, answered or closed, oldest first."""
    return list(session.scalars(select(Comment).where(
        (col(Comment.account_id) == account_id) | (col(Comment.answered_by) == account_id)
        | (col(Comment.closed_by) == account_id)).order_by(col(Comment.id))))


def requested_by(session: Session, account_id: int) -> list[ChangeRequest]:
    """The changes that an account requested, oldest first."""
    return list(session.scalars(select(ChangeRequest).where(col(ChangeRequest.account_id) == account_id)
                                .order_by(col(ChangeRequest.id))))


def invited_by(session: Session, account_id: int) -> list[Guest]:
    """Whom an account invited to comment, oldest first."""
    return list(session.scalars(select(Guest).where(col(Guest.invited_by) == account_id).order_by(col(Guest.id))))


def tasks_of(session: Session, account_id: int) -> list[Assignment]:
    """What an account is, or was, to sign, oldest first."""
    return list(session.scalars(select(Assignment).where(
        (col(Assignment.account_id) == account_id) | (col(Assignment.delegated_from) == account_id))
        .order_by(col(Assignment.id))))


def looks_of(session: Session, account_id: int) -> list[Look]:
    """The dossiers that an account said it looks at."""
    return list(session.scalars(select(Look).where(col(Look.account_id) == account_id).order_by(col(Look.id))))
