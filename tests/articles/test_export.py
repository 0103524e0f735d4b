"""`content export`: files and desk are one truth, so what is written out comes in again as the same revisions."""

from pathlib import Path

import pytest
from sqlalchemy import select, text, update
from sqlmodel import col

from tests import builders
from tests.articles.test_commands import run
from tests.builders import NOW
from webapp.articles import queries
from webapp.articles.models import Revision, SourceFile, SourceText
from webapp.articles.rules.frontmatter import Kind
from webapp.articles.service import export, sync
from webapp.articles.service.trees import Written, sha256
from webapp.core.db import Database
from webapp.core.errors import Conflict
from webapp.core.platform import Platform

SHIPPED = Path(__file__).parent.parent.parent / "content"
PAGE = "diseases/sampleitis/patient.en.md"
SHOWN = "![A line](line.svg)\n\n/// caption\nDrawn.\n///\n\n"
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 20"><path d="M0 0"/></svg>'


def bring_in(database: Database, content: Path, *, keep_going: bool = False) -> sync.Synced:
    with database.reading() as session:
        known, written = queries.fingerprints(session), export.written(session)
    prepared = sync.prepare(content, known, style=b"", on=NOW.date(), written=written, keep_going=keep_going)
    return sync.bring_in(database, prepared, NOW)


def write_out(database: Database, folder: Path) -> int:
    with database.reading() as session:
        return export.export(session, folder)


def bytes_below(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def digests(database: Database) -> set[str]:
    with database.reading() as session:
        return set(session.scalars(select(col(Revision.digest))))


def newest_source(database: Database) -> str:
    with database.reading() as session:
        entry, = [entry for entry in queries.waiting(session) if entry.slug == "sampleitis"]
        return queries.revisions(session, [entry.revision_id])[entry.revision_id].source


def write_at_the_desk(database: Database, old: str, new: str) -> bytes:
    """The library's page as the desk brings it in: other bytes, and what they replaced."""
    with database.writing() as session:
        file = session.get_one(SourceFile, PAGE)
        before = session.get_one(SourceText, file.sha256).content
        content = before.replace(old.encode(), new.encode())
        assert content != before
        session.add(SourceText(sha256=sha256(content), content=content))
        session.flush()
        file.replaced, file.sha256 = file.sha256, sha256(content)
    return content


@pytest.fixture
def content(tmp_path: Path) -> Path:
    folder = tmp_path / "content"
    builders.write_topic(folder)
    builders.write_topic(folder, kind=Kind.DRUG, slug="samplin", content_class="drug-education")
    (folder / "diseases/sampleitis/line.svg").write_text(PICTURE)
    page = folder / PAGE
    page.write_text(page.read_text().replace("It heals by itself", f"{SHOWN}It heals by itself", 1))
    return folder


@pytest.mark.postgresql
def test_what_is_exported_is_what_came_in_to_the_byte(database: Database, content: Path, tmp_path: Path) -> None:
    (content / PAGE).write_bytes((content / PAGE).read_bytes().replace(b"\n", b"\r\n"))
    bring_in(database, content)
    assert write_out(database, tmp_path / "out") == len(bytes_below(content))
    assert bytes_below(tmp_path / "out") == bytes_below(content)


def test_the_shipped_content_comes_back_as_the_same_revisions(database: Database, tmp_path: Path,
                                                              migrated_file: Path) -> None:
    bring_in(database, SHIPPED)
    write_out(database, tmp_path / "out")
    (tmp_path / "second.db").write_bytes(migrated_file.read_bytes())
    second = Database(f"sqlite:///{tmp_path}/second.db")
    bring_in(second, tmp_path / "out")
    assert digests(second) == digests(database) and digests(database)
    second.close()


def test_a_folder_that_holds_something_is_left_alone(database: Database, content: Path, tmp_path: Path) -> None:
    bring_in(database, content)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(Conflict, match="not empty"):
        write_out(database, tmp_path / "out")
    assert bytes_below(tmp_path / "out") == {"mine.txt": b"mine"}


def test_a_file_or_picture_deleted_in_the_folder_is_deleted_in_the_library(
        database: Database, content: Path, tmp_path: Path) -> None:
    bring_in(database, content)
    page = content / PAGE
    page.write_text(page.read_text().replace(SHOWN, ""))
    (content / "diseases/sampleitis/line.svg").unlink()
    bring_in(database, content)
    write_out(database, tmp_path / "out")
    assert bytes_below(tmp_path / "out") == bytes_below(content)


def test_a_file_with_errors_leaves_the_one_that_was_good(database: Database, content: Path, tmp_path: Path) -> None:
    bring_in(database, content)
    before = (content / PAGE).read_bytes()
    (content / PAGE).write_bytes(before.replace(b"title:", b"titel:"))
    bring_in(database, content, keep_going=True)
    write_out(database, tmp_path / "out")
    assert (tmp_path / "out" / PAGE).read_bytes() == before


def test_files_that_came_in_before_their_bytes_were_kept_are_completed_by_the_next_sync(
        database: Database, content: Path, tmp_path: Path) -> None:
    bring_in(database, content)
    with database.writing() as session:
        session.execute(update(SourceFile).values(sha256=None))
        session.execute(text("DELETE FROM source_text"))
    with pytest.raises(Conflict, match="content sync"):
        write_out(database, tmp_path / "out")
    assert bring_in(database, content).revisions == 0
    write_out(database, tmp_path / "out")
    assert bytes_below(tmp_path / "out") == bytes_below(content)


def test_a_folder_that_is_behind_the_desk_takes_nothing_back(database: Database, content: Path) -> None:
    bring_in(database, content)
    write_at_the_desk(database, "It heals by itself", "It heals slowly")
    done = bring_in(database, content)
    assert done.behind == [PAGE] and "It heals slowly" in newest_source(database)
    assert bring_in(database, content).behind == [PAGE], "as often as it is asked"
    assert "It heals slowly" in newest_source(database)


def test_a_later_edit_of_the_file_comes_in_over_the_desks(database: Database, content: Path) -> None:
    bring_in(database, content)
    write_at_the_desk(database, "It heals by itself", "It heals slowly")
    (content / PAGE).write_text((content / PAGE).read_text().replace("It heals by itself", "It heals in a week"))
    done = bring_in(database, content)
    assert done.behind == [] and "It heals in a week" in newest_source(database)


def test_a_folder_that_has_caught_up_may_go_back_again(database: Database, content: Path) -> None:
    bring_in(database, content)
    old = (content / PAGE).read_bytes()
    (content / PAGE).write_bytes(write_at_the_desk(database, "It heals by itself", "It heals slowly"))
    bring_in(database, content)
    (content / PAGE).write_bytes(old)
    done = bring_in(database, content)
    assert done.behind == [] and "It heals by itself" in newest_source(database)


def test_a_page_that_is_new_at_the_desk_is_not_missed_in_a_folder(database: Database, content: Path) -> None:
    bring_in(database, content)
    page = (content / PAGE).read_bytes()
    with database.writing() as session:
        session.get_one(SourceFile, PAGE).replaced = ""
    (content / PAGE).unlink()
    assert bring_in(database, content).behind == [PAGE]
    assert "It heals by itself" in newest_source(database)
    with database.reading() as session:
        assert export.written(session) == {PAGE: Written("", page)}


def test_an_operator_exports_by_command(platform: Platform, content: Path, tmp_path: Path) -> None:
    bring_in(platform.database, content)
    answer = run(platform, "export", str(tmp_path / "out"))
    assert answer.exit_code == 0 and "files written to" in answer.output, answer.output
    assert bytes_below(tmp_path / "out") == bytes_below(content)
