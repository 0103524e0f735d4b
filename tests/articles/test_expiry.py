"""What may no longer be shown is taken down, and what a file no longer yields is not put up."""

import dataclasses
import shutil
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from werkzeug.test import Client

from tests import builders
from tests.builders import NOW
from tests.policy import tables
from webapp.articles import queries
from webapp.articles.jobs import expire, restore_frames
from webapp.articles.models import PublishEntry
from webapp.articles.service import publish, storing
from webapp.core import pages
from webapp.core.errors import Conflict
from webapp.core.platform import Platform
from webapp.edge import Edge
from webapp.policy import rules as policy
from webapp.review.rules import RENEWABLE_FOR, VALID_FOR

pytestmark = pytest.mark.usefixtures("app")

PATH = "/en/diseases/sampleitis"


def access(platform: Platform, path: str = PATH) -> str | None:
    with platform.database.reading() as session:
        page = pages.find(session, path)
        return None if page is None else page.access


def actions(platform: Platform) -> list[str]:
    with platform.database.reading() as session:
        return [entry.action for entry in session.scalars(select(PublishEntry))]


def read(client: Client, edge: Edge) -> tuple[int, str]:
    """(status, HTML) of the page as a reader gets it."""
    edge.look_again()
    answer = client.get(PATH)
    return answer.status_code, answer.text


def waiting(platform: Platform) -> list[str]:
    with platform.database.reading() as session:
        return [f"{entry.address} {entry.market}" for entry in queries.waiting(session)]


# Clearance lapses


def test_a_page_is_taken_down_when_its_clearance_lapses_and_returns_when_it_is_renewed(
        platform: Platform, content: Path, client: Client, edge: Edge) -> None:
    entry = builders.published_document(platform, content)
    assert expire(platform, (), NOW + VALID_FOR - timedelta(seconds=1)) is None
    assert read(client, edge)[0] == 200
    assert expire(platform, (), NOW + VALID_FOR) == 1
    assert (read(client, edge)[0], actions(platform)) == (410, ["publish", "expire"])
    assert expire(platform, (), NOW + VALID_FOR) is None
    assert waiting(platform) == [f"{entry.address} us"], "the same bytes may return once they are cleared again"

    later = NOW + VALID_FOR + timedelta(days=3)
    with platform.database.reading() as session:
        held = queries.waiting(session)
    builders.clear(platform, held, later)
    back, = builders.publish_entries(platform, held, now=later)
    assert (back.revision_id, back.digest) == (entry.revision_id, entry.digest)
    status, html = read(client, edge)
    assert status == 200 and "It heals by itself" in html and "Mar 5, 2027, 09:30 UTC" in html
    assert actions(platform) == ["publish", "expire", "publish"]
    assert expire(platform, (), later + VALID_FOR - timedelta(seconds=1)) is None


def test_a_clearance_renewed_in_time_never_takes_the_page_down(platform: Platform, content: Path, client: Client,
                                                               edge: Edge) -> None:
    entry = builders.published_document(platform, content)
    in_time = NOW + VALID_FOR - RENEWABLE_FOR
    builders.clear(platform, [entry], in_time)
    assert expire(platform, (), NOW + VALID_FOR) is None
    with platform.database.reading() as session:
        ready, held = publish.sort_out(platform, session, in_time)
    assert ([found.digest for found in ready], held) == ([entry.digest], []), "published again, to show who signed"
    assert "Dec 2, 2026, 09:30 UTC" not in read(client, edge)[1]
    builders.publish_entries(platform, ready, now=in_time)
    status, html = read(client, edge)
    assert status == 200 and "Dec 2, 2026, 09:30 UTC" in html
    with platform.database.reading() as session:
        assert publish.sort_out(platform, session, in_time) == ([], [])


def test_a_sample_of_the_demo_is_not_shown_outside_it(platform: Platform, content: Path) -> None:
    demo = dataclasses.replace(platform, is_demo=True)
    builders.write_topic(content, is_reviewed=False)
    builders.publish_entries(demo, builders.import_content(demo, content))
    assert expire(demo, (), NOW) is None
    assert expire(platform, (), NOW) == 1
    assert access(platform) == "gone"


@pytest.mark.parametrize("is_demo", [True, False])
def test_a_sample_that_was_signed_goes_down_when_its_approval_lapses(platform: Platform, content: Path,
                                                                     is_demo: bool) -> None:
    here = dataclasses.replace(platform, is_demo=is_demo)
    builders.published_document(here, content, is_reviewed=False)
    assert expire(here, (), NOW) is None
    assert expire(here, (), NOW + VALID_FOR) == 1


def test_a_page_that_policy_has_come_to_deny_is_taken_down(platform: Platform, content: Path,
                                                            monkeypatch: pytest.MonkeyPatch) -> None:
    builders.published_document(platform, content)
    monkeypatch.setattr(policy, "decide", lambda *_: policy.DENIED)
    assert expire(platform, (), NOW) == 1


# Mandatory texts are part of what was signed


def test_new_words_of_policy_are_shown_only_when_they_were_signed(platform: Platform, content: Path,
                                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    paid = {"kind": "sponsored", "company": "Northwind Fictional Pharma", "influence": "None."}
    builders.published_document(platform, content, funding=paid)
    tables.put(monkeypatch, tables.text(NOW.date(), "Unsigned words of {company}."))
    restore_frames(platform, (), NOW)
    assert "Unsigned" not in html(platform) and "Paid for by Northwind" in html(platform)

    entries = builders.import_content(platform, content)
    assert [entry.address for entry in entries] == ["diseases/sampleitis"], "the new words make a new revision"
    builders.clear(platform, entries)
    builders.publish_entries(platform, entries)
    assert "Unsigned words of Northwind" in html(platform)


def html(platform: Platform) -> str:
    with platform.database.reading() as session:
        page = pages.find(session, PATH)
    assert page is not None
    return page.body.decode()


# What its file no longer yields


@pytest.fixture(params=[storing.ROWS, 1], ids=["few files", "many files"])
def however_many(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of few changed files only their topics are looked at, of many all."""
    monkeypatch.setattr(storing, "ROWS", request.param)


@pytest.mark.usefixtures("however_many")
def test_a_page_whose_file_is_gone_waits_no_longer(platform: Platform, content: Path) -> None:
    builders.write_topic(content)
    builders.import_content(platform, content)
    assert waiting(platform) == ["diseases/sampleitis us"]
    (content / "diseases" / "sampleitis" / "patient.en.md").unlink()
    builders.import_content(platform, content)
    assert waiting(platform) == []


@pytest.mark.usefixtures("however_many")
def test_a_topic_whose_folder_is_gone_waits_no_longer(platform: Platform, content: Path) -> None:
    builders.write_topic(content)
    builders.write_topic(content, slug="other")
    builders.import_content(platform, content)
    shutil.rmtree(content / "diseases" / "sampleitis")
    builders.import_content(platform, content)
    assert waiting(platform) == ["diseases/other us"]


@pytest.mark.usefixtures("however_many")
def test_a_market_that_a_page_was_taken_out_of_waits_no_longer(platform: Platform, content: Path) -> None:
    builders.write_topic(content, markets=("us", "gb"))
    builders.import_content(platform, content)
    builders.write_topic(content, markets=("us",))
    builders.import_content(platform, content)
    assert waiting(platform) == ["diseases/sampleitis us"]


def test_an_older_edit_does_not_come_up_by_itself_after_a_withdrawal(platform: Platform, content: Path) -> None:
    entry = builders.published_document(platform, content)
    builders.write_topic(content, text="An edit that nobody published")
    builders.import_content(platform, content)
    with platform.database.reading() as session:
        planned = publish.plan_withdrawal(platform, session, [entry.document_id], overviews=(), now=NOW)
    with platform.database.writing() as session:
        publish.carry_out(session, planned, NOW)
    assert waiting(platform) == []


def test_an_edit_of_what_is_related_is_a_new_revision(platform: Platform, content: Path) -> None:
    builders.published_document(platform, content)
    builders.write_topic(content, slug="other")
    topic = content / "diseases" / "sampleitis" / "topic.yaml"
    topic.write_text(topic.read_text().replace("related: []", "related: [diseases/other]"))
    builders.import_content(platform, content)
    assert sorted(waiting(platform)) == ["diseases/other us", "diseases/sampleitis us"]


# The frame


def test_pages_move_with_the_home_market(platform: Platform, content: Path) -> None:
    builders.published_document(platform, content)
    moved = dataclasses.replace(platform, homes={"en": "gb", "zh": "cn"})
    assert restore_frames(moved, (), NOW)
    assert (access(moved), access(moved, "/en-us/diseases/sampleitis")) == (None, "open")


# At the same time


@pytest.mark.postgresql
def test_of_two_plans_carried_out_at_once_one_is_refused(platform: Platform, content: Path) -> None:
    builders.write_topic(content)
    entries = builders.import_content(platform, content)
    builders.clear(platform, entries)
    with platform.database.reading() as session:
        plans = [publish.plan(platform, session, entries, overviews=(), now=NOW) for _ in range(2)]
    outcomes, start = [], threading.Barrier(2)

    def carry_out(planned: publish.Plan) -> None:
        start.wait()
        try:
            with platform.database.writing() as session:
                publish.carry_out(session, planned, NOW)
            outcomes.append("published")
        except Conflict:
            outcomes.append("refused")

    threads = [threading.Thread(target=carry_out, args=(planned,)) for planned in plans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["published", "refused"]
    assert actions(platform) == ["publish"]
