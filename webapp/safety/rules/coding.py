"""Terms of MedDRA, as its maintainer distributes them, and how a case names the one that it is coded with.

The files are text, a term on each line, its fields divided by `$`. Nothing of them is in this project: whoever holds a
licence brings in their own.
"""

import re
from dataclasses import dataclass

RELEASE, LOWEST, PREFERRED = "meddra_release.asc", "llt.asc", "pt.asc"
"""Files of a distribution: which release it is, its lowest level terms, and the preferred terms above them."""
LANGUAGES = {"english": "en", "chinese": "zh-Hans"}
"""The languages of distributions that officers read here."""
CURRENCY = 9
"""Which field of a lowest level term says whether it may still be used, from 0: behind code, name and preferred term
stand six codes of older lists."""
LONGEST_NAME = 250
_VERSION = re.compile(r"[0-9]{1,2}\.[0-9]")
_CODE = re.compile(r"[0-9]{8}")
_REACTION = re.compile(r"meddra:([0-9]{1,2}\.[0-9]):([0-9]{8})")


@dataclass(frozen=True)
class Release:
    """Which one a distribution is: its version, and the tag of its language."""

    version: str
    language: str


@dataclass(frozen=True)
class LowestTerm:
    """A lowest level term, which cases are coded with, and the preferred term above it."""

    code: int
    name: str
    preferred: int
    is_current: bool


@dataclass(frozen=True)
class Coded:
    """Version and code of the term that a case is coded with (E2B(R3), E.i.2.1a and E.i.2.1b)."""

    version: str
    code: int

    def __str__(self) -> str:
        """As the case keeps it."""
        return f"meddra:{self.version}:{self.code:08}"


def coded_in(reaction: str) -> Coded | None:
    """What a case's reaction names; None for a term of our own list."""
    found = _REACTION.fullmatch(reaction)
    return Coded(found[1], int(found[2])) if found else None


def release_of(line: str) -> Release:
    """Which release the line of `meddra_release.asc` names. ValueError says what is wrong with it."""
    version, language = [*line.split("$"), ""][:2]
    return checked_release(version.strip(), LANGUAGES.get(language.strip().lower(), language.strip()))


def checked_release(version: str, language: str) -> Release:
    """The release. ValueError where the version or the language is none that is read here."""
    if not _VERSION.fullmatch(version):
        raise ValueError(f"`{version[:20]}` is no version of MedDRA, such as 27.1")
    if language not in LANGUAGES.values():
        raise ValueError(f"officers read no `{language[:20]}` here, only {' and '.join(LANGUAGES.values())}")
    return Release(version, language)


def lowest_of(line: str) -> LowestTerm:
    """The term of a line of `llt.asc`. ValueError says what is wrong with it."""
    fields = line.split("$")
    if len(fields) <= CURRENCY:
        raise ValueError(f"has {len(fields)} fields between dollar signs, and a lowest level term has at least "
                         f"{CURRENCY + 1}")
    if fields[CURRENCY] not in ("Y", "N"):
        raise ValueError(f"field {CURRENCY + 1}, whether the term is current, is neither Y nor N")
    return LowestTerm(_code(fields[0]), _name(fields[1]), _code(fields[2]), fields[CURRENCY] == "Y")


def preferred_of(line: str) -> int:
    """The code of a line of `pt.asc`. ValueError says what is wrong with it."""
    fields = line.split("$")
    if len(fields) < 2:
        raise ValueError("has no dollar sign, and a preferred term has a code and a name")
    _name(fields[1])
    return _code(fields[0])


def _code(text: str) -> int:
    if not _CODE.fullmatch(text):
        raise ValueError(f"`{text[:20]}` is no code of eight digits")
    return int(text)


def _name(text: str) -> str:
    name = text.strip()
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise ValueError(f"a name has 1 to {LONGEST_NAME} characters that can be printed")
    return name
