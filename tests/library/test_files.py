"""Which files are taken, what is read of them, and that others are refused by name."""

import pytest

from tests.library.documents import locked, pdf
from webapp.core.errors import Invalid
from webapp.library.rules import files
from webapp.library.rules import pdf as pdf_rules
from webapp.library.rules.files import FAULTS, MOST_PAGES, Fault, Media, Read
from webapp.library.service import adding

WORDS = "A line of words that is long enough"


def test_a_pdf_is_read_page_by_page() -> None:
    assert pdf_rules.read(pdf(WORDS, "The second page says more")) == Read(
        Media.PDF, (WORDS, "The second page says more"))


def test_a_pdf_is_read_in_a_process_of_its_own() -> None:
    assert adding.prepare(pdf(WORDS)).read == Read(Media.PDF, (WORDS,))


@pytest.mark.parametrize(("content", "fault"), [
    (locked(pdf(WORDS)), Fault.LOCKED), (pdf(*[""] * 3), Fault.SCAN), (pdf(WORDS, *[""] * 9), Fault.SCAN),
    (pdf(*["x"] * (MOST_PAGES + 1)), Fault.LONG), (pdf(WORDS)[:200], Fault.BROKEN), (b"%PDF-1.7 nothing", Fault.BROKEN),
    (pdf(), Fault.BROKEN)], ids=["locked", "a scan", "mostly a scan", "long", "cut off", "nothing", "no pages"])
def test_a_pdf_that_cannot_be_leant_on_is_refused_by_name(content: bytes, fault: Fault) -> None:
    assert pdf_rules.read(content) is fault


@pytest.mark.parametrize(("content", "fault"), [
    (b"", Fault.EMPTY), (b" \n\t ", Fault.EMPTY), (b"\x89PNG\r\n\x1a\n\x00", Fault.KIND),
    ("caf\xe9".encode("latin-1"), Fault.KIND), (b"words\x00words", Fault.KIND),
    (b"x" * (files.MOST_BYTES + 1), Fault.LARGE)], ids=["empty", "blank", "a picture", "latin", "a zero", "large"])
def test_what_is_no_source_is_refused_with_the_remedy(content: bytes, fault: Fault) -> None:
    with pytest.raises(Invalid, match=FAULTS[fault][:30]):
        adding.prepare(content)


def test_of_a_saved_page_only_the_words_are_taken() -> None:
    page = """<!DOCTYPE html><html><head><title>T</title><script>alert(1)</script></head><body onload="x()">
    <nav>Menu</nav><h1>A&nbsp;trial</h1><p>Low <b>blood</b> sugar &lt;b&gt;<img src=x onerror=alert(1)></p>
    <ul><li>one<li>two</ul><style>p{}</style></body></html>"""
    assert adding.prepare(page.encode()).read == Read(Media.HTML, ("A trial\nLow blood sugar <b>\none\ntwo",))


@pytest.mark.parametrize(("head", "encoding"), [
    ('<meta charset="gb18030">', "gb18030"), ("", "utf-8"), ('<meta charset="utf-8">', "utf-8")])
def test_a_saved_chinese_page_keeps_its_characters(head: str, encoding: str) -> None:
    page = f"<html><head>{head}</head><body><p>低血糖见于12%的人</p></body></html>"
    assert adding.prepare(page.encode(encoding)).read.pages == ("低血糖见于12%的人",)


def test_a_plain_text_is_one_page_without_marks_that_are_none() -> None:
    assert adding.prepare("\ufeffThe ﬁrst line\r\nthe second\n".encode()).read == Read(
        Media.TEXT, ("The first line\nthe second",))


def test_a_page_that_only_acts_holds_no_text() -> None:
    with pytest.raises(Invalid, match="holds no text"):
        adding.prepare(b"<html><body><script>alert(1)</script></body></html>")
