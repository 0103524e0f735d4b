"""A sync reads only folders that do not stand as an earlier one read them, and finds the same as if it read all."""

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.articles.two_topics import PAGE, REPOSITORY, edit, write_two_topics
from webapp.articles.service import seen
from webapp.articles.service.library import Content, Reader
from webapp.articles.service.seen import Seen
from webapp.articles.service.trees import Disk, Entry, Overlaid, Tree

LATER = time.time_ns() + 3600 * 1_000_000_000
OWN = ["diseases/asthma/p.svg", PAGE, "diseases/asthma/topic.yaml"]
OTHERS = ["diseases/other/p.svg", "diseases/other/patient.en.md", "diseases/other/topic.yaml"]


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return write_two_topics(tmp_path / "content")


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs an hour from now: what was written by then has long been as it is."""
    monkeypatch.setattr(seen, "time", SimpleNamespace(time_ns=lambda: LATER))


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The topics' files that are read, in order, as `diseases/asthma/patient.en.md`."""
    read, paths = Disk.read, list[str]()

    def noting(disk: Disk, entry: Entry) -> tuple[int, bytes | None]:
        paths.append("/".join(Path(entry.path).parts[-3:]))
        return read(disk, entry)
    monkeypatch.setattr(Disk, "read", noting)
    return paths


def found(content: Path | Tree, data_dir: Path | None, version: bytes = b"1") -> Content:
    """What a run finds, with its notes or without."""
    notes = Seen(data_dir, version) if data_dir else None
    reader = Reader(content, seen=notes)
    if notes is not None:
        notes.write()
    return reader.content(())


def run(content: Path | Tree, data_dir: Path, opened: list[str], version: bytes = b"1") -> list[str]:
    """The files of topics that a run reads. It finds what a run without notes finds."""
    opened.clear()
    with_notes = found(content, data_dir, version)
    read = sorted(path for path in opened if path.startswith(("diseases/", "drugs/")))
    assert with_notes == found(content, None)
    return read


@pytest.mark.usefixtures("later")
def test_what_stands_as_it_stood_is_not_read_again(content: Path, data_dir: Path, opened: list[str]) -> None:
    assert run(content, data_dir, opened) == OWN + OTHERS
    assert run(content, data_dir, opened) == []
    assert sorted(path.name for path in data_dir.iterdir()) == [seen.FILE]


def keep_time(content: Path) -> None:
    """Other words of the same length, and the time of before."""
    before = (content / PAGE).stat()
    edit(content, "Call", "Dial")
    os.utime(content / PAGE, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert ((content / PAGE).stat().st_size, (content / PAGE).stat().st_mtime_ns) == (
        before.st_size, before.st_mtime_ns)


def put_another_in_its_place(content: Path) -> None:
    another = content / "another"
    shutil.copy2(content / PAGE, another)
    another.write_text(another.read_text().replace("Call", "Dial", 1))
    shutil.copystat(content / PAGE, another)
    another.replace(content / PAGE)


def add_a_picture(content: Path) -> None:
    shutil.copy((content / PAGE).with_name("p.svg"), (content / PAGE).with_name("line.svg"))


def take_a_page_away(content: Path) -> None:
    (content / PAGE).unlink()


def rename_a_page(content: Path) -> None:
    (content / PAGE).rename((content / PAGE).with_name("hcp.en.md"))


def edit_the_topic(content: Path) -> None:
    with (content / "diseases/asthma/topic.yaml").open("a") as file:
        file.write("# one more line\n")


@pytest.mark.usefixtures("later")
@pytest.mark.parametrize("change", [keep_time, put_another_in_its_place, add_a_picture, take_a_page_away, rename_a_page,
                                    edit_the_topic])
def test_a_folder_that_changed_is_read_and_no_other(
        change: Callable[[Path], None], content: Path, data_dir: Path, opened: list[str]) -> None:
    run(content, data_dir, opened)
    change(content)
    assert {path.rpartition("/")[0] for path in run(content, data_dir, opened)} == {"diseases/asthma"}


@pytest.mark.usefixtures("later")
def test_a_folder_that_is_gone_is_forgotten(content: Path, data_dir: Path, opened: list[str]) -> None:
    run(content, data_dir, opened)
    shutil.move(content / "diseases/other", content.parent / "other")
    assert run(content, data_dir, opened) == []
    shutil.move(content.parent / "other", content / "diseases/other")
    assert run(content, data_dir, opened) == OTHERS


def test_what_changed_just_now_is_read_once_more(content: Path, data_dir: Path, opened: list[str],
                                                monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock of two seconds shows the same time for both edits."""
    assert run(content, data_dir, opened) == OWN + OTHERS
    assert run(content, data_dir, opened) == OWN + OTHERS
    monkeypatch.setattr(seen, "time", SimpleNamespace(time_ns=lambda: LATER))
    assert run(content, data_dir, opened) == OWN + OTHERS
    assert run(content, data_dir, opened) == []


@pytest.mark.usefixtures("later")
def test_a_problem_is_told_each_time(content: Path, data_dir: Path, opened: list[str]) -> None:
    (content / "diseases/asthma/notes.txt").write_text("Not a page.")
    told = found(content, data_dir).problems
    assert [(problem.path, problem.code) for problem in told] == [("diseases/asthma/notes.txt", "picture-type")]
    assert found(content, data_dir).problems == told
    assert run(content, data_dir, opened) == sorted(("diseases/asthma/notes.txt", *OWN))


@pytest.mark.usefixtures("later")
@pytest.mark.parametrize("meddle", [
    lambda notes: b"", lambda notes: notes[:-1], lambda notes: notes[:-40] + bytes(40), lambda notes: notes + b"\n",
    lambda notes: notes + notes, lambda notes: b"\xff" + notes, lambda notes: notes.partition(b"\n")[0],
    lambda notes: notes.replace(b"false", b"true", 1)])
def test_notes_that_are_not_as_they_were_written_are_made_anew(
        meddle: Callable[[bytes], bytes], content: Path, data_dir: Path, opened: list[str]) -> None:
    run(content, data_dir, opened)
    (data_dir / seen.FILE).write_bytes(meddle((data_dir / seen.FILE).read_bytes()))
    assert run(content, data_dir, opened) == OWN + OTHERS
    assert run(content, data_dir, opened) == []


@pytest.mark.usefixtures("later")
def test_notes_of_another_version_are_made_anew(content: Path, data_dir: Path, opened: list[str]) -> None:
    run(content, data_dir, opened, b"1")
    assert run(content, data_dir, opened, b"2") == OWN + OTHERS
    assert run(content, data_dir, opened, b"2") == []


@pytest.mark.usefixtures("later")
def test_where_no_notes_can_be_kept_all_is_read(content: Path, tmp_path: Path, opened: list[str]) -> None:
    (tmp_path / "data").write_text("A file, and no folder.")
    assert run(content, tmp_path / "data", opened) == OWN + OTHERS
    assert run(content, tmp_path / "data", opened) == OWN + OTHERS


@pytest.mark.usefixtures("later")
def test_what_the_desk_wrote_takes_the_place_of_what_was_noted(content: Path, data_dir: Path,
                                                              opened: list[str]) -> None:
    run(content, data_dir, opened)
    desk = (content / PAGE).read_bytes().replace(b"Call", b"Dial", 1)
    assert run(Overlaid(Disk(content), {PAGE: desk}), data_dir, opened) == [path for path in OWN if path != PAGE]
    assert run(content, data_dir, opened) == []  # beneath it the folder stands as it was noted


@pytest.mark.usefixtures("later")
def test_all_that_is_shipped_is_known_again(data_dir: Path, opened: list[str]) -> None:
    content = REPOSITORY / "content"
    assert len(run(content, data_dir, opened)) > 100
    assert run(content, data_dir, opened) == []
