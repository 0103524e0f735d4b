"""Which medicine somebody means."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from unicodedata import normalize


@dataclass(frozen=True)
class Called:
    """A medicine as the library has it: its topic's slug, its title by language, and all that it is called."""

    slug: str
    titles: Mapping[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()

    def title(self, language: str) -> str:
        """Its name in a language, by the language's tag; the slug where the library has none."""
        return self.titles.get(language) or self.slug


def called(slug: str, titles: Mapping[str, str], synonyms: Mapping[str, Sequence[str]]) -> Called:
    """What a topic's file says of a drug. What stands in brackets after a name is said of it, and is no part of it."""
    said = [*titles.values(), *(name for names in synonyms.values() for name in names)]
    return Called(slug, titles, tuple(dict.fromkeys(filter(None, (_plain(name) for name in (slug, *said))))))


def meant(words: str, medicines: Iterable[Called]) -> list[str]:
    """The slugs of the medicines that are named in somebody's words, those with the longest name first. Nothing is
    guessed: a misspelt name is left to an officer."""
    text = _normal(words)
    found = {one.slug: max((len(name) for name in one.names or (one.slug,) if _stands_in(name, text)), default=0)
             for one in medicines}
    return sorted((slug for slug, length in found.items() if length), key=lambda slug: (-found[slug], slug))


def _plain(name: str) -> str:
    return re.split(r"[(（]", name)[0].strip()


def _normal(text: str) -> str:
    return normalize("NFKC", text).casefold()


def _stands_in(name: str, text: str) -> bool:
    """Han writing sets no space between words; in Latin a name is one only where no letter goes on."""
    name = re.escape(_normal(name))
    return re.search(rf"(?<![a-z]){name}(?![a-z])", text) is not None
