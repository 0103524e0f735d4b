"""The big list of naughty strings (`blns.json`, beside this repository), as tests send it through pages."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

LIST = Path(__file__).parent.parent.parent / "shared" / "data" / "08_identifiers" / "blns.json"
OURS = ("{{config}}", "a\0b", "\ud7ff\ue000\ufffd", "a\u2028b\u2029c", "%s %(words)s {0}", "10\u0661\u0662",
        "9999-12-31", "0001-01-01", "99999999999999999999", "%", "_%\\%",
        "\u202eright to left", "\u3000wide\u3000spaces\u3000",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467", "<title>", "]]>", "&#0;&amp;amp;",
        "\N{COMBINING ACUTE ACCENT}" * 40)
needs_list = pytest.mark.skipif(not LIST.exists(), reason="the list of naughty strings is not beside this repository")


def strings(engine: str = "sqlite") -> list[str]:
    """All, and ours; for PostgreSQL, which refuses other signs than SQLite, ours alone. None is empty."""
    whole = json.loads(LIST.read_text("utf-8")) if engine == "sqlite" else []
    return [text for text in (*whole, *OURS) if text.strip()]


def lots(texts: Iterable[str], most: int, between: str = " ") -> Iterator[str]:
    """Texts, as many together as there is room for: who takes the lot takes each."""
    lot = ""
    for text in texts:
        if lot and len(lot) + len(between) + len(text) > most:
            yield lot
            lot = ""
        lot = f"{lot}{between}{text}" if lot else text[:most]
    yield lot


def kept(text: str) -> str:
    """A text without what no page can hold: control characters."""
    return "".join(sign for sign in text.replace("\r\n", "\n") if sign in "\n\t" or not is_control(sign)).strip()


def is_control(sign: str) -> bool:
    """Whether a sign is a control character."""
    return sign < " " or "\x7f" <= sign <= "\x9f"


def inert(html: str) -> BeautifulSoup:
    """A page, once nothing in it acts but what is ours."""
    page = BeautifulSoup(html, "html.parser")
    assert all(str(script.get("src", "")).startswith("/static/") for script in page.select("script"))
    assert [tag for tag in page.find_all(True) if any(name.startswith("on") for name in tag.attrs)] == []
    acting = "[href^='javascript:' i], [href^='data:' i], [src^='data:' i], iframe, object, embed, base"
    assert page.select(acting) == []
    return page
