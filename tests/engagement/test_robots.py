"""How many robots are told from browsers, on public lists of user agents, where the shared data is at hand."""

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import yaml

from webapp.engagement.rules import is_robot

DATA = Path(os.environ.get("MATERIA_TEST_DATA", Path(__file__).parents[3] / "shared" / "data")) / "06_user_agents"
pytestmark = pytest.mark.skipif(not (DATA / "isbot").is_dir(), reason="no lists of user agents beside the repository")
RECALL_AT_LEAST, PRECISION_AT_LEAST = 0.85, 0.97
"""Floors, our choice, just under what was measured."""


RUNS_MODULES = "Mozilla/5.0 ("
"""Others among the listed browsers are older than ES modules, so that no beacon comes from them."""


def agents(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for entry in value:
            yield from agents(entry)
    elif isinstance(value, dict):
        for entry in value.values():
            yield from agents(entry)


def listed(name: str) -> list[str]:
    return sorted(set(agents(yaml.safe_load((DATA / "isbot" / name).read_text()))))


def test_most_robots_are_known_and_few_browsers_taken_for_one() -> None:
    robots = listed("crawlers.yml")
    browsers = [agent for agent in listed("browsers.yml") if RUNS_MODULES in agent]
    caught, wrong = sum(map(is_robot, robots)), sum(map(is_robot, browsers))
    recall, precision = caught / len(robots), caught / (caught + wrong)
    print(f"robots known: {caught} of {len(robots)} ({recall:.3f}); browsers taken for one: {wrong} of {len(browsers)}"
          f" (precision {precision:.3f})", *islice((agent for agent in browsers if is_robot(agent)), 5), sep="\n  ")
    assert recall >= RECALL_AT_LEAST and precision >= PRECISION_AT_LEAST
