"""The renderer: what a source may say, and what it may not make a page do."""

import threading
from pathlib import Path

import nh3
import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ending import at_once
from webapp.core.markdown import Image, Labels, MarkdownRefused, Rendered, cited_keys, refusal, render, renderer
from webapp.core.markdown.finish import Task

HOSTILE = [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html,<script>1</script>)",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    '![x](x.svg" onerror="alert(1))',
    '[x](#a" onclick="alert(1))',
    "{{config}}",
    "[x](vbscript:x)",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "[x](java\tscript:alert(1))",
    "| <script>alert(1)</script> |\n|---|\n| [x](javascript:1) |",
    "/// warning | <img src=x onerror=alert(1)>\nx\n///",
    "```\n<script>alert(1)</script>\n```",
    "[^1]\n\n[^1]: <script>alert(1)</script>",
    "## <script>alert(1)</script>",
    "/// key | t\n    attrs: {onclick: alert(1), style: x}\n\nx\n///",
    "<a@b.example>",
]


NO_BREAK = "\u00a0"


def rendered(source: str, numbers: dict[str, int] | None = None, labels: Labels = Labels()) -> Rendered:  # noqa: B008
    return render(
        source,
        link=lambda href: href,
        image=lambda src: Image("/media/" + src, 20, 10),
        reference_numbers=numbers or {},
        labels=labels,
    )


def soup(source: str, numbers: dict[str, int] | None = None) -> BeautifulSoup:
    return BeautifulSoup(rendered(source, numbers).html, "html.parser")


def test_the_numbers_of_one_mark_rise() -> None:
    text = soup("First [@a]. Second [@b]. Both [@b; @a].", {"a": 1, "b": 2}).text

    assert text.strip().endswith("Both1, 2.")


@pytest.mark.parametrize("source", HOSTILE)
def test_hostile_markup_stays_inert(source: str) -> None:
    page = soup(source)
    attributes = {name for element in page.find_all(True) for name in element.attrs}
    assert not page.find_all(["script", "svg", "math", "style", "iframe"])
    assert not {name for name in attributes if name.startswith("on") or name == "style"}
    assert all(
        not str(link["href"]).lower().lstrip().startswith(("javascript", "data", "vbscript", "mailto"))
        for link in page.find_all("a", href=True)
    )


def test_braces_of_templates_are_text() -> None:
    assert "{{config}}" in rendered("{{config}}").html


def test_what_leaves_the_renderer_survives_a_second_sanitising_unchanged() -> None:
    html = rendered("\n\n".join(HOSTILE)).html
    again = nh3.clean(
        html,
        tags=set(nh3.ALLOWED_TAGS) | {"section", "details", "summary", "figure", "figcaption"},
        attributes={
            "*": {
                "id",
                "class",
                "href",
                "src",
                "alt",
                "width",
                "height",
                "loading",
                "scope",
                "role",
                "tabindex",
                "aria-label",
                "aria-labelledby",
            }
        },
        link_rel=None,
    )
    assert BeautifulSoup(again, "html.parser").get_text() == BeautifulSoup(html, "html.parser").get_text()


def test_chinese_bold_needs_no_spaces() -> None:
    assert "二甲双胍<strong>（格华止）</strong>是" in rendered("二甲双胍**（格华止）**是一种药").html


@pytest.mark.parametrize("source", ["每天1~2次，每次3~5片", "10^9/L，10^12/L", "5~10 mg and 3~4 mg"])
def test_ranges_and_powers_are_left_as_typed(source: str) -> None:
    assert soup(source).get_text().replace(NO_BREAK, " ") == source


def test_figures_may_be_raised_and_lowered() -> None:
    assert "10<sup>9</sup>/L, HbA<sub>1c</sub>" in rendered("10^9^/L, HbA~1c~").html


def test_citations_are_numbered_and_can_be_walked_back() -> None:
    body = rendered("One[@b]. Two[@a; @b].", {"b": 1, "a": 2})
    assert [(citation.key, citation.number, citation.anchors) for citation in body.citations] == [
        ("b", 1, ("cite-1-1", "cite-1-2")),
        ("a", 2, ("cite-2-1",)),
    ]
    marks = BeautifulSoup(body.html, "html.parser").select("sup.cite a")
    assert [(mark["href"], mark["id"], mark["aria-label"]) for mark in marks] == [
        ("#ref-1", "cite-1-1", "Reference 1"),
        ("#ref-1", "cite-1-2", "Reference 1"),
        ("#ref-2", "cite-2-1", "Reference 2"),
    ]


@pytest.mark.parametrize("gap", ["", " ", "  \n", "\n", "\t"])
def test_a_number_stands_close_to_its_word_so_that_no_line_begins_with_it(gap: str) -> None:
    assert 'swell<sup class="cite">' in rendered(f"Airways swell{gap}[@a].", {"a": 1}).html


def test_marks_side_by_side_become_one_that_names_each_source_once() -> None:
    marks = soup("One[@a] [@b; @a]\n[@c].", {"a": 1, "b": 2, "c": 12}).select("sup.cite")
    assert [mark.get_text() for mark in marks] == ["1, 2, 12"]


@pytest.mark.parametrize("quantity", ["5 mg", "95 %", "1.2 mmol", "≥ 126", "< 54", "> 3", "120 mL/min"])
def test_a_number_and_its_unit_stay_on_one_line(quantity: str) -> None:
    assert soup(f"Level {quantity} now.").get_text() == f"Level {quantity.replace(' ', NO_BREAK)} now."


@pytest.mark.parametrize("words", ["5 mgs", "take 2 Ls", "20 more", "a < b"])
def test_other_words_after_a_number_may_begin_a_line(words: str) -> None:
    assert soup(words).get_text() == words


def test_a_wide_table_names_each_cell_for_narrow_screens_and_a_small_one_stays_plain() -> None:
    wide = soup("| Trial | n[@a] | Effect | NNT |\n|-|-|-|-|\n| UKPDS | 753 | −2 | 3 |", {"a": 1})
    assert [cell.get("data-column") for cell in wide.select("td")] == ["Trial", "n", "Effect", "NNT"]
    assert "is-wide" in wide.div["class"]
    small = soup("| Zone | Flow |\n|-|-|\n| Green | 80 |")
    assert "is-wide" not in small.div["class"] and not small.select("[data-column]")


def test_an_unknown_key_stays_text() -> None:
    assert "One [@nobody]" in rendered("One [@nobody].", {"a": 1}).html


def test_keys_are_listed_by_first_mention_and_not_from_code() -> None:
    assert cited_keys("a[@x-1] `[@code]` b[@y; @x-1]\n\n```\n[@fenced]\n```\n") == ("x-1", "y")


def test_headings_keep_chinese_anchors_and_never_share_one() -> None:
    body = rendered("## 要点\n\n## 要点\n\n### Tests & numbers[@a]", {"a": 1})
    assert [(heading.level, heading.id, heading.text) for heading in body.headings] == [
        (2, "要点", "要点"),
        (2, "要点-2", "要点"),
        (3, "tests-numbers", "Tests & numbers"),
    ]


def test_no_heading_takes_an_anchor_of_the_page_around_it() -> None:
    body = rendered("## Main\n\n## References\n\n## Related\n\n## Ref 1\n\n## Cite 1-1\n\n## Emergency 1\n\n"
                    "/// emergency | Call\nNow.[@a]\n///\n", {"a": 1})
    assert [heading.id for heading in body.headings] == [
        "section-main", "section-references", "section-related", "section-ref-1", "section-cite-1-1",
        "section-emergency-1"]
    ids = [element["id"] for element in BeautifulSoup(body.html, "html.parser").find_all(id=True)]
    assert {"cite-1-1", "emergency-1"} < set(ids) and len(ids) == len(set(ids))


def test_a_care_box_is_a_named_section_under_a_heading_that_the_contents_leave_out() -> None:
    body = rendered("## Get help\n\n/// emergency | Call **911** now\n- chest pain\n///")
    section = BeautifulSoup(body.html, "html.parser").section
    assert [heading.text for heading in body.headings] == ["Get help"]
    assert section is not None and section["class"] == ["care", "care-emergency"]
    title = section.find("h3", class_="care-title")
    assert title is not None and title.get_text() == "Call 911 now" and section["aria-labelledby"] == title["id"]


def test_a_check_folds_its_answer() -> None:
    details = soup("/// check | What is *it*?\nAn answer.\n\nMore.\n///").details
    assert details is not None and details.summary is not None
    assert details.summary.get_text() == "What is it?" and "open" not in details.attrs
    assert [p.get_text() for p in details.select(".check-answer p")] == ["An answer.", "More."]


def test_a_table_scrolls_in_a_region_named_after_its_section() -> None:
    page = soup("## Doses\n\n| Drug | mg |\n|---|---:|\n| A | 5 |\n\n| | B |\n|---|---|\n| 1 | 2 |")
    regions = page.select("div.table-scroll[role=region][tabindex='0']")
    assert [region["aria-label"] for region in regions] == ["Doses", "Doses 2"]
    assert [th.get("scope") for th in page.find_all("th")] == ["col", "col", "col"]
    assert [cell.get_text() for cell in page.select(".is-right")] == ["mg", "5"]


def test_a_picture_and_its_caption_make_a_figure() -> None:
    figure = soup("![How to](a.svg)\n\n/// figure-caption\nStep one\n///").figure
    assert figure is not None and figure.img is not None and figure.figcaption is not None
    assert figure.img.attrs == {
        "src": "/media/a.svg",
        "alt": "How to",
        "loading": "lazy",
        "width": "20",
        "height": "10",
    }
    assert figure.p is not None and figure.p.parent is figure.figcaption


def test_a_refused_link_or_picture_leaves_its_text() -> None:
    html = render("[text](topic:x) ![alt](y.svg)", link=lambda _: None, image=lambda _: None, reference_numbers={}).html
    assert "<a" not in html and "<img" not in html and "text" in html and "alt" in html


def test_footnotes_are_numbered_by_mention() -> None:
    page = soup("A[^z] B[^a]\n\n[^a]: first\n[^z]: second")
    notes = page.select("section.footnotes li")
    assert [note["id"] for note in notes] == ["fn:z", "fn:a"]
    assert page.select("a.footnote-backref")[0]["aria-label"] == "Back to the text"


def test_words_and_characters_are_counted_without_marks() -> None:
    body = rendered("二甲双胍 helps 3.5 people[@a].", {"a": 1})
    assert (body.words, body.han) == (3, 4)


def test_threads_do_not_share_a_converter() -> None:
    sources = [f"## H{n}\n\nText[^{n}]\n\n[^{n}]: note {n}" for n in range(8)]
    alone = [rendered(source).html for source in sources]
    together: dict[int, list[str]] = {}

    def work(number: int) -> None:
        together[number] = [rendered(sources[number]).html for _ in range(5)]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == {number: [html] * 5 for number, html in enumerate(alone)}


def test_a_callback_that_fails_leaves_the_next_rendering_sound() -> None:
    def fail(href: str) -> str:
        raise LookupError(href)

    with pytest.raises(LookupError):
        render("> - [x](y)\n\n[^1]\n\n[^1]: n", link=fail, image=lambda _: None, reference_numbers={})
    assert rendered("- a").html == "<ul>\n<li>a</li>\n</ul>"


NESTED = {
    "brackets": ("[" * 200_000, "block-too-long"),
    "brackets in one block": ("[" * 10_000, "open-brackets"),
    "links": ("[](" * 3_000, "open-brackets"),
    "lists": ("".join("    " * n + "- a\n" for n in range(300)), "too-deep"),
    "quotes": (">" * 9_000, "too-deep"),
    "quotes by line": ("".join("> " * n + "a\n" for n in range(300)), "too-deep"),
    "numbers": ("1. " * 2_000, "too-deep"),
    "boxes": ("/// key\n\n" * 10_000, "too-many-boxes"),
    "dashes": ("- " * 3_000 + "a", "too-deep"),
}


@pytest.mark.parametrize("name", NESTED)
def test_what_would_stall_the_parser_is_refused_with_a_line(name: str) -> None:
    source, code = NESTED[name]
    with pytest.raises(MarkdownRefused) as caught:
        rendered("## A\n\n" + source)
    assert caught.value.refusal.code == code and caught.value.refusal.line >= 3


@pytest.mark.parametrize(
    "source", ["* * *", "- - - - - - - - - - - -", "a (b) [c] " * 200, "| a " * 60, "1. a\n    - b\n"]
)
def test_ordinary_text_is_not_refused(source: str) -> None:
    assert refusal(source) is None


@pytest.mark.parametrize(("source", "boxes"), [
    ("- /// key | A\n///\n/// visit | B\n", {"li": 1, "li .box": 1, ".care": 1, "li .care": 0}),
    ("- /// key | A\n  one\n  ///\n/// key | B\ntwo\n///\nthree", {"li": 1, ".box": 2, "li .box": 1, ".box ~ p": 1}),
    ("- /// key | A\n/// visit | B\none\n///\n", {"li": 1, "li .box .care": 1}),
    ("> /// check | A?\n/// key | B\none\n", {"blockquote details .check-answer .box": 1, ".box": 1}),
    ("/// check | A?\n- /// key | B\n///\n///\n", {"details .check-answer li .box": 1})])
def test_a_box_right_behind_a_text_with_a_box_is_read_once(source: str, boxes: dict[str, int]) -> None:
    with at_once():
        page = soup(source)
    assert {place: len(page.select(place)) for place in boxes} == boxes


def test_a_box_in_a_list_in_a_box_keeps_all_its_parts() -> None:
    page = soup("//// key\n\n- a\n\n    /// warning\n\n    one\n\n    two\n    ///\n\n////\n")
    assert [part.text for part in page.select(".box-key > ul > li > .box-warning > p")] == ["one", "two"]
    assert not page.select("pre")


@pytest.mark.parametrize("option", ["1: 2", "2020-01-02: a", "yes: a", "? [a]\n    : b", "- a", "attrs: {id: a}"])
def test_a_box_with_options_stays_text(option: str) -> None:
    page = soup(f"/// key | A\n    {option}\n\na\n///")
    assert not page.select(".box") and "/// key | A" in page.text


PIECES = st.sampled_from(
    [
        "[",
        "]",
        "(",
        ")",
        "*",
        "**",
        "_",
        "`",
        "```\n",
        "~",
        "^",
        "> ",
        "- ",
        "1. ",
        "    ",
        "\t",
        "\n",
        "\n\n",
        "/// key | a\n",
        "/// check\n",
        "/// check | q\n",
        "//// key\n",
        "    1: 2\n",
        "///\n",
        "////\n",
        "/// figure-caption\n",
        "|",
        "|---|\n",
        "[^1]",
        "[^1]: ",
        "[@a]",
        ":   ",
        "<b>",
        "&amp;",
        "&",
        "\\",
        "## ",
        "=\n",
        "![a](b)",
        "[a](topic:b)",
        "中文",
        "word ",
        "\x02",
        "\x03",
        "\x00",
        "\u2028",
        "{",
        "}",
        "<!--",
        "-->",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=400), st.lists(PIECES, max_size=60).map("".join)))
def test_no_text_breaks_the_renderer(source: str) -> None:
    try:
        with at_once():
            body = rendered(source, {"a": 1})
    except MarkdownRefused as refused:
        assert 1 <= refused.refusal.line <= source.count("\n") + 1
    else:
        assert "<script" not in body.html


CONTENT = Path(__file__).parents[2] / "content"
MARKUP = st.text(alphabet="ab 1中。*_`[]()!<>&@^~#|-+=\\\n\x02\x03:/;.h", max_size=120)
BLOCKS = st.lists(st.sampled_from((
    "", "", "a", "# a", "===", "---", "* * *", "| a | b |", "| - | - |", "|a|", "|-|", "> a", "- a", "+ a", "1. a",
    "    a", "  a", ": a", ":   a", "[^1]: a", "a[^1]", "/// key", "/// key | a", "/// check | a", "/// caption", "///",
    "```", "~~~", "*a*", "![a](b)", "\x02klzzwxh:0001\x03")), max_size=14).map("\n".join)


@pytest.fixture(scope="module")
def converters() -> tuple[renderer._Converter, renderer._Converter]:
    """As we use it, and as Python-Markdown made it."""
    quick = renderer._Converter()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(renderer, "hasten", lambda md: None)
        return quick, renderer._Converter()


def same(converters: tuple[renderer._Converter, renderer._Converter], source: str) -> bool:
    quick, plain = converters
    numbers = {key: number for number, key in enumerate(cited_keys(source), 1)}
    made = [each.convert(source, numbers, Task(lambda href: href, Image, Labels())) for each in (quick, plain)]
    return made[0] == made[1]


@pytest.mark.parametrize("page", sorted(CONTENT.glob("*/*/*.md")), ids=lambda page: f"{page.parent.name}-{page.name}")
def test_haste_changes_no_byte_of_a_page(
    converters: tuple[renderer._Converter, renderer._Converter], page: Path
) -> None:
    assert same(converters, page.read_text().partition("\n---\n")[2])


@settings(max_examples=600, deadline=None)
@given(MARKUP | BLOCKS)
def test_haste_changes_no_byte_of_any_text(
    converters: tuple[renderer._Converter, renderer._Converter], source: str
) -> None:
    assert same(converters, source)
