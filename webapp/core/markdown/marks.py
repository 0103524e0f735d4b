"""Marks within a line: citations, and raised or lowered figures."""

import re
from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown
from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor
from markdown.util import AtomicString

KEY = r"[a-z0-9][a-z0-9-]*"
CITATION = re.compile(rf"\[@{KEY}(?:\s*;\s*@{KEY})*\s*\]")
_KEY = re.compile(rf"@({KEY})")
# Neighbouring marks are one, or "1" beside "2" would read "12"; the space before goes, so that no line begins with a
# number. Both are bounded: an open-ended run would be tried again from each of its places.
_MARKS = rf"\s{{0,8}}{CITATION.pattern}(?:\s{{0,8}}{CITATION.pattern}){{0,8}}"
_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`)(.{0,2000}?[^`])\1(?!`)", re.DOTALL)
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")

# Short and without Han characters or spaces: "每次1~2片，每天3~4次" and "10^9/L，10^12/L" must stay as they are typed,
# which pymdownx's tilde and caret do not grant.
_SHIFTED = r"([~^])([0-9A-Za-z+−-]{1,12})\1"


# Raw HTML, mail, and links away from their text (the importer refuses all of them).
_UNUSED = ("html", "entity", "automail", "reference", "image_reference", "short_reference", "short_image_ref")


def without_code(source: str) -> str:
    """The source with code blanked out, at the same length in lines, so that line numbers hold."""
    if "`" not in source and "~~~" not in source:
        return source
    return _CODE_SPAN.sub(_blank, "\n".join(_outside_fences(source.split("\n"))))


def _blank(match: re.Match[str]) -> str:
    return "\n".join(" " * len(line) for line in match.group(0).split("\n"))


def _outside_fences(lines: list[str]) -> Iterator[str]:
    fence = ""
    for line in lines:
        match = _FENCE.match(line)
        if fence:
            if match and match.group(1).startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
            yield ""
        elif match:
            fence = match.group(1)
            yield ""
        else:
            yield line


def cited_keys(source: str) -> tuple[str, ...]:
    """The keys cited in a source, each once, in the order of their first mention; code is not looked at."""
    keys = (key for mark in CITATION.finditer(without_code(source)) for key in _KEY.findall(mark.group(0)))
    return tuple(dict.fromkeys(keys))


class CitationProcessor(InlineProcessor):
    """`[@a; @b]` as raised numbers that link to `#ref-<number>`, close to the word before.

    Marks side by side become one, each key once, by rising number; a mark with an unknown key stays text."""

    numbers: Mapping[str, int] = {}

    def handleMatch(
        self, match: re.Match[str], data: str
    ) -> tuple[Element | None, int | None, int | None]:
        keys = tuple(dict.fromkeys(_KEY.findall(match.group(0))))
        if not all(key in self.numbers for key in keys):
            return None, None, None
        mark = Element("sup", {"class": "cite"})
        keys = tuple(sorted(keys, key=self.numbers.__getitem__))
        for key in keys:
            link = SubElement(mark, "a", {"href": f"#ref-{self.numbers[key]}", "data-key": key})
            link.text = AtomicString(str(self.numbers[key]))
            link.tail = AtomicString("" if key == keys[-1] else ", ")
        return mark, match.start(0), match.end(0)


class _Shifted(InlineProcessor):
    def handleMatch(self, match: re.Match[str], data: str) -> tuple[Element, int, int]:
        shifted = Element("sub" if match.group(1) == "~" else "sup")
        shifted.text = AtomicString(match.group(2))
        return shifted, match.start(0), match.end(0)


class MarksExtension(Extension):
    """Registers the marks, and takes away what a source may not use: it stays text, and costs no time."""

    def extendMarkdown(self, md: Markdown) -> None:
        self.citations = CitationProcessor(_MARKS, md)
        md.inlinePatterns.register(self.citations, "citation", 176)
        md.inlinePatterns.register(_Shifted(_SHIFTED, md), "shifted", 65)
        for name in _UNUSED:
            md.inlinePatterns.deregister(name)
        md.parser.blockprocessors.deregister("reference")
        md.preprocessors.deregister("html_block")
