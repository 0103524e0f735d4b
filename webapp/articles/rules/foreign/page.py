"""What reading a foreign file yields."""

from dataclasses import dataclass
from datetime import date


class Unreadable(Exception):
    """The file cannot come in; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class ForeignPage:
    """A page in our grammar. `address` is empty where the file does not name it; `notes` tell what was
    changed, each once."""

    title: str
    summary: str
    body: str
    address: str
    issuer: str
    day: date | None
    notes: tuple[str, ...]
