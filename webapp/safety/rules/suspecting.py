"""Suspicion by default: who writes of a medicine that somebody uses may tell of an event in words that nobody foresaw.

What clearly tells of something else is not suspected: a question in general, a plan, a price, a use without trouble or
without anything more said."""

from collections.abc import Sequence

from webapp.safety.rules.judging import Mark, Marks, Sentence
from webapp.safety.rules.phrases import PAUSE
from webapp.safety.rules.reading import fillers

_PLAIN = frozenset({Mark.PLAIN, Mark.TREATS, Mark.PERSON})


def is_suspected(stems: Sequence[str], marks: Sequence[Marks], sentences: Sequence[Sentence]) -> bool:
    """Whether a text with a medicine says more than can be passed over; its sentences are judged already."""
    if not any(_is_of_medicine(sentence) for sentence in sentences):
        return False
    return any(_is_open(stems, marks, sentence) for sentence in sentences)


def _is_of_medicine(sentence: Sentence) -> bool:
    return any((hit.is_medicine and not hit.is_cue) or hit.is_substance for hit in sentence.hits)


def _is_calm(sentence: Sentence) -> bool:
    """Somebody says that all is well, or denies a reaction, and takes nothing back."""
    is_denial = any(hit.is_reaction and hit.is_negated for hit in sentence.hits)
    return (is_denial or Mark.CALM in sentence.seen) and Mark.TURN not in sentence.seen


def _is_open(stems: Sequence[str], marks: Sequence[Marks], sentence: Sentence) -> bool:
    """A medicine told of, or somebody in a text with one, in words that are not all known as harmless."""
    is_supposed = sentence.tells == "general" and Mark.PERSON in sentence.seen and Mark.PAGE not in sentence.seen
    is_about = sentence.tells == "personal" or ((sentence.tells == "told" or is_supposed) and _is_of_medicine(sentence))
    is_harmless = _is_calm(sentence) or _is_elsewhere(sentence) or _is_plain(stems, marks, sentence)
    return is_about and not is_harmless


def _is_elsewhere(sentence: Sentence) -> bool:
    """What is only planned, or the price of it, unless somebody got and used it."""
    return Mark.PLAN in sentence.seen or (Mark.SUPPLY in sentence.seen and Mark.HAPPENED not in sentence.seen)


def _is_plain(stems: Sequence[str], marks: Sequence[Marks], sentence: Sentence) -> bool:
    """Nothing but a medicine, who takes it, how often and what for."""
    known = {place for hit in sentence.hits if hit.is_substance or not hit.is_medicine
             for place in range(hit.first, hit.last)}
    return all(place in known or stems[place] in fillers() or stems[place] == PAUSE or marks[place] & _PLAIN
               for place in range(sentence.first, sentence.last))
