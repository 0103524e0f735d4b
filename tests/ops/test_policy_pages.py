"""The operators' policy pages: the matrix as the table is, and decisions explained as they are made."""

import itertools
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from sqlalchemy import select
from werkzeug.test import Client, TestResponse

from tests import builders, copies
from tests.builders import NOW
from tests.policy import tables
from tests.policy.test_policy_table import TABLE
from webapp.app import OVERVIEWS
from webapp.articles.rules.frontmatter import Audience, Kind
from webapp.articles.service import publish
from webapp.core import clock
from webapp.core.models import StoredPage
from webapp.core.platform import Platform
from webapp.edge import Edge
from webapp.ops import queries
from webapp.people.rules import Role

TITLE = "Zyxwonderol"
GATED, OPEN = "/en-gb/pro/drugs/zyxwonderol", "/en/pro/drugs/zyxwonderol"
WORDS = {"allow": "Allowed", "deny": "Denied", "sign-in": "Gated: sign-in",
         "verification": "Gated: verified professionals"}
ADDRESSES = (GATED, OPEN, "/en/diseases/sampleitis", "/en-gb/pro/drugs/", "/en/", "/en/diseases/gone", "/en/nowhere",
             "/en-gb/pro/drugs/zyxwonderol/", "/en/diseases")


@pytest.fixture
def site(platform: Platform, tmp_path: Path, edge: Edge) -> None:
    """A piece open in the US and gated in Britain, an open topic, and one that was withdrawn."""
    copies.once(platform.database, (__name__,), lambda: publish_site(platform, tmp_path))
    edge.look_again()


def publish_site(platform: Platform, folder: Path) -> None:
    builders.write_topic(folder, kind=Kind.DRUG, slug="zyxwonderol", audience=Audience.HCP, markets=("us", "gb"),
                         content_class="promotional",
                         funding={"kind": "sponsored", "company": "Northwind", "influence": "All of it."})
    for slug in ("sampleitis", "gone"):
        builders.write_topic(folder, slug=slug)
    waiting = builders.import_content(platform, folder)
    builders.clear(platform, waiting)
    builders.publish_entries(platform, waiting, OVERVIEWS)
    with platform.database.reading() as session:
        planned = publish.plan_withdrawal(
            platform, session, [entry.document_id for entry in waiting if entry.slug == "gone"], overviews=(), now=NOW)
    with platform.database.writing() as session:
        publish.carry_out(session, planned, NOW)


def add(platform: Platform, *roles: Role, market: str = "gb", is_active: bool = True) -> str:
    """The e-mail address of a new account."""
    with platform.database.writing() as session:
        return builders.account(session, *roles, market=market, is_active=is_active).email


def explain(operator: Client, path: str, account: str = "", **headers: str) -> TestResponse:
    return operator.get("/ops/policy/explain", query_string={"path": path, "account": account}, headers=headers)


def told(answer: TestResponse) -> str:
    """The explanation as one text."""
    main = BeautifulSoup(answer.text, "html.parser").main
    assert main is not None
    return re.sub(r"\s+", " ", main.text)


def status_told(answer: TestResponse) -> int:
    found = BeautifulSoup(answer.text, "html.parser").select_one(".outcome")
    assert found is not None
    numbers = re.findall(r"\((\d{3})\)", found.text)
    return int(numbers[0]) if numbers else 0


# Who may read them


@pytest.mark.parametrize("path", ["/ops/", "/ops/policy", "/ops/policy/explain?path=/en/"])
def test_operators_pages_are_for_operators(client: Client, platform: Platform, path: str) -> None:
    assert client.get(path).location.startswith("/sign-in")
    builders.sign_in(client, add(platform, Role.WRITER, Role.MEDICAL_REVIEWER))
    assert client.get(path).status_code == 403


def test_the_index_leads_to_what_is_there(operator: Client) -> None:
    page = BeautifulSoup(operator.get("/ops/").text, "html.parser")
    found = [str(link["href"]) for link in page.select(".ops-pages a")]
    assert found and {operator.get(path).status_code for path in found} == {200}


# The matrix


def cells(page: BeautifulSoup) -> dict[tuple[str, str, str, str], Tag]:
    """(class, market, audience, funding) -> cell, of a page in English, by the heads of its rows and columns."""
    found = {}
    for section in page.select("section[aria-labelledby^=class-]"):
        kind = str(section["aria-labelledby"]).removeprefix("class-")
        columns = [head.text for head in section.select("thead th")][1:]
        for line in section.select("tbody tr"):
            head = line.select_one("th")
            assert head is not None
            *markets, audience = (str(text) for text in head.stripped_strings)
            for market, (column, cell) in itertools.product(markets, zip(columns, line.select("td"), strict=True)):
                found[kind, market, audience, column] = cell
    return found


FUNDING = {"independent": "Independent", "grant-supported": "Supported by a grant", "sponsored": "Sponsored"}
AUDIENCE = {"public": "The public", "hcp": "Verified professionals"}


def test_every_cell_is_shown_as_the_table_by_hand_has_it(operator: Client) -> None:
    """Markets go by their codes here, since no market's file was read."""
    shown = cells(BeautifulSoup(operator.get("/ops/policy?on=2026-03-02").text, "html.parser"))
    for (market, kind, audience, funding), (verdict, texts, opens) in TABLE.items():
        place = "Any other market" if market == "unknown" else market
        cell = shown.get((kind, place, "Everybody", FUNDING[funding])) or shown[
            kind, place, AUDIENCE[audience], FUNDING[funding]]
        mark = cell.select_one(".verdict")
        assert mark is not None and f"verdict-{verdict}" in mark["class"], (market, kind, audience, funding)
        assert mark.text.strip() == WORDS[opens or verdict] and mark.select_one("svg") is not None
        assert len(cell.select(".matrix-text")) == len(texts)
    assert "Paid for by [company]." in shown["promotional", "us", "Everybody", "Sponsored"].text


def test_markets_that_rule_alike_share_a_line(operator: Client) -> None:
    page = BeautifulSoup(operator.get("/ops/policy?class=promotional").text, "html.parser")
    assert [list(head.stripped_strings) for head in page.select("tbody th")] == [
        ["us", "Everybody"], ["gb", "The public"], ["gb", "Verified professionals"], ["eu", "The public"],
        ["eu", "Verified professionals"], ["cn", "Any other market", "Everybody"]]


def test_a_cell_names_its_law_its_day_and_what_reviewers_see_to(operator: Client) -> None:
    shown = cells(BeautifulSoup(operator.get("/ops/policy").text, "html.parser"))
    china = shown["promotional", "cn", "Everybody", "Sponsored"].text
    assert "广告法" in china and "May 1, 2023" in china
    assert "No row names it" in shown["promotional", "cn", "Everybody", "Independent"].text
    assert "names no product" in shown["disease-education", "eu", "Everybody", "Sponsored"].text


def test_shapes_differ_as_colours_do(operator: Client) -> None:
    page = BeautifulSoup(operator.get("/ops/policy").text, "html.parser")
    marks = {str(mark["class"]): str(mark.select_one("path")) for mark in page.select(".verdict")}
    assert len(marks) == len(set(marks.values())) == 3


@pytest.mark.parametrize(("query", "markets", "classes"), [
    ("market=cn", {"cn"}, 5), ("class=cme", {"us", "gb", "eu", "cn", "Any other market"}, 1),
    ("market=gb&class=promotional", {"gb"}, 1), ("market=fr&class=cme", {"Any other market"}, 1),
    ("market=other", {"Any other market"}, 5), ("class=nothing", set(), 0), ("", None, 5)])
def test_the_matrix_is_narrowed_down_by_market_and_class(
        operator: Client, query: str, markets: set[str] | None, classes: int) -> None:
    shown = cells(BeautifulSoup(operator.get(f"/ops/policy?{query}").text, "html.parser"))
    assert len({cell[0] for cell in shown}) == classes
    assert markets is None or {cell[1] for cell in shown} == markets


def test_what_the_filter_was_set_to_stays_chosen(operator: Client) -> None:
    page = BeautifulSoup(operator.get("/ops/policy?market=gb&class=cme&on=2026-03-02").text, "html.parser")
    assert [str(option["value"]) for option in page.select("option[selected]")] == ["gb", "cme"]
    assert [str(field["value"]) for field in page.select("input[type=date]")] == ["2026-03-02"]


@pytest.mark.parametrize("day", ["soon", "2026-02-30", "0", "%00", "1" * 5000])
def test_what_is_no_day_is_named_and_today_is_shown(operator: Client, day: str) -> None:
    answer = operator.get(f"/ops/policy?on={day}")
    assert answer.status_code == 200 and "That is no day" in answer.text
    assert clock.now().date().isoformat() in answer.text


def test_rows_to_come_are_listed_and_the_matrix_of_their_day_has_them(
        operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    day = clock.now().date() + timedelta(days=30)
    tables.put(monkeypatch, tables.row(day))
    now = operator.get("/ops/policy?market=us&class=promotional")
    then = operator.get(f"/ops/policy?market=us&class=promotional&on={day}")
    assert "Rows that do not count yet" in now.text and "A law to come" in now.text
    assert "将来的法规" in operator.get("/ops/policy?market=us&class=promotional&language=zh-Hans").text
    cell = "promotional", "us", "Everybody", "Sponsored"
    assert [WORDS["deny"] in cells(BeautifulSoup(page.text, "html.parser"))[cell].text for page in (now, then)] == [
        False, True]
    assert "Rows that do not count yet" not in then.text


def test_before_any_row_all_is_denied(operator: Client) -> None:
    shown = cells(BeautifulSoup(operator.get("/ops/policy?on=1900-01-01").text, "html.parser"))
    assert shown and {cell.select_one(".verdict").text.strip() for cell in shown.values()} == {  # type: ignore[union-attr]
        "Denied"}


# Decisions explained


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("path", ADDRESSES)
@pytest.mark.parametrize(("roles", "market"), [
    (None, ""), ((), "gb"), ((Role.HCP,), "gb"), ((Role.HCP,), "us"), ((Role.HCP,), "cn"), ((Role.HCP,), "fr"),
    ((Role.OPERATOR,), "us")])
def test_what_is_explained_is_what_happens(operator: Client, platform: Platform, edge: Edge, path: str,
                                           roles: tuple[Role, ...] | None, market: str) -> None:
    reader, email = Client(edge), ""
    if roles is not None:
        email = add(platform, *roles, market=market)
        builders.sign_in(reader, email)
    answer = explain(operator, path, email)
    assert answer.status_code == 200
    assert status_told(answer) == reader.get(path, follow_redirects=True).status_code


@pytest.mark.usefixtures("site")
def test_a_stranger_at_a_gate_is_explained_step_by_step(operator: Client) -> None:
    steps = told(explain(operator, GATED))
    for said in ("A stranger's market is the address's", f"{GATED}: written in English for the market",
                 "Gated: policy is asked of everybody", "Class: Promotion. Funding: Sponsored.", "the public, on",
                 "Gated: verified professionals", "Human Medicines Regulations 2012", "August 14, 2012",
                 "This reader gets the gate page (403)", "health professionals only"):
        assert said in steps, said


@pytest.mark.usefixtures("site")
def test_an_account_of_another_market_is_explained_with_both_rulings(operator: Client, platform: Platform) -> None:
    steps = told(explain(operator, GATED, add(platform, Role.HCP, market="cn")))
    for said in ("Yes: it holds the role hcp", "What does policy say in the address's market?", "Allowed",
                 "What does policy say in the account's market?", "广告法", "The stricter: Denied.",
                 "not even to health professionals"):
        assert said in steps, said


@pytest.mark.usefixtures("site")
def test_an_account_of_an_unknown_market_is_told_that_it_has_the_strictest(operator: Client,
                                                                         platform: Platform) -> None:
    assert "No row names this market" in told(explain(operator, OPEN, add(platform, Role.HCP, market="fr")))


@pytest.mark.usefixtures("site")
def test_an_explanation_never_names_a_gated_page(operator: Client, platform: Platform) -> None:
    """An operator is no verified professional either; the address is what was typed."""
    for who in ("", add(platform, Role.HCP, market="cn"), add(platform, Role.HCP)):
        answer = explain(operator, GATED, who)
        assert TITLE not in answer.text and "Northwind" not in answer.text
    with platform.database.reading() as session:
        stored = session.scalars(select(StoredPage.body).where(StoredPage.path == GATED)).one()
    assert TITLE in stored.decode(), "the name is found where it is"


@pytest.mark.usefixtures("site")
def test_an_account_is_found_by_its_address_in_any_case_and_by_its_key(operator: Client, platform: Platform) -> None:
    email = add(platform, Role.HCP)
    with platform.database.reading() as session:
        account = queries.account_named(session, email)
    assert account is not None
    for name in (email, email.upper(), f"  {email} ", account.key):
        assert f"The account {account.key}, signed in" in told(explain(operator, GATED, name)), name


@pytest.mark.usefixtures("site")
def test_an_account_out_of_use_is_served_like_a_stranger(operator: Client, platform: Platform) -> None:
    answer = explain(operator, GATED, add(platform, Role.HCP, is_active=False))
    assert "is out of use" in told(answer) and status_told(answer) == 403


@pytest.mark.postgresql
@pytest.mark.parametrize("account", ["nobody@clinic.example", "x" * 5000, "\0", "'; --", "%s %(x)s", "<b>x</b>", " "])
def test_an_unknown_account_is_named_and_explained_as_a_stranger(operator: Client, account: str) -> None:
    answer = explain(operator, "/en/nowhere", account)
    assert answer.status_code == 200 and status_told(answer) == 404
    if account.strip():
        assert "There is no account " + account.replace("\0", "\ufffd") in told(answer).replace("\0", "\ufffd")


@pytest.mark.postgresql
@pytest.mark.parametrize(("path", "status"), [
    ("/ops/", 0), ("/sponsor/", 0), ("nowhere", 0), ("//", 0), ("/" * 3000, 0), ("/en/\0", 0), ("/en/%00", 0),
    ("http://[", 0), ("/fr/diseases/asthma", 0), ("/en-us/", 0), ("/en/" + "x" * 5000, 0), ("\\en\\", 0),
    ("/en/nowhere", 404), ("en/nowhere", 404), ("/zh/%E5%93%AE", 404), ("%s%(path)s", 0), ("?", 0), ("/en", 404)])
def test_an_unknown_address_is_named_and_never_fails(operator: Client, path: str, status: int) -> None:
    answer = explain(operator, path)
    assert (answer.status_code, status_told(answer)) == (200, status)


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("pasted", [f"http://localhost{GATED}", f"{GATED}?utm=1#top", f"  {GATED}  ", GATED[1:]])
def test_an_address_may_be_pasted_whole(operator: Client, pasted: str) -> None:
    assert status_told(explain(operator, pasted)) == 403


@pytest.mark.usefixtures("site")
def test_a_page_that_policy_has_come_to_deny_is_explained_as_it_is_until_it_is_taken_down(
        operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    tables.put(monkeypatch, tables.row(date(2026, 3, 2)))
    answer = explain(operator, OPEN)
    assert status_told(answer) == 200 and "taken down within the hour" in told(answer)


@pytest.mark.usefixtures("site")
def test_the_form_puts_no_persons_address_into_a_link(operator: Client, platform: Platform) -> None:
    email = add(platform, Role.HCP)
    answer = operator.post("/ops/policy/explain", data={"account": email, "path": GATED})
    page = BeautifulSoup(answer.text, "html.parser")
    form = page.select_one("main form")
    assert form is not None and form["method"] == "post"
    links = [str(link["href"]) for link in page.select("a[href]")]
    kept = next(link for link in links if "account=" in link)
    assert not any(email in link or "%40" in link for link in links)
    assert status_told(operator.get(kept)) == status_told(answer) == 200


def test_without_an_address_only_the_form_is_shown(operator: Client) -> None:
    answer = operator.get("/ops/policy/explain?account=x")
    assert answer.status_code == 200 and "Outcome" not in answer.text


@pytest.mark.usefixtures("site")
def test_the_pages_are_chinese_for_who_reads_chinese(operator: Client, platform: Platform) -> None:
    email = add(platform, Role.HCP, market="cn")
    for path in ("/ops/?", "/ops/policy?", f"/ops/policy/explain?path={GATED}&account={email}&"):
        answer = operator.get(f"{path}language=zh-Hans")
        main = BeautifulSoup(answer.text, "html.parser").main
        assert main is not None
        for quoted in main.select("code"):
            quoted.decompose()
        words = set(re.findall(r"[A-Za-z]{3,}", main.text)) - {"UTC", "English", "FDA", "ABPI", "ACCME", "CFR",
                                                                 "hcp", "pro", "drugs", "zyxwonderol"}
        assert {word for word in words if not re.fullmatch(r"[a-z2-7]+", word)} == set(), path
