"""What only an activity's files together show is found, with its line: objectives that nobody asks or teaches, sources
that nobody cites, languages that differ."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.cme import activities
from webapp.cme.service import folder

Questions = dict[str, Any]


def read(change: Callable[[Questions], None] | None = None, **about: Any) -> str:
    """What the check says of the activity with some of it changed."""
    files = activities.files(**about)
    if change is not None:
        told = activities.questions()
        change(told)
        files["assessment.yaml"] = json.dumps(told, ensure_ascii=False, indent=1).encode()
    return "\n".join(str(problem) for problem in folder.read(files, activities.SLUG).problems)


def question(number: int, **values: Any) -> Callable[[Questions], None]:
    def change(told: Questions) -> None:
        told["questions"][number - 1] |= values
    return change


def all_serve_one(told: Questions) -> None:
    for one in told["questions"]:
        one["objective"] = "choose"


def scattered(told: Questions) -> None:
    told["questions"][0]["case"] = "visit"


def half_in_one_language(told: Questions) -> None:
    del told["questions"][0]["stem"]["zh-Hans"]


def without_a_reason(told: Questions) -> None:
    del told["questions"][0]["options"][1]["why"]


def without_a_source(told: Questions) -> None:
    told["questions"][0]["options"][1]["cites"] = ["nowhere"]


def catch_all(told: Questions) -> None:
    told["questions"][0]["options"][3]["text"] = {"en": "All of the above", "zh-Hans": "（虚构）以上都对"}


def test_the_activity_as_it_is_has_nothing_wrong() -> None:
    assert read(lambda told: None) == ""


@pytest.mark.parametrize(("change", "said"), [
    (question(1, objective="fly"), "an objective `fly` that the activity lacks"),
    (question(9, case="nowhere"), "there is no case `nowhere`"),
    (all_serve_one, "fewer than two questions serve `start`"), (scattered, "do not stand together"),
    (half_in_one_language, "must stand in en, zh-Hans"), (without_a_reason, "why"),
    (without_a_source, "`nowhere` is cited and is no reference"), (catch_all, "all of the above")])
def test_what_is_wrong_with_questions_is_named_with_its_file_and_line(change: Callable[[Questions], None],
                                                                     said: str) -> None:
    found = [line for line in read(change).splitlines() if said in line]
    assert found and re.search(r"/(assessment|activity)\.yaml:\d+", found[0])


def test_five_sections_are_the_fewest_and_the_same_in_each_language() -> None:
    files = activities.files()
    del files["05-part.zh-Hans.md"]
    told = "\n".join(str(one) for one in folder.read(files, activities.SLUG).problems)
    assert "fewer than five sections in zh-Hans" in told and "not the same in each language" in told


def test_an_objective_that_no_section_teaches_is_named() -> None:
    files = {name: body.replace(b"objectives: [start]", b"objectives: [choose]")
             for name, body in activities.files().items()}
    told = "\n".join(str(one) for one in folder.read(files, activities.SLUG).problems)
    assert "no section serves `start` in en" in told
