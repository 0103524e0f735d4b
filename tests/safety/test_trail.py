"""What happened to a case stands on its page in words, in both languages; the audit's codes stay in the audit."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from webapp.core.languages import CHINESE, ENGLISH, Language
from webapp.safety.rules.triage import ACTIONS
from webapp.safety.service import trail

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
DETAILS = {
    "safety-received": "source:overheard product:exemplora",
    "safety-assessed": "elements:reporter,patient criteria:death,other-important expectedness:unknown reaction:nausea",
    "safety-product-set": "from:- to:exemplora desk:abcdefghijklmnop",
    "safety-downgrade-asked": "seriousness downgrade:abcdefghijklmnop to:-",
    "safety-downgrade-agreed": "duplicate downgrade:abcdefghijklmnop",
    "safety-downgrade-refused": "expectedness downgrade:abcdefghijklmnop",
    "safety-reopened": "from:not-an-event", "safety-answered": "from:triaged",
    "safety-follow-up-judged": "follow-up:12 to:significant", "safety-file-taken": "hand-over:abcdefgh file:cioms.pdf",
    "safety-asked": "", "safety-ledger-exported": ""}


def told(action: str, detail: str, language: Language) -> dict[str, Any]:
    line: Any = SimpleNamespace(reason="", entry=SimpleNamespace(action=action, detail=detail, at=NOW, account_id=None))
    name: Callable[[str], str] = {"exemplora": "Exemplora" if language is ENGLISH else "示例乐"}.__getitem__
    return trail.entry(line, {}, name, language)


def test_every_act_on_a_case_is_looked_at_here() -> None:
    assert set(DETAILS) == set(ACTIONS)


@pytest.mark.parametrize("action", DETAILS)
def test_no_code_of_the_audit_is_shown(action: str) -> None:
    codes = r"\w:\w|abcdefgh|downgrade|desk|other-important|not-an-event|unknown|overheard"
    for language, code in ((ENGLISH, codes), (CHINESE, r"[a-z]{2,}")):
        for label, value in told(action, DETAILS[action], language)["detail"]:
            assert value == "cioms.pdf" or not re.search(code, f"{label} {value}"), (label, value)


def test_an_assessment_is_told_in_words() -> None:
    shown = told("safety-assessed", DETAILS["safety-assessed"], ENGLISH)
    assert shown["detail"] == [
        ("Elements", "Reporter, Patient"), ("Seriousness", "The person died, Serious in another way"),
        ("Does the label name it?", "Not assessed: counts as unexpected"), ("Reaction", "Nausea")]
    assert told("safety-assessed", DETAILS["safety-assessed"], CHINESE)["detail"][0] == ("要素", "报告人、患者")


def test_what_a_medicine_was_before_and_is_after_is_told_and_the_key_of_a_desk_is_not() -> None:
    assert told("safety-product-set", DETAILS["safety-product-set"], ENGLISH)["detail"] == [
        ("Before", "–"), ("After", "Exemplora")]
