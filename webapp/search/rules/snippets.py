"""The passage of a page that says most of what was asked for, in pieces, of which some are marked."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from webapp.safety.rules.spelling import fold
from webapp.search.rules.asking import Unit
from webapp.search.rules.words import Word, is_near, stem_of, words_of

WIDTH, HAN_WIDTH = 180, 90
"""Signs of a passage, two lines of a phone or three: our choice."""
MOST_MARKS = 100
"""Places that are looked at: our choice; a page's first ones tell enough."""
_ENDS = "\n。！？；"
_STOPS = (". ", "? ", "! ")


class Piece(NamedTuple):
    """Some of a passage."""

    text: str
    is_marked: bool


class _Mark(NamedTuple):
    start: int
    end: int
    unit: int


def snippet(text: str, units: Sequence[Unit], *, is_han: bool, may_slip: bool = False) -> tuple[Piece, ...]:
    """The passage; nothing if no word of the query stands in the text. `may_slip`: words one letter away are meant as
    well."""
    marks = _marks(text, units, may_slip=may_slip)
    if not marks:
        return ()
    width = HAN_WIDTH if is_han else WIDTH
    begin, end = _cut(text, _densest(text, marks, width), width)
    return tuple(_pieces(text, marks, begin, end))


def _marks(text: str, units: Sequence[Unit], *, may_slip: bool) -> list[_Mark]:
    """Where the units stand. Of a run of Chinese signs that stands nowhere as it is, its pairs are."""
    stems = {unit.grams[0]: number for number, unit in enumerate(units) if not unit.is_han}
    slips = [(unit, number) for number, unit in enumerate(units) if may_slip and unit.may_slip]
    runs = {unit.text: number for number, unit in enumerate(units) if unit.is_han}
    wholes = {run: number for run, number in runs.items() if run in fold(text)}
    sought = wholes | {gram: number for run, number in runs.items() if run not in wholes
                       for gram in units[number].grams}
    found: list[_Mark] = []
    for word in words_of(text):
        found += _in_run(word, sought) if word.is_han else _in_letters(word, stems, slips)
        if len(found) >= MOST_MARKS:
            break
    return found


def _in_letters(word: Word, stems: Mapping[str, int], slips: Sequence[tuple[Unit, int]]) -> list[_Mark]:
    stem = stem_of(word.text)
    number = stems.get(stem)
    if number is None:
        number = next((number for unit, number in slips
                       if is_near(stem, unit.grams[0]) or is_near(word.text, unit.text)), None)
    return [] if number is None else [_Mark(word.start, word.end, number)]


def _in_run(word: Word, sought: Mapping[str, int]) -> list[_Mark]:
    found = []
    for gram, number in sought.items():
        place = word.text.find(gram)
        while place >= 0:
            found.append(_Mark(word.start + place, word.start + place + len(gram), number))
            place = word.text.find(gram, place + 1)
    return sorted(found)


def _densest(text: str, marks: Sequence[_Mark], width: int) -> _Mark:
    """The mark that begins the stretch with most different words; of those one in a line that is a sentence and no mere
    heading or cell, and then the one with most marks."""
    best, most, ahead = marks[0], (0, False, 0), deque(marks)
    for mark in marks:
        within = [other for other in list(ahead)[:40] if other.end <= mark.start + width]
        ahead.popleft()
        worth = (len({other.unit for other in within}), _is_in_a_sentence(text, mark, width), len(within))
        if worth > most:
            best, most = mark, worth
    return best


def _is_in_a_sentence(text: str, mark: _Mark, width: int) -> bool:
    end = text.find("\n", mark.end)
    return (len(text) if end < 0 else end) - text.rfind("\n", 0, mark.start) > width // 3


def _cut(text: str, mark: _Mark, width: int) -> tuple[int, int]:
    """Where the passage begins and ends: with a sentence if one begins nearby, else between words."""
    near = max(0, mark.start - width // 3)
    starts = [text.rfind(sign, near, mark.start) + len(sign) for sign in (*_ENDS, *_STOPS)
              if text.rfind(sign, near, mark.start) >= 0]
    begin = max(starts) if starts else _between(text, near)
    begin += len(text[begin:]) - len(text[begin:].lstrip())
    line = text.find("\n", mark.end)
    end = min(len(text) if line < 0 else line, max(begin + width, mark.end))
    return begin, end if end == len(text) or text[end] == "\n" else max(mark.end, _before(text, begin, end))


def _between(text: str, place: int) -> int:
    blank = text.find(" ", place, place + 20)
    return 0 if place == 0 else blank + 1 if blank >= 0 else place


def _before(text: str, begin: int, end: int) -> int:
    blank = text.rfind(" ", max(begin, end - 20), end)
    return blank if blank >= 0 else end


def _pieces(text: str, marks: Sequence[_Mark], begin: int, end: int) -> Iterator[Piece]:
    if begin and text[begin - 1] not in _ENDS and text[begin - 2:begin] not in _STOPS:
        yield Piece("…", False)
    told = begin
    for start, stop in _merged(mark for mark in marks if mark.start >= begin and mark.end <= end):
        if start > told:
            yield Piece(text[told:start], False)
        yield Piece(text[start:stop], True)
        told = stop
    rest = text[told:end]
    is_cut = end < len(text) and text[end] != "\n"
    if rest or is_cut:
        yield Piece(rest.rstrip() + ("…" if is_cut else ""), False)


def _merged(marks: Iterator[_Mark]) -> Iterator[tuple[int, int]]:
    """Marks that touch are one."""
    held: tuple[int, int] | None = None
    for mark in marks:
        if held is not None and mark.start <= held[1]:
            held = held[0], max(held[1], mark.end)
            continue
        if held is not None:
            yield held
        held = mark.start, mark.end
    if held is not None:
        yield held
