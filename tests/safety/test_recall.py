"""Of labelled sentences, how many that a safety desk must hear of are heard, and how many others with them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.safety.test_screening import screen

LABELLED = Path(__file__).with_name("sentences.yaml")
FEWEST_SENTENCES = 300
FEWEST_HEARD, FEWEST_RIGHT = 0.97, 0.5
"""Recall and precision as issue 5 asks for them: one text read too many costs a minute, one that is missed the law."""


def test_nearly_all_is_heard_and_most_of_what_is_heard_rightly() -> None:
    items = yaml.safe_load(LABELLED.read_text("utf-8"))
    assert len(items) >= FEWEST_SENTENCES and len({item["text"] for item in items}) == len(items)
    heard = [screen().read(item["text"]).is_suspect for item in items]
    for language in sorted({item["language"] for item in items}):
        own = [place for place, item in enumerate(items) if item["language"] == language]
        print(f"{language}: {_figures([items[place] for place in own], [heard[place] for place in own])}")
    recall, precision = _share(items, heard)
    print(f"all: {_figures(items, heard)}")
    missed = [item["text"] for item, is_heard in zip(items, heard, strict=True) if item["suspect"] and not is_heard]
    assert recall >= FEWEST_HEARD, missed
    assert precision >= FEWEST_RIGHT


def _share(items: Sequence[dict[str, Any]], heard: Sequence[bool]) -> tuple[float, float]:
    """Recall and precision."""
    right = sum(item["suspect"] and is_heard for item, is_heard in zip(items, heard, strict=True))
    return right / sum(item["suspect"] for item in items), right / sum(heard)


def _figures(items: Sequence[dict[str, Any]], heard: Sequence[bool]) -> str:
    recall, precision = _share(items, heard)
    return f"{len(items)} sentences, recall {recall:.3f}, precision {precision:.3f}"
