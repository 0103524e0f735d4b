"""Writes the library back as files, which come in again as the same revisions: files and desk are one truth."""

import re
from pathlib import Path

from sqlmodel import Session

from webapp.articles import queries
from webapp.articles.service.trees import Written
from webapp.core.errors import N_, Conflict

AT_ONCE = 100
"""Files held in memory: our choice."""
_NAME = re.compile(r"(?!\.)[A-Za-z0-9._-]{1,100}")


def export(session: Session, folder: Path) -> int:
    """Writes every file of content below `folder`, which must be empty or new; how many there are.

    Conflict, before anything is written, for a folder that holds something, and for files that came in before their
    bytes were kept.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Conflict(f"{folder} is not empty, and nothing was written. Name a folder that does not exist yet.")
    if None in queries.file_digests(session).values():
        raise Conflict(N_("Some files came in before the library kept their bytes. Run `materia content sync` once, "
                          "then export."))
    folder.mkdir(parents=True, exist_ok=True)
    written, last = 0, ""
    while part := queries.files(session, after=last, limit=AT_ONCE):
        for path, content in part:
            _write(folder, path, content or b"")
        written, last = written + len(part), part[-1][0]
    return written


def _write(folder: Path, path: str, content: bytes) -> None:
    if not all(_NAME.fullmatch(part) for part in path.split("/")):
        raise Conflict(f"The library holds a file `{path}`, which is no name to write to; the rest is missing.")
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def written(session: Session) -> dict[str, Written]:
    """What came in from the desk and from no folder yet: `sync.prepare` asks for it."""
    return {path: Written(replaced, content) for path, (replaced, content) in queries.written(session).items()}
