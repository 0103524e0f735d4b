"""Whether a translation still follows the page that it was made from.

A page's head may record `translation: {of: en, digest: "…"}`: the language, and the beginning of the digest, of the
file that was translated. The digest is that of the file's whole text, head and body, with slots unfilled: one for all
markets, and a new date or reference in the head counts as a change, since the translation shows those too.
"""

import hashlib
from enum import StrEnum

from webapp.articles.rules.frontmatter import Audience, Translation

RECORDED_DIGITS = 16
"""Of a digest, as shown to be recorded: no two versions of a page share them by accident (our choice)."""


class State(StrEnum):
    """Where a page stands to the one that it names."""

    UNRECORDED = "names no other page"
    CURRENT = "current"
    BEHIND = "behind"
    LOST = "translated from a page that is not there"


def page_of(audience: Audience, language: str) -> str:
    """The name of the file for an audience in a language."""
    return f"{audience}.{language}.md"


def digest_of(text: str) -> str:
    """What a translation of `text` (a file's, with LF line ends and no byte order mark) records."""
    return whole_digest(text)[:RECORDED_DIGITS]


def state(record: Translation | None, text: str | None) -> State:
    """The state of a page that holds `record`, while the file that it names holds `text` (None: there is none)."""
    if record is None:
        return State.UNRECORDED
    if text is None:
        return State.LOST
    return State.CURRENT if whole_digest(text).startswith(record.digest) else State.BEHIND


def whole_digest(text: str) -> str:
    """The digest of a page's text, of which a translation records the beginning."""
    return hashlib.sha256(text.encode()).hexdigest()
