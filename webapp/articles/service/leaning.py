"""What claims lean on, looked up: sections of product labels, and passages of the reference library."""

from collections.abc import Collection, Mapping

from sqlmodel import Session

from webapp.articles.rules.claims import LeantOn
from webapp.articles.service.stacks import LookUp
from webapp.core.db import Database
from webapp.library import queries as library
from webapp.library.rules.passages import Anchor
from webapp.medicines import queries as medicines
from webapp.medicines.queries import Place


def look_up_in(database: Database) -> LookUp:
    """Finds the digests of what claims lean on in a database, for a reading of content."""
    def look_up(places: Collection[LeantOn]) -> Mapping[LeantOn, str]:
        with database.reading() as session:
            return digests(session, places)
    return look_up


def digests(session: Session, places: Collection[LeantOn]) -> Mapping[LeantOn, str]:
    """The digests of those among these that came in: of a label's section, of a document that has the passage; empty
    where it has not."""
    anchors = [place for place in places if isinstance(place, Anchor)]
    sections = [Place(*place) for place in places if not isinstance(place, Anchor)]
    found: dict[LeantOn, str] = {(place.set_id, place.version, place.section): passage.digest
                                 for place, passage in medicines.passages(session, sections).items()}
    standings = library.standings(session, anchors)
    return found | {anchor: stands.document.sha256 if stands.span else "" for anchor, stands in standings.items()}
