"""Readings die when they were promised to, and their sums stay."""

from datetime import timedelta

import pytest
from sqlalchemy import event, insert
from sqlmodel import select

from tests.engagement.beacons import ANN, DAY, NOW, body, count, readings, roll_up, sums
from webapp.core import jobs as core_jobs
from webapp.core.db import Database
from webapp.core.platform import Platform
from webapp.engagement import jobs
from webapp.engagement.models import CrowdedAddress
from webapp.engagement.rules import KEPT
from webapp.engagement.service import Counter

BOTH = pytest.mark.postgresql


@BOTH
def test_readings_die_after_thirteen_months_and_their_sums_stay(
        database: Database, platform: Platform, counter: Counter) -> None:
    count(counter, [body(platform)])
    count(counter, [body(platform, day=(DAY + timedelta(days=1)).isoformat())], ANN, NOW + timedelta(days=1))
    roll_up(database)
    before = sums(database)
    assert jobs.forget_readings(database, NOW + KEPT) is None and len(readings(database)) == 2
    assert jobs.forget_readings(database, NOW + KEPT + timedelta(days=1)) == 1
    assert [row.day for row in readings(database)] == [DAY + timedelta(days=1)]
    assert before and sums(database) == before
    assert timedelta(days=393) <= KEPT <= timedelta(days=397)


def test_they_die_in_slices(database: Database, platform: Platform, counter: Counter,
                            monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core_jobs, "FORGET_SLICE", 3)
    count(counter, [body(platform) for _ in range(7)])
    commits: list[object] = []
    event.listen(database.writer, "commit", commits.append)
    assert jobs.forget_readings(database, NOW + 2 * KEPT) == 7
    assert readings(database) == [] and len(commits) == 4, "the last finds none"


def test_labels_of_crowds_die_with_their_readings(database: Database) -> None:
    with database.writing() as session:
        session.execute(insert(CrowdedAddress), [{"day": DAY, "address_key": "old"},
                                                 {"day": DAY + timedelta(days=1), "address_key": "new"}])
    jobs.forget_readings(database, NOW + KEPT + timedelta(days=1))
    with database.reading() as session:
        assert session.scalars(select(CrowdedAddress.address_key)).all() == ["new"]
