"""The policy table, cell by cell, against field rules section 1, written down here a second time and by hand."""

import hashlib
import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.tables import row, table_with, text
from webapp.articles.rules import frontmatter
from webapp.core.languages import MARKETS as CORE_MARKETS
from webapp.policy import rules as policy
from webapp.policy.rules import (
    Audience,
    Opening,
    Ruling,
    Verdict,
    decide,
    mandatory_texts,
    mandatory_texts_of_mail,
    reason,
)

ON = date(2026, 3, 2)
BEFORE_ALL = date(2001, 12, 17)
OUR_CHOICE = date(2025, 1, 1)
"""From this day on the rows that no law dictates count."""
MARKETS = ("us", "gb", "eu", "cn")
PUBLIC, HCP = Audience.PUBLIC, Audience.HCP
AUDIENCES = ("public", "hcp")
CLASSES = ("disease-education", "safety-notice", "drug-education", "promotional", "cme")
FUNDINGS = ("independent", "grant-supported", "sponsored")
STRANGE = ("", "*", "fr", "US", "us ", "unknown")
"""Stand for every market that nobody has thought of."""

Expected = tuple[str, tuple[str, ...], str | None]
"""(verdict, mandatory texts, what opens a gate)"""
Cell = tuple[str, str, str, str]
ALLOW: Expected = ("allow", (), None)
DENY: Expected = ("deny", (), None)
STATED: Expected = ("allow", ("funding-statement",), None)
GRANTED: Expected = ("allow", ("grant-statement",), None)
SIGN_IN: Expected = ("gate", (), "sign-in")
SUPPORTED: Expected = ("gate", ("support-statement",), "sign-in")
PROMOTED: Expected = ("allow", ("funding-statement", "important-safety-information"), None)
PROFESSIONALS: Expected = ("gate", ("funding-statement", "important-safety-information"), "verification")

EVERYWHERE: dict[tuple[str, str], Expected] = {
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
    ("cme", "independent"): SIGN_IN,
    ("cme", "grant-supported"): SUPPORTED,
    ("cme", "sponsored"): DENY,
}
"""Market and audience change nothing here; an unknown market has the same."""
PROMOTION: dict[tuple[str, str], Expected] = {
    ("us", "public"): PROMOTED, ("us", "hcp"): PROMOTED,
    ("gb", "public"): PROFESSIONALS, ("gb", "hcp"): PROMOTED,
    ("eu", "public"): PROFESSIONALS, ("eu", "hcp"): PROMOTED,
    ("cn", "public"): DENY, ("cn", "hcp"): DENY,
    ("unknown", "public"): DENY, ("unknown", "hcp"): DENY,
}
"""What is promotional: sponsored pages of class promotional, and of class drug-education, which counts as it."""

TABLE: dict[Cell, Expected] = {
    (market, kind, audience, funding): expected
    for market, audience in itertools.product((*MARKETS, "unknown"), AUDIENCES)
    for (kind, funding), expected in EVERYWHERE.items()
} | {
    (market, kind, audience, "sponsored"): expected
    for kind in ("promotional", "drug-education") for (market, audience), expected in PROMOTION.items()
}


def found(cell: Cell, on: date = ON) -> Expected:
    ruling = decide(*cell, on)
    return str(ruling.verdict), ruling.mandatory, ruling.opens and str(ruling.opens)


# Every cell


def test_the_table_by_hand_has_every_cell() -> None:
    assert set(TABLE) == set(itertools.product((*MARKETS, "unknown"), CLASSES, AUDIENCES, FUNDINGS))


def test_the_words_of_the_table_are_those_that_the_program_uses() -> None:
    assert MARKETS == CORE_MARKETS == policy.TABLE.markets
    assert set(CLASSES) == set(policy.ContentClass) == {str(kind) for kind in frontmatter.ContentClass}
    assert set(FUNDINGS) == set(policy.FundingKind) == {str(kind) for kind in frontmatter.FundingKind}
    assert set(AUDIENCES) == set(Audience)


@pytest.mark.parametrize(("cell", "expected"), TABLE.items(), ids=lambda value: "-".join(map(str, value)))
def test_a_cell_is_ruled_as_the_field_rules_say(cell: Cell, expected: Expected) -> None:
    assert found(cell) == expected


@pytest.mark.parametrize("market", STRANGE)
@pytest.mark.parametrize("cell", [cell for cell in TABLE if cell[0] == "unknown"], ids="-".join)
def test_an_unknown_market_has_the_strictest_cell(cell: Cell, market: str) -> None:
    order = ["deny", "gate", "allow"]
    everywhere = [TABLE[(place, *cell[1:])] for place in MARKETS]
    assert found((market, *cell[1:])) == TABLE[cell]
    assert TABLE[cell][0] == min((verdict for verdict, _, _ in everywhere), key=order.index)


@pytest.mark.parametrize("place", [1, 2, 3])
@pytest.mark.parametrize("word", ["", "*", "unknown", "Promotional", "sponsored ", "promotional\0", "ｃｍｅ"])
def test_an_unknown_class_audience_or_funding_is_denied_everywhere(place: int, word: str) -> None:
    for cell in TABLE:
        assert decide(*cell[:place], word, *cell[place + 1:], ON) == Ruling(Verdict.DENY)  # type: ignore[misc]


words = st.text(max_size=20) | st.sampled_from(["us", "cn", "promotional", "cme", "sponsored", "independent", "US"])


@given(words, words, words, words)
def test_whatever_is_asked_the_answer_is_that_of_the_table_by_hand(
        market: str, kind: str, audience: str, funding: str) -> None:
    cell = (market if market in MARKETS else "unknown", kind, audience, funding)
    assert found((market, kind, audience, funding)) == TABLE.get(cell, DENY)


@given(words, words, words)
def test_nobody_but_a_verified_professional_sees_more_than_the_public(market: str, kind: str, funding: str) -> None:
    strictness = [Verdict.DENY, Verdict.GATE, Verdict.ALLOW]
    public, verified = (strictness.index(decide(market, kind, audience, funding, ON).verdict)
                        for audience in (PUBLIC, HCP))
    assert public <= verified


def test_prescription_promotion_is_refused_in_china_to_everybody() -> None:
    assert {found(("cn", kind, audience, "sponsored"))[0] for kind in ("promotional", "drug-education")
            for audience in AUDIENCES} == {"deny"}


# Days


@pytest.mark.parametrize("cell", TABLE, ids="-".join)
def test_before_the_first_row_all_is_denied(cell: Cell) -> None:
    assert found(cell, BEFORE_ALL) == DENY
    assert found(cell, date.min) == DENY


@pytest.mark.parametrize("cell", TABLE, ids="-".join)
def test_from_the_day_of_the_last_row_all_is_as_written(cell: Cell) -> None:
    assert found(cell, OUR_CHOICE) == found(cell, date.max) == TABLE[cell]


@pytest.mark.parametrize(("cell", "day"), [
    (("eu", "promotional", "public", "sponsored"), date(2001, 12, 18)),
    (("eu", "drug-education", "public", "sponsored"), date(2001, 12, 18)),
    (("us", "promotional", "public", "sponsored"), OUR_CHOICE),
    (("gb", "promotional", "hcp", "sponsored"), OUR_CHOICE),
    (("cn", "disease-education", "public", "independent"), OUR_CHOICE),
    (("us", "cme", "hcp", "grant-supported"), OUR_CHOICE)])
def test_a_row_counts_from_its_day_on(cell: Cell, day: date) -> None:
    assert (found(cell, day - timedelta(days=1)), found(cell, day)) == (DENY, TABLE[cell])


def test_a_market_is_unknown_before_its_first_row() -> None:
    cell = ("gb", "promotional", "public", "sponsored")
    eve = date(2012, 8, 13)
    assert found(cell, eve) == found(("fr", *cell[1:]), eve) == PROFESSIONALS, "the EU's, then the only ones"


def test_the_chinese_ban_bears_the_day_of_its_law() -> None:
    ruling = decide("cn", "promotional", HCP, "sponsored", ON)
    assert ruling.row is not None and ruling.row.effective == date(2023, 5, 1)


def test_a_row_of_tomorrow_changes_the_decision_tomorrow() -> None:
    tomorrow = ON + timedelta(days=1)
    changed = table_with(row(tomorrow))
    cell = ("us", "promotional", "public", "sponsored")
    assert [changed.decide(*cell, day).verdict for day in (ON, tomorrow, date.max)] == ["allow", "deny", "deny"]
    assert changed.decide("gb", *cell[1:], tomorrow).verdict is Verdict.GATE, "and no other market's"


def test_the_digest_of_a_day_changes_on_the_day_that_something_does() -> None:
    tomorrow = ON + timedelta(days=1)
    for changed in (table_with(row(tomorrow)), table_with(text(tomorrow, "Other words of {company}."))):
        assert changed.digest_on(ON) == policy.TABLE.digest_on(ON) != changed.digest_on(tomorrow)
        assert changed.digest() != policy.TABLE.digest()


def test_the_digest_of_a_day_stays_while_the_answers_do() -> None:
    until, since = date(2026, 11, 26), date(2026, 11, 27)
    assert policy.table_digest(ON) == policy.table_digest(until)
    assert policy.table_digest(since) == policy.table_digest(date(2030, 1, 1)), "since one sentence was worded anew"
    assert policy.table_digest(until) != policy.table_digest(since)
    same = table_with(row(ON, verdict="allow", why="", texts=("funding-statement", "important-safety-information")))
    assert same.digest_on(ON) == policy.TABLE.digest_on(ON)


def test_a_market_that_is_new_next_year_is_unknown_until_then() -> None:
    """Were it known at once, its empty cells would deny to every unknown market what all others allow."""
    others = [kept for kept in policy.TABLE.rows if "cn" not in kept.markets]
    rest = [kept.model_copy(update={"markets": tuple(set(kept.markets) - {"cn"})})
            for kept in policy.TABLE.rows if set(kept.markets) - {"cn"} and "cn" in kept.markets]
    next_year = date(2027, 1, 1)
    table = policy.Table([*others, *rest, row(next_year, markets=("cn",))], policy.TABLE.texts)
    disease = ("disease-education", "public", "independent")
    assert [table.decide(place, *disease, ON).verdict for place in ("cn", "fr")] == ["allow", "allow"]
    assert [table.decide(place, *disease, next_year).verdict for place in ("cn", "fr")] == ["deny", "deny"]


# Readers


@pytest.mark.parametrize(("reader", "at", "is_let_in"), [
    (policy.STRANGER, "us", True), (policy.STRANGER, "gb", False), (policy.STRANGER, "cn", False),
    (policy.Reader("us", PUBLIC, True), "us", True), (policy.Reader("us", HCP, True), "gb", True),
    (policy.Reader("us", PUBLIC, True), "gb", False), (policy.Reader("gb", PUBLIC, True), "us", False),
    (policy.Reader("gb", HCP, True), "us", True), (policy.Reader("cn", HCP, True), "us", False),
    (policy.Reader("cn", HCP, True), "gb", False), (policy.Reader("fr", HCP, True), "us", False),
    (policy.Reader("eu", HCP, True), "gb", True)])
def test_promotion_is_read_where_both_the_address_and_the_account_allow_it(
        reader: policy.Reader, at: str, is_let_in: bool) -> None:
    ruling = policy.decide_for(reader, at, "promotional", "sponsored", ON)
    assert reader.passes(ruling) is is_let_in


@pytest.mark.parametrize(("reader", "is_let_in"), [
    (policy.STRANGER, False), (policy.Reader("us", PUBLIC, True), True), (policy.Reader("fr", PUBLIC, True), True)])
def test_accredited_pages_open_to_whoever_signs_in(reader: policy.Reader, is_let_in: bool) -> None:
    ruling = policy.decide_for(reader, "us", "cme", "independent", ON)
    assert (reader.passes(ruling), ruling.opens) == (is_let_in, Opening.SIGN_IN)


@pytest.mark.parametrize(("kind", "funding", "is_everybodys"), [
    ("disease-education", "sponsored", True), ("drug-education", "grant-supported", True),
    ("safety-notice", "independent", True), ("drug-education", "sponsored", False),
    ("promotional", "sponsored", False), ("cme", "independent", False), ("nothing", "independent", False)])
def test_what_some_reader_may_not_see_is_known_beforehand(kind: str, funding: str, is_everybodys: bool) -> None:
    assert policy.is_for_everybody(kind, funding, ON) is is_everybodys


def test_what_a_later_row_closes_is_not_everybodys_even_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy, "TABLE", table_with(row(
        date(2030, 1, 1), markets=("gb",), classes=("disease-education",), fundings=("independent",))))
    assert not policy.is_for_everybody("disease-education", "independent", ON)
    assert policy.is_for_everybody("disease-education", "grant-supported", ON)


# Words


@pytest.mark.parametrize(("name", "english", "chinese"), [
    ("funding-statement", "Paid for by Acme.", "本页由Acme出资。"),
    ("grant-statement", "Supported by a grant from Acme.", "本页由Acme资助。"),
    ("support-statement", "Supported by an independent educational grant from Acme.",
     "本活动由Acme的独立教育资助支持。"),
    ("important-safety-information", "Read the Important Safety Information below.",
     "请阅读下文的重要安全性信息和处方信息。")])
def test_a_mandatory_text_reads_as_it_was_signed(name: str, english: str, chinese: str) -> None:
    """Golden: other words make other digests, and take every page that carries them down until it is signed anew."""
    ruling = Ruling(Verdict.ALLOW, (name,))
    assert mandatory_texts(ruling, "en", "Acme", ON) == (english,)
    assert mandatory_texts(ruling, "zh-Hans", "Acme", ON) == (chinese,)


def test_safety_information_is_asked_for_in_the_same_words_in_both_languages_since_they_were_mended() -> None:
    ruling, since = Ruling(Verdict.ALLOW, ("important-safety-information",)), date(2026, 11, 27)
    assert mandatory_texts(ruling, "zh-Hans", "Acme", since - timedelta(days=1)) == (
        "请阅读下文的重要安全性信息和处方信息。",), "what was signed until then stays as it was"
    assert mandatory_texts(ruling, "zh-Hans", "Acme", since) == ("请阅读下文的重要安全性信息。",)
    assert mandatory_texts(ruling, "en", "Acme", since) == ("Read the Important Safety Information below.",)


@pytest.mark.parametrize(("name", "english", "chinese"), [
    ("funding-statement", "Paid for by Acme.", "本邮件由Acme出资。"),
    ("important-safety-information", "Read the Important Safety Information on the page linked below.",
     "请阅读下方链接所指页面中的重要安全性信息。")])
@pytest.mark.parametrize("on", [ON, date(2026, 11, 27)])
def test_a_mail_says_so_in_words_of_a_mail(name: str, english: str, chinese: str, on: date) -> None:
    ruling = Ruling(Verdict.ALLOW, (name,))
    assert mandatory_texts_of_mail(ruling, "en", "Acme", on) == (english,)
    assert mandatory_texts_of_mail(ruling, "zh-Hans", "Acme", on) == (chinese,)


def test_the_table_that_pages_are_signed_under_is_this() -> None:
    """Golden: change it together with the table, knowing that all content is then read again."""
    told = "".join(f"{cell} {found(cell)} {mandatory_texts(decide(*cell, ON), language, 'Acme', ON)}\n"
                   for cell in TABLE if cell[0] != "unknown" for language in ("en", "zh-Hans"))
    assert hashlib.sha256(told.encode()).hexdigest()[:16] == "2c3794cbc19c08e3"


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
@pytest.mark.parametrize("cell", TABLE, ids="-".join)
def test_every_text_is_there_in_every_language_on_every_day(cell: Cell, language: str) -> None:
    for on in (date(2001, 12, 18), date(2012, 8, 14), date(2023, 5, 1), OUR_CHOICE, ON, date.max):
        ruling = decide(*cell, on)
        texts = mandatory_texts(ruling, language, "Acme", on)
        assert len(texts) == len(ruling.mandatory) and all(texts)
        assert all("{" not in text for text in (*texts, reason(ruling, language, on)))


def test_other_words_count_from_their_day_on(monkeypatch: pytest.MonkeyPatch) -> None:
    tomorrow = ON + timedelta(days=1)
    monkeypatch.setattr(policy, "TABLE", table_with(text(tomorrow, "{company} paid.")))
    ruling = decide("us", "disease-education", PUBLIC, "sponsored", ON)
    assert mandatory_texts(ruling, "en", "Acme", ON) == ("Paid for by Acme.",)
    assert mandatory_texts(ruling, "en", "Acme", tomorrow) == ("Acme paid.",)
    assert mandatory_texts(ruling, "zh-Hans", "Acme", tomorrow) == ("本页由Acme出资。",)


@pytest.mark.parametrize(("cell", "said"), [
    (("gb", "promotional", "public", "sponsored"), "health professionals only"),
    (("cn", "promotional", "hcp", "sponsored"), "not even to health professionals"),
    (("us", "cme", "public", "independent"), "signed in"),
    (("us", "promotional", "public", "independent"), "not shown in your country")])
def test_who_is_kept_out_is_told_why(cell: Cell, said: str) -> None:
    assert said in reason(decide(*cell, ON), "en", ON)
