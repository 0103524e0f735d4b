"""Markdown into the database: all of a run or none of it, each revision once and for ever."""

import os
import shutil
import signal
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import Connection, event, func, select, text
from sqlalchemy.exc import DatabaseError
from sqlmodel import SQLModel, col

from tests import builders
from tests.builders import NOW
from webapp.articles import queries
from webapp.articles.models import Asset, Document, MarketFacts, Revision, SourceFile, Topic
from webapp.articles.rules.frontmatter import Kind
from webapp.articles.service import cores, made, making, sync
from webapp.articles.service.sync import Synced, SyncRefused
from webapp.articles.service.trees import Disk, Entry
from webapp.core.db import Database
from webapp.core.errors import Conflict
from webapp.core.platform import Platform

pytestmark = pytest.mark.postgresql

PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 20"><path d="M0 0"/></svg>'
PAGE = "diseases/sampleitis/patient.en.md"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """Content with two topics in one market, of one page each."""
    folder = tmp_path / "content"
    builders.write_topic(folder)
    builders.write_topic(folder, kind=Kind.DRUG, slug="samplin", content_class="drug-education")
    return folder


def run(database: Database, content: Path, *, keep_going: bool = False) -> Synced:
    """A whole run, as the command makes it."""
    with database.reading() as session:
        known = queries.fingerprints(session)
    prepared = sync.prepare(content, known, style=b"", on=NOW.date(), keep_going=keep_going)
    return sync.bring_in(database, prepared, NOW)


def count(database: Database, table: type[SQLModel]) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


SHOWN = "![A line](line.svg)\n\n/// caption\nDrawn.\n///\n\nIt heals by itself"


def pictures(database: Database) -> int:
    """How many assets are pictures; the style sheet is one that is none."""
    with database.reading() as session:
        return len(session.scalars(select(Asset).where(col(Asset.media_type).startswith("image/"))).all())


def everything(database: Database) -> list[int]:
    return [count(database, table) for table in (Topic, Document, Revision, Asset, SourceFile, MarketFacts)]


def newest(database: Database, slug: str = "sampleitis") -> Revision:
    with database.reading() as session:
        found = session.scalar(
            select(Revision).join(Document, col(Document.newest_revision_id) == col(Revision.id))
            .join(Topic, col(Topic.id) == col(Document.topic_id)).where(col(Topic.slug) == slug))
    assert found is not None
    return found


def edit(content: Path, path: str, old: str, new: str) -> None:
    file = content / path
    before = file.read_text()
    assert old in before
    file.write_text(before.replace(old, new, 1))


def test_every_page_becomes_a_revision_with_its_body(database: Database, content: Path) -> None:
    done = run(database, content)

    assert (done.revisions, done.unchanged_files, done.problems) == (2, 0, [])
    made = newest(database)
    assert made.title == "Sampleitis" and "It heals by itself" in made.source
    assert "<h2" in made.body_html and made.contents and made.references[0]["number"] == 1
    assert made.expected_seconds > 0 and made.created_at == NOW


def test_one_error_stops_the_whole_run_and_names_its_place(database: Database, content: Path) -> None:
    edit(content, "drugs/samplin/patient.en.md", "title:", "titel:")
    with pytest.raises(SyncRefused) as refused:
        run(database, content)

    assert everything(database) == [0, 0, 0, 0, 0, 0]
    assert {problem.path for problem in refused.value.problems} == {"drugs/samplin/patient.en.md"}
    assert all(problem.line for problem in refused.value.problems if problem.code == "unknown-key")


def test_all_errors_of_a_run_are_told_at_once(database: Database, content: Path) -> None:
    edit(content, "drugs/samplin/patient.en.md", "title:", "titel:")
    edit(content, PAGE, "[@one]", "[@two]")
    with pytest.raises(SyncRefused) as refused:
        run(database, content)

    assert {problem.path for problem in refused.value.problems} == {"drugs/samplin/patient.en.md", PAGE}


def test_keep_going_takes_the_good_and_reports_the_rest(database: Database, content: Path) -> None:
    edit(content, PAGE, "title:", "titel:")
    done = run(database, content, keep_going=True)

    assert done.revisions == 1 and {problem.path for problem in done.problems} == {PAGE}
    assert newest(database, "samplin").title == "Samplin"


def test_what_was_refused_comes_in_once_it_is_mended(database: Database, content: Path) -> None:
    edit(content, PAGE, "title:", "titel:")
    run(database, content, keep_going=True)
    edit(content, PAGE, "titel:", "title:")

    assert run(database, content).revisions == 1


def test_a_page_that_breaks_keeps_the_revision_it_had(database: Database, content: Path) -> None:
    run(database, content)
    before = newest(database)
    edit(content, PAGE, "title:", "titel:")
    run(database, content, keep_going=True)

    assert newest(database) == before


def test_an_error_in_the_transaction_leaves_nothing(database: Database, content: Path) -> None:
    prepared = sync.prepare(content, {}, style=b"", on=NOW.date())
    with pytest.raises(RuntimeError, match="cut off"), database.writing() as session:
        sync.store(session, prepared, NOW)
        raise RuntimeError("cut off")

    assert everything(database) == [0, 0, 0, 0, 0, 0]


@pytest.fixture
def many(content: Path) -> int:
    """Makes the content larger than one transaction takes. Returns its pages."""
    for number in range(2 * sync.AT_ONCE):
        builders.write_topic(content, slug=f"sampleitis-{'abcdefghij'[number % 10] * (1 + number // 10)}")
    return 2 * sync.AT_ONCE + 2


def test_many_revisions_are_stored_a_few_at_a_time(database: Database, content: Path, many: int) -> None:
    counts: list[int] = []
    waits_for_the_disk: list[bool] = []
    for engine in (database.unhurried, database.writer):
        @event.listens_for(engine, "commit")
        def note(connection: Connection, waits: bool = engine is database.writer) -> None:
            counts.append(connection.exec_driver_sql("SELECT count(*) FROM revision").scalar() or 0)
            waits_for_the_disk.append(waits)
    done = run(database, content)

    assert done.revisions == count(database, Revision) == many
    assert max(later - earlier for earlier, later in pairwise(counts)) <= sync.AT_ONCE
    assert waits_for_the_disk == [False] * (len(counts) - 1) + [True]


def test_an_import_that_is_killed_is_not_seen_and_goes_on_at_the_next(
        database: Database, content: Path, many: int) -> None:
    killed = os.fork()
    if not killed:
        sync.time = SimpleNamespace(sleep=lambda _: os.kill(os.getpid(), signal.SIGKILL))
        try:
            run(Database(database.url.render_as_string(hide_password=False)), content)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(killed, 0)[1]) == -signal.SIGKILL
    assert count(database, Revision) == sync.AT_ONCE < many
    with database.reading() as session:
        assert queries.waiting(session) == [] and queries.fingerprints(session) == {}
    run(database, content)

    assert count(database, Revision) == many
    with database.reading() as session:
        assert len(queries.waiting(session)) == many


def test_the_same_bytes_make_no_second_revision(database: Database, content: Path) -> None:
    run(database, content)
    before = everything(database)
    done = run(database, content)

    assert done.revisions == 0 and done.unchanged_files == 4, "two pages, two topic files"
    assert everything(database) == before


def test_bytes_that_were_forgotten_make_no_second_revision_either(database: Database, content: Path) -> None:
    run(database, content)
    with database.writing() as session:
        session.execute(text("DELETE FROM source_file"))

    assert run(database, content).revisions == 0


def test_one_byte_makes_one_revision_and_leaves_the_old_one_alone(database: Database, content: Path) -> None:
    run(database, content)
    old = newest(database)
    edit(content, PAGE, "It heals", "it heals")
    done = run(database, content)

    assert done.revisions == 1 and done.unchanged_files == 3
    assert newest(database).digest != old.digest
    with database.reading() as session:
        assert session.get(Revision, old.id) == old


def test_going_back_to_old_bytes_goes_back_to_the_old_revision(database: Database, content: Path) -> None:
    run(database, content)
    old = newest(database)
    edit(content, PAGE, "It heals", "it heals")
    run(database, content)
    edit(content, PAGE, "it heals", "It heals")

    assert run(database, content).revisions == 0
    assert newest(database).id == old.id


def test_line_ends_make_no_revision(database: Database, content: Path) -> None:
    run(database, content)
    file = content / PAGE
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))

    assert run(database, content).revisions == 0


@pytest.mark.usefixtures("app")
def test_a_deleted_file_unpublishes_nothing(database: Database, platform: Platform, content: Path) -> None:
    waiting = builders.import_content(platform, content)
    builders.clear(platform, waiting)
    builders.publish_entries(platform, waiting)
    shutil.rmtree(content / "diseases" / "sampleitis")
    run(database, content)

    with database.reading() as session:
        assert {entry.slug for entry in queries.live(session)} == {"sampleitis", "samplin"}
        assert not any(path.startswith("diseases/") for path in queries.fingerprints(session))


def test_a_page_for_another_market_is_a_document_of_its_own(database: Database, content: Path) -> None:
    run(database, content)
    builders.write_topic(content, markets=("us", "gb"))

    assert run(database, content).revisions == 2, "the us page names its markets, so it is another one now"
    assert count(database, Document) == 3


def test_a_markets_file_touches_the_pages_that_say_what_it_says(database: Database, content: Path) -> None:
    edit(content, PAGE, "It heals by itself", "Call {emergency} now")
    run(database, content)
    edit(content, "markets/us.yaml", "911", "912")

    assert run(database, content).revisions == 1
    assert "Call 912" in newest(database).source


def test_a_picture_is_stored_once_whoever_shows_it(database: Database, content: Path) -> None:
    for path in (PAGE, "drugs/samplin/patient.en.md"):
        edit(content, path, "It heals by itself", SHOWN)
        (content / path).with_name("line.svg").write_text(PICTURE)
    run(database, content)

    assert pictures(database) == 1
    assert "/media/" in newest(database).body_html and "/media/" in newest(database, "samplin").body_html


def test_another_picture_under_the_same_name_makes_a_revision(database: Database, content: Path) -> None:
    edit(content, PAGE, "It heals by itself", SHOWN)
    picture = (content / PAGE).with_name("line.svg")
    picture.write_text(PICTURE)
    run(database, content)
    picture.write_text(PICTURE.replace("M0 0", "M1 1"))

    assert run(database, content).revisions == 1 and pictures(database) == 2


@pytest.mark.parametrize("statement", ["UPDATE revision SET title = 'Other'", "DELETE FROM revision"])
def test_a_revision_can_be_neither_changed_nor_removed(database: Database, content: Path, statement: str) -> None:
    run(database, content)
    with pytest.raises(DatabaseError, match="append-only"), database.writing() as session:
        session.execute(text(statement))


def test_many_files_are_read_and_rendered_in_a_pool(
        database: Database, content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(cores.WORTH_A_POOL):
        builders.write_topic(content, slug=f"sampleitis-{number}")
    pools = []

    class Counted(ProcessPoolExecutor):
        def map(self, *arguments, **named):  # type: ignore[no-untyped-def]
            pools.append(self)
            return super().map(*arguments, **named)

    monkeypatch.setattr(cores, "ProcessPoolExecutor", Counted)
    monkeypatch.setattr(cores.os, "cpu_count", lambda: 2)

    assert run(database, content).revisions == cores.WORTH_A_POOL + 2
    assert len(pools) == 1, "whoever reads a page renders it"
    assert run(database, content).revisions == 0 and len(pools) == 1, "nothing changed: no pool"


def place_of_words(_: str) -> str:
    return str(sys.stdout.name)


def test_a_worker_never_waits_for_output_that_a_thread_of_its_parent_had_locked(
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores.os, "cpu_count", lambda: 2)
    assert set(cores.on_all_cores(place_of_words, ["x"] * cores.WORTH_A_POOL)) == {os.devnull}


def test_a_pool_makes_what_one_process_makes(content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(cores.WORTH_A_POOL):
        builders.write_topic(content, slug=f"sampleitis-{number}")
    made = []
    for count in (1, 2):
        monkeypatch.setattr(cores.os, "cpu_count", lambda count=count: count)
        rack = sync.prepare(content, {}, style=b"style", on=NOW.date()).rack
        made.append([(revised.spot, rack.row(revised)) for revised in rack.revised])

    assert len(made[0]) > cores.WORTH_A_POOL and made[0] == made[1]


def test_two_runs_at_once_make_each_revision_once(database: Database, content: Path) -> None:
    first, second = (sync.prepare(content, {}, style=b"", on=NOW.date()) for _ in range(2))
    with database.writing() as session:
        sync.store(session, first, NOW)
    with database.writing() as session:
        assert sync.store(session, second, NOW).revisions == 0

    assert everything(database)[:3] == [2, 2, 2]


@pytest.mark.parametrize("literal", ["{{config}}", "{{ settings.secret_key }}", "{% for x in y %}", "${7*7}"])
def test_what_looks_like_a_template_is_never_run(database: Database, content: Path, literal: str) -> None:
    edit(content, PAGE, "It heals by itself", f"It says {literal}")
    try:
        run(database, content)
    except SyncRefused as refused:
        assert all(problem.line for problem in refused.problems)
    else:
        assert literal in newest(database).source and "49" not in newest(database).body_html


class Restless(Disk):
    """A folder in which somebody writes as soon as all of it was found: at the second look into a topic."""

    def __init__(self, content: Path) -> None:
        super().__init__(content)
        self.content, self.looks = content, 0

    def entries(self, folder: str) -> Sequence[Entry]:
        self.looks += folder == "diseases/sampleitis"
        if self.looks == 2:
            edit(self.content, PAGE, "It heals", "it heals")
            self.looks += 1
        return super().entries(folder)


def test_a_page_that_is_written_while_it_is_read_stops_the_run(content: Path) -> None:
    with pytest.raises(SyncRefused) as refused:
        sync.read_and_render(Restless(content), {}, style=b"", on=NOW.date())

    assert {(problem.path, problem.code) for problem in refused.value.problems} == {
        (PAGE, "changed-meanwhile"), ("diseases/sampleitis/topic.yaml", "changed-meanwhile")}


def test_what_was_written_meanwhile_comes_in_at_the_next_run(database: Database, content: Path) -> None:
    prepared = sync.read_and_render(Restless(content), {}, style=b"", on=NOW.date(), keep_going=True)
    assert sync.bring_in(database, prepared, NOW).revisions == 1

    assert run(database, content).revisions == 1 and "it heals" in newest(database).source


def test_a_page_that_is_written_before_it_is_stored_lets_nothing_in(database: Database, content: Path) -> None:
    prepared = sync.prepare(content, {}, style=b"", on=NOW.date())
    edit(content, PAGE, "It heals", "it heals")
    with pytest.raises(Conflict, match="changed while the library was read"):
        sync.bring_in(database, prepared, NOW)

    assert everything(database) == [0, 0, 0, 0, 0, 0]


def test_of_a_run_that_is_refused_all_is_checked_and_nothing_more_is_rendered(
        content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edit(content, PAGE, "[@one]", "[@two]")
    edit(content, "drugs/samplin/patient.en.md", "title:", "titel:")
    rendered: list[object] = []
    monkeypatch.setattr(making, "build", rendered.append)
    with pytest.raises(SyncRefused) as refused:
        sync.prepare(content, {}, style=b"", on=NOW.date())

    assert {problem.path for problem in refused.value.problems} == {"drugs/samplin/patient.en.md", PAGE}
    assert rendered == []


def test_rows_come_off_the_rack_as_they_were_put_there_however_many_there_are(
        content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    racks = []
    for limit in (made.IN_MEMORY, 1):
        monkeypatch.setattr(made, "IN_MEMORY", limit)
        racks.append(sync.prepare(content, {}, style=b"", on=NOW.date()).rack)

    in_memory, on_disk = ([rack.row(revised) for revised in rack.revised] for rack in racks)
    assert len(on_disk) == 2 and in_memory == on_disk
