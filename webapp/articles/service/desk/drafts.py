"""Verbs on drafts: begin, save. Two who save at once both keep what they wrote."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import update
from sqlmodel import Session, col

from webapp.articles.models import Draft, DraftSave
from webapp.articles.queries import desk as queries
from webapp.articles.rules import drafting
from webapp.articles.rules.drafting import TOGETHER, DraftState, Place
from webapp.core import pages
from webapp.core.errors import N_, Conflict, NotFound
from webapp.core.languages import MARKETS


@dataclass(frozen=True)
class Author:
    """Who writes, by number and as a page names them."""

    account_id: int
    name: str


@dataclass(frozen=True)
class Saving:
    """What became of a saving. `is_stale`: nothing was written, since somebody saved after the version that was seen;
    `draft` is theirs."""

    draft: Draft
    is_stale: bool = False


def find(session: Session, key: str) -> Draft:
    """The draft of that key."""
    found = queries.draft(session, key)
    if found is None:
        raise NotFound(N_("There is no such draft."))
    return found


def text(session: Session, draft: Draft, version: int | None = None) -> bytes:
    """What a draft says, or said in an earlier version; version 0 is the library's text that it stands on."""
    assert draft.id is not None
    wanted = draft.version if version is None else version
    found = queries.saved(session, draft.id, wanted) if wanted else _library_text(session, draft.base)
    if found is None:
        raise NotFound(N_("This version is not kept: its writer saved again within minutes."))
    return found


def _library_text(session: Session, digest: str) -> bytes | None:
    return queries.source_text(session, digest) if digest else b""


def library_text(session: Session, draft: Draft) -> bytes:
    """What the library says now in the draft's place; nothing where it has no such file."""
    return _library_text(session, queries.file_digest(session, draft.path)) or b""


def begin(session: Session, path: str, now: datetime) -> Draft:
    """The draft of a file of the library, made if there is none. NotFound where the library has no such file."""
    pages.lock(session)
    found = queries.draft_at(session, path)
    if found is not None:
        return found
    digest = queries.file_digest(session, path)
    if drafting.place_of(path) is None or not digest:
        raise NotFound(N_("The library has no such page."))
    return _add(session, path, digest, now)


def begin_page(session: Session, place: Place, by: Author, now: datetime) -> Draft:
    """A draft of a new page of a topic, with its template's headings. Conflict where the page exists."""
    pages.lock(session)
    topic = queries.topic_about(session, place.kind, place.slug)
    if topic is None:
        raise NotFound(N_("There is no such topic. Begin a new one."))
    return _begin_new(session, place, topic["titles"].get(place.language, ""), topic["markets"], by, now)


def begin_topic(session: Session, place: Place, titles: dict[str, str], markets: list[str], by: Author,
                now: datetime) -> Draft:
    """Drafts of a new topic and of its first page; the page's. Conflict where the name is taken."""
    pages.lock(session)
    if queries.is_topic_name_taken(session, place.slug):
        raise Conflict(N_("Nothing was made. A topic of this name exists, or is being written: choose another."))
    content = drafting.new_topic(titles, [market for market in markets if market in MARKETS])
    about = _add(session, f"{place.address}/topic.yaml", "", now)
    _write(session, about, content, by.account_id, now)
    return _begin_new(session, place, titles[place.language].strip(), markets, by, now)


def _begin_new(session: Session, place: Place, title: str, markets: list[str], by: Author, now: datetime) -> Draft:
    if queries.draft_at(session, place.path) or queries.file_digest(session, place.path):
        raise Conflict(N_("Nothing was made. This page exists, or is being written: find it in the list."))
    draft = _add(session, place.path, "", now)
    _write(session, draft, _first_text(place, title, markets, by, now.date()), by.account_id, now)
    return draft


def _first_text(place: Place, title: str, markets: list[str], by: Author, on: date) -> bytes:
    return drafting.new_page(place, title=title, markets=markets, by=by.name, on=on)


def _add(session: Session, path: str, base: str, now: datetime) -> Draft:
    draft = Draft(path=path, base=base, version=0, state=DraftState.OPEN, saved_at=now)
    session.add(draft)
    session.flush()
    return draft


def save(session: Session, key: str, content: bytes, *, seen: int, account_id: int, now: datetime) -> Saving:
    """Saves what somebody wrote who saw version `seen`. Saving the same once more changes nothing, so that whoever got
    no answer may ask again."""
    draft = find(session, key)
    if text(session, draft) == content:
        return Saving(draft)
    return Saving(draft, is_stale=draft.version != seen or not _write(session, draft, content, account_id, now))


def _write(session: Session, draft: Draft, content: bytes, account_id: int, now: datetime) -> bool:
    """Whether it was written: not if somebody else did since `draft` was read."""
    assert draft.id is not None
    done = session.execute(update(Draft).where(col(Draft.id) == draft.id, col(Draft.version) == draft.version).values(
        version=draft.version + 1, state=DraftState.OPEN, saved_at=now))
    session.refresh(draft)
    if not done.rowcount:  # type: ignore[attr-defined]
        return False
    last = queries.last_save(session, draft.id)
    if last is not None and last.account_id == account_id and now - last.began_at < TOGETHER:
        session.execute(update(DraftSave).where(col(DraftSave.draft_id) == draft.id,
                                                col(DraftSave.version) == last.version)
                        .values(version=draft.version, content=content, at=now))
    else:
        session.add(DraftSave(draft_id=draft.id, version=draft.version, content=content, account_id=account_id,
                              began_at=now, at=now))
    session.flush()
    return True


def take_in(session: Session, key: str) -> Draft:
    """Says that the library's present text was looked at: the draft stands on it from now on."""
    draft = find(session, key)
    digest = queries.file_digest(session, draft.path)
    session.execute(update(Draft).where(col(Draft.id) == draft.id).values(base=digest or ""))
    session.refresh(draft)
    return draft
