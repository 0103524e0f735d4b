"""Every SELECT on names, labels and their sections."""

import hashlib
from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import String, cast, func, or_, select
from sqlmodel import Session, col

from webapp.medicines.models import Label, LabelSection, Medicine
from webapp.medicines.rules.naming import Called, called


class Place(NamedTuple):
    """A section of one version of a label, by its LOINC code."""

    set_id: str
    version: int
    section: str


class Passage(NamedTuple):
    """What stands at a place: all sections of that code, in order, under the first one's title."""

    title: str
    text: str
    digest: str


def known(session: Session) -> dict[str, Called]:
    """Every medicine that has a topic, by its slug."""
    return {row.slug: called(row.slug, row.titles, row.synonyms) for row in session.scalars(
        select(Medicine).order_by(col(Medicine.slug)))}


def label(session: Session, set_id: str, version: int) -> Label | None:
    """One version of a label."""
    return session.scalar(select(Label).where(col(Label.set_id) == set_id, col(Label.version) == version))


def current(session: Session, set_ids: Collection[str]) -> dict[str, Label]:
    """Set id -> the newest version of each of these labels that came in."""
    newest = (select(col(Label.set_id), func.max(col(Label.version)).label("version"))
              .where(col(Label.set_id).in_(list(set_ids))).group_by(col(Label.set_id)).subquery())
    rows = session.scalars(select(Label).join(
        newest, (col(Label.set_id) == newest.c.set_id) & (col(Label.version) == newest.c.version)))
    return {row.set_id: row for row in rows}


def in_force(session: Session, set_ids: Collection[str], on: date) -> list[Label]:
    """Of each of these labels that came in the version in force on a day: the newest that was effective by then, else
    the oldest."""
    found: dict[str, Label] = {}
    for row in session.scalars(select(Label).where(col(Label.set_id).in_(list(set_ids)))
                               .order_by(col(Label.version))):
        if row.set_id not in found or row.effective_on <= on:
            found[row.set_id] = row
    return [found[set_id] for set_id in set_ids if set_id in found]


def named(session: Session, words: Collection[str], limit: int) -> list[Label]:
    """The newest version of each label whose product or active ingredient has one of these names, by product. Case does
    not count, nor what follows an ingredient's first word: its salt. `words`: in lower case."""
    if not words:
        return []
    newest = (select(col(Label.set_id), func.max(col(Label.version)).label("version"))
              .group_by(col(Label.set_id)).subquery())
    ingredients = func.lower(cast(col(Label.ingredients), String))
    rows = session.scalars(select(Label).join(
        newest, (col(Label.set_id) == newest.c.set_id) & (col(Label.version) == newest.c.version)).where(or_(
            func.lower(col(Label.product)).in_(list(words)),
            *(ingredients.contains(word, autoescape=True) for word in words)))
        .order_by(func.lower(col(Label.product)), col(Label.set_id)))
    return [row for row in rows if _names(row) & set(words)][:limit]


def _names(label: Label) -> set[str]:
    ingredients = [str(one["name"]).lower() for one in label.ingredients]
    return {label.product.lower(), *ingredients, *(name.partition(" ")[0] for name in ingredients)}


def listed(session: Session) -> list[tuple[Label, int]]:
    """Every label with the number of its sections, by product, set and version."""
    counted = select(func.count()).where(col(LabelSection.label_id) == col(Label.id)).scalar_subquery()
    rows = session.execute(select(Label, counted).order_by(func.lower(col(Label.product)), col(Label.set_id),
                                                           col(Label.version)))
    return [(row, count) for row, count in rows]


def last_import(session: Session) -> int:
    """Rises with every label that comes in; 0 before the first."""
    return session.scalar(select(func.coalesce(func.max(col(Label.id)), 0))) or 0


def sections(session: Session, label_id: int) -> list[LabelSection]:
    """The sections of a label, in order."""
    return list(session.scalars(select(LabelSection).where(col(LabelSection.label_id) == label_id)
                                .order_by(col(LabelSection.position))))


def passages(session: Session, places: Collection[Place]) -> dict[Place, Passage]:
    """What stands at these places; a place whose label did not come in, or has no such section, is not among them."""
    found: dict[Place, list[LabelSection]] = {}
    for set_id, version in sorted({place[:2] for place in places}):
        codes = [place.section for place in places if place[:2] == (set_id, version)]
        for row in session.scalars(
                select(LabelSection).join(Label, col(Label.id) == col(LabelSection.label_id))
                .where(col(Label.set_id) == set_id, col(Label.version) == version, col(LabelSection.code).in_(codes))
                .order_by(col(LabelSection.position))):
            found.setdefault(Place(set_id, version, row.code), []).append(row)
    return {place: _passage(rows) for place, rows in found.items()}


def _passage(rows: Sequence[LabelSection]) -> Passage:
    text = "\n".join(f"{row.title}\n{row.text}" if row.title else row.text for row in rows)
    digests = [row.digest for row in rows]
    one = digests[0] if len(digests) == 1 else hashlib.sha256("\n".join(digests).encode()).hexdigest()
    return Passage(rows[0].title, text, one)
