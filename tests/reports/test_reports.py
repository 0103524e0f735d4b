"""The report as its readers get it: page, chart, table and file; whose, when, and always the same."""

import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from bs4 import BeautifulSoup
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import insert, select, update
from sqlmodel import Session, col
from werkzeug.test import Client

from tests import builders
from tests.builders import NOW
from tests.reports.worlds import DAYS, reading_day
from webapp import cli
from webapp.articles import queries as articles
from webapp.articles.queries import Named
from webapp.articles.service import publish
from webapp.campaigns.models import Campaign, Click
from webapp.campaigns.service import planning
from webapp.channels.models import Outgoing
from webapp.config import Settings
from webapp.core.languages import by_tag
from webapp.core.platform import Platform
from webapp.engagement.models import DirtyDay, ReadingDay
from webapp.people.rules import Role
from webapp.reports import views
from webapp.reports.models import ExportEntry, ReportSnapshot
from webapp.reports.service import building, exporting
from webapp.sponsors.models import Company

OPEN = datetime(2026, 3, 10, 8, tzinfo=UTC)
"""The campaign's first week is open, the second is not."""
SIMULATED = "Simulated data"


@pytest.fixture
def campaign(platform: Platform, client: Client, tmp_path: Path) -> Campaign:
    """Released on Monday of the week 2026-W10 to 30 people. (`client`: pages hold addresses.)"""
    return builders.released_campaign(platform, tmp_path / "content", 30)


@pytest.fixture
def readings(platform: Platform, campaign: Campaign) -> None:
    """A week in which one day has ten readers who came by the link."""
    add_readings(platform, *(reading_day(day, readers=readers, source=campaign.key) for day, readers in
                             zip(DAYS, (10, 40, 50, 60, 0, 0, 70), strict=True) if readers),
                 reading_day(DAYS[0], readers=200), reading_day(DAYS[0], audience="hcp", readers=90))


def add_readings(platform: Platform, *rows: ReadingDay) -> None:
    with platform.database.writing() as session:
        session.add_all(rows)


@pytest.fixture
def marketer(platform: Platform, client: Client, campaign: Campaign) -> Client:
    """A browser in which one of the sponsor's people is signed in."""
    return signed_in(platform, client, campaign)


def signed_in(platform: Platform, client: Client, campaign: Campaign, language: str = "en") -> Client:
    with platform.database.writing() as session:
        person = builders.account(session, Role.MARKETER, language=language,
                                  company=session.get(Company, campaign.company_id))
    assert builders.sign_in(client, person.email).status_code in (200, 302, 303)
    return client


@contextmanager
def at(now: datetime) -> Iterator[None]:
    """Reports are asked for at that moment; the rest of the world, sessions among it, stays where it is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(views, "now", lambda: now)
        yield


def page(client: Client, campaign: Campaign, week: str | None = "2026-W10", now: datetime = OPEN,
         suffix: str = "") -> tuple[int, str]:
    with at(now):
        answer = client.get(f"/sponsor/campaigns/{campaign.key}{suffix}" + (f"?week={week}" if week else ""))
    return answer.status_code, answer.get_data(as_text=True)


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"), newline="")))


# The same rule in every form


def test_a_cell_of_ten_is_withheld_in_page_chart_and_file(marketer: Client, campaign: Campaign, readings: None) -> None:
    _, html = page(marketer, campaign)
    soup = BeautifulSoup(html, "html.parser")
    monday = next(row for row in soup.select("tbody tr") if "Mon, Mar 2" in row.text)
    assert [cell.text for cell in monday.select("td")] == ["<11*", "<11*", "–", "–"]
    chart = monday.find_parent("figure").select_one("svg")  # type: ignore[union-attr]
    assert chart is not None
    assert not re.search(r"(?<![\d.])10(?![\d.%])", " ".join(node.text for node in chart.select("text, title, desc")))
    lines = rows_of(page(marketer, campaign, suffix=".csv")[1])
    cell = next(line for line in lines if line["population"] == "campaign" and line["category"] == DAYS[0])
    assert (cell["reader_days"], cell["readings"], cell["median_engaged_seconds"], cell["completion"]) == (
        "<11*", "<11*", "", "")


def test_page_and_file_show_the_same_figures(marketer: Client, campaign: Campaign, readings: None) -> None:
    soup = BeautifulSoup(page(marketer, campaign)[1], "html.parser")
    on_page = [[cell.text for cell in row.select("td")[:2]] for row in soup.select("figure tbody tr")]
    lines = [line for line in rows_of(page(marketer, campaign, suffix=".csv")[1]) if line["population"] != "mail"]
    assert on_page == [[line["reader_days"], line["readings"]] for line in lines]
    assert ["<11*", "<11*"] in on_page
    assert len(on_page) == 2 * (3 + 3 + 8)


def test_a_withheld_cell_has_no_bar_that_could_be_measured(marketer: Client, campaign: Campaign,
                                                           readings: None, platform: Platform) -> None:
    before = BeautifulSoup(page(marketer, campaign)[1], "html.parser").select("figure svg")[:3]
    with platform.database.writing() as session:
        session.execute(ReportSnapshot.__table__.delete())  # type: ignore[attr-defined]
        session.execute(update(ReadingDay).where(col(ReadingDay.readers) == 10).values(readers=7, readings=7))
        session.execute(update(ReadingDay).where(col(ReadingDay.readers) == 40).values(readers=43, readings=43))
    after = BeautifulSoup(page(marketer, campaign)[1], "html.parser").select("figure svg")[:3]
    assert [str(chart) for chart in after] == [str(chart) for chart in before]


def test_every_measure_is_charted_by_edition_language_and_day(marketer: Client, campaign: Campaign,
                                                              readings: None) -> None:
    soup = BeautifulSoup(page(marketer, campaign)[1], "html.parser")
    figures = soup.select("figure")
    assert len(figures) == 2 * 3
    for figure in figures:
        assert [title.text for title in figure.select("h4")] == [
            "Reader-days and readings", "Median engaged time", "Completed"]
        assert len(figure.select("svg")) == 3 and len(figure.select("table")) == 1


def test_days_are_a_line_and_editions_are_bars(marketer: Client, campaign: Campaign, readings: None) -> None:
    soup = BeautifulSoup(page(marketer, campaign)[1], "html.parser")
    editions, _, days = (figure.select_one("svg") for figure in soup.select("figure")[:3])
    assert editions is not None and days is not None
    assert [bool(chart.select("path.mt-stroke-one")) for chart in (editions, days)] == [False, True]


@pytest.mark.parametrize(("bucket", "plain", "grouped"), [("115", "117.5", "117.5"), ("1000", "1002.5", "1,002.5"),
                                                           ("0", "2.5", "2.5")])
def test_a_median_is_one_figure_in_page_chart_file_and_command(
        platform: Platform, marketer: Client, campaign: Campaign, settings: Settings, bucket: str, plain: str,
        grouped: str) -> None:
    add_readings(platform, reading_day(readers=50, completions=20, engaged={bucket: 50}))
    soup = BeautifulSoup(page(marketer, campaign)[1], "html.parser")
    editions = soup.select("figure")[3]
    assert editions.select("tbody tr")[-1].select("td")[2].text == f"{grouped} s"
    assert grouped in {text.text for text in editions.select("svg")[1].select("text")}
    assert plain in {line["median_engaged_seconds"] for line in rows_of(page(marketer, campaign, suffix=".csv")[1])}
    context = cli.Context()
    context.__dict__.update(settings=settings, platform=platform)
    with time_machine.travel(OPEN, tick=False):
        said = CliRunner().invoke(cli.report, [campaign.key], obj=context, catch_exceptions=False).output
    assert re.search(rf"│ +{re.escape(plain)} +│", said)


def test_medians_and_shares_that_are_withheld_are_hatched(marketer: Client, campaign: Campaign, readings: None) -> None:
    soup = BeautifulSoup(page(marketer, campaign)[1], "html.parser")
    for chart in soup.select("figure")[2].select("svg"):
        assert chart.select('[fill$="-hatch)"]')
    median = soup.select("figure")[2].select("svg")[1]
    assert {"–", "seconds"} <= {text.text for text in median.select("text")}


def test_the_command_shows_what_the_page_shows(platform: Platform, campaign: Campaign, readings: None,
                                               settings: Settings) -> None:
    context = cli.Context()
    context.__dict__.update(settings=settings, platform=platform)
    with time_machine.travel(OPEN, tick=False):
        said = CliRunner().invoke(cli.report, [campaign.key], obj=context, catch_exceptions=False).output
    assert "<11*" in said
    assert not re.search(r"│ +10 +│", said)


@pytest.mark.parametrize(("state", "said"), [("cancelled", "nothing was sent"), ("draft", "is a draft")])
def test_the_command_says_why_there_is_no_report(platform: Platform, campaign: Campaign, readings: None,
                                                 settings: Settings, state: str, said: str) -> None:
    set_state(platform, state)
    context = cli.Context()
    context.__dict__.update(settings=settings, platform=platform)
    with time_machine.travel(OPEN, tick=False):
        answer = CliRunner().invoke(cli.report, [campaign.key], obj=context)
    assert said in answer.output + str(answer.exception or "")
    assert "│" not in answer.output


def test_the_command_writes_the_file(platform: Platform, campaign: Campaign, readings: None, settings: Settings,
                                     tmp_path: Path) -> None:
    context = cli.Context()
    context.__dict__.update(settings=settings, platform=platform)
    with time_machine.travel(OPEN, tick=False):
        CliRunner().invoke(cli.report, [campaign.key, "--csv", str(tmp_path / "r.csv")], obj=context,
                           catch_exceptions=False)
    assert len(rows_of((tmp_path / "r.csv").read_text("utf-8"))) == 2 * (3 + 3 + 8) + 9
    with platform.database.reading() as session:
        entry, = session.scalars(select(ExportEntry))
    assert (entry.account_id, entry.campaign_id, entry.period, entry.at) == (
        exporting.COMMAND_LINE, campaign.id, "2026-W10", OPEN)


# Whose, and when


@pytest.mark.parametrize("suffix", ["", ".csv"])
@pytest.mark.parametrize("week", ["2026-W11", "2026-W09", "1999-W01", "nonsense", "2026-W10'--"])
def test_a_week_that_is_not_open_is_not_found(marketer: Client, campaign: Campaign, suffix: str, week: str) -> None:
    assert page(marketer, campaign, week, suffix=suffix)[0] == 404


@pytest.mark.parametrize(("now", "english", "chinese"), [
    (NOW, "no week of this campaign is open yet", "还没有任何一周的报告开放"),
    (OPEN, "Choose one of these: 2026-W10.", "请从以下各周中选择：2026-W10。"),
    (OPEN + timedelta(weeks=1), "Choose one of these: 2026-W10 · 2026-W11.",
     "请从以下各周中选择：2026-W10 · 2026-W11。"),
])
def test_whoever_asks_for_a_week_without_a_report_is_told_which_have_one(
        platform: Platform, marketer: Client, campaign: Campaign, settings: Settings, now: datetime, english: str,
        chinese: str) -> None:
    for language, said in (("en", english), ("zh-Hans", chinese)):
        marketer.get(f"/sponsor/?language={language}")
        for suffix in ("", ".csv"):
            assert said in page(marketer, campaign, "2026-W48", now, suffix)[1]
    context = cli.Context()
    context.__dict__.update(settings=settings, platform=platform)
    with time_machine.travel(now, tick=False):
        answer = CliRunner().invoke(cli.report, [campaign.key, "--week", "2026-W99"], obj=context)
    assert english in str(answer.exception)


def test_the_command_prints_no_table_before_a_week_is_open(platform: Platform, campaign: Campaign,
                                                           settings: Settings) -> None:
    context = cli.Context()
    context.__dict__.update(settings=settings, platform=platform)
    with time_machine.travel(NOW, tick=False):
        answer = CliRunner().invoke(cli.report, [campaign.key], obj=context, catch_exceptions=False).output
    assert "no week is open yet" in answer and "People" not in answer


@pytest.mark.parametrize("suffix", ["", ".csv"])
def test_another_companys_report_is_not_found(platform: Platform, client: Client, campaign: Campaign, readings: None,
                                              suffix: str) -> None:
    with platform.database.writing() as session:
        rival = builders.account(session, Role.MARKETER, company=builders.company(session))
    builders.sign_in(client, rival.email)
    foreign, missing = page(client, campaign, suffix=suffix), client.get(f"/sponsor/campaigns/{'a' * 16}{suffix}")
    assert foreign[0] == missing.status_code == 404
    assert "First letter" not in foreign[1]


def test_the_list_holds_ones_own_campaigns_past_planning(platform: Platform, marketer: Client,
                                                         campaign: Campaign) -> None:
    with platform.database.writing() as session:
        own = session.get(Company, campaign.company_id)
        other = builders.company(session)
    assert own is not None
    builders.campaign(platform, own, name="Still a draft")
    builders.campaign(platform, other, name="Another sponsor's")
    html = marketer.get("/sponsor/").get_data(as_text=True)
    assert [name in html for name in ("First letter", "Still a draft", "Another sponsor")] == [True, False, False]


def test_before_any_week_is_open_the_page_says_when_and_there_is_no_file(marketer: Client, campaign: Campaign) -> None:
    status, html = page(marketer, campaign, None, now=NOW)
    assert (status, "opens on Tuesday, March 10, 2026" in html, "<figure" in html, ".csv" in html) == (
        200, True, False, False)
    assert page(marketer, campaign, None, now=NOW, suffix=".csv")[0] == 404


def test_a_week_that_is_not_summed_yet_is_not_shown(platform: Platform, marketer: Client, campaign: Campaign,
                                                    readings: None) -> None:
    with platform.database.writing() as session:
        session.add(DirtyDay(day=date(2026, 3, 4), touched_at=OPEN))
    assert page(marketer, campaign)[0] == 404


def test_a_week_is_found_after_nine_weeks_though_it_is_listed_no_more(marketer: Client, campaign: Campaign,
                                                                      readings: None) -> None:
    _, before = page(marketer, campaign)
    status, html = page(marketer, campaign, now=OPEN + timedelta(weeks=9))
    assert status == 200
    assert "Mail by state" in html and "Mail by state" in before
    assert html.count("?week=2026-W10") == 2, "the file's address and the language switch, in no list"


def test_a_landing_article_that_was_withdrawn_keeps_its_readers_and_its_title(
        platform: Platform, marketer: Client, campaign: Campaign, readings: None) -> None:
    with platform.database.reading() as session:
        document, = articles.documents_about(session, kind="disease", slug="sampleitis", market="us")
        plan = publish.plan_withdrawal(platform, session, [document], overviews=(), now=OPEN)
    with platform.database.writing() as session:
        publish.carry_out(session, plan, OPEN)
    html = page(marketer, campaign)[1]
    assert "Sampleitis" in html
    total = next(line for line in rows_of(page(marketer, campaign, suffix=".csv")[1])
                 if (line["population"], line["category"]) == ("all", "total"))
    assert (total["article"], total["reader_days"]) == ("Sampleitis", "520")


# What became of the campaign


@pytest.mark.parametrize(("state", "why", "said"), [
    ("scheduled", "", "Scheduled for March 2, 2026"), ("releasing", "", "Being released"),
    ("released", "", "Released March 2, 2026"), ("cancelled", "", "Cancelled"),
    ("blocked", "Review has not cleared it.", "Blocked: Review has not cleared it."),
])
def test_list_and_report_tell_the_campaigns_state_and_why(platform: Platform, marketer: Client, campaign: Campaign,
                                                          state: str, why: str, said: str) -> None:
    with platform.database.writing() as session:
        session.execute(update(Campaign).values(
            state=state, blocked_because=why, released_at=campaign.released_at if state == "released" else None))
    for html in (marketer.get("/sponsor/").get_data(as_text=True), page(marketer, campaign, None, now=NOW)[1]):
        assert said in html
        assert "Sent March" not in html


def set_state(platform: Platform, state: str, because: str = "", mails: str = "queued") -> None:
    with platform.database.writing() as session:
        session.execute(update(Campaign).values(state=state, blocked_because=because))
        session.execute(update(Outgoing).values(state=mails))


@pytest.mark.parametrize(("state", "because", "said"), [
    ("cancelled", "", "Nothing was sent: the campaign was cancelled before any mail left."),
    ("blocked", "Review has not cleared it.", "Nothing was sent: the campaign was blocked, for the reason above."),
])
def test_a_campaign_that_was_stopped_before_it_was_sent_says_so_and_has_no_report(
        platform: Platform, marketer: Client, campaign: Campaign, readings: None, state: str, because: str,
        said: str) -> None:
    set_state(platform, state, because)
    for now in (NOW, OPEN):
        status, html = page(marketer, campaign, None, now)
        assert status == 200 and said in html and because in html
        assert not any(promised in html for promised in ("first report opens", "<figure", "<table", ".csv", "counted"))
    for week, suffix in (("2026-W10", ""), ("2026-W10", ".csv"), (None, ".csv")):
        status, html = page(marketer, campaign, week, suffix=suffix)
        assert (status, "Nothing of this campaign was sent" in html) == (404, True)


def test_a_campaign_that_was_cancelled_after_some_mail_left_keeps_its_report(
        platform: Platform, marketer: Client, campaign: Campaign, readings: None) -> None:
    set_state(platform, "cancelled", mails="sent")
    html = page(marketer, campaign)[1]
    assert "Mail by state" in html and "Nothing was sent" not in html


@pytest.mark.parametrize("suffix", ["", ".csv"])
def test_a_draft_is_not_found(platform: Platform, marketer: Client, campaign: Campaign, readings: None,
                              suffix: str) -> None:
    assert page(marketer, campaign, suffix=suffix)[0] == 200
    set_state(platform, "draft")
    for week in ("2026-W10", None):
        assert page(marketer, campaign, week, suffix=suffix)[0] == 404


@pytest.mark.parametrize(("zone", "moment", "english", "chinese"), [
    ("America/Los_Angeles", datetime(2027, 1, 2, 4, 30, tzinfo=UTC),
     "Scheduled for January 1, 2027, 20:30, Los Angeles time (Jan 2, 2027, 04:30 UTC)",
     "定于洛杉矶时间2027年1月1日 20:30发出（2027年1月2日 04:30 UTC）"),
    ("Europe/Berlin", datetime(2026, 7, 1, 22, 5, tzinfo=UTC),
     "Scheduled for July 2, 2026, 00:05, Berlin time (Jul 1, 2026, 22:05 UTC)",
     "定于柏林时间2026年7月2日 00:05发出（2026年7月1日 22:05 UTC）"),
    ("UTC", datetime(2027, 1, 2, 4, 30, tzinfo=UTC), "Scheduled for January 2, 2027, 04:30 UTC",
     "定于UTC时间2027年1月2日 04:30发出"),
])
def test_a_scheduled_time_is_told_by_the_clock_of_its_zone_and_in_utc(
        platform: Platform, marketer: Client, campaign: Campaign, zone: str, moment: datetime, english: str,
        chinese: str) -> None:
    with platform.database.writing() as session:
        session.execute(update(Campaign).values(state="scheduled", zone=zone, send_at=moment, released_at=None))
    for language, said in (("en", english), ("zh-Hans", chinese)):
        html = marketer.get(f"/sponsor/?language={language}").get_data(as_text=True)
        assert said in html
        assert said in page(marketer, campaign, None, now=NOW)[1]


def test_why_a_campaign_is_blocked_is_told_in_chinese(platform: Platform, marketer: Client, campaign: Campaign) -> None:
    with platform.database.writing() as session:
        session.execute(update(Campaign).values(state="scheduled"))
    assert planning.release(platform.database, campaign.id or 0, "", campaign.send_at) == 0  # without an address
    html = marketer.get("/sponsor/?language=zh-Hans").get_data(as_text=True)
    assert "已被拦下：推广邮件必须注明邮政地址和发件人。" in html


# Always the same


def test_what_was_shown_once_never_changes(platform: Platform, marketer: Client, campaign: Campaign,
                                           readings: None) -> None:
    before = page(marketer, campaign)[1], page(marketer, campaign, suffix=".csv")[1]
    with platform.database.writing() as session:
        session.execute(update(ReadingDay).values(readers=ReadingDay.readers + 5, readings=ReadingDay.readings + 5))
        session.execute(update(Outgoing).values(state="sent"))
    later = OPEN + timedelta(days=3)
    assert (page(marketer, campaign, now=later)[1], page(marketer, campaign, now=later, suffix=".csv")[1]) == before


@pytest.mark.postgresql
def test_two_who_ask_first_at_once_see_the_same(platform: Platform, campaign: Campaign, readings: None) -> None:
    first = building.build(platform, campaign, "2026-W10", OPEN)
    again = building.build(platform, campaign, "2026-W10", OPEN + timedelta(hours=1))
    assert first.figures == again.figures
    with platform.database.reading() as session:
        assert session.scalars(select(col(ReportSnapshot.made_at))).all() == [OPEN]


def click(platform: Platform, campaign: Campaign, at: datetime, *numbers: int, kind: str = "human") -> None:
    """The first deliveries, counted from `numbers`, are clicked; all are sent."""
    with platform.database.writing() as session:
        session.execute(update(Outgoing).values(state="sent"))
        session.execute(insert(Click), [
            {"campaign_id": campaign.id, "link_id": 1, "mail_key": f"mail-{number}", "kind": kind, "at": at}
            for number in numbers])


def mail_figures(platform: Platform, campaign: Campaign, week: str, now: datetime) -> dict[str, int | None]:
    return dict(building.build(platform, campaign, week, now).figures.mail)


@pytest.mark.postgresql
def test_two_weeks_cannot_be_subtracted(platform: Platform, campaign: Campaign) -> None:
    click(platform, campaign, datetime(2026, 3, 3, 12, tzinfo=UTC), *range(12))
    click(platform, campaign, datetime(2026, 3, 10, 12, tzinfo=UTC), *range(5, 17))
    later = OPEN + timedelta(days=7)
    first = mail_figures(platform, campaign, "2026-W10", later)
    second = mail_figures(platform, campaign, "2026-W11", later)
    assert (first["clicked-human"], second["clicked-human"]) == (12, 12), "each week's own, never summed up"
    assert (first["sent"], "sent" in second) == (30, False)


@pytest.mark.postgresql
@pytest.mark.parametrize(("chinese", "is_shown"), [(6, False), (11, True)])
@pytest.mark.parametrize("is_asked_first", [False, True])
def test_the_few_readers_of_one_language_cannot_be_had_from_two_campaigns(
        platform: Platform, campaign: Campaign, tmp_path: Path, chinese: int, is_shown: bool,
        is_asked_first: bool) -> None:
    """One campaign in English, one in English and Chinese: the difference is those who read Chinese."""
    both = ("en", "zh-Hans")
    builders.landing_page(platform, tmp_path / "again", languages=both)
    with platform.database.reading() as session:
        sponsor = session.get_one(Company, campaign.company_id)
    builders.recipients(platform, sponsor, chinese, language="zh-Hans")
    other = builders.campaign(platform, sponsor, languages=both, name="In both", local_time=NOW.replace(tzinfo=None))
    builders.clear_campaign(platform, other)
    builders.schedule_campaign(platform, other)
    planning.release(platform.database, other.id or 0, builders.POSTAL_ADDRESS, other.send_at)
    with platform.database.writing() as session:
        session.execute(update(Outgoing).values(state="sent"))
        other = session.get_one(Campaign, other.id)
    if is_asked_first:
        mail_figures(platform, campaign, "2026-W10", OPEN)
    figures = mail_figures(platform, other, "2026-W10", OPEN)
    assert (figures["total"], figures["sent"]) == ((30 + chinese,) * 2 if is_shown else (None, None))
    assert mail_figures(platform, campaign, "2026-W10", OPEN)["sent"] == 30


def test_mail_that_is_resolved_later_shows_in_no_report(platform: Platform, campaign: Campaign) -> None:
    with platform.database.writing() as session:
        session.execute(update(Outgoing).values(state="unknown"))
    before = mail_figures(platform, campaign, "2026-W10", OPEN)
    with platform.database.writing() as session:
        session.execute(update(Outgoing).where(col(Outgoing.id) <= 5).values(state="sent"))
    later = OPEN + timedelta(days=7)
    assert mail_figures(platform, campaign, "2026-W10", later) == before
    assert not {"sent", "unknown"} & mail_figures(platform, campaign, "2026-W11", later).keys()


@pytest.mark.parametrize(("week", "heading", "head", "first"), [
    ("2026-W10", "Mail sent", "State", "Addressed"),
    ("2026-W11", "Clicks on mail sent earlier", "Clicks", "Clicked, people")])
def test_the_table_of_the_mail_is_named_for_what_it_holds(
        platform: Platform, marketer: Client, campaign: Campaign, week: str, heading: str, head: str,
        first: str) -> None:
    click(platform, campaign, datetime(2026, 3, 10, 12, tzinfo=UTC), *range(12))
    html = page(marketer, campaign, week, OPEN + timedelta(weeks=1))[1]
    section = BeautifulSoup(html, "html.parser").select_one('section[aria-labelledby="deliveries"]')
    assert section is not None
    assert [section.select_one(place).text for place in ("h2", "thead th", "tbody th")] == [  # type: ignore[union-attr]
        heading, head, first]


def test_clicks_are_counted_once_for_each_person_and_by_class(platform: Platform, campaign: Campaign) -> None:
    for hour in (1, 2, 3):
        click(platform, campaign, datetime(2026, 3, 3, hour, tzinfo=UTC), *range(15))
    assert mail_figures(platform, campaign, "2026-W10", OPEN)["clicked-raw"] == 15


def test_few_who_only_a_scanner_clicked_for_cannot_be_had_from_raw_minus_human(platform: Platform,
                                                                               campaign: Campaign) -> None:
    click(platform, campaign, datetime(2026, 3, 3, 1, tzinfo=UTC), *range(12))
    click(platform, campaign, datetime(2026, 3, 3, 1, tzinfo=UTC), *range(15), kind="suspected-scanner")
    figures = mail_figures(platform, campaign, "2026-W10", OPEN)
    assert None in (figures["clicked-human"], figures["clicked-raw"])


# Files


def test_a_name_that_is_a_formula_stays_a_name(platform: Platform, marketer: Client, campaign: Campaign,
                                               readings: None) -> None:
    for name in ("=HYPERLINK(1)", "+1", "-1", "@x", "\t=1", " =1", "＝1", "|calc"):
        with platform.database.writing() as session:
            session.execute(update(Campaign).values(name=name))
        lines = rows_of(page(marketer, campaign, suffix=".csv")[1])
        assert {line["campaign"] for line in lines} == {f"'{name}"}


def test_a_harmless_name_is_left_alone(marketer: Client, campaign: Campaign, readings: None) -> None:
    assert {line["campaign"] for line in rows_of(page(marketer, campaign, suffix=".csv")[1])} == {"First letter"}


def test_every_export_is_logged_and_no_look_is(platform: Platform, marketer: Client, campaign: Campaign,
                                               readings: None) -> None:
    page(marketer, campaign)
    for _ in range(2):
        page(marketer, campaign, suffix=".csv")
    with platform.database.reading() as session:
        log = list(session.scalars(select(ExportEntry)))
    assert [(entry.campaign_id, entry.period, entry.at) for entry in log] == [(campaign.id, "2026-W10", OPEN)] * 2
    assert all(entry.account_id for entry in log)


def test_the_head_of_a_file_is_no_export(platform: Platform, marketer: Client, campaign: Campaign) -> None:
    with at(OPEN):
        answer = marketer.head(f"/sponsor/campaigns/{campaign.key}.csv?week=2026-W10")
    assert (answer.status_code, answer.data) == (200, b"")
    with platform.database.reading() as session:
        assert session.scalars(select(ExportEntry)).all() == []


def test_the_file_is_an_attachment_that_excel_reads_as_utf_8(marketer: Client, campaign: Campaign) -> None:
    with at(OPEN):
        answer = marketer.get(f"/sponsor/campaigns/{campaign.key}.csv?week=2026-W10")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.data.startswith(b"\xef\xbb\xbf")


def test_a_report_holds_no_person(platform: Platform, marketer: Client, campaign: Campaign, readings: None) -> None:
    click(platform, campaign, datetime(2026, 3, 3, 12, tzinfo=UTC), *range(12))
    with platform.database.reading() as session:
        keys = list(session.scalars(select(col(Outgoing.key))))
    for suffix in ("", ".csv"):
        text = page(marketer, campaign, suffix=suffix)[1]
        assert "@" not in text.replace("@media", "")
        assert not any(key in text for key in keys)


# Simulated data


@pytest.mark.parametrize("source", ["readings", "campaign"])
def test_simulated_data_is_marked_in_page_and_file(platform: Platform, marketer: Client, campaign: Campaign,
                                                   source: str) -> None:
    add_readings(platform, reading_day(readers=50, is_simulated=source == "readings"))
    with platform.database.writing() as session:
        session.execute(update(Campaign).values(is_simulated=source == "campaign"))
    assert SIMULATED in page(marketer, campaign)[1]
    assert {line["simulated"] for line in rows_of(page(marketer, campaign, suffix=".csv")[1])} == {"yes"}


def test_real_data_is_not_marked_as_simulated(marketer: Client, campaign: Campaign, readings: None) -> None:
    assert SIMULATED not in page(marketer, campaign)[1]
    assert {line["simulated"] for line in rows_of(page(marketer, campaign, suffix=".csv")[1])} == {"no"}


def test_a_chinese_speaking_sponsor_reads_chinese(platform: Platform, client: Client, app: Flask, campaign: Campaign,
                                                  readings: None) -> None:
    html = page(signed_in(platform, client, campaign, "zh-Hans"), campaign)[1]
    main = BeautifulSoup(html, "html.parser").select_one("main")
    assert main is not None
    assert "读者" in main.text
    assert 'lang="zh-Hans"' in html


@pytest.mark.parametrize(("language", "shown"), [("en", "Mar 2\u2009–\u20098, 2026"), ("zh-Hans", "2026年3月2日至8日")])
def test_a_period_is_told_with_its_year(platform: Platform, client: Client, campaign: Campaign, readings: None,
                                        language: str, shown: str) -> None:
    soup = BeautifulSoup(page(signed_in(platform, client, campaign, language), campaign)[1], "html.parser")
    places = soup.select(".periods a, figure caption, main svg title")
    assert len(places) == 1 + 2 * 3 * (1 + 3)
    assert all(shown in place.text for place in places)


def test_chinese_captions_and_chart_titles_have_chinese_commas(platform: Platform, client: Client, campaign: Campaign,
                                                               readings: None) -> None:
    soup = BeautifulSoup(page(signed_in(platform, client, campaign, "zh-Hans"), campaign)[1], "html.parser")
    said = [tag.text for tag in soup.select("main caption, main svg title")]
    assert len(said) == 2 * 3 * (1 + 3) + 1
    assert all("，" in text for text in said[:-1]) and not any("," in text for text in said)


@pytest.mark.parametrize(("language", "marked"), [("en", ""), ("zh-Hans", "en")])
def test_an_article_without_a_page_in_the_readers_language_is_marked_with_its_own(
        marketer: Client, campaign: Campaign, language: str, marked: str) -> None:
    for html in (marketer.get(f"/sponsor/?language={language}").get_data(as_text=True), page(marketer, campaign)[1]):
        name = BeautifulSoup(html, "html.parser").select_one("main").find(  # type: ignore[union-attr]
            lambda tag: tag.string == "Sampleitis")
        assert name.get("lang", "") == marked  # type: ignore[union-attr]


@pytest.mark.parametrize(("language", "audience", "named"), [
    ("en", "patient", "en patient"), ("en", "hcp", "en hcp"), ("zh-Hans", "patient", "zh patient"),
    ("zh-Hans", "hcp", "zh patient")])
def test_an_article_is_named_in_the_readers_language_and_as_the_edition_that_the_campaign_leads_to(
        monkeypatch: pytest.MonkeyPatch, language: str, audience: str, named: str) -> None:
    pages = [Named("en hcp", "en", "hcp"), Named("en patient", "en", "patient"),
             Named("zh patient", "zh-Hans", "patient")]
    monkeypatch.setattr(articles, "documents_about", lambda *_, **__: dict(enumerate(pages)))
    led_to = Campaign(landing_kind="disease", landing_slug="one", landing_audience=audience, market="us")
    assert building.named_article(Session(), led_to, by_tag(language)).title == named


@pytest.mark.parametrize(("key", "suffix"), [("", ""), ("", ".csv"), ("a" * 16, "")])
def test_a_chinese_speaking_sponsor_is_told_in_chinese_what_is_not_there(
        platform: Platform, client: Client, campaign: Campaign, key: str, suffix: str) -> None:
    signed_in(platform, client, campaign, "zh-Hans")
    client.get("/sponsor/?language=zh-Hans")
    with at(NOW):
        html = client.get(f"/sponsor/campaigns/{key or campaign.key}{suffix}"
                          f"{'' if key or suffix else '?week=1999-W01'}").get_data(as_text=True)
    assert any(words in html for words in ("没有这个活动", "没有报告", "暂无可下载"))


def test_the_language_of_the_pages_is_switched_and_kept_for_the_session(marketer: Client) -> None:
    spoken = [BeautifulSoup(marketer.get(path).get_data(as_text=True), "html.parser").html["lang"]  # type: ignore[index]
              for path in ("/sponsor/", "/sponsor/?language=zh-Hans", "/sponsor/", "/sponsor/?language=en")]
    assert spoken == ["en", "zh-Hans", "zh-Hans", "en"]
