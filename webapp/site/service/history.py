"""Shows an account the pages that it has read."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlmodel import Session

from webapp.articles import queries as articles
from webapp.articles.rules.shelf import Entry, path_of
from webapp.engagement import queries as engagement
from webapp.people.queries import Account
from webapp.policy import rules as policy


def pages_read(session: Session, account: Account, homes: Mapping[str, str], today: date) -> list[dict[str, Any]]:
    """An account's history, the last page first. What was taken down, or is closed to this reader by now, has neither
    title nor address, and can be deleted like all else."""
    lines = engagement.history(session, account.id or 0)
    entries = articles.live_documents(session, [line.subject_id for line in lines if line.subject_kind == "article"])
    reader = policy.reader_of(account.market, account.roles)
    found = []
    for line in lines:
        entry = entries.get(line.subject_id)
        shown = entry if entry is not None and _is_open(entry, reader, today) else None
        found.append({
            "key": line.key, "last_at": line.last_at, "title": shown.title if shown else "",
            "language": shown.language if shown else "",
            "url": path_of(shown.address, shown.audience, shown.place, homes) if shown else ""})
    return found


def _is_open(entry: Entry, reader: policy.Reader, today: date) -> bool:
    ruling = policy.decide_for(reader, entry.market, entry.content_class, entry.funding, today)
    return entry.access == "open" or reader.passes(ruling)
