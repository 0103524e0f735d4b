"""Brings documents in. Reading a file takes a while: it is done before the transaction that stores it."""

import hashlib
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from webapp.core import audit
from webapp.core.audit import By
from webapp.core.errors import N_, Conflict, Invalid
from webapp.core.subject import Subject
from webapp.library import queries
from webapp.library.models import LibraryDocument, LibraryFile, LibraryPage
from webapp.library.rules import files
from webapp.library.rules.files import FAULTS, Fault, Media, Read

SUBJECT = "library-document"
READ_SECONDS = 60
"""For one PDF: our choice. Sixty pages take two."""
LONGEST = 300
"""Characters of a field: our choice."""
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_URL = re.compile(r"https?://[^\s<>\"]+")


@dataclass(frozen=True)
class About:
    """What is known of a document. `name`: see `LibraryDocument`; a name that is here makes it that one's next
    version. `licence` says by what right it is kept, `is_for_readers` whether that lets readers be shown it."""

    name: str
    title: str
    issuer: str
    url: str
    issued_on: date
    licence: str
    is_for_readers: bool


@dataclass(frozen=True)
class Prepared:
    """A file as it was read."""

    content: bytes
    read: Read

    @property
    def sha256(self) -> str:
        """The digest of its bytes."""
        return hashlib.sha256(self.content).hexdigest()


def prepare(content: bytes) -> Prepared:
    """Reads a file. Invalid, saying why and what to do, where it is not taken."""
    media = files.media_of(content)
    found: Read | Fault
    if isinstance(media, Fault):
        found = media
    else:
        found = _read_pdf(content) if media is Media.PDF else files.read_text(content, media)
    if isinstance(found, Fault):
        raise Invalid(FAULTS[found])
    return Prepared(content, found)


def _read_pdf(content: bytes) -> Read | Fault:
    """In a process of its own: see `rules.pdf`."""
    try:
        done = subprocess.run([sys.executable, "-m", "webapp.library.rules.pdf"], input=content, timeout=READ_SECONDS,
                              capture_output=True, check=True)
    except subprocess.TimeoutExpired:
        return Fault.SLOW
    except subprocess.CalledProcessError:  # out of memory, or of what it was allowed
        return Fault.BROKEN
    answer = json.loads(done.stdout)
    return Fault(answer["fault"]) if "fault" in answer else Read(Media.PDF, tuple(answer["pages"]))


def checked(about: About, today: date) -> About:
    """What is known of a document, tidied. Invalid, naming the field, where something is missing or no such thing."""
    tidy = About(about.name.strip(), _line(about.title), _line(about.issuer), about.url.strip(), about.issued_on,
                 _line(about.licence), about.is_for_readers)
    if not _NAME.fullmatch(tidy.name) or len(tidy.name) > LONGEST:
        raise Invalid(N_("Name it in lower-case letters, digits and hyphens, such as trial-2024: claims call it so."))
    if not all(0 < len(text) <= LONGEST for text in (tidy.title, tidy.issuer, tidy.licence)):
        raise Invalid(N_("Say its title, who issued it and under which licence it is here, each in at most 300 "
                         "characters."))
    if tidy.url and (not _URL.fullmatch(tidy.url) or len(tidy.url) > 2000):
        raise Invalid(N_("The address begins with https:// or http://. Leave it empty if there is none."))
    if tidy.issued_on > today:
        raise Invalid(N_("Its date lies in the future. Give the day it was issued, or saved."))
    return tidy


def _line(text: str) -> str:
    return " ".join(files.clean(text).split())


def add(session: Session, prepared: Prepared, about: About, by: By) -> tuple[LibraryDocument, bool]:
    """The document of these bytes, and whether it is new: bringing one in again changes nothing. Conflict if the same
    bytes are here under another name, or came in meanwhile."""
    about = checked(about, by.at.date())
    known = queries.by_digest(session, prepared.sha256)
    if known is not None and known.name != about.name:
        raise Conflict(N_("This very file is here already under another name. Use that one."))
    if known is not None:
        return known, False
    earlier = queries.versions(session, about.name)
    _keep_file(session, prepared)
    document = _store(session, prepared, about, earlier[0].version + 1 if earlier else 1, by.at)
    audit.record(session, by, "library-document-added", Subject(SUBJECT, document.id or 0),
                 f"version:{document.version} {document.sha256[:16]}")
    return document, True


def _keep_file(session: Session, prepared: Prepared) -> None:
    table = LibraryFile.__table__  # type: ignore[attr-defined]
    insert = (sqlite if session.get_bind().dialect.name == "sqlite" else postgresql).insert(table)
    session.execute(insert.values(sha256=prepared.sha256, content=prepared.content).on_conflict_do_nothing())


def _store(session: Session, prepared: Prepared, about: About, version: int, now: datetime) -> LibraryDocument:
    document = LibraryDocument(
        name=about.name, version=version, sha256=prepared.sha256, media_type=prepared.read.media,
        size_bytes=len(prepared.content), page_count=len(prepared.read.pages), title=about.title, issuer=about.issuer,
        url=about.url, issued_on=about.issued_on, licence=about.licence, is_for_readers=about.is_for_readers,
        added_at=now)
    session.add(document)
    try:
        session.flush()
    except IntegrityError:  # on PostgreSQL another came in between the look and the insert
        raise Conflict(N_("A document of this name, or this very file, came in meanwhile. Look at it, then try "
                          "again.")) from None
    session.add_all(LibraryPage(document_id=document.id or 0, number=number, text=text)
                    for number, text in enumerate(prepared.read.pages, 1))
    session.flush()
    return document
