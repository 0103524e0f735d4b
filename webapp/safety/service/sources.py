"""What the rooms above know and this one asks: the markets' facts and the library's medicines."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from webapp.safety import queries
from webapp.safety.rules.naming import Medicine, medicine_of


@dataclass(frozen=True)
class Sources:
    """Handed in by the application, since safety is below the library: `markets` gives what each market's file says,
    `drugs` what each drug's topic says, by slug."""

    markets: Callable[[Session], Mapping[str, Mapping[str, Any]]]
    drugs: Callable[[Session], Mapping[str, Mapping[str, Any]]]

    def medicines(self, session: Session) -> dict[str, Medicine]:
        """All that the library knows or a desk is open for, by slug."""
        known = dict(self.drugs(session))
        for desk in queries.desks(session):
            known.setdefault(desk.product, {})
        return {slug: medicine_of(slug, about) for slug, about in known.items()}

    def help_in(self, session: Session, market: str, language: str) -> tuple[str, str]:
        """The emergency number of a market and the sentence that names its authority, in a language; empty where the
        market's file did not come in."""
        facts = self.markets(session).get(market, {})
        number, sentence = (facts.get(name, {}).get(language, "") for name in ("emergency", "report"))
        return number, sentence
