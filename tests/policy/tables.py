"""The policy table as it would be with another row or wording."""

from datetime import date
from typing import Any

import pytest

from webapp.policy import rules as policy
from webapp.policy.rules import Row, Table, Text


def row(effective: date, **changed: Any) -> Row:
    """A row that from a day on denies sponsored promotion to everybody in the US, unless told otherwise."""
    return Row(**{
        "number": 99, "markets": ("us",), "classes": ("promotional",), "audiences": ("public", "hcp"),
        "fundings": ("sponsored",), "verdict": "deny", "why": "why-not-here",
        "source": {"en": "A law to come", "zh-Hans": "将来的法规"}, "effective": effective, **changed})


def text(effective: date, words: str, name: str = "funding-statement", language: str = "en") -> Text:
    """Other words of a sentence, from a day on."""
    return Text(id=name, language=language, words=words, effective=effective)


def table_with(*more: Row | Text) -> Table:
    """The program's table and these."""
    return Table([*policy.TABLE.rows, *(entry for entry in more if isinstance(entry, Row))],
                 [*policy.TABLE.texts, *(entry for entry in more if isinstance(entry, Text))])


def put(monkeypatch: pytest.MonkeyPatch, *more: Row | Text) -> None:
    """Lets the program read the table with these in it."""
    monkeypatch.setattr(policy, "TABLE", table_with(*more))
