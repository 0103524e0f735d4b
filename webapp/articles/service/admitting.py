"""Whether a reader gets the page of an address: asked each time one is served that is not everybody's."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from webapp.articles import queries
from webapp.articles.rules.shelf import Entry, spot_of
from webapp.core.languages import Place
from webapp.core.models import StoredPage
from webapp.policy import rules as policy


@dataclass(frozen=True)
class Admission:
    """The answer, and what it was drawn from. A page that is everybody's needs no ruling; of one that no published
    document stands behind, none is known, and it is kept closed."""

    is_admitted: bool
    entry: Entry | None = None
    ruling: policy.Ruling = policy.DENIED


def admit(session: Session, page: StoredPage, place: Place, rest: str, reader: policy.Reader, on: date) -> Admission:
    """Asks policy about a stored page for a reader on a day; `rest` is the address below the place's prefix."""
    entry = queries.live_at(session, spot_of(place, rest))
    if page.access == "gone" or (entry is None and page.access != "open"):
        return Admission(False)
    if entry is None:
        return Admission(True)
    ruling = policy.decide_for(reader, entry.market, entry.content_class, entry.funding, on)
    return Admission(page.access == "open" or reader.passes(ruling), entry, ruling)
