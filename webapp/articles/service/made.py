"""Revisions between their rendering and the database."""

import pickle
import zlib
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Made:
    """The row of a revision, packed by whoever rendered it: ten thousand of them lie in memory until they are stored,
    and so take an eighth."""

    digest: str
    rendering_digest: str
    packed: bytes

    @classmethod
    def of(cls, row: dict[str, Any]) -> Self:
        """Packs a row."""
        return cls(row["digest"], row["rendering_digest"], zlib.compress(pickle.dumps(row), 1))

    def row(self) -> dict[str, Any]:
        """The row, unpacked. Its bytes are our own, from a process of ours."""
        row: dict[str, Any] = pickle.loads(zlib.decompress(self.packed))
        return row
