"""Schemas, headings, digests, pictures and reading time."""

import struct
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.articles.rules.digest import canonical_json, digest, dossier, rendering_digest
from webapp.articles.rules.frontmatter import Audience, Codes, FrontMatter, Kind, TopicFile, validate
from webapp.articles.rules.locate import Finding, Problem, Severity, Yaml, read_yaml
from webapp.articles.rules.pictures import Picture, inspect
from webapp.articles.rules.reading_time import expected_seconds
from webapp.articles.rules.templates import headings, missing_or_misplaced_headings

FRONT = """title: Asthma
summary: A short answer.
content_class: disease-education
funding: {kind: independent}
markets: [us, cn]
references:
  - key: who-2024
    title: Asthma
    issuer: World Health Organization
    year: 2024
    url: https://www.who.int/news-room/fact-sheets/detail/asthma
drafted: {by: Sample desk, on: 2026-11-23}
next_review: 2027-11-23
"""
TOPIC = "titles: {en: Asthma, zh-Hans: 哮喘}\ncodes: {icd10cm: [J45.909]}\nmarkets: [us, cn]\n"


def read(text: str, model: type[Any] = FrontMatter) -> Any:
    yaml = read_yaml(text, 2)
    return validate(model, yaml) if isinstance(yaml, Yaml) else [yaml]


def test_a_sample_has_no_reviewer() -> None:
    front = read(FRONT)
    assert (
        isinstance(front, FrontMatter) and front.is_sample and front.drafted and front.drafted.on == date(2026, 11, 23)
    )


def test_a_source_without_a_date_has_the_day_it_was_read_and_no_year() -> None:
    front = read(FRONT.replace("year: 2024", "accessed: 2026-11-20"))

    assert isinstance(front, FrontMatter)
    assert [(entry.year, entry.accessed) for entry in front.references] == [(None, date(2026, 11, 20))]


@pytest.mark.parametrize("dated", ["", "    year: 2024\n    accessed: 2026-11-20\n", "    year: undated\n",
                                   "    accessed: 2026-13-20\n"])
def test_a_source_is_dated_in_exactly_one_way(dated: str) -> None:
    assert isinstance(read(FRONT.replace("    year: 2024\n", dated)), list)


@pytest.mark.parametrize(
    ("old", "new", "line", "code"),
    [
        ("summary:", "sumary:", 3, "unknown-key"),
        ("title: Asthma\nsu", "su", 2, "missing-key"),
        ("markets: [us, cn]", "markets: [us, mars]", 6, "bad-value"),
        ("    year: 2024", "    yaer: 2024", 11, "unknown-key"),
        ("https://www", "http://www", 12, "bad-value"),
        ("https://www.who.int", "javascript:alert(1)//", 12, "bad-value"),
        ("2027-11-23", "2020-01-01", 2, "bad-value"),
        ("next_review: 2027-11-23", "next_review: 2027-13-23", 14, "yaml-value"),
        ("drafted: {by: Sample desk, on: 2026-11-23}\n", "", 2, "bad-value"),
        ("key: who-2024", "key: WHO 2024", 8, "bad-value"),
        ("title: Asthma\ns", "title: [unclosed\ns", 3, "yaml"),
        ("summary: A short answer.", "summary: a: b", 3, "yaml"),
        ("markets: [us, cn]", "title: Twice", 6, "yaml-key"),
        ("markets: [us, cn]", "markets: &m [us]", None, None),
        ("{kind: independent}", "{kind: sponsored}", 5, "bad-value"),
        ("title: Asthma\ns", "title: 2024\ns", 2, "bad-value"),
        ("disease-education", "advert", 4, "bad-value"),
        ("title: Asthma\ns", "title: !!python/object:os.system x\ns", 2, "yaml"),
    ],
)
def test_a_fault_in_front_matter_is_found_on_its_line(old: str, new: str, line: int | None, code: str | None) -> None:
    assert old in FRONT
    front = read(FRONT.replace(old, new, 1))
    found = {(finding.line, finding.code) for finding in front} if isinstance(front, list) else {(None, None)}
    assert (line, code) in found


def test_every_fault_is_told_at_once() -> None:
    front = read(FRONT.replace("title: Asthma\ns", "colour: red\ns", 1).replace("[us, cn]", "[xx]"))
    assert [finding.code for finding in front] == ["missing-key", "unknown-key", "bad-value"]


def test_two_references_share_no_key() -> None:
    entry = FRONT[FRONT.index("  - key") : FRONT.index("drafted")]
    assert "who-2024" in read(FRONT.replace("drafted", entry + "drafted", 1))[0].message


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("J45.909", "J459 09", 3),
        ("J45.909", "45.9", 3),
        (", zh-Hans: 哮喘", "", 2),
        ("us, cn", "us, us", 4),
        ("codes: {icd10cm: [J45.909]}", "codes: {snomed: [44054006]}", 3),
        ("markets", "drawing: sun\nmarkets", 4),
        ("markets", "related: [asthma]\nmarkets", 4),
        ("codes: {icd10cm: [J45.909]}", "codes: {atc: [R03A]}", 3),
    ],
)
def test_a_fault_in_a_topic_is_found_on_its_line(old: str, new: str, line: int) -> None:
    assert isinstance(read(TOPIC, TopicFile), TopicFile)
    assert line in {finding.line for finding in read(TOPIC.replace(old, new, 1), TopicFile)}


def test_words_that_old_yaml_takes_for_truth_values_stay_words() -> None:
    yaml = read_yaml("on: no\noff: 12:30\nyes: 010")
    assert isinstance(yaml, Yaml) and yaml.values == {"on": "no", "off": "12:30", "yes": "010"}


@pytest.mark.parametrize(
    "text",
    [
        "a: &x 1\nb: *x",
        "a: " + "[" * 5_000,
        "a: " + "[" * 5_000 + "]" * 5_000,
        "a: " + "]" * 5_000 + "{" * 5_000 + "}" * 5_000,
        "- " * 5_000,
        "a: \x07",
        "",
        "- a",
        "a: 1\n---\nb: 2",
        "a: !!seq {b: 1}",
        "a: !!map [b]",
        "a: !!set {b}",
        "!!omap {a: 1}",
        "a: !!int x",
        "a: !!bool maybe",
        "a: !!binary AAAA",
        "a: !!timestamp 2026-13-01",
        "? [a]\n: b",
        "a: " + "9" * 70_000,
        "\n".join(" " * n + "a:" for n in range(200)),
    ],
)
def test_strange_yaml_is_refused_with_a_line(text: str) -> None:
    found = read_yaml(text, 7)
    assert isinstance(found, Finding) and found.line is not None and found.line >= 7


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(
        st.text(max_size=200),
        st.lists(
            st.sampled_from(
                [
                    "a: ",
                    "- ",
                    "\n",
                    "  ",
                    "[",
                    "]",
                    "{",
                    "}",
                    "&x ",
                    "*x",
                    "!!int ",
                    "2026-13-01",
                    "'",
                    '"',
                    "|",
                    ">",
                    "? ",
                    "<<: ",
                    "#",
                    "on",
                ]
            ),
            max_size=40,
        ).map("".join),
    )
)
def test_no_text_breaks_the_reading_of_yaml(text: str) -> None:
    yaml = read_yaml(text)
    found = validate(TopicFile, yaml) if isinstance(yaml, Yaml) else [yaml]
    assert isinstance(found, TopicFile) or all(finding.line is not None for finding in found)


@pytest.mark.parametrize("value", ["!!int", "!!int ''", "!!float", "!!bool x", "!!timestamp x", "!!binary é",
                                   "!!set x"])
def test_a_value_that_its_tag_does_not_fit_is_located(value: str) -> None:
    found = read_yaml(f"titles: {{}}\nmarkets: {value}\n")
    assert isinstance(found, Finding) and found.line == 2


def test_a_problem_prints_where_what_and_how_to_mend_it() -> None:
    problem = Problem("content/a.md", 3, "x", "Something is wrong", "Mend it")
    assert str(problem) == "content/a.md:3: Something is wrong. Mend it. [x]"
    assert str(Problem("a.md", None, "x", "Odd", "Look", Severity.WARNING)) == "a.md: warning: Odd. Look. [x]"


PATIENT = (Kind.DISEASE, Audience.PATIENT, "en")


def faults(texts: list[str]) -> list[tuple[int | None, str]]:
    found = missing_or_misplaced_headings(list(enumerate(texts, 1)), *PATIENT)
    return [(finding.line, finding.code) for finding in found]


def test_the_template_s_headings_in_order_are_accepted() -> None:
    assert len(headings(*PATIENT)) == 11 and faults(list(headings(*PATIENT))) == []


def test_headings_that_are_foreign_doubled_displaced_or_missing_are_told_once_each() -> None:
    good = list(headings(*PATIENT))
    assert faults([*good, "History"]) == [(12, "heading-unknown")]
    assert faults([*good, good[2]]) == [(12, "heading-twice")]
    assert faults([good[1], good[0], *good[2:]]) == [(2, "heading-order")]
    assert faults(good[:3] + good[4:]) == [(3, "heading-missing")]


def pages() -> list[dict[str, Any]]:
    front = read(FRONT)
    base = {
        "kind": "disease",
        "slug": "asthma",
        "audience": "patient",
        "language": "en",
        "market": "us",
        "front_matter": front,
        "source": "## In short\n\nAsthma[@who-2024].\n",
        "topic_title": "Asthma",
        "codes": Codes(icd10cm=("J45.909",)),
        "assets": {},
        "references": ["who-2024"],
        "links": {},
    }
    return [
        base,
        base | {"market": "cn", "language": "zh-Hans", "source": "## 要点\n\n哮喘[@who-2024]。\n"},
        base | {"assets": {"a.svg": "00" * 32}, "links": {"topic:diseases/copd": True}, "mandatory_texts": ["Text"]},
    ]


def test_the_digest_of_a_dossier_never_changes_by_itself() -> None:
    """Golden values: a change here voids every clearance there is. Raise DOSSIER_VERSION if it must be."""
    assert [digest(dossier(**page)) for page in pages()] == GOLDEN


def test_the_day_a_source_was_read_moves_the_digest() -> None:
    days = [read(FRONT.replace("year: 2024", f"accessed: 2026-11-{day}")) for day in (20, 21)]
    fronts = [read(FRONT), *days]

    assert len({digest(dossier(**pages()[0] | {"front_matter": front})) for front in fronts}) == 3


def test_each_part_of_a_dossier_moves_the_digest() -> None:
    changed: dict[str, Any] = {
        "kind": "drug",
        "slug": "copd",
        "audience": "hcp",
        "language": "zh-Hans",
        "market": "gb",
        "source": "x",
        "topic_title": "X",
        "codes": Codes(),
        "assets": {"a": "b"},
        "references": [],
        "links": {"patient:": False},
        "mandatory_texts": ["x"],
        "related": ["diseases/copd"],
        "drawing": "lungs",
        "front_matter": read(FRONT.replace("Sample desk", "Other desk")),
    }
    base = pages()[0]
    digests = {digest(dossier(**base | {key: value})) for key, value in changed.items()} | {digest(dossier(**base))}
    assert len(digests) == len(changed) + 1


def test_line_ends_and_unicode_form_do_not_move_the_digest() -> None:
    assert canonical_json({"b": "e\u0301\r\nx", "a": [1, None]}) == '{"a":[1,null],"b":"é\\nx"}'.encode()


def test_nan_has_no_canonical_form() -> None:
    with pytest.raises(ValueError):
        canonical_json({"a": float("nan")})


def test_the_rendering_digest_depends_on_every_part() -> None:
    assert len({rendering_digest(), rendering_digest(b"a"), rendering_digest(b"a", b"b"), rendering_digest(b"ab")}) == 4


@pytest.mark.parametrize(
    ("words", "han", "audience", "seconds"),
    [
        (200, 0, Audience.PATIENT, 60),
        (240, 0, Audience.HCP, 60),
        (0, 300, Audience.PATIENT, 60),
        (0, 0, Audience.PATIENT, 1),
    ],
)
def test_expected_seconds(words: int, han: int, audience: Audience, seconds: int) -> None:
    assert expected_seconds(words, han, audience) == seconds


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height) + bytes(20)


SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 20">'
    b'<style>path{stroke:#000}</style><path d="M0 0"/>%s</svg>'
)


def test_pictures_are_told_by_their_bytes() -> None:
    jpeg = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x0b\x08\x00\x02\x00\x03\x01\x01\x11\x00\xff\xd9"
    assert inspect("a.svg", SVG % b"") == Picture("image/svg+xml", 30, 20)
    assert inspect("a.png", png(3, 2)) == Picture("image/png", 3, 2)
    assert inspect("a.jpg", jpeg) == Picture("image/jpeg", 3, 2)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.gif", b"GIF89a", "picture-type"),
        ("a.html", b"<html>", "picture-type"),
        ("a.png", SVG % b"", "picture-type"),
        ("a.svg", png(1, 1), "picture-svg"),
        ("a.png", png(50_000, 50_000), "picture-size"),
        ("a.svg", SVG % b"<script>alert(1)</script>", "picture-svg"),
        ("a.svg", SVG % b'<path onload="x()"/>', "picture-svg"),
        ("a.svg", SVG % b'<use href="https://evil.example/a"/>', "picture-svg"),
        ("a.svg", b"<html/>", "picture-type"),
        ("a.svg", SVG % b"<style>@import 'x'</style>", "picture-svg"),
        ("a.svg", SVG % b"<style><style/>@import 'x'</style>", "picture-svg"),
        ("a.svg", SVG % b"<style>a{}<title>b</title>c{background:url(https://evil.example/)}</style>", "picture-svg"),
        ("a.svg", SVG % b"<foreignObject/>", "picture-svg"),
        ("a.svg", SVG % b'<path style="fill:url(http://x/y)"/>', "picture-svg"),
        ("a.svg", b"<svg", "picture-svg"),
        ("a.svg", b'<!DOCTYPE svg [<!ENTITY a "b">]><svg/>', "picture-svg"),
        ("a.svg", b"\xff\xfe\x00", "picture-svg"),
        ("a.svg", b"<?xml-stylesheet href='x'?>" + SVG % b"", "picture-svg"),
        ("a.jpg", b"\xff\xd8\xff\xd9", "picture-type"),
        ("a.svg", SVG % b"<a xmlns:x='http://www.w3.org/1999/xlink' x:href='javascript:alert(1)'/>", "picture-svg"),
    ],
)
def test_a_picture_that_could_do_harm_is_refused(name: str, content: bytes, code: str) -> None:
    found = inspect(name, content)
    assert isinstance(found, Finding) and found.code == code


def test_a_side_of_a_drawing_that_is_no_number_of_pixels_is_not_known() -> None:
    endless = b"<svg xmlns='http://www.w3.org/2000/svg' width='" + b"9" * 400 + b"' height='" + b"9" * 400 + b"'/>"
    assert inspect("a.svg", endless) == Picture("image/svg+xml", None, None)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(["a.svg", "a.png", "a.jpg"]),
    st.one_of(
        st.binary(max_size=200),
        st.binary(max_size=60).map(lambda tail: b"\xff\xd8\xff" + tail + b"\xff\xd9"),
        st.binary(max_size=60).map(lambda part: SVG.replace(b"%s", part)),
    ),
)
def test_no_bytes_break_the_inspection(name: str, content: bytes) -> None:
    assert isinstance(inspect(name, content), Finding | Picture)


GOLDEN = [
    "8a655dea028e455370d28f8443ec6396b792c71bff7b5ebe5654505f3e51515f",
    "6ccf18ff1462c5e26bf224d467431b205a42dd53c3c30a622f23581a65835792",
    "4f15b6fd7d70ad62c1b0d24acdacc817aa9e288ae5f53d124405d6941b255839",
]
