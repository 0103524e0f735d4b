"""What a piece claims, each claim beside the passages that it is anchored to.

A dossier's claim is a mapping: `id`, `text` as the piece says it, `references` (each with `title`, `issuer` and `url`),
and what it leans on: `label` (set id, version and LOINC code of a section of a product label) and `anchors` (passages
of the reference library, as `library.rules.passages.Anchor` has them). What neither has is shown as such.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlmodel import Session

from webapp.library import queries as library
from webapp.library.queries import Standing
from webapp.library.rules import passages
from webapp.library.rules.passages import Anchor
from webapp.medicines import queries as medicines
from webapp.medicines.queries import Passage, Place
from webapp.review.models import Dossier

Claim = Mapping[str, Any]
DAILYMED = "https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid="


def claims(session: Session, dossier: Dossier) -> list[dict[str, Any]]:
    """The claims of a dossier, in the order in which it says them, each with its sources as they stand now."""
    found = dossier.claims or []
    sections = _Sections(session, found)
    standings = library.standings(session, [anchor for claim in found for anchor in _anchors(claim)])
    return [{"id": claim["id"], "text": claim.get("text") or claim["id"], "references": claim.get("references", ()),
             "sources": [*sections.of(claim), *(_source(anchor, standings.get(anchor)) for anchor in _anchors(claim))]}
            for claim in found]


def _anchors(claim: Claim) -> list[Anchor]:
    return [Anchor(anchor["document"], anchor["version"], anchor["page"], anchor["passage"])
            for anchor in claim.get("anchors", ())]


class _Sections:
    """The sections of labels that claims lean on, looked up at once."""

    def __init__(self, session: Session, found: Sequence[Claim]) -> None:
        places = {_place(claim) for claim in found if "label" in claim}
        self.texts: Mapping[Place, Passage] = medicines.passages(session, places)
        self.current = medicines.current(session, {place.set_id for place in places})
        self.labels = {place[:2]: medicines.label(session, *place[:2]) for place in places}

    def of(self, claim: Claim) -> Iterator[dict[str, Any]]:
        """The section that a claim leans on, if it leans on one."""
        if "label" not in claim:
            return
        place = _place(claim)
        label, text, newest = self.labels[place[:2]], self.texts.get(place), self.current.get(place.set_id)
        yield {
            "kind": "label", "name": label.product if label else place.set_id, "section": place.section,
            "title": text.title if text else "", "text": text.text if text else "", "version": place.version,
            "on": label.effective_on if label else None, "url": DAILYMED + place.set_id, "is_here": text is not None,
            "newer": newest.version if newest and newest.version > place.version else None}


def _place(claim: Claim) -> Place:
    label = claim["label"]
    return Place(label["set_id"], label["version"], label["section"])


def _source(anchor: Anchor, stands: Standing | None) -> dict[str, Any]:
    """A passage on its page, or that it is not there."""
    if stands is None:
        return {"kind": "document", "name": anchor.document, "version": anchor.version, "page": anchor.page,
                "passage": anchor.passage, "is_here": False, "document": None}
    newer = stands.current if stands.current is not stands.document else None
    return {
        "kind": "document", "name": stands.document.title, "version": anchor.version, "page": anchor.page,
        "passage": anchor.passage, "is_here": True, "document": stands.document, "newer": newer,
        "moved_to": stands.moved_to, "excerpt": passages.excerpt(stands.text, stands.span) if stands.span else None}
