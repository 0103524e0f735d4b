"""What the pages of one draft show."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from sqlmodel import Session

from webapp.articles.models import Draft
from webapp.articles.queries import desk as queries
from webapp.articles.rules import drafting
from webapp.articles.rules.drafting import Place
from webapp.articles.service.desk import drafts, looking, pictures
from webapp.articles.service.desk.looking import Look
from webapp.core.differences import changes
from webapp.people import queries as people
from webapp.people.rules import MARKET_NAMES


def draft(session: Session, key: str, *, homes: Mapping[str, str], market: str) -> dict[str, Any]:
    """A draft for its editor. `has_moved`: the library's text is another than the one the draft was begun from."""
    found = drafts.find(session, key)
    text = drafts.text(session, found)
    return {"draft": found, "place": _place(found), "text": text.decode("utf-8", "replace"),
            "look": look(session, key, text, homes=homes, market=market), "pictures": pictures.names(session, key),
            "markets": MARKET_NAMES, "has_moved": queries.file_digest(session, found.path) != found.base}


def look(session: Session, key: str, text: bytes, *, homes: Mapping[str, str], market: str) -> Look:
    """What is wrong with a text, and how it reads, in the place of a draft."""
    found = drafts.find(session, key)
    return looking.look(session, _place(found), text, base=drafts.text(session, found, 0), homes=homes, market=market,
                        picture_url=partial(_picture_url, key))


def conflict(session: Session, key: str, mine: bytes) -> dict[str, Any]:
    """Both texts and what differs, for whoever saved second."""
    found = drafts.find(session, key)
    theirs = drafts.text(session, found).decode("utf-8", "replace")
    own = mine.decode("utf-8", "replace")
    last = queries.last_save(session, found.id or 0)
    return {"draft": found, "place": _place(found), "mine": own, "theirs": theirs,
            "hunks": changes(theirs, own),
            "by": _names(session, {last.account_id} if last else set()).get(last.account_id if last else 0, "")}


def history(session: Session, key: str) -> dict[str, Any]:
    """The versions that are kept, the newest first, each with who saved it; 0 is the library's."""
    found = drafts.find(session, key)
    saves = queries.saves(session, found.id or 0)
    names = _names(session, {save.account_id for save in saves})
    lines = [{"version": save.version, "at": save.at, "by": names.get(save.account_id, "")} for save in saves]
    return {"draft": found, "place": _place(found), "lines": lines}


def compare(session: Session, key: str, before: int | None, after: int, *, homes: Mapping[str, str],
            market: str) -> dict[str, Any]:
    """Two versions, or with `before` None the library's present text and one: the words that changed, and how each
    reads."""
    found = drafts.find(session, key)
    old = drafts.library_text(session, found) if before is None else drafts.text(session, found, before)
    new = drafts.text(session, found, after)
    as_read = partial(look, session, key, homes=homes, market=market)
    return {"draft": found, "place": _place(found), "before": before, "after": after,
            "hunks": changes(old.decode("utf-8", "replace"), new.decode("utf-8", "replace")),
            "looks": [as_read(text=text) for text in (old, new)], "markets": MARKET_NAMES}


def with_library(session: Session, key: str, *, homes: Mapping[str, str]) -> dict[str, Any]:
    """A draft beside what the library says now."""
    return compare(session, key, None, drafts.find(session, key).version, homes=homes, market="")


def _names(session: Session, numbers: set[int]) -> dict[int, str]:
    found = {number: people.account(session, number) for number in numbers}
    return {number: account.name for number, account in found.items() if account is not None}


def _place(found: Draft) -> Place:
    place = drafting.place_of(found.path)
    assert place is not None
    return place


def _picture_url(key: str, name: str) -> str:
    return f"/desk/{key}/pictures/{name}"
