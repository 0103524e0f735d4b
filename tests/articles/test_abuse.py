"""What a hostile or careless writer tries with a page: nothing acts, nothing slips past review, nothing is fetched."""

import ast
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup
from werkzeug.test import Client

import webapp
from tests import builders
from tests.articles.publishing import everything_stored, publish_all
from tests.builders import BASE_URL, NOW
from webapp.articles.rules.frontmatter import Reference
from webapp.articles.rules.shelf import Entry
from webapp.articles.service import publish
from webapp.core.platform import Platform
from webapp.edge import Edge
from webapp.review import service as review

PAGE, PATH = "diseases/sampleitis/patient.en.md", "/en/diseases/sampleitis"
HOSTILE = """"><script>bite()</script><img src=x onerror=bite()> javascript:bite() '}}{{config}}"""
PACKAGE = Path(webapp.__file__).parent
NETWORK = {"socket", "http", "urllib.request", "requests", "httpx", "aiohttp", "urllib3", "ftplib"}


def picture(colour: bytes = b"\x10\x80\x80") -> bytes:
    """A PNG of one point."""
    parts = (b"IHDR" + struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0), b"IDAT" + zlib.compress(b"\0" + colour), b"IEND")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part)) for part in parts)


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text, file
    file.write_text(text.replace(old, new, 1))


def write(content: Path) -> None:
    """A topic whose page shows a picture and says a number of its market."""
    builders.write_topic(content)
    change(content / PAGE, "It heals by itself",
           "Call {emergency}.\n\n![A line](line.png)\n\n/// figure-caption\nDrawn.\n///\n\nIt heals by itself")
    (content / PAGE).with_name("line.png").write_bytes(picture())


def test_what_is_hostile_in_title_summary_alt_and_source_is_inert_wherever_it_is_shown(
        platform: Platform, content: Path, client: Client, edge: Edge) -> None:
    write(content)
    front = yaml.safe_load((content / PAGE).read_text().split("---\n")[1])
    front["title"] = front["summary"] = front["references"][0]["title"] = HOSTILE[:100].replace("{{", "\\{\\{")
    body = (content / PAGE).read_text().split("---\n", 2)[2].replace("![A line]", "![A line\" onerror=\"bite()]")
    (content / PAGE).write_text(f"---\n{yaml.safe_dump(front)}---\n{body}")
    waiting = builders.import_content(platform, content)
    builders.clear(platform, waiting)
    publish_all(platform, waiting)
    shown = [path for path, html in everything_stored(platform).items() if "bite()" in html]
    assert len(shown) > 1 and PATH in shown
    edge.look_again()
    for path in shown:
        answer = client.get(path, base_url=BASE_URL)
        page = BeautifulSoup(answer.text, "html.parser")
        assert all(str(script.get("src", "")).startswith("/static/") for script in page.select("script")), path
        acting = [tag for tag in page.find_all(True) if any(name.startswith("on") for name in tag.attrs)]
        assert (acting, page.select("[href^='javascript:'], [src^='data:'], img[src=x]")) == ([], []), path
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


EDITS: dict[str, Callable[[Path], None]] = {
    "a letter": lambda content: change(content / PAGE, "It heals", "it heals"),
    "the title": lambda content: change(content / PAGE, "title: Sampleitis", "title: Sampleitis!"),
    "the summary": lambda content: change(content / PAGE, "What sampleitis is", "All of sampleitis"),
    "a source": lambda content: change(content / PAGE, "year: 2024", "year: 2023"),
    "who reviewed it": lambda content: change(content / PAGE, "Dr Example", "Dr Other"),
    "the topic's name": lambda content: change(content / "diseases/sampleitis/topic.yaml", "Sampleitis", "Sampleosis"),
    "the market's number": lambda content: change(content / "markets/us.yaml", "911", "912"),
    "a picture": lambda content: (content / PAGE).with_name("line.png").write_bytes(picture(b"\x80\x10\x10")) and None}


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_an_edit_by_any_path_after_approval_voids_it_and_leaves_what_is_published(
        platform: Platform, content: Path, edit: Callable[[Path], None]) -> None:
    write(content)
    signed = builders.import_content(platform, content)
    builders.clear(platform, signed)
    publish_all(platform, signed)
    before = everything_stored(platform)
    edit(content)
    edited, = builders.import_content(platform, content)
    assert edited.digest != signed[0].digest
    with platform.database.reading() as session:
        assert not review.is_cleared(session, edited.subject, edited.digest, NOW)
        ready, held = publish.sort_out(platform, session, NOW)
    assert ready == [] and "Review has not cleared" in held[0]
    assert everything_stored(platform) == before


@pytest.mark.usefixtures("app")
def test_a_file_that_was_only_touched_voids_nothing(platform: Platform, content: Path) -> None:
    """So that the test above can fail: bringing the same bytes in again waits for nobody."""
    write(content)
    waiting: list[Entry] = builders.import_content(platform, content)
    builders.clear(platform, waiting)
    publish_all(platform, waiting)
    (content / PAGE).write_bytes((content / PAGE).read_bytes())
    assert builders.import_content(platform, content) == []


INSIDE = ("https://127.0.0.1/x", "https://169.254.169.254/latest/meta-data", "https://10.0.0.8:8080/", "https://127.1/",
          "https://0x7f.0.0.1/", "https://1.1.1.0x1/", "https://localhost/x", "https://[::1]/x", "https://2130706433/x.y")


@pytest.mark.parametrize("url", INSIDE)
def test_an_address_of_a_machine_and_not_of_a_publisher_is_no_reference(url: str) -> None:
    with pytest.raises(ValueError, match="an https address"):
        Reference(key="one", title="A", issuer="B", year=2024, url=url)


@pytest.mark.parametrize("url", ["https://example.org/one", "https://doi.org/10.1000/182", "https://a.b-c.example/?q=1.2",
                                 "https://卫生.example/指南", "https://example.org:8443/x", "https://1177.se/"])
def test_an_address_of_a_publisher_is(url: str) -> None:
    assert Reference(key="one", title="A", issuer="B", year=2024, url=url).url == url


def test_neither_import_nor_check_can_reach_for_any_address() -> None:
    """Content comes from files: an address in it, a redirect or a name that resolves elsewhere is never followed."""
    for folder in ("articles", "medicines", "review", "core/markdown"):
        for path in sorted((PACKAGE / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else (
                    [node.module or ""] if isinstance(node, ast.ImportFrom) else [])
                assert not [name for name in names if name in NETWORK or name.split(".")[0] in NETWORK], path
