"""Pictures that are sent to a topic: they wait beside its drafts, and come into the library with the page."""

from datetime import datetime

from sqlmodel import Session

from webapp.articles.models import DraftPicture
from webapp.articles.queries import desk as queries
from webapp.articles.rules import drafting
from webapp.articles.rules.pictures import MEDIA_TYPES
from webapp.articles.service.desk import drafts
from webapp.core import pages
from webapp.core.errors import N_, Conflict, NotFound

MOST_WAITING = 50
"""Pictures that wait beside one topic's drafts: our choice, far more than its pages show."""


def keep(session: Session, key: str, name: str, content: bytes, *, account_id: int, now: datetime) -> str:
    """Keeps a picture that `uploads.encode_anew` made; the name a page shows it by. One of the same name, waiting or in
    the library, stays, and this one gets a number."""
    place = drafting.place_of(drafts.find(session, key).path)
    assert place is not None
    pages.lock(session)
    waiting = queries.draft_pictures(session, place.address)
    if len(waiting) >= MOST_WAITING:
        raise Conflict(N_("Too many pictures wait here. Hand in a page that shows some of them first."))
    taken = {path.rpartition("/")[2] for path in {**waiting, **queries.files_below(session, place.address)}}
    free = _free(name, taken)
    session.add(DraftPicture(path=f"{place.address}/{free}", content=content, account_id=account_id, at=now))
    session.flush()
    return free


def _free(name: str, taken: set[str]) -> str:
    stem, dot, ending = name.rpartition(".")
    names = (name, *(f"{stem}-{number}{dot}{ending}" for number in range(2, len(taken) + 3)))
    return next(each for each in names if each not in taken)


def shown(session: Session, key: str, name: str) -> tuple[bytes, str]:
    """(bytes, media type) of a picture beside a draft, sent or in the library."""
    place = drafting.place_of(drafts.find(session, key).path)
    assert place is not None
    path = f"{place.address}/{name}"
    media_type = MEDIA_TYPES.get(f".{name.rpartition('.')[2].lower()}")
    content = queries.picture(session, path)
    if content is None or media_type is None:
        raise NotFound(N_("There is no such picture."))
    return content, media_type


def names(session: Session, key: str) -> list[str]:
    """What pages of the draft's topic may show."""
    place = drafting.place_of(drafts.find(session, key).path)
    assert place is not None
    return queries.picture_names(session, place.address)
