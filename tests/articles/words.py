"""Glossaries as tests write them."""

import copy
from pathlib import Path
from typing import Any

import yaml

ENTRY: dict[str, Any] = {
    "id": "biopsy", "term": "biopsy", "forms": ["biopsies"], "explanation": "A small piece of tissue is looked at.",
    "source": {"issuer": "An Institute", "title": "Biopsy", "url": "https://example.org/biopsy"},
    "checked": "2026-01-02"}


def entry(name: str, term: str, **changed: Any) -> dict[str, Any]:
    """A word that has no other forms, unless they are given."""
    return {**copy.deepcopy(ENTRY), "id": name, "term": term, "forms": [], **changed}


def write_glossary(content: Path, *entries: dict[str, Any], language: str = "en") -> Path:
    """`glossary/<language>.yaml` with these entries, or with ENTRY."""
    path = content / "glossary" / f"{language}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    held = "".join(yaml.safe_dump([copy.deepcopy(one)], allow_unicode=True, sort_keys=False)
                   for one in entries or (ENTRY,))
    path.write_text(f"terms:\n{held}")
    return path
