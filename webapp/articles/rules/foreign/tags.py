"""Template tags of site generators within a text: Hugo's, Jinja's and Liquid's, kramdown's, and comments."""

import re
from collections.abc import Iterator

_TAG = re.compile(r"\{\{[<%](?P<hugo>.{0,400}?)[>%]\}\}|\{%.{0,400}?%\}|\{\{.{0,400}?\}\}|\{:[^}\n]{0,200}\}|"
                  r"(?P<comment><!--)", re.DOTALL)
_QUOTED = re.compile(r'(?<![=\w])"([^"\n]*)"')
_WRAPPER = re.compile(r"</?(?:div|section|span|button|article|aside|header|footer|main|font|center|abbr|u|small)"
                      r"(?:\s[^<>]{0,400})?/?>", re.IGNORECASE)
_WORD_TAGS = re.compile(r"\s*/?\s*(?:ref|relref|alert|notice|expand|figure|tabs?|highlight|hint|details|columns?)\b")


def without_tags(text: str) -> tuple[str, list[str]]:
    """The text without its tags, and what was taken out. Words that a tag shows to readers stay: those it quotes, or
    else its first (`{{< wiki Novartis >}}`)."""
    kept, notes, place = list[str](), list[str](), 0
    for match, end in _tags(text):
        kept += text[place:match.start()], _words(match)
        notes.append(" ".join(text[match.start():end].split())[:80])
        place = end
    return "".join((*kept, text[place:])), [f"template tag {note}" for note in notes]


def _tags(text: str) -> Iterator[tuple[re.Match[str], int]]:
    """Each tag with its end. A pattern would look for the end of each comment anew, down to the last line."""
    place, last_end = 0, text.rfind("-->")
    while match := _TAG.search(text, place):
        place = match.end()
        if match.group("comment"):
            if place > last_end:
                continue
            place = text.find("-->", place) + 3
        yield match, place


def without_wrappers(text: str) -> tuple[str, list[str]]:
    """The text without elements that only group or colour, so that the Markdown within them is read as such."""
    count = len(_WRAPPER.findall(text))
    return _WRAPPER.sub("", text), [f"{count} marks of grouping elements such as <div>"] if count else []


def _words(match: re.Match[str]) -> str:
    inside = match.group("hugo")
    return " ".join(_shown(inside)) if inside is not None else ""


def _shown(inside: str) -> Iterator[str]:
    if inside.strip().startswith("/"):
        return
    quoted = _QUOTED.findall(inside)
    if not re.match(r"\s*(?:rel)?ref\b", inside):
        yield from quoted
    if not quoted and not _WORD_TAGS.match(inside):
        yield from (word for word in inside.split()[1:2] if "=" not in word)
