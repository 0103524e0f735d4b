"""The command as an operator types it: help everywhere, one sentence for each mistake, and never a trace."""

import csv
import errno
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import click
import pytest
from flask import Flask
from sqlalchemy import Engine, event, text, update
from sqlalchemy.exc import OperationalError

from tests import builders
from tests.builders import SECRET
from tests.medicines.labels import spl
from webapp import config, schema
from webapp.campaigns.models import Campaign
from webapp.cli import cli, main
from webapp.core import audit, db
from webapp.core.append_only import unprotect
from webapp.core.db import Database
from webapp.core.platform import Platform
from webapp.core.process import hold
from webapp.core.subject import Subject


class Ran(NamedTuple):
    """How a command ended and what it said."""

    returncode: int
    stdout: str
    stderr: str


Materia = Callable[..., Ran]


def commands(group: click.Group, *path: str) -> list[tuple[str, ...]]:
    """The words of every command and group."""
    found: list[tuple[str, ...]] = [path]
    for name, command in group.commands.items():
        found += commands(command, *path, name) if isinstance(command, click.Group) else [(*path, name)]
    return found


@pytest.fixture
def materia(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
            capsys: pytest.CaptureFixture[str]) -> Materia:
    """Runs the command on the test's database. An error that would show a trace fails the test."""
    usual = {"MATERIA_SECRET_KEY": SECRET, "MATERIA_DATA_DIR": str(tmp_path / "var"), "COLUMNS": "200",
             "MATERIA_DATABASE_URL": database.url.render_as_string(hide_password=False)}

    def run(*words: str, **environment: str) -> Ran:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["materia", *words])
            for name, value in {**usual, **environment}.items():
                if value:
                    patch.setenv(name, value)
            with pytest.raises(SystemExit) as ended:
                main()
        said = capsys.readouterr()
        code = ended.value.code
        return Ran(0 if code is None else int(code), said.out, said.err)
    return run


def test_the_real_command_ends_with_one_sentence(tmp_path: Path) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MATERIA_")}
    ran = subprocess.run([sys.executable, "-m", "webapp", "db", "check"], cwd=tmp_path, text=True,
                         capture_output=True, timeout=60, env=clean)

    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith("MATERIA_SECRET_KEY is not set.") and len(ran.stderr.splitlines()) == 1


def test_every_command_has_help_that_says_what_it_does() -> None:
    found = commands(cli)
    assert {"demo", "serve", "worker", "db", "content", "campaign", "report"} <= {path[0] for path in found if path}
    for path in found:
        command: click.Command = cli
        for name in path:
            assert isinstance(command, click.Group)
            command = command.commands[name]
        assert command.help and command.help[0].isupper(), path
        for option in command.params:
            assert not isinstance(option, click.Option) or option.help, (path, option.name)


def test_help_needs_no_settings(materia: Materia) -> None:
    for path in ((), ("serve",), ("db", "upgrade"), ("report",)):
        ran = materia(*path, "--help", MATERIA_SECRET_KEY="")
        assert ran.returncode == 0 and "Usage:" in ran.stdout


@pytest.mark.parametrize("port", ["99999", "-5"])
@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_port_that_is_none_is_refused_before_anything_is_made(materia: Materia, tmp_path: Path, command: str,
                                                                port: str) -> None:
    place = ("--dir", str(tmp_path / "var")) if command == "demo" else ()
    ran = materia(command, "--port", port, *place)

    assert ran.returncode == 2 and "0<=x<=65535" in ran.stderr and not (tmp_path / "var").exists()


# Settings


@pytest.mark.parametrize("words", [("serve",), ("worker",), ("db", "check"), ("campaign", "list"), ("report", "x")])
def test_a_missing_secret_stops_with_the_variable_to_set(materia: Materia, words: tuple[str, ...]) -> None:
    ran = materia(*words, MATERIA_SECRET_KEY="")

    assert ran.returncode == 1 and ran.stdout == ""
    assert ran.stderr.strip() == ("MATERIA_SECRET_KEY is not set. Set it to a long random value, for instance from "
                                  "`openssl rand -hex 32`.")


@pytest.mark.parametrize(("variable", "value"), [
    ("MATERIA_SECRET_KEY", "short"), ("MATERIA_SENDERS", "none"), ("MATERIA_SENDERS", "0"),
    ("MATERIA_WEB_THREADS", "9999"), ("MATERIA_SMTP_PORT", "smtp"), ("MATERIA_HOME_MARKETS", '{"en": "mars"}'),
    ("MATERIA_REGISTRY_URL", "http://registry.example/"), ("MATERIA_HOSTS", "not json"),
    ("MATERIA_HOME_MARKETS", "[]"), ("MATERIA_SMTP_TLS", "foo"),
    ("MATERIA_SMTP_HOST", "smtp..example"), ("MATERIA_MAIL_FROM", "news"), ("MATERIA_MAIL_FROM", "Materia <news@>"),
    ("MATERIA_MAIL_FROM", "A\x07B <a@b.example>"), ("MATERIA_BASE_URL", "materia.example"),
    ("MATERIA_BASE_URL", "ftp://materia.example"), ("MATERIA_BASE_URL", "https://"),
    ("MATERIA_BASE_URL", "https://[::1"), ("MATERIA_BASE_URL", "https://materia.example/site"),
    ("MATERIA_BASE_URL", "https://materia.example:port")])
def test_a_setting_that_cannot_be_used_is_named_and_a_secret_is_not_shown(
        materia: Materia, variable: str, value: str) -> None:
    ran = materia("db", "check", **{variable: value})

    assert ran.returncode == 1 and variable in ran.stderr and len(ran.stderr.strip().splitlines()) == 1
    assert "short" not in ran.stderr.replace("shorter", "") and "error" not in ran.stderr


def test_all_bad_settings_are_told_at_once(materia: Materia) -> None:
    ran = materia("db", "check", MATERIA_SENDERS="0", MATERIA_WEB_THREADS="1")

    assert "MATERIA_SENDERS" in ran.stderr and "MATERIA_WEB_THREADS" in ran.stderr


@pytest.mark.parametrize(("given", "other"), [
    ("MATERIA_POSTAL_ADDRESS", "MATERIA_MAIL_FROM"), ("MATERIA_DKIM_KEY_FILE", "MATERIA_DKIM_DOMAIN"),
    ("MATERIA_OIDC_CLIENT_ID", "MATERIA_OIDC_CLIENT_SECRET")])
def test_a_setting_that_needs_another_names_it(materia: Materia, given: str, other: str) -> None:
    ran = materia("db", "check", **{given: "1 Example Street"})

    assert (ran.returncode, ran.stderr) == (1, f"{other} is not set, but {given} is. Set both, or neither.\n")


@pytest.mark.parametrize("value", ["Materia <news@materia.example>", "news@materia.example", '"A, B" <a@b.example>',
                                   "健康 <news@健康.example>"])
def test_senders_that_can_be_written_are_taken(value: str) -> None:
    assert config.load(secret_key=SECRET, mail_from=value).mail_from == value


@pytest.fixture
def worker(database: Database, tmp_path: Path) -> Callable[..., Ran]:
    """Runs a real worker, which gives way to all else and so is no guest of the tests' process, until it gives up."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MATERIA_")}

    def run(**environment: str) -> Ran:
        usual = {"MATERIA_SECRET_KEY": SECRET, "MATERIA_DATA_DIR": str(tmp_path / "var"),
                 "MATERIA_DATABASE_URL": database.url.render_as_string(hide_password=False)}
        ran = subprocess.run([sys.executable, "-m", "webapp", "worker"], text=True, capture_output=True, timeout=60,
                             env=clean | usual | environment, cwd=Path(__file__).parents[1])
        return Ran(ran.returncode, ran.stdout, ran.stderr)
    return run


@pytest.mark.parametrize(("key", "said"), [
    (None, "MATERIA_DKIM_KEY_FILE cannot be read: No such file or directory.\n"),
    ("no key", "The MATERIA_DKIM_ settings cannot be used. The DKIM key is no unencrypted PEM private key; make one of "
               "RSA or Ed25519.\n")])
def test_a_signing_key_that_cannot_be_used_is_one_sentence(worker: Callable[..., Ran], tmp_path: Path, key: str | None,
                                                           said: str) -> None:
    if key is not None:
        (tmp_path / "key.pem").write_text(key)
    ran = worker(MATERIA_DKIM_KEY_FILE=str(tmp_path / "key.pem"), MATERIA_DKIM_DOMAIN="materia.example")

    assert (ran.returncode, ran.stdout, ran.stderr) == (1, "", said)


def test_a_worker_without_a_schema_says_what_to_run(worker: Callable[..., Ran], tmp_path: Path) -> None:
    ran = worker(MATERIA_DATABASE_URL=f"sqlite:///{tmp_path}/new.db")

    assert ran.returncode == 1 and "materia db upgrade" in ran.stderr and "MATERIA_DATABASE_URL" not in ran.stderr


def test_a_server_without_a_schema_says_what_to_run(materia: Materia, tmp_path: Path) -> None:
    ran = materia("serve", MATERIA_DATABASE_URL=f"sqlite:///{tmp_path}/new.db")

    assert ran.returncode == 1 and "materia db upgrade" in ran.stderr


def test_a_server_whose_spool_cannot_be_used_says_which_file_and_leaves_it(
        materia: Materia, migrated_file: Path, tmp_path: Path) -> None:
    shutil.copy(migrated_file, tmp_path / "new.db")
    (tmp_path / "new.db-beacons").write_text("no database" * 1000)
    ran = materia("serve", MATERIA_DATABASE_URL=f"sqlite:///{tmp_path}/new.db")

    assert ran.returncode == 1 and f"{tmp_path}/new.db-beacons cannot be used: " in ran.stderr
    assert (tmp_path / "new.db-beacons").read_text() == "no database" * 1000


# Content


@pytest.fixture
def content(tmp_path: Path) -> Path:
    builders.write_topic(tmp_path / "content")
    return tmp_path / "content"


def test_good_content_passes(materia: Materia, content: Path) -> None:
    ran = materia("content", "check", str(content), MATERIA_SECRET_KEY="")

    assert (ran.returncode, ran.stdout) == (0, "0 errors, 0 warnings.\n")


def test_bad_content_is_told_by_file_line_and_remedy(materia: Materia, content: Path) -> None:
    page = content / "diseases" / "sampleitis" / "patient.en.md"
    page.write_text(page.read_text().replace("title:", "titel:", 1))
    ran = materia("content", "check", str(content))

    assert ran.returncode == 1 and ran.stdout.startswith("2 errors")
    assert f"{page}:2: " in ran.stderr and "titel" in ran.stderr


def test_a_folder_that_is_not_there_is_named(materia: Materia) -> None:
    ran = materia("content", "check", "nowhere")

    assert ran.returncode == 2 and "nowhere" in ran.stderr


@pytest.mark.parametrize("words", [
    ("content", "export", "{place}/out"),
    ("review", "times", "--from", "2026-01-01", "--to", "2026-01-31", "--csv", "{place}/x.csv"),
    ("audit", "export", "--from", "2026-01-01", "--format", "csv", "{place}/x.csv")])
def test_a_place_that_cannot_be_written_is_named_in_one_sentence(
        materia: Materia, tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "file").write_text("no folder")
    ran = materia(*(word.format(place=tmp_path / "file") for word in words))

    assert ran.returncode == 1 and not ran.stdout
    assert re.fullmatch(rf"{tmp_path}/file/\S+ cannot be read or written: not a directory\. Name another place.*\n",
                        ran.stderr)


@pytest.mark.parametrize(("filename", "named"), [(None, "the data directory"), ("/disk/x.csv", "/disk/x.csv")])
def test_a_full_disk_is_one_sentence_with_the_remedy(materia: Materia, content: Path, monkeypatch: pytest.MonkeyPatch,
                                                     filename: str | None, named: str) -> None:
    def full(_: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), filename)

    monkeypatch.setattr("webapp.articles.service.library.check", full)
    ran = materia("content", "check", str(content))

    assert ran.returncode == 1 and len(ran.stderr.splitlines()) == 1
    assert ran.stderr.startswith(f"No space is left on the disk of {named}") and "Make room there" in ran.stderr


def test_an_audit_from_a_later_day_to_an_earlier_one_is_refused(materia: Materia, tmp_path: Path) -> None:
    file = tmp_path / "audit.csv"
    ran = materia("audit", "export", "--from", "2026-02-01", "--to", "2026-01-01", "--format", "csv", str(file))

    assert ran.returncode == 2 and "comes after the last" in ran.stderr and not file.exists()


def test_sync_imports_and_says_how_much(materia: Materia, content: Path) -> None:
    first, second = materia("content", "sync", str(content)), materia("content", "sync", str(content))

    assert (first.returncode, first.stdout) == (0, "1 new revisions, 0 files unchanged, 0 errors.\n")
    assert (second.returncode, second.stdout) == (0, "0 new revisions, 2 files unchanged, 0 errors.\n")


def test_sync_refuses_it_all_and_names_the_way_round(materia: Materia, content: Path) -> None:
    builders.write_topic(content, slug="other")
    page = content / "diseases" / "sampleitis" / "patient.en.md"
    page.write_text(page.read_text().replace("title:", "titel:", 1))
    refused = materia("content", "sync", str(content))
    taken = materia("content", "sync", str(content), "--keep-going")

    assert refused.returncode == 1 and "nothing was imported" in refused.stderr and "--keep-going" in refused.stderr
    assert taken.returncode == 1 and taken.stdout.startswith("1 new revisions")
    assert "sampleitis/patient.en.md:2" in refused.stderr and "sampleitis/patient.en.md:2" in taken.stderr


# The database


def test_the_schema_is_taken_up_down_and_checked(materia: Materia, tmp_path: Path) -> None:
    address = {"MATERIA_DATABASE_URL": f"sqlite:///{tmp_path}/new.db"}
    empty = materia("db", "check", **address)
    up = materia("db", "upgrade", **address)
    good = materia("db", "check", **address)
    down = materia("db", "downgrade", "base", **address)

    assert empty.returncode == 1 and "materia db upgrade" in empty.stderr
    assert (up.returncode, up.stdout) == (0, f"The schema is at {schema.head()}.\n")
    assert good.returncode == 0 and "no drift" in good.stdout
    assert (down.returncode, down.stdout) == (0, "The schema is at None.\n")


def test_the_first_upgrade_in_an_empty_folder_makes_what_it_needs(
        materia: Materia, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ran = materia("db", "upgrade", MATERIA_DATABASE_URL="", MATERIA_DATA_DIR="")

    assert (ran.returncode, ran.stderr) == (0, "") and (tmp_path / "var" / "materia.db").exists()


def test_a_folder_that_cannot_be_made_for_a_database_is_named(materia: Materia, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    ran = materia("db", "upgrade", MATERIA_DATABASE_URL=f"sqlite:///{tmp_path}/file/var/new.db")

    assert ran.returncode == 1 and ran.stderr.startswith(f"{tmp_path}/file/var cannot be read or written: ")


@pytest.fixture
def revision(database: Database) -> Callable[[], str | None]:
    """Asks for the schema's."""
    return lambda: schema.current(database)


@pytest.mark.postgresql
def test_a_downgrade_that_would_lose_rows_names_them_and_changes_nothing(materia: Materia, audited: Database) -> None:
    refused = materia("db", "downgrade", "base")
    with audited.reading() as session:
        kept = session.execute(text("SELECT count(*) FROM audit_entry")).scalar()

    assert refused.returncode == 1 and "audit_entry (3 rows)" in refused.stderr and "--lose-data" in refused.stderr
    assert "safety_report" not in refused.stderr, "an empty table is no loss"
    assert (kept, schema.current(audited), schema.drift(audited)) == (3, schema.head(), [])


@pytest.mark.usefixtures("audited")
def test_whoever_says_so_loses_the_rows(materia: Materia, revision: Callable[[], str | None]) -> None:
    ran = materia("db", "downgrade", "--lose-data", "base")

    assert (ran.returncode, ran.stderr, revision()) == (0, "", None)


def test_rows_of_tables_that_stay_are_in_nobodys_way(materia: Materia, audited: Database) -> None:
    ran = materia("db", "downgrade", "0031")
    with audited.reading() as session:
        kept = session.execute(text("SELECT count(*) FROM audit_entry")).scalar()

    assert (ran.returncode, kept, schema.current(audited)) == (0, 3, "0031")


def test_a_schema_is_taken_down_by_one_step(materia: Materia, database: Database,
                                            revision: Callable[[], str | None]) -> None:
    schema.downgrade(database, "0031")
    ran = materia("db", "downgrade", "-1")

    assert (ran.returncode, ran.stderr, revision()) == (0, "", "0030")


@pytest.mark.parametrize("role", ["serve", "worker", "demo"])
def test_a_schema_is_not_taken_down_under_what_runs(materia: Materia, revision: Callable[[], str | None],
                                                    tmp_path: Path, role: str) -> None:
    with hold(tmp_path / "var", role, builders.NOW, f"materia {role}"):
        refused = materia("db", "downgrade", "base", "--lose-data")
        stood_at = revision()
    again = materia("db", "downgrade", "base", "--lose-data")

    assert refused.returncode == 1 and f"(materia {role})" in refused.stderr and stood_at == schema.head()
    assert "Stop it first" in refused.stderr and "another data directory" not in refused.stderr
    assert (again.returncode, revision()) == (0, None)


@pytest.mark.parametrize("words", [("db", "upgrade"), ("labels", "import", "{label}")])
def test_a_command_outside_demo_mode_takes_no_sample_down_and_says_so(
        materia: Materia, platform: Platform, app: Flask, tmp_path: Path, words: tuple[str, ...]) -> None:
    """(`app`: pages hold addresses.)"""
    builders.published_document(platform, tmp_path / "content")
    (tmp_path / "label.xml").write_text(spl())
    with platform.database.writing() as session:
        session.execute(text("UPDATE document SET clearance = 'sample'"))
        before = session.execute(text("SELECT path, access FROM stored_page ORDER BY path")).all()
    ran = materia(*(word.format(label=tmp_path / "label.xml") for word in words))
    assert ran.returncode == 0 and "MATERIA_DEMO=1" in ran.stderr
    with platform.database.reading() as session:
        assert session.execute(text("SELECT path, access FROM stored_page ORDER BY path")).all() == before
    with platform.database.writing() as session:
        session.execute(text("UPDATE document SET clearance = 'review'"))
    assert "MATERIA_DEMO" not in materia("db", "upgrade").stderr


def test_a_database_that_cannot_be_reached_is_one_sentence(materia: Materia) -> None:
    ran = materia("db", "check", MATERIA_DATABASE_URL="sqlite:////nowhere/at/all.db")

    assert ran.returncode == 1 and len(ran.stderr.strip().splitlines()) == 1
    assert "MATERIA_DATABASE_URL" in ran.stderr


@pytest.mark.parametrize("words", [("db", "check"), ("db", "upgrade"), ("serve",), ("content", "publish")])
def test_a_file_that_is_no_database_is_one_sentence_and_stays(
        materia: Materia, tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "letter").write_text("no database" * 1000)
    ran = materia(*words, MATERIA_DATABASE_URL=f"sqlite:///{tmp_path}/letter")

    assert (ran.returncode, ran.stderr) == (
        1, "The database cannot be used: file is not a database. Check MATERIA_DATABASE_URL.\n")
    assert (tmp_path / "letter").read_text() == "no database" * 1000


@pytest.mark.postgresql
@pytest.mark.parametrize("words", [("content", "sync", "{content}"), ("content", "publish"), ("search", "rebuild"),
                                   ("audit", "verify"), ("campaign", "list")])
def test_a_command_without_a_schema_says_what_to_run(materia: Materia, empty_database: Database, content: Path,
                                                     words: tuple[str, ...]) -> None:
    ran = materia(*(word.format(content=content) for word in words),
                  MATERIA_DATABASE_URL=empty_database.url.render_as_string(hide_password=False))

    assert ran.returncode == 1
    assert ran.stderr.endswith("The database's schema is not this program's. Run `materia db upgrade` first.\n")


@pytest.mark.postgresql
@pytest.mark.parametrize("words", [("content", "sync", "{content}"), ("content", "publish")])
def test_a_command_on_an_older_schema_says_what_to_run(materia: Materia, database: Database, content: Path,
                                                       words: tuple[str, ...]) -> None:
    schema.downgrade(database, "0014")
    ran = materia(*(word.format(content=content) for word in words))

    assert (ran.returncode, ran.stderr) == (
        1, "The database's schema is not this program's. Run `materia db upgrade` first.\n")


def test_what_is_missing_in_a_schema_of_ours_is_our_fault_and_keeps_its_trace(
        materia: Materia, database: Database) -> None:
    with database.writing() as session:
        session.execute(text("DROP TABLE publish_order"))

    with pytest.raises(OperationalError):
        materia("content", "orders")


def test_a_full_disk_under_the_database_is_told_with_the_remedy(
        materia: Materia, content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = db._engine

    def small(url: str) -> Engine:
        engine = usual(url)

        @event.listens_for(engine, "connect")
        def on_connect(connection: sqlite3.Connection, _: object) -> None:
            connection.execute("PRAGMA max_page_count=1")  # no page beyond those that are there
        return engine

    monkeypatch.setattr(db, "_engine", small)
    ran = materia("content", "sync", str(content))

    assert (ran.returncode, ran.stderr) == (
        1, "The database cannot be used: database or disk is full. Make room on its disk, then run it again.\n")


@pytest.mark.parametrize("address", ["not an address", "oracle://x"])
def test_a_database_address_that_is_none_is_named(materia: Materia, address: str) -> None:
    ran = materia("db", "check", MATERIA_DATABASE_URL=address)

    assert ran.returncode == 1 and "MATERIA_DATABASE_URL" in ran.stderr


def test_an_unknown_schema_revision_is_one_sentence(materia: Materia) -> None:
    ran = materia("db", "upgrade", "nowhere")

    assert ran.returncode == 1 and "nowhere" in ran.stderr


# Campaigns and reports


@pytest.fixture
def key(platform: Platform, app: object, tmp_path: Path) -> str:
    """A campaign that was released in some earlier week."""
    return builders.released_campaign(platform, tmp_path / "content", 3).key


def test_campaigns_are_listed_with_their_deliveries(materia: Materia, key: str) -> None:
    ran = materia("campaign", "list")

    assert ran.returncode == 0
    line = next(line for line in ran.stdout.splitlines() if key in line)
    assert "released" in line and "First letter" in line and ": queued 3\n" in ran.stdout


def test_a_campaign_gets_another_time_and_is_called_off(materia: Materia, key: str, database: Database) -> None:
    ready = {"MATERIA_POSTAL_ADDRESS": builders.POSTAL_ADDRESS, "MATERIA_MAIL_FROM": builders.MAIL_FROM}
    under_way = materia("campaign", "reschedule", key, "2099-03-02T10:00+01:00", **ready)
    with database.writing() as session:
        session.execute(update(Campaign).values(state="blocked", blocked_because="No postal address."))
    blocked = materia("campaign", "list")
    without = materia("campaign", "reschedule", key, "2099-03-02T10:00+01:00")
    moved = materia("campaign", "reschedule", key, "2099-03-02T10:00+01:00", **ready)
    listed = materia("campaign", "list")
    cancelled = materia("campaign", "cancel", key)
    again = materia("campaign", "cancel", key)

    assert under_way.returncode == 1 and "The campaign is released" in under_way.stderr
    assert "blocked: No postal address." in " ".join(blocked.stdout.split())
    assert without.returncode == 1 and "MATERIA_POSTAL_ADDRESS" in without.stderr
    assert (moved.returncode, moved.stdout) == (0, f"{key} goes at 2099-03-02 09:00 UTC. Review must clear it anew "
                                                   "before that, or it will be blocked.\n")
    assert "scheduled" in listed.stdout and "2099-03-02 09:00" in listed.stdout
    assert (cancelled.returncode, cancelled.stdout) == (0, f"{key} is cancelled. No more of its mail is sent.\n")
    assert again.returncode == 1 and "cancelled already" in again.stderr


@pytest.mark.parametrize("when", ["tomorrow", "2099-03-02T10:00", "2099-13-02T10:00Z"])
def test_a_time_without_a_zone_is_refused(materia: Materia, key: str, when: str) -> None:
    ran = materia("campaign", "reschedule", key, when)

    assert ran.returncode == 2 and "is no time with a zone" in ran.stderr


@pytest.mark.parametrize("words", [("cancel", "nowhere"), ("reschedule", "nowhere", "2099-03-02T10:00Z"),
                                   ("unknown", "nowhere")])
def test_a_campaign_that_is_not_there_is_told(materia: Materia, words: tuple[str, ...]) -> None:
    ran = materia("campaign", *words)

    assert (ran.returncode, ran.stderr) == (
        1, "There is no campaign nowhere. `materia campaign list` shows the keys.\n")


def test_a_report_is_shown_and_written(materia: Materia, key: str, tmp_path: Path) -> None:
    shown, file = materia("report", key), tmp_path / "report.csv"
    written = materia("report", key, "--csv", str(file))

    assert shown.returncode == 0 and "First letter" in shown.stdout
    assert written.returncode == 0 and str(file) in written.stdout
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(file.read_text(encoding="utf-8-sig").splitlines()))


def test_an_unknown_campaign_is_told_and_how_to_find_one(materia: Materia) -> None:
    ran = materia("report", "nowhere")

    assert (ran.returncode, ran.stderr) == (
        1, "There is no campaign nowhere. `materia campaign list` shows the keys.\n")


def test_a_week_that_is_not_open_is_told(materia: Materia, key: str) -> None:
    ran = materia("report", key, "--week", "2099-W01")

    assert ran.returncode == 1 and "week" in ran.stderr


# The audit


@pytest.fixture
def audited(database: Database) -> Database:
    """Three entries, the last with a reason."""
    for number in range(3):
        with database.writing() as session:
            audit.record(session, audit.By(7, builders.NOW, "Ann lost it" if number == 2 else ""), f"step-{number}",
                         Subject("thing", number))
    return database


@pytest.mark.usefixtures("audited")
def test_the_audit_is_verified_and_what_to_keep_is_printed(materia: Materia) -> None:
    first = materia("audit", "verify")
    kept = first.stdout.strip().rpartition("--expect ")[2]
    again = materia("audit", "verify", "--expect", kept)
    other = materia("audit", "verify", "--expect", f"3:{'0' * 64}")

    assert (first.returncode, first.stdout.splitlines()[0]) == (0, "The audit is whole: 3 entries.")
    assert again.returncode == 0 and other.returncode == 1 and "not the one you kept" in other.stderr


def test_an_audit_that_was_meddled_with_names_the_first_broken_entry(materia: Materia, audited: Database) -> None:
    with audited.writing() as session:
        unprotect(session.connection(), ["audit_entry"])
        session.execute(text("UPDATE audit_entry SET action = 'x' WHERE id > 1"))
    ran = materia("audit", "verify")

    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == "Error: Entry 2 was changed: its digest is another. 1 entries before it hold.\n"


def test_words_of_a_reason_are_taken_out_once_and_the_audit_stays_whole(materia: Materia, audited: Database) -> None:
    done = materia("audit", "redact", "3", "--reason", "Asked by the person")
    again = materia("audit", "redact", "3", "--reason", "Asked by the person")
    mute = materia("audit", "redact", "3", "--reason", "x")
    with audited.reading() as session:
        words = session.execute(text("SELECT words FROM audit_reason")).scalars().all()

    assert (done.returncode, done.stdout) == (0, "The words of entry 3 are gone.\n")
    assert again.returncode == 1 and "taken out already" in again.stderr and mute.returncode == 1
    assert words == ["Asked by the person"] and materia("audit", "verify").returncode == 0


@pytest.mark.parametrize("kept", ["", "3", "3:", "x:y", "²:y"])
def test_what_no_earlier_run_printed_is_refused(materia: Materia, kept: str) -> None:
    assert materia("audit", "verify", "--expect", kept).returncode == 2
