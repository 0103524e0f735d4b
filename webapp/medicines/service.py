"""Keeps what medicines are called; brings labels in, one file at a time: all of it or nothing."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import delete, insert
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from webapp.core.db import Database
from webapp.medicines import queries
from webapp.medicines.models import Label, LabelSection, Medicine
from webapp.medicines.rules import spl
from webapp.medicines.rules.spl import LabelRefused


class Outcome(StrEnum):
    """What became of a file: `OLDER` is new here, but a newer version was known already and stays the current one."""

    NEW = "new"
    OLDER = "older"
    KNOWN = "known"
    REFUSED = "refused"


@dataclass(frozen=True)
class Report:
    """What became of one file, and `about` which label, or why."""

    outcome: Outcome
    about: str

    @property
    def has_added(self) -> bool:
        """Whether a label came in."""
        return self.outcome in (Outcome.NEW, Outcome.OLDER)


def keep_names(session: Session, abouts: Mapping[str, Mapping[str, Any]]) -> None:
    """Keeps what each medicine's topic says that it is called: `titles` and `synonyms` by language. Another's names
    stay as they are."""
    if abouts:
        session.execute(delete(Medicine).where(col(Medicine.slug).in_(list(abouts))))
        session.execute(insert(Medicine), [
            {"slug": slug, "titles": about["titles"], "synonyms": about["synonyms"]} for slug, about in abouts.items()])


def import_file(database: Database, path: Path, now: datetime) -> Report:
    """Stores the label in a file, in a transaction of its own; bringing one in again changes nothing."""
    try:
        content = _bytes(path)
        read = spl.read_label(content)
    except LabelRefused as refused:
        return Report(Outcome.REFUSED, f"{refused}.")
    sha256 = hashlib.sha256(content).hexdigest()
    try:
        with database.writing() as session:
            return _store(session, read, sha256, now)
    except IntegrityError:  # on PostgreSQL another import stored it between the look and the insert
        with database.writing() as session:
            return _store(session, read, sha256, now)


def _bytes(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > spl.MAX_BYTES:
            raise LabelRefused(f"the file has {size:,} bytes; at most {spl.MAX_BYTES:,} are read")
        return path.read_bytes()
    except OSError as error:
        raise LabelRefused(f"the file cannot be read: {error.strerror}. Check its permissions") from None


def _store(session: Session, read: spl.Label, sha256: str, now: datetime) -> Report:
    about = f"{read.product or read.set_id}, version {read.version} of {read.effective_on}"
    known = queries.label(session, read.set_id, read.version)
    if known is not None and known.sha256 != sha256:
        return Report(Outcome.REFUSED, f"{about} is here already with other bytes, and a version never changes. "
                                       "Compare the two files; a change has a version of its own.")
    if known is not None:
        return Report(Outcome.KNOWN, f"{about}.")
    newest = queries.current(session, [read.set_id]).get(read.set_id)
    _add(session, read, sha256, now)
    if newest is not None and newest.version > read.version:
        return Report(Outcome.OLDER, f"{about}, {len(read.sections)} sections; version {newest.version} stays current.")
    return Report(Outcome.NEW, f"{about}, {len(read.sections)} sections.")


def _add(session: Session, read: spl.Label, sha256: str, now: datetime) -> None:
    row = Label(
        set_id=read.set_id, version=read.version, effective_on=read.effective_on, title=read.title,
        product=read.product, document_type=read.document_type, manufacturer=read.manufacturer,
        marketing_category=read.marketing_category, sha256=sha256, imported_at=now,
        ingredients=[{"name": name, "unii": unii} for name, unii in read.ingredients])
    session.add(row)
    session.flush()
    session.execute(insert(LabelSection), [
        {"label_id": row.id, "position": position, "code": section.code, "title": section.title,
         "depth": section.depth, "text": section.text, "digest": section.digest}
        for position, section in enumerate(read.sections)])
