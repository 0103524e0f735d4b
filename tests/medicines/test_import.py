"""Bringing labels in: whole or not at all, as often as one likes, the newest current whichever came last."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from tests.builders import NOW
from tests.medicines.labels import INTERACTIONS, OVERDOSE, SET_ID, bring_in, spl
from webapp.core.db import Database
from webapp.core.platform import Platform
from webapp.medicines import queries, service
from webapp.medicines.cli import labels
from webapp.medicines.models import Label, LabelSection
from webapp.medicines.queries import Place
from webapp.medicines.rules import spl as reading
from webapp.medicines.service import Outcome

BOTH = pytest.mark.postgresql


def rows(database: Database) -> tuple[int, int]:
    with database.reading() as session:
        return tuple(session.scalar(select(func.count()).select_from(table)) or 0  # type: ignore[return-value]
                     for table in (Label, LabelSection))


def current(database: Database) -> int:
    with database.reading() as session:
        return queries.current(session, [SET_ID])[SET_ID].version


@BOTH
def test_a_label_comes_in_with_its_sections(database: Database, tmp_path: Path) -> None:
    report = bring_in(database, tmp_path, spl(2))

    assert (report.outcome, report.about) == (Outcome.NEW, "Samplin, version 2 of 2024-01-15, 3 sections.")
    assert rows(database) == (1, 3)
    with database.reading() as session:
        label = queries.current(session, [SET_ID])[SET_ID]
        assert label.ingredients == [{"name": "SAMPLINE", "unii": "ABC123DEF4"}] and label.imported_at == NOW


@BOTH
def test_bringing_it_in_again_changes_nothing(database: Database, tmp_path: Path) -> None:
    bring_in(database, tmp_path, spl(2))
    assert bring_in(database, tmp_path, spl(2)).outcome is Outcome.KNOWN
    assert rows(database) == (1, 3)


def test_an_older_version_is_stored_and_never_becomes_current(database: Database, tmp_path: Path) -> None:
    bring_in(database, tmp_path, spl(12))
    report = bring_in(database, tmp_path, spl(3))

    assert report.outcome is Outcome.OLDER and "version 12 stays current" in report.about
    assert (current(database), rows(database)[0]) == (12, 2)


def test_a_version_with_other_words_is_refused_and_the_first_stays(database: Database, tmp_path: Path) -> None:
    bring_in(database, tmp_path, spl(2))
    report = bring_in(database, tmp_path, spl(2, s34088_5="There is one."))

    assert report.outcome is Outcome.REFUSED and "a version never changes" in report.about
    with database.reading() as session:
        place = Place(SET_ID, 2, OVERDOSE)
        assert queries.passages(session, [place])[place].text.endswith("There is no antidote.")


def test_a_file_that_is_none_stores_nothing(database: Database, tmp_path: Path) -> None:
    assert bring_in(database, tmp_path, spl().replace("</document>", "")).outcome is Outcome.REFUSED
    assert rows(database) == (0, 0)


def test_a_huge_file_is_not_even_read(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "huge.xml"
    with path.open("wb") as file:
        file.truncate(reading.MAX_BYTES + 1)
    assert "at most" in service.import_file(database, path, NOW).about


def test_sections_of_one_code_are_one_passage(database: Database, tmp_path: Path) -> None:
    twice = spl().replace(f'code="{OVERDOSE}"', f'code="{INTERACTIONS}"')
    bring_in(database, tmp_path, twice)
    with database.reading() as session:
        place = Place(SET_ID, 1, INTERACTIONS)
        passage = queries.passages(session, [place, Place(SET_ID, 9, INTERACTIONS)])
    assert set(passage) == {place}
    assert "grapefruit" in passage[place].text and "antidote" in passage[place].text


@dataclass
class Context:
    platform: Platform
    followed: int = 0

    def follow_labels(self) -> int:
        self.followed += 1
        return 7


def test_the_command_reports_each_file_and_fails_if_one_was_refused(platform: Platform, tmp_path: Path) -> None:
    good, bad, context = tmp_path / "good.xml", tmp_path / "bad.xml", Context(platform)
    good.write_text(spl())
    bad.write_text(spl(kind="60685-5"))
    answer = CliRunner().invoke(labels, ["import", str(bad), str(good), str(good)], obj=context)

    assert answer.exit_code == 1 and context.followed == 1
    assert f"{bad}: refused: not a product label but A KIND (60685-5)" in answer.output
    assert f"{good}: new: Samplin" in answer.output and f"{good}: known: Samplin" in answer.output
    assert "1 new, 1 known, 1 refused. 7 flags for another look." in answer.output


def test_the_list_marks_the_current_version(platform: Platform, tmp_path: Path) -> None:
    for version in (1, 2):
        bring_in(platform.database, tmp_path, spl(version))
    lines = CliRunner().invoke(labels, ["list"], obj=Context(platform)).output.splitlines()

    assert [line[:2] for line in lines[:2]] == ["  ", "* "] and "version 2 of 2024-01-15" in lines[1]
    assert lines[2] == "2 labels."
