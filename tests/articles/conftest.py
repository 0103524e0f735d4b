"""Fixtures for tests of publishing."""

import dataclasses
from pathlib import Path

import pytest
from werkzeug.test import Client

from tests import builders, copies
from webapp.articles.rules.shelf import Entry
from webapp.core.platform import Platform


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return tmp_path / "content"


@pytest.fixture
def demo(platform: Platform, app: object) -> Platform:
    """The platform in demo mode."""
    return dataclasses.replace(platform, is_demo=True)


@pytest.fixture
def pair(platform: Platform, content: Path, client: Client) -> list[Entry]:
    """Two topics that name each other, in two languages; the first is published."""
    for language in ("en", "zh-Hans"):
        builders.write_topic(content, language=language, markets=("us", "cn"))
    builders.write_topic(content, slug="other")
    for slug, related in (("sampleitis", "other"), ("other", "sampleitis")):
        file = content / "diseases" / slug / "topic.yaml"
        file.write_text(file.read_text().replace("related: []", f"related: [diseases/{related}]"))

    def make() -> list[Entry]:
        waiting = builders.import_content(platform, content)
        builders.clear(platform, waiting)
        return waiting

    return copies.once(platform.database, (__name__,), make)
