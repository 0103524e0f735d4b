"""Every SELECT on dossiers and signatures."""

from sqlalchemy import String, cast, select
from sqlmodel import Session, col

from webapp.core.subject import Subject
from webapp.review.models import Dossier, Signature


def dossier(session: Session, subject: Subject, digest: str) -> Dossier | None:
    """The dossier of exactly these bytes."""
    return session.scalar(select(Dossier).where(
        col(Dossier.subject_kind) == subject.kind, col(Dossier.subject_id) == subject.id,
        col(Dossier.digest) == digest))


def newest(session: Session, subject: Subject) -> Dossier | None:
    """The dossier of a subject that was handed in last."""
    return session.scalar(select(Dossier).where(
        col(Dossier.subject_kind) == subject.kind, col(Dossier.subject_id) == subject.id)
        .order_by(col(Dossier.id).desc()).limit(1))


def signed(session: Session, subject: Subject, digest: str) -> list[tuple[str, Signature]]:
    """The signatures on exactly these bytes, oldest first, each with the route of its dossier."""
    rows = session.execute(
        select(col(Dossier.route), Signature).join(Signature, col(Signature.dossier_id) == col(Dossier.id))
        .where(col(Dossier.subject_kind) == subject.kind, col(Dossier.subject_id) == subject.id,
               col(Dossier.digest) == digest).order_by(col(Signature.id)))
    return [(route, signature) for route, signature in rows]


def signatures(session: Session, dossier_id: int) -> list[Signature]:
    """All signatures on a dossier, oldest first."""
    return list(session.scalars(select(Signature).where(col(Signature.dossier_id) == dossier_id)
                                .order_by(col(Signature.id))))


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


def hold(session: Session, dossier_id: int) -> None:
    """Lets nobody else sign this dossier until the transaction ends. SQLite's write lock does so by itself."""
    session.execute(select(col(Dossier.id)).where(col(Dossier.id) == dossier_id).with_for_update())
