"""How hard a page is to read, counted as a reader meets it (field rules, section 8).

An item of a list that ends its line is a sentence; headings, tables, boxes' marks, citations and footnotes are out.
Words of the topic itself (its names, the medicines of its market) are counted apart, since a page cannot do without
them: a limit holds for the figure without them, and both are shown.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cache
from itertools import chain
from math import sqrt
from typing import TYPE_CHECKING

from webapp.core.later import Later
from webapp.core.markdown import without_code

if TYPE_CHECKING:
    import rjieba
else:  # its dictionary is a tenth of the program's start
    rjieba = Later("rjieba")

FEWEST_SENTENCES = 30
"""SMOG is not defined for fewer (McLaughlin 1969)."""
HARD_SYLLABLES = 3
_HEADING = re.compile(r"\s{0,3}#{1,6}\s")
_SKIPPED = re.compile(r"\s*(?:///|\||\[\^[^\]]+\]:|!\[|-{3,}\s*$)")
_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])\s+|\s*>\s?|\s*:\s+")
_MARKS = re.compile(r"[\[*_`\\](?:(?<=\[)[@^][^\]\n]*\]|(?<=[*_`])|(?<=\\)(?=[^\w\n]))")
"""Any of the letters that a mark begins with comes first: looking for one of a few letters is quickest."""
_LINK = re.compile(r"\[([^\]\n]*)\]\([^)\n]*\)")
_PICTURE = re.compile("!?" + _LINK.pattern)
_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[A-Z0-9])")
_HAN_END = re.compile(r"[。？！；!?;]+|…{1,2}")
_ABBREVIATIONS = ("e.g", "i.e", "vs", "Dr", "Mr", "Mrs", "No", "approx", "etc")
_ABBREVIATION = re.compile(rf"\b(?:{'|'.join(map(re.escape, _ABBREVIATIONS))})\.")
_WORD = re.compile(r"[A-Za-z]++(?:['’-][A-Za-z]++)*+")
_HAN = re.compile(r"[\u3400-\u9fff]")
_VOWELS = re.compile(r"[aeiouy]+")
_MUTE_WITHIN = re.compile(r"(?<=[^aeiouy])e(?=(?:ly|ful|fully|less|lessly|ments?|times?|thing|where|styles?|lines?|"
                          r"body|one)$)")
_MUTE_END = re.compile(r"(?<=[aeiouy])(?:[^aeiouyl]+e|les?|[^aeiouycgszxhl]+es|[^aeiouytd]+ed)$")
_APART = re.compile(r"(?<![ctsgx])i(?:a|u|o(?!n))|(?<=[a-z])i(?:en|et)(?!t$)|eo(?!u|ple)|[^qg]u(?:al|at|ou|ity|ids?$)|"
                    r"rrhea$|ya[^y]|(?<=cr)ea(?=te?[ds]?$|ting|tion|tive)|(?<=id)ea|(?<=ar)ea|[aeiou]ing$")
_SYLLABLES = {"every": 2, "everyone": 3, "everything": 3, "everyday": 3, "people": 2, "business": 2, "science": 2,
              "diabetes": 4, "being": 2, "blood": 1, "evening": 2, "does": 1, "used": 1, "whole": 1, "clothes": 1,
              "nausea": 3, "influence": 3, "serious": 3}
"""What the rules below get wrong among the words that health pages use most."""


@dataclass(frozen=True, slots=True)
class English:
    """`smog` and `flesch_kincaid` are school grades; `adjusted` is SMOG without the words of the topic. None where the
    text has too few sentences to tell."""

    sentences: int
    smog: float | None
    adjusted: float | None
    flesch_kincaid: float | None


@dataclass(frozen=True, slots=True)
class Chinese:
    """`sentence_words` is the mean length of a sentence in words; `cldc` adds hard words in a hundred to it."""

    sentences: int
    sentence_words: float | None
    cldc: float | None


def sentences(body: str, language: str) -> list[str]:
    """The sentences of a body that count, without marks."""
    is_han = language.startswith("zh")
    return [sentence for sentence in _sentences(body, is_han) if _counts(sentence, is_han)]


def _sentences(body: str, is_han: bool) -> list[str]:
    text = _MARKS.sub("", "\n".join(_passages(body)))  # all at once: to begin takes a pattern longer than a line does
    text = (_PICTURE if "![" in text else _LINK).sub(r"\1", text)
    if is_han:
        return [part for line in text.split("\n") for part in _HAN_END.split(line.strip()) if part.strip()]
    if any(f"{word}." in text for word in _ABBREVIATIONS):
        text = _ABBREVIATION.sub(lambda match: match.group(0).replace(".", ""), text)
    return [part for line in text.split("\n") for part in _END.split(line.strip())]


def english(body: str, own_words: Set[str]) -> English:
    """The grades of an English body. `own_words`: lower-case words that it cannot do without."""
    read = [words for words in map(_WORD.findall, _sentences(body, is_han=False)) if len(words) > 1]
    if len(read) < FEWEST_SENTENCES:
        return English(len(read), None, None, None)
    words = Counter(map(str.lower, chain.from_iterable(read)))
    hard = {word: times for word, times in words.items() if syllables(word) >= HARD_SYLLABLES}
    foreign = sum(times for word, times in hard.items() if not own_words & {word, *word.split("-")})
    spoken = sum(times * syllables(word) for word, times in words.items())
    grade = 0.39 * words.total() / len(read) + 11.8 * spoken / words.total() - 15.59
    return English(len(read), smog(sum(hard.values()), len(read)), smog(foreign, len(read)), grade)


def chinese(body: str) -> Chinese:
    """The figures of a Chinese body. The list of hard words that CLDC was made with is not public: here a word is hard
    that holds a character beyond the 3,755 common ones of GB 2312."""
    read = sentences(body, "zh-Hans")
    if not read:
        return Chinese(0, None, None)
    words = [word for sentence in read for word in rjieba.cut(sentence) if _HAN.search(word) or word[:1].isalnum()]
    length = len(words) / len(read)
    hard = sum(1 for word in words if any(_is_rare(sign) for sign in word))
    return Chinese(len(read), length, length + 100 * hard / max(1, len(words)))


def smog(polysyllables: int, read: int) -> float:
    """McLaughlin's grade, from words of three syllables and more in so many sentences."""
    return 1.0430 * sqrt(30 * polysyllables / read) + 3.1291


@cache
def syllables(word: str) -> int:
    """Of a lower-case English word, by its groups of vowels: right for nine words of ten, and the same each time."""
    return sum(_SYLLABLES.get(part) or max(1, _groups(part)) for part in word.replace("’", "'").split("-"))


def own_words(names: Sequence[str]) -> frozenset[str]:
    """The words of a topic's names."""
    return frozenset(word.lower() for name in names for word in _WORD.findall(name))


def _groups(word: str) -> int:
    word = _MUTE_WITHIN.sub("", word)
    return len(_VOWELS.findall(word)) - bool(_MUTE_END.search(word)) + len(_APART.findall(word))


@cache
def _is_rare(sign: str) -> bool:
    if not _HAN.match(sign):
        return False
    try:
        return sign.encode("gb2312")[0] >= 0xD8  # the second level begins there
    except UnicodeEncodeError:
        return True


def _passages(body: str) -> Iterator[str]:
    """Paragraphs and items, each on one line."""
    gathered: list[str] = []
    for line in [*without_code(body).split("\n"), ""]:
        words = line.strip()
        is_left_out = not words or (words[0] in "#/|[!-" and bool(_HEADING.match(line) or _SKIPPED.match(line)))
        said = words if is_left_out else _said(words)
        if gathered and (is_left_out or said is not words):
            yield " ".join(gathered)
            gathered = []
        if not is_left_out:
            gathered.append(said)


def _said(words: str) -> str:
    """A line without the marks of lists and quotes that it begins with: the same string where there are none."""
    while words and words[0] in "-*+>:0123456789" and (mark := _ITEM.match(words)):
        words = words[mark.end():]
    return words


def _counts(sentence: str, is_han: bool) -> bool:
    return bool(_HAN.search(sentence) if is_han else len(_WORD.findall(sentence)) > 1)
