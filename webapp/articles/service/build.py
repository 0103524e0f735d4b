"""Renders a document into the body that is stored. Pure and picklable: made for a pool of processes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from webapp.articles.rules.digest import rendering_digest
from webapp.articles.rules.frontmatter import Audience
from webapp.articles.rules.lint import Link
from webapp.articles.rules.reading_time import expected_seconds
from webapp.articles.rules.templates import LABELS
from webapp.articles.service.documents import Asset, Document
from webapp.core.markdown import Citation, Heading, Image, render

TopicUrl = Callable[[Document, Audience, str], str]
AssetUrl = Callable[[Asset], str]


@dataclass(frozen=True, slots=True)
class Built:
    """A stored body. `contents` are its headings of level 2; `expected_seconds` is what completion is measured by.

    `citations` go with the document's references, in their order; one without anchors is cited where nothing shows.
    """

    html: str
    contents: tuple[Heading, ...]
    citations: tuple[Citation, ...]
    digest: str
    rendering_digest: str
    expected_seconds: int


def relative_url(document: Document, audience: Audience, address: str) -> str:
    """A page's address seen from `document`: holds under every prefix (`/en/`, `/zh-us/`), whatever is home."""
    up = "../../" if document.audience is Audience.HCP and audience is Audience.PATIENT else "../"
    return up + address


def media_url(asset: Asset) -> str:
    """`/media/<sha256>.svg`: the name of the bytes."""
    return f"/media/{asset.sha256}{PurePosixPath(asset.name).suffix.lower()}"


def build(
    document: Document,
    *,
    topic_url: TopicUrl = relative_url,
    asset_url: AssetUrl = media_url,
    mandatory_texts: Sequence[str] = (),
    style: bytes = b"",
) -> Built:
    """Renders the body. `style` stands for whatever else gives it its looks (body templates, article.css).

    Raises `core.markdown.MarkdownRefused` only for a source that reading refuses as well.
    """
    exists, assets = dict(document.links), {asset.name: asset for asset in document.assets}

    def link(href: str) -> str | None:
        target, _, fragment = href.partition("#")
        if not exists.get(target):
            return None
        audience = document.audience if target.startswith("topic:") else Audience.PATIENT
        address = Link(0, target).topic or document.address
        return topic_url(document, audience, address) + (f"#{fragment}" if fragment else "")

    def image(name: str) -> Image | None:
        asset = assets.get(name)
        return Image(asset_url(asset), asset.width, asset.height) if asset else None

    numbers = {reference.key: number for number, reference in enumerate(document.references, 1)}
    body = render(document.source, link=link, image=image, reference_numbers=numbers, labels=LABELS[document.language],
                  terms=document.terms)
    anchors = {citation.key: citation for citation in body.citations}
    return Built(
        html=body.html, contents=tuple(heading for heading in body.headings if heading.level == 2),
        citations=tuple(anchors.get(reference.key, Citation(reference.key, numbers[reference.key], ()))
                        for reference in document.references),
        digest=document.digest(mandatory_texts, body.explained), rendering_digest=rendering_digest(style),
        expected_seconds=expected_seconds(body.words, body.han, document.audience))
