"""What the page of label flags shows: open ones by changed section, with the difference, and those closed last."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlmodel import Session

from webapp.articles import queries
from webapp.articles.queries import labels as labels_queries
from webapp.articles.queries.labels import Flagged
from webapp.articles.rules.frontmatter import Kind
from webapp.articles.rules.shelf import path_of
from webapp.articles.service import passages
from webapp.articles.service.labels import SUBJECT, passages_of
from webapp.core import audit
from webapp.core.differences import changes
from webapp.core.languages import Place as ReaderPlace
from webapp.core.languages import by_tag
from webapp.core.subject import Subject
from webapp.medicines import queries as medicines
from webapp.medicines.queries import Passage, Place
from webapp.people import queries as people
from webapp.review.service.reminding import SourceChange

PATH = "/desk/labels"
MOST_SHOWN = 500
"""Open flags on one page: our choice; closing some brings the rest."""
CLOSED_SHOWN = 20


def board(session: Session, homes: Mapping[str, str], language: str) -> dict[str, Any]:
    """`changes`: each changed section with its open flags; `closed`: the flags closed last, with who and why; `lost`:
    see `passages`; `markets`: their names in a language."""
    rows = labels_queries.flagged(session, is_open=True, limit=MOST_SHOWN)
    texts = passages_of(session, [row.flag for row in rows])
    newest = medicines.current(session, {row.flag.set_id for row in rows})
    return {"changes": [_change(list(flags), texts, newest, homes) for _, flags in groupby(rows, _section_of)],
            "closed": _closed(session), "lost": passages.lost(session),
            "markets": {market: about["name"].get(language, market)
                        for market, about in queries.markets(session).items()}}


def to_tell_of(session: Session) -> list[SourceChange]:
    """What stands open here, once for each version of a label or a source."""
    flags = labels_queries.flagged(session, is_open=True, limit=MOST_SHOWN)
    found = {f"{row.flag.set_id} {row.flag.to_version}" for row in flags}
    found |= {f"{one.set_id} {one.standing.current.version}" for one in passages.lost(session)}
    return [SourceChange(name, PATH) for name in sorted(found)]


def _section_of(row: Flagged) -> tuple[str, str, int, int]:
    return row.flag.set_id, row.flag.section, row.flag.from_version, row.flag.to_version


def _change(rows: Sequence[Flagged], texts: Mapping[Place, Passage], newest: Mapping[str, medicines.Label],
            homes: Mapping[str, str]) -> dict[str, Any]:
    flag = rows[0].flag
    before, after = (texts.get(Place(flag.set_id, version, flag.section))
                     for version in (flag.from_version, flag.to_version))
    label = newest[flag.set_id]
    return {
        "product": label.product or flag.set_id, "set_id": flag.set_id, "section": flag.section,
        "title": next((found.title for found in (after, before) if found and found.title), flag.section),
        "from_version": flag.from_version, "to_version": flag.to_version,
        "is_unknown": before is None, "is_missing": after is None,
        "hunks": changes(before.text, after.text) if before and after else [],
        "flags": [{"key": row.flag.key, "title": row.title, "is_live": row.is_live, "language": row.language,
                   "market": row.market, "audience": row.audience, "at": row.flag.flagged_at,
                   "url": _path(row, homes)} for row in rows]}


def _path(row: Flagged, homes: Mapping[str, str]) -> str:
    return path_of(f"{Kind(row.kind).folder}/{row.slug}", row.audience,
                   ReaderPlace(by_tag(row.language), row.market), homes)


def _closed(session: Session) -> list[dict[str, Any]]:
    rows = labels_queries.flagged(session, is_open=False, limit=CLOSED_SHOWN)
    lines = [next(iter(audit.about(session, Subject(SUBJECT, row.flag.id or 0), limit=1)), None) for row in rows]
    known = people.accounts(session, {line.entry.account_id for line in lines if line and line.entry.account_id})
    return [{"title": row.title, "section": row.flag.section, "to_version": row.flag.to_version,
             "document": row.flag.set_id.removeprefix(passages.LIBRARY) if passages.is_look(row.flag) else "",
             "language": row.language, "market": row.market, "at": row.flag.closed_at,
             "reason": line.reason if line else "",
             "by": known.get(line.entry.account_id or 0) if line else None}
            for row, line in zip(rows, lines, strict=True)]
