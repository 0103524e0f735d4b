"""`materia search`, as an operator types it; and the worker's own upkeep."""

import dataclasses
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from tests import builders
from tests.builders import NOW
from webapp import schedule
from webapp.config import Settings
from webapp.core.platform import ROOMS, Platform
from webapp.core.process import AlreadyHeld, hold
from webapp.schedule import Schedule
from webapp.search.cli import search
from webapp.search.service.index import FOLDER

PATIENCE_SECONDS = 20


def rebuild(platform: Platform, settings: Settings) -> Result:
    return CliRunner().invoke(search, ["rebuild"], obj=SimpleNamespace(platform=platform, settings=settings))


def test_a_rebuild_says_what_came_in(platform: Platform, settings: Settings, content: Path, app: Flask) -> None:
    assert "anew: 0 pages, 0 taken out." in rebuild(platform, settings).output
    builders.published_document(platform, content)
    assert "anew: 1 pages, 0 taken out." in rebuild(platform, settings).output


def test_a_rebuild_beside_another_is_refused(platform: Platform, settings: Settings) -> None:
    with hold(settings.data_dir, FOLDER, NOW, "another"):
        assert isinstance(rebuild(platform, settings).exception, AlreadyHeld)


def test_every_worker_keeps_its_own_index_whoever_leads(platform: Platform, settings: Settings,
                                                        monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {"one": threading.Event(), "two": threading.Event()}
    monkeypatch.setattr(schedule, "keep", lambda keeper, _: kept[keeper._data_dir.name].set())
    nodes = [Schedule(platform, settings.model_copy(update={"data_dir": settings.data_dir / name})) for name in kept]
    for node in nodes:
        node.start()
    assert [name for name, event in kept.items() if not event.wait(PATIENCE_SECONDS)] == []
    for node in nodes:
        node.stop()


@pytest.mark.parametrize("rooms", [frozenset({"cme"}), frozenset(ROOMS) - {"search"}])
def test_a_worker_without_the_room_keeps_none(platform: Platform, settings: Settings, rooms: frozenset[str]) -> None:
    assert "search.keep" not in Schedule(dataclasses.replace(platform, rooms=rooms), settings).names
    assert "search.keep" in Schedule(platform, settings).names
