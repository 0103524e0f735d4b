"""The command as an operator types it: help everywhere, one sentence for each mistake, and never a trace."""

import csv
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import click
import pytest

from tests import builders
from tests.builders import SECRET
from webapp import schema
from webapp.cli import cli, main
from webapp.core.db import Database
from webapp.core.platform import Platform


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
    ("MATERIA_HOME_MARKETS", "[]")])
def test_a_setting_that_cannot_be_used_is_named_and_a_secret_is_not_shown(
        materia: Materia, variable: str, value: str) -> None:
    ran = materia("db", "check", **{variable: value})

    assert ran.returncode == 1 and variable in ran.stderr
    assert "short" not in ran.stderr.replace("shorter", "")


def test_all_bad_settings_are_told_at_once(materia: Materia) -> None:
    ran = materia("db", "check", MATERIA_SENDERS="0", MATERIA_WEB_THREADS="1")

    assert "MATERIA_SENDERS" in ran.stderr and "MATERIA_WEB_THREADS" in ran.stderr


def test_a_server_without_a_schema_says_what_to_run(materia: Materia, tmp_path: Path) -> None:
    ran = materia("serve", MATERIA_DATABASE_URL=f"sqlite:///{tmp_path}/new.db")

    assert ran.returncode == 1 and "materia db upgrade" in ran.stderr


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


def test_a_database_that_cannot_be_reached_is_one_sentence(materia: Materia) -> None:
    ran = materia("db", "check", MATERIA_DATABASE_URL="sqlite:////nowhere/at/all.db")

    assert ran.returncode == 1 and len(ran.stderr.strip().splitlines()) == 1
    assert "MATERIA_DATABASE_URL" in ran.stderr


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
    """A campaign that was released this minute."""
    return builders.released_campaign(platform, tmp_path / "content", 3, now=datetime.now(UTC)).key


def test_campaigns_are_listed_with_their_deliveries(materia: Materia, key: str) -> None:
    ran = materia("campaign", "list")

    assert ran.returncode == 0
    line = next(line for line in ran.stdout.splitlines() if key in line)
    assert "released" in line and "First letter" in line and "3" in line


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
