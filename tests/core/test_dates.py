"""Days and moments as pages write them: one form for a language."""

from datetime import UTC, datetime
from datetime import date as day

import pytest

from webapp.core import render
from webapp.core.languages import CHINESE, ENGLISH, Language

WHEN = datetime(2026, 3, 2, 9, 37, 12, tzinfo=UTC)


@pytest.mark.parametrize(("language", "date", "moment", "hour", "weekday", "month", "quarter"), [
    (ENGLISH, "March 2, 2026", "Mar 2, 2026, 09:37 UTC", "Mar 2, 2026, 09:00 UTC", "Mon, Mar 2",
     "March 2026", "Q1 2026"),
    (CHINESE, "2026年3月2日", "2026年3月2日 09:37 UTC", "2026年3月2日 09:00 UTC", "3月2日 周一",
     "2026年3月", "2026年第一季度")])
def test_a_day_is_written_in_one_form_wherever_it_stands(
        language: Language, date: str, moment: str, hour: str, weekday: str, month: str, quarter: str) -> None:
    assert (render.show_date(WHEN, language), render.show_moment(WHEN, language), render.show_hour(WHEN, language)) == (
        date, moment, hour)
    assert render.show_weekday(WHEN, language) == weekday
    assert (render.show_month(WHEN, language), render.show_quarter("2026-Q1", language)) == (month, quarter)


@pytest.mark.parametrize(("first", "last", "english", "chinese"), [
    ((2026, 11, 23), (2026, 11, 29), "Nov 23 – 29, 2026", "2026年11月23日至29日"),
    ((2026, 11, 30), (2026, 12, 6), "Nov 30 – Dec 6, 2026", "2026年11月30日至12月6日"),
    ((2026, 12, 28), (2027, 1, 3), "Dec 28, 2026 – Jan 3, 2027", "2026年12月28日至2027年1月3日"),
])
def test_days_are_written_with_their_year(first: tuple[int, int, int], last: tuple[int, int, int], english: str,
                                          chinese: str) -> None:
    said = [render.show_days(day(*first), day(*last), language) for language in (ENGLISH, CHINESE)]
    assert [text.replace("\u2009", " ") for text in said] == [english, chinese]
