"""Overhearing: what in a free text may tell of an adverse event. Recall first: when in doubt, it does."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import compress
from typing import NamedTuple

from webapp.safety.rules import reading
from webapp.safety.rules.judging import NO_MARKS, Hit, Mark, Marks, judge, sentences_of
from webapp.safety.rules.phrases import Phrases
from webapp.safety.rules.reading import Tokens, Words, every, fillers, medicines, tokens_of, vocabulary, words_of
from webapp.safety.rules.spelling import GENERIC, Speller
from webapp.safety.rules.suspecting import is_suspected
from webapp.safety.rules.terms import terms

PART = 20_000
"""Signs that are read at once; a longer text is read in parts."""
OVERLAP = 400
"""Signs that a part sees of the next, so that nothing is lost between them."""
MOST_MATCHES = 500
"""Kept of each kind; our choice: an officer reads no more, and the answer stays the same."""
SURE_NAME = 9
"""Letters from which on another's medicine is heard with slips: shorter names stand beside everyday words."""
FEWEST_LETTERS = 2
"""Shorter names of a product would be found in other words."""


class Concern(StrEnum):
    """What a safety desk wants to hear of. Pregnancy covers lactation."""

    REACTION = "reaction"
    PREGNANCY = "pregnancy"
    OVERDOSE = "overdose"
    MISUSE = "misuse"
    MEDICATION_ERROR = "medication-error"
    LACK_OF_EFFECT = "lack-of-effect"
    OFF_LABEL = "off-label"
    OCCUPATIONAL = "occupational"
    COUNTERFEIT = "counterfeit"
    PRODUCT_COMPLAINT = "product-complaint"


class Match(NamedTuple):
    """Words of a text, by which a concern was heard, or a medicine where `concern` is None."""

    concern: Concern | None
    start: int
    end: int
    words: str
    """As written: `text[start:end]`."""
    term: str = ""
    """A reaction's id or a product's key; nothing for other concerns, and for a medicine that is not named."""
    is_negated: bool = False
    is_substance: bool = False
    """A medicine itself, and no mere word of its use."""


@dataclass(frozen=True)
class Screened:
    """What was heard in a text."""

    drugs: tuple[Match, ...]
    concerns: tuple[Match, ...]
    is_suspect: bool
    """A medicine, and a concern that is neither denied nor only asked about; or a medicine that somebody uses, and
    nothing that shows the text to be harmless."""


@dataclass(frozen=True)
class _Meaning:
    concern: Concern | None = None
    term: str = ""
    is_medicine: bool = False
    is_substance: bool = False
    is_cue: bool = False
    is_indication: bool = False


_REACTION = Concern.REACTION
"""Named once, as `judging` says why."""
_TELLING = frozenset({Concern.OVERDOSE, Concern.MISUSE, Concern.OFF_LABEL})
"""Concerns whose words speak of a medicine by themselves."""
_HARMLESS = _Meaning()
_OTHER = _Meaning(is_medicine=True, is_substance=True)
"""A medicine that is none of the site's products."""


class Screen:
    """Built once from names of products; then reads texts. Safe to share between threads."""

    def __init__(self, names: Mapping[str, str]) -> None:
        """`names`: names, synonyms and brands in any language -> key of the product."""
        self._drugs, self._concerns = _medicines(names), _phrases()
        known, others = vocabulary(), medicines()
        around = (known.fillers, known.harmless, *known.marks.values(), *known.circumstances.values(), others.kinds,
                  others.names)
        self._speller = Speller((word for phrase in (*names, *_wordings()) for word in words_of(phrase)),
                                (word for words in around for phrase in every(words) for word in words_of(phrase)),
                                (*known.ordinary, *others.unlike), others.endings)

    def read(self, text: str) -> Screened:
        """What is heard in a text of any length, in time that grows with its length."""
        drugs: list[Match] = []
        concerns: list[Match] = []
        is_medicine = is_event = is_doubtful = False
        for offset, end in _parts(text):
            tokens, found, is_open = self._read_part(text[offset:end + OVERLAP])
            is_doubtful |= is_open
            for hit, meaning in found:
                start = offset + tokens.starts[hit.first]
                if start >= end:
                    break
                is_medicine |= hit.is_medicine
                is_event |= hit.is_told
                kept = drugs if hit.is_medicine else concerns
                if len(kept) < MOST_MATCHES:
                    last = offset + tokens.end(hit.last - 1)
                    kept.append(Match(meaning.concern, start, last, text[start:last], meaning.term, hit.is_negated,
                                      hit.is_medicine and meaning.is_substance))
            if (is_doubtful or (is_medicine and is_event)) and min(len(drugs), len(concerns)) >= MOST_MATCHES:
                break
        return Screened(tuple(drugs), tuple(concerns), is_doubtful or (is_medicine and is_event))

    def _read_part(self, text: str) -> tuple[Tokens, list[tuple[Hit, _Meaning]], bool]:
        """The tokens of a text, what was found in them, in order and judged, and whether it is suspected as a whole."""
        tokens = reading.read(text, self._speller)
        small = fillers()
        is_kept = [token not in small for token in tokens.stems]
        kept, sought = list(compress(range(len(is_kept)), is_kept)), list(compress(tokens.stems, is_kept))
        found = [(_hit(first, last, meaning), meaning) for first, last, meaning in self._drugs.found_in(tokens.stems)
                 if meaning is not _HARMLESS]
        found += [(_hit(kept[first], kept[last - 1] + 1, meaning), meaning)
                  for first, last, meaning in self._concerns.found_in(sought) if meaning is not _HARMLESS]
        found.sort(key=lambda pair: pair[0].first)
        if not found:
            return tokens, found, False
        marks = _marks_of(tokens.stems)
        sentences = list(sentences_of(tokens.stops, len(tokens.stems), [hit for hit, _ in found]))
        judge(tokens.stems, marks, sentences)
        return tokens, found, is_suspected(tokens.stems, marks, sentences)


def _hit(first: int, last: int, meaning: _Meaning) -> Hit:
    return Hit(first, last, meaning.is_medicine, bool(meaning.term), meaning.concern is _REACTION,
               meaning.is_substance, meaning.is_cue, meaning.is_indication)


def _parts(text: str) -> Iterator[tuple[int, int]]:
    """Where each part begins and ends: between two words, if there are any."""
    start = 0
    while True:
        end = start + PART
        if end >= len(text):
            yield start, len(text)
            return
        space = text.rfind(" ", end - OVERLAP, end)
        end = space + 1 if space > 0 else end
        yield start, end
        start = end


def _medicines(names: Mapping[str, str]) -> Phrases[_Meaning]:
    """Of two meanings of the same words the first added counts."""
    phrases = Phrases[_Meaning]()
    for name, key in names.items():
        tokens = tokens_of(name, with_fillers=True)
        if len("".join(tokens)) >= FEWEST_LETTERS:
            phrases.add(tokens, _Meaning(term=key, is_medicine=True, is_substance=True))
    phrases.add((GENERIC,), _OTHER)
    for wording in (*every(medicines().kinds), *every(medicines().names)):
        phrases.add(tokens_of(wording, with_fillers=True), _OTHER)
    for wording in every(vocabulary().harmless):
        phrases.add(tokens_of(wording, with_fillers=True), _HARMLESS)
    for wording in every(vocabulary().medicine):
        phrases.add(tokens_of(wording, with_fillers=True), _Meaning(is_medicine=True))
    for wording in every(vocabulary().cues):
        phrases.add(tokens_of(wording, with_fillers=True), _Meaning(is_medicine=True, is_cue=True))
    return phrases


@cache
def _phrases() -> Phrases[_Meaning]:
    """What tells of a concern. Where a phrase stands under two, the reaction counts."""
    phrases = Phrases[_Meaning]()
    for wording in every(vocabulary().harmless):
        phrases.add(tokens_of(wording), _HARMLESS)
    for term in terms().values():
        meaning = _Meaning(Concern.REACTION, term.id, is_indication=term.is_indication)
        for wording in term.wordings:
            phrases.add(tokens_of(wording), meaning)
    for name, words in vocabulary().concerns.items():
        for wording in every(words):
            phrases.add(tokens_of(wording), _Meaning(Concern(name), is_substance=Concern(name) in _TELLING))
    return phrases


def _marks_of(stems: Sequence[str]) -> list[Marks]:
    """What is marked of each token. The two trees are sought apart, so that neither hides words of the other."""
    marks = [NO_MARKS] * len(stems)
    for tree in _marks():
        for first, last, meaning in tree.found_in(stems):
            for place in range(first, last):
                marks[place] = marks[place] | meaning if marks[place] else meaning
    return marks


@cache
def _marks() -> tuple[Phrases[Marks], Phrases[Marks]]:
    """Words around what is heard, and what else is spoken of."""
    return _marked(vocabulary().marks), _marked(vocabulary().circumstances)


def _marked(around: Mapping[str, Words]) -> Phrases[Marks]:
    """One wording may say several things."""
    found: dict[tuple[str, ...], Marks] = {}
    for name, words in around.items():
        for wording in every(words):
            tokens = tokens_of(wording, with_fillers=True)
            found[tokens] = found.get(tokens, NO_MARKS) | {Mark(name)}
    phrases = Phrases[Marks]()
    for tokens, marks in found.items():
        phrases.add(tokens, marks)
    return phrases


@cache
def _wordings() -> tuple[str, ...]:
    """All that is sought besides names, as a speller learns it."""
    known = vocabulary()
    return (*(wording for words in (known.medicine, known.cues, *known.concerns.values()) for wording in every(words)),
            *(name for name in every(medicines().names) if len(name) >= SURE_NAME),
            *(wording for term in terms().values() for wording in term.wordings))
