"""A topic's folder into rendered revisions: the part of a sync that all cores share in."""

from collections.abc import Sequence
from datetime import date
from multiprocessing.sharedctypes import RawValue
from typing import Any

from webapp.articles.rules.digest import rendering_digest
from webapp.articles.rules.locate import Problem, Severity
from webapp.articles.service.build import Built, build
from webapp.articles.service.documents import Document
from webapp.articles.service.folder import Reading
from webapp.articles.service.library import Reader
from webapp.articles.service.made import Made, Shown, Spot, Yielded
from webapp.core.markdown import make_ready
from webapp.policy import rules as policy


class Maker:
    """Reads, checks and renders folders of a library. One error anywhere, and nothing more is rendered, unless
    `keep_going`: then all is read and told, for nothing of it will come in."""

    def __init__(self, reader: Reader, *, style: bytes, on: date, keep_going: bool) -> None:
        self._reader, self._style, self._on, self._keep_going = reader, style, on, keep_going
        self._is_refused = RawValue("b", 0)  # shared with the processes that are forked; no lock, as it is only raised
        self._note(reader.stacks.problems)
        make_ready()

    def make(self, address: str) -> Yielded:
        """All that a folder yields."""
        reading = self._reader.read(address)
        self._note(reading.problems)
        documents = () if self._is_refused.value else reading.documents
        stack = self._reader.stacks.by_address[address]
        return Yielded((str(stack.kind), stack.slug), reading.problems, _about(reading),
                       tuple(self._revise(document) for document in documents),
                       tuple({asset.sha256: Shown(asset.sha256, asset.media_type, f"{address}/{asset.name}")
                              for document in documents for asset in document.assets}.values()))

    def _note(self, problems: Sequence[Problem]) -> None:
        if not self._keep_going and any(problem.severity is Severity.ERROR for problem in problems):
            self._is_refused.value = 1

    def _revise(self, document: Document) -> Made:
        """Renders one document into its revision; what policy makes it say is part of what is signed."""
        front = document.front_matter
        ruling = policy.decide(document.market, front.content_class, policy.Audience.PUBLIC, front.funding.kind,
                               self._on)
        texts = policy.mandatory_texts(ruling, document.language, front.funding.company or "", self._on)
        built = build(document, mandatory_texts=texts, style=self._style)
        spot = Spot(str(document.kind), document.slug, str(document.audience), document.language, document.market)
        return Made.of(spot, _row(document, built, texts))


def made_by(style: bytes, on: date) -> bytes:
    """What every file's reading depends on besides files: the policy of a day, the renderer and the style sheet."""
    return policy.table_digest(on) + rendering_digest(style).encode()


def _about(reading: Reading) -> dict[str, Any] | None:
    file = reading.documents[0].topic if reading.documents else reading.topic.file if reading.topic else None
    return None if file is None else file.model_dump(mode="json")


def _row(document: Document, built: Built, mandatory_texts: Sequence[str]) -> dict[str, Any]:
    citations = {citation.key: citation for citation in built.citations}
    return {
        "digest": built.digest, "rendering_digest": built.rendering_digest,
        "title": document.title, "summary": document.summary,
        "content_class": str(document.front_matter.content_class),
        "front_matter": document.front_matter.model_dump(mode="json", exclude={"references"}),
        "topic": document.topic.model_dump(mode="json"), "claims": [claim.kept() for claim in document.claims] or None,
        "mandatory_texts": list(mandatory_texts),
        "references": [{**reference.model_dump(mode="json"), "number": citations[reference.key].number,
                        "back_links": [{"id": anchor} for anchor in citations[reference.key].anchors]}
                       for reference in document.references],
        "contents": [{"id": heading.id, "text": heading.text} for heading in built.contents],
        "source": document.source, "body_html": built.html, "text_digest": document.text_digest,
        "expected_seconds": built.expected_seconds, "next_review": document.front_matter.next_review}
