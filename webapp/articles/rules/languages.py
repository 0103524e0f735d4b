"""Which language a text is in, told by its characters."""

import re

from webapp.core.languages import CHINESE, ENGLISH

HAN = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[A-Za-z\u00c0-\u024f]+")


def language_of(text: str) -> str | None:
    """`zh-Hans` where Chinese characters are as many as Latin words, else `en`; None for a text of neither.

    A guess, right for what is cited here: a source in a third language says so with its key `language`.
    """
    han, words = len(HAN.findall(text)), len(_WORD.findall(text))
    if not han and not words:
        return None
    return CHINESE.tag if han >= words else ENGLISH.tag
