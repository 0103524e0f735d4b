"""From a draft to review: into the library by the way of `content sync`, and a dossier for each revision.

Two steps, since rendering must not hold the write lock: `plan` reads and renders, `carry_out` writes, unless the draft
was written on in between.
"""

from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from sqlalchemy import delete, update
from sqlmodel import Session, col

from webapp.articles.models import Draft, DraftPicture, SourceFile
from webapp.articles.queries import desk as queries
from webapp.articles.queries import fingerprints, revisions, waiting
from webapp.articles.rules import drafting
from webapp.articles.rules.drafting import ROUTE_OF, DraftState
from webapp.articles.service import sync
from webapp.articles.service.desk import drafts, files
from webapp.articles.service.folder import TOPIC_FILE
from webapp.articles.service.leaning import digests
from webapp.articles.service.making import made_by
from webapp.articles.service.stacks import Stacks
from webapp.articles.service.sync import Prepared
from webapp.articles.service.trees import Memory
from webapp.core import audit
from webapp.core.errors import N_, Conflict
from webapp.core.subject import Subject
from webapp.policy import rules as policy
from webapp.review import service as review

CHANGED = N_("The draft or the library changed meanwhile. Nothing was handed in: look at the draft again.")
SUBJECT = "draft"


@dataclass(frozen=True)
class Plan:
    """What will be stored. `drafts` are those whose texts come in, as they were read; `pictures` are sent ones that
    come in with them."""

    drafts: tuple[Draft, ...]
    pictures: tuple[str, ...]
    prepared: Prepared


def plan(session: Session, key: str, *, seen: int, style: bytes, on: date) -> Plan:
    """Reads and renders what the draft changes, in all markets. Raises `sync.SyncRefused` with what is to be mended.

    Conflict unless the draft is open, as it was seen, and stands on what the library says now.
    """
    draft = drafts.find(session, key)
    place = drafting.place_of(draft.path)
    assert place is not None
    about = queries.draft_at(session, f"{place.address}/{TOPIC_FILE}")
    taken = [draft] if about is None or about.base or about is draft else [draft, about]
    for each in taken:
        if each.state != DraftState.OPEN or queries.file_digest(session, each.path) != each.base:
            raise Conflict(CHANGED)
    if draft.version != seen:
        raise Conflict(CHANGED)
    texts = {each.path: drafts.text(session, each) for each in taken}
    around = files.around(session, place.address, texts)
    sent = queries.draft_pictures(session, place.address)
    shown = {path for path in sent if any(path.rpartition("/")[2].encode() in text for text in texts.values())}
    tree = {path: content for path, content in around.items() if path not in set(sent) - shown}
    look_up = partial(digests, session)
    stacks = Stacks(Memory(tree), made_by(style, on), look_up)
    prepared = sync.read_and_render(Memory(tree), _known(session, place.address, stacks), style=style, on=on,
                                    is_whole=False, look_up=look_up)
    return Plan(tuple(taken), tuple(sorted(shown)), prepared)


def _known(session: Session, address: str, stacks: Stacks) -> dict[str, str]:
    """The topic's files as the library knows them; whatever stands around it counts as read."""
    before = fingerprints(session)
    return {path: before.get(path, "") if path.startswith(f"{address}/") else value
            for path, value in stacks.fingerprints().items()}


def carry_out(session: Session, planned: Plan, *, account_id: int, link: str, now: datetime) -> int:
    """Stores the revisions and hands in those that readers do not see yet; how many dossiers. Conflict if a draft was
    written on since the plan was made."""
    for draft in planned.drafts:
        _close(session, draft, planned.prepared.content.files[draft.path].hex())
    paths = [draft.path for draft in planned.drafts] + list(planned.pictures)
    replaced = queries.replaced(session, paths)
    authors = queries.authors(session, [draft.id or 0 for draft in planned.drafts], planned.pictures)
    sync.store(session, planned.prepared, now)
    for path in paths:
        session.execute(update(SourceFile).where(col(SourceFile.path) == path).values(replaced=replaced.get(path, "")))
    session.execute(delete(DraftPicture).where(col(DraftPicture.path).in_(planned.pictures)))
    count = _hand_in(session, planned, authors, link, now)
    audit.record(session, audit.By(account_id, now), "draft-submitted",
                 Subject(SUBJECT, planned.drafts[0].id or 0), f"dossiers:{count}")
    return count


def _close(session: Session, draft: Draft, digest: str) -> None:
    is_as_read = queries.file_digest(session, draft.path) == draft.base
    done = session.execute(update(Draft).where(
        col(Draft.id) == draft.id, col(Draft.version) == draft.version, col(Draft.state) == DraftState.OPEN,
        col(Draft.base) == draft.base).values(state=DraftState.SUBMITTED, base=digest))
    if not (is_as_read and done.rowcount):  # type: ignore[attr-defined]
        raise Conflict(CHANGED)


def _hand_in(session: Session, planned: Plan, authors: list[int], link: str, now: datetime) -> int:
    read = queries.documents_of(session, {(revised.spot.kind, revised.spot.slug)
                                          for revised in planned.prepared.rack.revised})
    entries = waiting(session, read)
    found = revisions(session, [entry.revision_id for entry in entries])
    for entry in entries:
        revision = found[entry.revision_id]
        review.submit(session, review.NewDossier(
            subject=entry.subject, digest=entry.digest, title=entry.title, author_ids=tuple(authors),
            route=ROUTE_OF[policy.ContentClass(entry.content_class)], markets=(entry.market,), audience=entry.audience,
            source=revision.source, body_html=revision.body_html, link=link, claims=tuple(revision.claims or ())), now)
    return len(entries)
