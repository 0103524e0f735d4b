"""The ledger of an activity's money: what is taken down, what it sums up to, and who sees it."""

from datetime import date
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup
from werkzeug.test import Client

from tests import builders
from tests.builders import BASE_URL
from tests.cme import activities
from webapp.cme.rules import money as rules
from webapp.cme.rules.money import Balance
from webapp.cme.service import activity_file
from webapp.core import clock
from webapp.core.errors import Invalid
from webapp.core.languages import ENGLISH
from webapp.core.platform import Platform
from webapp.people.models import Account

HERE = {"base_url": BASE_URL, "headers": {"Origin": BASE_URL}}
PLACE = f"/cme/provider/{activities.SLUG}/money"
TODAY = date(2026, 3, 1)
GRANT = {"kind": "support", "amount": "1250.5", "currency": "usd", "on": "2026-02-03", "agreed_on": "2026-01-10"}
PARTY = "Giver Ltd (fictional)"
FEE = {"kind": "honorarium", "amount": "300", "currency": "USD", "on": "2026-02-04"}


def test_an_entry_is_taken_as_typed() -> None:
    entry = rules.entry_of(GRANT, PARTY, TODAY)
    assert (entry.amount, entry.currency, entry.is_income) == (Decimal("1250.50"), "USD", True)
    assert not rules.entry_of(FEE, "Kim Example", TODAY).is_income


@pytest.mark.parametrize("changed", [
    {"kind": "bribe"}, {"amount": "0"}, {"amount": "1.005"}, {"amount": "NaN"}, {"amount": "1e30"}, {"amount": ""},
    {"currency": "dollars"}, {"on": "2026-03-02"}, {"on": "never"}, {"agreed_on": ""}, {"agreed_on": "2026-02-04"},
    {"agreed_on": "soon"}])
def test_an_entry_that_is_not_whole_is_refused(changed: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        rules.entry_of({**GRANT, **changed}, PARTY, TODAY)


@pytest.mark.parametrize("party", ["", " ", "x" * 201, "a\x00b"])
def test_a_payee_is_one_line(party: str) -> None:
    with pytest.raises(Invalid):
        rules.entry_of(GRANT, party, TODAY)


def test_sums_are_by_currency_and_a_wrong_entry_is_balanced() -> None:
    entries = [rules.entry_of(form, PARTY, TODAY) for form in (
        GRANT, FEE, {**FEE, "amount": "-100"}, {**FEE, "currency": "EUR"})]
    assert rules.balances(entries) == [Balance("EUR", Decimal(0), Decimal(300)),
                                       Balance("USD", Decimal("1250.50"), Decimal(200))]


def test_the_provider_writes_a_payment_that_shows_on_the_page_and_in_the_file(
        client: Client, casey: Account, platform: Platform) -> None:
    builders.sign_in(client, casey.email)
    assert client.post(PLACE, data={**GRANT, "party": PARTY}, **HERE).status_code == 303
    page = BeautifulSoup(client.get(PLACE, base_url=BASE_URL).text, "html.parser")
    assert PARTY in page.get_text() and "1,250.50 USD" in page.get_text()
    with platform.database.reading() as session:
        made = activity_file.of_activity(session, activities.SLUG, ENGLISH, activities.PROVIDER, clock.now())
    assert made["money.csv"].decode().splitlines()[1] == f"in,support,{PARTY},1250.50,USD,2026-02-03,2026-01-10"


def test_what_is_refused_stays_in_the_form_and_is_not_kept(client: Client, casey: Account) -> None:
    builders.sign_in(client, casey.email)
    answer = client.post(PLACE, data={**GRANT, "party": PARTY, "amount": "much"}, **HERE)
    page = BeautifulSoup(answer.text, "html.parser")
    assert answer.status_code == 422 and page.select_one('[role="alert"]') is not None
    assert page.select_one(f'input[name="party"][value="{PARTY}"]') is not None and page.select("tbody") == []
