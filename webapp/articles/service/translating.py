"""Published translations whose source has changed for its readers since: found when pages are made, by digests."""

from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session

from webapp.articles import queries
from webapp.articles.rules.frontmatter import Audience
from webapp.articles.rules.shelf import Entry, Shelf
from webapp.articles.rules.translating import page_of, whole_digest
from webapp.articles.service.folder import decode
from webapp.core.errors import N_

NOTICES = {
    "en": N_("The English page was changed on %(day)s. This translation is being updated."),
    "zh-Hans": N_("The Chinese page was changed on %(day)s. This translation is being updated.")}
"""By the language of the page that was changed."""


def behind(session: Session, shelf: Shelf, entries: Collection[Entry]) -> dict[int, datetime]:
    """Document id -> when readers first saw the new text of the page that it was translated from.

    One made from a newer text than is published yet is ahead, and so is not among them.
    """
    suspects = {entry.document_id: entry for entry in entries if shelf.is_behind(entry)}
    files = queries.texts(session, {_source_path(entry) for entry in suspects.values()}) if suspects else {}
    late = {number: source for number, entry in suspects.items() if (source := shelf.source_of(entry))
            and not _is_ahead(files.get(_source_path(entry)), entry)}
    shown = queries.first_shown(session, {source.revision_id for source in late.values()}) if late else {}
    moments = {number: shown.get(source.revision_id, source.published_at) for number, source in late.items()}
    return {number: at for number, at in moments.items() if at is not None}


def _source_path(entry: Entry) -> str:
    return f"{entry.address}/{page_of(Audience(entry.audience), entry.translated_of)}"


def _is_ahead(content: bytes | None, entry: Entry) -> bool:
    text = decode(content or b"")
    return content is not None and isinstance(text, str) and whole_digest(text).startswith(entry.translated_digest)
