"""Whether a reader gets the page of an address: asked each time one is served that is not everybody's."""

from dataclasses import dataclass
from datetime import date, datetime
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine
from sqlmodel import Session

from webapp.articles import queries
from webapp.articles.rules.shelf import spot_of
from webapp.core.languages import Place
from webapp.core.models import StoredPage
from webapp.policy import rules as policy

RuledBy = tuple[str, str]
"""(content class, funding)"""
HELD = 10_000
"""Pages whose class and funding are held: our choice, some 2 MB."""
_held: WeakKeyDictionary[Engine | Connection, dict[tuple[str, str, datetime], RuledBy]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Admission:
    """The answer, and what it was drawn from. `ruled_by` is the content class and funding of the published document;
    None for a list or a start page, and where no document stands behind a page, which is then kept closed."""

    is_admitted: bool
    ruled_by: RuledBy | None = None
    ruling: policy.Ruling = policy.DENIED


def admit(session: Session, page: StoredPage, place: Place, rest: str, reader: policy.Reader, on: date) -> Admission:
    """Asks policy about a stored page for a reader on a day; `rest` is the address below the place's prefix."""
    ruled_by = _ruled_by(session, page, place, rest)
    if page.access == "gone" or (ruled_by is None and page.access != "open"):
        return Admission(False)
    if ruled_by is None:
        return Admission(True)
    ruling = policy.decide_for(reader, place.market, *ruled_by, on)
    return Admission(page.access == "open" or reader.passes(ruling), ruled_by, ruling)


def may_see(reader: policy.Reader, market: str, ruled_by: RuledBy, on: date) -> bool:
    """Whether a reader would be let through to a page of this market, class and funding: what lists of one's own ask
    before they name it, published or not."""
    return reader.passes(policy.decide_for(reader, market, *ruled_by, on))


def _ruled_by(session: Session, page: StoredPage, place: Place, rest: str) -> RuledBy | None:
    """Held by the page's very bytes and the moment they were stored: both are written in the transaction that moves
    the document's pointer, so what is held is right for as long as it is found."""
    held = _held.setdefault(session.get_bind(), {})
    key = (page.path, page.etag, page.stored_at)
    found = held.get(key)
    if found is None:
        found = queries.ruled_by(session, spot_of(place, rest))
        if found is not None:
            if len(held) >= HELD:
                held.clear()
            held[key] = found
    return found
