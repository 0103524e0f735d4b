"""What every part is handed: the database, the renderer, the keys, and the few settings that more than one needs."""

from collections.abc import Mapping
from dataclasses import dataclass

from webapp.core.db import Database
from webapp.core.render import Renderer
from webapp.core.tokens import KeyRing
from webapp.core.writer import GroupWriter


@dataclass(frozen=True)
class Platform:
    """Built once per process from the settings, at the top; passed down."""

    database: Database
    renderer: Renderer
    ring: KeyRing
    writer: GroupWriter
    base_url: str
    homes: Mapping[str, str]
    """A language's URL name -> its home market, e.g. `{"en": "us", "zh": "cn"}`."""
    is_demo: bool = False

    def close(self) -> None:
        """Writes what was handed to the writer and closes the database."""
        self.writer.close()
        self.database.close()
