"""What every part is handed: the database, the renderer, the keys, and the few settings that more than one needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from webapp.core.checkpoints import Checkpointer
from webapp.core.db import Database
from webapp.core.render import Renderer
from webapp.core.tokens import KeyRing
from webapp.core.writer import GroupWriter

ROOMS = ("articles", "engagement", "campaigns", "reports", "cme", "search")
"""Packages whose pages and timed work a copy may do without. All others are what every copy stands on."""


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
    postal_address: str = ""
    """The operator's, as mails carry it."""
    mail_from: str = ""
    """Sender of all mail, as `Name <address>`: the name is the operator's."""
    rooms: frozenset[str] = frozenset(ROOMS)
    """Those that this copy has."""

    @cached_property
    def _checkpointer(self) -> Checkpointer:
        return Checkpointer(self.database)

    def watch(self) -> None:
        """For a process that lives long: keeps SQLite's log short, whoever in this process or another writes. One
        that ends soon need not: the last connection to close moves what is left."""
        self._checkpointer.start()

    def close(self) -> None:
        """Writes what was handed to the writer and closes the database."""
        self.writer.close()
        self._checkpointer.stop()
        self.database.close()
