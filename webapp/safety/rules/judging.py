"""Whether what a sentence names has happened: not where it is denied, and not where it is only asked or told about."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from webapp.safety.rules.phrases import ASKED, PAUSE
from webapp.safety.rules.reading import fillers

Marks = frozenset["Mark"]
NO_MARKS: Marks = frozenset()
_LONGEST_LIST = 40
"""Tokens within which an "or" keeps what a "no" denies together; our choice."""


class Mark(StrEnum):
    """What a word says about those around it; the values are the file's names."""

    NEGATOR = "negators"
    BETWEEN = "between"
    BREAK = "breaks"
    EARLIER = "earlier"
    VOID = "voids"
    OR = "closers"
    NONE = "nones"
    OPENS_QUESTION = "openers"
    ASKS = "questions"
    MODAL = "modal"
    PAGE = "pages"
    PERSON = "persons"
    HYPOTHETICAL = "hypothetical"
    WISHING = "wishing"
    HAPPENED = "happened"
    PERHAPS = "perhaps"
    TREATS = "treats"
    PLAIN = "plain"
    CALM = "calm"
    TURN = "turns"
    PLAN = "plans"
    SUPPLY = "supplies"


(
    _NEGATOR, _BETWEEN, _BREAK, _EARLIER, _VOID, _OR, _NONE, _OPENS_QUESTION, _ASKS, _MODAL, _PAGE, _PERSON,
    _HYPOTHETICAL, _WISHING, _HAPPENED, _PERHAPS, _TREATS
) = (
    Mark.NEGATOR, Mark.BETWEEN, Mark.BREAK, Mark.EARLIER, Mark.VOID, Mark.OR, Mark.NONE, Mark.OPENS_QUESTION,
    Mark.ASKS, Mark.MODAL, Mark.PAGE, Mark.PERSON, Mark.HYPOTHETICAL, Mark.WISHING, Mark.HAPPENED, Mark.PERHAPS,
    Mark.TREATS)
"""Named once: to look a member up in its enumeration takes Python 3.11 four times as long as to find it in a set."""
_CARRYING, _SPEAKING = frozenset({_BETWEEN, _OR}), frozenset({_WISHING, _PERSON})


@dataclass(slots=True)
class Hit:
    """What was found at the tokens `first` up to `last` (excluded), and what is thought of it."""

    first: int
    last: int
    is_medicine: bool = False
    is_named: bool = False
    is_reaction: bool = False
    is_substance: bool = False
    """A medicine itself, no mere word of its use; or what cannot be told of anything else."""
    is_cue: bool = False
    """A medicine only beside a concern."""
    is_indication: bool = False
    is_negated: bool = False
    is_told: bool = False


@dataclass(slots=True)
class Sentence:
    """The tokens `first` up to `last` (excluded, its stop) of a text, and what was found in them, in order."""

    first: int
    last: int
    hits: list[Hit]
    seen: Marks = NO_MARKS
    """All that its tokens are marked with."""
    tells: str = ""
    """Of whom: see `_tells`."""


def judge(stems: Sequence[str], marks: Sequence[Marks], sentences: Sequence[Sentence]) -> None:
    """Sets whom each sentence tells of, and `is_negated` and `is_told` of all hits."""
    for sentence in sentences:
        sentence.seen = NO_MARKS.union(*marks[sentence.first:sentence.last])
        sentence.tells = _tells(stems, marks, sentence)
        _deny(stems, marks, sentence)
    is_personal = any(sentence.tells == "personal" for sentence in sentences if sentence.hits)
    for sentence in sentences:
        is_general = sentence.tells == "general" or (sentence.tells == "asked" and not is_personal)
        for hit in sentence.hits:
            if not hit.is_medicine and not _is_dropped(hit, sentence, is_general=is_general):
                hit.is_told = not hit.is_indication or not _is_treated(stems, marks, sentence, hit)


def _is_dropped(hit: Hit, sentence: Sentence, *, is_general: bool) -> bool:
    """A reaction that is denied or asked about in general; of what else can go wrong, whoever asks has seen it."""
    if hit.is_reaction and hit.is_negated:
        return True
    return is_general and (hit.is_reaction or sentence.tells == "general")


def _tells(stems: Sequence[str], marks: Sequence[Marks], sentence: Sentence) -> str:
    """`personal`: of somebody, or of what came to pass; `told`: said without either; `asked` and `general`: of nobody,
    in a question, or as pages, labels and fears speak."""
    seen = sentence.seen
    is_about_page = _PAGE in seen
    if _HAPPENED in seen or (_PERSON in seen and any(
            _is_person(stems, marks, place) for place in range(sentence.first, sentence.last))):
        return "told" if is_about_page else "personal"
    if _PERHAPS in seen and not is_about_page and _MODAL not in seen:
        return "told"
    is_question = (_ASKS in seen or _OPENS_QUESTION in marks[sentence.first]
                   or (sentence.last < len(stems) and stems[sentence.last] == ASKED))
    if is_question:
        return "asked"
    return "general" if is_about_page or _MODAL in seen else "told"


def _is_person(stems: Sequence[str], marks: Sequence[Marks], place: int) -> bool:
    """Somebody who is not only supposed (`can I`, `if he`) or wishing to know (`I wonder`)."""
    if _PERSON not in marks[place] or (place and _HYPOTHETICAL in marks[place - 1]):
        return False
    later = place + 1
    while later < len(stems) and stems[later] in fillers() and marks[later].isdisjoint(_SPEAKING):
        later += 1
    return later >= len(stems) or _WISHING not in marks[later]


def _is_treated(stems: Sequence[str], marks: Sequence[Marks], sentence: Sentence, hit: Hit) -> bool:
    """Whether a condition is what the medicine is taken for: `for my headache`, `头痛药`."""
    place = hit.first - 1
    while place >= sentence.first and stems[place] in fillers() and _TREATS not in marks[place]:
        place -= 1
    is_aim = place >= sentence.first and _TREATS in marks[place]
    return is_aim or any(other.is_medicine and not other.is_named and other.first == hit.last == other.last - 1
                         for other in sentence.hits)


def _deny(stems: Sequence[str], marks: Sequence[Marks], sentence: Sentence) -> None:
    """Marks what a negation reaches: over words that carry it on, over hits and lists, up to any other word."""
    if not sentence.hits or _NEGATOR not in sentence.seen or _EARLIER in sentence.seen:
        return
    inside = {place: hit for hit in sentence.hits for place in range(hit.first, hit.last)}
    is_denying = False
    for place in range(_first_negator(marks, sentence), sentence.last):
        hit = inside.get(place)
        if is_denying and _VOID in marks[place]:
            is_denying = False
        elif hit and not hit.is_medicine:
            _answer_none(marks, sentence, hit)
            hit.is_negated |= is_denying and place == hit.first
        elif _NEGATOR in marks[place]:
            is_denying = True
        elif is_denying and not hit:
            is_denying = _carries_on(stems, marks, sentence, inside, place)


def _first_negator(marks: Sequence[Marks], sentence: Sentence) -> int:
    """Before it nothing is denied, save by a word at the sentence's end."""
    if _NONE in marks[sentence.last - 1]:
        return sentence.first
    return next(place for place in range(sentence.first, sentence.last) if _NEGATOR in marks[place])


def _answer_none(marks: Sequence[Marks], sentence: Sentence, hit: Hit) -> None:
    """`Rash: none`, `副作用无`."""
    if _NONE not in marks[sentence.last - 1]:
        return
    rest = [place for place in range(hit.last, min(hit.last + 4, sentence.last)) if _NONE in marks[place]]
    if rest and rest[-1] == sentence.last - 1 and rest[0] <= hit.last + 1:
        hit.is_negated = True


def _carries_on(stems: Sequence[str], marks: Sequence[Marks], sentence: Sentence, inside: dict[int, Hit],
                place: int) -> bool:
    if stems[place] == PAUSE or _BREAK in marks[place]:
        return _is_list(stems, marks, sentence, inside, place)
    return stems[place] in fillers() or not marks[place].isdisjoint(_CARRYING) or stems[place] in ("9", "99")


def _is_list(stems: Sequence[str], marks: Sequence[Marks], sentence: Sentence, inside: dict[int, Hit],
             place: int) -> bool:
    """A comma or an `and` within `no rash, itching or fever`: hits and commas alone, and an `or` before the last."""
    is_closed = False
    if place - 1 not in inside and stems[place - 1] != PAUSE:
        return False
    for later in range(place, min(place + _LONGEST_LIST, sentence.last)):
        if later in inside:
            if is_closed:
                return True
        elif _OR in marks[later]:
            is_closed = True
        elif stems[later] != PAUSE and stems[later] not in fillers():
            return False
    return False


def sentences_of(stops: Sequence[int], length: int, hits: Sequence[Hit]) -> Iterator[Sentence]:
    """The sentences of so many tokens, some of which are stops."""
    first, taken = 0, 0
    for stop in (*stops, length):
        own = []
        while taken < len(hits) and hits[taken].first < stop:
            own.append(hits[taken])
            taken += 1
        if stop > first:
            yield Sentence(first, stop, own)
        first = stop + 1
