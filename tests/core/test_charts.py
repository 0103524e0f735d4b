"""Charts as a browser under a strict policy gets them."""

import dataclasses
import itertools
import re
from xml.etree import ElementTree

import pytest

from webapp.core.charts import COLOURS, Chart, ChartKind, Series, svg

ALLOWED_TAGS = {"svg", "title", "desc", "defs", "pattern", "g", "path", "line", "rect", "text", "tspan"}
SVG = "{http://www.w3.org/2000/svg}"


def chart(kind: ChartKind = ChartKind.BAR, **changes) -> Chart:
    whole = Chart(
        kind=kind,
        title="Readers by audience",
        description="Most readers are patients.",
        unit="readers",
        period="March 2026",
        category_name="Audience",
        categories=("Patients", "Doctors", "患者家属"),
        series=(
            Series("This campaign", (1320, None, 85)),
            Series("Everyone", (5000, 400, None)),
        ),
    )
    return dataclasses.replace(whole, **changes)


def parsed(one: Chart) -> ElementTree.Element:
    return ElementTree.fromstring(svg(one))


def texts(one: Chart) -> list[str]:
    return [element.text or "" for element in parsed(one).iter(f"{SVG}text")]


def classes(one: Chart) -> set[str]:
    return {name for element in parsed(one).iter() for name in element.get("class", "").split()}


every_kind = pytest.mark.parametrize("kind", list(ChartKind))


@every_kind
def test_nothing_in_a_chart_needs_more_than_a_strict_content_policy_allows(kind):
    for element in parsed(chart(kind)).iter():
        assert element.tag.removeprefix(SVG) in ALLOWED_TAGS
        assert not {name for name in element.attrib if name == "style" or name.startswith("on") or "href" in name}
        assert not [value for value in element.attrib.values() if re.search(r"url\((?!#mt-)|javascript:|data:", value)]


@every_kind
def test_a_chart_is_one_image_with_a_name_and_a_description(kind):
    root = parsed(chart(kind))
    assert root.get("role") == "img"
    named = {element.get("id"): element.text for element in root if element.tag in (f"{SVG}title", f"{SVG}desc")}
    assert list(named) == root.get("aria-labelledby").split()
    assert list(named.values()) == ["Readers by audience (March 2026)", "Most readers are patients."]
    assert not [element for element in root.iter() if element is not root and (element.get("role"))]


@every_kind
def test_a_chart_fills_its_place_and_has_no_width_of_its_own(kind):
    root = parsed(chart(kind))
    assert root.get("viewBox").startswith("0 0 360 ")
    assert not {"width", "height"} & root.attrib.keys()


@every_kind
def test_text_takes_the_pages_font(kind):
    assert "font-family" not in svg(chart(kind))
    assert all("mt-text" in element.get("class", "") for element in parsed(chart(kind)).iter(f"{SVG}text"))


@every_kind
def test_every_colour_has_a_class_that_a_theme_can_set(kind):
    for element in parsed(chart(kind)).iter():
        for attribute in ("fill", "stroke"):
            colour = element.get(attribute, "none")
            if colour not in ("none", "transparent") and not colour.startswith("url("):
                role = next(role for role, value in COLOURS.items() if value == colour)
                assert f"mt-{attribute}-{role}" in element.get("class", "").split()


@every_kind
def test_two_charts_on_a_page_share_no_id(kind):
    first, second = (re.findall(r' id="([^"]+)"', svg(one)) for one in (chart(kind), chart(kind, title="Other")))
    assert len(first) == len(set(first)) == 3
    assert not set(first) & set(second)


@every_kind
def test_a_withheld_value_is_a_hatched_gap_with_its_word(kind):
    drawing = svg(chart(kind))
    assert len(re.findall(r'fill="url\(#mt-[0-9a-f]{12}-hatch\)"', drawing)) >= 1
    assert "<11*" in texts(chart(kind))


@every_kind
def test_text_is_legible_in_the_width_that_a_phone_leaves(kind):
    sizes = {float(element.get("font-size").removesuffix("px")) for element in parsed(chart(kind)).iter(f"{SVG}text")}
    assert min(sizes) * 328 / 360 >= 11


def places(element: ElementTree.Element, across: float = 0.0):
    """Every text with the place where it begins, in user units."""
    moved = re.search(r"translate\(([-\d.]+)", element.get("transform", ""))
    across += float(moved[1]) if moved else 0.0
    if element.tag == f"{SVG}text":
        yield element, across
    for child in element:
        yield from places(child, across)


@pytest.mark.parametrize("largest", [20, 1320, 1_234_567])
def test_a_wide_font_cuts_neither_names_nor_numbers(largest):
    wide = chart(categories=("For patients", "患者家属与照护者", "B"),
                 series=(Series("Readers", (largest, None, 12)),))  # fmt: skip
    for text, begin in places(parsed(wide)):
        length = sum(14 if ord(sign) > 0x2E7F else 8.6 for sign in text.text or "")
        if text.get("text-anchor") == "end":
            assert begin - length >= 0, text.text
        elif text.get("text-anchor") in (None, "start"):
            assert begin + length <= 360, text.text


def test_each_withheld_bar_has_the_whole_width_so_that_its_length_tells_nothing():
    gaps = [path for path in parsed(chart()).iter(f"{SVG}path") if path.get("fill", "").startswith("url(")]
    widths = {re.search(r"h([\d.]+)v", path.get("d"))[1] for path in gaps}
    assert (len(gaps), len(widths)) == (2, 1)
    assert float(widths.pop()) > 200


def test_a_chart_with_nothing_withheld_has_no_gap():
    whole = chart(series=(Series("Readers", (20, 30, 40)),))
    assert "url(" not in svg(whole)
    assert "<11*" not in texts(whole)


def test_a_withheld_word_may_be_another():
    assert "已隐去" in texts(chart(withheld_label="已隐去"))


def test_bars_carry_their_numbers_and_the_axis_its_unit():
    assert {"1,320", "85", "5,000", "400", "readers"} <= set(texts(chart()))


def test_chinese_labels_stand_as_they_are():
    assert "患者家属" in texts(chart())


def test_markup_in_a_label_is_text():
    tricky = chart(title="<script>alert(1)</script>", description="]]> & <b>", categories=("<b>", "&amp;", '"\\'))
    assert "<script" not in svg(tricky)
    assert {"<b>", "&amp;", '"\\'} <= set(texts(tricky))


def test_labels_of_a_line_chart_are_data_and_never_an_expression():
    labels = ("'+datum.value+'", '"});alert(1)//', "{{7*7}}\\u0041")
    for label in labels:
        assert label in texts(chart(ChartKind.LINE, categories=(label, "2 Mar", "3 Mar")))


def test_the_days_of_a_month_do_not_run_into_each_other():
    days = tuple(f"{day} March" for day in range(1, 32))
    begins = [begin for text, begin in places(parsed(chart(ChartKind.LINE, categories=days,
              series=(Series("Readers", (20,) * 31),)))) if (text.text or "").endswith(" March")]  # fmt: skip
    assert len(begins) >= 3
    assert min(after - before for before, after in itertools.pairwise(begins)) > len("31 March") * 8


def test_a_line_is_broken_where_days_are_withheld_and_the_run_is_marked_once():
    days = tuple(f"{day} Mar" for day in range(1, 15))
    values = tuple(None if day in (4, 5, 6) else 20 + day for day in range(14))
    line = chart(ChartKind.LINE, categories=days, series=(Series("Readers", values),))
    assert texts(line).count("<11*") == 1
    stroked = [path.get("d") for path in parsed(line).iter(f"{SVG}path") if path.get("stroke") == COLOURS["one"]]
    assert [path.count("M") for path in stroked] == [2]


def test_a_single_series_needs_no_legend_and_two_have_one():
    single = chart(series=(Series("This campaign", (20, 30, 40)),))
    assert "This campaign" not in texts(single)
    assert {"This campaign", "Everyone"} <= set(texts(chart()))


def test_the_second_hue_has_a_class_of_its_own():
    assert {"mt-fill-one", "mt-fill-two"} <= classes(chart())


@every_kind
@pytest.mark.parametrize("value", [None, 0])
def test_a_chart_of_which_nothing_is_known_is_still_drawn(kind, value):
    assert "mt-chart" in svg(chart(kind, series=(Series("Readers", (value,) * 3),)))


@every_kind
def test_a_chart_without_categories_is_still_drawn(kind):
    assert "mt-chart" in svg(chart(kind, categories=(), series=(Series("Readers", ()),)))


def test_an_equal_chart_is_drawn_once():
    assert svg(chart(title="Drawn once")) is svg(chart(title="Drawn once"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"series": ()}, "0 series"),
        ({"series": tuple(Series(str(n), (1, 2, 3)) for n in range(3))}, "one or two"),
        ({"series": (Series("a", (1, 2)),)}, "2 values for 3 categories"),
        ({"series": (Series("a", ()),)}, "0 values for 3 categories"),
        ({"series": (Series("a", (1, 2, float("nan"))),)}, "no number"),
        ({"series": (Series("a", (1, 2, -1)),)}, "negative"),
        ({"categories": ("a", "a", "b")}, "twice"),
        ({"series": (Series("a", (1, 2, 3)), Series("a", (1, 2, 3)))}, "two series"),
    ],
)
def test_a_chart_that_contradicts_itself_is_refused(changes, words):
    with pytest.raises(ValueError, match=words):
        chart(**changes)
