"""The sentence that names a market's authority, with its addresses and numbers as links."""

import re
from collections.abc import Iterator

_PLACE = re.compile(r"(?P<site>(?:[a-z0-9-]+\.)+[a-z]{2,}(?:/[a-z0-9/_-]*[a-z0-9])?)|(?P<number>\b\d(?:-?\d){8,14}\b)",
                    re.ASCII)
"""A site as people write it, without `https://`; a telephone number in digits."""


def linked(sentence: str) -> Iterator[tuple[str, str]]:
    """The sentence in pieces: words, and where they lead; nothing for those that lead nowhere."""
    told = 0
    for found in _PLACE.finditer(sentence):
        if found.start() > told:
            yield sentence[told:found.start()], ""
        yield found[0], f"https://{found[0]}" if found["site"] else f"tel:{found[0].replace('-', '')}"
        told = found.end()
    if told < len(sentence):
        yield sentence[told:], ""
