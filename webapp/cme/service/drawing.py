"""A certificate as a tagged PDF that holds both languages, the learner's own first."""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from webapp.cme.rules.activity import Format
from webapp.cme.rules.certificates import FORMATS, KINDS, NO_CREDIT, NO_CREDIT_SAMPLE, Credit, Facts, Kind, spoken
from webapp.core import pdf, qr
from webapp.core.errors import N_
from webapp.core.languages import LANGUAGES, Language, by_tag
from webapp.core.render import show_date, translations

_HAN = re.compile("[\u3400-\u9fff]")
_MARKED = re.compile(r"\*([^*]+)\*")


def certificate_pdf(kind: Kind, name: str, facts: Facts, *, code: str, url: str, now: datetime) -> bytes:
    """The file. It is made once: what is stored is never made anew."""
    own = by_tag(facts["language"])
    order = [own, *(language for language in LANGUAGES if language is not own)]
    return pdf.render("cme/certificate.typ", own, now, {
        "title": " · ".join(translations(language).gettext(KINDS[kind]) for language in order),
        "headings": _in_each(order, KINDS[kind]), "certifies": _in_each(order, N_("This certifies that")),
        "name": name, "name_language": "zh" if _HAN.search(name) else "en", "is_long": len(name) > 30,
        "provider": facts["provider"], "blocks": [_block(facts, language) for language in order],
        "sample": _in_each(order, N_("Sample: an exercise, and no proof of education.")) if facts["is_sample"] else [],
        "qr": qr.drawn(url), "qr_words": translations(own).gettext(N_("QR code of the address beside it")),
        "code": code, "url": url,
        "check": _in_each(order, N_("Whether this certificate holds today is shown at this address."))},
        standards=pdf.ARCHIVED)


def _in_each(order: list[Language], words: str) -> list[tuple[str, str]]:
    return [(_primary(language.tag), translations(language).gettext(words)) for language in order]


def _primary(tag: str) -> str:
    return tag.partition("-")[0]


def _block(facts: Facts, language: Language) -> dict[str, Any]:
    """What is said of the activity in one language, with the statements that are worded in it."""
    words = translations(language).gettext
    tag, title = spoken(facts["titles"], language.tag)
    return {"language": _primary(language.tag), "lead": words(N_("has completed the educational activity")),
            "title": title, "title_language": _primary(tag), "facts": _rows(facts, language, words),
            "statements": [_pieces(one["text"]) for credit in facts["credits"] for one in credit["statements"]
                           if one["language"] == language.tag]}


def _rows(facts: Facts, language: Language, words: Callable[[str], str]) -> list[tuple[str, str]]:
    credits = [(spoken(one["names"], language.tag)[1], claimed(one, facts["is_sample"], language))
               for one in facts["credits"]]
    day = show_date(date.fromisoformat(facts["completed_on"]), language)
    return [*(credits or [(words(N_("Credit")), words(N_("None was claimed")))]),
            (words(N_("Completed on")), f"{day} (UTC)"),
            (words(N_("Format")), words(FORMATS[Format(facts["format"])])),
            (words(N_("Version")), words(N_("%(number)s, in %(language)s"))
             % {"number": facts["version"], "language": by_tag(facts["language"]).name})]


def claimed(one: Credit, is_sample: bool, language: Language) -> str:
    """An amount with its unit, or why it is none."""
    if not one["counts"]:
        return translations(language).gettext(NO_CREDIT_SAMPLE if is_sample else NO_CREDIT)
    return f"{one['amount']} {spoken(one['units'], language.tag)[1]}"


def _pieces(text: str) -> list[tuple[str, bool]]:
    """The text in pieces, each with whether it is set apart."""
    return [(piece, bool(number % 2)) for number, piece in enumerate(_MARKED.split(text)) if piece]
