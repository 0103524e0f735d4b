"""Telling of a side effect: where it is asked for, what a report becomes, and what the receipt shows."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
import yaml
from bs4 import BeautifulSoup
from sqlalchemy import func, select
from werkzeug.test import Client, TestResponse

from tests import builders, naughty
from tests.builders import BASE_URL, NOW, SECRET
from webapp.articles.rules.frontmatter import Kind
from webapp.core.db import Database
from webapp.core.platform import Platform
from webapp.core.tokens import KeyRing
from webapp.medicines.rules import naming
from webapp.safety import queries
from webapp.safety.models import SafetyCase, SafetyDesk, SafetyReceipt
from webapp.safety.rules.authority import linked
from webapp.safety.rules.reports import MOST_WORDS, Report
from webapp.safety.service.sealing import opened

CONTENT = Path(__file__).parents[2] / "content"
FORM = "/side-effect?language=en&market=us"
TOLD = {"what": "My lips swelled", "medicine": "Samplin 5 mg", "submission": "form-1"}


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def library(client: Client, platform: Platform, tmp_path: Path) -> Client:
    """A drug that a company takes cases on in the US alone."""
    builders.write_topic(tmp_path / "content", slug="samplin", kind=Kind.DRUG, content_class="drug-education",
                         markets=("us", "gb"))
    builders.published_folder(platform, tmp_path / "content")
    with platform.database.writing() as session:
        company = builders.company(session, "Northwind (fictional)")
        session.add(SafetyDesk(company_id=company.id or 0, product="samplin", market="us", channel="email",
                               address="safety@northwind.example", opened_at=NOW))
    return client


def page_of(client: Client, address: str) -> BeautifulSoup:
    answer = client.get(address, base_url=BASE_URL)
    assert answer.status_code == 200, answer.text
    return BeautifulSoup(answer.text, "html.parser")


def words_of(client: Client, address: str) -> str:
    main = page_of(client, address).main
    assert main is not None
    return " ".join(main.get_text(" ").split())


def send(client: Client, address: str = FORM, **changed: Any) -> TestResponse:
    return client.post(address, base_url=BASE_URL, data={**TOLD, **changed})


def kept(database: Database) -> Report:
    with database.reading() as session:
        case = session.scalars(select(SafetyCase).order_by(SafetyCase.id.desc())).first()  # type: ignore[union-attr]
        assert case is not None and case.id is not None
        return opened(KeyRing((SECRET,)), case, queries.reports(session, case.id)[0])


# Where it is asked for


def test_the_form_begins_with_whom_to_call_and_suggests_what_a_desk_takes(library: Client) -> None:
    page = page_of(library, FORM)
    assert page.main is not None and page.form is not None
    assert "Call 911" in page.main.get_text().partition("What happened?")[0]
    assert [option["value"] for option in page.select("datalist option")] == ["Samplin"]
    assert [field["name"] for field in page.select("[required]")] == ["what"]


@pytest.mark.parametrize(("market", "number"), [("us", "911"), ("gb", "999"), ("eu", "112"), ("cn", "120")])
def test_each_market_has_its_own_number_whether_or_not_there_is_a_form(
        library: Client, market: str, number: str) -> None:
    page = page_of(library, f"/side-effect?language=en&market={market}")
    assert [link["href"] for link in page.select("a.urgent-number")] == [f"tel:{number}"]
    assert bool(page.select("form")) is (market == "us")


def test_without_a_desk_in_the_market_no_form_is_shown_and_the_authority_is_named(library: Client) -> None:
    words = words_of(library, "/side-effect?language=en&market=gb")
    assert "No company takes reports from us here" in words
    assert page_of(library, "/side-effect?language=en&market=gb").select("a[href='https://yellowcard.mhra.gov.uk']")


def test_a_sentence_leads_to_the_sites_and_the_telephones_that_it_names() -> None:
    assert list(linked("Tell MedWatch, at www.fda.gov/medwatch or 1-800-FDA-1088 (1-800-332-1088).")) == [
        ("Tell MedWatch, at ", ""), ("www.fda.gov/medwatch", "https://www.fda.gov/medwatch"),
        (" or 1-800-FDA-1088 (", ""), ("1-800-332-1088", "tel:18003321088"), (").", "")]
    assert list(linked("网址为www.fda.gov/medwatch，电话为1-800-332-1088。"))[1::2] == [
        ("www.fda.gov/medwatch", "https://www.fda.gov/medwatch"), ("1-800-332-1088", "tel:18003321088")]
    assert list(linked("Tell your doctor, e.g. within 24 hours.")) == [("Tell your doctor, e.g. within 24 hours.", "")]
    assert list(linked("")) == []


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
@pytest.mark.parametrize(("market", "address"), [
    ("us", "https://www.fda.gov/medwatch"), ("gb", "https://yellowcard.mhra.gov.uk"),
    ("eu", "https://www.adrreports.eu/en/report_side_effect"), ("cn", "https://www.cdr-adr.org.cn")])
def test_the_authority_of_every_market_that_we_ship_has_an_address(market: str, address: str, language: str) -> None:
    facts = yaml.safe_load((CONTENT / "markets" / f"{market}.yaml").read_text(encoding="utf-8"))
    assert address in {url for _, url in linked(facts["report"][language])}


def test_china_leads_to_the_telephone_on_the_label_and_gives_no_number_of_its_own() -> None:
    words = yaml.safe_load((CONTENT / "markets" / "cn.yaml").read_text(encoding="utf-8"))["report"]
    assert "telephone number on the package leaflet" in words["en"] and "说明书或包装标签上的电话" in words["zh-Hans"]
    assert not any(url.startswith("tel:") for text in words.values() for _, url in linked(text))


def test_a_medicine_without_a_desk_there_has_no_form_and_one_with_it_has(library: Client) -> None:
    assert page_of(library, f"{FORM}&medicine=samplin").select("form #medicine")[0]["value"] == "Samplin"
    other = page_of(library, f"{FORM}&medicine=otherin")
    assert not other.select("form") and "fda.gov/medwatch" in other.get_text()
    assert other.select(f"a[href='{FORM}']"), "another medicine may be told of"
    assert "Samplin from us here" in words_of(library, "/side-effect?language=en&market=gb&medicine=samplin")


def test_a_desk_that_closed_takes_the_form_away(library: Client, database: Database) -> None:
    with database.writing() as session:
        session.scalars(select(SafetyDesk)).one().is_open = False
    assert not page_of(library, FORM).select("form")


def test_where_no_facts_came_in_the_page_says_so_without_a_number(client: Client) -> None:
    words = words_of(client, FORM)
    assert "Call your local emergency number" in words and "authority that watches over medicines" in words


@pytest.mark.parametrize(("address", "market"), [
    ("/side-effect?language=en&market=gb", "gb"), ("/side-effect?language=en", "us"),
    ("/side-effect?language=zh-Hans", "cn"), ("/side-effect?language=en&market=atlantis", "us")])
def test_the_market_is_the_address_s_else_the_language_s_home(library: Client, address: str, market: str) -> None:
    shown = {link["href"].partition("market=")[2] for link in page_of(library, address).select(".elsewhere a")}
    assert {"us", "gb", "eu", "cn"} - shown == {market}


def test_whoever_is_signed_in_stands_in_their_own_market(library: Client, database: Database) -> None:
    with database.writing() as session:
        person = builders.account(session, market="gb", language="zh-Hans")
    builders.sign_in(library, person.email)
    page = page_of(library, "/side-effect")
    assert page.select("a.urgent-number")[0]["href"] == "tel:999" and "报告不良反应" in page.get_text()


def test_a_drug_page_and_every_footer_lead_here_in_their_language_and_market(library: Client) -> None:
    page = page_of(library, "/en-gb/drugs/samplin")
    there = "/side-effect?language=en&market=gb"
    assert page.select(f".actions a[href='{there}&medicine=samplin']") and page.select(f"footer a[href='{there}']")
    assert page_of(library, "/privacy?language=zh-Hans").select("footer a[href='/side-effect?language=zh-Hans']")


def test_the_page_is_nobody_else_s_and_leaves_no_cookie(library: Client) -> None:
    answer = library.get(FORM, base_url=BASE_URL)
    assert (answer.headers["Cache-Control"], answer.headers.get("Set-Cookie")) == ("private, no-store", None)


# What a report becomes


@pytest.mark.postgresql
def test_a_report_becomes_a_case_and_its_receipt_says_who_takes_it(library: Client, database: Database) -> None:
    answer = send(library, criteria=["life-threatening"], outcome="fatal", sex="female", may_contact="yes")
    assert answer.status_code == 303 and "swelled" not in answer.location
    words = words_of(library, answer.location)
    assert f"AE-{NOW.year}-000001" in words and "UTC" in words and "Northwind (fictional) is to have it" in words
    assert all(part in words for part in ("My lips swelled", "Samplin 5 mg", "Life in danger", "Female"))
    with database.reading() as session:
        case = session.scalars(select(SafetyCase)).one()
    assert (case.product, case.market, case.received_at) == ("samplin", "us", NOW) and case.desk_id
    assert case.criteria == ["death", "life-threatening"]


@pytest.mark.parametrize(("criteria", "outcome", "expected"), [
    ([], "fatal", ("death",)), (["death"], "fatal", ("death",)), (["death"], "", ("death",)),
    (["disability"], "recovered", ("disability",)), ([], "", ())])
def test_a_death_makes_a_report_serious_whether_it_is_told_as_the_end_or_ticked(
        library: Client, database: Database, criteria: list[str], outcome: str, expected: tuple[str, ...]) -> None:
    send(library, criteria=criteria, outcome=outcome)
    assert kept(database).criteria == expected


def test_some_words_alone_are_enough(library: Client, database: Database) -> None:
    answer = library.post(FORM, base_url=BASE_URL, data={"what": "A rash", "submission": "form-1"})
    assert answer.status_code == 303 and kept(database) == Report("A rash")


def test_what_no_desk_takes_is_kept_and_the_receipt_says_so(library: Client, database: Database) -> None:
    words = words_of(library, send(library, medicine="Aspirin").location)
    assert "No company takes this report from us" in words and "fda.gov/medwatch" in words
    with database.reading() as session:
        case = session.scalars(select(SafetyCase)).one()
    assert (case.product, case.desk_id) == ("", None)


def test_the_words_say_which_medicine_and_not_the_address(library: Client, database: Database) -> None:
    send(library, f"{FORM}&medicine=samplin", medicine="Aspirin")
    with database.reading() as session:
        assert session.scalars(select(SafetyCase.product)).one() == ""


def test_a_form_that_is_sent_twice_is_one_case_and_the_second_receipt_says_what_is_kept(
        library: Client, database: Database) -> None:
    first, second = send(library), send(library, what="Something else")
    words = words_of(library, second.location)
    assert first.location != second.location
    assert "This form came before" in words and "My lips swelled" in words and "Something else" not in words
    assert "This form came before" not in words_of(library, first.location)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(SafetyCase)) == 1
        assert session.scalar(select(func.count()).select_from(SafetyReceipt)) == 2


def test_a_case_of_an_account_is_its_own_and_a_stranger_s_is_nobody_s(library: Client, database: Database) -> None:
    send(library)
    with database.writing() as session:
        person = builders.account(session)
    builders.sign_in(library, person.email)
    send(library, submission="form-2")
    with database.reading() as session:
        assert session.scalars(select(SafetyCase.account_id).order_by(SafetyCase.id)).all() == [None, person.id]


@pytest.mark.parametrize(("hours", "has_copy"), [(0, True), (23.9, True), (24, False), (1000, False), (-1, False)])
def test_the_receipt_shows_what_was_sent_for_a_day(library: Client, hours: float, has_copy: bool) -> None:
    address = send(library).location
    with time_machine.travel(NOW + timedelta(hours=hours), tick=False):
        words = words_of(library, address)
    assert ("My lips swelled" in words, f"AE-{NOW.year}-000001" in words) == (has_copy, True)


def test_a_receipt_that_is_none_is_not_found(library: Client) -> None:
    assert library.get(f"/side-effect/receipt/{'a' * 26}", base_url=BASE_URL).status_code == 404


# What cannot be taken


@pytest.mark.parametrize(("field", "value", "fault"), [
    ("what", " ", "Write a few words"), ("what", "x" * (MOST_WORDS + 1), "more than 20,000"),
    ("batch", "x" * 201, "The batch number has more than 200")])
def test_a_fault_is_said_and_all_that_was_typed_comes_back(
        library: Client, database: Database, field: str, value: str, fault: str) -> None:
    typed = {"initials": "A.B.", "sex": "female", "criteria": ["disability"], "may_contact": "yes",
             "contact": "ann@home.example", field: value}
    answer = send(library, **typed)
    page = BeautifulSoup(answer.text, "html.parser")
    summary, *_ = page.select("[role=alert]")
    assert answer.status_code == 422 and fault in summary.get_text()
    assert [link["href"] for link in summary.select("a")] == [f"#{field}"]
    assert [control["id"] for control in page.select("[aria-invalid]")] == [field]
    beside, = page.select(".field-fault:not([hidden])")
    assert fault in beside.get_text() and beside["id"] in page.select(f"#{field}")[0]["aria-describedby"].split()
    assert beside.parent is page.select(f"#{field}")[0].parent, "one sees it where one mends it"
    assert [page.select(f"#{name}")[0]["value"] for name in ("initials", "contact")] == ["A.B.", "ann@home.example"]
    assert {box.get("value") for box in page.select("input[checked]")} >= {"female", "disability", "yes"}
    assert page.select("[name=submission]")[0]["value"] == "form-1"
    found = page.select(f"#{field}")[0]
    assert found.get("value", found.get_text().removeprefix("\n")) == value
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(SafetyCase)) == 0


def test_all_faults_are_said_at_once(library: Client) -> None:
    page = BeautifulSoup(send(library, what="", batch="x" * 201, name="y" * 201).text, "html.parser")
    assert [link["href"] for link in page.select("[role=alert] a")] == ["#what", "#batch", "#name"]
    assert [beside["id"] for beside in page.select(".field-fault:not([hidden])")] == [
        "what-fault", "batch-fault", "name-fault"]


@pytest.mark.parametrize("submission", ["", "x" * 65])
def test_a_form_that_lost_its_name_gets_a_new_one_and_keeps_what_was_typed(library: Client, submission: str) -> None:
    answer = send(library, submission=submission)
    fields = builders.hidden_fields(answer.text)
    assert answer.status_code == 422 and "My lips swelled" in answer.text
    assert send(library, submission=fields["submission"]).status_code == 303


def test_ten_megabytes_are_refused_with_a_page(library: Client, database: Database) -> None:
    answer = send(library, "/side-effect?language=zh-Hans&market=us", what="x" * 10_000_000)
    assert answer.status_code == 413 and "一次最多可提交2 MB。" in answer.text
    assert "请返回上一页，缩短文字" in answer.text
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(SafetyCase)) == 0


@naughty.needs_list
def test_every_naughty_string_is_kept_as_it_was_sent(library: Client, database: Database) -> None:
    for number, lot in enumerate(naughty.lots(naughty.strings(), MOST_WORDS - 100, "\n")):
        answer = send(library, what=lot, medicine=naughty.OURS[number % len(naughty.OURS)], submission=f"lot-{number}")
        assert answer.status_code == 303
        assert kept(database).what == naughty.kept(lot)
        assert library.get(answer.location, base_url=BASE_URL).status_code == 200


@pytest.mark.parametrize("words", ["a\0b", "😟👨‍👩‍👧", "\u202eright to left", "<script>alert(1)</script>", "{{7*7}}"])
def test_signs_of_all_kinds_are_kept_and_shown_as_text(library: Client, database: Database, words: str) -> None:
    address = send(library, what=words, name=words).location
    assert kept(database).what == words.replace("\0", "")
    assert page_of(library, address).select(".told-words")[0].get_text() == words.replace("\0", "")


def test_a_form_from_another_site_is_refused(library: Client) -> None:
    answer = library.post(FORM, base_url=BASE_URL, data=TOLD, headers={"Origin": "https://elsewhere.example"})
    assert answer.status_code == 403


# Which medicine is meant

MEDICINES = [naming.called("exemplora", {"en": "Exemplora", "zh-Hans": "示例乐（虚构）"}, {"en": ["fictaglin"]}),
             naming.called("insulin-glargine", {"en": "Insulin glargine"}, {}),
             naming.called("insulin", {"en": "Insulin"}, {})]


@pytest.mark.parametrize(("words", "slugs"), [
    ("EXEMPLORA 5mg", ["exemplora"]), ("Ｅxemplora", ["exemplora"]), ("示例乐片", ["exemplora"]),
    ("吃了fictaglin片", ["exemplora"]),
    ("insulin glargine", ["insulin-glargine", "insulin"]), ("Exemplorax", []), ("my insulins", []),
    ("", [])])
def test_a_medicine_is_known_by_its_names_and_never_guessed(words: str, slugs: list[str]) -> None:
    assert naming.meant(words, MEDICINES) == slugs


def test_a_desk_for_a_medicine_that_left_the_library_still_takes_its_cases(
        client: Client, database: Database) -> None:
    with database.writing() as session:
        company = builders.company(session)
        session.add(SafetyDesk(company_id=company.id or 0, product="gonein", market="us", channel="email",
                               address="safety@gone.example", opened_at=NOW))
    send(client, medicine="Gonein tablets")
    with database.reading() as session:
        assert session.scalars(select(SafetyCase.product)).one() == "gonein"
    assert [option["value"] for option in page_of(client, FORM).select("datalist option")] == ["gonein"]
