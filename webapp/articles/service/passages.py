"""Claims whose passage is not in the newest version of its source any more.

They are worked out on looking, and told of until somebody anchors them anew or looks at them and says why they hold.
That look is kept as a flag that is closed already, of a set id that no label has: so it stands beside those of labels,
with its reason in the audit, and a yet newer version of the source asks again.
"""

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass

from sqlmodel import Session

from webapp.articles.models import LabelFlag
from webapp.articles.queries import labels as queries
from webapp.articles.queries.labels import Anchored
from webapp.articles.service.labels import SUBJECT
from webapp.core import audit, pages
from webapp.core.audit import By
from webapp.core.errors import N_, Conflict, Invalid
from webapp.core.subject import Subject
from webapp.library import queries as library
from webapp.library.queries import Standing
from webapp.library.rules.passages import Anchor

LIBRARY = "library:"
"""Begins the set ids of looks at passages, before the document's name."""
WORDS_LOOKED_FOR = 4
"""Words of a passage by which one begins to look for it in the newer version: our choice, enough to find its place."""


@dataclass(frozen=True)
class Lost:
    """A claim of a page that readers see or that waits, and a passage that it is anchored to and that is gone."""

    row: Anchored
    anchor: Anchor
    standing: Standing

    @property
    def key(self) -> str:
        """Names it, in the version of the source that has it no more."""
        return f"{self.row.revision_id}-{self.section}-{self.standing.current.version}"

    @property
    def set_id(self) -> str:
        """Of the flag that says that it was looked at."""
        return f"{LIBRARY}{self.anchor.document}"

    @property
    def section(self) -> str:
        """Of that flag: the claim and its place, in sixteen signs."""
        told = json.dumps([self.row.claim["id"], *self.anchor])
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    @property
    def first_words(self) -> str:
        """What to look for in the newer version."""
        return " ".join(self.anchor.passage.split()[:WORDS_LOOKED_FOR])


def lost(session: Session) -> list[Lost]:
    """Those that nobody looked at since the newest version of their source came in, by title."""
    rows = [(row, Anchor(anchor["document"], anchor["version"], anchor["page"], anchor["passage"]))
            for row in queries.anchored(session) for anchor in row.claim["anchors"]]
    standings = library.standings(session, {anchor for _, anchor in rows})
    found = [Lost(row, anchor, standings[anchor]) for row, anchor in rows
             if anchor in standings and _is_lost(standings[anchor])]
    looked_at = queries.flags_of(session)[1] if found else {}
    return [one for one in found if looked_at.get((one.row.revision_id, one.set_id, one.section), 0)
            < one.standing.current.version]


def is_look(flag: LabelFlag) -> bool:
    """Whether a flag is a look at a passage, and none of a label."""
    return flag.set_id.startswith(LIBRARY)


def _is_lost(stands: Standing) -> bool:
    return stands.is_gone or stands.span is None


def close(session: Session, keys: Collection[str], by: By) -> None:
    """Records that somebody looked at these, with the reason in the audit. Invalid without any; Conflict if one is
    none, or was anchored anew or closed meanwhile: then none is closed."""
    if not keys:
        raise Invalid(N_("Nothing was closed. Choose at least one claim."))
    pages.lock(session)  # one at a time, on PostgreSQL too
    open_ones = {one.key: one for one in lost(session)}
    if set(keys) - set(open_ones):
        raise Conflict(N_("One of these claims is anchored anew, or somebody closed it meanwhile. Nothing was changed; "
                          "look again."))
    for key in sorted(set(keys)):
        _close(session, open_ones[key], by)


def _close(session: Session, one: Lost, by: By) -> None:
    version = one.standing.current.version
    flag = LabelFlag(document_id=one.row.document_id, revision_id=one.row.revision_id, set_id=one.set_id,
                     section=one.section, from_version=one.anchor.version, to_version=version, flagged_at=by.at,
                     closed_at=by.at)
    session.add(flag)
    session.flush()
    audit.record(session, by, "passage-looked-at", Subject(SUBJECT, flag.id or 0),
                 f"revision:{flag.revision_id} claim:{one.row.claim['id']} document:{one.anchor.document} "
                 f"version:{one.anchor.version} version:{version}")
