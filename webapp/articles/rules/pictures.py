"""Which pictures a page may carry, judged by their bytes and not by their names."""

import re
import struct
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError, XMLParser

from webapp.articles.rules import parsers
from webapp.articles.rules.locate import Finding
from webapp.core.errors import N_, said

MAX_PIXELS_A_SIDE = 4_000
MEDIA_TYPES = {".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}
_ELEMENTS = frozenset((
    "svg", "g", "path", "circle", "ellipse", "rect", "line", "polyline", "polygon", "title", "desc", "style", "defs",
    "use", "clipPath", "mask", "linearGradient", "radialGradient", "stop", "marker", "symbol", "text", "tspan"))
_STYLE_DANGER = re.compile(r"@import|url\s*\(\s*['\"]?(?!#)|expression|\\|javascript:|</", re.IGNORECASE)
_NUMBER = re.compile(r"\s*(\d{1,9}(?:\.\d{1,9})?)\s*(?:px)?\s*")


@dataclass(frozen=True, slots=True)
class Picture:
    """What a picture is; sizes in pixels, None where the file names none."""

    media_type: str
    width: int | None
    height: int | None


def inspect(name: str, content: bytes) -> Picture | Finding:
    """The picture in `content`, or why it is refused. Nothing is decoded: sizes come from the header."""
    suffix = name[name.rfind("."):].lower()
    media_type = MEDIA_TYPES.get(suffix)
    if media_type is None:
        return Finding(1, "picture-type", said("`%(name)s` is not of a type that pages may carry", name=name),
                       said("Use one of: %(known)s", known=", ".join(sorted(MEDIA_TYPES))))
    sizes = _svg(content) if suffix == ".svg" else _png(content) if suffix == ".png" else _jpeg(content)
    if isinstance(sizes, Finding):
        return sizes
    if sizes is None:
        return Finding(1, "picture-type",
                       said("`%(name)s` is not the %(media_type)s that its name says", name=name,
                            media_type=media_type), N_("Export it again in that format"))
    if max(size or 0 for size in sizes) > MAX_PIXELS_A_SIDE:
        return Finding(1, "picture-size",
                       said("`%(name)s` is %(width)s x %(height)s pixels", name=name, width=sizes[0],
                            height=sizes[1]),
                       said("Scale it to at most %(max_pixels_a_side)s a side", max_pixels_a_side=MAX_PIXELS_A_SIDE))
    return Picture(media_type, *sizes)


def _png(content: bytes) -> tuple[int, int] | None:
    if len(content) < 33 or content[:8] != b"\x89PNG\r\n\x1a\n" or content[12:16] != b"IHDR":
        return None
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def _jpeg(content: bytes) -> tuple[int, int] | None:
    if content[:3] != b"\xff\xd8\xff" or content[-2:] != b"\xff\xd9":
        return None
    place = 2
    while place + 9 <= len(content) and content[place] == 0xFF:
        marker, length = content[place + 1], struct.unpack(">H", content[place + 2:place + 4])[0]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[place + 5:place + 9])
            return width, height
        place += 2 + length
    return None


class _Builder:
    """Gathers a drawing's elements with their lines, without following any entity."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.root: Element | None = None
        self.style = ""
        self._is_style = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition("}")[2]
        if self.root is None:
            self.root = Element(name, attributes)
        if name not in _ELEMENTS or self._is_style:
            self._refuse(said("an element `%(name)s`", name=name[:40]))
        for key, value in attributes.items():
            plain = key.rpartition("}")[2].lower()
            is_outside = plain in ("href", "src") and not value.strip().startswith("#")
            if plain.startswith("on") or is_outside or _STYLE_DANGER.search(value):
                self._refuse(said("an attribute `%(plain)s` that runs or fetches something", plain=plain[:40]))
        self._is_style = name == "style"

    def end(self, tag: str) -> None:
        if self._is_style and _STYLE_DANGER.search(self.style):
            self._refuse(N_("a style that fetches something"))
        self._is_style, self.style = False, ""

    def data(self, text: str) -> None:
        if self._is_style:
            self.style += text

    def doctype(self, name: str, public: str | None, system: str | None) -> None:
        self._refuse(N_("a document type"))

    def pi(self, target: str, text: str | None = None) -> None:
        self._refuse(said("an instruction `%(target)s`", target=target[:40]))

    def close(self) -> None:
        return None

    def _refuse(self, what: str) -> None:
        self.findings.append(Finding(1, "picture-svg", said("the drawing holds %(what)s", what=what),
                                     N_("Keep shapes, text and colours only: no script, no outside address")))


def _svg(content: bytes) -> tuple[int | None, int | None] | Finding | None:
    if b"<!ENTITY" in content or b"<!DOCTYPE" in content:
        return Finding(1, "picture-svg", N_("the drawing declares a document type or entities"),
                       N_("Remove the declaration"))
    builder = _Builder()
    try:
        parser = XMLParser(target=builder)
        parser.feed(content)
        parser.close()
    except (ParseError, ValueError, LookupError) as error:
        line, code = (error.position[0], error.code) if isinstance(error, ParseError) else (1, None)
        return Finding(line, "picture-svg", said("the drawing is not well-formed XML: %(error)s",
                                                 error=parsers.of_xml(code, str(error))),
                       N_("Export it again"))
    if builder.root is None or builder.root.tag != "svg":
        return None
    return builder.findings[0] if builder.findings else _svg_size(builder.root)


def _svg_size(root: Element) -> tuple[int | None, int | None]:
    box = root.get("viewBox", "").replace(",", " ").split()
    sides = [root.get("width") or "", root.get("height") or ""]
    if not all(_NUMBER.fullmatch(side) for side in sides):
        sides = box[2:] if len(box) == 4 else ["", ""]
    numbers = [_NUMBER.fullmatch(side) for side in sides]
    width, height = (round(float(number.group(1))) if number else None for number in numbers)
    return width, height
