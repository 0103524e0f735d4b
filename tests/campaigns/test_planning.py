"""From a draft to the outbox: who may be written to, when, and what stops it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlmodel import col

from tests import builders
from tests.builders import NOW, POSTAL_ADDRESS, WORDS
from webapp.articles import queries as articles
from webapp.articles.rules.frontmatter import Audience
from webapp.articles.service import publish
from webapp.campaigns import queries, rules
from webapp.campaigns.jobs import release_due
from webapp.campaigns.models import Campaign, CampaignLink, CampaignMessage
from webapp.campaigns.service import planning
from webapp.campaigns.service.composing import Composer, Sender
from webapp.campaigns.service.planning import Words
from webapp.channels.models import Outgoing, Suppression
from webapp.channels.queries import address_hash
from webapp.channels.service.sending import Go, Stop
from webapp.core.errors import Conflict, Invalid, Refused
from webapp.core.platform import Platform
from webapp.people.models import Account
from webapp.people.rules import AccountKind
from webapp.review import service as review
from webapp.review.rules import Meaning, ReviewRole
from webapp.sponsors.models import Company

LATER = NOW + timedelta(hours=1)
"""After the campaign's time."""
both_engines = pytest.mark.postgresql


@pytest.fixture
def sponsor(platform: Platform) -> Company:
    with platform.database.writing() as session:
        return builders.company(session, "Northwind")


@pytest.fixture
def landing(platform: Platform, app: Flask, tmp_path: Path) -> None:
    """The page that campaigns lead to, in English for the us. (`app`: pages hold addresses.)"""
    builders.landing_page(platform, tmp_path / "content")


@pytest.fixture
def draft(platform: Platform, landing: None, sponsor: Company) -> Campaign:
    return builders.campaign(platform, sponsor)


@pytest.fixture
def scheduled(platform: Platform, draft: Campaign) -> Campaign:
    builders.clear_campaign(platform, draft)
    builders.schedule_campaign(platform, draft)
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
            postal_address: str = POSTAL_ADDRESS) -> Go | Stop:
    composer = Composer(platform, Sender("Materia <news@materia.example>", postal_address))
    with platform.database.reading() as session:
        return composer.recheck(session, row, now)


def edit(platform: Platform, model: Any, **values: Any) -> None:
    with platform.database.writing() as session:
        session.execute(update(model).values(**values))


# Planning


@pytest.mark.parametrize(("words", "said"), [
    ({}, "no message"),
    ({"en": Words("Subject", "No link here.")}, "no link to the landing article"),
    ({"en": Words("", "[page](landing:)")}, "subject"),
    ({"en": Words("Two\r\nBcc: all@x.example", "[page](landing:)")}, "subject"),
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
        made = planning.submit(session, draft, [1], platform, NOW)
        signers = builders.reviewers(session)
        for role in (ReviewRole.MEDICAL, ReviewRole.LEGAL):
            review.sign(session, made, review.identify(signers[role], builders.PASSWORD), role=role,
                        meaning=Meaning.APPROVAL, digest=made.digest, now=NOW)
    with pytest.raises(Refused):
        builders.schedule_campaign(platform, draft)


EDITS = [
    (CampaignMessage, {"body": "Please **read** [the page](landing:)!"}),
    (CampaignMessage, {"subject": "A page for you."}),
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
        why = planning.why_not(session, queries.campaign(session, scheduled.id or 0), "", NOW)
    assert why is not None and "MATERIA_POSTAL_ADDRESS" in why
    builders.recipients(platform, sponsor, 1)
    release(platform, scheduled)
    assert recheck(platform, deliveries(platform)[0], postal_address="") == Stop("not-cleared")


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


def test_a_landing_article_that_was_withdrawn_stops_the_mail(platform: Platform, scheduled: Campaign,
                                                             sponsor: Company) -> None:
    builders.recipients(platform, sponsor, 1)
    release(platform, scheduled)
    with platform.database.reading() as session:
        numbers = [entry.document_id for entry in articles.live(session)]
        plan = publish.plan_withdrawal(platform, session, numbers, overviews=(), now=NOW)
    with platform.database.writing() as session:
        publish.carry_out(session, plan, NOW)
    assert recheck(platform, deliveries(platform)[0]) == Stop("not-cleared")


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
        builders.account(session, kind=AccountKind.HCP)
        inactive = builders.account(session, kind=AccountKind.HCP, is_active=False)
        builders.consent(session, inactive, sponsor)
        refused = builders.account(session, kind=AccountKind.HCP)
        builders.consent(session, refused, sponsor, is_granted=False)
        anothers = builders.account(session, kind=AccountKind.HCP)
        builders.consent(session, anothers, builders.company(session))
    assert release(platform, scheduled) == 3
    assert addressed(platform) == [person.id for person in chosen]


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
    edit(platform, Campaign, state="cancelled")
    assert recheck(platform, deliveries(platform)[0]) == Stop("campaign-cancelled")


@both_engines
def test_of_two_schedulers_one_releases(platform: Platform, scheduled: Campaign, sponsor: Company,
                                        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "SLICE", 3)
    builders.recipients(platform, sponsor, 10)
    with ThreadPoolExecutor(2) as pool:
        written = list(pool.map(lambda _: release(platform, scheduled), range(2)))
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
