"""What the rooms above know and this one asks: the markets' facts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session


@dataclass(frozen=True)
class Sources:
    """Handed in by the application, since safety is below the library: `markets` gives what each market's file says."""

    markets: Callable[[Session], Mapping[str, Mapping[str, Any]]]

    def help_in(self, session: Session, market: str, language: str) -> tuple[str, str]:
        """The emergency number of a market and the sentence that names its authority, in a language; empty where the
        market's file did not come in."""
        facts = self.markets(session).get(market, {})
        number, sentence = (facts.get(name, {}).get(language, "") for name in ("emergency", "report"))
        return number, sentence
