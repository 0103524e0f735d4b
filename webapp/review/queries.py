"""Every SELECT on dossiers and signatures."""

from sqlalchemy import select
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


def hold(session: Session, dossier_id: int) -> None:
    """Lets nobody else sign this dossier until the transaction ends. SQLite's write lock does so by itself."""
    session.execute(select(col(Dossier.id)).where(col(Dossier.id) == dossier_id).with_for_update())
