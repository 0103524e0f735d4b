"""Documents as tagged PDF (PDF/UA-1), made by typst from the packages' templates.

A template is handed plain values as JSON, words in the reader's language among them, and never markup: what people
typed stands in it as text. It is set in packaged fonts alone, so that Chinese renders alike on every machine.
"""

import json
import threading
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn as fonts
import typst

from webapp.core.languages import Language

PACKAGE = Path(__file__).parent.parent
_lock = threading.Lock()


def render(template: str, language: Language, now: datetime, values: Mapping[str, Any]) -> bytes:
    """The PDF that `template`, such as `review/certificate.typ`, makes of these values. Some 10 ms a page."""
    held = json.dumps({**values, "language": language.tag.partition("-")[0]}, ensure_ascii=False)
    with _lock:  # a compiler is kept, since reading the fonts takes longer than a page, and is no two threads'
        made = _compiler(template).compile(format="pdf", pdf_standards=["ua-1"], sys_inputs={"data": held},
                                           timestamp=int(now.timestamp()))
    assert isinstance(made, bytes)
    return made


@cache
def _compiler(template: str) -> typst.Compiler:
    path = next(folder / template for folder in sorted(PACKAGE.glob("*/templates")) if (folder / template).exists())
    return typst.Compiler(str(path), root=str(path.parent), font_paths=[str(Path(fonts.__file__).parent)],
                          ignore_system_fonts=True)
