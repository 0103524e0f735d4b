"""The page of orders to publish later: what it tells, to whom, and how an order is cancelled on it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from werkzeug.test import Client

from tests import builders
from tests.builders import BY, NOW
from tests.ops.pages import WHY, act, last_act, words_of
from webapp.articles import queries
from webapp.articles.jobs import publish_due
from webapp.articles.rules.shelf import Entry
from webapp.articles.service import orders
from webapp.articles.service.orders import When
from webapp.core.platform import Platform
from webapp.people.models import Account

CONGRESS = When(datetime(2026, 12, 1, 9), "Europe/London")


def place(platform: Platform, entries: Sequence[Entry], when: When = CONGRESS) -> str:
    with platform.database.writing() as session:
        return orders.place(session, entries, when, BY)[0].key


@pytest.fixture
def waiting(platform: Platform, tmp_path: Path, operator: Client) -> list[Entry]:
    """A page that nobody has signed."""
    builders.write_topic(tmp_path / "content")
    return builders.import_content(platform, tmp_path / "content")


def test_a_waiting_order_shows_its_time_as_typed_and_in_utc(operator: Client, platform: Platform,
                                                             waiting: list[Entry]) -> None:
    place(platform, waiting)
    said = words_of(operator.get("/ops/publishing"))
    assert "Waiting 2026-12-01 09:00 in Europe/London (Dec 1, 2026, 09:00 UTC)" in said
    assert f"diseases/sampleitis · For patients · US · Version {waiting[0].digest[:8]}" in said


@pytest.mark.parametrize(("language", "words"), [
    ("en", "Not carried out 2026-12-01 09:00 in Europe/London"), ("zh-Hans", "尚未通过审核。签署完成后即会发布。")])
def test_an_order_that_is_not_carried_out_says_why(operator: Client, platform: Platform, waiting: list[Entry],
                                                   language: str, words: str) -> None:
    place(platform, waiting)
    publish_due(platform, (), NOW + timedelta(days=300))
    assert words in words_of(operator.get(f"/ops/publishing?language={language}"))


def test_an_operator_cancels_an_order_with_a_reason(operator: Client, platform: Platform, waiting: list[Entry]) -> None:
    key = place(platform, waiting)
    assert act(operator, f"/ops/publishing/{key}/cancel").location == "/ops/publishing?notice=done"
    with platform.database.reading() as session:
        assert queries.orders(session, is_open=True) == []
        assert last_act(session) == ("publish-order-cancelled", "article", WHY)
    assert "Somebody cancelled it" in words_of(operator.get("/ops/publishing"))


def test_no_order_is_cancelled_twice_without_a_reason_or_by_a_name_that_is_not_there(
        operator: Client, platform: Platform, waiting: list[Entry]) -> None:
    key = place(platform, waiting)
    assert act(operator, f"/ops/publishing/{key}/cancel", reason="").status_code == 422
    assert act(operator, f"/ops/publishing/{key}/cancel").status_code == 303
    assert act(operator, f"/ops/publishing/{key}/cancel").status_code == 409
    assert act(operator, "/ops/publishing/nothing/cancel").status_code == 404


def test_a_writer_sees_orders_and_cancels_none(client: Client, platform: Platform, waiting: list[Entry],
                                               wanda: Account) -> None:
    key = place(platform, waiting)
    client.post("/sign-out", base_url=builders.BASE_URL)
    builders.sign_in(client, wanda.email)
    page = client.get("/ops/publishing")
    assert page.status_code == 200 and "/cancel" not in page.text and 'href="/ops/"' not in page.text
    assert act(client, f"/ops/publishing/{key}/cancel").status_code == 403
