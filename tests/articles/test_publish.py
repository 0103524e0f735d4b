"""Publishing asks for clearance and policy, logs each step, and leaves every other page right."""

from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from tests import builders
from tests.articles.publishing import (
    PROMOTIONAL,
    SPONSORED,
    everything_stored,
    links,
    publish_all,
    wait_for,
    withdraw,
)
from tests.builders import NOW
from webapp.app import OVERVIEWS
from webapp.articles.jobs import restore_frames
from webapp.articles.models import PublishEntry
from webapp.articles.rules.frontmatter import Kind
from webapp.articles.rules.shelf import Entry
from webapp.articles.service import frames, publish
from webapp.core import pages
from webapp.core.errors import Conflict, Refused
from webapp.core.platform import Platform

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


@pytest.mark.usefixtures("app")
def test_what_review_has_signed_is_no_sample_though_its_head_names_no_reviewer(platform: Platform,
                                                                             content: Path) -> None:
    waiting = wait_for(platform, content, is_reviewed=False)
    builders.clear(platform, waiting)
    with platform.database.reading() as session:
        assert publish.sort_out(platform, session, NOW) == (waiting, [])
    assert publish_all(platform, waiting)[0].clearance == "review"
    html = everything_stored(platform)["/en/diseases/sampleitis"]
    assert "noindex" not in html and "samples: written by AI" not in html
    assert "Written by AI" in html and "Ann Example, medical reviewer" in html


def test_a_sample_of_the_demo_that_is_signed_is_published_anew_with_who_signed(demo: Platform, content: Path) -> None:
    shown = publish_all(demo, wait_for(demo, content, is_reviewed=False))
    with demo.database.reading() as session:
        assert publish.sort_out(demo, session, NOW) == ([], [])
    builders.clear(demo, shown)
    with demo.database.reading() as session:
        ready, _ = publish.sort_out(demo, session, NOW)
    publish_all(demo, ready)
    html = everything_stored(demo)["/en/diseases/sampleitis"]
    assert "Ann Example, medical reviewer" in html and "noindex" in html, "in the demo, signers are fictional"


def test_a_sample_that_promotes_needs_its_signatures_even_in_demo_mode(demo: Platform, content: Path) -> None:
    waiting = wait_for(demo, content, **PROMOTIONAL, is_reviewed=False)
    with pytest.raises(Refused, match="Review has not cleared"):
        publish_all(demo, waiting)
    builders.clear(demo, waiting)

    assert publish_all(demo, waiting)[0].clearance == "review"


def test_a_sample_that_was_handed_in_waits_for_its_signatures_even_in_demo_mode(demo: Platform, content: Path) -> None:
    """Or what a reviewer refused would be shown with the next sample."""
    shown = publish_all(demo, wait_for(demo, content, is_reviewed=False))
    changed = wait_for(demo, content, text="Words that nobody looked at.", is_reviewed=False)
    with demo.database.writing() as session:
        builders.dossier(session, subject=changed[0].subject, digest=changed[0].digest)
    with demo.database.reading() as session:
        ready, held = publish.sort_out(demo, session, NOW)
    assert ready == [] and "Review has not cleared" in held[0]
    with pytest.raises(Refused, match="Review has not cleared"):
        publish_all(demo, changed)
    builders.clear(demo, changed)
    assert publish_all(demo, changed)[0].clearance == "review"
    assert shown[0].clearance == "sample"


def test_a_sample_stays_up_while_review_looks_at_it(demo: Platform, content: Path) -> None:
    shown = publish_all(demo, wait_for(demo, content, is_reviewed=False))
    with demo.database.writing() as session:
        builders.dossier(session, subject=shown[0].subject, digest=shown[0].digest)
    with demo.database.reading() as session:
        assert publish.no_longer_permitted(demo, session, NOW) == []


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


# Neighbours
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


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(("funding", "is_linked"), [({"kind": "independent"}, True), (SPONSORED, False)])
def test_a_page_on_a_disease_that_a_company_paid_for_has_no_page_beside_it(
        platform: Platform, content: Path, funding: dict[str, str], is_linked: bool) -> None:
    builders.write_topic(content, kind=Kind.DRUG, slug="samplin", content_class="drug-education")
    builders.write_topic(content, slug="other")
    builders.write_topic(content, funding=funding)
    topic = content / "diseases" / "sampleitis" / "topic.yaml"
    topic.write_text(topic.read_text().replace("related: []", "related: [drugs/samplin, diseases/other]"))
    waiting = builders.import_content(platform, content)
    builders.clear(platform, waiting)
    publish_all(platform, waiting)
    beside = links(everything_stored(platform)["/en/diseases/sampleitis"], ".related")
    assert beside == ({"/en/drugs/samplin", "/en/diseases/other"} if is_linked else set())


def test_publishing_one_page_leaves_far_ones_alone(pair: list[Entry], platform: Platform, content: Path) -> None:
    publish_all(platform, pair)
    builders.write_topic(content, slug="far")
    far = builders.import_content(platform, content)
    builders.clear(platform, far)
    with platform.database.reading() as session:
        planned = publish.plan(platform, session, far, overviews=(), now=NOW)

    assert [row["path"] for row in planned.rows] == ["/en/diseases/far"]


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
    number = '<a class="telephone" href="tel:919">919</a>'
    assert f"In an emergency call {number}." in stored["/en/diseases/other"] and number in stored["/en/"]
    assert not restore_frames(platform, OVERVIEWS, NOW)
