"""From a draft to the outbox: who may be written to, when, and what stops it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col

from tests import builders, copies
from tests.builders import MAIL_FROM, NOW, POSTAL_ADDRESS, WORDS
from webapp.articles import queries as articles
from webapp.articles.jobs import expire
from webapp.articles.rules.frontmatter import Audience
from webapp.articles.service import publish
from webapp.campaigns import queries, rules
from webapp.campaigns.jobs import forget_clicks, release_due
from webapp.campaigns.models import Campaign, CampaignLink, CampaignMessage, Click
from webapp.campaigns.service import planning, submitting
from webapp.campaigns.service.composing import Composer, Sender
from webapp.campaigns.service.wording import Words
from webapp.channels.models import Outgoing, Suppression
from webapp.channels.queries import address_hash
from webapp.channels.service.sending import Go, PutOff, Stop
from webapp.core import jobs
from webapp.core.errors import Conflict, Invalid, Refused
from webapp.core.platform import Platform
from webapp.people.models import Account, Grant
from webapp.people.rules import AccountKind, Role
from webapp.review import service as review
from webapp.review.models import Dossier
from webapp.review.rules import VALID_FOR, Meaning, ReviewRole
from webapp.sponsors.models import Company

LATER = NOW + timedelta(hours=1)
"""After the campaign's time."""
both_engines = pytest.mark.postgresql


@pytest.fixture
def sponsor(platform: Platform) -> Company:
    return copies.filled(platform.database, (__name__, "sponsor"),
                         lambda session: builders.company(session, "Northwind"))


@pytest.fixture
def landing(platform: Platform, app: Flask, tmp_path: Path) -> None:
    """The page that campaigns lead to, in English for the us. (`app`: pages hold addresses.)"""
    builders.landing_page(platform, tmp_path / "content")


@pytest.fixture
def draft(platform: Platform, landing: None, sponsor: Company) -> Campaign:
    return copies.once(platform.database, (__name__, "draft"), lambda: builders.campaign(platform, sponsor))


@pytest.fixture
def scheduled(platform: Platform, draft: Campaign) -> Campaign:
    def schedule() -> None:
        builders.clear_campaign(platform, draft)
        builders.schedule_campaign(platform, draft)

    copies.once(platform.database, (__name__, "scheduled"), schedule)
    return draft


def stored(platform: Platform, campaign: Campaign) -> Campaign:
    with platform.database.reading() as session:
        return queries.campaign(session, campaign.id or 0)


def release(platform: Platform, campaign: Campaign, now: datetime = LATER) -> int:
    return planning.release(platform.database, campaign.id or 0, POSTAL_ADDRESS, now)


def addressed(platform: Platform) -> list[int]:
    with platform.database.reading() as session:
        return list(session.scalars(select(col(Outgoing.account_id)).order_by(col(Outgoing.account_id))))


def deliveries(platform: Platform) -> list[Outgoing]:
    with platform.database.reading() as session:
        return list(session.scalars(select(Outgoing).order_by(col(Outgoing.id))))


def recheck(platform: Platform, row: Outgoing, now: datetime = LATER,
            postal_address: str = POSTAL_ADDRESS, mail_from: str = MAIL_FROM) -> Go | Stop | PutOff:
    composer = Composer(platform, Sender(mail_from, postal_address))
    with platform.database.reading() as session:
        return composer.recheck(session, row, now)


def cancel(platform: Platform, campaign: Campaign) -> None:
    with platform.database.writing() as session:
        planning.cancel(session, campaign.id or 0, builders.BY)


def reschedule(platform: Platform, campaign: Campaign, when: datetime, *, postal_address: str = POSTAL_ADDRESS,
               now: datetime = LATER) -> bool:
    with platform.database.writing() as session:
        return submitting.reschedule(session, campaign.id or 0, when, platform, postal_address, now)


def edit(platform: Platform, model: Any, **values: Any) -> None:
    with platform.database.writing() as session:
        session.execute(update(model).values(**values))


# Planning


@pytest.mark.parametrize(("words", "said"), [
    ({}, "no message"),
    ({"en": Words("Subject", "No link here.")}, "no link to the landing article"),
    ({"en": Words("", "[page](landing:)")}, "subject"),
    ({"en": Words("Two\r\nBcc: all@x.example", "[page](landing:)")}, "subject"),
    ({"en": Words("s" * 201, "[page](landing:)")}, "has 201 characters. Shorten it to at most 200"),
    ({"en": Words("Deep", "> " * 500 + "[page](landing:)")}, "message, line"),
    ({"zh-Hans": WORDS["zh-Hans"]}, "not published in zh-Hans"),
    ({"fr": Words("Objet", "[page](landing:)")}, "not published in fr"),
])
def test_a_campaign_that_cannot_be_mailed_is_not_planned(platform: Platform, landing: None, sponsor: Company,
                                                         words: dict[str, Words], said: str) -> None:
    with platform.database.writing() as session, pytest.raises(Invalid, match=said):
        planning.plan(session, planning.NewCampaign(
            company_id=sponsor.id or 0, name="x", account_kind=AccountKind.HCP, market="us", words=words,
            landing=builders.LANDING, local_time=datetime(2026, 3, 2, 10), zone="UTC"), platform, NOW)


@pytest.mark.parametrize("name", ["", "  ", "Two\nlines", "n" * 201])
def test_a_campaign_is_planned_by_a_name_of_one_line(platform: Platform, landing: None, sponsor: Company,
                                                     name: str) -> None:
    with pytest.raises(Invalid, match="needs a name of one line and at most 200 characters"):
        builders.campaign(platform, sponsor, name=name)


def test_the_longest_name_and_subject_are_taken(platform: Platform, landing: None, sponsor: Company) -> None:
    longest = {"en": Words("s" * 200, "[page](landing:)")}
    assert builders.campaign(platform, sponsor, name="n" * 200, words=longest).state == "draft"


@pytest.mark.parametrize("local", [datetime(2020, 3, 2, 10), datetime(2026, 3, 2, 9, 29)])
def test_a_campaign_is_not_planned_for_a_time_that_has_passed(platform: Platform, landing: None, sponsor: Company,
                                                              local: datetime) -> None:
    with pytest.raises(Invalid, match=f"{local:%Y-%m-%d %H:%M} UTC, has passed. Plan it for a time to come"):
        builders.campaign(platform, sponsor, local_time=local)


def test_a_campaign_is_not_scheduled_once_its_time_has_passed(platform: Platform, draft: Campaign) -> None:
    builders.clear_campaign(platform, draft)
    with pytest.raises(Invalid, match="2026-03-02 10:00 UTC, has passed"):
        builders.schedule_campaign(platform, draft, draft.send_at + timedelta(seconds=1))
    assert stored(platform, draft).state == "draft"
    builders.schedule_campaign(platform, draft, draft.send_at)


def test_an_unknown_zone_is_refused(platform: Platform, landing: None, sponsor: Company) -> None:
    with pytest.raises(Invalid, match="There is no time zone"):
        builders.campaign(platform, sponsor, zone="Mars/Olympus")


def test_links_lead_to_a_stored_path_of_this_site(platform: Platform, draft: Campaign) -> None:
    with platform.database.reading() as session:
        assert [link.target for link in queries.links(session, draft.id or 0, "en")] == ["/en/diseases/sampleitis"]


# Clearance


def test_a_campaign_without_clearance_is_not_scheduled(platform: Platform, draft: Campaign) -> None:
    with pytest.raises(Refused, match="Review has not cleared"):
        builders.schedule_campaign(platform, draft)
    assert stored(platform, draft).state == "draft"


def test_two_signatures_of_three_are_no_clearance(platform: Platform, draft: Campaign) -> None:
    with platform.database.writing() as session:
        made = submitting.submit(session, draft, [1], platform, NOW)
        signers = builders.reviewers(session)
        for role in (ReviewRole.MEDICAL, ReviewRole.LEGAL):
            review.sign(session, made, review.identify(signers[role], builders.PASSWORD), role=role,
                        meaning=Meaning.APPROVAL, digest=made.digest, now=NOW)
    with pytest.raises(Refused):
        builders.schedule_campaign(platform, draft)


EDITS = [
    (CampaignMessage, {"body": "Please **read** [the page](landing:)!"}),
    (CampaignMessage, {"subject": "A page for you."}),
    (CampaignMessage, {"mandatory_texts": ["Paid for by Northwind."]}),
    (CampaignLink, {"target": "/en/diseases/elsewhere"}),
    (Campaign, {"landing_slug": "elsewhere"}),
    (Campaign, {"account_kind": "patient"}),
    (Campaign, {"local_time": "2026-03-02T11:00"}),
    (Company, {"name": "Northwind "}),
]


@pytest.mark.parametrize(("model", "values"), EDITS)
def test_one_byte_edited_after_approval_voids_it(platform: Platform, draft: Campaign, model: Any,
                                                 values: dict[str, Any]) -> None:
    builders.clear_campaign(platform, draft)
    edit(platform, model, **values)
    with platform.database.writing() as session, pytest.raises(Refused, match="Review has not cleared"):
        planning.schedule(session, queries.campaign(session, draft.id or 0), platform, POSTAL_ADDRESS, NOW)


def test_other_line_ends_are_the_same_text(platform: Platform, landing: None, sponsor: Company) -> None:
    digests = set()
    for end in ("\n", "\r\n"):
        made = builders.campaign(platform, sponsor, words={"en": Words("One", f"First.{end}[page](landing:)")})
        with platform.database.reading() as session:
            digests.add(planning.digest(session, made))
    assert len(digests) == 1


def test_an_edit_after_scheduling_blocks_the_release_and_says_why(platform: Platform, scheduled: Campaign,
                                                                  sponsor: Company) -> None:
    builders.recipients(platform, sponsor, 2)
    edit(platform, CampaignMessage, subject="Another subject")
    assert release(platform, scheduled) == 0
    found = stored(platform, scheduled)
    assert (found.state, found.blocked_because.split(".")[0]) == (
        "blocked", "Review has not cleared the campaign as it stands")


def test_an_edit_after_release_cancels_what_is_queued(platform: Platform, scheduled: Campaign,
                                                      sponsor: Company) -> None:
    builders.recipients(platform, sponsor, 1)
    release(platform, scheduled)
    row = deliveries(platform)[0]
    assert isinstance(recheck(platform, row), Go)
    edit(platform, CampaignMessage, body="Please **read** [the page](landing:)!")
    assert recheck(platform, row) == Stop("not-cleared")


def test_clearance_that_lapses_between_queue_and_send_stops_the_mail(platform: Platform, scheduled: Campaign,
                                                                     sponsor: Company) -> None:
    builders.recipients(platform, sponsor, 1)
    release(platform, scheduled)
    assert recheck(platform, deliveries(platform)[0], NOW + timedelta(days=366)) == Stop("not-cleared")


def test_without_a_postal_address_nothing_is_scheduled_released_or_sent(platform: Platform, scheduled: Campaign,
                                                                        sponsor: Company) -> None:
    with platform.database.writing() as session, pytest.raises(Conflict):
        planning.schedule(session, queries.campaign(session, scheduled.id or 0), platform, POSTAL_ADDRESS, NOW)
    with platform.database.reading() as session:
        why = list(planning.hindrances(session, queries.campaign(session, scheduled.id or 0), "", NOW))
    assert len(why) == 1 and "MATERIA_POSTAL_ADDRESS" in why[0].sentence and "MATERIA_MAIL_FROM" in why[0].sentence
    builders.recipients(platform, sponsor, 1)
    release(platform, scheduled)
    answer = recheck(platform, deliveries(platform)[0], postal_address="")
    assert isinstance(answer, PutOff) and answer.reason == "no-postal-address" and answer.until > LATER
    assert isinstance(recheck(platform, deliveries(platform)[0]), Go), "once it is set"


def test_a_release_without_a_postal_address_is_blocked(platform: Platform, scheduled: Campaign) -> None:
    assert planning.release(platform.database, scheduled.id or 0, "", LATER) == 0
    assert stored(platform, scheduled).state == "blocked"


@pytest.mark.parametrize(("market", "kind"), [
    ("cn", AccountKind.HCP), ("cn", AccountKind.PATIENT), ("gb", AccountKind.PATIENT), ("eu", AccountKind.PATIENT)])
def test_what_policy_does_not_allow_is_refused_though_review_cleared_it(
        platform: Platform, app: Flask, tmp_path: Path, sponsor: Company, market: str, kind: AccountKind) -> None:
    builders.landing_page(platform, tmp_path / "content", market=market)
    made = builders.campaign(platform, sponsor, market=market, kind=kind)
    builders.clear_campaign(platform, made)
    with pytest.raises(Refused, match="Policy does not let"):
        builders.schedule_campaign(platform, made)


@pytest.mark.parametrize(("market", "kind"), [
    ("us", AccountKind.HCP), ("us", AccountKind.PATIENT), ("gb", AccountKind.HCP), ("eu", AccountKind.HCP)])
def test_what_policy_allows_is_scheduled(platform: Platform, app: Flask, tmp_path: Path, sponsor: Company,
                                         market: str, kind: AccountKind) -> None:
    builders.landing_page(platform, tmp_path / "content", market=market)
    made = builders.campaign(platform, sponsor, market=market, kind=kind)
    builders.clear_campaign(platform, made)
    builders.schedule_campaign(platform, made)
    assert stored(platform, made).state == "scheduled"


def test_a_landing_article_that_was_withdrawn_puts_the_mail_off(platform: Platform, scheduled: Campaign,
                                                             sponsor: Company) -> None:
    builders.recipients(platform, sponsor, 1)
    release(platform, scheduled)
    with platform.database.reading() as session:
        numbers = [entry.document_id for entry in articles.live(session)]
        plan = publish.plan_withdrawal(platform, session, numbers, overviews=(), now=NOW)
    with platform.database.writing() as session:
        publish.carry_out(session, plan, NOW)
    answer = recheck(platform, deliveries(platform)[0])
    assert isinstance(answer, PutOff) and answer.reason == "no-landing-page"


@pytest.mark.parametrize(("what", "reason"), [
    ("message lapsed", Stop("not-cleared")), ("landing withdrawn", "no-landing-page"),
    ("landing lapsed", "landing-not-cleared"), ("landing expired", "no-landing-page")])
def test_mail_that_leans_on_what_ends_is_held_within_a_second(
        platform: Platform, app: Flask, tmp_path: Path, sponsor: Company, what: str, reason: str | Stop) -> None:
    ends, sooner = LATER + timedelta(seconds=1), LATER + timedelta(seconds=1) - VALID_FOR
    page, = builders.landing_page(platform, tmp_path / "content", now=NOW if what == "message lapsed" else sooner)
    made = builders.campaign(platform, sponsor)
    builders.clear_campaign(platform, made, sooner if what == "message lapsed" else NOW)
    builders.schedule_campaign(platform, made)
    builders.recipients(platform, sponsor, 1)
    release(platform, made)
    composer = Composer(platform, Sender(MAIL_FROM, POSTAL_ADDRESS))
    with platform.database.reading() as session:
        assert isinstance(composer.recheck(session, deliveries(platform)[0], LATER), Go)
    if what == "landing withdrawn":
        with platform.database.reading() as session:
            plan = publish.plan_withdrawal(platform, session, [page.document_id], overviews=(), now=LATER)
        with platform.database.writing() as session:
            publish.carry_out(session, plan, LATER)
    if what == "landing expired":
        assert expire(platform, (), ends) == 1
    with platform.database.reading() as session:
        answer = composer.recheck(session, deliveries(platform)[0], ends)
    assert answer == reason or (isinstance(answer, PutOff) and answer.reason == reason)


@pytest.mark.parametrize(("language", "words"), [
    ("en", "Prepared March 2, 2026. Approved until March 2, 2027."),
    ("zh-Hans", "编制于2026年3月2日，批准有效期至2027年3月2日。")])
def test_a_mail_prints_its_version_its_preparation_and_the_end_of_its_approval(
        platform: Platform, app: Flask, tmp_path: Path, language: str, words: str) -> None:
    made = builders.released_campaign(platform, tmp_path / "content", languages=("en", "zh-Hans"))
    with platform.database.reading() as session:
        version = planning.digest(session, made)[:8]
        material = review.material_id(session, planning.subject(made.id or 0))
    assert material.startswith("MAT-")
    answer = recheck(platform, next(row for row in deliveries(platform) if row.language == language))
    assert isinstance(answer, Go)
    mail = message_from_bytes(answer.message, policy=default)
    for part in ("plain", "html"):
        body = mail.get_body((part,))
        assert body is not None
        text = " ".join(body.get_content().split())
        assert words in text and version in text and material in text, part


@pytest.mark.parametrize(("mail_from", "told"), [
    (MAIL_FROM, f"Sent by Materia for Northwind. Address of Materia: {POSTAL_ADDRESS}"),
    ("news@materia.example", f"Sent for Northwind. The sender’s address: {POSTAL_ADDRESS}")])
def test_a_mail_tells_who_sends_it_for_whom_and_gives_the_company_no_address(platform: Platform, draft: Campaign,
                                                                             mail_from: str, told: str) -> None:
    with platform.database.reading() as session:
        letter = Composer(platform, Sender(mail_from, POSTAL_ADDRESS)).specimen(session, draft, "en", NOW)
    for part in (letter.text, letter.html or ""):
        assert told in part and part.count(POSTAL_ADDRESS) == 1


# Release


def test_nothing_is_released_before_its_time(platform: Platform, scheduled: Campaign, sponsor: Company) -> None:
    builders.recipients(platform, sponsor, 1)
    assert release_due(platform.database, POSTAL_ADDRESS, scheduled.send_at - timedelta(seconds=1)) is None
    assert release_due(platform.database, POSTAL_ADDRESS, scheduled.send_at) == 1
    assert release_due(platform.database, POSTAL_ADDRESS, scheduled.send_at + timedelta(days=1)) is None


@both_engines
def test_only_those_are_written_to_who_may_be(platform: Platform, scheduled: Campaign, sponsor: Company) -> None:
    chosen = builders.recipients(platform, sponsor, 3)
    builders.recipients(platform, sponsor, 1, language="zh-Hans")
    builders.recipients(platform, sponsor, 1, market="gb")
    builders.recipients(platform, sponsor, 1, kind=AccountKind.PATIENT)
    with platform.database.writing() as session:
        builders.account(session, Role.HCP, kind=AccountKind.HCP)
        unverified = builders.account(session, kind=AccountKind.HCP)
        builders.consent(session, unverified, sponsor)
        inactive = builders.account(session, Role.HCP, kind=AccountKind.HCP, is_active=False)
        builders.consent(session, inactive, sponsor)
        refused = builders.account(session, Role.HCP, kind=AccountKind.HCP)
        builders.consent(session, refused, sponsor, is_granted=False)
        ageless = builders.account(session, Role.HCP, kind=AccountKind.HCP, is_adult=False)
        builders.consent(session, ageless, sponsor)
        anothers = builders.account(session, Role.HCP, kind=AccountKind.HCP)
        builders.consent(session, anothers, builders.company(session))
    assert release(platform, scheduled) == 3
    assert addressed(platform) == [person.id for person in chosen]


@pytest.mark.parametrize("changed", [{"market": "gb"}, {"kind": "patient"}, {"language": "zh-Hans"}])
def test_a_person_who_left_the_audience_between_queue_and_send_gets_no_mail(
        platform: Platform, scheduled: Campaign, sponsor: Company, changed: dict[str, str]) -> None:
    builders.recipients(platform, sponsor, 1)
    release(platform, scheduled)
    edit(platform, Account, **changed)
    assert recheck(platform, deliveries(platform)[0]) == Stop("not-in-audience")


@both_engines
def test_a_professional_who_lost_the_verification_gets_no_mail(platform: Platform, scheduled: Campaign,
                                                               sponsor: Company) -> None:
    builders.recipients(platform, sponsor, 1)
    release(platform, scheduled)
    assert isinstance(recheck(platform, deliveries(platform)[0]), Go)
    edit(platform, Grant, role="reader")
    assert recheck(platform, deliveries(platform)[0]) == Stop("not-in-audience")


def test_consent_withdrawn_a_second_ago_is_not_written_to(platform: Platform, scheduled: Campaign,
                                                          sponsor: Company) -> None:
    gone, stays = builders.recipients(platform, sponsor, 2)
    with platform.database.writing() as session:
        builders.consent(session, gone, sponsor, is_granted=False, now=LATER - timedelta(seconds=1))
    release(platform, scheduled)
    assert addressed(platform) == [stays.id]


def test_consent_withdrawn_between_queue_and_send_stops_the_mail(platform: Platform, scheduled: Campaign,
                                                                 sponsor: Company) -> None:
    person = builders.recipients(platform, sponsor, 1)[0]
    release(platform, scheduled)
    with platform.database.writing() as session:
        builders.consent(session, person, sponsor, is_granted=False)
    assert recheck(platform, deliveries(platform)[0]) == Stop("consent-withdrawn")


def test_an_account_closed_between_queue_and_send_stops_the_mail(platform: Platform, scheduled: Campaign,
                                                                 sponsor: Company) -> None:
    builders.recipients(platform, sponsor, 1)
    release(platform, scheduled)
    edit(platform, Account, active=False)
    assert recheck(platform, deliveries(platform)[0]) == Stop("no-account")


def test_a_suppressed_address_stops_the_mail(platform: Platform, scheduled: Campaign, sponsor: Company) -> None:
    person = builders.recipients(platform, sponsor, 1)[0]
    release(platform, scheduled)
    from_list = {"address_hash": address_hash(person.email), "reason": "bad_address", "at": NOW}
    with platform.database.writing() as session:
        session.execute(Suppression.__table__.insert(), from_list)  # type: ignore[attr-defined]
    assert recheck(platform, deliveries(platform)[0]) == Stop("suppressed")


def test_a_cancelled_campaigns_mail_is_stopped(platform: Platform, scheduled: Campaign, sponsor: Company) -> None:
    builders.recipients(platform, sponsor, 1)
    release(platform, scheduled)
    cancel(platform, scheduled)
    assert recheck(platform, deliveries(platform)[0]) == Stop("campaign-cancelled")


@both_engines
def test_of_two_schedulers_one_releases(platform: Platform, scheduled: Campaign, sponsor: Company,
                                        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "SLICE", 3)
    builders.recipients(platform, sponsor, 10)
    start = threading.Barrier(2)

    def at_once(_: int) -> int:
        start.wait()
        return release(platform, scheduled)

    with ThreadPoolExecutor(2) as pool:
        written = list(pool.map(at_once, range(2)))
    assert (sum(written), len(addressed(platform)), len(set(addressed(platform)))) == (10, 10, 10)
    assert stored(platform, scheduled).state == "released"


@both_engines
@pytest.mark.parametrize("people", [0, 2, 3, 7, 9])
def test_slices_write_everybody_once(platform: Platform, scheduled: Campaign, sponsor: Company, people: int,
                                     monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "SLICE", 3)
    builders.recipients(platform, sponsor, people)
    assert release(platform, scheduled) == people == len(set(addressed(platform)))
    assert stored(platform, scheduled).state == "released"


def test_a_release_that_was_cut_off_goes_on_and_doubles_nobody(platform: Platform, scheduled: Campaign,
                                                               sponsor: Company,
                                                               monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(_: float) -> None:
        raise KeyboardInterrupt

    builders.recipients(platform, sponsor, 10)
    monkeypatch.setattr(rules, "SLICE", 4)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(planning.time, "sleep", cut)
        release(platform, scheduled)
    assert (len(addressed(platform)), stored(platform, scheduled).state) == (4, "releasing")
    assert release_due(platform.database, POSTAL_ADDRESS, LATER) == 6
    assert len(set(addressed(platform))) == 10
    assert stored(platform, scheduled).state == "released"


def test_releasing_again_writes_nothing(platform: Platform, scheduled: Campaign, sponsor: Company) -> None:
    builders.recipients(platform, sponsor, 2)
    assert [release(platform, scheduled) for _ in range(3)] == [2, 0, 0]


@pytest.mark.parametrize(("local", "zone"), [
    (datetime(2026, 3, 8, 2, 30), "America/New_York"), (datetime(2026, 11, 1, 1, 30), "America/New_York")])
def test_a_night_when_clocks_change_sends_once(platform: Platform, landing: None, sponsor: Company,
                                               local: datetime, zone: str) -> None:
    builders.recipients(platform, sponsor, 2)
    made = builders.campaign(platform, sponsor, local_time=local, zone=zone)
    builders.clear_campaign(platform, made)
    builders.schedule_campaign(platform, made)
    quarters = [made.send_at + timedelta(minutes=15 * number) for number in range(-12, 13)]
    written = [release_due(platform.database, POSTAL_ADDRESS, moment) for moment in quarters]
    assert [count for count in written if count] == [2]


def test_a_page_for_doctors_is_landed_on_at_its_own_address(platform: Platform, app: Flask, tmp_path: Path,
                                                            sponsor: Company) -> None:
    builders.published_document(platform, tmp_path / "content", audience=Audience.HCP)
    with platform.database.writing() as session:
        made = planning.plan(session, planning.NewCampaign(
            company_id=sponsor.id or 0, name="x", account_kind=AccountKind.HCP, market="us",
            words={"en": WORDS["en"]}, landing=("disease", "sampleitis", "hcp"),
            local_time=datetime(2026, 3, 2, 10), zone="UTC"), platform, NOW)
        assert queries.links(session, made.id or 0, "en")[0].target == "/en/pro/diseases/sampleitis"


# Another time, and calling off


def test_a_blocked_campaign_goes_once_what_blocked_it_is_gone_and_review_signed_anew(
        platform: Platform, scheduled: Campaign, sponsor: Company) -> None:
    builders.recipients(platform, sponsor, 2)
    planning.release(platform.database, scheduled.id or 0, "", LATER)
    when = LATER + timedelta(hours=2)
    with pytest.raises(Refused, match="MATERIA_POSTAL_ADDRESS"):
        reschedule(platform, scheduled, when, postal_address="")
    assert stored(platform, scheduled).state == "blocked", "nothing of a refused attempt stays"

    assert reschedule(platform, scheduled, when) is False, "the time is part of what is signed"
    made = stored(platform, scheduled)
    assert (made.state, made.blocked_because, made.send_at, made.local_time) == (
        "scheduled", "", when, "2026-03-02T12:30")
    with platform.database.reading() as session:
        first, second = session.scalars(
            select(Dossier).where(col(Dossier.subject_kind) == "campaign").order_by(col(Dossier.id)))
    assert first.author_ids == second.author_ids != [], "who wrote it may still not sign it"

    builders.clear_campaign(platform, made)
    assert release_due(platform.database, POSTAL_ADDRESS, when - timedelta(seconds=1)) is None
    assert release_due(platform.database, POSTAL_ADDRESS, when) == 2


def test_a_new_time_that_review_has_not_cleared_is_not_kept(platform: Platform, scheduled: Campaign,
                                                            sponsor: Company) -> None:
    builders.recipients(platform, sponsor, 1)
    when = LATER + timedelta(hours=2)
    reschedule(platform, scheduled, when, now=NOW)
    assert release(platform, scheduled, when) == 0
    assert "Review has not cleared" in stored(platform, scheduled).blocked_because


def test_the_same_time_needs_no_new_signature(platform: Platform, scheduled: Campaign, sponsor: Company) -> None:
    assert reschedule(platform, scheduled, scheduled.send_at, now=NOW) is True


def test_the_wall_clock_of_a_new_time_is_the_campaigns_own(platform: Platform, landing: None,
                                                           sponsor: Company) -> None:
    made = builders.campaign(platform, sponsor, zone="America/New_York")
    builders.clear_campaign(platform, made)
    builders.schedule_campaign(platform, made)
    reschedule(platform, made, datetime(2026, 3, 2, 22, tzinfo=UTC))
    assert stored(platform, made).local_time == "2026-03-02T17:00"


def test_a_time_that_has_passed_is_refused(platform: Platform, scheduled: Campaign) -> None:
    with pytest.raises(Invalid, match="has passed"):
        reschedule(platform, scheduled, LATER)


@pytest.mark.parametrize("state", ["draft", "releasing", "released", "cancelled"])
def test_another_time_is_only_for_what_is_scheduled_or_blocked(platform: Platform, scheduled: Campaign,
                                                               state: str) -> None:
    edit(platform, Campaign, state=state)
    with pytest.raises(Conflict, match=f"The campaign is {state}"):
        reschedule(platform, scheduled, LATER + timedelta(hours=1))


@pytest.mark.parametrize("state", ["draft", "scheduled", "blocked", "releasing"])
def test_a_campaign_that_was_called_off_is_not_released(platform: Platform, scheduled: Campaign, sponsor: Company,
                                                        state: str) -> None:
    builders.recipients(platform, sponsor, 1)
    edit(platform, Campaign, state=state)
    cancel(platform, scheduled)
    assert release(platform, scheduled) == 0
    assert stored(platform, scheduled).state == "cancelled"
    with pytest.raises(Conflict, match="cancelled already"):
        cancel(platform, scheduled)


@pytest.mark.parametrize("state", ["sent", "failed", "cancelled", "unknown"])
def test_what_has_left_cannot_be_called_off(platform: Platform, scheduled: Campaign, sponsor: Company,
                                            state: str) -> None:
    builders.recipients(platform, sponsor, 1)
    release(platform, scheduled)
    edit(platform, Outgoing, state=state)
    with pytest.raises(Conflict, match="nothing to call off"):
        cancel(platform, scheduled)
    assert stored(platform, scheduled).state == "released"


# Late


def test_a_campaign_overdue_for_too_long_is_blocked_and_another_time_frees_it(platform: Platform, scheduled: Campaign,
                                                                              sponsor: Company) -> None:
    builders.recipients(platform, sponsor, 1)
    last = scheduled.send_at + rules.LATEST_RELEASE
    assert release(platform, scheduled, last + timedelta(seconds=1)) == 0
    found = stored(platform, scheduled)
    assert found.state == "blocked" and "Give it another time" in found.blocked_because
    again = last + timedelta(days=7)
    reschedule(platform, scheduled, again, now=last)
    builders.clear_campaign(platform, stored(platform, scheduled))
    assert release(platform, scheduled, again) == 1


def test_a_campaign_late_by_less_is_released(platform: Platform, scheduled: Campaign, sponsor: Company) -> None:
    builders.recipients(platform, sponsor, 1)
    assert release(platform, scheduled, scheduled.send_at + rules.LATEST_RELEASE) == 1


def test_what_was_queued_before_a_release_was_blocked_waits_for_the_new_time(
        platform: Platform, scheduled: Campaign, sponsor: Company) -> None:
    builders.recipients(platform, sponsor, 1)
    release(platform, scheduled)
    edit(platform, Campaign, state="releasing")
    release(platform, scheduled, LATER + timedelta(days=2))
    waiting = recheck(platform, deliveries(platform)[0], LATER + timedelta(days=2))
    assert isinstance(waiting, PutOff) and waiting.reason == "campaign-not-released"
    when = LATER + timedelta(days=3)
    reschedule(platform, scheduled, when)
    assert recheck(platform, deliveries(platform)[0], LATER) == PutOff("campaign-not-released", when)


def test_mail_that_nobody_sent_for_days_is_not_sent_any_more(platform: Platform, scheduled: Campaign,
                                                             sponsor: Company) -> None:
    builders.recipients(platform, sponsor, 1)
    release(platform, scheduled)
    row, last = deliveries(platform)[0], scheduled.send_at + rules.LATEST_MAIL
    assert isinstance(recheck(platform, row, last), Go)
    assert recheck(platform, row, last + timedelta(seconds=1), postal_address="") == Stop("too-late")


def test_a_sender_that_makes_no_mail_burns_no_delivery(platform: Platform, scheduled: Campaign, sponsor: Company,
                                                       caplog: pytest.LogCaptureFixture) -> None:
    builders.recipients(platform, sponsor, 1)
    release(platform, scheduled)
    answer = recheck(platform, deliveries(platform)[0], mail_from="news")
    assert isinstance(answer, PutOff) and answer.reason == "letter-unmailable"
    assert scheduled.key in caplog.text


# The job


def test_a_campaign_that_fails_holds_up_no_other(platform: Platform, scheduled: Campaign, sponsor: Company,
                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    release_slice = planning._release_slice

    def fails_on_the_first(session: Session, campaign_id: int, now: datetime) -> tuple[int, bool]:
        if campaign_id == scheduled.id:
            raise KeyError("a fault of ours")
        return release_slice(session, campaign_id, now)

    monkeypatch.setattr(planning, "_release_slice", fails_on_the_first)
    builders.recipients(platform, sponsor, 1)
    later = builders.campaign(platform, sponsor, name="Second letter", local_time=datetime(2026, 3, 2, 10, 5))
    builders.clear_campaign(platform, later)
    builders.schedule_campaign(platform, later)

    with pytest.raises(ExceptionGroup) as raised:
        release_due(platform.database, POSTAL_ADDRESS, LATER)
    assert [type(error) for error in raised.value.exceptions] == [KeyError]
    assert stored(platform, later).state == "released"
    found = stored(platform, scheduled)
    assert found.state == "blocked" and "Its release failed" in found.blocked_because
    assert release_due(platform.database, POSTAL_ADDRESS, LATER) is None, "it is not tried for ever"


def test_a_database_that_could_not_be_had_blocks_no_campaign(platform: Platform, scheduled: Campaign,
                                                             monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: Any) -> int:
        raise OperationalError("", None, Exception("database is locked"))

    monkeypatch.setattr(planning, "release", locked)
    with pytest.raises(ExceptionGroup):
        release_due(platform.database, POSTAL_ADDRESS, LATER)
    assert stored(platform, scheduled).state == "scheduled"


@both_engines
def test_clicks_are_forgotten_after_thirteen_months_a_slice_at_a_time(platform: Platform, scheduled: Campaign,
                                                                      monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "FORGET_SLICE", 3)
    ages = [400, 400, 397, 397, 395, 0]
    with platform.database.writing() as session:
        link = queries.links(session, scheduled.id or 0, "en")[0]
        for age in ages:
            session.add(Click(campaign_id=scheduled.id or 0, link_id=link.id or 0, mail_key="m", kind="human",
                              at=NOW - timedelta(days=age)))
    assert [forget_clicks(platform.database, NOW) for _ in range(2)] == [4, None]
    with platform.database.reading() as session:
        assert len(list(session.scalars(select(Click)))) == 2
