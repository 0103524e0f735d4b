"""A page about a disease that a company paid for names no product and links to none (field rules, section 1)."""

import re
from collections.abc import Iterable, Iterator, Sequence

from webapp.articles.rules.languages import HAN
from webapp.core.markdown import without_code

_LINK = re.compile(r"\]\(\s*<?topic:(drugs/[a-z0-9-]+)")
_ONWARD = re.compile(r"\]\(\s*<?topic:(diseases/[a-z0-9-]+)")
_SLOT = "{drug:"
FEWEST_CHARACTERS = 2
"""Shorter names would be found in other words."""


def product_pattern(names: Iterable[str]) -> re.Pattern[str]:
    """Finds any of the names, whole words where they are of an alphabet; nothing if there are none."""
    wanted = sorted({name for name in names if len(name) >= FEWEST_CHARACTERS}, key=len, reverse=True)
    parts = [re.escape(name) if HAN.search(name) else rf"(?<!\w){re.escape(name)}(?!\w)" for name in wanted]
    return re.compile("|".join(parts) or r"(?!)", re.IGNORECASE)


def named(text: str, lines: Sequence[int], products: re.Pattern[str]) -> Iterator[tuple[int, str]]:
    """(line, name or address) of every product that a text names or links to."""
    for number, line in zip(lines, without_code(text).split("\n"), strict=False):
        yield from ((number, match.group(0)) for match in products.finditer(line))
        yield from ((number, match.group(1)) for match in _LINK.finditer(line))


def onward(text: str, lines: Sequence[int]) -> Iterator[tuple[int, str]]:
    """(line, address) of every page on a disease that a text links to."""
    for number, line in zip(lines, without_code(text).split("\n"), strict=False):
        yield from ((number, match.group(1)) for match in _ONWARD.finditer(line))


def tells_of(page: str, products: re.Pattern[str]) -> bool:
    """Whether a page as it stands in its file, head and slots included, names a product or links to one."""
    return _SLOT in page.lower() or bool(products.search(page) or _LINK.search(page))
