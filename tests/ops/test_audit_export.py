"""`materia audit export` and `certificate`: what is handed to auditors, whole, streamed and safe to open."""

import csv
import re
import tracemalloc
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import insert

from tests import builders
from tests.builders import BY, NOW
from webapp.core import audit
from webapp.core.audit import By
from webapp.core.db import Database
from webapp.core.models import AuditEntry
from webapp.core.platform import Platform
from webapp.core.subject import Subject
from webapp.ops.cli import audit as command
from webapp.ops.service import exporting
from webapp.people.rules import Role

BOTH = pytest.mark.postgresql
ARTICLE = Subject("article", 12)


class Context:
    """What the commands are handed."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform


def run(platform: Platform, *words: str | Path) -> Result:
    return CliRunner().invoke(command, [str(word) for word in words], obj=Context(platform))


def record(database: Database, action: str = "page-published", subject: Subject = ARTICLE, by: By = BY,
           detail: str = "revision:3") -> None:
    with database.writing() as session:
        audit.record(session, by, action, subject, detail)


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def texts(made: bytes) -> bytes:
    """The PDF with its streams unpacked."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", made, re.DOTALL)
    return made + b"".join(_unpacked(stream) for stream in streams)


def _unpacked(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""


# CSV


@BOTH
def test_a_subjects_audit_is_a_row_per_entry_with_who_what_when_and_why(platform: Platform, tmp_path: Path) -> None:
    with platform.database.writing() as session:
        ann = builders.account(session, Role.OPERATOR)
    record(platform.database, subject=Subject("article", 7))
    record(platform.database)
    record(platform.database, "page-withdraw", by=By(ann.id or 0, NOW + timedelta(hours=1), "A figure was wrong"))
    answer = run(platform, "export", "--subject", "article:12", "--format", "csv", tmp_path / "a.csv")
    assert answer.output == f"2 entries written to {tmp_path}/a.csv.\n"
    first, second = rows(tmp_path / "a.csv")
    assert (first["action"], first["actor"], first["subject"], first["detail"]) == (
        "page-published", audit.COMMAND_LINE, "article:12", "revision:3")
    assert (second["actor"], second["name"], second["at_utc"], second["reason"]) == (
        f"account:{ann.id}", "Ann Example", "2026-03-02T10:30:00.000000+00:00", "A figure was wrong")
    assert second["previous"] == first["digest"]


@pytest.mark.parametrize(("words", "days"), [
    (["--from", "2026-03-03"], [3, 4]), (["--to", "2026-03-03"], [2, 3]),
    (["--from", "2026-03-03", "--to", "2026-03-03"], [3]), (["--from", "2026-03-05"], [])])
def test_a_period_takes_whole_days_in_utc(platform: Platform, tmp_path: Path, words: list[str],
                                          days: list[int]) -> None:
    for day, hour in ((2, 23), (3, 0), (3, 23), (4, 0)):
        record(platform.database, by=By("x", datetime(2026, 3, day, hour, 59, tzinfo=UTC)))
    assert run(platform, "export", *words, "--format", "csv", tmp_path / "a.csv").exit_code == 0
    assert sorted({int(row["at_utc"][8:10]) for row in rows(tmp_path / "a.csv")}) == days


@pytest.mark.parametrize("words", ["=HYPERLINK(1)", "+1", "-1+2", "@SUM(A1)", "  =1", "＝1", "|calc"])
def test_no_reason_is_a_formula_in_a_spreadsheet(platform: Platform, tmp_path: Path, words: str) -> None:
    record(platform.database, by=By(7, NOW, words))
    run(platform, "export", "--subject", "article:12", "--format", "csv", tmp_path / "a.csv")
    assert rows(tmp_path / "a.csv")[0]["reason"] == f"'{words}"


def test_words_that_were_taken_out_are_told_to_be_so(platform: Platform, tmp_path: Path) -> None:
    record(platform.database, by=By(7, NOW, "Ann lost it"))
    with platform.database.writing() as session:
        audit.redact(session, 1, BY)
    run(platform, "export", "--subject", "article:12", "--format", "csv", tmp_path / "a.csv")
    row, = rows(tmp_path / "a.csv")
    assert (row["reason"], row["reason_taken_out"]) == ("", "yes")


def test_the_file_is_its_owners_alone_and_that_it_was_written_is_audited(platform: Platform, tmp_path: Path) -> None:
    record(platform.database)
    run(platform, "export", "--subject", "article:12", "--format", "csv", tmp_path / "a.csv")
    assert (tmp_path / "a.csv").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.glob("a.csv*")] == ["a.csv"]
    with platform.database.reading() as session:
        entry = audit.newest(session, limit=1)[0].entry
    assert (entry.action, entry.detail, entry.actor) == (
        "audit-exported", "csv article:12 entries:1", audit.COMMAND_LINE)


@pytest.mark.parametrize(("words", "said"), [
    ([], "Say what of"), (["--subject", "article"], "names no subject"),
    (["--subject", "article:x"], "names no subject"), (["--from", "yesterday"], "does not match the format")])
def test_what_is_not_asked_for_rightly_is_told(platform: Platform, tmp_path: Path, words: list[str],
                                               said: str) -> None:
    answer = run(platform, "export", *words, "--format", "csv", tmp_path / "a.csv")
    assert answer.exit_code == 2 and said in answer.output and not (tmp_path / "a.csv").exists()


def test_a_long_audit_is_exported_and_verified_in_little_memory(platform: Platform, tmp_path: Path) -> None:
    with platform.database.writing() as session:
        entries, _ = audit._chained([(BY, "step-done", ARTICLE, "")] * 10_000, 0, "")
        session.execute(insert(AuditEntry), entries)
    del entries
    with platform.database.reading() as session, (tmp_path / "a.csv").open("w", newline="") as out:
        tracemalloc.start()
        try:
            assert exporting.write_csv(session, exporting.Wanted(), out) == 10_000
            audit.verify(session)
            most = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert most < 15_000_000, "10,000 entries held at once take 29 MB, a thousand at a time 10 MB"


# Verifying


def test_verifying_tells_how_far_it_is(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "READ_AT_ONCE", 2)
    for _ in range(5):
        record(platform.database)
    heard: list[int] = []
    with platform.database.reading() as session:
        assert audit.verify(session, None, heard.append).entries == 5
        assert audit.count(session) == 5
    assert heard == [2, 4]
    assert "The audit is whole: 5 entries." in run(platform, "verify").output


# PDF


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_the_audit_as_pdf_is_tagged_and_made_for_all_to_read(platform: Platform, tmp_path: Path, language: str) -> None:
    record(platform.database, by=By(7, NOW, "#panic(1) *图有误* $x$"))
    answer = run(platform, "export", "--subject", "article:12", "--format", "pdf", "--language", language,
                 tmp_path / "a.pdf")
    assert answer.exit_code == 0, answer.output
    made = texts((tmp_path / "a.pdf").read_bytes())
    assert made.startswith(b"%PDF-") and b"/StructTreeRoot" in made and b"pdfuaid:part>1<" in made
    assert b"/TH" in made and b"/TD" in made and b"NotoSansSC" in made


def test_an_audit_too_long_for_one_pdf_is_refused_with_the_way_out(platform: Platform, tmp_path: Path,
                                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "MOST_IN_PDF", 1)
    for _ in range(2):
        record(platform.database)
    answer = run(platform, "export", "--subject", "article:12", "--format", "pdf", tmp_path / "a.pdf")
    assert "Ask for a shorter time, or for a CSV" in str(answer.exception)
    assert list(tmp_path.glob("a.pdf*")) == []


def test_a_certificate_is_written_for_a_version_and_no_other(platform: Platform, tmp_path: Path) -> None:
    with platform.database.writing() as session:
        builders.cleared_dossier(session)
    answer = run(platform, "certificate", "--subject", "article:1", "--digest", "dddd", tmp_path / "c.pdf")
    assert answer.output == f"Certificate of version dddddddd written to {tmp_path}/c.pdf.\n"
    assert (tmp_path / "c.pdf").read_bytes().startswith(b"%PDF-")
    for words in (["--subject", "article:1", "--digest", "e"], ["--subject", "article:2"]):
        answer = run(platform, "certificate", *words, tmp_path / "d.pdf")
        assert "handed in for review" in str(answer.exception) and not (tmp_path / "d.pdf").exists()
