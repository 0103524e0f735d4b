"""The register's file into the table: all of it, nothing else, however often and from wherever it goes on."""

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import event, func, select, text

from tests.builders import NOW
from tests.professionals import files
from tests.professionals.files import HEADER, npis, row, write
from webapp.core.db import Database
from webapp.core.errors import Invalid
from webapp.professionals import queries
from webapp.professionals.models import RegistryEntry, RegistryImport
from webapp.professionals.service import importing
from webapp.professionals.service.importing import Progress, import_nppes

BOTH = pytest.mark.postgresql
LAST = "Provider Last Name (Legal Name)"
ENDED = "NPI Deactivation Date"


def load(database: Database, path: Path, show: Callable[[Progress], object] = lambda _: None) -> Progress:
    return import_nppes(database, path, NOW, show)


def held(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(RegistryEntry)) or 0


def entry(database: Database, npi: str) -> RegistryEntry:
    with database.reading() as session:
        found = queries.registry_entry(session, int(npi))
        assert found is not None
        return found


def bare(npi: str) -> list[str]:
    """A number that ended, as the file has it."""
    return [{"NPI": npi, ENDED: "05/01/2020"}.get(name, "") for name in HEADER]


def test_the_made_up_file_has_the_real_files_columns() -> None:
    assert len(HEADER) == len(set(HEADER)) == 330


@BOTH
def test_individuals_are_written_and_organisations_are_not(database: Database, tmp_path: Path) -> None:
    one, other, firm = npis(3)
    done = load(database, write(tmp_path / "f.csv", [
        row(one), row(other, **{LAST: "O'NEILL", "Provider Name Suffix Text": "JR."}),
        row(firm, **{"Entity Type Code": "2", LAST: ""})]))
    assert (done.individuals, done.organisations, done.bad, held(database)) == (2, 1, 0, 2)
    found = entry(database, other)
    assert (found.family_name, found.given_name, found.middle_name, found.suffix, found.states, found.taxonomy,
            found.is_deactivated) == ("O'NEILL", "ANN", "B", "JR.", "NY", "207R00000X", False)


@BOTH
def test_a_later_file_overwrites_marks_and_adds(database: Database, tmp_path: Path) -> None:
    one, two, three = npis(3)
    load(database, write(tmp_path / "month.csv", [row(one), row(two)]))
    load(database, write(tmp_path / "week.csv", [row(one, **{LAST: "MARRIED"}), bare(two), bare(three)]))
    assert (entry(database, one).family_name, held(database)) == ("MARRIED", 3)
    assert [(entry(database, npi).is_deactivated, entry(database, npi).family_name) for npi in (two, three)] == [
        (True, "EXAMPLE"), (True, "")]
    load(database, write(tmp_path / "next.csv", [row(two, **{ENDED: "05/01/2020", "NPI Reactivation Date":
                                                             "06/01/2020"})]))
    assert not entry(database, two).is_deactivated


@BOTH
def test_the_same_file_again_changes_nothing(database: Database, tmp_path: Path) -> None:
    path = write(tmp_path / "f.csv", map(row, npis(50)))
    first, second = load(database, path), load(database, path)
    assert (first.individuals, second.individuals, second.resumed_at, held(database)) == (50, 50, 0, 50)


@BOTH
def test_a_number_twice_in_one_slice_is_taken_as_its_last_row_says(database: Database, tmp_path: Path) -> None:
    (npi,) = npis(1)
    load(database, write(tmp_path / "f.csv", [row(npi), row(npi, **{LAST: "LATER"})]))
    assert entry(database, npi).family_name == "LATER"


@BOTH
def test_bad_rows_are_counted_located_and_left_out(database: Database, tmp_path: Path) -> None:
    good, other = npis(2)
    done = load(database, write(tmp_path / "f.csv", [
        row(good), row("1234567890"), row(good)[:5], row(other, **{"Entity Type Code": "7"}), row(other)]))
    assert (done.individuals, done.bad, held(database)) == (2, 3, 2)
    assert done.faults == ["line 3 holds no NPI", "line 4 has 5 fields and not 330", "line 5 has the entity type '7'"]


def test_of_many_bad_rows_the_first_are_told(database: Database, tmp_path: Path) -> None:
    done = load(database, write(tmp_path / "f.csv", [row("") for _ in range(500)]))
    assert (done.bad, len(done.faults)) == (500, importing.SHOWN)


def test_a_quote_left_open_costs_some_rows_and_not_the_file(database: Database, tmp_path: Path) -> None:
    path = write(tmp_path / "f.csv", map(row, npis(1000)))
    lines = path.read_bytes().splitlines(keepends=True)
    lines[10] = lines[10].replace(b'"EXAMPLE"', b'"EXAMPLE', 1).rstrip(b"\n")[:-1] + b"\n"
    path.write_bytes(b"".join(lines))
    done = load(database, path)
    assert done.bad >= 1 and 500 < done.individuals < 1000


def test_bytes_that_are_no_utf_8_and_zeros_stop_nothing(database: Database, tmp_path: Path) -> None:
    one, two = npis(2)
    path = write(tmp_path / "f.csv", [row(one, **{LAST: "M*LLER"}), row(two, **{LAST: "ZERO#"})])
    path.write_bytes(path.read_bytes().replace(b"*", b"\xdc").replace(b"#", b"\0"))
    load(database, path)
    assert (entry(database, one).family_name, entry(database, two).family_name) == ("M\ufffdLLER", "ZERO")


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"\xff\xfe\x00", b"PK\x03\x04"])
def test_another_file_is_refused_with_its_name(database: Database, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.csv"
    path.write_bytes(content)
    with pytest.raises(Invalid, match=r"other\.csv"):
        load(database, path)


@BOTH
def test_an_import_cut_off_goes_on_where_it_was(
        database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "SLICE", 10)
    path = write(tmp_path / "f.csv", [*map(row, npis(35)), row("bad"), *map(row, npis(20, 200_000_000))])

    class Cut(Exception):
        pass

    def cut(progress: Progress) -> None:
        if progress.individuals == 30:
            raise Cut

    with pytest.raises(Cut):
        load(database, path, cut)
    assert held(database) == 30
    done = load(database, path)
    assert (done.individuals, held(database), done.faults) == (25, 55, ["line 37 holds no NPI"])
    assert done.resumed_at > 0 and done.offset == done.size
    with database.reading() as session:
        assert [kept.is_done for kept in session.scalars(select(RegistryImport))] == [True]


def test_another_file_does_not_go_on_where_one_was_cut_off(
        database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "SLICE", 10)
    path = write(tmp_path / "f.csv", map(row, npis(30)))
    with pytest.raises(ZeroDivisionError):
        load(database, path, lambda _: 1 / 0)
    write(path, map(row, npis(30, 200_000_000)))
    assert (load(database, path).resumed_at, held(database)) == (0, 40)


def test_progress_is_told_by_bytes_and_ends_at_the_files_size(
        database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "SLICE", 10)
    seen: list[int] = []
    path = write(tmp_path / "f.csv", map(row, npis(45)))
    load(database, path, lambda progress: seen.append(progress.offset))
    assert seen == sorted(seen) and len(seen) == 5 and seen[-1] == path.stat().st_size


def test_writers_are_let_in_between_slices(database: Database, tmp_path: Path) -> None:
    path = write(tmp_path / "f.csv", map(row, npis(12_000)))
    writes: list[int] = []
    is_over = threading.Event()

    def write_now_and_then() -> None:
        while not is_over.wait(0.005):
            with database.writing() as session:
                session.execute(text("SELECT 1"))
            writes.append(1)

    writer = threading.Thread(target=write_now_and_then)
    writer.start()
    load(database, path)
    is_over.set()
    writer.join()
    assert len(writes) > 5  # it got in, many times; how long it waited is for a quiet machine and the bench


def test_the_last_slice_takes_all_to_the_disk(
        database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others do not wait for it; so what is said to be imported is there after a power cut, and nothing less."""
    monkeypatch.setattr(importing, "SLICE", 10)
    waited: list[int] = []
    shown: list[int] = []
    event.listen(database.writer, "commit", lambda _: waited.append(len(shown)))
    import_nppes(database, write(tmp_path / "some.csv", map(row, npis(25))), NOW, lambda _: shown.append(1))
    assert (waited, len(shown)) == ([2], 3)


def test_no_pending_lock_is_left_when_the_file_is_bad(database: Database, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b\n")
    with pytest.raises(Invalid):
        load(database, tmp_path / "x.csv")
    path = database.url.database
    assert path is not None
    with sqlite3.connect(path, timeout=0) as other:
        other.execute("BEGIN IMMEDIATE")
        other.rollback()


def test_the_numbers_of_the_made_up_file_differ() -> None:
    assert len(set(files.npis(5000))) == 5000
