"""What happened to a case, as the audit has it, in words: its entries hold codes."""

from collections.abc import Callable, Mapping
from typing import Any

from webapp.core.audit import Line
from webapp.core.errors import N_
from webapp.core.languages import Language
from webapp.core.render import translations
from webapp.people.queries import Account
from webapp.safety.rules import STATES
from webapp.safety.rules.reports import CRITERIA
from webapp.safety.rules.terms import terms
from webapp.safety.rules.triage import ACTIONS, DOWNGRADES, ELEMENTS, EXPECTEDNESS, SOURCES

LABELS: Mapping[str, str] = {
    "source": N_("How it was heard"), "product": N_("Medicine"), "elements": N_("Elements"),
    "criteria": N_("Seriousness"), "expectedness": N_("Does the label name it?"), "reaction": N_("Reaction"),
    "from": N_("Before"), "to": N_("After"), "file": N_("File")}
"""What the parts of an entry's detail are called. All others, such as the key of a row, say nothing to a reader."""
SIGNIFICANT = N_("Significant")
NONE = "–"
_CODES: Mapping[str, str] = {
    str(code): words for named in (SOURCES, ELEMENTS, CRITERIA, EXPECTEDNESS, STATES)
    for code, words in named.items()} | {"significant": SIGNIFICANT}
"""Of whatever kind: no two kinds have one in common that means different things."""
_KINDS = {str(kind): words for kind, words in DOWNGRADES.items()}


def entry(line: Line, names: Mapping[int, Account], name: Callable[[str], str], language: Language) -> dict[str, Any]:
    """One line of it. `names`: accounts by number; `name`: what a medicine is called."""
    officer, words = names.get(line.entry.account_id or 0), translations(language).gettext
    action = line.entry.action
    return {"at": line.entry.at, "action": words(ACTIONS[action]) if action in ACTIONS else action,
            "by": officer.name if officer else "", "reason": line.reason,
            "detail": [said for part in line.entry.detail.split() if (said := _said(part, action, name, language))]}


def _said(part: str, action: str, name: Callable[[str], str], language: Language) -> tuple[str, str] | None:
    """A label, which is empty where there is none to give, and a value; None of what tells a reader nothing."""
    words, (key, is_valued, value) = translations(language).gettext, part.partition(":")
    if not is_valued:
        return ("", words(_KINDS[key])) if key in _KINDS else None
    if key not in LABELS:
        return None
    if key == "product" or action == "safety-product-set":
        return words(LABELS[key]), NONE if value == "-" else name(value)
    if key == "reaction":
        return words(LABELS[key]), _reaction(value, language)
    comma = ", " if language.tag == "en" else "、"
    return words(LABELS[key]), comma.join(_value(one, words) for one in value.split(","))


def _value(code: str, words: Callable[[str], str]) -> str:
    return words(_CODES[code]) if code in _CODES else NONE if code in ("-", "") else code


def _reaction(code: str, language: Language) -> str:
    term = terms().get(code)
    return term.names["en" if language.tag == "en" else "zh-Hans"] if term else NONE if code == "-" else code
