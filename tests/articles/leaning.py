"""A drug's pages that say claims, and the label they lean on."""

import copy
from pathlib import Path
from typing import Any

import yaml

from tests import builders
from tests.medicines.labels import DOSING, SET_ID
from webapp.articles.rules.frontmatter import Kind

DRUG: dict[str, Any] = {"kind": Kind.DRUG, "content_class": "drug-education"}
REFERENCE = {"key": "label", "title": "Samplin label", "issuer": "Northwind", "year": 2024,
             "url": "https://example.org/label"}
CLAIM: dict[str, Any] = {
    "id": "once", "text": {"en": "Take one a day", "zh-Hans": "每天一次"}, "references": ["label"],
    "label": {"set_id": SET_ID, "section": DOSING, "version": 1}}


def write_claims(content: Path, *claims: dict[str, Any], drug: str = "samplin") -> Path:
    """`claims/<drug>.yaml` with these claims, or with CLAIM."""
    path = content / "claims" / f"{drug}.yaml"
    path.parent.mkdir(exist_ok=True)
    apart = copy.deepcopy(claims or (CLAIM,))  # one by one, so that nothing they share becomes an alias
    path.write_text(yaml.safe_dump({"references": [REFERENCE]}, sort_keys=False) + "claims:\n" + "".join(
        yaml.safe_dump([claim], allow_unicode=True, sort_keys=False) for claim in apart))
    return path


def write_drug(content: Path, *, slug: str = "samplin", text: str = "{claim: once}", has_label: bool = True,
               **more: Any) -> None:
    """A drug's page of that text, whose topic names the label in the US."""
    builders.write_topic(content, slug=slug, text=text, **DRUG, **more)
    if has_label:
        file = content / "drugs" / slug / "topic.yaml"
        topic = yaml.safe_load(file.read_text()) | {"labels": [{"market": "us", "set_id": SET_ID}]}
        file.write_text(yaml.safe_dump(topic, allow_unicode=True))
