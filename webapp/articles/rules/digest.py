"""The digests that clearance hangs on.

A dossier's digest is the SHA-256 of its canonical JSON: keys sorted, UTF-8 in NFC, LF line ends, no spaces. It covers
all that can change what is read; the rendering has a digest of its own, so that a new renderer voids no clearance.
"""

import hashlib
import json
import unicodedata
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from pydantic import BaseModel

from webapp.core.markdown import RENDERER_VERSION

DOSSIER_VERSION = 2
Json: TypeAlias = str | int | float | bool | Sequence["Json"] | Mapping[str, "Json"] | None


def canonical_json(value: Json) -> bytes:
    """`value` as the one sequence of bytes that stands for it. Raises ValueError for NaN and for equal keys."""
    return json.dumps(_normal(value), ensure_ascii=False, allow_nan=False, sort_keys=True,
                      separators=(",", ":")).encode()


def digest(dossier: Mapping[str, Json]) -> str:
    """The digest that reviewers sign, 64 hexadecimal digits."""
    return hashlib.sha256(canonical_json(dossier)).hexdigest()


def rendering_digest(*parts: bytes) -> str:
    """The digest of a rendering: the renderer's version, and whatever else gives a body its looks (templates, CSS)."""
    whole = hashlib.sha256(RENDERER_VERSION.encode())
    for part in parts:
        whole.update(hashlib.sha256(part).digest())
    return whole.hexdigest()


def plain(model: BaseModel) -> dict[str, Json]:
    """A model as JSON values, absent ones left out, so that a key added later changes no digest until it is used."""
    values: dict[str, Json] = model.model_dump(mode="json", exclude_none=True)
    return values


def dossier(
    *,
    kind: str,
    slug: str,
    audience: str,
    language: str,
    market: str,
    front_matter: BaseModel,
    source: str,
    topic_title: str,
    codes: BaseModel,
    assets: Mapping[str, str],
    references: Sequence[str],
    links: Mapping[str, bool],
    related: Sequence[str] = (),
    drawing: str | None = None,
    mandatory_texts: Sequence[str] = (),
    claims: Sequence[Mapping[str, Json]] = (),
    labels: Sequence[str] = (),
    glossary: Sequence[Mapping[str, Json]] = (),
) -> dict[str, Json]:
    """All that can change what is read on one page.

    `front_matter` and `source` as filled; `assets` maps names to SHA-256; `references` are the cited keys in order;
    `links` says of each topic linked in the body whether it exists for this reader (else the link is plain text);
    `related` are the topics named beside it. `claims` are those said, each with what it cites and the label section it
    leans on; `labels` the set ids of the labels shown beside it; `glossary` the words explained, as shown. A page
    without one of these has no key for it.
    """
    some: dict[str, Json] = {"claims": list(claims)} if claims else {}
    some |= {"labels": list(labels)} if labels else {}
    some |= {"glossary": list(glossary)} if glossary else {}
    return some | {
        "v": DOSSIER_VERSION, "kind": kind, "slug": slug, "audience": audience, "language": language, "market": market,
        "front_matter": plain(front_matter), "source": source, "topic_title": topic_title, "codes": plain(codes),
        "assets": dict(assets), "references": list(references), "links": dict(links),
        "related": list(related), "drawing": drawing, "mandatory_texts": list(mandatory_texts),
    }


def _normal(value: Json) -> Json:
    if isinstance(value, str):
        if value.isascii() and "\r" not in value:
            return value  # as it would be made
        return unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n"))
    if isinstance(value, Mapping):
        pairs = [(_normal(key), _normal(item)) for key, item in value.items()]
        if len({key for key, _ in pairs}) < len(pairs):
            raise ValueError("two keys are equal once normalised")
        return {str(key): item for key, item in pairs}
    if isinstance(value, Sequence):
        return [_normal(item) for item in value]
    return value
