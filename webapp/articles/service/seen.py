"""What an earlier sync read in topics' folders: one whose files stand as they stood then is not read again.

As git does, files are known by what the file system says of them: size, inode, and when they last changed (ctime, which
no program sets). What changed just before it was read may change again within the same tick of that clock, so it is
read once more. The notes are one machine's own; where they are missing, of another version, or not to the letter as
they were written, all is read.
"""

import os
import sys
import time
import zlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic_core import from_json, to_json

from webapp.articles.rules.frontmatter import Kind
from webapp.articles.service.folder import TOPIC_FILE
from webapp.articles.service.sheets import Sheet, Stack
from webapp.articles.service.trees import Stamp, Tree

FILES = FILE, NEW_FILE = "content.seen", "content.seen.new"
"""Their names in the data directory."""
FORMAT = "1"
"""Of the notes. Raise it when they are written otherwise."""
TICK_NS = 2_000_000_000
"""Of the coarsest clock of a file system that we know of, FAT's, in nanoseconds."""


class Seen:
    """Notes in a data directory: a line for each folder, below their version and checksum. `write` keeps for the next
    run those met in this one and those made in it, if any were: one of a folder that is gone or is otherwise now does
    no harm meanwhile. Notes of another `version` of the code that reads are not heard."""

    def __init__(self, data_dir: Path, version: bytes) -> None:
        self._data_dir, self._version = data_dir, version
        self._began_ns = time.time_ns()
        self._before = self._load()
        self._now: list[str] = []
        self._is_news = False

    def find(self, tree: Tree, kind: Kind, address: str) -> tuple[Stack, dict[str, bytes]] | None:
        """A folder that had no problems as it was read, with the digests of its files by path, if it is as it was."""
        line = self._before.get(address)
        if line is None:
            return None
        stamp, names, *told = from_json(line.partition("\t")[2])
        if tree.stamp(address, names) != stamp:
            return None
        self._now.append(line)
        return _read(kind, address, names, *told)

    def keep(self, stack: Stack, digests: Mapping[str, bytes], stamp: Stamp) -> None:
        """Notes a folder that was read without problems, unless a file of it may yet change unnoticed. `stamp` was
        taken before, with the files in the order of `digests`."""
        if max(stamp[2::3]) + TICK_NS < self._began_ns:
            self._is_news = True
            self._now.append(f"{stack.address}\t{to_json([stamp, *_told(stack, digests)]).decode()}")

    def write(self) -> None:
        """Keeps the notes, and lets go of them. Where they cannot be kept, the next run reads everything."""
        if self._is_news:
            notes = "\n".join(self._now)
            with suppress(OSError):
                self._data_dir.mkdir(parents=True, exist_ok=True)
                (self._data_dir / NEW_FILE).write_text(f"{self._head(notes)}\n{notes}")
                os.replace(self._data_dir / NEW_FILE, self._data_dir / FILE)
        self._before, self._now, self._is_news = {}, [], False

    def _load(self) -> dict[str, str]:
        try:
            head, _, notes = (self._data_dir / FILE).read_text().partition("\n")
        except (OSError, ValueError):
            return {}
        return {line.partition("\t")[0]: line for line in notes.splitlines()} if head == self._head(notes) else {}

    def _head(self, notes: str) -> str:
        return f"{FORMAT} {self._version.hex()} {zlib.crc32(notes.encode()):08x}"


def _told(stack: Stack, digests: Mapping[str, bytes]) -> tuple[Any, ...]:
    return ([path.rpartition("/")[2] for path in digests], [digest.hex() for digest in digests.values()],
            None if stack.topic is None else stack.topic.targets,
            {name: (page.targets, page.links_leaflet, page.may_be_sponsored, page.says_claims)
             for name, page in stack.pages.items()}, stack.surroundings.hex(), stack.face.hex())


def _read(kind: Kind, address: str, names: list[str], hexes: list[str], topic_targets: list[str] | None,
          pages: dict[str, list[Any]], surroundings: str, face: str) -> tuple[Stack, dict[str, bytes]]:
    digests = {f"{address}/{name}": bytes.fromhex(digest) for name, digest in zip(names, hexes, strict=True)}
    topic, path = None, f"{address}/{TOPIC_FILE}"
    if topic_targets is not None:
        topic = Sheet(path, digests[path], tuple(map(sys.intern, topic_targets)))
    sheets = {}
    for name, (targets, *says) in pages.items():
        path = f"{address}/{name}"
        sheets[sys.intern(name)] = Sheet(path, digests[path], tuple(map(sys.intern, targets)), *says)
    return Stack(kind, address.rpartition("/")[2], address, topic, sheets, bytes.fromhex(surroundings),
                 bytes.fromhex(face), len(digests)), digests
