"""Words that a body explains: which mention is marked, and where it leads."""

import pytest
from bs4 import BeautifulSoup, Tag

from webapp.core.markdown import Labels, Rendered, Term, Terms, render, terms


def term(name: str, word: str = "", **more: str) -> Term:
    return Term(name, word or name, f"What {name} means.", "A page", "An institute", "https://example.org/", **more)


BIOPSY, EGFR, CT = term("biopsy"), term("egfr", "eGFR"), term("ct", "CT")
WORDS = terms([("biopsy", BIOPSY), ("biopsies", BIOPSY), ("eGFR", EGFR), ("CT", CT), ("CT scan", CT)])
STATIN = term("statin", "他汀")
CHINESE = terms([("他汀", STATIN), ("他汀类", STATIN), ("CT", CT)], never_in=["阿托伐他汀"])


def rendered(source: str, words: Terms = WORDS) -> Rendered:
    return render(source, link=lambda href: href, image=lambda name: None, reference_numbers={"one": 1}, terms=words)


def page(source: str, words: Terms = WORDS) -> BeautifulSoup:
    return BeautifulSoup(rendered(source, words).html, "html.parser")


def marked(source: str, words: Terms = WORDS) -> list[str]:
    return [" ".join(link.text.split()) for link in page(source, words).select("a.term")]


def test_the_first_mention_leads_to_the_explanation_and_back() -> None:
    body = page("A biopsy, then a second biopsy.")
    link, back = body.select_one("a.term"), body.select_one("a.word-back")
    assert link and back

    assert link["href"] == "#word--biopsy" and back["href"] == "#term--biopsy" == f"#{link['id']}"
    entry = body.find(id="word--biopsy")
    assert isinstance(entry, Tag) and entry.text == "biopsy" and entry.parent and entry.parent.name == "dl"
    assert "What biopsy means." in entry.parent.text
    assert back["aria-label"] == "Back to the text: biopsy"
    assert len(body.select("a.term")) == 1


def test_the_text_around_a_mention_is_as_it_was() -> None:
    source = "First **a biopsy**, biopsies & an eGFR <5, then *CT\nscan* and CT."
    with_words, without = page(source), BeautifulSoup(rendered(source, terms([])).html, "html.parser")
    assert with_words.p and without.p and with_words.p.decode_contents() != without.p.decode_contents()
    assert with_words.p.text == without.p.text


def test_the_list_names_whose_page_says_so() -> None:
    source = page("A biopsy.").select_one(".word-source a")
    assert source and source.text == "A page, An institute" and source["href"] == "https://example.org/"


def test_a_source_in_another_language_is_marked_as_such() -> None:
    words = terms([("活检", term("biopsy", "活检", language="en"))])
    source = page("做活检。", words).select_one(".word-source a")
    assert source and source["lang"] == "en"


@pytest.mark.parametrize("source", [
    "## A biopsy", "[a biopsy](topic:diseases/asthma)", "`biopsy`", "```\nbiopsy\n```", "![biopsy](x.png)",
    "/// isi | Important Safety Information\nA biopsy.\n///", "/// boxed | Boxed warning\nA biopsy.\n///",
    "/// key | A biopsy\nText.\n///", "/// emergency | A biopsy\nText.\n///", "/// check | A biopsy?\nYes.\n///",
    "| biopsy | |\n| --- | --- |\n| a | b |", "Text.[^1]\n\n[^1]: A biopsy."])
def test_headings_links_code_and_label_wording_are_left_alone(source: str) -> None:
    assert marked(source) == []
    assert marked(f"{source}\n\nThen a biopsy.") == ["biopsy"]


@pytest.mark.parametrize(("source", "found"), [
    ("Biopsy or BIOPSY.", ["Biopsy"]), ("Biopsies.", ["Biopsies"]), ("An autobiopsy, biopsyish.", []),
    ("An EGFR change, and the eGFR.", ["eGFR"]), ("A CT\nscan.", ["CT scan"]), ("IMPACT and CTA.", []),
    ("- a (CT)\n- b", ["CT"]), ("Pre-CT, post-biopsy.", ["CT", "biopsy"])])
def test_english_words_have_edges_and_acronyms_their_capitals(source: str, found: list[str]) -> None:
    assert marked(source) == found


@pytest.mark.parametrize(("source", "found"), [
    ("您在吃他汀类药。", ["他汀类"]), ("吃阿托伐他汀，即一种他汀。", ["他汀"]), ("做CT检查", ["CT"]), ("做CTA检查", []),
    ("**吃他汀。**再吃", ["他汀"])])
def test_chinese_has_no_edges_and_the_longest_form_wins(source: str, found: list[str]) -> None:
    assert marked(source, CHINESE) == found


def test_a_word_that_the_page_explains_itself_is_not_marked() -> None:
    own = "A biopsy and an eGFR.\n\n## Glossary\n\nBiopsies\n:   Pieces of tissue.\n"
    assert marked(own) == ["eGFR"]


def test_the_list_has_a_heading_in_the_contents_and_goes_on_with_a_glossary_of_the_page() -> None:
    found = rendered("## In short\n\nA biopsy.")
    assert [(heading.level, heading.text) for heading in found.headings] == [(2, "In short"), (2, "Words explained")]
    own = rendered("A biopsy.\n\n## Glossary\n\nStent\n:   A tube.\n\nReport it.")
    assert [(heading.level, heading.text) for heading in own.headings] == [(2, "Glossary"), (3, "More words explained")]


def test_a_heading_of_the_same_words_keeps_an_anchor_of_its_own() -> None:
    found = rendered("## Words explained\n\nA biopsy.\n\n## Word biopsy")
    ids = [element["id"] for element in BeautifulSoup(found.html, "html.parser").select("[id]")]
    assert len(ids) == len(set(ids))


def test_a_body_without_such_words_has_no_list() -> None:
    found = rendered("Nothing to explain.")
    assert found.html == rendered("Nothing to explain.", terms([])).html and found.explained == ()


@pytest.mark.parametrize("source", [
    "## In short\n\nA biopsy of a CT.", "A biopsy.\n\n## Glossary\n\nStent\n:   A tube."])
def test_a_list_that_is_looked_up_in_counts_for_no_reading(source: str) -> None:
    with_list, without = rendered(source), rendered(source, terms([]))
    assert with_list.explained and (with_list.words, with_list.han) == (without.words, without.han)


def test_what_was_explained_is_told_in_the_order_of_its_mention() -> None:
    assert rendered("An eGFR, then a biopsy, then an eGFR.").explained == ("egfr", "biopsy")


def test_the_words_of_an_entry_are_text() -> None:
    evil = Term("x", "<b>x", "<script>alert(1)</script> & [x](javascript:x)", "<i>", "*b*", "javascript:alert(1)")
    body = page("An xylo.", terms([("xylo", evil)]))
    assert not body.select("script, b, i, em") and not body.select("a[href^=javascript]")
    assert "<script>alert(1)</script> & [x](javascript:x)" in body.text


def test_labels_are_the_language_s() -> None:
    found = render("做CT。", link=lambda href: href, image=lambda name: None, reference_numbers={},
                   labels=Labels(words="文中用语", source="来源："), terms=CHINESE)
    assert found.headings[-1].text == "文中用语" and "来源：" in found.html
