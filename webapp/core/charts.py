"""Charts: a spec gives an inline SVG, to stand beside the table of its numbers.

The SVG holds no style, script, event or outside address, so it stands under `style-src 'self'; script-src 'self'`. It
has no width of its own: it fills its place. Colours are the light tokens as attributes, and each coloured thing has a
class, so that the style sheet can set the tokens of the current theme (a rule beats an attribute):
`mt-fill-<role>` and `mt-stroke-<role>` with the roles `ink`, `muted`, `line`, `one`, `two` (the two hues), `hatch` and
`hatching` (withheld); the root is `mt-chart`, every text `mt-text`.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import groupby
from types import MappingProxyType
from typing import Any
from xml.etree import ElementTree

import vl_convert
from markupsafe import Markup

from webapp.core.privacy import WITHHELD


class ChartKind(StrEnum):
    """`bar`: figures by category. `line`: figures by day."""

    BAR = "bar"
    LINE = "line"


@dataclass(frozen=True, slots=True)
class Series:
    """One value per category; None is withheld."""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """What a chart says. `title`, `unit`, `period` and all names come translated. One series or two.

    `withheld_label` marks each withheld value, as in the table: all of them alike, since telling those that are small
    from those that only protect them would give the small ones away.
    """

    kind: ChartKind
    title: str
    description: str
    unit: str
    period: str
    category_name: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    withheld_label: str = WITHHELD
    decimals: int = 0
    """Of the values as they are written."""

    def __post_init__(self) -> None:
        if not 1 <= len(self.series) <= 2:
            raise ValueError(f"{self.title!r} has {len(self.series)} series; there are hues for one or two")
        if len({series.name for series in self.series}) != len(self.series):
            raise ValueError(f"{self.title!r} has two series of one name")
        if len(set(self.categories)) != len(self.categories):
            raise ValueError(f"{self.title!r} names a category twice")
        for series in self.series:
            _check(series, len(self.categories))


def _check(series: Series, categories: int) -> None:
    if len(series.values) != categories:
        raise ValueError(f"{series.name!r} has {len(series.values)} values for {categories} categories")
    if not all(value is None or (math.isfinite(value) and value >= 0) for value in series.values):
        raise ValueError(f"{series.name!r} holds a value that is negative or no number")


@lru_cache(maxsize=512)
def svg(chart: Chart) -> Markup:
    """The picture of `chart`, to stand inline in a page beside its table; equal charts are drawn once a process.

    Element ids begin with a hash of the chart, so different charts on a page do not clash.
    """
    prefix = f"mt-{hashlib.sha256(repr(chart).encode()).hexdigest()[:12]}"
    drawn = ElementTree.fromstring(vl_convert.vegalite_to_svg(_specification(chart)))
    root = _clean(drawn, prefix)
    root.attrib = {
        "xmlns": "http://www.w3.org/2000/svg",
        "class": "mt-chart",
        "viewBox": drawn.attrib["viewBox"],
        "role": "img",
        "aria-labelledby": f"{prefix}-title {prefix}-description",
    }
    title = ElementTree.Element("title", id=f"{prefix}-title")
    title.text = f"{chart.title} ({chart.period})"
    description = ElementTree.Element("desc", id=f"{prefix}-description")
    description.text = chart.description
    root[:0] = [title, description, _hatching(prefix)]
    return Markup(ElementTree.tostring(root, encoding="unicode"))


WIDTH = 360
"""User units, our choice: in the 328 px that a phone leaves, text of 14 units comes out at 12 to 13 px."""

TEXT_SIZE = 14
"""User units, of all text."""

WIDEST_LABEL = 150
"""User units of a category's name beside its bar, our choice; a longer one ends in an ellipsis (its row has it all)."""

ROOM_ABOVE = 1.2
"""A line chart's axis ends this much above the largest value, so that the mark of withheld days has a place."""

ROOM_FOR_VALUES = 50
"""User units beside a line chart for its values and their unit, about; the rest is shared by the labels of days."""

COLOURS: Mapping[str, str] = MappingProxyType(
    {
        "ink": "#1b2a33",
        "muted": "#4f616c",
        "line": "#dfded7",
        "one": "#0b6b5d",
        "two": "#3b4ba0",
        "hatch": "#efeeea",
        "hatching": "#ccd0ce",
    }
)
"""The light tokens; each colour names one role, by which the drawing is given its classes."""

_ROLES = {colour: role for role, colour in COLOURS.items()}
_KEPT_TAGS = frozenset({"g", "path", "line", "rect", "text", "tspan"})
_KEPT_ATTRIBUTES = (
    "d", "transform", "fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "x", "y", "x2", "y2",
    "dy", "width", "height", "text-anchor", "font-size", "font-weight", "fill-opacity", "stroke-opacity",
)  # fmt: skip


def _clean(element: ElementTree.Element, prefix: str) -> ElementTree.Element:
    """A copy that keeps only drawing: no style, script, link, role or font, and a class for each colour."""
    copy = ElementTree.Element(element.tag.rpartition("}")[2])
    copy.text = element.text
    copy.attrib = {name: element.attrib[name] for name in _KEPT_ATTRIBUTES if name in element.attrib}
    classes = ["mt-text"] if copy.tag == "text" else []
    for kind in ("fill", "stroke"):
        if role := _ROLES.get(copy.get(kind, "")):
            classes.append(f"mt-{kind}-{role}")
            if role == "hatch":
                copy.set(kind, f"url(#{prefix}-hatch)")
                classes.pop()
    if classes:
        copy.set("class", " ".join(classes))
    copy.extend(_clean(child, prefix) for child in element if _is_drawn(child))
    return copy


def _is_drawn(element: ElementTree.Element) -> bool:
    is_empty_path = element.get("class") in ("background", "foreground") or element.get("d") == ""
    return element.tag.rpartition("}")[2] in _KEPT_TAGS and element.get("display") != "none" and not is_empty_path


def _hatching(prefix: str) -> ElementTree.Element:
    definitions = ElementTree.Element("defs")
    pattern = ElementTree.SubElement(
        definitions, "pattern", id=f"{prefix}-hatch", width="6", height="6", patternUnits="userSpaceOnUse"
    )
    background = {"class": "mt-fill-hatch", "fill": COLOURS["hatch"], "width": "6", "height": "6"}
    ElementTree.SubElement(pattern, "rect", background)
    strokes = {"class": "mt-stroke-hatching", "stroke": COLOURS["hatching"], "d": "M-1,1l2,-2M0,6l6,-6M5,7l2,-2"}
    ElementTree.SubElement(pattern, "path", strokes)
    return definitions


def _width(text: str) -> float:
    """User units that a text takes at most in a common sans-serif: the reader's font is not known here."""
    return sum(1.0 if ord(sign) > 0x2E7F else 0.62 for sign in text) * TEXT_SIZE


def _rows(chart: Chart) -> list[dict[str, Any]]:
    return [{"place": place, "category": category, "series": series.name, "value": value,
             "text": chart.withheld_label if value is None else f"{value:,.{chart.decimals}f}"}
            for series in chart.series
            for place, (category, value) in enumerate(zip(chart.categories, series.values, strict=True))]


def _top(chart: Chart) -> float:
    """Where the axis of values ends: beyond the largest, so that the number beside its bar has a place."""
    rows = _rows(chart)
    largest = float(max((row["value"] for row in rows if row["value"] is not None), default=0) or 1)
    if chart.kind is ChartKind.LINE:
        return largest * ROOM_ABOVE
    numbers = max((_width(row["text"]) for row in rows), default=0) + TEXT_SIZE
    return largest / (1 - min(0.5, numbers / (WIDTH - _room_for_names(chart))))


def _room_for_names(chart: Chart) -> float:
    return min(WIDEST_LABEL, max(map(_width, chart.categories), default=0)) + TEXT_SIZE


def _specification(chart: Chart) -> dict[str, Any]:
    layers = {ChartKind.BAR: _bars, ChartKind.LINE: _lines}[chart.kind]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": WIDTH,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "padding": 4,
        "background": None,
        "data": {"values": _rows(chart)},
        **layers(chart),
        "config": {
            "font": "sans-serif",
            "view": {"stroke": None},
            "axis": {
                "labelColor": COLOURS["muted"], "titleColor": COLOURS["muted"], "gridColor": COLOURS["line"],
                "domainColor": COLOURS["muted"], "tickColor": COLOURS["line"], "labelFontSize": TEXT_SIZE,
                "titleFontSize": TEXT_SIZE, "titleFontWeight": "normal", "labelLimit": WIDEST_LABEL,
            },
            "legend": {
                "labelColor": COLOURS["ink"], "labelFontSize": TEXT_SIZE, "labelLimit": 300, "title": None,
                "orient": "top", "columns": 1,
            },
        },
    }  # fmt: skip


def _colour(chart: Chart) -> dict[str, Any]:
    names = [series.name for series in chart.series]
    scale = {"domain": names, "range": [COLOURS["one"], COLOURS["two"]][:len(names)]}
    shown = {"symbolType": "square"} if len(chart.series) > 1 else None
    return {"field": "series", "type": "nominal", "scale": scale, "legend": shown}


def _bars(chart: Chart) -> dict[str, Any]:
    """Categories down the side, values to the right, and room at the end for the numbers."""
    names = [series.name for series in chart.series]
    return {
        "height": {"step": 24 if len(names) > 1 else 32, "for": "offset" if len(names) > 1 else "position"},
        "encoding": {
            "y": {"field": "category", "type": "nominal", "sort": list(chart.categories), "title": None,
                  "axis": {"ticks": False, "labelPadding": 8, "domain": False, "minExtent": _room_for_names(chart)}},
            "yOffset": {"field": "series", "type": "nominal", "sort": names},
        },
        "layer": [*_withheld_sideways(), *_shown_sideways(chart)],
    }  # fmt: skip


def _values_axis(chart: Chart) -> dict[str, Any]:
    top = _top(chart)
    scale = {"domain": [0, top], "nice": False}
    axis = {"tickCount": 4, "domain": False, "ticks": False, "format": ",.0f"}
    if top < 4:
        axis["values"] = list(range(math.ceil(top)))
    return {"field": "value", "type": "quantitative", "title": chart.unit, "scale": scale, "axis": axis}


def _withheld_sideways() -> list[dict[str, Any]]:
    """A hatched gap over the whole width: its length must tell nothing."""
    only = [{"filter": "datum.value === null"}]
    text = {"type": "text", "align": "left", "dx": 8, "fontSize": TEXT_SIZE, "color": COLOURS["ink"]}
    return [
        {"transform": only, "mark": {"type": "rect", "color": COLOURS["hatch"]}},
        {"transform": only, "mark": text, "encoding": {"x": {"value": 0}, "text": {"field": "text"}}},
    ]


def _shown_sideways(chart: Chart) -> list[dict[str, Any]]:
    only = [{"filter": "datum.value !== null"}]
    text = {"type": "text", "align": "left", "dx": 6, "fontSize": TEXT_SIZE, "color": COLOURS["ink"]}
    beside = {"x": {"field": "value", "type": "quantitative"}, "text": {"field": "text"}}
    return [
        {"transform": only, "mark": {"type": "bar"}, "encoding": {"x": _values_axis(chart), "color": _colour(chart)}},
        {"transform": only, "mark": text, "encoding": beside},
    ]


def _lines(chart: Chart) -> dict[str, Any]:
    last = len(chart.categories) - 1
    room_of_one = max(map(_width, chart.categories), default=0) + TEXT_SIZE
    step = math.ceil(len(chart.categories) / max(1, (WIDTH - ROOM_FOR_VALUES) // room_of_one)) or 1
    labels = {str(place): name for place, name in enumerate(chart.categories)}
    axis = {
        "values": list(range(0, last + 1, step)), "labelExpr": f"({_javascript(labels)})[datum.value]",
        "labelOverlap": True, "grid": False, "ticks": False, "labelPadding": 6,
    }  # fmt: skip
    across = {
        "field": "place", "type": "quantitative", "title": chart.category_name, "axis": axis,
        "scale": {"domain": [-0.5, max(last, 0) + 0.5], "nice": False},
    }  # fmt: skip
    drawn = {"x": across, "y": _values_axis(chart), "color": _colour(chart)}
    line = {"type": "line", "invalid": "break-paths-show-domains", "strokeWidth": 2}
    points = {"type": "point", "filled": True, "size": 36, "opacity": 1, "invalid": "filter"}
    return {
        "height": 220,
        "layer": [*_withheld_upright(chart), {"mark": line, "encoding": drawn}, {"mark": points, "encoding": drawn}],
    }


def _withheld_upright(chart: Chart) -> list[dict[str, Any]]:
    """A hatched gap over the whole height for each run of days in which a series is withheld, marked once a run."""
    places = range(len(chart.categories))
    is_withheld = [any(series.values[place] is None for series in chart.series) for place in places]
    runs = [list(run) for withheld, run in groupby(places, key=is_withheld.__getitem__) if withheld]
    gaps = [{"from": run[0] - 0.5, "to": run[-1] + 0.5, "middle": (run[0] + run[-1]) / 2} for run in runs]
    data = {"values": [gap | {"text": chart.withheld_label} for gap in gaps]}
    span = {"x": {"field": "from", "type": "quantitative"}, "x2": {"field": "to"}}
    middle = {"x": {"field": "middle", "type": "quantitative"}, "y": {"value": 10}, "text": {"field": "text"}}
    text = {"type": "text", "fontSize": TEXT_SIZE, "color": COLOURS["ink"]}
    return [
        {"data": data, "mark": {"type": "rect", "color": COLOURS["hatch"]}, "encoding": span},
        {"data": data, "mark": text, "encoding": middle},
    ]


def _javascript(labels: Mapping[str, str]) -> str:
    """`labels` as a Vega expression's object; its strings take JSON's escapes."""
    return json.dumps(dict(labels), ensure_ascii=True)
