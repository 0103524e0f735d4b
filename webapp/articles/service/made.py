"""Revisions between their rendering and the database."""

import json
import pickle
import sys
import tempfile
import weakref
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from webapp.articles.rules.locate import Problem

IN_MEMORY = 1_000_000
"""Bytes of packed rows up to which no file is written: our choice, a few hundred revisions."""


class Spot(NamedTuple):
    """Which document a revision is of."""

    kind: str
    slug: str
    audience: str
    language: str
    market: str


@dataclass(frozen=True, slots=True)
class Made:
    """A rendered revision: whose it is, its digests, and its row, packed by whoever rendered it."""

    spot: Spot
    digest: str
    rendering_digest: str
    packed: bytes

    @classmethod
    def of(cls, spot: Spot, row: dict[str, Any]) -> "Made":
        """Packs a row."""
        return cls(spot, row["digest"], row["rendering_digest"], pickle.dumps(row))


@dataclass(frozen=True, slots=True)
class Revised:
    """A rendered revision whose row is on the rack: so many bytes from `start` on."""

    spot: Spot
    digest: str
    rendering_digest: str
    start: int
    size: int


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture that revisions show: its file, by the digest of its bytes."""

    sha256: str
    media_type: str
    path: str


@dataclass(frozen=True, slots=True)
class Yielded:
    """What one folder yields. `topic` is its (kind, slug); `about` is what its `topic.yaml` says, if that or a page
    came in."""

    topic: tuple[str, str]
    problems: tuple[Problem, ...]
    about: Mapping[str, Any] | None
    made: tuple[Made, ...]
    pictures: tuple[Shown, ...]


class Rack:
    """What a library yields, a topic at a time: rows of revisions wait in a file without a name, which is gone with the
    process; of each, memory holds only what tells whose it is. What topics say is kept packed."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 (lives as long as this)
        weakref.finalize(self, self._file.close)
        self.revised: list[Revised] = []
        self.pictures: dict[str, Shown] = {}
        self._abouts: dict[tuple[str, str], bytes] = {}
        self._size = 0

    def add(self, yielded: Yielded) -> None:
        """Takes in what a folder yields."""
        for made in yielded.made:
            self._file.seek(self._size)
            self._file.write(made.packed)
            spot = Spot(*map(sys.intern, made.spot))  # they come from other processes, each with its own copy
            self.revised.append(Revised(spot, made.digest, sys.intern(made.rendering_digest),
                                        self._size, len(made.packed)))
            self._size += len(made.packed)
        self.pictures.update((picture.sha256, picture) for picture in yielded.pictures)
        if yielded.about is not None:
            kind, slug = map(sys.intern, yielded.topic)
            self._abouts[kind, slug] = json.dumps(yielded.about).encode()

    def row(self, revised: Revised) -> dict[str, Any]:
        """A revision's row. Its bytes are our own, from a process of ours."""
        self._file.seek(revised.start)
        row: dict[str, Any] = pickle.loads(self._file.read(revised.size))
        return row

    def topics(self) -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
        """((kind, slug), what its file says) of the topics that came in."""
        return ((spot, json.loads(about)) for spot, about in self._abouts.items())
