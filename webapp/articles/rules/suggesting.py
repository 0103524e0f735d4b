"""Sentences of a draft that say nearly what a claim of its medicine says, so that the claim can be said instead. Pure.

Alike are two texts by the share of character groups that they have in common (Dice's coefficient): three characters
of alphabetic scripts, two of Chinese, blanks and punctuation left out. Inflected and reordered words stay alike, and
no dictionary is needed. A claim of several sentences is compared with as many that follow each other.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from webapp.articles.rules.claims import Claim
from webapp.articles.rules.lint.passages import Passage

ALIKE = 0.6
"""From which on two texts are shown as alike: midway between what sentences of the shipped pages reach at most that say
something else (0.49) and what the shipped claims keep at least when some of their words are changed (0.69): see the
tests."""
MOST = 10
"""Suggestions that are shown at once: our choice."""
_NAME, _ADDRESS = r"[^\]\n]{0,400}", r"[^)\n]{0,2000}"  # of a length, since every bracket looks for its end
_MARKUP = re.compile(rf" ?\[@{_NAME}\]|\{{[^{{}}\n]*\}}|\[\^{_NAME}\]|!\[{_NAME}\]\({_ADDRESS}\)")
_LINK = re.compile(rf"\[({_NAME})\]\({_ADDRESS}\)")
_SENTENCE = re.compile(r".+?(?:[.!?]+(?=[\s*_)\]”’]|$)|[。！？；]|\n(?=\s*(?:[-*+]|\d+[.)]|\|)\s)|$)", re.DOTALL)
_HAN = re.compile(r"[\u3400-\u9fff]")
_CLAIM = re.compile(r"\{claim:\s*([a-z0-9-]+)\s*\}")
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")


class Sentence(NamedTuple):
    """A sentence of a draft, and its line in the file."""

    line: int
    text: str


class Suggestion(NamedTuple):
    """A claim that says nearly what stands on a line; `has_other_figures`: not with the same figures."""

    claim: Claim
    line: int
    text: str
    alike: float
    has_other_figures: bool


def suggestions(found: Sequence[Passage], claims: Sequence[Claim], language: str, market: str) -> list[Suggestion]:
    """Claims that the text does not say yet and may say in place of what is written, in the order of their lines; of
    each claim and each place the most alike."""
    said_already = {name for passage in found for name in _CLAIM.findall(passage.text)}
    fitting = [claim for claim in claims if language in claim.text and market in claim.markets
               and claim.id not in said_already]
    texts = [list(sentences(passage)) for passage in found if not passage.is_table]
    windows: dict[int, list[list[_Window]]] = {}
    best: list[Suggestion] = []
    for claim in fitting:
        count = max(1, len(list(_split(claim.text[language]))))
        if count not in windows:
            windows[count] = [_windows(group, count) for group in texts if group]
        best += filter(None, (_best(claim, claim.text[language], group) for group in windows[count]))
    best.sort(key=lambda hit: -hit.alike)
    taken: set[int] = set()
    said: set[str] = set()
    kept = []
    for hit in best:
        if hit.line not in taken and hit.claim.id not in said:
            taken.add(hit.line)
            said.add(hit.claim.id)
            kept.append(hit)
    return sorted(kept[:MOST], key=lambda hit: hit.line)


class _Window(NamedTuple):
    """Sentences of a passage that follow each other, and their character groups."""

    line: int
    text: str
    groups: frozenset[str]


def _windows(group: Sequence[Sentence], count: int) -> list[_Window]:
    """Those of so many sentences; of a shorter passage, all of it."""
    texts = [(group[at].line, " ".join(sentence.text for sentence in group[at:at + count]))
             for at in range(max(1, len(group) - count + 1))]
    return [_Window(line, text, _groups(plain(text))) for line, text in texts]


def _best(claim: Claim, wording: str, windows: Sequence[_Window]) -> Suggestion | None:
    """Where a passage says it most alike, if it does."""
    mine = _groups(plain(wording))
    window = max(windows, key=lambda window: _share(mine, window.groups))
    share = _share(mine, window.groups)
    return None if share < ALIKE else Suggestion(claim, window.line, window.text, share,
                                                 figures(wording) != figures(window.text))


def sentences(passage: Passage) -> Iterator[Sentence]:
    """The sentences of a passage, without what cites, links and fills slots; those that say a claim are none."""
    for at, text in _split(passage.text):
        if "{claim:" not in text and (words := plain(text)):
            yield Sentence(passage.line + passage.text.count("\n", 0, at), words)


def _split(text: str) -> Iterator[tuple[int, str]]:
    for match in _SENTENCE.finditer(text):
        if match.group().strip():
            yield match.start() + len(match.group()) - len(match.group().lstrip()), match.group().strip()


def plain(text: str) -> str:
    """The words of a line of Markdown."""
    words = _LINK.sub(r"\1", _MARKUP.sub("", text))
    return " ".join(re.sub(r"^\s*(?:[-*+]|\d+[.)])\s+|[*_`~]", "", words).split())


def alike(one: str, other: str) -> float:
    """How much two texts have in common, from 0 to 1."""
    return _share(_groups(plain(one)), _groups(plain(other)))


def _share(mine: frozenset[str], theirs: frozenset[str]) -> float:
    return 2 * len(mine & theirs) / (len(mine) + len(theirs)) if mine and theirs else 0.0


@lru_cache(maxsize=4096)  # a draft is looked at several times a keystroke
def _groups(text: str) -> frozenset[str]:
    marks = "".join(mark for mark in unicodedata.normalize("NFKC", text).casefold() if mark.isalnum())
    size = 2 if _HAN.search(marks) else 3
    return frozenset(marks[at:at + size] for at in range(max(1, len(marks) - size + 1))) if marks else frozenset()


def figures(text: str) -> frozenset[str]:
    """The figures of a text."""
    return frozenset(_FIGURE.findall(unicodedata.normalize("NFKC", text)))
