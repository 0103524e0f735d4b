"""Glossaries and blocks as tests write them."""

import copy
from pathlib import Path
from typing import Any

import yaml

ENTRY: dict[str, Any] = {
    "id": "biopsy", "term": "biopsy", "forms": ["biopsies"], "explanation": "A small piece of tissue is looked at.",
    "source": {"issuer": "An Institute", "title": "Biopsy", "url": "https://example.org/biopsy"},
    "checked": "2026-01-02"}
BLOCK_TEXT = "If a life may be in danger, call {emergency} at once. Stay on the line."


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


def write_block(content: Path, name: str = "call", text: str = BLOCK_TEXT, language: str = "en", **head: str) -> None:
    """`blocks/<name>.<language>.md` with this text; `head` adds to its keys or changes them."""
    folder = content / "blocks"
    folder.mkdir(parents=True, exist_ok=True)
    lines = {"title": f"Block {name}", "use": "Where it fits.", "audience": "patient"} | head
    keys = "".join(f"{key}: {value}\n" for key, value in lines.items())
    (folder / f"{name}.{language}.md").write_text(f"---\n{keys}---\n\n{text}\n")
