"""Health, jobs and the audit, and what operators' pages never do."""

import ast
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import text
from werkzeug.test import Client

import webapp
from tests import builders
from tests.ops.pages import WHY, act, words_of
from webapp.channels.models import Outgoing
from webapp.core import audit, jobs
from webapp.core.db import Database
from webapp.core.languages import CHINESE
from webapp.core.models import JobRun, JobTick, LeaderLock
from webapp.core.render import translations
from webapp.core.subject import Subject
from webapp.ops import rules
from webapp.ops.service.system import Place, checks
from webapp.ops.views.pages import PAGES
from webapp.people.models import Account
from webapp.people.rules import Role

BOTH = pytest.mark.postgresql
NOW = datetime.now(UTC)
ROOT = Path(webapp.__file__).parent
NO_CASES = dict.fromkeys(("received", "open", "new", "waiting", "half", "over"), 0)


def health(client: Client) -> dict[str, tuple[str, str]]:
    """Name -> (word, what it says), as the page shows them."""
    answer = client.get("/ops/health")
    assert answer.status_code == 200
    page = BeautifulSoup(answer.text, "html.parser")
    found = {}
    for check in page.select(".checks > div"):
        name, word, says = (check.select_one(part) for part in ("dt", ".verdict", "dd p"))
        assert name is not None and word is not None and says is not None and word.select_one("svg") is not None
        found[name.text] = (word.text.strip(), says.text)
    return found


def lead(database: Database, until: timedelta = jobs.LEASE) -> None:
    with database.writing() as session:
        session.add(LeaderLock(role=jobs.SCHEDULER, holder="1-a", until=datetime.now(UTC) + until))


def tick(database: Database, job: str = "people.forget", due: timedelta = timedelta(seconds=30)) -> None:
    with database.writing() as session:
        jobs.note_ticks(session, [JobTick(job=job, every_seconds=60, began_at=NOW, due_at=datetime.now(UTC) + due)])


def ran(database: Database, outcome: str, job: str = "people.forget", at: datetime = NOW) -> None:
    with database.writing() as session:
        session.add(JobRun(job=job, at=at, outcome=outcome))


# Health


@BOTH
def test_a_system_that_is_well_says_so_everywhere(operator: Client, database: Database) -> None:
    lead(database)
    tick(database)
    shown = health(operator)
    assert {name: word for name, (word, _) in shown.items() if name != "Disk"} == dict.fromkeys(
        ("Database", "Schema", "Worker", "Timed jobs", "Failures of the last day", "Mail queue",
         "Deliveries of unknown fate", "Reports of side effects", "Version"), "OK")
    assert shown["Disk"][0] != "OK" or "All is well." in operator.get("/ops/health").text
    assert ("SQLite" if database.is_sqlite else "PostgreSQL") in shown["Database"][1] and " MB" in shown["Disk"][1]


def test_a_worker_that_never_led_or_fell_silent_calls_for_attention(operator: Client, database: Database) -> None:
    assert next(iter(health(operator).items())) == (
        "Worker", ("Attention", "Nobody runs timed work. Start `materia worker`.")), "what is not well comes first"
    lead(database, timedelta(minutes=-5))
    word, says = health(operator)["Worker"]
    assert word == "Attention" and "5 minutes ago" in says


def test_a_job_that_is_long_due_calls_for_attention(operator: Client, database: Database) -> None:
    tick(database, due=timedelta(seconds=-10))
    assert health(operator)["Timed jobs"] == ("OK", "None is late.")
    tick(database, due=timedelta(minutes=-10))
    assert health(operator)["Timed jobs"] == ("Attention", "people.forget has been due for 10 minutes.")


def test_a_job_that_failed_when_it_last_ran_calls_for_attention_until_it_runs_well(
        operator: Client, database: Database) -> None:
    ran(database, "failed: KeyError")
    assert health(operator)["Failures of the last day"] == ("Attention", "Failed when they last ran: people.forget.")
    ran(database, "done: 3")
    assert health(operator)["Failures of the last day"][0] == "OK"


def test_mail_that_waits_long_or_is_unknown_calls_for_attention(operator: Client, database: Database) -> None:
    with database.writing() as session:
        for number, (state, due) in enumerate((("queued", 3), ("unknown", 0))):
            session.add(Outgoing(key=str(number), subject_kind="campaign", subject_id=number, occurrence="1",
                                 channel="email", language="en", not_before=NOW - timedelta(hours=due), state=state,
                                 changed_at=NOW))
    shown = health(operator)
    assert shown["Mail queue"][0] == "Attention"
    assert shown["Deliveries of unknown fate"] == ("Attention", "1 wait for a person to find out.")


def test_an_older_schema_calls_for_attention(operator: Client, database: Database) -> None:
    with database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    word, says = health(operator)["Schema"]
    assert word == "Attention" and "0001" in says and "materia db upgrade" in says


def test_a_full_disk_calls_for_attention(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "DISK_BYTES", 10 ** 18)
    with database.reading() as session:
        found = checks(session, Place(tmp_path / "not" / "there", "x", lambda *_: NO_CASES), NOW, CHINESE)
    assert {check.name: check.is_well for check in found}[translations(CHINESE).gettext("Disk")] is False


# Jobs


@BOTH
def test_jobs_are_shown_with_their_last_run_and_when_they_are_due(operator: Client, database: Database) -> None:
    tick(database)
    for outcome in ("done: 1", "failed: KeyError"):
        ran(database, outcome)
    ran(database, "done: 7", job="no.more")
    page = BeautifulSoup(operator.get("/ops/jobs").text, "html.parser")
    (row,) = page.select("tbody tr")
    assert "people.forget" in row.text and "KeyError" in row.text
    mark = row.select_one(".verdict-deny")
    assert mark is not None and mark.text.strip() == "Failed", "in words, too"
    assert [run.text.split()[0] for run in page.select(".trail li")] == ["no.more", "people.forget", "people.forget"]


def test_a_late_job_is_late_in_words(operator: Client, database: Database) -> None:
    tick(database, due=timedelta(minutes=-10))
    assert "Late" in words_of(operator.get("/ops/jobs"))


def test_before_any_worker_ran_the_page_says_what_to_start(operator: Client) -> None:
    assert "materia worker" in words_of(operator.get("/ops/jobs"))


@BOTH
def test_a_job_that_is_no_more_is_forgotten(database: Database) -> None:
    tick(database, "old.job")
    tick(database, "new.job")
    tick(database, "new.job")
    with database.reading() as session:
        assert [entry.job for entry in jobs.ticks(session)] == ["new.job"]


# The audit


def test_the_audit_shows_who_did_what_and_why(operator: Client, database: Database, olli: Account) -> None:
    with database.writing() as session:
        ann = builders.account(session)
    act(operator, f"/ops/people/{ann.key}/disable")
    said = words_of(operator.get("/ops/audit"))
    assert WHY in said and "Account put out of use" in said and "command line" in said
    links = [str(link["href"]) for link in BeautifulSoup(operator.get("/ops/audit").text, "html.parser").select(
        ".trail a")]
    assert {f"/ops/people/{ann.key}", f"/ops/people/{olli.key}"} <= set(links)


def test_the_audit_says_in_words_what_an_act_was_about(operator: Client, database: Database) -> None:
    with database.writing() as session:
        audit.record(session, audit.By("schedule", NOW), "publish-refused", Subject("article", 1),
                     "revision:3 not-cleared")
    for language, told in (("en", ("revision 3", "not cleared by review", "timed work")),
                           ("zh-Hans", ("修订稿3", "尚未通过审核", "定时任务"))):
        said = words_of(operator.get(f"/ops/audit?language={language}"))
        assert all(part in said for part in told) and "revision:" not in said and "schedule" not in said


def test_the_audit_is_narrowed_down_to_one_kind_page_by_page(operator: Client, database: Database) -> None:
    with database.writing() as session:
        for number in range(60):
            audit.record(session, audit.By("schedule", NOW), "page-expire", Subject("article", number))
        audit.record(session, audit.By("schedule", NOW), "company-added", Subject("company", 1))
    pages = [BeautifulSoup(operator.get(f"/ops/audit?of=article&page={number}").text, "html.parser")
             for number in (1, 2)]
    assert [len(page.select(".trail li")) for page in pages] == [50, 10]
    assert {str(mark.text) for page in pages for mark in page.select(".trail strong")} == {"Page expired"}
    assert [str(link["href"]) for link in pages[0].select(".pager a")] == ["/ops/audit?of=article&page=2"]
    assert "Company added" in operator.get("/ops/audit?of='; --").text


def recorded() -> Iterator[tuple[str, str]]:
    """(place, action) of every literal that the program hands to `audit.record`."""
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "record"
                    and isinstance(node.func.value, ast.Name) and node.func.value.id == "audit"):
                for part in ast.walk(node.args[2]):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        yield f"{path.relative_to(ROOT)}:{node.lineno}", part.value


def test_every_action_that_is_audited_has_words() -> None:
    found = list(recorded())
    assert len(found) > 15
    assert [(place, action) for place, action in found
            if action not in rules.ACTIONS and not any(known.startswith(action) for known in rules.ACTIONS
                                                       if action.endswith("-"))] == []


# What operators never do


def sources(folder: str) -> Iterator[tuple[Path, ast.AST]]:
    for path in (ROOT / folder).rglob("*.py"):
        yield path, ast.parse(path.read_text())


def names_in(tree: ast.AST) -> set[str]:
    return {str(getattr(node, "id", None) or getattr(node, "attr", None) or getattr(node, "name", None))
            for node in ast.walk(tree)}


KNOW = {"people/models.py", "people/queries.py", "people/service/personal.py"}
"""Where the name that a session has of an account is kept, looked up, and made anew when it is erased."""
SIGNS_IN = {"login_user", "_login_user", "_user_id", "fs_uniquifier"}


def test_no_route_or_function_lets_an_operator_act_as_another(app: Flask) -> None:
    """Impersonation does not exist: nothing is called so, and only Flask-Security's own views sign anybody in."""
    words = ("impersonat", "act_as", "act-as", "sign_in_as", "become", "assume", "switch_user", "su_user")
    routes = [f"{rule.rule} {rule.endpoint}" for rule in app.url_map.iter_rules()]
    assert len(routes) > 40 and not [route for route in routes if any(word in route for word in words)]
    for path, tree in sources("."):
        names = names_in(tree)
        assert not [name for name in names if any(word in name.lower() for word in words)], path
        if path.relative_to(ROOT).parts[:2] != ("people", "security"):
            known = {"fs_uniquifier"} if path.relative_to(ROOT).as_posix() in KNOW else set()
            assert not names & SIGNS_IN - known, path


def test_whatever_an_operator_sends_the_session_stays_theirs(
        operator: Client, app: Flask, database: Database, olli: Account) -> None:
    with database.writing() as session:
        ann = builders.account(session, Role.READER)
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("ops.") and "POST" in (rule.methods or ()):
            path = rule.rule.replace("<key>", ann.key)
            act(operator, path, account=ann.key, user_id=str(ann.id), _user_id=ann.fs_uniquifier, person=ann.key,
                address=ann.email, words=ann.email, role="reader", held="reader:", path="/en/", name="X", email="x")
            assert olli.email in operator.get("/account/security").text, path


HEALTH = {"engagement", "trials", "coverage", "intake", "safety", "cme"}
"""Packages that hold what somebody read, or answered about their health."""


def test_operators_pages_read_no_health_answers_and_no_reading_history() -> None:
    for path, tree in sources("ops"):
        imported = {part for node in ast.walk(tree) if isinstance(node, ast.ImportFrom | ast.Import)
                    for name in [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
                    for part in name.split(".")}
        assert not imported & HEALTH, path


def test_each_page_is_for_operators_alone(client: Client, database: Database) -> None:
    paths = [url for url, *_ in PAGES]
    assert len(paths) > 10 and all(client.get(path).location.startswith("/sign-in") for path in paths)
    with database.writing() as session:
        person = builders.account(session, Role.SAFETY)
    builders.sign_in(client, person.email)
    assert {client.get(path).status_code for path in paths} == {403}
