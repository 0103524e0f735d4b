"""An activity's outcomes by Moore's levels."""

import pytest

from webapp.cme.rules import outcomes
from webapp.cme.rules.outcomes import LEVEL_WORDS, Evaluations, FollowUp, Level, Outcome, Participation
from webapp.cme.rules.statistics import gain

NOBODY = Participation(0, 0, 0), Evaluations(0, 0, 0, 0), FollowUp(0, 0, 0)
TAKEN = {"participation": Participation(200, 150, 140), "evaluations": Evaluations(150, 120, 145, 90),
         "follow_up": FollowUp(90, 40, 25)}


def told(**other: object) -> dict[Level, Outcome]:
    found = outcomes.outcomes(**{**TAKEN, **other}, knowledge=gain([(40, 80), (50, 60)]),  # type: ignore[arg-type]
                              competence=gain([(20, 60)]))
    return {outcome.level: outcome for outcome in found}


def test_the_five_levels_stand_in_order_and_each_has_a_name() -> None:
    assert list(told()) == [1, 2, 3, 4, 5] == list(LEVEL_WORDS)


def test_each_count_is_told_of_those_it_is_a_part_of() -> None:
    counts = {level: [(count.people, count.of) for count in outcome.counts] for level, outcome in told().items()}
    assert counts == {1: [(150, 200), (140, 150)], 2: [(150, 200), (120, 150), (145, 150), (90, 150)], 3: [], 4: [],
                      5: [(40, 90), (25, 40)]}


def test_knowledge_and_competence_are_measured_and_the_rest_of_what_learners_say_is_marked() -> None:
    levels = told()
    assert {level for level, outcome in levels.items() if outcome.is_self_reported} == {2, 5}
    assert [outcome.gain and outcome.gain.difference for outcome in levels.values()] == [None, None, 25, 40, None]


def test_an_activity_that_nobody_took_has_all_levels_and_no_gain() -> None:
    participation, evaluations, follow_up = NOBODY
    found = outcomes.outcomes(participation, evaluations, knowledge=None, competence=None, follow_up=follow_up)
    assert [outcome.gain for outcome in found] == [None] * 5
    assert all(count.people == 0 for outcome in found for count in outcome.counts)


@pytest.mark.parametrize("wrong", [
    {"participation": Participation(10, 11, 0)}, {"participation": Participation(-1, -1, 0)},
    {"evaluations": Evaluations(5, 6, 0, 0)}, {"follow_up": FollowUp(3, 2, 3)}])
def test_a_part_larger_than_its_whole_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="no share of people"):
        told(**wrong)
