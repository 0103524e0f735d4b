"""Documents as tagged PDF (PDF/UA-1), made by typst from the packages' templates.

A template is handed plain values as JSON, words in the reader's language among them, and never markup: what people
typed stands in it as text. It is set in packaged fonts alone, so that Chinese renders alike on every machine. What they
have no sign for, such as an emoji, stands as □.
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
    """The PDF that `template`, such as `review/certificate.typ`, makes of these values. Some 10 ms a page."""
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
    made = _compiler(template).compile(format="pdf", pdf_standards=list(standards), sys_inputs={"data": held},
                                       timestamp=int(now.timestamp()))
    assert isinstance(made, bytes)
    return made


@cache
def _compiler(template: str) -> typst.Compiler:
    path = next(folder / template for folder in sorted(PACKAGE.glob("*/templates")) if (folder / template).exists())
    return typst.Compiler(str(path), root=str(path.parent), font_paths=[str(Path(fonts.__file__).parent)],
                          ignore_system_fonts=True)


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
