"""The activities that come with the program: four at least, two of them in Chinese too, of the size that was asked."""

from pathlib import Path

from webapp.cme.rules.activity import Part
from webapp.cme.service import folder

CONTENT = Path(__file__).parents[2] / "content"
READ = folder.read_all(CONTENT)


def test_nothing_is_wrong_with_them_and_there_are_four_at_least_and_two_in_chinese() -> None:
    assert [str(problem) for reading in READ for problem in reading.problems] == []
    languages = [reading.draft.activity.languages for reading in READ if reading.draft]
    assert len(languages) >= 4 and all("en" in own for own in languages)
    assert sum("zh-Hans" in own for own in languages) >= 2


def test_each_is_a_sample_of_20_to_40_minutes_with_a_test_before_five_sections_and_ten_questions_after() -> None:
    for reading in READ:
        draft = reading.draft
        assert draft is not None
        file, names = draft.activity, {section.name for section in draft.sections}
        assert file.is_sample and 20 <= file.minutes <= 40, reading.slug
        assert len(file.pre_test) >= 5 and len(names) >= 5 and file.post_test_items >= 10, reading.slug
        assert {one.language for one in draft.sections} == set(file.languages)
        assert {Part.AUTHOR, Part.REVIEWER} <= {part for one in file.contributors for part in one.parts}
        assert all("fictional" in one.name or "虚构" in one.name for one in file.contributors), reading.slug
