"""What reading content yields: plain values that travel between processes."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from webapp.articles.rules import digest
from webapp.articles.rules.claims import Anchored, LabelPlace
from webapp.articles.rules.frontmatter import Audience, FrontMatter, Kind, Reference, TopicFile
from webapp.core.markdown import Terms


@dataclass(frozen=True, slots=True)
class Asset:
    """A picture that a document shows. `media_type` such as `image/svg+xml`; sizes in pixels where known."""

    name: str
    sha256: str
    media_type: str
    width: int | None
    height: int | None
    content: bytes


@dataclass(frozen=True, slots=True)
class Topic:
    """A folder of content. `path` is its `topic.yaml`, relative to content; `related_lines` go with `file.related`."""

    kind: Kind
    slug: str
    path: str
    file: TopicFile
    related_lines: tuple[int, ...] = ()

    @property
    def address(self) -> str:
        """`diseases/asthma`."""
        return f"{self.kind.folder}/{self.slug}"


@dataclass(frozen=True, slots=True)
class ClaimUse:
    """A claim that a document says, in its words: what it cites, the label section it leans on with the digest of that
    section if its label came in, and the passages it is anchored to, each with its document's digest if that did."""

    id: str
    references: tuple[Reference, ...]
    label: LabelPlace | None
    section_digest: str | None
    anchors: tuple[tuple[Anchored, str | None], ...] = ()
    text: str = ""

    def plain(self) -> dict[str, digest.Json]:
        """As it is digested: its words are the source's."""
        found: dict[str, digest.Json] = {"id": self.id, "references": [digest.plain(item) for item in self.references]}
        if self.label is not None:
            found["label"] = digest.plain(self.label)
        if self.section_digest is not None:
            found["section_digest"] = self.section_digest
        if self.anchors:
            found["anchors"] = [digest.plain(anchor) | ({"sha256": sha256} if sha256 else {})
                                for anchor, sha256 in self.anchors]
        return found

    def kept(self) -> dict[str, digest.Json]:
        """As it is stored: with its words."""
        return self.plain() | {"text": self.text}


@dataclass(frozen=True, slots=True)
class Document:
    """One topic for one audience, language and market, as filled.

    `references` are the cited ones in the order of their numbers. `links` says of each target in the body
    (`topic:diseases/asthma`, `patient:`) whether this reader has such a page. `lines[i]` is the line in the file of
    line `i` of `source`. `terms` are the words of the glossary that it mentions anywhere.
    """

    path: str
    kind: Kind
    slug: str
    audience: Audience
    language: str
    market: str
    front_matter: FrontMatter
    source: str
    lines: tuple[int, ...]
    references: tuple[Reference, ...]
    assets: tuple[Asset, ...]
    topic: TopicFile
    fingerprint: str
    links: tuple[tuple[str, bool], ...] = ()
    claims: tuple[ClaimUse, ...] = ()
    terms: Terms | None = None
    text_digest: str = ""
    """Of its file's whole text, as `rules.translating` has it."""

    @property
    def title(self) -> str:
        return self.front_matter.title

    @property
    def summary(self) -> str:
        return self.front_matter.summary

    @property
    def address(self) -> str:
        """`diseases/asthma`."""
        return f"{self.kind.folder}/{self.slug}"

    def dossier(self, mandatory_texts: Sequence[str] = (), explained: Sequence[str] = ()) -> Mapping[str, digest.Json]:
        """All that can change what is read; `mandatory_texts` are the policy's for this page, `explained` the ids of
        the words that its body explains, which rendering tells."""
        return digest.dossier(
            kind=self.kind, slug=self.slug, audience=self.audience, language=self.language, market=self.market,
            front_matter=self.front_matter, source=self.source, topic_title=self.topic.titles[self.language],
            codes=self.topic.codes, assets={asset.name: asset.sha256 for asset in self.assets},
            references=[reference.key for reference in self.references], links=dict(self.links),
            related=self.topic.related, drawing=self.topic.drawing, mandatory_texts=mandatory_texts,
            claims=[claim.plain() for claim in self.claims], labels=self.topic.labels_in(self.market),
            glossary=self._glossary(explained))

    def _glossary(self, explained: Sequence[str]) -> list[Mapping[str, digest.Json]]:
        by_id = {term.id: term for term in self.terms.by_form.values()} if self.terms else {}
        return [asdict(by_id[name]) for name in explained]

    def digest(self, mandatory_texts: Sequence[str] = (), explained: Sequence[str] = ()) -> str:
        """The digest of the dossier, which reviewers sign."""
        return digest.digest(self.dossier(mandatory_texts, explained))
