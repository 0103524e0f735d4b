"""Documents as tagged PDF (PDF/UA-1), made by typst from the packages' templates.

A template is handed plain values, `data`, and the JSON they were read from, `written`: words in the reader's language
among them, and never markup, so that what people typed stands in it as text. It is set in packaged fonts alone, so that
Chinese renders alike on every machine. What they have no sign for, such as an emoji, stands as □.
"""

import json
import struct
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

import pylopdf_fonts_zh_cn as fonts
import typst

from webapp.core.languages import Language

PACKAGE = Path(__file__).parent.parent
FONT = Path(fonts.__file__).parent / "NotoSansSC-Regular.otf"
NO_SIGN = "could not be displayed"
"""What typst says of words that no font has the signs for: PDF/UA-1 allows none."""
MISSING = "□"
Standard = Literal["ua-1", "a-2a"]
TAGGED: tuple[Standard, ...] = ("ua-1",)
ARCHIVED: tuple[Standard, ...] = ("ua-1", "a-2a")
"""PDF/UA-1 and PDF/A-2a in one file: what is kept for years is read by programs that do not exist yet."""
_lock = threading.Lock()


def render(template: str, language: Language, now: datetime, values: Mapping[str, Any], *,
           standards: Sequence[Standard] = TAGGED) -> bytes:
    """The PDF that `template`, such as `review/certificate.typ`, makes of these values. Some 10 ms for the first page,
    3 ms for the next one like it."""
    held = json.dumps({**values, "language": language.tag.partition("-")[0]}, ensure_ascii=False)
    with _lock:  # a compiler is kept, since reading the fonts takes longer than a page, and is no two threads'
        try:
            return _compiled(template, held, now, standards)
        except typst.TypstError as error:
            if NO_SIGN not in str(error):
                raise
            shown = "".join(sign if ord(sign) in _signs() else MISSING for sign in held)
            return _compiled(template, shown, now, standards)


def _compiled(template: str, held: str, now: datetime, standards: Sequence[Standard]) -> bytes:
    """The values stand in the source. As inputs of typst's they would be part of its library, and each document would
    make it forget how it laid out the words that the one before had too."""
    written = json.dumps(held, ensure_ascii=False)  # of JSON, which has no signs of control: quoted as typst quotes
    source = f"#let written = {written}\n#let data = json(bytes(written))\n{_source(template)}"
    made = _compiler().compile(input=source.encode(), format="pdf", pdf_standards=list(standards),
                               timestamp=int(now.timestamp()))
    assert isinstance(made, bytes)
    return made


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(root=str(PACKAGE), font_paths=[str(FONT.parent)], ignore_system_fonts=True)


@cache
def _source(template: str) -> str:
    return next(folder / template for folder in sorted(PACKAGE.glob("*/templates"))
                if (folder / template).exists()).read_text("utf-8")


@cache
def _signs() -> frozenset[int]:
    """The code points that the packaged font has, from its table `cmap`, format 12 (OpenType 1.9)."""
    data = FONT.read_bytes()
    tables = [struct.unpack_from(">4s4xII", data, 12 + 16 * number)
              for number in range(struct.unpack_from(">H", data, 4)[0])]
    start = next(offset for name, offset, _ in tables if name == b"cmap")
    places = [start + struct.unpack_from(">I", data, start + 8 + 8 * number)[0]
              for number in range(struct.unpack_from(">H", data, start + 2)[0])]
    whole = next(place for place in places if struct.unpack_from(">H", data, place)[0] == 12)
    groups = [struct.unpack_from(">II", data, whole + 16 + 12 * number)
              for number in range(struct.unpack_from(">I", data, whole + 12)[0])]
    return frozenset(code for first, last in groups for code in range(first, last + 1))
