"""The head of a foreign file: YAML between `---`, TOML between `+++`, a JSON object, or none."""

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from webapp.articles.rules.foreign.page import Unreadable
from webapp.articles.rules.locate import Finding, read_yaml

TITLES = ("title", "display_title", "heading", "name")
SUMMARIES = ("summary", "description", "intro", "abstract")
ADDRESSES = ("canonical", "href", "permalink", "source", "url")
DAYS = ("lastupdate", "lastupdated", "last_updated", "lastmod", "updated", "date")
KNOWN = frozenset((*TITLES, *SUMMARIES, *ADDRESSES, *DAYS))
_YAML = re.compile(r"---[ \t]*\n(.*?)(?:^|\n)(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_TOML = re.compile(r"\+\+\+[ \t]*\n(.*?)(?:^|\n)\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL)
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_AMERICAN = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")


@dataclass(frozen=True, slots=True)
class Head:
    """What a head says, under whichever of the usual keys it says it. `others` are the keys that nothing is made of."""

    title: str = ""
    summary: str = ""
    address: str = ""
    day: date | None = None
    others: tuple[str, ...] = ()


def split(text: str) -> tuple[Head, str]:
    """(head, body) of a text. Unreadable for a head that is begun and cannot be read."""
    text = text.lstrip("\n")
    if text.startswith("---") and (found := _YAML.match(text)):
        return _head(_yaml(found.group(1))), text[found.end():]
    if text.startswith("+++") and (found := _TOML.match(text)):
        return _head(_toml(found.group(1))), text[found.end():]
    if text.startswith("{\n") or text.startswith('{"'):
        values, end = _json(text)
        return _head(values), text[end:]
    return Head(), text


def _yaml(text: str) -> Mapping[str, object]:
    read = read_yaml(text, 2) if text.strip() else None
    if isinstance(read, Finding):
        raise Unreadable(f"line {read.line}: {read.message}. {read.remedy}")
    return read.values if read else {}


def _toml(text: str) -> Mapping[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Unreadable(f"the TOML between `+++` cannot be read: {error}") from None


def _json(text: str) -> tuple[Mapping[str, object], int]:
    try:
        values, end = json.JSONDecoder().raw_decode(text)
    except (json.JSONDecodeError, RecursionError):
        raise Unreadable("it begins with a brace and no JSON object. Mend the head, or begin with text") from None
    return (values if isinstance(values, dict) else {}), end


def _head(values: Mapping[str, object]) -> Head:
    others = sorted(str(key) for key, value in values.items() if key not in KNOWN and value not in (None, ""))
    return Head(_text(values, TITLES), _text(values, SUMMARIES), _text(values, ADDRESSES), _day_in(values),
                tuple(others))


def _text(values: Mapping[str, object], keys: Iterable[str]) -> str:
    found = (" ".join(str(values[key]).split()) for key in keys if isinstance(values.get(key), str | int | float))
    return next((text for text in found if text), "")


def _day_in(values: Mapping[str, object]) -> date | None:
    return next((day for key in DAYS if (day := _day(values.get(key))) is not None), None)


def _day(value: object) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    written, american = _DAY.search(str(value)), _AMERICAN.search(str(value))
    try:
        if written:
            return date(*(int(part) for part in written.groups()))
        if american:
            month, day, year = (int(part) for part in american.groups())
            return date(year, month, day)
    except ValueError:
        pass
    return None
