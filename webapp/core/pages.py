"""Stored pages: rendered when something is published, not when it is read."""

import gzip
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, text, update
from sqlmodel import Session, col

from webapp.core.models import SiteVersion, StoredPage

STRANGERS = "strangers"
"""Access of a page that is open to all who are not signed in; an account is asked of policy."""


@dataclass(frozen=True)
class Page:
    """A page to be stored. `access` is `open`, `strangers`, `gated` or `gone`; `language` a tag."""

    path: str
    html: str
    kind: str
    language: str
    access: str = "open"
    is_noindex: bool = False


def pack(page: Page, now: datetime) -> dict[str, object]:
    """The page as a row of `stored_page`; compresses, so call it before the transaction begins."""
    body = page.html.encode()
    return {"path": page.path, "access": page.access, "kind": page.kind, "language": page.language,
            "content_type": "text/html; charset=utf-8", "body": body, "gzip": gzip.compress(body, 6, mtime=0),
            "etag": hashlib.sha256(body).hexdigest()[:32], "is_noindex": page.is_noindex, "stored_at": now}


def store(session: Session, rows: Iterable[dict[str, object]]) -> None:
    """Replaces the bytes of the rows' addresses and raises the site version. Rows come from `pack`."""
    batch = list(rows)
    for start in range(0, len(batch), 500):
        part = batch[start:start + 500]
        session.execute(delete(StoredPage).where(col(StoredPage.path).in_([row["path"] for row in part])))
        session.execute(StoredPage.__table__.insert(), part)  # type: ignore[attr-defined]
    bump(session)


def bump(session: Session) -> None:
    """Tells every process, within its next poll, to look again."""
    changed = session.execute(update(SiteVersion).values(version=SiteVersion.version + 1))
    if not changed.rowcount:  # type: ignore[attr-defined]
        session.add(SiteVersion(version=1))
        session.flush()


def lock(session: Session) -> None:
    """Lets nobody else publish or import until this transaction ends. SQLite's write lock does so by itself."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE site_version IN SHARE ROW EXCLUSIVE MODE"))


def version(session: Session) -> int:
    """The site version; 0 before anything was stored."""
    return session.scalar(select(func.coalesce(func.max(SiteVersion.version), 0))) or 0


def find(session: Session, path: str) -> StoredPage | None:
    """The stored page of an address, whatever its access."""
    return session.get(StoredPage, path)
