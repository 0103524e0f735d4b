"""`materia campaign` as an operator types it."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import select, update
from sqlmodel import col

from tests import builders
from webapp.campaigns.cli import campaign
from webapp.campaigns.models import Campaign
from webapp.channels.models import Outgoing
from webapp.core.errors import Conflict, NotFound
from webapp.core.platform import Platform


class Context:
    """What commands are handed."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform


def run(platform: Platform, *words: str) -> Result:
    return CliRunner().invoke(campaign, words, obj=Context(platform))


@pytest.fixture
def delivery(platform: Platform, app: Flask, tmp_path: Path) -> str:
    """The key of a delivery whose fate nobody knows."""
    builders.released_campaign(platform, tmp_path / "content")
    with platform.database.writing() as session:
        return session.execute(update(Outgoing).values(state="unknown").returning(col(Outgoing.key))).scalar_one()


@pytest.mark.parametrize("state", ["sent", "failed", "queued", "cancelled"])
def test_an_unknown_delivery_is_settled_by_the_word_as_it_is_written_everywhere(platform: Platform, delivery: str,
                                                                               state: str) -> None:
    ran = run(platform, "resolve", delivery, state)
    assert (ran.exit_code, ran.output) == (0, f"{delivery} is {state}.\n")
    with platform.database.reading() as session:
        assert session.scalar(select(col(Outgoing.state))) == state


def test_a_word_that_settles_nothing_is_refused_with_those_that_do(platform: Platform, delivery: str) -> None:
    ran = run(platform, "resolve", delivery, "lost")
    assert ran.exit_code == 2 and "'cancelled', 'failed', 'queued', 'sent'" in ran.output


def test_a_delivery_that_never_was_is_told_from_one_that_is_settled(platform: Platform, delivery: str) -> None:
    assert isinstance(run(platform, "resolve", "0" * 24, "sent").exception, NotFound)
    run(platform, "resolve", delivery, "sent")
    assert isinstance(run(platform, "resolve", delivery, "sent").exception, Conflict)


def test_a_list_keeps_each_time_and_name_whole_however_narrow_it_is_shown(platform: Platform, app: Flask,
                                                                         tmp_path: Path) -> None:
    name = "A first letter of which the name is longer than any narrow column of a table, and stays in one line"
    builders.landing_page(platform, tmp_path / "content")
    with platform.database.writing() as session:
        sponsor = builders.company(session, "Northwind")
    made = builders.campaign(platform, sponsor, name=name)
    ran = CliRunner().invoke(campaign, ["list"], obj=Context(platform), env={"COLUMNS": "40"})
    assert (ran.exit_code, ran.output.splitlines()) == (0, [
        f"{made.key}  2026-03-02 10:00 UTC  draft  {name}", "  Northwind: no deliveries"])


def test_a_list_tells_what_blocks_a_campaign_and_how_its_mail_stands(platform: Platform, delivery: str) -> None:
    with platform.database.writing() as session:
        session.execute(update(Campaign).values(state="blocked", blocked_because="Its release failed."))
    first, second, third = run(platform, "list").output.splitlines()
    assert first.endswith("  blocked  First letter") and second.endswith(": unknown 1")
    assert third == "  blocked: Its release failed."
