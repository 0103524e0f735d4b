"""What is wrong in a body as it is written, before slots are filled: found by line, without rendering."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from webapp.articles.rules.frontmatter import FOLDERS, Audience, Kind
from webapp.articles.rules.locate import Finding, Severity
from webapp.articles.rules.templates import missing_or_misplaced_headings
from webapp.core.errors import N_, said
from webapp.core.markdown import BLOCK_NAMES, CARE_BOXES, cited_keys, heading_id, refusal, without_code

MARKET = "market"
_HEADING = re.compile(r" {0,3}(#{1,6})(.*)$")
_SETEXT = re.compile(r" {0,3}(?:=+|-+)[ ]*$")
_HTML = re.compile(r"(?<!\\)<(?=[A-Za-z/!?])(?!https?://)[^\s>]{0,30}")
_LINK = re.compile(r"(?<!\\)(!?)\[((?:[^\[\]\n]|\[[^\[\]\n]{0,200}\]){0,400})\]\(\s*<?([^)\s>]*)")
_DEFINITION = re.compile(r" {0,3}\[(?!\^)[^\]\n]{1,200}\]:")
_AUTOLINK = re.compile(r"<(https?://[^>\s]{0,200})")
_BOX = re.compile(r" {0,3}/{3,}\s*([\w-]+)")
_COLONS = re.compile(r" {0,3}:{3,}\s*\w")
"""How other dialects of Markdown open a block: here it would be shown as text."""
_OPTION = re.compile(r" {4,}\w[\w-]*:")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029]")
_CITED_NUMBER = re.compile(r"\{emergency\}\s*\[@")
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
        *(finding for number, line in lines if _is_suspect(line) for finding in _line(number, line)),
        *_start(lines), *_boxes(lines), *_setext(lines),
        *_template(headings, kind, audience, language),
        *(Finding(n, "heading-level", N_("a heading of level 1"),
                  N_("Begin with `## `: the title is in the front matter"))
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


def _is_suspect(line: str) -> bool:
    """Whether it holds a mark of whatever `_line` looks for: of most lines that is told sooner."""
    return "<" in line or "]:" in line or "{emergency}" in line or not line.isprintable()


def _line(number: int, line: str) -> Iterator[Finding]:
    html = _HTML.search(line)
    if html:
        yield Finding(number, "raw-html", said("raw HTML `%(html)s`", html=html.group(0)),
                      N_("Use Markdown; a literal less-than sign is written \\<"))
    control = _CONTROL.search(line)
    if control:
        yield Finding(number, "control-character",
                      said("a control character U+%(control)s", control=f"{ord(control.group(0)):04X}"),
                      N_("Remove it"))
    if _CITED_NUMBER.search(line):
        yield Finding(number, "cited-number", N_("a citation right behind the emergency number"),
                      N_("Put words between them: `call {emergency} at once [@key]`"))
    if _DEFINITION.match(line):
        yield Finding(number, "link-definition", N_("a link defined apart from its text"),
                      N_("Write [text](topic:...)"))
    outside = _AUTOLINK.search(line)
    if outside:
        yield _outside(number, outside.group(1))


def _start(lines: Sequence[tuple[int, str]]) -> Iterator[Finding]:
    first = next(((number, line) for number, line in lines if line.strip()), None)
    if first is None:
        yield Finding(lines[0][0], "empty", N_("the page has no text"), N_("Write it, or remove the file"))
    elif not first[1].startswith("## "):
        yield Finding(first[0], "start", N_("text before the first heading"), N_("Begin with the first `## ` heading"))


def _setext(lines: Sequence[tuple[int, str]]) -> Iterator[Finding]:
    """Headings by underlining would slip past the template, and a rule right below a text becomes one."""
    for (_, above), (number, line) in pairwise(lines):
        if line and line.lstrip(" ")[:1] in ("=", "-") and above.strip() and _SETEXT.match(line) \
                and not above.lstrip().startswith(("|", "-", "#", "/", ">")):
            yield Finding(number, "heading-underlined", N_("a line that makes a heading of the one above"),
                          N_("Write `## ` before the heading, or leave a blank line"))


def _boxes(lines: Sequence[tuple[int, str]]) -> Iterator[Finding]:
    care = -1
    for (number, line), (_, below) in zip(lines, [*lines[1:], (0, "")], strict=True):
        match = _BOX.match(line) if "///" in line else None
        colons = _COLONS.match(line) if ":::" in line else None
        if colons:
            yield Finding(number, "unknown-block", said("`%(line)s` begins no block here", line=line.strip()[:40]),
                          said("Write `/// name`, the text below it, and `///`. Blocks: %(known)s",
                               known=", ".join((MARKET, *BLOCK_NAMES))))
        name = match.group(1).lower() if match else MARKET
        if name == MARKET:
            care = -1 if line.startswith("## ") else care
            continue
        if name not in BLOCK_NAMES:
            yield Finding(number, "unknown-block", said("unknown block `%(name)s`", name=name[:40]),
                          said("Known blocks: %(known)s", known=", ".join((MARKET, *BLOCK_NAMES))))
        elif _OPTION.match(below):
            yield Finding(number + 1, "block-option", N_("a block with options"),
                          N_("Put a blank line after the `///` line"))
        elif name in CARE_BOXES:
            if CARE_BOXES.index(name) < care:
                yield Finding(number, "care-order",
                              said("the box `%(name)s` comes after a less urgent one", name=name),
                              said("Keep the order %(known)s", known=", ".join(CARE_BOXES)))
            care = max(care, CARE_BOXES.index(name))


def _link(link: _Written, audience: Audience, anchors: set[str], pictures: Collection[str]) -> Iterator[Finding]:
    number, target = link.line, link.target
    if link.is_picture:
        yield from _picture(link, pictures)
    elif target.startswith(("http:", "https:", "//")):
        yield _outside(number, target)
    elif target.startswith("#"):
        if target[1:] not in anchors:
            yield Finding(number, "broken-link", said("`%(target)s` is no heading of this page", target=target[:60]),
                          said("Known: %(known)s",
                               known=", ".join(sorted("#" + anchor for anchor in anchors if anchor)) or said("none")))
    elif target.partition("#")[0] == "patient:":
        if audience is Audience.PATIENT:
            yield Finding(number, "broken-link", N_("`patient:` in the patients' own edition"),
                          N_("Link to a topic instead"))
    elif not _TOPIC.fullmatch(target.partition("#")[0]):
        yield Finding(number, "broken-link", said("a link to `%(target)s`", target=target[:60]),
                      N_("Link to a topic as [text](topic:diseases/asthma), or to the leaflet as [text](patient:)"))


def _picture(link: _Written, pictures: Collection[str]) -> Iterator[Finding]:
    if link.target not in pictures:
        yield Finding(link.line, "missing-image",
                      said("no picture `%(target)s` beside this file", target=link.target[:60]),
                      said("Pictures here: %(known)s", known=", ".join(sorted(pictures)) or said("none")))
    if not link.text.strip():
        yield Finding(link.line, "image-alt",
                      said("the picture `%(target)s` has no alternative text", target=link.target[:60]),
                      N_("Say in the square brackets what it shows"))


def _outside(number: int, target: str) -> Finding:
    return Finding(number, "external-link", said("a link out of the site to `%(target)s`", target=target[:60]),
                   N_("Make it a reference in the front matter and cite it as [@key]"))


def _citations(
    lines: Sequence[tuple[int, str]], body: str, keys: Mapping[str, int], first_line: int
) -> Iterator[Finding]:
    cited = cited_keys(body)
    for key in cited:
        if key not in keys:
            mark = re.compile(rf"@{re.escape(key)}(?![a-z0-9-])")
            line = next((number for number, text in lines if mark.search(text)), first_line)
            yield Finding(line, "unknown-reference",
                          said("the key `%(key)s` is cited but not among the references", key=key),
                          said("Add it to the front matter; keys there: %(known)s",
                               known=", ".join(keys) or said("none")))
    for key, line in keys.items():
        if key not in cited:
            yield Finding(line, "unused-reference", said("the reference `%(key)s` is never cited", key=key),
                          said("Cite it as [@%(key)s] where it supports a sentence, or remove it", key=key))


def unused_pictures(names: Collection[str], bodies: Sequence[bytes]) -> list[str]:
    """The pictures of a folder that none of its pages shows."""
    return sorted(name for name in names if not any(name.encode() in body for body in bodies))


UNUSED_PICTURE = Finding(1, "unused-picture", N_("no page of this topic shows the picture"), N_("Use it or remove it"),
                         Severity.WARNING)
