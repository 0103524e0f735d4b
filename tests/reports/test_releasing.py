"""What a week's tables and mail figures show, attacked by a reader who has all that was published."""

import itertools
import math
from collections.abc import Mapping

import pytest

from tests.reports.worlds import DAYS, VALUES, WEEK, Attacker, close_week, few, random_week, reading_day
from webapp.core.privacy import Release
from webapp.engagement.models import ReadingDay
from webapp.reports.service import releasing
from webapp.reports.service.releasing import (
    CLICKS,
    MailCounts,
    Table,
    click_lines,
    mail_lines,
    reading_tables,
    release_week,
)


def attacked(rows: list[ReadingDay], *sources: str) -> list[tuple[str, ...]]:
    """Cells of few people that the reader of all reports can place more closely than from 0 to 10."""
    attacker = Attacker(sources)
    released = release_week(rows, WEEK)
    for source in sources:
        attacker.read(source, released.tables(source))
    cells = few(rows, sources)
    attacker.look_at_all(cells)
    return [cell for cell in cells
            if not (attacker.can_be(cell, 0, 0) and attacker.can_be(cell, 10, math.inf))]


@pytest.mark.parametrize("seed", range(8))
def test_no_small_cell_of_a_random_week_can_be_worked_out(seed: int) -> None:
    rows = random_week(seed)
    assert few(rows, ("mine",))
    assert attacked(rows, "mine") == []


@pytest.mark.parametrize("seed", [*range(24), 56])  # 56 needs the crossings
def test_readings_close_to_readers_give_nothing_away(seed: int) -> None:
    assert attacked(close_week(seed), "mine") == []


@pytest.mark.parametrize("seed", range(8))
def test_two_campaigns_on_one_article_give_nothing_away_together(seed: int) -> None:
    sources = ("mine", "theirs")
    assert attacked(random_week(seed, (*sources, "")), *sources) == []


@pytest.mark.parametrize("readings", [156, 158])
def test_few_who_did_not_complete_cannot_be_had_from_readers_and_readings(readings: int) -> None:
    """Of 170 and 155 readings, a campaign's 14 that nobody completed would leave one."""
    assert attacked([
        reading_day(audience="patient", source="mine", readers=13, readings=14),
        reading_day(audience="hcp", source="mine", readers=63, readings=63),
        reading_day(audience="patient", readers=149, readings=readings, completions=155),
        reading_day(audience="hcp", readers=32, readings=32, completions=11)], "mine") == []


def test_the_attacker_finds_what_an_unprotected_report_gives_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def show_all(cells: Mapping[tuple[str, ...], int], *_: object) -> Release:
        return Release(shown=cells, withheld=frozenset())

    monkeypatch.setattr(releasing, "release", show_all)
    assert attacked(random_week(0), "mine")


def test_the_attacker_finds_what_hiding_small_cells_alone_gives_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def hide_small(cells: Mapping[tuple[str, ...], int], *_: object) -> Release:
        small = frozenset(cell for cell, count in cells.items() if 1 <= count <= 10)
        return Release(shown={cell: cells[cell] for cell in cells.keys() - small}, withheld=small)

    monkeypatch.setattr(releasing, "release", hide_small)
    assert attacked(random_week(0), "mine")


def one(tables: tuple[Table, ...], population: str, dimension: str) -> dict[str, releasing.Line]:
    table = next(table for table in tables if (table.population, table.dimension) == (population, dimension))
    return {line.category: line for line in table.lines}


def test_a_cell_of_ten_is_withheld_with_all_that_stands_beside_it() -> None:
    rows = [reading_day(DAYS[0], readers=10, source="mine"), reading_day(DAYS[1], readers=40, source="mine"),
            reading_day(DAYS[2], readers=50, source="mine")]
    line = one(reading_tables(rows, "mine", WEEK), "campaign", "day")[DAYS[0]]
    assert (line.readers, line.readings, line.median_engaged_seconds, line.completion) == (None,) * 4


def test_a_cell_of_eleven_is_shown() -> None:
    rows = [reading_day(day, readers=11, source="mine", completions=0) for day in DAYS]
    assert one(reading_tables(rows, "mine", WEEK), "campaign", "day")[DAYS[0]].readers == 11


def test_a_lone_small_cell_takes_the_next_smallest_with_it() -> None:
    rows = [reading_day(DAYS[number], readers=readers, source="mine") for number, readers in enumerate((10, 40, 50))]
    days = one(reading_tables(rows, "mine", WEEK), "campaign", "day")
    assert [days[day].readers for day in DAYS[:3]] == [None, None, 50]
    assert days[""].readers == 100


def shown_of(tables: tuple[Table, ...]) -> set[object]:
    """Everything that stands in the lines, apart from their names."""
    return {value for table in tables for line in table.lines
            for value in (line.readers, line.readings, line.median_engaged_seconds, line.completion)}


@pytest.mark.parametrize(("days", "readers"), [(6, 2), (7, 10), (2, 6)])
def test_a_few_who_read_on_several_days_are_no_larger_for_it(days: int, readers: int) -> None:
    rows = [reading_day(day, readers=readers, source="mine") for day in DAYS[:days]]
    assert shown_of(reading_tables(rows, "mine", WEEK)) == {None, 0}


def test_a_few_who_read_every_edition_in_every_language_are_no_larger_for_it() -> None:
    rows = [reading_day(audience=audience, language=language, source=source, readers=4)
            for audience, language, source in itertools.product(VALUES["audience"], VALUES["language"], ("mine", ""))]
    assert shown_of(reading_tables(rows, "mine", WEEK)) == {None, 0}


@pytest.mark.parametrize(("most", "shown"), [(10, None), (11, 61)])
def test_a_week_is_shown_once_one_day_of_it_has_eleven(most: int, shown: int | None) -> None:
    rows = [reading_day(day, readers=most if day == DAYS[3] else 10, source="mine") for day in DAYS[:6]]
    assert one(reading_tables(rows, "mine", WEEK), "campaign", "audience")["patient"].readers == shown


def test_a_few_who_complete_on_every_day_are_no_larger_for_it() -> None:
    rows = [reading_day(day, readers=40, completions=2, source="mine") for day in DAYS]
    total = one(reading_tables(rows, "mine", WEEK), "campaign", "day")[""]
    assert (total.readings, total.completion) == (280, None)


def test_nought_is_shown() -> None:
    rows = [reading_day(DAYS[0], readers=30, source="mine")]
    assert one(reading_tables(rows, "mine", WEEK), "campaign", "audience")["hcp"].readers == 0


def test_totals_are_the_sums_of_their_parts_where_all_are_shown() -> None:
    rows = [reading_day(day, readers=20, readings=25, source=source, audience=audience, language=language)
            for day, source, audience, language in itertools.product(
                DAYS, ("mine", ""), VALUES["audience"], VALUES["language"])]
    for table in reading_tables(rows, "mine", WEEK):
        *parts, total = table.lines
        assert total.readers == sum(part.readers or 0 for part in parts) > 0
        assert total.readings == sum(part.readings or 0 for part in parts)


@pytest.mark.parametrize("seed", range(6))
def test_what_is_shown_of_a_table_never_exceeds_its_total(seed: int) -> None:
    for table in reading_tables(random_week(seed), "mine", WEEK):
        *parts, total = table.lines
        if total.readers is not None:
            assert sum(part.readers or 0 for part in parts) <= total.readers


def test_few_direct_readers_cannot_be_had_by_subtracting_the_campaign_from_all() -> None:
    rows = [reading_day(DAYS[0], readers=50, source="mine"), reading_day(DAYS[0], readers=5)]
    tables = reading_tables(rows, "mine", WEEK)
    totals = [one(tables, population, "day")[""].readers for population in ("campaign", "all")]
    assert None in totals


def test_few_completions_cannot_be_had_by_subtracting_shares() -> None:
    rows = [reading_day(audience="patient", readers=100, completions=40, source="mine"),
            reading_day(audience="hcp", readers=100, completions=2, source="mine")]
    lines = one(reading_tables(rows, "mine", WEEK), "campaign", "audience")
    assert lines["hcp"].completion is None
    assert None in (lines["patient"].completion, lines[""].completion)


@pytest.mark.parametrize("completions", [0, 100])
def test_a_share_that_all_or_none_have_a_part_in(completions: int) -> None:
    rows = [reading_day(readers=100, completions=completions, source="mine")]
    assert one(reading_tables(rows, "mine", WEEK), "campaign", "audience")["patient"].completion == (
        0.0 if completions == 0 else None)


def test_the_same_readings_give_the_same_figures_in_every_order() -> None:
    rows = random_week(3)
    assert len({str(reading_tables(order, "mine", WEEK)) for order in (rows, rows[::-1], rows)}) == 1


def test_a_campaign_that_led_nobody_here_shows_noughts_and_changes_no_other_report() -> None:
    rows = random_week(4)
    idle = reading_tables(rows, "idle", WEEK)
    assert {line.readers for table in idle if table.population == "campaign" for line in table.lines} == {0}
    everyone = [table for table in idle if table.population == "all"]
    assert everyone == [table for table in reading_tables(rows, "mine", WEEK) if table.population == "all"]


# Mail


def mail(*, sent: int, human: int = 0, scanner: int = 0, both: int = 0, **states: int) -> MailCounts:
    return MailCounts({"sent": sent, **states}, {"human": human, "suspected-scanner": scanner, "both": both})


def test_mail_is_counted_by_state_and_click() -> None:
    lines = dict(mail_lines(mail(sent=500, failed=20, human=60, scanner=40, both=30)))
    assert lines == {"total": 520, "sent": 500, "waiting": 0, "failed": 20, "unknown": 0, "cancelled": 0,
                     "clicked-human": 90, "clicked-suspected-scanner": 70, "clicked-raw": 130}


@pytest.mark.parametrize("few", [1, 5, 10])
def test_a_few_failures_are_withheld_and_cannot_be_subtracted(few: int) -> None:
    lines = dict(mail_lines(mail(sent=500, failed=few)))
    states = [lines[name] for name in ("total", *releasing.STATES)]
    assert lines["failed"] is None
    assert states.count(None) >= 2


@pytest.mark.parametrize("few", [1, 5, 10])
@pytest.mark.parametrize("kind", ["human", "scanner", "both"])
@pytest.mark.parametrize("is_later", [False, True])
def test_a_few_clickers_of_one_class_cannot_be_had_from_the_three_counts(few: int, kind: str, is_later: bool) -> None:
    counts = mail(sent=1000, **{**{"human": 100, "scanner": 100, "both": 100}, kind: few})
    lines = dict(click_lines(counts, 1000) if is_later else mail_lines(counts))
    assert None in [lines[f"clicked-{name}"] for name in CLICKS]


@pytest.mark.parametrize("is_later", [False, True])
def test_the_few_who_did_not_click_cannot_be_had_from_the_sent(is_later: bool) -> None:
    counts = mail(sent=300, human=295)
    lines = dict(click_lines(counts, 300) if is_later else mail_lines(counts))
    assert None in (lines.get("sent", 300), lines["clicked-human"])


def test_a_later_week_shows_clicks_alone() -> None:
    assert [name for name, _ in click_lines(mail(sent=300, human=50), 300)] == [f"clicked-{kind}" for kind in CLICKS]


@pytest.mark.parametrize(("other", "is_shown"), [(300, True), (301, False), (310, False), (290, False), (311, True),
                                                (289, True), (None, True)])
def test_the_few_whom_one_of_two_campaigns_alone_addressed_cannot_be_had(other: int | None, is_shown: bool) -> None:
    lines = dict(mail_lines(mail(sent=300, human=50), [{"sent": other}]))
    assert (lines["total"], lines["sent"]) == ((300, 300) if is_shown else (None, None))
    assert lines["clicked-human"] == 50, "who followed a link is in no other campaign's count"
