"""How text is taken apart: the same way when it is put into the index and when it is asked for.

Letters give words, without their endings. Chinese sets no spaces, so each run of signs gives every pair of neighbours,
and its last sign: any word of two or more signs is then a phrase of pairs, and each sign begins a gram. No dictionary
has to know a new medicine's name, and nothing depends on where one would cut.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from webapp.safety.rules.spelling import fold, stem

_HAN = r"\u3400-\u9fff"
_WORD = re.compile(rf"([{_HAN}]+)|(?:(?![{_HAN}])[^\W_])+(?:['’](?:(?![{_HAN}])[^\W_])+)*")
LONGEST = 40
"""Letters of a word that count: our choice; nothing that is a word has more."""


class Word(NamedTuple):
    """A word in letters, or a run of Chinese signs, folded; where it stands."""

    text: str
    start: int
    is_han: bool

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.start + len(self.text)


def words_of(text: str) -> Iterator[Word]:
    """The words of a text, in order."""
    for match in _WORD.finditer(fold(text)):
        yield Word(match[0], match.start(), match[1] is not None)


def stem_of(word: str) -> str:
    """A word in letters as the index holds it."""
    return stem(word.replace("’", "'")[:LONGEST])


def pairs_of(run: str) -> list[str]:
    """The neighbours in a run of Chinese signs."""
    return [run[place:place + 2] for place in range(len(run) - 1)]


def grams(text: str, *, is_name: bool = False) -> str:
    """A text as the index takes it: grams with blanks between. Names keep their words' endings besides, so that a slip
    in one is a slip of one letter."""
    found: list[str] = []
    for word in words_of(text):
        found += [*pairs_of(word.text), word.text[-1]] if word.is_han else [stem_of(word.text)]
        found += [word.text] if is_name and not word.is_han else []
    return " ".join(found)


def whole(text: str) -> str:
    """A name as one gram: whoever types all of it means it."""
    return "_".join(word.text if word.is_han else stem_of(word.text) for word in words_of(text))


def is_near(one: str, other: str) -> bool:
    """Whether two words are the same but for one letter that is wrong, missing, too many, or changed places with its
    neighbour."""
    if abs(len(one) - len(other)) > 1:
        return False
    first = next((place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
                 min(len(one), len(other)))
    one, other = one[first:], other[first:]
    return (one[1:] == other[1:] or one[1:] == other or one == other[1:]
            or (one[:2] == other[:2][::-1] and one[2:] == other[2:]))
