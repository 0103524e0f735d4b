"""What is wrong in a body as it is written, before slots are filled: found by line, without rendering."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from webapp.articles.rules.frontmatter import FOLDERS, Audience, Kind
from webapp.articles.rules.locate import Finding, Severity
from webapp.articles.rules.templates import missing_or_misplaced_headings
from webapp.core.markdown import BLOCK_NAMES, CARE_BOXES, cited_keys, heading_id, refusal, without_code

MARKET = "market"
_HEADING = re.compile(r" {0,3}(#{1,6})(.*)$")
_SETEXT = re.compile(r" {0,3}(?:=+|-+)[ ]*$")
_HTML = re.compile(r"(?<!\\)<(?=[A-Za-z/!?])(?!https?://)[^\s>]{0,30}")
_LINK = re.compile(r"(?<!\\)(!?)\[((?:[^\[\]\n]|\[[^\[\]\n]{0,200}\]){0,400})\]\(\s*<?([^)\s>]*)")
_DEFINITION = re.compile(r" {0,3}\[(?!\^)[^\]\n]{1,200}\]:")
_AUTOLINK = re.compile(r"<(https?://[^>\s]{0,200})")
_BOX = re.compile(r" {0,3}/{3,}\s*([\w-]+)")
_OPTION = re.compile(r" {4,}\w[\w-]*:")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029]")
_SUSPECT = re.compile(rf"<|\]:|{_CONTROL.pattern}")
"""Begins whatever `_line` looks for."""
_TOPIC = re.compile(rf"topic:((?:{FOLDERS})/[a-z0-9-]+)")


@dataclass(frozen=True, slots=True)
class Link:
    """A link to another page, and the line it stands on: `topic:diseases/asthma` or `patient:`."""

    line: int
    target: str

    @property
    def topic(self) -> str | None:
        """`diseases/asthma`, or None for the same topic."""
        return self.target.removeprefix("topic:") if self.target.startswith("topic:") else None


@dataclass(frozen=True, slots=True)
class Linted:
    """What a body holds that needs a look outside it, and what is wrong in it."""

    findings: tuple[Finding, ...]
    links: tuple[Link, ...]
    pictures: Mapping[str, int]
    """Name -> the line that shows it first."""
    is_refused: bool = False
    """Nothing else was looked at, and nothing is to be done with the body: it would take too long."""


@dataclass(frozen=True, slots=True)
class _Written:
    line: int
    is_picture: bool
    text: str
    target: str


def lint(
    body: str, *, first_line: int, kind: Kind | None, audience: Audience, language: str, keys: Mapping[str, int],
    pictures: Collection[str],
) -> Linted:
    """Checks a body that begins on `first_line` of its file. `keys` are the references' with their lines,
    `pictures` the folder's. Without a `kind` no headings are asked for.
    """
    refused = refusal(body)
    if refused:
        finding = Finding(refused.line + first_line - 1, refused.code, refused.message, refused.remedy)
        return Linted((finding,), (), {}, is_refused=True)
    lines = list(enumerate(without_code(body).split("\n"), first_line))
    headings = _headings(lines)
    anchors = {heading_id(text) for _, _, text in headings}
    links = [_Written(number, match.group(1) == "!", match.group(2), match.group(3))
             for number, line in lines if "](" in line for match in _LINK.finditer(line)]
    findings = [
        *(finding for number, line in lines if _SUSPECT.search(line) for finding in _line(number, line)),
        *_start(lines), *_boxes(lines), *_setext(lines),
        *_template(headings, kind, audience, language),
        *(Finding(n, "heading-level", "a heading of level 1", "Begin with `## `: the title is in the front matter")
          for n, level, _ in headings if level == 1),
        *(finding for link in links for finding in _link(link, audience, anchors, pictures)),
        *_citations(lines, body, keys, first_line),
    ]
    targets = tuple(Link(link.line, link.target.partition("#")[0]) for link in links
                    if not link.is_picture and (link.target.startswith("patient:") or _TOPIC.match(link.target)))
    return Linted(tuple(sorted(findings, key=lambda finding: finding.line)), targets,
                  {link.target: link.line for link in reversed(links) if link.is_picture})


def _headings(lines: Sequence[tuple[int, str]]) -> list[tuple[int, int, str]]:
    matches = ((number, _HEADING.match(line)) for number, line in lines if "#" in line)
    return [(number, len(match.group(1)), match.group(2).rstrip(" \t").rstrip("#").strip(" \t"))
            for number, match in matches if match]


def _template(
    headings: Sequence[tuple[int, int, str]], kind: Kind | None, audience: Audience, language: str
) -> list[Finding]:
    found = [(number, text) for number, level, text in headings if level == 2]
    return [] if kind is None else missing_or_misplaced_headings(found, kind, audience, language)


def _line(number: int, line: str) -> Iterator[Finding]:
    html = _HTML.search(line)
    if html:
        yield Finding(number, "raw-html", f"raw HTML `{html.group(0)}`",
                      "Use Markdown; a literal less-than sign is written \\<")
    control = _CONTROL.search(line)
    if control:
        yield Finding(number, "control-character", f"a control character U+{ord(control.group(0)):04X}", "Remove it")
    if _DEFINITION.match(line):
        yield Finding(number, "link-definition", "a link defined apart from its text", "Write [text](topic:...)")
    outside = _AUTOLINK.search(line)
    if outside:
        yield _outside(number, outside.group(1))


def _start(lines: Sequence[tuple[int, str]]) -> Iterator[Finding]:
    first = next(((number, line) for number, line in lines if line.strip()), None)
    if first is None:
        yield Finding(lines[0][0], "empty", "the page has no text", "Write it, or remove the file")
    elif not first[1].startswith("## "):
        yield Finding(first[0], "start", "text before the first heading", "Begin with the first `## ` heading")


def _setext(lines: Sequence[tuple[int, str]]) -> Iterator[Finding]:
    """Headings by underlining would slip past the template, and a rule right below a text becomes one."""
    for (_, above), (number, line) in pairwise(lines):
        if line and line.lstrip(" ")[:1] in ("=", "-") and above.strip() and _SETEXT.match(line) \
                and not above.lstrip().startswith(("|", "-", "#", "/", ">")):
            yield Finding(number, "heading-underlined", "a line that makes a heading of the one above",
                          "Write `## ` before the heading, or leave a blank line")


def _boxes(lines: Sequence[tuple[int, str]]) -> Iterator[Finding]:
    care = -1
    for (number, line), (_, below) in zip(lines, [*lines[1:], (0, "")], strict=True):
        match = _BOX.match(line) if "///" in line else None
        name = match.group(1).lower() if match else MARKET
        if name == MARKET:
            care = -1 if line.startswith("## ") else care
            continue
        if name not in BLOCK_NAMES:
            yield Finding(number, "unknown-block", f"unknown block `{name[:40]}`",
                          f"Known blocks: {', '.join((MARKET, *BLOCK_NAMES))}")
        elif _OPTION.match(below):
            yield Finding(number + 1, "block-option", "a block with options", "Put a blank line after the `///` line")
        elif name in CARE_BOXES:
            if CARE_BOXES.index(name) < care:
                yield Finding(number, "care-order", f"the box `{name}` comes after a less urgent one",
                              f"Keep the order {', '.join(CARE_BOXES)}")
            care = max(care, CARE_BOXES.index(name))


def _link(link: _Written, audience: Audience, anchors: set[str], pictures: Collection[str]) -> Iterator[Finding]:
    number, target = link.line, link.target
    if link.is_picture:
        yield from _picture(link, pictures)
    elif target.startswith(("http:", "https:", "//")):
        yield _outside(number, target)
    elif target.startswith("#"):
        if target[1:] not in anchors:
            yield Finding(number, "broken-link", f"`{target[:60]}` is no heading of this page",
                          f"Known: {', '.join(sorted('#' + anchor for anchor in anchors if anchor)) or 'none'}")
    elif target.partition("#")[0] == "patient:":
        if audience is Audience.PATIENT:
            yield Finding(number, "broken-link", "`patient:` in the patients' own edition", "Link to a topic instead")
    elif not _TOPIC.fullmatch(target.partition("#")[0]):
        yield Finding(number, "broken-link", f"a link to `{target[:60]}`",
                      "Link to a topic as [text](topic:diseases/asthma), or to the leaflet as [text](patient:)")


def _picture(link: _Written, pictures: Collection[str]) -> Iterator[Finding]:
    if link.target not in pictures:
        yield Finding(link.line, "missing-image", f"no picture `{link.target[:60]}` beside this file",
                      f"Pictures here: {', '.join(sorted(pictures)) or 'none'}")
    if not link.text.strip():
        yield Finding(link.line, "image-alt", f"the picture `{link.target[:60]}` has no alternative text",
                      "Say in the square brackets what it shows")


def _outside(number: int, target: str) -> Finding:
    return Finding(number, "external-link", f"a link out of the site to `{target[:60]}`",
                   "Make it a reference in the front matter and cite it as [@key]")


def _citations(
    lines: Sequence[tuple[int, str]], body: str, keys: Mapping[str, int], first_line: int
) -> Iterator[Finding]:
    cited = cited_keys(body)
    for key in cited:
        if key not in keys:
            mark = re.compile(rf"@{re.escape(key)}(?![a-z0-9-])")
            line = next((number for number, text in lines if mark.search(text)), first_line)
            yield Finding(line, "unknown-reference", f"the key `{key}` is cited but not among the references",
                          f"Add it to the front matter; keys there: {', '.join(keys) or 'none'}")
    for key, line in keys.items():
        if key not in cited:
            yield Finding(line, "unused-reference", f"the reference `{key}` is never cited",
                          f"Cite it as [@{key}] where it supports a sentence, or remove it")


def unused_pictures(names: Collection[str], bodies: Sequence[bytes]) -> list[str]:
    """The pictures of a folder that none of its pages shows."""
    return sorted(name for name in names if not any(name.encode() in body for body in bodies))


UNUSED_PICTURE = Finding(1, "unused-picture", "no page of this topic shows the picture", "Use it or remove it",
                         Severity.WARNING)
