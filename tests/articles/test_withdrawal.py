"""What is withdrawn is gone everywhere, stays so by itself, and comes back when somebody says so."""

from datetime import timedelta
from pathlib import Path

import pytest
from werkzeug.test import Client

from tests import builders
from tests.articles.publishing import everything_stored, links, publish_all, wait_for, withdraw
from tests.builders import NOW
from tests.waiting import until
from webapp.articles import queries
from webapp.articles.jobs import expire
from webapp.articles.rules.shelf import Entry
from webapp.articles.service import publish
from webapp.core.errors import NotFound
from webapp.core.platform import Platform
from webapp.edge import POLL_SECONDS, Edge
from webapp.review.rules import VALID_FOR


def test_a_withdrawn_page_disappears_from_all_of_them(pair: list[Entry], platform: Platform) -> None:
    publish_all(platform, pair)
    withdraw(platform, [entry for entry in pair if entry.slug == "sampleitis" and entry.language == "en"])

    for path, html in everything_stored(platform).items():
        assert not {"/en/diseases/sampleitis", "/en-cn/diseases/sampleitis"} & links(html, "body"), path


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


def test_a_page_that_is_withdrawn_is_gone_at_the_next_look_though_the_edge_held_it(
        pair: list[Entry], platform: Platform, client: Client, edge: Edge) -> None:
    publish_all(platform, pair)
    edge.watch()
    try:
        assert client.get("/en/diseases/sampleitis").status_code == 200
        withdraw(platform, pair)
        assert until(lambda: client.get("/en/diseases/sampleitis").status_code == 410)
        assert POLL_SECONDS <= 0.5, "which comes well within a second"
    finally:
        edge.close()


@pytest.mark.parametrize(("path", "withdrawn", "expired", "when"), [
    ("/en/diseases/sampleitis", "This page was withdrawn", "its approval for this country ended",
     "Taken down Mar 2, 2026, 09:30 UTC."),
    ("/zh/diseases/sampleitis", "这个页面已撤下", "在本国（地区）的批准已到期", "于2026年3月2日 09:30 UTC撤下。")])
def test_a_page_that_is_gone_says_when_and_how_it_ended_and_not_by_whom_or_why(
        pair: list[Entry], platform: Platform, client: Client, path: str, withdrawn: str, expired: str,
        when: str) -> None:
    publish_all(platform, pair)
    with platform.database.reading() as session:
        planned = publish.plan_withdrawal(platform, session, [entry.document_id for entry in pair], overviews=(),
                                          now=NOW)
    with platform.database.writing() as session:
        publish.carry_out(session, planned, NOW, "Dr Example asked for it")
    answer = client.get(path)
    assert answer.status_code == 410 and answer.headers["Cache-Control"] == "private, no-store"
    assert withdrawn in answer.text and when in answer.text and "Dr Example" not in answer.text

    with platform.database.reading() as session:
        ready, _ = publish.sort_out(platform, session, NOW, ["diseases/sampleitis"])
    publish_all(platform, ready)
    assert expire(platform, (), NOW + VALID_FOR)
    gone = client.get(path).text
    assert expired in gone and withdrawn not in gone and when not in gone


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


# Coming back


def held(platform: Platform) -> list[str]:
    with platform.database.reading() as session:
        return publish.sort_out(platform, session, NOW)[1]


def bring_back(platform: Platform, address: str) -> list[str]:
    """Publishes again; the digests."""
    with platform.database.reading() as session:
        ready, _ = publish.sort_out(platform, session, NOW, [address])
    return [entry.digest for entry in publish_all(platform, ready)]


@pytest.fixture
def withdrawn(platform: Platform, content: Path, client: Client) -> Entry:
    """A page that was cleared, published and withdrawn; its file is as it was."""
    entry = builders.published_document(platform, content)
    withdraw(platform, [entry])
    return entry


def test_what_was_withdrawn_is_named_with_the_way_back(withdrawn: Entry, platform: Platform) -> None:
    why, = held(platform)
    assert why.startswith("diseases/sampleitis (patient, en, us) was withdrawn")
    assert "`materia content publish --again diseases/sampleitis`" in why


def test_unchanged_text_comes_back_when_it_is_asked_for(withdrawn: Entry, platform: Platform, client: Client) -> None:
    assert bring_back(platform, "diseases/sampleitis") == [withdrawn.digest]
    assert client.get("/en/diseases/sampleitis").status_code == 200
    assert held(platform) == []


def test_text_that_goes_back_to_what_was_withdrawn_is_named_too(withdrawn: Entry, platform: Platform,
                                                                content: Path) -> None:
    edited = wait_for(platform, content, text="It is known better now")
    builders.clear(platform, edited)
    publish_all(platform, edited)
    assert held(platform) == []
    assert wait_for(platform, content) == [], "it does not come up by itself"
    assert len(held(platform)) == 1
    assert bring_back(platform, "diseases/sampleitis") == [withdrawn.digest]


def test_an_edit_that_waited_during_the_withdrawal_stays_down_and_comes_back_when_asked_for(
        platform: Platform, content: Path, client: Client) -> None:
    entry = builders.published_document(platform, content)
    edit = wait_for(platform, content, text="An edit that nobody published")
    withdraw(platform, [entry])
    assert len(held(platform)) == 1
    builders.clear(platform, edit)
    assert bring_back(platform, "diseases/sampleitis") == [edit[0].digest]


def test_what_came_back_expires_and_waits_like_any_other(withdrawn: Entry, platform: Platform) -> None:
    bring_back(platform, "diseases/sampleitis")
    assert expire(platform, (), NOW + VALID_FOR) == 1
    with platform.database.reading() as session:
        assert [entry.digest for entry in queries.waiting(session)] == [withdrawn.digest]


def test_what_is_asked_for_again_still_needs_its_clearance(withdrawn: Entry, platform: Platform) -> None:
    with platform.database.reading() as session:
        ready, why = publish.sort_out(platform, session, NOW + VALID_FOR, ["diseases/sampleitis"])
    assert ready == [] and "Review has not cleared" in why[0]


def test_a_withdrawn_page_whose_file_is_gone_is_named_no_longer(withdrawn: Entry, platform: Platform,
                                                                content: Path) -> None:
    (content / "diseases" / "sampleitis" / "patient.en.md").unlink()
    builders.import_content(platform, content)
    assert held(platform) == []
    with pytest.raises(NotFound, match="diseases/sampleitis"):
        bring_back(platform, "diseases/sampleitis")
