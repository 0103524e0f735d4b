"""Every SELECT on what leans on labels, and on flags."""

from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, col

from webapp.articles.models import (
    Document,
    LabelFlag,
    Revision,
    Topic,
)
from webapp.articles.rules.shelf import LABEL_PAGE
from webapp.core.models import StoredPage


class Leaning(NamedTuple):
    """A revision that readers see, or that waits, and a section of a version of a label that its claims lean on."""

    document_id: int
    revision_id: int
    set_id: str
    section: str
    version: int

    @property
    def spot(self) -> tuple[int, str, str]:
        """What there is one open flag of."""
        return self.revision_id, self.set_id, self.section


def _is_at_work() -> ColumnElement[bool]:
    """Whether a revision is what readers see, or what waits to be seen."""
    return col(Revision.id).in_((col(Document.live_revision_id), col(Document.newest_revision_id)))


def leanings(session: Session) -> list[Leaning]:
    """What the claims of revisions that readers see or that wait lean on; of one section the oldest version."""
    rows = session.execute(
        select(col(Document.id), col(Revision.id), col(Revision.claims))
        .join(Revision, col(Revision.document_id) == col(Document.id))
        .where(col(Revision.claims).is_not(None), _is_at_work()).order_by(col(Revision.id)))
    found: dict[tuple[int, str, str], Leaning] = {}
    for document, revision, claims in rows:
        for label in (claim["label"] for claim in claims if "label" in claim):
            leaning = Leaning(document, revision, label["set_id"], label["section"], label["version"])
            if leaning.spot not in found or leaning.version < found[leaning.spot].version:
                found[leaning.spot] = leaning
    return list(found.values())


class Anchored(NamedTuple):
    """A revision that readers see, or that waits, and a claim of it that is anchored to passages."""

    document_id: int
    revision_id: int
    title: str
    slug: str
    language: str
    market: str
    audience: str
    is_live: bool
    claim: dict[str, Any]


def anchored(session: Session) -> list[Anchored]:
    """The claims of revisions that readers see or that wait which are anchored to passages, by title."""
    rows = session.execute(
        select(col(Document.id), col(Revision.id), col(Revision.title), col(Topic.slug), col(Document.language),
               col(Document.market), col(Document.audience),
               func.coalesce(col(Document.live_revision_id) == col(Revision.id), False), col(Revision.claims))
        .join(Revision, col(Revision.document_id) == col(Document.id))
        .join(Topic, col(Topic.id) == col(Document.topic_id))
        .where(col(Revision.claims).is_not(None), _is_at_work()).order_by(col(Revision.title), col(Revision.id)))
    return [Anchored(number, revision, title, slug, language, market, audience, is_live, claim)
            for number, revision, title, slug, language, market, audience, is_live, claims in rows
            for claim in claims if claim.get("anchors")]


class Approved(NamedTuple):
    """A claim as it stands in a page that readers see and that reviewers signed."""

    claim: str
    text: str
    title: str
    audience: str
    market: str
    digest: str


def approved_claims(session: Session, kind: str, slug: str, language: str) -> list[Approved]:
    """The claims in the pages of a topic, in a language, that readers see under reviewers' signatures."""
    rows = session.execute(
        select(col(Revision.claims), col(Revision.title), col(Document.audience), col(Document.market),
               col(Revision.digest))
        .join(Document, col(Document.live_revision_id) == col(Revision.id))
        .join(Topic, col(Topic.id) == col(Document.topic_id))
        .where(col(Topic.kind) == kind, col(Topic.slug) == slug, col(Document.language) == language,
               col(Document.clearance) == "review", col(Revision.claims).is_not(None)).order_by(col(Document.id)))
    return [Approved(claim["id"], claim.get("text", ""), title, audience, market, digest)
            for claims, title, audience, market, digest in rows for claim in claims]


def flags_of(session: Session) -> tuple[dict[tuple[int, str, str], LabelFlag], dict[tuple[int, str, str], int]]:
    """By revision, set id and section: the flags that are open, and the newest version that closed ones were about."""
    open_flags: dict[tuple[int, str, str], LabelFlag] = {}
    looked_at: dict[tuple[int, str, str], int] = {}
    for flag in session.scalars(select(LabelFlag).order_by(col(LabelFlag.to_version))):
        spot = (flag.revision_id, flag.set_id, flag.section)
        if flag.closed_at is None:
            open_flags[spot] = flag
        else:
            looked_at[spot] = flag.to_version
    return open_flags, looked_at


def flags_by_key(session: Session, keys: Collection[str]) -> list[LabelFlag]:
    """The flags of these keys."""
    return list(session.scalars(select(LabelFlag).where(col(LabelFlag.key).in_(list(keys)))
                                .order_by(col(LabelFlag.id))))


class Flagged(NamedTuple):
    """A flag, and the document that its revision is of; `is_live` says whether readers see that revision."""

    flag: LabelFlag
    title: str
    kind: str
    slug: str
    audience: str
    language: str
    market: str
    is_live: bool


def flagged(session: Session, *, is_open: bool, limit: int) -> list[Flagged]:
    """Open flags of revisions that readers see or that wait, by section; or those closed last."""
    rows = session.execute(
        select(LabelFlag, col(Revision.title), col(Topic.kind), col(Topic.slug), col(Document.audience),
               col(Document.language), col(Document.market),
               func.coalesce(col(Document.live_revision_id) == col(Revision.id), False))
        .join(Revision, col(Revision.id) == col(LabelFlag.revision_id))
        .join(Document, col(Document.id) == col(LabelFlag.document_id))
        .join(Topic, col(Topic.id) == col(Document.topic_id))
        .where(*([col(LabelFlag.closed_at).is_(None), _is_at_work()] if is_open
                 else [col(LabelFlag.closed_at).is_not(None)]))
        .order_by(*([col(LabelFlag.set_id), col(LabelFlag.section), col(LabelFlag.from_version),
                     col(LabelFlag.to_version), col(LabelFlag.id)] if is_open
                    else [col(LabelFlag.closed_at).desc(), col(LabelFlag.id)])).limit(limit))
    return [Flagged(*row) for row in rows]


def label_paths(session: Session) -> set[str]:
    """The addresses of the labels' pages that readers find."""
    return set(session.scalars(select(col(StoredPage.path)).where(
        col(StoredPage.kind) == LABEL_PAGE, col(StoredPage.access) != "gone")))
