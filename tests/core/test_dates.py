"""Days and moments as pages write them: one form for a language."""

from datetime import UTC, datetime

import pytest

from webapp.core import render
from webapp.core.languages import CHINESE, ENGLISH, Language

WHEN = datetime(2026, 3, 2, 9, 37, 12, tzinfo=UTC)


@pytest.mark.parametrize(("language", "date", "moment", "hour", "short", "weekday", "month", "quarter"), [
    (ENGLISH, "March 2, 2026", "Mar 2, 2026, 09:37 UTC", "Mar 2, 2026, 09:00 UTC", "Mar 2", "Mon, Mar 2",
     "March 2026", "Q1 2026"),
    (CHINESE, "2026年3月2日", "2026年3月2日 09:37 UTC", "2026年3月2日 09:00 UTC", "3月2日", "3月2日 周一",
     "2026年3月", "2026年第一季度")])
def test_a_day_is_written_in_one_form_wherever_it_stands(
        language: Language, date: str, moment: str, hour: str, short: str, weekday: str, month: str,
        quarter: str) -> None:
    assert (render.show_date(WHEN, language), render.show_moment(WHEN, language), render.show_hour(WHEN, language)) == (
        date, moment, hour)
    assert (render.show_short_day(WHEN, language), render.show_weekday(WHEN, language)) == (short, weekday)
    assert (render.show_month(WHEN, language), render.show_quarter("2026-Q1", language)) == (month, quarter)
