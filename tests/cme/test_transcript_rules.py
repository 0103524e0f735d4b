"""What a transcript lists, adds up and takes in. Pure."""

from datetime import date
from decimal import Decimal

import pytest

from webapp.cme.rules.certificates import Kind, Standing
from webapp.cme.rules.transcript import (
    NAMELESS,
    NO_AMOUNT,
    NO_DAY,
    NO_SYSTEM,
    Amount,
    Asked,
    Line,
    asked_of,
    external_of,
    shown,
    totals,
)
from webapp.core.errors import Invalid

TODAY = date(2026, 11, 26)
FORM = {"title": "A  course", "provider": "A school", "system": "cn-credits", "amount": "2,5", "on": "2026-11-26"}


def line(on: str = "2026-05-05", amount: str = "1", system: str = "cn-credits", *, counts: bool = True,
         standing: Standing = Standing.VALID, is_self_study: bool = False) -> Line:
    return Line(date.fromisoformat(on), "A course", "en", "A school", (Amount(system, Decimal(amount), counts),),
                code="code", kind=Kind.CREDIT, standing=standing, is_self_study=is_self_study)


def test_the_days_asked_for_are_both_included() -> None:
    lines = [line("2026-01-01"), line("2026-01-02"), line("2026-01-03")]
    asked = Asked(date(2026, 1, 2), date(2026, 1, 3))
    assert shown(lines, asked) == lines[1:]


def test_a_system_shows_the_lines_that_have_an_amount_of_it() -> None:
    lines = [line(system="hours"), line()]
    assert shown(lines, Asked(system="hours")) == lines[:1]


@pytest.mark.parametrize("args", [{"from": "soon", "to": "2026-13-01", "system": "none"}, {}])
def test_what_an_address_says_wrongly_counts_as_not_said(args: dict[str, str]) -> None:
    assert asked_of(args) == Asked()


def test_totals_are_of_the_year_and_of_what_is_shown() -> None:
    lines = [line("2026-02-01", "3"), line("2026-03-01", "4"), line("2025-12-31", "9")]
    total, = totals(lines, lines[:1], 2026)
    assert (total.shown, total.progress.within, total.progress.missing) == (3, 7, 18)


def test_what_is_no_credit_or_was_revoked_is_not_added_up() -> None:
    lines = [line(counts=False), line(standing=Standing.REVOKED), line(amount="2")]
    total, = totals(lines, lines, 2026)
    assert (total.shown, total.progress.within) == (2, 2)


def test_of_self_study_no_more_counts_than_the_system_allows() -> None:
    lines = [line(amount="12", is_self_study=True), line(amount="1")]
    total, = totals(lines, lines, 2026)
    assert (total.progress.total, total.progress.within) == (13, 11)


def test_a_system_without_an_entry_is_not_told_of() -> None:
    assert totals([line(system="hours")], [], 2026)[0].system == "hours" and len(totals([line()], [], 2026)) == 1


def test_an_external_credit_is_read_from_its_form() -> None:
    told = external_of({**FORM, "is_self_study": "yes"}, TODAY)
    assert (told.title, told.amount, told.on, told.is_self_study) == ("A course", Decimal("2.5"), TODAY, True)


@pytest.mark.parametrize(("changed", "why"), [
    ({"title": " "}, NAMELESS), ({"provider": "a" * 201}, NAMELESS), ({"title": "a\x07"}, NAMELESS),
    ({"system": "none"}, NO_SYSTEM), ({"on": "2026-11-27"}, NO_DAY), ({"on": "1900-01-01"}, NO_DAY),
    ({"on": ""}, NO_DAY), *(({"amount": amount}, NO_AMOUNT) for amount in (
        "0", "-1", "1000.01", "1.005", "NaN", "Infinity", "many", "", "1e9"))])
def test_what_an_external_credit_cannot_be_is_refused_with_the_remedy(changed: dict[str, str], why: str) -> None:
    with pytest.raises(Invalid) as refused:
        external_of({**FORM, **changed}, TODAY)
    assert str(refused.value) == why
