"""What the desk's lists show."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

from sqlmodel import Session

from webapp.articles.models import Draft
from webapp.articles.queries import desk as queries
from webapp.articles.queries import texts
from webapp.articles.rules import drafting
from webapp.articles.rules.drafting import DraftState
from webapp.articles.rules.frontmatter import Audience, Kind
from webapp.articles.rules.translating import whole_digest
from webapp.articles.service.desk import naming
from webapp.articles.service.folder import decode
from webapp.core.errors import N_, NotFound
from webapp.core.languages import LANGUAGES
from webapp.people.rules import MARKET_NAMES

AT_ONCE = 50
"""Rows of one page: our choice."""
MOST_PAGES = 1_000
MOST_SORTED = 10_000
"""Drafts that are put in order by title: our choice."""
STATES = {DraftState.OPEN: N_("Being written"), DraftState.SUBMITTED: N_("Handed in")}
DUE = {30: N_("within 30 days"), 90: N_("within 90 days"), 365: N_("within a year")}
BY_TITLE = "title"
ORDERS = {BY_TITLE: N_("By title")}
AUDIENCES = {Audience.PATIENT: N_("Patients"), Audience.HCP: N_("Doctors")}
KINDS = {Kind.DISEASE: N_("Disease"), Kind.DRUG: N_("Medicine")}
TONGUES = {language.tag: language.name for language in LANGUAGES}
TAGS = tuple(TONGUES)


@dataclass(frozen=True)
class Asked:
    """What of the list somebody wants to see; empty is everything."""

    state: str = ""
    words: str = ""
    language: str = ""
    due: int = 0
    due_by: date | None = None
    account_id: int | None = None
    order: str = ""
    number: int = 1


def asked_of(typed: Mapping[str, str], account_id: int, on: date) -> Asked:
    """What an address asks for; what it names that there is not, counts as nothing."""
    days = next((days for days in DUE if typed.get("due") == str(days)), 0)
    return Asked(state=_one_of(typed.get("state", ""), STATES), words=typed.get("words", "").strip()[:100],
                 language=_one_of(typed.get("in", ""), TAGS), due=days,
                 due_by=on + timedelta(days=days) if days else None,
                 account_id=account_id if typed.get("mine") else None,
                 order=_one_of(typed.get("order", ""), ORDERS), number=page_number(typed))


def page_number(typed: Mapping[str, str]) -> int:
    """Which page of a list an address asks for. NotFound for one that no list has."""
    text = typed.get("page", "1")
    if not text.isascii() or not text.isdecimal() or not 0 < int(text[:9]) <= MOST_PAGES:
        raise NotFound(N_("The list has no such page."))
    return int(text)


def show(session: Session, asked: Asked, tag: str) -> dict[str, Any]:
    """Drafts, and pages of the library that are asked for by what both have. Titles are in the language of `tag`."""
    window = {"offset": (asked.number - 1) * AT_ONCE, "limit": AT_ONCE + 1}
    has_pages = not asked.state and asked.account_id is None
    titles = naming.Titles(session, tag)
    drafts = [] if asked.due else _drafts(session, asked, titles)
    pages = queries.written_pages(session, words=asked.words, language=asked.language, due_by=asked.due_by,
                                  titles_in=tag if asked.order == BY_TITLE else "", **window) if has_pages else []
    drafted = queries.drafted(session, [_path(row) for row in pages[:AT_ONCE]])
    titles.look_up([*(draft.path for draft in drafts), *map(_path, pages)])
    return {
        "title_of": titles.title, "orders": ORDERS,
        "asked": asked, "states": STATES, "due": DUE, "tongues": TONGUES, "audiences": AUDIENCES,
        "query": _query(asked),
        "drafts": [(draft, drafting.place_of(draft.path)) for draft in drafts[:AT_ONCE]], "has_pages": has_pages,
        "pages": [(row, _path(row), drafted.get(_path(row), "")) for row in pages[:AT_ONCE]],
        "has_more": len(drafts) > AT_ONCE or len(pages) > AT_ONCE}


def _drafts(session: Session, asked: Asked, titles: naming.Titles) -> list[Draft]:
    """One page of them, and one more if there are more. A language's order is not SQL's, so by title all are asked for:
    drafts are what people are at, and not the library."""
    wanted = partial(queries.drafts, session, state=asked.state, words=asked.words, language=asked.language,
                     topics=titles.topics_named(asked.words), account_id=asked.account_id)
    first = (asked.number - 1) * AT_ONCE
    if asked.order != BY_TITLE:
        return wanted(offset=first, limit=AT_ONCE + 1)
    found = wanted(limit=MOST_SORTED)
    titles.look_up([draft.path for draft in found])
    found.sort(key=lambda draft: (titles.title(draft.path).casefold(), draft.path))
    return found[first:first + AT_ONCE + 1]


def _query(asked: Asked) -> str:
    """What an address asks for besides a page of the list, ready to be followed by that."""
    told = {"state": asked.state, "words": asked.words, "in": asked.language, "due": asked.due,
            "mine": asked.account_id and 1, "order": asked.order}
    return "".join(f"{urlencode({name: value})}&" for name, value in told.items() if value)


def _path(row: Any) -> str:
    return f"{row.kind}s/{row.slug}/{row.audience}.{row.language}.md"


def _one_of(value: str, known: Any) -> str:
    return value if value in list(known) else ""


def choices(session: Session, typed: Mapping[str, str]) -> dict[str, Any]:
    """What a new page may be, with what an address chose already."""
    topics = [(f"{kind}/{slug}", titles) for kind, slug, titles in queries.topics(session)]
    return {"topics": topics, "topic": typed.get("topic", ""), "chosen_language": typed.get("in", ""),
            "chosen_audience": typed.get("audience", ""), "kinds": KINDS, "audiences": AUDIENCES, "tongues": TONGUES,
            "languages": LANGUAGES,
            "markets": MARKET_NAMES}


def translations(session: Session, number: int) -> dict[str, Any]:
    """Topics, each with its page for every audience and language: whether it is there, and whether it still follows the
    text that it records as its source. A draft of a missing page is named."""
    found = queries.editions(session, offset=(number - 1) * AT_ONCE, limit=AT_ONCE + 1)
    sources = {_file(topic, whose, record["of"]) for topic, records in found[:AT_ONCE]
               for (whose, _), record in records.items() if record}
    digests = {path: whole_digest(text) for path, content in texts(session, sources).items()
               if isinstance(text := decode(content), str)}
    rows = [(topic, [_cell(topic, audience, tag, records, digests) for audience in Audience for tag in TAGS])
            for topic, records in found[:AT_ONCE]]
    drafted = queries.drafted(session, [cell["path"] for _, cells in rows for cell in cells])
    return {"rows": rows, "drafted": drafted, "number": number, "has_more": len(found) > AT_ONCE,
            "columns": [(AUDIENCES[audience], language) for audience in Audience for language in LANGUAGES]}


Records = Mapping[tuple[str, str], Mapping[str, str] | None]


def _cell(topic: Any, audience: Audience, tag: str, records: Records, digests: Mapping[str, str]) -> dict[str, Any]:
    return {"state": _state(topic, audience, tag, records, digests), "audience": str(audience), "language": tag,
            "path": _file(topic, audience, tag), "topic": f"{topic.kind}/{topic.slug}"}


def _state(topic: Any, audience: str, tag: str, records: Records, digests: Mapping[str, str]) -> str:
    """Of a page that records no source `current`, if it stands alone or others record it; else nobody can tell."""
    if (audience, tag) not in records:
        return "missing"
    record = records[audience, tag]
    if record:
        known = digests.get(_file(topic, audience, record["of"]), "")
        return "current" if known.startswith(record["digest"]) else "behind"
    others = [other for (whose, language), other in records.items() if whose == audience and language != tag]
    is_source = any(other and other["of"] == tag for other in others)
    return "current" if is_source or not others else "unrecorded"


def _file(topic: Any, audience: str, tag: str) -> str:
    return f"{topic.kind}s/{topic.slug}/{audience}.{tag}.md"
