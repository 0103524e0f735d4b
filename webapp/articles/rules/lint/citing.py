"""What is said of a medicine is said by a source: every factual passage of a drug page cites one."""

import re
from collections.abc import Iterator, Sequence

from webapp.articles.rules.languages import HAN
from webapp.articles.rules.lint.passages import Passage
from webapp.core.markdown import CITATION

FEWEST_WORDS, FEWEST_HAN = 8, 14
"""Shorter passages lead over to others: our choice, from the pages that are here."""
SHORT = 40
"""Characters of a part of a sentence that may stand beside a referral: our choice."""
ASKING = frozenset({"Questions for your doctor or pharmacist", "Questions for your doctor", "可以问医生或药师的问题",
                    "可以问医生的问题", "What changed", "For the patient", "Reporting a side effect", "报告不良反应",
                    "Glossary", "词语解释"})
"""Sections that state nothing of the medicine: they ask, tell of the page itself, or send the reader on."""
_WORD = re.compile(r"[^\W\d_]+")
_ENDS = (".", "!", "?", "。", "！", "？", "；", ")", "）")
_QUESTIONS = re.compile(r"[^.!?。！？]*[?？]\s*$")
_SENTENCE = re.compile(r"[^.!?;:。！？；：]*(?:\.\w[^.!?;:。！？；：]*)*[.!?;:。！？；：]*")
_REFERRAL = re.compile(r"leaflet|doctor|pharmacist|nurse|label|\bask\b|\bsee\b|\bcheck\b|www\.|Poison Help|emergency|"
                       r"医生|药师|护士|说明书|医保办|热线|见“|急诊")


def uncited(passages: Sequence[Passage]) -> Iterator[Passage]:
    """The factual passages that no source stands behind. An introduction that does not end and what it introduces are
    one, and so are a table and what stands beside it: either may cite."""
    for place, passage in enumerate(passages):
        before = passages[place - 1] if place else None
        after = passages[place + 1] if place + 1 < len(passages) else None
        group = [passage]
        if before is not None and _introduces(before):
            group.append(before)
        if after is not None and (_introduces(passage) or passage.is_table):
            group.append(after)
        if before is not None and passage.is_table:
            group.append(before)
        if _is_factual(passage) and not any(CITATION.search(part.text) for part in group):
            yield passage


def _introduces(passage: Passage) -> bool:
    """Whether its last sentence goes on in what follows."""
    return not CITATION.sub("", passage.text).rstrip(" *_\n").endswith(_ENDS)


def _is_factual(passage: Passage) -> bool:
    """Not a question, a picture, or a passage whose every sentence sends the reader to somebody who knows."""
    text = passage.text.strip().replace("\n", " ")
    if passage.section in ASKING or passage.box.endswith("caption") or text.startswith("![") \
            or _QUESTIONS.fullmatch(text):
        return False
    said = [part for part in _SENTENCE.findall(text) if _WORD.search(part)]
    if not passage.is_list and _REFERRAL.search(text) \
            and all(_REFERRAL.search(part) for part in said if len(part) > SHORT):
        return False
    return len(_WORD.findall(text)) >= FEWEST_WORDS or len(HAN.findall(text)) >= FEWEST_HAN
