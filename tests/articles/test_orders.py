"""Texts ordered for a time in a zone, or for when review approves: published then, once, or refused with the reason."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from tests import builders
from tests.articles.publishing import wait_for, withdraw
from tests.builders import BY, NOW
from webapp.articles import queries
from webapp.articles.cli import content as command
from webapp.articles.jobs import publish_due
from webapp.articles.models import PublishEntry, PublishOrder
from webapp.articles.rules.orders import Obstacle, OrderKind, OrderState, next_step
from webapp.articles.rules.shelf import Entry
from webapp.articles.service import orders, pages, publish
from webapp.articles.service.orders import When
from webapp.core import audit, clock
from webapp.core.errors import Conflict, Invalid, NotFound
from webapp.core.platform import Platform
from webapp.policy import rules as policy
from webapp.review.rules import VALID_FOR

pytestmark = pytest.mark.usefixtures("app")

LONDON = When(datetime(2026, 7, 1, 9), "Europe/London")
DUE = datetime(2026, 7, 1, 8, tzinfo=UTC)
"""London is an hour ahead of UTC in summer."""
ON_APPROVAL = When()


def place(platform: Platform, entries: Sequence[Entry], when: When = LONDON) -> list[PublishOrder]:
    with platform.database.writing() as session:
        return orders.place(session, entries, when, BY)


def cleared(platform: Platform, content: Path, **topic: object) -> list[Entry]:
    waiting = wait_for(platform, content, **topic)
    builders.clear(platform, waiting)
    return waiting


def told(platform: Platform) -> list[tuple[str, str]]:
    """(state, obstacle) of all orders, the oldest first."""
    with platform.database.reading() as session:
        return [(order.state, order.obstacle) for order in session.scalars(select(PublishOrder).order_by("id"))]


def live(platform: Platform) -> list[str]:
    with platform.database.reading() as session:
        return [entry.digest for entry in queries.live(session)]


def actions(platform: Platform) -> list[str]:
    with platform.database.reading() as session:
        return [entry.action for entry in session.scalars(select(PublishEntry).order_by("id"))]


def audited(platform: Platform) -> list[tuple[str, str]]:
    """(action, actor), the oldest first."""
    with platform.database.reading() as session:
        return [(line.entry.action, line.entry.actor) for line in reversed(audit.newest(session, "article"))]


# At a time


def test_an_ordered_text_is_published_at_its_time_in_its_zone_and_not_a_second_sooner(
        platform: Platform, content: Path) -> None:
    entry, = cleared(platform, content)
    order, = place(platform, [entry])
    assert (order.due_at, order.local_time, order.zone) == (DUE, "2026-07-01 09:00", "Europe/London")
    assert publish_due(platform, (), DUE - timedelta(seconds=1)) is None
    assert live(platform) == []
    assert publish_due(platform, (), DUE) == 1
    assert live(platform) == [entry.digest]
    assert told(platform) == [("done", "")]
    assert audited(platform) == [("publish-ordered", audit.COMMAND_LINE), ("page-published", audit.SCHEDULE)]


@pytest.mark.parametrize(("local", "zone", "due_at"), [
    (datetime(2026, 3, 29, 1, 30), "Europe/London", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),  # skipped: 02:30 there
    (datetime(2026, 10, 25, 1, 30), "Europe/London", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # repeated: the first
    (datetime(2026, 12, 1, 9), "Asia/Shanghai", datetime(2026, 12, 1, 1, tzinfo=UTC)),
])
def test_an_hour_that_is_skipped_or_repeated_is_one_moment(
        platform: Platform, content: Path, local: datetime, zone: str, due_at: datetime) -> None:
    order, = place(platform, cleared(platform, content), When(local, zone))
    assert order.due_at == due_at


@pytest.mark.parametrize(("when", "words"), [
    (When(NOW.replace(tzinfo=None), "UTC"), "2026-03-02 09:30 in UTC has passed"),
    (When(datetime(2026, 7, 1, 9), "Mars/Olympus"), "There is no time zone 'Mars/Olympus'"),
])
def test_a_time_that_cannot_be_is_refused(platform: Platform, content: Path, when: When, words: str) -> None:
    entries = cleared(platform, content)
    with pytest.raises(Invalid, match=words):
        place(platform, entries, when)
    assert told(platform) == []


@pytest.mark.postgresql
def test_a_clock_that_is_set_back_publishes_nothing_twice(platform: Platform, content: Path) -> None:
    place(platform, cleared(platform, content))
    publish_due(platform, (), DUE)
    for now in (DUE - timedelta(hours=1), DUE, DUE + timedelta(days=1)):
        assert publish_due(platform, (), now) is None
    assert actions(platform) == ["publish"]


def test_under_an_embargo_nothing_of_the_page_is_published_by_the_way(platform: Platform, content: Path) -> None:
    entry, = cleared(platform, content)
    order, = place(platform, [entry])
    with platform.database.reading() as session:
        ready, held = publish.sort_out(platform, session, NOW)
    assert ready == []
    assert held == [f"{entry.name} waits for its time, 2026-07-01 09:00 in Europe/London. To publish it sooner, cancel "
                    f"the order first: `materia content cancel {order.key} --reason WHY`."]
    edited, = cleared(platform, content, text="Another text of it")
    with platform.database.reading() as session:
        assert publish.sort_out(platform, session, NOW)[0] == [], "whichever text: the page is what waits"
    with platform.database.writing() as session:
        orders.cancel(session, order.key, BY)
    with platform.database.reading() as session:
        assert [found.digest for found in publish.sort_out(platform, session, NOW)[0]] == [edited.digest]


def test_all_pages_of_one_embargo_appear_at_one_moment(platform: Platform, pair: list[Entry]) -> None:
    place(platform, pair)
    assert publish_due(platform, (), DUE) == len(pair)
    with platform.database.reading() as session:
        assert {entry.published_at for entry in queries.live(session)} == {DUE}
        assert len(queries.live(session)) == len(pair)


# On approval


def test_a_text_ordered_for_its_approval_is_published_once_review_has_signed(platform: Platform,
                                                                              content: Path) -> None:
    waiting = wait_for(platform, content)
    place(platform, waiting, ON_APPROVAL)
    assert publish_due(platform, (), NOW) is None
    assert told(platform) == [("waiting", "")]
    builders.clear(platform, waiting)
    assert publish_due(platform, (), NOW) == 1
    assert live(platform) == [waiting[0].digest]


# What cannot be carried out


def test_an_order_that_cannot_be_carried_out_is_told_once_and_retried_when_its_reason_is_gone(
        platform: Platform, content: Path, caplog: pytest.LogCaptureFixture) -> None:
    waiting = wait_for(platform, content)
    place(platform, waiting)
    with caplog.at_level(logging.ERROR, "materia.publishing"):
        looks = [publish_due(platform, (), DUE + timedelta(minutes=minute)) for minute in range(5)]
    assert looks == [1, None, None, None, None]
    assert told(platform) == [("refused", "not-cleared")]
    assert [record.getMessage().rpartition(": ")[2] for record in caplog.records] == ["not-cleared"]
    assert [action for action, _ in audited(platform)] == ["publish-ordered", "publish-refused"]
    later = DUE + timedelta(minutes=9)
    builders.clear(platform, waiting, later)
    assert publish_due(platform, (), later) == 1
    assert told(platform) == [("done", "")] and live(platform) == [waiting[0].digest]


def test_another_reason_is_told_again(platform: Platform, content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place(platform, wait_for(platform, content))
    assert publish_due(platform, (), DUE) == 1
    monkeypatch.setattr(policy, "decide", lambda *_: policy.DENIED)
    assert [publish_due(platform, (), DUE), publish_due(platform, (), DUE)] == [1, None]
    assert told(platform) == [("refused", "denied-by-policy")]


def test_a_clearance_that_lapses_before_the_time_refuses_the_order(platform: Platform, content: Path) -> None:
    place(platform, cleared(platform, content), When(datetime(2027, 3, 2, 9, 30), "UTC"))
    assert publish_due(platform, (), NOW + VALID_FOR) == 1
    assert (told(platform), live(platform)) == ([("refused", "not-cleared")], [])


def test_a_text_that_was_changed_after_the_order_is_not_published_for_it(platform: Platform, content: Path) -> None:
    first, = cleared(platform, content)
    place(platform, [first])
    cleared(platform, content, text="Another text of it")
    assert publish_due(platform, (), DUE) == 1
    assert (told(platform), live(platform)) == ([("refused", "text-changed")], [])
    wait_for(platform, content)
    assert publish_due(platform, (), DUE) == 1
    assert live(platform) == [first.digest], "the text is as it was ordered"


def test_work_that_fails_is_told_once_waits_for_a_person_and_holds_up_no_other(
        platform: Platform, pair: list[Entry], monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture) -> None:
    make = pages._article_page

    def fail(made: pages.Press, entry: Entry, *rest: object, **more: object) -> object:
        if entry.slug == "other":
            raise ZeroDivisionError
        return make(made, entry, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(pages, "_article_page", fail)
    place(platform, pair)
    with caplog.at_level(logging.ERROR, "materia.publishing"):
        assert publish_due(platform, (), DUE) == len(pair)
    failed = [entry.slug == "other" for entry in pair]
    states = [("refused", "fault") if is_failed else ("done", "") for is_failed in failed]
    assert any(failed) and told(platform) == states and "ZeroDivisionError" in caplog.text
    monkeypatch.undo()
    assert publish_due(platform, (), DUE + timedelta(minutes=1)) is None
    assert told(platform) == states


@pytest.mark.postgresql
def test_a_clearance_that_ends_between_check_and_publish_stops_it(platform: Platform, content: Path) -> None:
    entry, = cleared(platform, content)
    just_before = NOW + VALID_FOR - timedelta(milliseconds=1)
    with platform.database.reading() as session:
        planned = publish.plan(platform, session, [entry], overviews=(), now=just_before)
    with pytest.raises(Conflict, match="ended meanwhile"), platform.database.writing() as session:
        publish.carry_out(session, planned, NOW + VALID_FOR)
    assert live(platform) == []


# What ends orders


def test_a_second_order_takes_the_place_of_the_first(platform: Platform, content: Path) -> None:
    waiting = cleared(platform, content)
    place(platform, waiting)
    place(platform, waiting, ON_APPROVAL)
    assert told(platform) == [("cancelled", "order-replaced"), ("waiting", "")]


@pytest.mark.postgresql
def test_a_document_has_one_open_order_at_most(platform: Platform, content: Path) -> None:
    entry, = wait_for(platform, content)
    place(platform, [entry])
    with pytest.raises(IntegrityError), platform.database.writing() as session:
        session.add(PublishOrder(document_id=entry.document_id, revision_id=entry.revision_id, digest=entry.digest,
                                 kind=OrderKind.AT, due_at=DUE, ordered_at=NOW, state=OrderState.REFUSED,
                                 changed_at=NOW))
    place(platform, [entry])
    assert told(platform) == [("cancelled", "order-replaced"), ("waiting", "")]


def test_a_withdrawal_cancels_what_was_ordered_for_the_page(platform: Platform, content: Path) -> None:
    entry = builders.published_document(platform, content)
    place(platform, cleared(platform, content, text="Another text of it"))
    withdraw(platform, [entry])
    assert told(platform) == [("cancelled", "withdrawn")]
    assert publish_due(platform, (), DUE) is None and live(platform) == []


def test_an_order_is_cancelled_once(platform: Platform, content: Path) -> None:
    order, = place(platform, cleared(platform, content))
    with platform.database.writing() as session:
        orders.cancel(session, order.key, BY)
    assert publish_due(platform, (), DUE) is None
    assert told(platform) == [("cancelled", "cancelled-by-hand")]
    for key, error in ((order.key, Conflict), ("nothing", NotFound)):
        with pytest.raises(error), platform.database.writing() as session:
            orders.cancel(session, key, BY)


def test_publishing_by_hand_what_was_refused_carries_the_order_out(platform: Platform, content: Path) -> None:
    waiting = wait_for(platform, content)
    place(platform, waiting, ON_APPROVAL)
    builders.clear(platform, waiting)
    builders.publish_entries(platform, waiting)
    assert told(platform) == [("done", "")]


# Superseding


def test_a_newer_text_supersedes_the_older_and_the_log_says_so(platform: Platform, content: Path) -> None:
    first = builders.published_document(platform, content)
    newer, = cleared(platform, content, text="Another text of it")
    builders.publish_entries(platform, [newer])
    with platform.database.reading() as session:
        log = [(entry.action, entry.digest) for entry in session.scalars(select(PublishEntry).order_by("id"))]
        assert queries.replaced_at(session, first.document_id, first.revision_id) == NOW
    assert log == [("publish", first.digest), ("supersede", first.digest), ("publish", newer.digest)]
    assert [action for action, _ in audited(platform)] == ["page-published", "page-supersede", "page-published"]


def test_the_same_text_published_again_supersedes_nothing(platform: Platform, content: Path) -> None:
    entry = builders.published_document(platform, content)
    builders.publish_entries(platform, [entry])
    assert actions(platform) == ["publish", "publish"]


def test_a_text_that_comes_back_after_it_was_superseded_may_be_published(platform: Platform, content: Path) -> None:
    first = builders.published_document(platform, content)
    builders.publish_entries(platform, cleared(platform, content, text="Another text of it"))
    assert [entry.digest for entry in wait_for(platform, content)] == [first.digest]


# The rule


@pytest.mark.parametrize(("kind", "state", "known", "obstacle", "step"), [
    ("at", "waiting", "", None, ("done", None)),
    ("at", "waiting", "", Obstacle.CLEARANCE, ("refused", Obstacle.CLEARANCE)),
    ("at", "refused", "not-cleared", Obstacle.CLEARANCE, None),
    ("at", "refused", "not-cleared", Obstacle.POLICY, ("refused", Obstacle.POLICY)),
    ("at", "refused", "not-cleared", None, ("done", None)),
    ("on-approval", "waiting", "", Obstacle.CLEARANCE, None),
    ("on-approval", "waiting", "", Obstacle.SAMPLE, None),
    ("on-approval", "refused", "denied-by-policy", Obstacle.CLEARANCE, ("waiting", None)),
    ("at", "refused", "fault", None, None),
    ("at", "refused", "fault", Obstacle.POLICY, None),
])
def test_an_order_changes_when_what_stands_in_its_way_does(
        kind: str, state: str, known: str, obstacle: Obstacle | None, step: object) -> None:
    assert next_step(kind, state, known, obstacle) == step


# Commands


class Context:
    """What the commands are handed."""

    overviews = ()

    def __init__(self, platform: Platform) -> None:
        self.platform = platform

    def renew_pages(self) -> None:
        """Nothing changed around these pages."""


def run(platform: Platform, *words: str) -> Result:
    return CliRunner().invoke(command, words, obj=Context(platform))


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.mark.usefixtures("today")
def test_an_operator_orders_lists_and_cancels(platform: Platform, content: Path) -> None:
    entry, = cleared(platform, content)
    answer = run(platform, "publish", "--at", "2026-12-01 09:00", "--zone", "Europe/London", entry.address)
    assert answer.output == "1 pages are ordered for 2026-12-01 09:00 UTC.\n"
    key = run(platform, "orders").output.split()[0]
    assert run(platform, "orders").output == (
        f"{key}  {entry.name}, {entry.digest[:8]}, at 2026-12-01 09:00 Europe/London, waiting\n")
    assert run(platform, "cancel", key, "--reason", "The congress was put off").output == "The order is cancelled.\n"
    assert run(platform, "orders").output == ""
    assert run(platform, "publish", "--on-approval", entry.address).output == (
        "1 pages are ordered for when review has cleared them.\n")


@pytest.mark.usefixtures("today")
def test_one_address_alone_may_be_published(platform: Platform, content: Path) -> None:
    builders.write_topic(content, slug="other")
    cleared(platform, content)
    assert "1 pages published" in run(platform, "publish", "diseases/other").output
    with platform.database.reading() as session:
        assert [entry.slug for entry in queries.live(session)] == ["other"]


@pytest.mark.parametrize("words", [["--at", "2026-12-01 09:00", "diseases/sampleitis"], ["--zone", "UTC"],
                                   ["--on-approval"], ["--at", "2026-12-01 09:00", "--zone", "UTC"]])
def test_half_an_order_is_no_order(platform: Platform, words: list[str]) -> None:
    answer = run(platform, "publish", *words)
    assert answer.exit_code == 2 and "Give --at with --zone, or --on-approval, and the addresses" in answer.output


@pytest.mark.usefixtures("today")
def test_an_address_where_nothing_waits_is_named(platform: Platform) -> None:
    answer = run(platform, "publish", "--on-approval", "diseases/nothing")
    assert isinstance(answer.exception, NotFound) and "diseases/nothing" in str(answer.exception)
