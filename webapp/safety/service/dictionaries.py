"""Brings in a licensed release of MedDRA: read whole before anything is stored, then stored slice by slice."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TypeVar

from sqlalchemy import delete, insert
from sqlmodel import Session, col

from webapp.core import audit
from webapp.core.audit import COMMAND_LINE, By
from webapp.core.db import Database
from webapp.core.errors import Conflict, Invalid
from webapp.core.subject import Subject
from webapp.safety.models import SafetyDictionary, SafetyTerm
from webapp.safety.queries import coding as queries
from webapp.safety.rules.coding import (
    LOWEST,
    PREFERRED,
    RELEASE,
    LowestTerm,
    Release,
    lowest_of,
    preferred_of,
    release_of,
)
from webapp.safety.rules.likeness import folded

SUBJECT = "safety-dictionary"
"""Kind of subject of its audit entry."""
SLICE, PAUSE_SECONDS = 2_000, 0.02
"""Terms of one transaction, and how long others get between two: our choice, as all set-wise writing does here."""
LONGEST_LINE = 4_096
"""Bytes: our choice, ten times what the longest term of a release takes."""
ENCODING = "utf-8"
"""Of a release, unless the command says another."""
Parsed = TypeVar("Parsed")


def release_in(folder: Path, encoding: str = ENCODING) -> Release:
    """Which release the folder says that it is. Invalid where it does not."""
    if not (folder / RELEASE).is_file():
        raise Invalid(f"{folder} has no {RELEASE}, which names version and language. Name them with --version and "
                      "--language.")
    found = next((release for _, release in _parsed(folder / RELEASE, encoding, release_of)), None)
    if found is None:
        raise Invalid(f"{RELEASE} is empty. Name version and language with --version and --language.")
    return found


def bring_in(database: Database, folder: Path, release: Release, now: datetime, encoding: str = ENCODING) -> int:
    """Stores the lowest level terms of a release; returns how many. Invalid names file, line and remedy, and then
    nothing was stored. Conflict where the release is there. One that was cut off is begun anew."""
    for name in (LOWEST, PREFERRED):
        if not (folder / name).is_file():
            raise Invalid(f"{folder} has no {name}. Name the folder of the distribution that holds its .asc files.")
    count = _check(folder, encoding)
    with database.writing() as session:
        dictionary_id = _begin(session, release)
    while _emptied(database, dictionary_id):
        time.sleep(PAUSE_SECONDS)
    terms = (term for _, term in _parsed(folder / LOWEST, encoding, lowest_of))
    while some := list(islice(terms, SLICE)):
        with database.writing() as session:
            session.execute(insert(SafetyTerm), [_row(dictionary_id, term) for term in some])
        time.sleep(PAUSE_SECONDS)
    with database.writing() as session:
        session.get_one(SafetyDictionary, dictionary_id).loaded_at = now
        audit.record(session, By(COMMAND_LINE, now), "safety-terms-imported", Subject(SUBJECT, dictionary_id),
                     f"meddra:{release.version} language:{release.language} terms:{count}")
    return count


def _check(folder: Path, encoding: str) -> int:
    """How many terms there are. Invalid if a line cannot be read, or the two files are not of one release."""
    preferred = {code for _, code in _parsed(folder / PREFERRED, encoding, preferred_of)}
    seen: set[int] = set()
    for number, term in _parsed(folder / LOWEST, encoding, lowest_of):
        if term.code in seen:
            raise Invalid(f"{LOWEST}:{number}: code {term.code} stands twice. Take the file as it was distributed.")
        if term.preferred not in preferred:
            raise Invalid(f"{LOWEST}:{number}: its preferred term {term.preferred} is not in {PREFERRED}. Take both "
                          "files from one release.")
        seen.add(term.code)
    if not seen:
        raise Invalid(f"{LOWEST} is empty. Take the file as it was distributed.")
    return len(seen)


def _begin(session: Session, release: Release) -> int:
    found = queries.dictionary(session, release.version, release.language)
    if found is not None and found.loaded_at is not None:
        raise Conflict(f"MedDRA {release.version} in {release.language} is here already. Nothing was changed.")
    if found is None:
        found = SafetyDictionary(version=release.version, language=release.language)
        session.add(found)
        session.flush()
    return found.id or 0


def _emptied(database: Database, dictionary_id: int) -> bool:
    """Takes away some of what an import that was cut off had stored; False when nothing is left of it."""
    with database.writing() as session:
        numbers = queries.some_of(session, dictionary_id, SLICE)
        session.execute(delete(SafetyTerm).where(col(SafetyTerm.id).in_(numbers)))
    return bool(numbers)


def _row(dictionary_id: int, term: LowestTerm) -> dict[str, object]:
    return {"dictionary_id": dictionary_id, "code": term.code, "name": term.name, "folded": folded(term.name),
            "preferred": term.preferred, "is_current": term.is_current}


def _parsed(path: Path, encoding: str, parse: Callable[[str], Parsed]) -> Iterator[tuple[int, Parsed]]:
    """(line's number, what it says) of each that is not empty, one at a time."""
    with path.open("rb") as file:
        for number, raw in enumerate(iter(lambda: file.readline(LONGEST_LINE + 1), b""), 1):
            line = _line(raw, f"{path.name}:{number}", encoding)
            try:
                if line:
                    yield number, parse(line)
            except ValueError as error:
                raise Invalid(f"{path.name}:{number}: {error}. Take the file as it was distributed.") from error


def _line(raw: bytes, where: str, encoding: str) -> str:
    if len(raw) > LONGEST_LINE:
        raise Invalid(f"{where}: has more than {LONGEST_LINE:,} bytes. Take the file as it was distributed.")
    try:
        return raw.decode(encoding).lstrip("\ufeff").strip("\r\n")
    except UnicodeDecodeError as error:
        raise Invalid(f"{where}: is not written in {encoding}. Name what it is written in with --encoding, such as "
                      "gb18030.") from error
