"""Whether a change is administrative: claims, figures and safety text stand as they were last approved. Pure.

It is strict, since one person signs: a paragraph that cites, counts, claims, pictures or denies anything, or stands in
a box, must be the same to the letter. What is left to change is plain words.
"""

import re
from typing import NamedTuple

from webapp.core.errors import N_

_FENCE = re.compile(r"^ {0,3}/{3,}")
_WEIGHTY = re.compile(  # citations, claims, pictures, links; figures; words that turn a sentence round
    r"\[@|\{|!\[|\]\(|[0-9\uff10-\uff19%\uff05‰<>≤≥±]|[〇一二三四五六七八九十百千万亿半]"
    r"|\b(?:no|not|never|none|nor|neither|without|cannot|only|except|unless|stop|avoid|half|twice|double|one|two|three"
    r"|four|five|six|seven|eight|nine|ten|hundred|thousand|million)\b|n['’]t\b|[不无未勿没莫非禁忌停避仅除]",
    re.IGNORECASE)
"""What makes a paragraph more than plain words: our choice, rather too much than too little."""


class Content(NamedTuple):
    """What is compared of a dossier."""

    title: str
    markets: tuple[str, ...]
    audience: str
    source: str
    body_html: str


def touched(before: Content, after: Content) -> str | None:
    """Why a change is not administrative, or None if it is."""
    if (before.title, before.markets, before.audience) != (after.title, after.markets, after.audience):
        return N_("Title, market or audience changed. This needs the full review.")
    if _addresses(before.body_html) != _addresses(after.body_html):
        return N_("A picture or a link changed. This needs the full review.")
    if _weighty(before.source) != _weighty(after.source):
        return N_("A claim, a figure or a safety text changed. This needs the full review.")
    return None


def _weighty(source: str) -> list[str]:
    """The paragraphs that must stay, in order; what stands between fences is one, from the first to the last."""
    found, held, is_fenced = [], "", False
    for paragraph in re.split(r"\n\s*\n", source.replace("\r\n", "\n")):
        fences = sum(1 for line in paragraph.splitlines() if _FENCE.match(line))
        if is_fenced or fences:
            held += f"\n\n{paragraph}"
            is_fenced = is_fenced if fences % 2 == 0 else not is_fenced
            if not is_fenced:
                found.append(held)
                held = ""
        elif _WEIGHTY.search(paragraph):
            found.append(paragraph)
    return [*found, held] if held else found


def _addresses(body_html: str) -> list[str]:
    return re.findall(r'\b(?:src|srcset|href)="([^"]*)"', body_html)
