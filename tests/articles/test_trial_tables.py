"""The tables of trials in the doctors' pages that ship: who paid is told, or said not to be known."""

from collections.abc import Iterator
from pathlib import Path

import pytest

CONTENT = Path(__file__).parents[2] / "content"
FUNDING = "Funding"
NOTHING = {"", "-", "–", "—"}
"""A reader takes a dash under who paid for "nobody did"."""


def cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip().strip("|").split("|")]


def unsaid(page: str) -> Iterator[str]:
    """The first cell of each row that leaves its funding out."""
    column = None
    for line in page.splitlines():
        if not line.startswith("|"):
            column = None
        elif column is None:
            head = cells(line)
            column = head.index(FUNDING) if FUNDING in head else -1
        elif column >= 0 and cells(line)[column] in NOTHING:
            yield cells(line)[0]


def test_a_dash_for_who_paid_is_found() -> None:
    page = "| Trial | NNT | Funding |\n| --- | --- | --- |\n| One | – | public |\n| Two | 5 | – |\n\n| Drug | – |\n"

    assert list(unsaid(page)) == ["Two"]


@pytest.mark.parametrize("page", sorted(CONTENT.glob("*/*/hcp.*.md")), ids=lambda page: page.parent.name)
def test_every_trial_tells_who_paid_or_that_it_is_not_stated(page: Path) -> None:
    assert not list(unsaid(page.read_text()))
