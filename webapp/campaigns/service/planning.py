"""Plan a campaign, hand it to review, schedule it, release it into the outbox."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col

from webapp.articles import queries as articles
from webapp.articles.rules.digest import digest as canonical_digest
from webapp.articles.rules.shelf import path_of
from webapp.campaigns import queries, rules
from webapp.campaigns.models import Campaign, CampaignLink, CampaignMessage
from webapp.campaigns.rules import CampaignState
from webapp.channels import queries as channels
from webapp.channels.service import outbox
from webapp.core import markdown
from webapp.core.db import Database
from webapp.core.errors import Conflict, Invalid, Refused
from webapp.core.languages import Place, by_tag
from webapp.core.platform import Platform
from webapp.core.subject import Subject
from webapp.people import queries as people
from webapp.people.rules import AccountKind, Channel, Purpose
from webapp.policy import rules as policy
from webapp.review import service as review
from webapp.sponsors import queries as sponsors

SUBJECT = "campaign"
OCCURRENCE = "1"
"""A campaign is sent once."""
LANDING = "landing:"
"""What a message's Markdown writes for the landing article's address."""


@dataclass(frozen=True)
class Words:
    """A message in one language; the body is Markdown and links to `landing:` at least once."""

    subject: str
    body: str


@dataclass(frozen=True)
class NewCampaign:
    """What a campaign is planned from; `landing` is (kind, slug, audience) and `local_time` wall-clock in `zone`."""

    company_id: int
    name: str
    account_kind: AccountKind
    market: str
    words: dict[str, Words]
    landing: tuple[str, str, str]
    local_time: datetime
    zone: str
    is_simulated: bool = False


def subject(campaign_id: int) -> Subject:
    """How lower packages name a campaign."""
    return Subject(SUBJECT, campaign_id)


def plan(session: Session, new: NewCampaign, platform: Platform, now: datetime) -> Campaign:
    """A draft campaign with its messages and stored link targets.

    Invalid if there is no message, one cannot be mailed or does not link to the landing article, the zone is unknown,
    or the landing article is not published in one of the languages.
    """
    if not new.words:
        raise Invalid("The campaign has no message. Write it in one language at least.")
    try:
        moment = rules.send_at(new.local_time, new.zone)
    except ValueError as error:
        raise Invalid(str(error)) from None
    kind, slug, audience = new.landing
    campaign = Campaign(
        company_id=new.company_id, name=new.name, account_kind=new.account_kind, market=new.market,
        languages=sorted(new.words), landing_kind=kind, landing_slug=slug, landing_audience=audience,
        local_time=new.local_time.isoformat(timespec="minutes"), zone=new.zone, send_at=moment,
        is_simulated=new.is_simulated, created_at=now)
    session.add(campaign)
    session.flush()
    for language, words in sorted(new.words.items()):
        _add_message(session, campaign, language, words, platform)
    return campaign


def _add_message(session: Session, campaign: Campaign, language: str, words: Words, platform: Platform) -> None:
    _check_words(language, words)
    if _landing_document(session, campaign, language) is None:
        raise Invalid(f"The landing article {campaign.landing_slug} is not published in {language} for "
                      f"{campaign.market}. Publish it first, or leave the language out.")
    assert campaign.id is not None
    folder = "drugs" if campaign.landing_kind == "drug" else "diseases"
    target = path_of(f"{folder}/{campaign.landing_slug}", campaign.landing_audience,
                     Place(by_tag(language), campaign.market), platform.homes)
    session.add(CampaignMessage(campaign_id=campaign.id, language=language, subject=words.subject, body=words.body))
    session.add(CampaignLink(campaign_id=campaign.id, language=language, target=target))
    session.flush()


def _check_words(language: str, words: Words) -> None:
    if not words.subject.strip() or not words.subject.isprintable():
        raise Invalid(f"The {language} message needs a subject of one line, without control characters.")
    if f"]({LANDING})" not in words.body:
        raise Invalid(f"The {language} message has no link to the landing article. Write one as [text]({LANDING}).")
    refusal = markdown.refusal(words.body)
    if refusal is not None:
        raise Invalid(f"The {language} message, line {refusal.line}: {refusal.message}. {refusal.remedy}.")


def _landing_document(session: Session, campaign: Campaign, language: str) -> Any:
    return articles.live_document(session, kind=campaign.landing_kind, slug=campaign.landing_slug,
                                  audience=campaign.landing_audience, language=language, market=campaign.market)


def digest(session: Session, campaign: Campaign) -> str:
    """What review signs: words, links, landing, audience, time and sponsor. One byte changed gives another digest."""
    assert campaign.id is not None
    return canonical_digest({
        "v": 1, "kind": SUBJECT, "company": [campaign.company_id, company_name(session, campaign)],
        "name": campaign.name,
        "audience": [campaign.account_kind, campaign.market, *campaign.languages],
        "landing": [campaign.landing_kind, campaign.landing_slug, campaign.landing_audience],
        "time": [campaign.local_time, campaign.zone],
        "messages": [[message.language, message.subject, message.body,
                      *(link.target for link in queries.links(session, campaign.id, message.language))]
                     for message in queries.messages(session, campaign.id)]})


def submit(session: Session, campaign: Campaign, author_ids: Sequence[int], platform: Platform,
           now: datetime) -> review.Dossier:
    """Hands the campaign to medical, legal and regulatory review."""
    assert campaign.id is not None
    messages = queries.messages(session, campaign.id)
    source = "\n\n".join(f"[{message.language}] {message.subject}\n\n{message.body}" for message in messages)
    return review.submit(session, review.NewDossier(
        subject=subject(campaign.id), digest=digest(session, campaign), title=campaign.name,
        author_ids=tuple(author_ids), route="promotional", markets=(campaign.market,), audience=campaign.account_kind,
        source=source, body_html="", link=f"{platform.base_url}/sponsor/"), now)


def schedule(session: Session, campaign: Campaign, platform: Platform, postal_address: str, now: datetime) -> None:
    """Lets the campaign go at its time. Refused, saying why, unless it may be released as it stands."""
    if campaign.state != CampaignState.DRAFT:
        raise Conflict(f"The campaign is {campaign.state}; only a draft can be scheduled.")
    why = why_not(session, campaign, postal_address, now)
    if why is not None:
        raise Refused(why)
    campaign.state = CampaignState.SCHEDULED
    session.add(campaign)
    session.flush()


def why_not(session: Session, campaign: Campaign, postal_address: str, now: datetime) -> str | None:
    """Why the campaign may not go out, or None. Asked at scheduling, at release and before each send."""
    if not postal_address:
        return "Campaign mail must carry a postal address. Set MATERIA_POSTAL_ADDRESS."
    assert campaign.id is not None
    if not review.is_cleared(session, subject(campaign.id), digest(session, campaign), now):
        return "Review has not cleared the campaign as it stands. Submit it and have it signed."
    denied = policy_refusal(session, campaign, now)
    if denied is not None:
        return denied
    if any(_landing_document(session, campaign, language) is None for language in campaign.languages):
        return "The landing article is not published any more in every language of the campaign."
    return None


def policy_refusal(session: Session, campaign: Campaign, now: datetime) -> str | None:
    """Why policy does not let the campaign out, or None: a sponsor's mail promotes, and where it leads must be open to
    those it is written to. Accredited pages are gated, so none leads there (ACCME: sponsors recruit for no activity).
    """
    readers = f"{campaign.account_kind} accounts in market {campaign.market}"
    if not _allows(campaign, policy.ContentClass.PROMOTIONAL, policy.FundingKind.SPONSORED, now):
        return f"Policy does not let a sponsor write to {readers}."
    folder = "drugs" if campaign.landing_kind == "drug" else "diseases"
    for language in campaign.languages:
        entry = articles.live_at(session, (f"{folder}/{campaign.landing_slug}", campaign.landing_audience, language,
                                           campaign.market))
        if entry is not None and not _allows(campaign, entry.content_class, entry.funding, now):
            return (f"Policy does not let a sponsor lead {readers} to a page that is {entry.content_class}, "
                    f"{entry.funding}.")
    return None


def _allows(campaign: Campaign, content_class: str, funding: str, now: datetime) -> bool:
    audience = policy.Audience.HCP if campaign.account_kind == AccountKind.HCP else policy.Audience.PUBLIC
    return policy.decide(campaign.market, content_class, audience, funding,
                         now.date()).verdict is policy.Verdict.ALLOW


def release(database: Database, campaign_id: int, postal_address: str, now: datetime) -> int:
    """Writes the campaign's deliveries to the outbox, in slices with pauses, each a transaction of its own.

    Claimed by a conditional update, so that of two schedulers one does it; cut off, it goes on after the last account
    that the outbox has. Returns the deliveries written.
    """
    with database.writing() as session:
        campaign = queries.campaign(session, campaign_id)
        if campaign.state == CampaignState.SCHEDULED and not _claim(session, campaign, postal_address, now):
            return 0
    written = 0
    while True:
        with database.writing() as session:
            count, is_done = _release_slice(session, campaign_id, now)
        written += count
        if is_done:
            return written
        time.sleep(rules.PAUSE_SECONDS)


def _claim(session: Session, campaign: Campaign, postal_address: str, now: datetime) -> bool:
    why = why_not(session, campaign, postal_address, now)
    state = CampaignState.BLOCKED if why else CampaignState.RELEASING
    changed = session.execute(
        update(Campaign).where(col(Campaign.id) == campaign.id, col(Campaign.state) == str(CampaignState.SCHEDULED))
        .values(state=str(state), blocked_because=why or ""))
    return why is None and changed.rowcount == 1  # type: ignore[attr-defined]


def _release_slice(session: Session, campaign_id: int, now: datetime) -> tuple[int, bool]:
    campaign = queries.campaign(session, campaign_id)
    session.refresh(campaign, with_for_update=session.get_bind().dialect.name == "postgresql" or None)
    if campaign.state != CampaignState.RELEASING:
        return 0, True
    about = subject(campaign_id)
    audience = people.contactable(Purpose.COMPANY_MAIL, campaign.company_id, Channel.EMAIL,
                                  kind=AccountKind(campaign.account_kind), languages=campaign.languages,
                                  market=campaign.market)
    account_id = audience.selected_columns[0]
    through = channels.last_account_id(session, about, OCCURRENCE, Channel.EMAIL)
    following = audience.where(account_id > through).order_by(account_id).limit(rules.SLICE)
    count = outbox.add_from(session, following, subject=about, occurrence=OCCURRENCE, channel=Channel.EMAIL,
                            not_before=campaign.send_at, now=now)
    is_done = count < rules.SLICE
    if is_done:
        campaign.state, campaign.released_at = CampaignState.RELEASED, now
        session.add(campaign)
        session.flush()
    return count, is_done


def company_name(session: Session, campaign: Campaign) -> str:
    """The sponsor's name, as it stands in the mail."""
    return sponsors.company(session, campaign.company_id).name
