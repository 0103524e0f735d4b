"""The one Jinja environment: for pages, stored pages and mails, inside a request or outside.

The language is an argument, never a global: Flask-Babel outside an application context silently answers in English.
"""

import hashlib
from collections.abc import Callable
from datetime import date, datetime
from functools import cache, lru_cache, partial
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.dates import format_date, format_datetime, format_interval, get_timezone_location
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from babel.support import NullTranslations, Translations
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from webapp.core.errors import translated
from webapp.core.languages import Language
from webapp.core.static import StaticFiles

Gettext = Callable[[str], str]
PACKAGE = Path(__file__).resolve().parent.parent


@cache
def translations(language: Language) -> NullTranslations:
    """The interface's catalogue in a language, compiled in memory from the `.po` file. English is the source."""
    path = PACKAGE / "translations" / language.babel / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language.babel))
    compiled.seek(0)
    return Translations(compiled)


@lru_cache(maxsize=1024)  # Babel reads its patterns anew for each
def show_date(value: date, language: Language) -> str:
    """A day as readers of the language write it: "November 23, 2026", "2026年11月23日". English pages set the month
    first wherever a day stands, as Babel's English does: one form in all markets."""
    return format_date(value, "long", locale=language.babel)


def show_moment(value: datetime, language: Language) -> str:
    """A moment, in UTC, and saying so: "Nov 23, 2026, 14:05 UTC", "2026年11月23日 14:05 UTC"."""
    return format_datetime(value, "MMM d, y, HH:mm" if language.tag == "en" else "y年M月d日 HH:mm",
                           locale=language.babel) + " UTC"


def show_hour(value: datetime, language: Language) -> str:
    """A moment that is known to the hour alone: "Nov 23, 2026, 14:00 UTC"."""
    return show_moment(value.replace(minute=0), language)


def show_month(value: date, language: Language) -> str:
    """A month with its year: "October 2026", "2026年10月"."""
    return format_date(value, "MMMM y" if language.tag == "en" else "y年M月", locale=language.babel)


def show_quarter(name: str, language: Language) -> str:
    """A quarter of a year, from a name such as 2026-Q3: "Q3 2026", "2026年第三季度"."""
    year, _, number = name.partition("-Q")
    first = date(int(year), 3 * int(number) - 2, 1)
    return format_date(first, "QQQ y" if language.tag == "en" else "y年QQQQ", locale=language.babel)


def show_days(first: date, last: date, language: Language) -> str:
    """Days from one to another: "Nov 23 – 29, 2026", "2026年11月23日至29日"; both years where they differ."""
    return format_interval(first, last, "yMMMd", locale=language.babel)


def show_weekday(value: date, language: Language) -> str:
    """A day of the week where its year is clear: "Mon, Nov 23", "11月23日 周一"."""
    return format_date(value, "EEE, MMM d" if language.tag == "en" else "M月d日 EEE", locale=language.babel)


def show_zone(name: str, language: Language) -> str:
    """A time zone by its city, as lists of zones are read: "New York", "上海"; "UTC" has none."""
    return get_timezone_location(name, locale=language.babel, return_city=True)


class Renderer:
    """Renders templates of all packages in a given language.

    `url(endpoint, **values)` is set by the application from its map, bound to the public base address.
    """

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url.rstrip("/")
        self.static = StaticFiles(PACKAGE / "static")
        self.url: Callable[..., str] = _no_url
        folders = [PACKAGE / "templates", *sorted(PACKAGE.glob("*/templates"))]
        self.environment = Environment(
            loader=ChoiceLoader([FileSystemLoader(folder) for folder in folders]), undefined=StrictUndefined,
            autoescape=select_autoescape(("html", "xml"), default_for_string=True), trim_blocks=True,
            lstrip_blocks=True, auto_reload=False)
        self._folders = folders

    def render(self, template: str, language: Language, **context: Any) -> str:
        """The template in the language. Besides the context it sees `_`, `ngettext`, `language`, `static`,
        `drawing`, `date`, `moment`, `hour`, `month_name`, `quarter`, `number`, `percent` and `url`."""
        words = translations(language)
        return self.environment.get_template(template).render(
            {"_": partial(_fill, words.gettext), "ngettext": partial(_fill_plural, words.ngettext),
             "language": language, "static": self.static.url, "drawing": self.drawing,
             "date": partial(show_date, language=language), "moment": partial(show_moment, language=language),
             "hour": partial(show_hour, language=language),
             "month_name": partial(show_month, language=language),
             "quarter": partial(show_quarter, language=language),
             "number": partial(format_decimal, locale=language.babel),
             "percent": partial(format_percent, locale=language.babel), "url": lambda *a, **v: self.url(*a, **v),
             **context})

    def drawing(self, name: str) -> Markup:
        """A line drawing of our own, to be written into the page; decorative, so hidden from screen readers."""
        return Markup(self.static.text(f"drawings/{name}.svg"))

    def frame_digest(self) -> str:
        """Changes when any template, catalogue or static file does: stored pages must then be made anew."""
        files = [path for folder in self._folders for path in folder.rglob("*") if path.is_file()]
        files += list((PACKAGE / "translations").rglob("*.po"))
        seen = hashlib.sha256(self.static.digest().encode())
        for path in sorted(files):
            seen.update(path.read_bytes())
        return seen.hexdigest()


def _fill(gettext: Callable[[str], str], message: str, **values: Any) -> str:
    """With a link among the values what comes is markup, of which only the link was."""
    text = translated(message, gettext)
    if not values:
        return text
    return (escape(text) if any(isinstance(value, Markup) for value in values.values()) else text) % values


def _fill_plural(ngettext: Callable[[str, str, int], str], one: str, many: str, num: int, **values: Any) -> str:
    return ngettext(one, many, num) % {"num": num, **values}


def _no_url(*_: Any, **__: Any) -> str:
    raise RuntimeError("The renderer has no address map yet: create the application first")
