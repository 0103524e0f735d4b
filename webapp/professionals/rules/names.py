"""Whether a name that was given is the one a registry holds. Conservative: what is doubtful differs.

Case, accents, hyphens, apostrophes and titles do not count. Middle names may be missing on either side, or initials.
First names must be whole: "J." is not John, and Ben is not Benjamin, until a person has looked.
"""

import re
import unicodedata
from dataclasses import dataclass

TITLES = frozenset({"dr", "dra", "prof", "professor", "mr", "mrs", "ms", "miss", "sir", "dame"})
SUFFIXES = {"jr": "jr", "junior": "jr", "sr": "sr", "senior": "sr", "ii": "ii", "2nd": "ii", "iii": "iii",
            "3rd": "iii", "iv": "iv", "4th": "iv", "v": "v", "5th": "v"}
CREDENTIALS = frozenset({"md", "do", "phd", "mbbs", "mph", "rn", "np", "pa", "dds", "dmd", "facp", "facc", "frcp"})
"""Letters after a name that tell a training and not a person; dots are gone by then."""
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
"""Letters that no decomposition takes the stroke from."""
_QUOTES = re.compile(r"['’‘ʻʼ`´.]")
_NICKNAME = re.compile(r"\([^)]*\)|\"[^\"]*\"|“[^”]*”")
_JOINTS = re.compile(r"[\s\-‐‑–—,]+")


@dataclass(frozen=True)
class Name:
    """A person's name in two parts, as stated or as registered."""

    given: str
    family: str
    suffix: str = ""


def difference(stated: Name, registered: Name) -> str | None:
    """Which part differs (`family-name`, `given-name`, `suffix`), or None where the names are one."""
    family, own_suffix = _family(stated)
    their_family, their_suffix = _family(registered)
    if not family or family != their_family:
        return "family-name"
    if own_suffix and own_suffix != their_suffix:
        return "suffix"
    return None if _is_given(_words(stated.given), _words(registered.given)) else "given-name"


def full(given: str, family: str) -> str:
    """Both parts for a list, the family name first: with a comma, unless the name is written in Han characters."""
    is_han = any("\u3400" <= mark <= "\u9fff" for mark in family)
    return family + given if is_han else ", ".join(filter(None, (family, given)))


def fold(text: str) -> str:
    """Small letters without accents, quotes and points; anything that is no letter of a Latin name stays."""
    small = unicodedata.normalize("NFKD", text).casefold().translate(_LETTERS)
    plain = unicodedata.normalize("NFKD", small).casefold()
    kept = "".join(mark for mark in plain if unicodedata.category(mark) not in ("Mn", "Cf"))
    return _QUOTES.sub("", kept)


def _words(text: str) -> list[str]:
    return [word for word in _JOINTS.split(fold(_NICKNAME.sub(" ", text))) if word and word not in TITLES]


def _family(name: Name) -> tuple[str, str]:
    """The family name in one piece ("Doe-Ray", "Doe Ray" and "DOERAY" are one), and the suffix that follows it."""
    words = _words(name.family)
    while len(words) > 1 and words[-1] in CREDENTIALS:
        words.pop()
    suffix = next((SUFFIXES[word] for word in _words(name.suffix) if word in SUFFIXES), "")
    if len(words) > 1 and words[-1] in SUFFIXES:
        suffix = SUFFIXES[words.pop()]
    return "".join(words), suffix


def _is_given(stated: list[str], registered: list[str]) -> bool:
    """Whether first names are equal and no middle name contradicts. "Jean-Luc", "JEAN LUC" and "Jeanluc" are one."""
    if not stated or not registered:
        return False
    if "".join(stated) == "".join(registered):
        return True
    if stated[0] != registered[0] or len(stated[0]) < 2:
        return False
    return all(own.startswith(their) if len(their) == 1 else their.startswith(own) if len(own) == 1 else own == their
               for own, their in zip(stated[1:], registered[1:], strict=False))
