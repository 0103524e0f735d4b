"""How long cases stay in each step, as a page, a file and a command."""

import csv
import io
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from werkzeug.test import Client

from tests import builders
from tests.builders import BASE_URL, NOW
from tests.ops.pages import words_of
from tests.review.cases import sign, submit
from webapp.core import clock
from webapp.core.db import Database
from webapp.core.platform import Platform
from webapp.core.subject import Subject
from webapp.edge import Edge
from webapp.ops.cli import review as command
from webapp.ops.service import timing
from webapp.people.models import Account
from webapp.people.rules import AccountKind, Role
from webapp.review.rules import ReviewRole
from webapp.review.rules.timing import Step

DAY = timedelta(days=1)
PERIOD = "from=2026-03-01&to=2026-04-30"


def six_cases(database: Database) -> None:
    """Signed by two medical reviewers in turn, after one to six days, and by nobody else."""
    with database.writing() as session:
        medics: list[Account] = [builders.account(session, Role.MEDICAL_REVIEWER, kind=AccountKind.STAFF)
                                 for _ in range(2)]
        for number in range(1, 7):
            made = submit(session, subject=Subject("article", number), now=NOW, route="full")
            sign(session, made, medics[number % 2], ReviewRole.MEDICAL, now=NOW + number * DAY)


@pytest.fixture
def browser(edge: Edge, database: Database) -> Client:
    six_cases(database)
    with database.writing() as session:
        builders.account(session, Role.LEGAL_REVIEWER, email="lee@materia.example", kind=AccountKind.STAFF,
                         now=clock.now())
    made = Client(edge)
    builders.sign_in(made, "lee@materia.example")
    return made


def test_a_reviewer_sees_where_work_waits_as_chart_and_table_and_no_names(browser: Client) -> None:
    assert 'href="/review/times"' in browser.get("/review/", base_url=BASE_URL).text
    answer = browser.get(f"/review/times?{PERIOD}", base_url=BASE_URL)
    shown = words_of(answer)
    assert answer.status_code == 200 and 'class="mt-chart"' in answer.text
    assert "Medical · Handed in until first look 6 3.5 too few 0" in shown
    assert "Legal · Handed in until first look 0 too few too few 6" in shown
    assert "Ann Example" not in shown and ">3.5<" in answer.text, "the chart writes tenths too"
    assert "Nothing was in review" in words_of(browser.get("/review/times?from=2020-01-01&to=2020-01-02",
                                                           base_url=BASE_URL))


def test_the_file_says_the_same(browser: Client) -> None:
    text = browser.get(f"/review/times.csv?{PERIOD}", base_url=BASE_URL).data.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {"route": "full", "discipline": "medical", "step": "looked", "ended": "6", "median_days": "3.5",
            "p90_days": "", "not_ended": "0"} in rows


@pytest.mark.parametrize("path", ["times", "times.csv"])
def test_a_period_the_wrong_way_round_is_refused(browser: Client, path: str) -> None:
    answer = browser.get(f"/review/{path}?from=2026-03-02&to=2026-03-01", base_url=BASE_URL)
    assert answer.status_code == 422 and "Exchange them" in answer.text


@pytest.mark.parametrize("path", ["times", "times.csv"])
def test_a_writer_sees_no_times(edge: Edge, database: Database, path: str) -> None:
    with database.writing() as session:
        builders.account(session, Role.WRITER, email="wanda@materia.example", kind=AccountKind.STAFF)
    wanda = Client(edge)
    builders.sign_in(wanda, "wanda@materia.example")
    assert wanda.get(f"/review/{path}", base_url=BASE_URL).status_code == 403
    assert "/review/times" not in wanda.get("/review/", base_url=BASE_URL).text


@pytest.mark.usefixtures("app")
def test_the_command_prints_or_writes_them(platform: Platform, tmp_path: Path) -> None:
    six_cases(platform.database)
    context = type("Context", (), {"platform": platform})
    words = ["times", "--from", "2026-03-01", "--to", "2026-04-30"]
    assert "3.5" in CliRunner().invoke(command, words, obj=context).output
    answer = CliRunner().invoke(command, [*words, "--csv", str(tmp_path / "t.csv")], obj=context)
    assert answer.exit_code == 0 and "3.5" in (tmp_path / "t.csv").read_text(encoding="utf-8-sig")
    refused = CliRunner().invoke(command, ["times", "--from", "2026-04-30", "--to", "2026-03-01"], obj=context)
    assert "Exchange them" in str(refused.exception)


def test_publication_is_told_of_pages_and_of_mail(platform: Platform, tmp_path: Path, app: object) -> None:
    builders.published_document(platform, tmp_path / "content", now=NOW)
    with platform.database.reading() as session:
        found = {row.step: row for row in timing.measure(session, NOW.date(), NOW.date())}
    assert found[Step.PUBLISHED].count == found[Step.APPROVED].count == 1
