"""The index follows what is published; and what it says is checked before it is shown."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from werkzeug.test import Client

from tests import builders
from tests.articles.publishing import withdraw
from tests.builders import NOW
from tests.search.asking import said, send, shown
from webapp.articles.rules.frontmatter import Kind
from webapp.config import Settings
from webapp.core.platform import Platform
from webapp.core.process import AlreadyHeld, hold
from webapp.search.service.index import BROKEN, FOLDER, Finder
from webapp.search.service.keeping import Keeper

Keep = Callable[[], str | None]


@pytest.fixture
def page(platform: Platform, content: Path, client: Client) -> object:
    return builders.published_document(platform, content, text="It heals by quercussage")


def folder(settings: Settings) -> Path:
    return settings.data_dir / FOLDER


def test_without_an_index_the_page_says_so_and_leads_on(page: object, client: Client) -> None:
    answer = send(client, "sampleitis")
    assert answer.status_code == 200 and "being built" in said(answer)
    assert "/en/diseases/" in answer.text


def test_what_is_published_is_found_once_the_index_was_kept_and_keeping_again_does_nothing(
        page: object, client: Client, keep: Keep) -> None:
    assert keep() == "1 pages, 0 taken out"
    assert shown(send(client, "quercussage")) == ["Sampleitis"]
    assert keep() is None


def test_a_withdrawn_page_is_gone_at_once_though_the_index_still_holds_it(
        page: object, platform: Platform, client: Client, keep: Keep) -> None:
    keep()
    withdraw(platform, [page])  # type: ignore[list-item]
    assert shown(send(client, "sampleitis")) == []
    assert "Sampleitis" not in send(client, "quercussage").text
    assert keep() == "0 pages, 1 taken out"


def test_a_changed_page_is_shown_as_it_is_now_and_its_old_text_is_not(
        page: object, platform: Platform, content: Path, client: Client, keep: Keep) -> None:
    keep()
    builders.published_document(platform, content, text="It heals by betulasage")
    answer = send(client, "quercussage")
    assert shown(answer) == ["Sampleitis"] and "quercussage" not in answer.text.partition("search-count")[2]
    assert keep() == "1 pages, 0 taken out"
    assert shown(send(client, "quercussage")) == [] and shown(send(client, "betulasage")) == ["Sampleitis"]


def test_a_page_that_came_in_and_was_not_published_is_not_found(
        platform: Platform, content: Path, client: Client, keep: Keep) -> None:
    builders.write_topic(content)
    builders.import_content(platform, content)
    keep()
    assert shown(send(client, "sampleitis")) == []


@pytest.mark.postgresql
def test_on_both_engines_it_follows(platform: Platform, content: Path, client: Client, keep: Keep) -> None:
    entry = builders.published_document(platform, content, kind=Kind.DRUG, slug="samplin",
                                        content_class="drug-education")
    keep()
    assert shown(send(client, "samplin")) == ["Samplin"]
    withdraw(platform, [entry])
    assert shown(send(client, "samplin")) == []
    keep()


# Faults


def test_a_broken_index_is_said_to_be_built_and_is_built_anew(
        page: object, platform: Platform, settings: Settings, client: Client, keep: Keep) -> None:
    keep()
    for file in folder(settings).glob("*.*"):
        if file.suffix not in (".json", ".lock"):
            file.write_bytes(b"\xff" * (file.stat().st_size // 2))
    assert "being built" in said(send(client, "sampleitis"))
    assert (folder(settings) / BROKEN).exists()
    assert keep() == "1 pages, 0 taken out"
    assert shown(send(client, "sampleitis")) == ["Sampleitis"]


@pytest.mark.parametrize("content_of_meta", [b"", b"{}", b"\xff\xfe", b'{"index_settings": 7}'])
def test_an_index_without_a_head_that_can_be_read_is_built_anew(
        page: object, settings: Settings, client: Client, keep: Keep, content_of_meta: bytes) -> None:
    keep()
    (folder(settings) / "meta.json").write_bytes(content_of_meta)
    assert "being built" in said(send(client, "sampleitis"))
    keep()
    assert shown(send(client, "sampleitis")) == ["Sampleitis"]


def test_a_folder_that_somebody_removed_is_filled_again(page: object, settings: Settings, client: Client,
                                                        keep: Keep) -> None:
    keep()
    for file in folder(settings).iterdir():
        file.unlink()
    folder(settings).rmdir()
    keep()
    assert shown(send(client, "sampleitis")) == ["Sampleitis"]


def test_one_process_writes_at_a_time(page: object, platform: Platform, settings: Settings, keep: Keep) -> None:
    with hold(settings.data_dir, FOLDER, NOW, "another"):
        assert keep() is None
        with pytest.raises(AlreadyHeld):
            Keeper(platform.database, settings.data_dir).rebuild(NOW)
    assert keep() == "1 pages, 0 taken out"


def test_a_writer_that_is_killed_leaves_an_index_that_is_finished_later(
        page: object, platform: Platform, settings: Settings, client: Client, keep: Keep) -> None:
    script = f"""
import time
from pathlib import Path
from webapp.core import clock
from webapp.core.process import hold
from webapp.search.service.index import HEAP_BYTES, Store
held = hold(Path({str(settings.data_dir)!r}), "search", clock.now())
writer = Store(Path({str(folder(settings))!r}))._index.writer(HEAP_BYTES, 1)
writer.delete_all_documents()
print("writing", flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout and writer.stdout.readline() == "writing\n"
        assert keep() is None
        writer.kill()
    assert keep() == "1 pages, 0 taken out"
    assert shown(send(client, "sampleitis")) == ["Sampleitis"]


def test_a_rebuild_makes_it_anew_and_tells_how_far_it_is(page: object, platform: Platform, settings: Settings,
                                                        client: Client, keep: Keep) -> None:
    keep()
    told: list[tuple[int, int]] = []
    before = (folder(settings) / "meta.json").stat().st_ino
    done = Keeper(platform.database, settings.data_dir).rebuild(NOW, lambda *so_far: told.append(so_far))
    assert (done, told) == ("1 pages, 0 taken out", [(1, 1)])
    assert (folder(settings) / "meta.json").stat().st_ino != before
    assert sorted(path.name for path in settings.data_dir.iterdir()) == [FOLDER, f"{FOLDER}.lock"]
    assert shown(send(client, "sampleitis")) == ["Sampleitis"]


def test_a_reader_that_is_held_open_notices_each_change(page: object, platform: Platform, content: Path,
                                                       settings: Settings, keep: Keep) -> None:
    finder, keeper = Finder(folder(settings)), Keeper(platform.database, settings.data_dir)
    keep()
    first = finder._opened()
    assert finder._opened() is first
    time.sleep(0.02)
    keeper.rebuild(NOW)
    assert finder._opened() is not first
