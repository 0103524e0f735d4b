"""Words as people type them: folded sign by sign, in either script, without endings, and found in spite of slips."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path

TRADITIONAL = Path(__file__).with_name("traditional.txt")
JOINER = "\x7f"
"""Stands for a sign that is part of no word and parts none: an accent of its own, a zero-width or direction mark."""
ONE_SLIP, TWO_SLIPS = 6, 10
"""Letters from which on a word may hold so many slips; our choice: shorter words have too many neighbours."""
LONGEST_WORD = 40
"""Letters; nothing longer is a word with slips."""
SHORTEST_GENERIC = 7
"""Letters of a generic name; our choice: shorter words end like one by chance."""
GENERIC = "\x7fgeneric"
"""The stem of a word that stands nowhere and ends as generic names of medicines do."""
_HEAD = 8
"""Letters of a word whose neighbourhood is kept. Two slips behind them are found all the same."""
_MOST_FOLDED = 30_000
_REPEATED = re.compile(r"(.)\1+")


class _Folding(dict[int, str]):
    """Sign -> one sign, found once for each."""

    def __missing__(self, code: int) -> str:
        folded = _fold_sign(chr(code))
        if len(self) < _MOST_FOLDED:
            self[code] = folded
        return folded


def _fold_sign(sign: str) -> str:
    if sign in "’‘ʼ`´":
        return "'"
    category = unicodedata.category(sign)
    if category in {"Mn", "Me", "Cf"}:
        return JOINER
    if category == "Cc":
        return "\n" if sign == "\n" else " "
    plain = unicodedata.normalize("NFKD", sign)[0].casefold()[0]
    return simplified().get(plain, plain)


@cache
def simplified() -> Mapping[str, str]:
    """Traditional character -> the one it is read as."""
    lines = TRADITIONAL.read_text("utf-8").splitlines()
    return {pair[0]: pair[1] for line in lines if not line.startswith("#") for pair in line.split()}


_FOLDING = _Folding()


def fold(text: str) -> str:
    """In small letters without accents, full-width signs as plain ones, Chinese in simplified characters; as many signs
    as before, each in its place."""
    return text.translate(_FOLDING)


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """A word without its ending, as far as needed for `vomits`, `vomited` and `vomiting` to be one."""
    if word.endswith("'s"):
        word = word[:-2]
    word = word.replace("'", "")
    if len(word) < 4:
        return word
    if word.endswith(("ies", "ied")) and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith("ing") and len(word) > 5:
        word = word[:-3]
    elif word.endswith("ed") and not word.endswith("eed") and len(word) > 4:
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    if word.endswith("e") and len(word) > 4:
        word = word[:-1]
    return word[:-1] if word[-1] == word[-2] and len(word) > 3 else word


def undouble(word: str) -> str:
    """Each letter once where it is repeated: people double the wrong one, or hold a key."""
    return _REPEATED.sub(r"\1", word)


class Speller:
    """Finds the stem of the known word that a typed one stands for."""

    def __init__(self, words: Iterable[str], exact: Iterable[str], ordinary: Iterable[str],
                 endings: Iterable[str] = ()) -> None:
        """`exact`: known as well, but by no slip. `ordinary` words are taken for no slip of a known one, nor for a
        medicine by their `endings`."""
        self._endings = tuple(endings)
        self._stems = set(map(stem, exact))
        self._undoubled: dict[str, str] = {}
        self._near: dict[str, list[str]] = {}
        self._ordinary = frozenset(ordinary)
        for word in sorted(set(words)):
            self._learn(word)
        self.stem_of = lru_cache(maxsize=20_000)(self._stem_of)

    def _learn(self, word: str) -> None:
        known = stem(word)
        self._stems.add(known)
        for form in dict.fromkeys((undouble(word.replace("'", "")), undouble(known))):
            if form in self._undoubled or len(form) < 3:
                continue
            self._undoubled[form] = known
            if len(form) >= ONE_SLIP:
                for head in _neighbours(form[:_HEAD], _slips(len(form))):
                    self._near.setdefault(head, []).append(form)

    def _stem_of(self, word: str) -> str:
        """The known stem, or nothing. As exact as the word allows: itself, a letter doubled, then the fewest slips."""
        if len(word) > LONGEST_WORD:
            return ""
        plain = stem(word)
        if plain in self._stems:
            return plain
        if word in self._ordinary:
            return ""
        forms = list(dict.fromkeys((undouble(word.replace("'", "")), undouble(plain))))
        for form in forms:
            if len(word) > 3 and form in self._undoubled:
                return self._undoubled[form]
        return self._nearest(forms) or (GENERIC if self._is_generic(word) else "")

    def _is_generic(self, word: str) -> bool:
        single = word.removesuffix("'s").removesuffix("s")
        return len(single) >= SHORTEST_GENERIC and single not in self._ordinary and single.endswith(self._endings)

    def _nearest(self, forms: Iterable[str]) -> str:
        best, fewest = "", 3
        for form in forms:
            for head in _neighbours(form[:_HEAD], _slips(len(form) + 1)) if len(form) >= ONE_SLIP - 1 else ():
                for known in self._near.get(head, ()):
                    allowed = min(fewest - 1, _slips(len(known)))
                    if (found := distance(form, known, allowed)) <= allowed:
                        best, fewest = known, found
        return self._undoubled[best] if best else ""


def _slips(length: int) -> int:
    return 2 if length >= TWO_SLIPS else 1


def _neighbours(word: str, slips: int) -> dict[str, None]:
    """The word, and what is left of it without one letter, or two: in order, so that of two words that are equally near
    every process takes the same."""
    places = range(len(word))
    found = dict.fromkeys([word, *[word[:one] + word[one + 1:] for one in places]])
    if slips > 1:
        found.update(dict.fromkeys(
            [word[:one] + word[one + 1:two] + word[two + 1:] for one in places for two in places[one + 1:]]))
    return found


def distance(left: str, right: str, most: int) -> int:
    """Letters to insert, drop, change or swap with the next; any number over `most` where there are more."""
    if left == right:
        return 0
    if most < 1 or abs(len(left) - len(right)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, letter in enumerate(left, 1):
        older, before, row = before, row, [i]
        for j, other in enumerate(right, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == right[j - 2] and left[i - 2] == other:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]
