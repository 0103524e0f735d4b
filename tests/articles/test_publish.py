"""Publishing asks for clearance and policy, logs each step, and leaves every other page right."""

import dataclasses
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError
from werkzeug.test import Client

from tests import builders
from tests.builders import NOW
from webapp.app import OVERVIEWS
from webapp.articles import queries
from webapp.articles.jobs import restore_frames
from webapp.articles.models import PublishEntry
from webapp.articles.rules.frontmatter import Audience, Kind
from webapp.articles.rules.shelf import Entry
from webapp.articles.service import frames, publish
from webapp.core import pages
from webapp.core.errors import Conflict, Refused
from webapp.core.models import StoredPage
from webapp.core.platform import Platform
from webapp.edge import Edge
from webapp.people.rules import AccountKind, Role

SECRET_TITLE = "Branditis"
SPONSORED = {"kind": "sponsored", "company": "Northwind Fictional Pharma", "influence": "It wrote the first draft."}
PROMOTIONAL = {"kind": Kind.DRUG, "slug": "branditis", "audience": Audience.HCP, "content_class": "promotional",
               "funding": SPONSORED}


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return tmp_path / "content"


@pytest.fixture
def demo(platform: Platform, app: object) -> Platform:
    """The platform in demo mode."""
    return dataclasses.replace(platform, is_demo=True)


def wait_for(platform: Platform, content: Path, **topic: object) -> list[Entry]:
    builders.write_topic(content, **topic)  # type: ignore[arg-type]
    return builders.import_content(platform, content)


def publish_all(platform: Platform, entries: Iterable[Entry]) -> tuple[Entry, ...]:
    return builders.publish_entries(platform, entries, OVERVIEWS)


def withdraw(platform: Platform, entries: Iterable[Entry]) -> None:
    with platform.database.reading() as session:
        planned = publish.plan_withdrawal(platform, session, [entry.document_id for entry in entries],
                                          overviews=OVERVIEWS, now=NOW)
    with platform.database.writing() as session:
        publish.carry_out(session, planned, NOW)


def everything_stored(platform: Platform, access: str = "open") -> dict[str, str]:
    """Path -> HTML. What is open to strangers is open."""
    wanted = ("open", pages.STRANGERS) if access == "open" else (access,)
    with platform.database.reading() as session:
        rows = session.scalars(select(StoredPage).where(StoredPage.access.in_(wanted)))  # type: ignore[attr-defined]
        return {row.path: row.body.decode() for row in rows}


def links(html: str, place: str) -> set[str]:
    return {str(link["href"]) for link in BeautifulSoup(html, "html.parser").select(f"{place} a[href]")}


# Clearance


def test_a_sample_is_published_in_demo_mode_and_says_that_it_is_one(demo: Platform, content: Path) -> None:
    entry, = publish_all(demo, wait_for(demo, content, is_reviewed=False))
    html = everything_stored(demo)["/en/diseases/sampleitis"]

    assert entry.clearance == "sample"
    assert '<meta name="robots" content="noindex">' in html
    assert "Not medically reviewed" in html and "Dr Example" not in html
    with demo.database.reading() as session:
        found = pages.find(session, "/en/diseases/sampleitis")
        assert found is not None and found.is_noindex


@pytest.mark.usefixtures("app")
def test_a_sample_is_refused_outside_demo_mode(platform: Platform, content: Path) -> None:
    with pytest.raises(Refused, match=r"diseases/sampleitis \(patient, en, us\) is a sample"):
        publish_all(platform, wait_for(platform, content, is_reviewed=False))
    assert everything_stored(platform) == {}


def test_a_sample_that_promotes_needs_its_signatures_even_in_demo_mode(demo: Platform, content: Path) -> None:
    waiting = wait_for(demo, content, **PROMOTIONAL, is_reviewed=False)
    with pytest.raises(Refused, match="Review has not cleared"):
        publish_all(demo, waiting)
    builders.clear(demo, waiting)

    assert publish_all(demo, waiting)[0].clearance == "review"


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("text", ["It heals by itself!", "It heals  by itself", "it heals by itself"])
def test_one_changed_byte_voids_the_clearance(platform: Platform, content: Path, text: str) -> None:
    waiting = wait_for(platform, content)
    builders.clear(platform, waiting)
    changed = wait_for(platform, content, text=text)

    assert changed[0].digest != waiting[0].digest
    with pytest.raises(Refused, match=changed[0].digest[:8]):
        publish_all(platform, changed)


@pytest.mark.usefixtures("app")
def test_a_published_page_stays_while_its_edit_waits(platform: Platform, content: Path) -> None:
    first = wait_for(platform, content)
    builders.clear(platform, first)
    publish_all(platform, first)
    waiting = wait_for(platform, content, text="It passes")

    assert "It heals" in everything_stored(platform)["/en/diseases/sampleitis"]
    assert [entry.document_id for entry in waiting] == [first[0].document_id]


# Policy


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(("market", "funding"), [("cn", SPONSORED), ("us", {"kind": "independent"})])
def test_what_policy_denies_is_refused_whoever_signed_it(
        platform: Platform, content: Path, market: str, funding: dict[str, str]) -> None:
    waiting = wait_for(platform, content, **{**PROMOTIONAL, "funding": funding}, markets=(market,))
    builders.clear(platform, waiting)
    with pytest.raises(Refused, match=f"Policy denies drugs/branditis .*market {market}"):
        publish_all(platform, waiting)


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(("market", "access"), [("us", "open"), ("gb", "gated"), ("eu", "gated")])
def test_promotion_is_open_or_gated_by_market(platform: Platform, content: Path, market: str, access: str) -> None:
    waiting = wait_for(platform, content, **PROMOTIONAL, markets=(market,))
    builders.clear(platform, waiting)

    assert publish_all(platform, waiting)[0].access == access


@pytest.fixture
def gated(platform: Platform, content: Path, client: Client) -> str:
    """Address of a page for Britain's doctors only, on a site with open pages about it and a related topic."""
    builders.write_topic(content, kind=Kind.DRUG, slug="branditis", content_class="drug-education",
                         markets=("us", "gb"))
    builders.write_topic(content, **PROMOTIONAL, markets=("us", "gb", "eu"))
    builders.write_topic(content, markets=("us", "gb"))
    topic = content / "drugs" / "branditis" / "topic.yaml"
    topic.write_text(topic.read_text().replace("en: Branditis", "en: A drug"))
    page = content / "drugs" / "branditis" / "patient.en.md"
    page.write_text(page.read_text().replace("Branditis", "A drug"))
    neighbour = content / "diseases" / "sampleitis" / "topic.yaml"
    neighbour.write_text(neighbour.read_text().replace("related: []", "related: [drugs/branditis]"))
    waiting = builders.import_content(platform, content)
    builders.clear(platform, waiting)
    publish_all(platform, waiting)
    return "/en-gb/pro/drugs/branditis"


def sign_in_as(client: Client, platform: Platform, role: Role, kind: AccountKind) -> None:
    with platform.database.writing() as session:
        person = builders.account(session, role, kind=kind)
    builders.sign_in(client, person.email)


def test_a_gated_page_is_shown_to_doctors_and_kept_by_nobody(gated: str, client: Client, platform: Platform) -> None:
    sign_in_as(client, platform, Role.HCP, AccountKind.HCP)
    answer = client.get(gated)

    assert answer.status_code == 200 and SECRET_TITLE in answer.text
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "ETag" not in answer.headers


def test_a_doctor_of_a_market_that_bans_promotion_learns_no_more(gated: str, client: Client,
                                                                 platform: Platform) -> None:
    with platform.database.writing() as session:
        person = builders.account(session, Role.HCP, kind=AccountKind.HCP, market="cn")
    builders.sign_in(client, person.email)
    answer = client.get(gated)

    assert answer.status_code == 403 and SECRET_TITLE not in answer.text


def test_a_stranger_learns_the_reason_and_not_the_title(gated: str, client: Client) -> None:
    answer = client.get(gated)

    assert answer.status_code == 403 and "verified health professionals" in answer.text
    assert SECRET_TITLE not in answer.text and answer.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("role", [Role.READER, Role.MARKETER, Role.WRITER, Role.OPERATOR])
def test_other_accounts_learn_no_more(gated: str, client: Client, platform: Platform, role: Role) -> None:
    sign_in_as(client, platform, role, AccountKind.PATIENT)
    answer = client.get(gated)

    assert answer.status_code == 403 and SECRET_TITLE not in answer.text


def test_the_other_language_of_a_gated_page_is_not_offered(gated: str, client: Client) -> None:
    assert client.get("/zh/").status_code == 200
    answer = client.get(gated.replace("/en-gb/", "/zh-gb/"))
    assert answer.status_code == 404 and gated not in answer.text, "and no offer of what is closed to them"


def test_no_open_page_names_or_links_what_is_gated(gated: str, platform: Platform) -> None:
    stored = everything_stored(platform)
    us = "/en/pro/drugs/branditis"

    assert set(everything_stored(platform, "gated")) == {gated, "/en-eu/pro/drugs/branditis"}
    assert us in stored and SECRET_TITLE in stored[us]
    for path, html in stored.items():
        assert gated not in links(html, "body"), path
        assert path == us or SECRET_TITLE not in html, path


def test_gated_pages_lead_to_each_other(gated: str, platform: Platform) -> None:
    assert "/en-eu/pro/drugs/branditis" in links(everything_stored(platform, "gated")[gated], ".menu")


def test_promotion_is_listed_nowhere_even_where_it_is_open(gated: str, platform: Platform) -> None:
    stored = everything_stored(platform)
    lists = [path for path in stored if path.endswith("/")]

    assert len(lists) > 20
    assert not any("/pro/drugs/branditis" in link for path in lists for link in links(stored[path], "main"))


# Neighbours


@pytest.fixture
def pair(platform: Platform, content: Path, client: Client) -> list[Entry]:
    """Two topics that name each other, in two languages; the first is published."""
    for language in ("en", "zh-Hans"):
        builders.write_topic(content, language=language, markets=("us", "cn"))
    builders.write_topic(content, slug="other")
    for slug, related in (("sampleitis", "other"), ("other", "sampleitis")):
        file = content / "diseases" / slug / "topic.yaml"
        file.write_text(file.read_text().replace("related: []", f"related: [diseases/{related}]"))
    waiting = builders.import_content(platform, content)
    builders.clear(platform, waiting)
    return waiting


def test_a_new_page_appears_in_lists_switches_and_beside_its_relatives(pair: list[Entry], platform: Platform) -> None:
    others = [entry for entry in pair if entry.slug == "other"]
    publish_all(platform, others)
    before = everything_stored(platform)
    publish_all(platform, [entry for entry in pair if entry not in others])
    after = everything_stored(platform)

    for path, place in (("/en/", "main"), ("/en/diseases/", "main"), ("/en/diseases/other", ".related")):
        assert "/en/diseases/sampleitis" not in links(before[path], place), path
        assert "/en/diseases/sampleitis" in links(after[path], place), path
    assert "/zh/diseases/sampleitis" in links(after["/zh-us/diseases/sampleitis"], ".menu")
    assert "/zh-us/diseases/sampleitis" in links(after["/en/diseases/sampleitis"], ".languages")


def test_a_withdrawn_page_disappears_from_all_of_them(pair: list[Entry], platform: Platform) -> None:
    publish_all(platform, pair)
    withdraw(platform, [entry for entry in pair if entry.slug == "sampleitis" and entry.language == "en"])

    for path, html in everything_stored(platform).items():
        assert not {"/en/diseases/sampleitis", "/en-cn/diseases/sampleitis"} & links(html, "body"), path


def test_publishing_one_page_leaves_far_ones_alone(pair: list[Entry], platform: Platform, content: Path) -> None:
    publish_all(platform, pair)
    builders.write_topic(content, slug="far")
    far = builders.import_content(platform, content)
    builders.clear(platform, far)
    with platform.database.reading() as session:
        planned = publish.plan(platform, session, far, overviews=(), now=NOW)

    assert [row["path"] for row in planned.rows] == ["/en/diseases/far"]


# Withdrawal


@pytest.mark.parametrize(("path", "words"), [("/en/diseases/sampleitis", "no longer current"),
                                             ("/zh/diseases/sampleitis", "已撤下")])
def test_a_withdrawn_page_is_gone_and_says_so_in_its_readers_language(
        pair: list[Entry], platform: Platform, client: Client, edge: Edge, path: str, words: str) -> None:
    publish_all(platform, pair)
    edge.look_again()
    assert client.get(path).status_code == 200
    withdraw(platform, pair)
    edge.look_again()
    answer = client.get(path)

    assert answer.status_code == 410 and "It heals" not in answer.text
    assert words in answer.text


def test_what_was_withdrawn_does_not_wait_to_be_published_again(pair: list[Entry], platform: Platform) -> None:
    publish_all(platform, pair)
    withdraw(platform, pair)
    with platform.database.reading() as session:
        assert queries.waiting(session) == []


def test_a_new_revision_of_what_was_withdrawn_may_be_published(
        pair: list[Entry], platform: Platform, content: Path, client: Client) -> None:
    publish_all(platform, pair)
    withdraw(platform, pair)
    waiting = wait_for(platform, content, slug="other", text="It is known better now")
    builders.clear(platform, waiting)
    publish_all(platform, waiting)

    assert "known better" in client.get("/en/diseases/other").text


def test_readings_of_a_withdrawn_page_count_until_a_day_after(pair: list[Entry], platform: Platform) -> None:
    publish_all(platform, pair)
    withdraw(platform, pair)
    with platform.database.reading() as session:
        assert queries.replaced_at(session, pair[0].document_id, pair[0].revision_id) == NOW


def test_readings_of_a_revision_count_until_a_day_after_the_one_that_replaced_it(
        platform: Platform, content: Path, app: object) -> None:
    shown = []
    for day in range(3):
        builders.write_topic(content, text=f"Edition {day} of it")
        later = NOW + timedelta(days=10 * day)
        waiting = builders.import_content(platform, content, later)
        builders.clear(platform, waiting, later)
        shown.append(builders.publish_entries(platform, waiting, now=later)[0])
    with platform.database.reading() as session:
        replaced = [queries.replaced_at(session, entry.document_id, entry.revision_id) for entry in shown]
    assert replaced == [NOW + timedelta(days=10), NOW + timedelta(days=20), None]


# The log


def test_every_step_stands_in_the_log(pair: list[Entry], platform: Platform) -> None:
    publish_all(platform, pair)
    withdraw(platform, pair[:1])
    with platform.database.reading() as session:
        log = list(session.scalars(select(PublishEntry).order_by("id")))

    assert [entry.action for entry in log] == ["publish"] * len(pair) + ["withdraw"]
    assert (log[-1].document_id, log[-1].digest, log[-1].clearance) == (pair[0].document_id, pair[0].digest, "review")


@pytest.mark.postgresql
@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("statement", ["UPDATE publish_entry SET action = 'publish'", "DELETE FROM publish_entry"])
def test_the_log_cannot_be_changed(platform: Platform, content: Path, statement: str) -> None:
    builders.published_document(platform, content)
    with pytest.raises(DatabaseError, match="append-only"), platform.database.writing() as session:
        session.execute(text(statement))


@pytest.mark.postgresql
@pytest.mark.usefixtures("app")
def test_of_two_plans_made_at_once_the_second_is_refused_and_writes_nothing(platform: Platform, content: Path) -> None:
    waiting = wait_for(platform, content)
    builders.clear(platform, waiting)
    with platform.database.reading() as session:
        first, second = (publish.plan(platform, session, waiting, overviews=(), now=NOW) for _ in range(2))
    with platform.database.writing() as session:
        publish.carry_out(session, first, NOW)
    with pytest.raises(Conflict, match="publish again"), platform.database.writing() as session:
        publish.carry_out(session, second, NOW)
    with platform.database.reading() as session:
        assert len(list(session.scalars(select(PublishEntry)))) == 1


# The frame


def test_a_markets_new_emergency_number_reaches_every_page(
        pair: list[Entry], platform: Platform, content: Path) -> None:
    publish_all(platform, pair)
    with platform.database.writing() as session:
        frames.note(session, platform)
    assert not restore_frames(platform, OVERVIEWS, NOW), "nothing changed yet"
    facts = content / "markets" / "us.yaml"
    facts.write_text(facts.read_text().replace('"911"', '"919"'))
    builders.import_content(platform, content)

    assert restore_frames(platform, OVERVIEWS, NOW)
    stored = everything_stored(platform)
    assert "In an emergency call 919." in stored["/en/diseases/other"] and "919" in stored["/en/"]
    assert not restore_frames(platform, OVERVIEWS, NOW)


# What a page says


@pytest.mark.usefixtures("app")
def test_braces_in_content_stay_braces(platform: Platform, content: Path) -> None:
    builders.published_document(platform, content, text=r"It says \{\{config\}\} and \{% raw %\}")
    body = BeautifulSoup(everything_stored(platform)["/en/diseases/sampleitis"], "html.parser").select_one(".body")

    assert body is not None and "It says {{config}} and {% raw %}" in body.text


@pytest.mark.usefixtures("app")
def test_a_page_says_who_reviewed_it_when_for_whom_and_which_version_it_is(platform: Platform, content: Path) -> None:
    entry = builders.published_document(platform, content)
    html = everything_stored(platform)["/en/diseases/sampleitis"]
    strip = BeautifulSoup(html, "html.parser").select_one(".provenance")

    assert strip is not None
    for said in ("Approved by Dr Example, physician", "January 2, 2026", "January 2, 2027", entry.digest[:8],
                 "United States"):
        assert said in strip.text, said
    assert "noindex" not in html


@pytest.mark.usefixtures("app")
def test_a_paid_page_says_who_paid_for_what_influence(platform: Platform, content: Path) -> None:
    builders.published_document(platform, content, **PROMOTIONAL)
    html = everything_stored(platform)["/en/pro/drugs/branditis"]

    assert SPONSORED["company"] in html and SPONSORED["influence"] in html
    assert "Advertisement" in html and "Important Safety Information" in html


@pytest.mark.usefixtures("app")
def test_a_chinese_page_is_chinese_in_its_frame_too(platform: Platform, content: Path) -> None:
    builders.published_document(platform, content, language="zh-Hans", markets=("cn",), text="它会自己好")
    page = BeautifulSoup(everything_stored(platform)["/zh/diseases/sampleitis"], "html.parser")

    assert page.html is not None and page.html["lang"] == "zh-Hans"
    assert "中国" in page.text and "United States" not in page.text
