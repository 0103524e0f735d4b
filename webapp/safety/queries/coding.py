"""Every SELECT on the terms of MedDRA that were brought in."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlmodel import Session, col

from webapp.safety.models import SafetyDictionary, SafetyTerm


def dictionaries(session: Session) -> list[SafetyDictionary]:
    """Those that came in whole, the newest version first."""
    rows = session.scalars(select(SafetyDictionary).where(col(SafetyDictionary.loaded_at).is_not(None)))
    return sorted(rows, key=lambda row: ([-int(part) for part in row.version.split(".")], row.language))


def dictionary(session: Session, version: str, language: str) -> SafetyDictionary | None:
    """That release, come in whole or begun."""
    return session.scalar(select(SafetyDictionary).where(
        col(SafetyDictionary.version) == version, col(SafetyDictionary.language) == language))


def matches(session: Session, dictionary_id: int, folded: str, limit: int) -> Sequence[SafetyTerm]:
    """Current terms that hold these words, which are folded: those that are or begin with them first, then the
    shortest."""
    name = col(SafetyTerm.folded)
    return session.scalars(select(SafetyTerm).where(
        col(SafetyTerm.dictionary_id) == dictionary_id, col(SafetyTerm.is_current),
        name.contains(folded, autoescape=True))
        .order_by(name != folded, ~name.startswith(folded, autoescape=True), func.length(name), name)
        .limit(limit)).all()


def term(session: Session, dictionary_id: int, code: int) -> SafetyTerm | None:
    """The term of that code."""
    return session.scalar(select(SafetyTerm).where(
        col(SafetyTerm.dictionary_id) == dictionary_id, col(SafetyTerm.code) == code))


def some_of(session: Session, dictionary_id: int, limit: int) -> list[int]:
    """Numbers of some of its terms."""
    return list(session.scalars(select(col(SafetyTerm.id)).where(
        col(SafetyTerm.dictionary_id) == dictionary_id).limit(limit)))


def count_terms(session: Session, dictionary_id: int) -> int:
    """How many terms it has."""
    return session.scalar(select(func.count()).select_from(SafetyTerm).where(
        col(SafetyTerm.dictionary_id) == dictionary_id)) or 0
