"""Where files of content are read from: a folder, memory, or a folder beneath what was written at the desk."""

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

# Our choice: a hundred times a long page; anything larger is a mistake or an attack.
MAX_FILE_BYTES = 2_000_000
# Our choice: most files come whole with one call of the system.
READ_BYTES = 65_536


class Entry(Protocol):
    """A file or folder, as `os.scandir` names one."""

    @property
    def name(self) -> str: ...

    @property
    def path(self) -> str: ...

    def is_file(self, *, follow_symlinks: bool = True) -> bool: ...

    def is_dir(self, *, follow_symlinks: bool = True) -> bool: ...


Stamp = list[int]
"""Of a folder and of files in it, one after the other: size, inode, and time of the last change in nanoseconds since
1970. The same again only while the folder has the same files, and they the same bytes."""


class Tree(Protocol):
    """Files by their paths relative to content."""

    def entries(self, folder: str) -> Sequence[Entry]:
        """What stands in a folder. Raises OSError where it is missing or cannot be read."""

    def read(self, entry: Entry) -> tuple[int, bytes | None]:
        """(size, bytes or None if there are too many)."""

    def stamp(self, folder: str, names: Iterable[str]) -> Stamp | None:
        """That of a folder and of these files; None where only reading them tells whether they are as they were."""


class Disk:
    """A folder of the file system."""

    def __init__(self, root: Path) -> None:
        self._root = os.fspath(root)

    def entries(self, folder: str) -> Sequence[Entry]:
        """What stands in it, links included."""
        with os.scandir(f"{self._root}/{folder}") as entries:
            return list(entries)

    def read(self, entry: Entry) -> tuple[int, bytes | None]:
        """By the system's calls, since a sync of no change does little else."""
        file = os.open(entry.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            content = os.read(file, READ_BYTES)
            if len(content) < READ_BYTES:
                return len(content), content
            size = os.fstat(file).st_size
            return size, content + os.read(file, MAX_FILE_BYTES) if size <= MAX_FILE_BYTES else None
        finally:
            os.close(file)

    def stamp(self, folder: str, names: Iterable[str]) -> Stamp | None:
        """By asking for them by name: a folder changes with each file that it gets, loses or renames."""
        place, stamp = f"{self._root}/{folder}", Stamp()
        try:
            for path in (place, *(f"{place}/{name}" for name in names)):
                stat = os.lstat(path)
                stamp += stat.st_size, stat.st_ino, stat.st_ctime_ns
        except OSError:
            return None
        return stamp


@dataclass(frozen=True)
class Held:
    """A file in memory, or with no content a folder."""

    name: str
    path: str
    content: bytes | None

    def is_file(self, *, follow_symlinks: bool = True) -> bool:
        """Whether it is a file."""
        return self.content is not None

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:
        """Whether it is a folder."""
        return self.content is None


class Memory:
    """Files by path. A folder that none of them stands in is empty and not missing."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._folders: dict[str, dict[str, Held]] = {}
        for path, content in files.items():
            held = Held(path.rpartition("/")[2], path, content)
            while held.name:
                above = held.path.rpartition("/")[0]
                self._folders.setdefault(above, {})[held.name] = held
                held = Held(above.rpartition("/")[2], above, None)

    def entries(self, folder: str) -> Sequence[Entry]:
        """What stands in it."""
        return list(self._folders.get(folder, {}).values())

    def read(self, entry: Entry) -> tuple[int, bytes | None]:
        """The file's bytes, if there are not too many."""
        content = entry.content if isinstance(entry, Held) else None
        size = len(content or b"")
        return size, content if size <= MAX_FILE_BYTES else None

    def stamp(self, folder: str, names: Iterable[str]) -> Stamp | None:
        """None: there is no file system."""
        return None


class Overlaid:
    """A folder of the file system, of which some files are taken from memory instead, whether it has them or not."""

    def __init__(self, below: Disk, files: Mapping[str, bytes]) -> None:
        self._below, self._above = below, Memory(files)

    def entries(self, folder: str) -> Sequence[Entry]:
        """What stands in either."""
        above = {entry.name: entry for entry in self._above.entries(folder)}
        below = {entry.name: entry for entry in self._below.entries(folder)} if self._is_below(folder, above) else {}
        folders = {name for name, entry in above.items() if entry.is_dir() and name in below}
        return list({**below, **{name: entry for name, entry in above.items() if name not in folders}}.values())

    def read(self, entry: Entry) -> tuple[int, bytes | None]:
        """From where the entry came."""
        return self._above.read(entry) if isinstance(entry, Held) else self._below.read(entry)

    def stamp(self, folder: str, names: Iterable[str]) -> Stamp | None:
        """That of a folder of which nothing is from memory."""
        return None if self._above.entries(folder) else self._below.stamp(folder, names)

    def _is_below(self, folder: str, above: Mapping[str, Entry]) -> bool:
        try:
            self._below.entries(folder)
        except OSError:
            if above:
                return False
            raise
        return True


def sha256(content: bytes) -> str:
    """The digest by which a file's bytes are known."""
    return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True)
class Written:
    """A file as the desk brought it in. `replaced` is the digest of what it took the place of; empty for a new one."""

    replaced: str
    content: bytes


@dataclass(frozen=True)
class Compared:
    """A folder beside what the desk wrote. `behind` are the files that it has as they were before, or not yet: the
    desk's hold. `caught_up` are those that it has as the desk wrote them."""

    tree: Tree
    behind: Mapping[str, Written]
    caught_up: frozenset[str]


def compare(content: Path, written: Mapping[str, Written]) -> Compared:
    """Looks at each file that the desk wrote. Whatever else the folder holds of it is a later edit, and so comes in;
    a file that was there before and is gone was deleted."""
    disk, behind, caught_up = Disk(content), {}, set()
    for path, file in written.items():
        found = _digest(content / path)
        if found == file.replaced:
            behind[path] = file
        elif found == sha256(file.content):
            caught_up.add(path)
    tree = Overlaid(disk, {path: file.content for path, file in behind.items()}) if behind else disk
    return Compared(tree, behind, frozenset(caught_up))


def _digest(path: Path) -> str:
    try:
        return sha256(path.read_bytes())
    except OSError:
        return ""
