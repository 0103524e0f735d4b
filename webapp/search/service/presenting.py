"""What the search page shows besides its results: whom somebody should turn to whose words ask for more than a page."""

from dataclasses import dataclass

from sqlmodel import Session

from webapp.articles.queries import markets
from webapp.core.languages import Place
from webapp.safety.service import overhearing, telling
from webapp.safety.service.sources import Sources
from webapp.safety.service.telling import Asked, Way
from webapp.search.rules.calling import Piece, with_numbers
from webapp.search.rules.urgent import Help, needed


@dataclass(frozen=True)
class Aid:
    """Shown above the results, each where it is needed: the emergency number, which stands in the footer of every page
    besides, who is there for people in despair, and the way to tell of a side effect."""

    number: str = ""
    crisis_line: tuple[Piece, ...] = ()
    is_urgent: bool = False
    is_crisis: bool = False
    """To whoever may be in despair no page is shown for one word of theirs, and no other words are asked for."""
    way: Way | None = None


def aid_for(session: Session, place: Place, words: str) -> Aid:
    """What a query needs besides pages. Nothing of it is kept."""
    facts, tag = markets(session).get(place.market, {}), place.language.tag
    number: str = facts.get("emergency", {}).get(tag, "")
    if not words:
        return Aid(number)
    help_needed = needed(words)
    is_crisis = help_needed is Help.CRISIS
    line = facts.get("crisis", {}).get(tag, "") if is_crisis else ""
    return Aid(number, tuple(with_numbers(line)), help_needed is not None, is_crisis, _way(session, place, words))


def _way(session: Session, place: Place, words: str) -> Way | None:
    product = overhearing.named_with_reaction(session, words)
    return None if product is None else telling.way(session, Sources(markets),
                                                    Asked(place.language, place.market, product))
