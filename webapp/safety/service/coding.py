"""What officers code a reaction with: our own list, and MedDRA where a licensed release was brought in."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from webapp.core.languages import Language
from webapp.safety.models import SafetyDictionary, SafetyTerm
from webapp.safety.queries import coding as queries
from webapp.safety.rules.coding import Coded, coded_in
from webapp.safety.rules.likeness import folded
from webapp.safety.rules.terms import terms

MOST_OFFERED = 20
"""Terms that a search shows: our choice; who finds none among them writes more of the name."""
LONGEST_SEARCH = 100


@dataclass(frozen=True)
class Named:
    """A term of MedDRA that a case is coded with, in words."""

    coded: Coded
    name: str

    def __str__(self) -> str:
        """As documents print it."""
        return f"{self.name} (MedDRA {self.coded.version}, {self.coded.code})"


@dataclass(frozen=True)
class Offer:
    """What a release offers: its name, what was sought, and (what a case would keep, its name, whether it does) of
    each term."""

    dictionary: str
    sought: str
    terms: Sequence[tuple[str, str, bool]]


def is_offered(session: Session, reaction: str) -> bool:
    """Whether a case may be coded so now: by a term of our list, or a current one of a release that is here."""
    coded = coded_in(reaction)
    if coded is None:
        return reaction in terms()
    return any(term.is_current for term in _found(session, coded))


def named(session: Session, reaction: str, language: str) -> Named | None:
    """The term of MedDRA that a case is coded with, in that language if its release is here; None for a term of our
    own list."""
    coded = coded_in(reaction)
    if coded is None:
        return None
    found = {row.language: row for row in queries.dictionaries(session) if row.version == coded.version}
    rows = [found[language]] if language in found else list(found.values())
    name = next((term.name for row in rows if (term := queries.term(session, row.id or 0, coded.code))), "")
    return Named(coded, name)


def offer(session: Session, reaction: str, sought: str, language: Language) -> Offer | None:
    """Terms of the newest release, in the reader's language if there is one: those that hold the words sought or,
    without any, the name of our own term that the case is coded with. The case's own is among them. None without a
    release."""
    newest = _newest(session, language)
    if newest is None:
        return None
    own = terms().get(reaction)
    name = own.names["en" if newest.language == "en" else "zh-Hans"] if own else ""
    words = sought.strip()[:LONGEST_SEARCH] or name
    coded = named(session, reaction, language.tag)
    found = queries.matches(session, newest.id or 0, folded(words), MOST_OFFERED) if words else []
    listed = [(value, term.name, value == reaction) for term in found if (value := _kept(newest, term))]
    if coded is not None and not any(is_chosen for _, _, is_chosen in listed):
        listed.insert(0, (reaction, coded.name, True))
    return Offer(f"MedDRA {newest.version}", words, listed)


def _newest(session: Session, language: Language) -> SafetyDictionary | None:
    there = queries.dictionaries(session)
    return next((row for row in there if row.language == language.tag), next(iter(there), None))


def _kept(dictionary: SafetyDictionary, term: SafetyTerm) -> str:
    return str(Coded(dictionary.version, term.code))


def _found(session: Session, coded: Coded) -> list[SafetyTerm]:
    return [term for row in queries.dictionaries(session) if row.version == coded.version
            and (term := queries.term(session, row.id or 0, coded.code))]
