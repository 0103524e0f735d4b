"""Product labels beside articles: which sections pages lean on, and what a newer label means for them.

A flag asks for another look and does nothing else: what readers see stays. It is one for each revision and section;
a newer version yet moves an open flag on, and after a flag was closed the section counts as looked at as it then was.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from sqlalchemy import update
from sqlmodel import Session, col

from webapp.articles.models import LabelFlag
from webapp.articles.queries import labels as labels_queries
from webapp.articles.queries.labels import Leaning
from webapp.core import audit, pages
from webapp.core.audit import By
from webapp.core.errors import N_, Conflict, Invalid, NotFound
from webapp.core.subject import Subject
from webapp.medicines import queries as medicines
from webapp.medicines.queries import Passage, Place

SUBJECT = "label-flag"


class Leans(Protocol):
    """Something that leans on a section of a version of a label."""

    @property
    def set_id(self) -> str:
        """Of the label."""

    @property
    def section(self) -> str:
        """By its LOINC code."""

    @property
    def version(self) -> int:
        """Of the label."""


Leaner = TypeVar("Leaner", bound=Leans)


@dataclass(frozen=True)
class Changed(Generic[Leaner]):
    """A section that something leans on, and the newest version of its label, which is not known to say the same."""

    leaning: Leaner
    to_version: int

    @property
    def places(self) -> tuple[Place, Place]:
        """The section in both versions."""
        leaning = self.leaning
        return (Place(leaning.set_id, leaning.version, leaning.section),
                Place(leaning.set_id, self.to_version, leaning.section))


def flag_changes(session: Session, now: datetime) -> int:
    """Flags every published or waiting revision that leans on a label section which the label's newest version does
    not say as it was: changed, taken out, or not to be compared since the version leant on never came in. How many
    flags were made or moved on."""
    pages.lock(session)  # one at a time, on PostgreSQL too
    open_flags, looked_at = labels_queries.flags_of(session)
    leanings = [leaning._replace(version=looked_at.get(leaning.spot, leaning.version))
                for leaning in labels_queries.leanings(session)]
    return sum(_flag(session, change, open_flags.get(change.leaning.spot), now)
               for change in list(changes(session, leanings)))


def changes(session: Session, leanings: Collection[Leaner]) -> Iterator[Changed[Leaner]]:
    """Those that lean on what the newest version of their label is not known to say as it was."""
    newest = medicines.current(session, {leaning.set_id for leaning in leanings})
    stale = [Changed(leaning, newest[leaning.set_id].version) for leaning in leanings
             if leaning.set_id in newest and newest[leaning.set_id].version > leaning.version]
    passages = medicines.passages(session, [place for change in stale for place in change.places])
    for change in stale:
        before, after = (passages.get(place) for place in change.places)
        if before is None or after is None or before.digest != after.digest:
            yield change


def _flag(session: Session, change: Changed[Leaning], known: LabelFlag | None, now: datetime) -> bool:
    leaning = change.leaning
    if known is not None and known.to_version >= change.to_version:
        return False
    if known is not None:
        session.execute(update(LabelFlag).where(col(LabelFlag.id) == known.id).values(
            to_version=change.to_version, flagged_at=now))
    else:
        session.add(LabelFlag(
            document_id=leaning.document_id, revision_id=leaning.revision_id, set_id=leaning.set_id,
            section=leaning.section, from_version=leaning.version, to_version=change.to_version, flagged_at=now))
    audit.record(session, By(audit.SCHEDULE, now), "label-flagged", Subject("article", leaning.document_id),
                 f"revision:{leaning.revision_id} label:{leaning.set_id} section:{leaning.section} "
                 f"version:{leaning.version} version:{change.to_version}")
    return True


def close(session: Session, keys: Collection[str], by: By) -> None:
    """Closes flags that somebody looked at, with the reason in the audit. NotFound for a key that is none; Conflict if
    one was closed meanwhile: then none is."""
    if not keys:
        raise Invalid(N_("Nothing was closed. Choose at least one page."))
    flags = labels_queries.flags_by_key(session, set(keys))
    if len(flags) < len(set(keys)):
        raise NotFound(N_("There is no such flag."))
    closed = session.execute(update(LabelFlag).where(
        col(LabelFlag.id).in_([flag.id for flag in flags]), col(LabelFlag.closed_at).is_(None)).values(closed_at=by.at))
    if closed.rowcount < len(flags):  # type: ignore[attr-defined]
        raise Conflict(N_("Somebody closed one of these flags meanwhile. Nothing was changed; look again."))
    for flag in flags:
        audit.record(session, by, "label-flag-closed", Subject(SUBJECT, flag.id or 0),
                     f"revision:{flag.revision_id} label:{flag.set_id} section:{flag.section} "
                     f"version:{flag.to_version}")


def passages_of(session: Session, flags: Collection[LabelFlag]) -> dict[Place, Passage]:
    """What the sections of these flags say, in both versions, as far as they came in."""
    return medicines.passages(session, {Place(flag.set_id, version, flag.section) for flag in flags
                                        for version in (flag.from_version, flag.to_version)})
