"""What a reader keeps: topics followed and pages saved. Nothing is named that the reader may not see today."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel, col

from webapp.articles import queries
from webapp.articles.models import Interest, SavedPage
from webapp.articles.queries import kept as kept_queries
from webapp.articles.rules.frontmatter import Kind
from webapp.articles.rules.shelf import MOST_KEPT, Entry, Kept, path_of, spot_of
from webapp.articles.service.admitting import admit, may_see
from webapp.core import pages
from webapp.core.errors import N_, Conflict, NotFound
from webapp.core.languages import place_of
from webapp.people.queries import Account
from webapp.policy import rules as policy

LONGEST_PATH = 2000
"""As the edge has it."""


@dataclass(frozen=True)
class Line:
    """One line of a reader's list. `url` is empty where no page is published now; `removal` names it to `remove`."""

    title: str
    language: str
    url: str
    removal: str
    kept_at: datetime
    renewed_at: datetime | None = None
    """When the page was published again since it was saved."""
    ended_at: datetime | None = None
    """When the page was taken down; empty while it is published."""


@dataclass(frozen=True)
class Lines:
    """A reader's list. `has_closed`: something in it is not open to them now, so it is not named."""

    lines: tuple[Line, ...]
    has_closed: bool


def reader_of(account: Account) -> policy.Reader:
    """The account as policy sees it."""
    return policy.reader_of(account.market, account.roles)


def find(session: Session, homes: Mapping[str, str], path: str, account: Account, on: date) -> Entry:
    """The published page of an address. NotFound where there is none or the account may not see it: the same answer,
    so that a closed page's title never shows."""
    head, _, rest = path.removeprefix("/").partition("/")
    place = place_of(head, homes)
    entry = None
    if place is not None and path.isprintable() and len(path) <= LONGEST_PATH:
        page = pages.find(session, path)
        if page is not None and admit(session, page, place, rest, reader_of(account), on).is_admitted:
            entry = queries.live_at(session, spot_of(place, rest))
    if entry is None:
        raise NotFound(N_("There is no such page, or it is not open to you."))
    return entry


def state(session: Session, account_id: int, entry: Entry) -> tuple[bool, bool]:
    """Whether the account saved the page, and whether it follows the page's topic."""
    topic_id = queries.topic_id(session, entry.kind, entry.slug) or 0
    return (kept_queries.is_saved(session, account_id, entry.document_id),
            kept_queries.is_followed(session, account_id, topic_id))


def save(session: Session, account_id: int, entry: Entry, now: datetime) -> None:
    """Saves a page; one that is saved stays as it is. Conflict beyond `MOST_KEPT`."""
    _add(session, SavedPage, {"account_id": account_id, "document_id": entry.document_id, "at": now})


def follow(session: Session, account_id: int, entry: Entry, now: datetime) -> None:
    """Follows the topic of a page, likewise."""
    topic_id = queries.topic_id(session, entry.kind, entry.slug)
    _add(session, Interest, {"account_id": account_id, "topic_id": topic_id, "at": now})


def remove(session: Session, account_id: int, removal: str) -> None:
    """Takes a line out of one of the account's lists, named as the line names it. What is not there stays so."""
    kind, _, name = removal.partition(":")
    if kind == "page":
        session.execute(delete(SavedPage).where(
            col(SavedPage.account_id) == account_id, col(SavedPage.document_id) == queries.document_id(session, name)))
    else:
        folder, _, slug = name.partition("/")
        of_kind = next((kind for kind in Kind if kind.folder == folder), "")
        session.execute(delete(Interest).where(
            col(Interest.account_id) == account_id, col(Interest.topic_id) == queries.topic_id(session, of_kind, slug)))


def saved(session: Session, homes: Mapping[str, str], account: Account, on: date) -> Lines:
    """The pages that an account saved, the newest first."""
    kept = kept_queries.saved_by(session, account.id or 0)
    open_to = _open_to(account, kept, on)
    return Lines(tuple(_saved_line(entry, homes) for entry in open_to), len(open_to) < len(kept))


def followed(session: Session, homes: Mapping[str, str], account: Account, language: str, on: date) -> Lines:
    """The topics that an account follows, those followed last first, each with the page that suits it best."""
    kept = kept_queries.followed_by(session, account.id or 0)
    best: dict[int, Kept] = {}
    for entry in sorted(_open_to(account, kept, on), key=lambda entry: _distance(entry, account, language)):
        best.setdefault(entry.topic_id, entry)
    lines = (_topic_line(entry, homes, language)
             for entry in sorted(best.values(), key=lambda entry: entry.kept_at, reverse=True))
    return Lines(tuple(lines), len(best) < len({entry.topic_id for entry in kept}))


def _open_to(account: Account, kept: Iterable[Kept], on: date) -> list[Kept]:
    reader = reader_of(account)
    return [entry for entry in kept if may_see(reader, entry.market, (entry.content_class, entry.funding), on)]


def _distance(entry: Kept, account: Account, language: str) -> tuple[bool, ...]:
    is_own = (entry.audience == "hcp") is (reader_of(account).audience is policy.Audience.HCP)
    return (not entry.is_live, entry.language != language, entry.market != account.market, not is_own)


def _saved_line(entry: Kept, homes: Mapping[str, str]) -> Line:
    is_renewed = entry.is_live and entry.published_at is not None and entry.published_at > entry.kept_at
    return Line(entry.title, entry.language, _url(entry, homes), f"page:{entry.key}", entry.kept_at,
                entry.published_at if is_renewed else None, None if entry.is_live else entry.ended_at)


def _topic_line(entry: Kept, homes: Mapping[str, str], language: str) -> Line:
    known = language if language in entry.topic_titles else entry.language
    return Line(entry.topic_titles.get(known, entry.title), known, _url(entry, homes), f"topic:{entry.address}",
                entry.kept_at, None, None if entry.is_live else entry.ended_at)


def _url(entry: Kept, homes: Mapping[str, str]) -> str:
    return path_of(entry.address, entry.audience, entry.place, homes) if entry.is_live else ""


def _add(session: Session, table: type[SQLModel], row: dict[str, Any]) -> None:
    counts = kept_queries.kept_counts(session, row["account_id"])
    if counts[table is SavedPage] >= MOST_KEPT:
        raise Conflict(N_("Your list is full. Remove what you no longer need, then try again."))
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    session.execute(dialect.insert(table).values(**row).on_conflict_do_nothing())
