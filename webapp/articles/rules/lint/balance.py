"""Whether a page that promotes shows risk as plainly as benefit: where its risks begin, and how much of it they are."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from webapp.articles.rules.languages import HAN
from webapp.articles.rules.lint.passages import Passage

RISK_BOXES = ("isi", "boxed", "warning")
LATEST_BEGIN, SMALLEST_SHARE = 0.6, 0.25
"""Of the page's words: our choice. 21 CFR 202.1(e)(7)(viii) asks for comparable prominence and sets no figure; a page
whose risks begin in its last third, or are less than a quarter of it, is one that a reviewer should see."""
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Balance:
    """Shares of the page's words: before the first passage of risk, and of all passages of risk. `begins_at` is 1 where
    there is none."""

    begins_at: float
    share: float

    @property
    def is_late(self) -> bool:
        return self.begins_at > LATEST_BEGIN

    @property
    def is_short(self) -> bool:
        return self.share < SMALLEST_SHARE


def balance(passages: Sequence[Passage]) -> Balance:
    """The balance of a page's passages."""
    lengths = [(passage.box in RISK_BOXES, _length(passage.text)) for passage in passages]
    total = sum(length for _, length in lengths) or 1
    before = 0
    for is_risk, length in lengths:
        if is_risk:
            return Balance(before / total, sum(size for risky, size in lengths if risky) / total)
        before += length
    return Balance(1.0, 0.0)


def _length(text: str) -> int:
    return len(HAN.findall(text)) + len(_WORD.findall(HAN.sub(" ", text)))
