"""The policy table, cell by cell, against field rules section 1, written down here a second time and by hand."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.policy.rules import Audience, Ruling, Verdict, mandatory_texts, rule

MARKETS = ("us", "gb", "eu", "cn")
PUBLIC, HCP = Audience.PUBLIC, Audience.HCP
ALLOW, GATE, DENY = (Verdict.ALLOW, ()), (Verdict.GATE, ()), (Verdict.DENY, ())
STATED = (Verdict.ALLOW, ("funding-statement",))
GRANTED = (Verdict.ALLOW, ("grant-statement",))
SUPPORTED = (Verdict.GATE, ("support-statement",))
PROMOTED = (Verdict.ALLOW, ("funding-statement", "important-safety-information"))
PROMOTED_GATE = (Verdict.GATE, ("funding-statement", "important-safety-information"))

Cell = tuple[str, str, Audience, str]
EVERYWHERE: dict[tuple[str, str], tuple[Verdict, tuple[str, ...]]] = {
    ("disease-education", "independent"): ALLOW,
    ("disease-education", "grant-supported"): GRANTED,
    ("disease-education", "sponsored"): STATED,
    ("safety-notice", "independent"): ALLOW,
    ("safety-notice", "grant-supported"): GRANTED,
    ("safety-notice", "sponsored"): STATED,
    ("drug-education", "independent"): ALLOW,
    ("drug-education", "grant-supported"): GRANTED,
    ("promotional", "independent"): DENY,
    ("promotional", "grant-supported"): DENY,
    ("cme", "independent"): GATE,
    ("cme", "grant-supported"): SUPPORTED,
    ("cme", "sponsored"): DENY,
}
BY_MARKET: dict[tuple[str, Audience], tuple[Verdict, tuple[str, ...]]] = {
    ("us", PUBLIC): PROMOTED, ("us", HCP): PROMOTED,
    ("gb", PUBLIC): PROMOTED_GATE, ("gb", HCP): PROMOTED,
    ("eu", PUBLIC): PROMOTED_GATE, ("eu", HCP): PROMOTED,
    ("cn", PUBLIC): DENY, ("cn", HCP): DENY,
}
"""What is promotional: sponsored pages of class promotional, and of class drug-education, which counts as it."""

TABLE: dict[Cell, tuple[Verdict, tuple[str, ...]]] = {
    (market, kind, audience, funding): expected
    for market, audience in itertools.product(MARKETS, Audience)
    for (kind, funding), expected in EVERYWHERE.items()
} | {
    (market, kind, audience, "sponsored"): expected
    for kind in ("promotional", "drug-education") for (market, audience), expected in BY_MARKET.items()
}


def test_the_table_has_every_cell() -> None:
    assert len(TABLE) == 4 * 5 * 2 * 3


@pytest.mark.parametrize(("cell", "expected"), TABLE.items(), ids=lambda value: "-".join(map(str, value)))
def test_a_cell_is_ruled_as_the_field_rules_say(cell: Cell, expected: tuple[Verdict, tuple[str, ...]]) -> None:
    verdict, mandatory = expected
    ruling = rule(*cell)
    assert ruling.verdict is verdict
    if verdict is Verdict.ALLOW or cell[1] == "cme":
        assert set(ruling.mandatory) == set(mandatory)


def test_prescription_promotion_is_refused_in_china_to_everybody() -> None:
    assert {rule("cn", kind, audience, "sponsored").verdict for kind in ("promotional", "drug-education")
            for audience in Audience} == {Verdict.DENY}


words = st.text(max_size=20) | st.sampled_from(
    ["us", "cn", "promotional", "cme", "sponsored", "independent", "US", "us "])


@given(words, words, st.sampled_from(list(Audience)), words)
def test_whatever_the_table_does_not_name_is_denied(market: str, kind: str, audience: Audience, funding: str) -> None:
    if (market, kind, audience, funding) not in TABLE:
        assert rule(market, kind, audience, funding) == Ruling(Verdict.DENY)


@given(st.sampled_from(sorted(TABLE)), st.sampled_from([0, 1, 3]), words)
def test_one_wrong_word_in_a_cell_is_enough_to_be_denied(cell: Cell, place: int, word: str) -> None:
    changed = (*cell[:place], word, *cell[place + 1:])
    if changed not in TABLE:
        assert rule(*changed).verdict is Verdict.DENY  # type: ignore[arg-type]


@given(st.sampled_from(["us", "gb", "eu", "cn"]), words, words)
def test_nobody_but_a_verified_professional_sees_more_than_the_public(market: str, kind: str, funding: str) -> None:
    strictness = [Verdict.DENY, Verdict.GATE, Verdict.ALLOW]
    public, verified = (strictness.index(rule(market, kind, audience, funding).verdict) for audience in (PUBLIC, HCP))
    assert public <= verified


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
@pytest.mark.parametrize("cell", sorted(TABLE), ids="-".join)
def test_every_mandatory_text_is_there_in_every_language(cell: Cell, language: str) -> None:
    ruling = rule(*cell)
    texts = mandatory_texts(ruling, language, "Acme")
    assert len(texts) == len(ruling.mandatory) and all(texts)
    assert all("{" not in text for text in texts)


def test_a_statement_names_who_paid() -> None:
    ruling = rule("us", "disease-education", PUBLIC, "sponsored")
    assert all("Acme" in mandatory_texts(ruling, language, "Acme")[0] for language in ("en", "zh-Hans"))
