"""The shipped content as a demo publishes it, with its index; and what tests on small sites share."""

import copy
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import builders
from tests.builders import NOW, SECRET
from tests.conftest import HOMES
from tests.search.asking import Shipped
from webapp import config
from webapp.app import create_app
from webapp.config import Settings
from webapp.core.db import Database
from webapp.core.platform import Platform
from webapp.core.render import Renderer
from webapp.core.tokens import KeyRing
from webapp.core.writer import GroupWriter
from webapp.search.service.index import FOLDER, Finder
from webapp.search.service.keeping import Keeper

CONTENT = Path(__file__).parents[2] / "content"


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path, renderer: Renderer) -> Iterator[Shipped]:
    """All samples, published, and their index."""
    folder = tmp_path_factory.mktemp("shipped")
    file = folder / "materia.db"
    file.write_bytes(migrated_file.read_bytes())
    settings = config.load(secret_key=SECRET, data_dir=folder, demo=True, home_markets=HOMES,
                           database_url=f"sqlite:///{file}")
    database = Database(settings.database_url)
    platform = Platform(database=database, renderer=copy.copy(renderer), ring=KeyRing((SECRET,)),
                        writer=GroupWriter(database), base_url=builders.BASE_URL, homes=HOMES, is_demo=True)
    create_app(settings, platform)
    waiting = builders.import_content(platform, CONTENT)
    samples = [entry for entry in waiting if entry.content_class != "promotional"]
    builders.publish_entries(platform, samples)
    Keeper(database, folder).keep(NOW)
    yield Shipped(platform, Finder(folder / FOLDER))
    platform.close()


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A folder of content."""
    return tmp_path / "content"


@pytest.fixture
def keep(platform: Platform, settings: Settings) -> Callable[[], str | None]:
    """Brings the index of the test's application up to what is published."""
    keeper = Keeper(platform.database, settings.data_dir)
    return lambda: keeper.keep(NOW)
