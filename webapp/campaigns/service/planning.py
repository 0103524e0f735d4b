"""Plan a campaign, schedule it, release it, call it off."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session

from webapp.articles import queries as articles
from webapp.articles.rules.digest import digest as canonical_digest
from webapp.articles.rules.frontmatter import Kind
from webapp.articles.rules.shelf import Entry, path_of
from webapp.campaigns import queries, rules
from webapp.campaigns.models import Campaign, CampaignLink, CampaignMessage
from webapp.campaigns.rules import CampaignState, Hindrance, StopReason
from webapp.campaigns.service import claiming, wording
from webapp.campaigns.service.wording import Words
from webapp.channels import queries as channels
from webapp.channels.rules import FINAL_STATES, Channel, DeliveryState
from webapp.channels.service import outbox
from webapp.consents import queries as consents
from webapp.core import audit
from webapp.core.audit import By
from webapp.core.db import Database
from webapp.core.errors import N_, Conflict, Invalid, Refused, said
from webapp.core.languages import Place, by_tag
from webapp.core.platform import Platform
from webapp.core.subject import Subject
from webapp.core.zones import moment_of
from webapp.people.rules import AccountKind
from webapp.policy import rules as policy
from webapp.review import service as review
from webapp.sponsors import queries as sponsors

SUBJECT = "campaign"
OCCURRENCE = "1"
"""A campaign is sent once."""


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

    Invalid if its name is none, there is no message, one cannot be mailed or does not link to the landing article, the
    zone is unknown, the time has passed, or the landing article is not published in one of the languages.
    """
    if not new.name.strip() or not new.name.isprintable() or len(new.name) > rules.NAME_LENGTH:
        raise Invalid(said("A campaign needs a name of one line and at most %(most)s characters. Give it one.",
                           most=rules.NAME_LENGTH))
    if not new.words:
        raise Invalid(N_("The campaign has no message. Write it in one language at least."))
    moment = _moment(new, now)
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
    put_texts(session, campaign)
    return campaign


def _moment(new: NewCampaign, now: datetime) -> datetime:
    try:
        moment = moment_of(new.local_time, new.zone)
    except ValueError as error:
        raise Invalid(str(error)) from None
    _check_time(moment, now)
    return moment


def _check_time(moment: datetime, now: datetime) -> None:
    if moment < now:
        raise Invalid(said("The campaign’s time, %(when)s UTC, has passed. Plan it for a time to come.",
                           when=f"{moment:%Y-%m-%d %H:%M}"))


def set_time(session: Session, campaign: Campaign, when: datetime) -> None:
    """Gives the campaign another time, as its own zone's clock says it. It is another campaign to review."""
    local = when.astimezone(ZoneInfo(campaign.zone)).replace(tzinfo=None)
    campaign.local_time, campaign.send_at = local.isoformat(timespec="minutes"), when
    put_texts(session, campaign)


def _add_message(session: Session, campaign: Campaign, language: str, words: Words, platform: Platform) -> None:
    wording.check(language, words)
    if landing(session, campaign, language) is None:
        raise Invalid(f"The landing article {campaign.landing_slug} is not published in {language} for "
                      f"{campaign.market}. Publish it first, or leave the language out.")
    assert campaign.id is not None
    body, claims = claiming.say(session, campaign, language, words.body)
    target = path_of(f"{Kind(campaign.landing_kind).folder}/{campaign.landing_slug}", campaign.landing_audience,
                     Place(by_tag(language), campaign.market), platform.homes)
    session.add(CampaignMessage(campaign_id=campaign.id, language=language, subject=words.subject, body=body,
                                claims=claims))
    session.add(CampaignLink(campaign_id=campaign.id, language=language, target=target))
    session.flush()


def _owed(session: Session, campaign: Campaign, language: str) -> list[str]:
    """Policy's sentences for a message in its language. Everybody whom it is written to is in the campaign's one
    market. They are worded as on the day that it goes: it is signed before that."""
    on = campaign.send_at.date()
    ruling = _ruling(campaign, policy.ContentClass.PROMOTIONAL, policy.FundingKind.SPONSORED, on)
    return list(policy.mandatory_texts_of_mail(ruling, language, company_name(session, campaign), on))


def put_texts(session: Session, campaign: Campaign) -> None:
    """Makes the messages say what policy asks of them, as whoever signs will read it."""
    for message in queries.messages(session, campaign.id or 0):
        message.mandatory_texts = _owed(session, campaign, message.language)
    session.flush()


def digest(session: Session, campaign: Campaign) -> str:
    """What review signs: words, policy's sentences, links, landing, audience, time and sponsor. One byte changed gives
    another digest."""
    assert campaign.id is not None
    return canonical_digest({
        "v": 1, "kind": SUBJECT, "company": [campaign.company_id, company_name(session, campaign)],
        "name": campaign.name,
        "audience": [campaign.account_kind, campaign.market, *campaign.languages],
        "landing": [campaign.landing_kind, campaign.landing_slug, campaign.landing_audience],
        "time": [campaign.local_time, campaign.zone],
        "messages": [[message.language, message.subject, message.body,
                      *(link.target for link in queries.links(session, campaign.id, message.language)),
                      *([message.claims] if message.claims else []),
                      *([{"mandatory": message.mandatory_texts}] if message.mandatory_texts is not None else [])]
                     for message in queries.messages(session, campaign.id)]})


def schedule(session: Session, campaign: Campaign, platform: Platform, postal_address: str, now: datetime) -> None:
    """Lets the campaign go at its time. Invalid once that has passed; Refused, saying why, unless it may be released as
    it stands."""
    if campaign.state != CampaignState.DRAFT:
        raise Conflict(f"The campaign is {campaign.state}; only a draft can be scheduled.")
    _check_time(campaign.send_at, now)
    why = next(hindrances(session, campaign, postal_address, now), None)
    if why is not None:
        raise Refused(why.sentence)
    campaign.state = CampaignState.SCHEDULED
    session.add(campaign)
    session.flush()


def cancel(session: Session, campaign_id: int, by: By) -> None:
    """Calls a campaign off: it is not released, and of what is in the outbox nothing more is sent. Conflict if it is
    cancelled already, or all its mail has left."""
    campaign = queries.held(session, campaign_id)
    if campaign.state not in rules.CANCELLABLE:
        raise Conflict(f"The campaign is {campaign.state} already.")
    waiting = channels.states(session, subject(campaign_id)).keys() - FINAL_STATES - {DeliveryState.UNKNOWN}
    if campaign.state == CampaignState.RELEASED and not waiting:
        raise Conflict(N_("All mail of the campaign has left or has ended. There is nothing to call off."))
    campaign.state = CampaignState.CANCELLED
    session.flush()
    audit.record(session, by, "campaign-cancelled", subject(campaign_id))


def hindrances(session: Session, campaign: Campaign, postal_address: str, now: datetime) -> Iterator[Hindrance]:
    """Everything that keeps the campaign from going out. Asked at scheduling, at release and before each send."""
    if not postal_address:
        yield Hindrance(StopReason.NO_POSTAL_ADDRESS, N_("Campaign mail must carry a postal address and a sender. Set "
                                                         "MATERIA_POSTAL_ADDRESS and MATERIA_MAIL_FROM."))
    assert campaign.id is not None
    if not review.is_cleared(session, subject(campaign.id), digest(session, campaign), now):
        yield Hindrance(StopReason.NOT_CLEARED, N_("Review has not cleared the campaign as it stands. Submit it and "
                                                   "have it signed."))
    # To tell professionals from the public is the audience's part: `contactable` takes only those verified.
    denied = policy_refusal(session, campaign, now)
    if denied is not None:
        yield Hindrance(StopReason.POLICY, denied)
    elif any(message.mandatory_texts != _owed(session, campaign, message.language)
             for message in queries.messages(session, campaign.id)):
        yield Hindrance(StopReason.STATEMENTS, N_("The messages do not say what policy asks of them on their day. Hand "
                                                  "the campaign in for review anew, or give it another time."))
    landings = [landing(session, campaign, language) for language in campaign.languages]
    if None in landings:
        yield Hindrance(StopReason.NO_LANDING_PAGE, N_("The landing article is not published any more in every "
                                                       "language of the campaign. Publish it."))
    if any(entry and entry.clearance == "review" and not review.is_cleared(session, entry.subject, entry.digest, now)
           for entry in landings):
        yield Hindrance(StopReason.LANDING_LAPSED, N_("The approval of the landing article has ended. Have it signed "
                                                      "anew."))


def stop_reason(session: Session, campaign: Campaign, postal_address: str, now: datetime) -> StopReason | None:
    """Why no mail of the campaign may be sent now, or None; `rules.FOR_GOOD` tells whether it may be later."""
    if campaign.state == CampaignState.CANCELLED:
        return StopReason.CANCELLED
    if campaign.state not in (CampaignState.RELEASING, CampaignState.RELEASED):
        return StopReason.NOT_RELEASED
    reasons = [hindrance.reason for hindrance in hindrances(session, campaign, postal_address, now)]
    if now - campaign.send_at > rules.LATEST_MAIL:
        reasons.append(StopReason.TOO_LATE)
    return rules.gravest(reasons)


def policy_refusal(session: Session, campaign: Campaign, now: datetime) -> str | None:
    """Why policy does not let the campaign out, or None: a sponsor's mail promotes, and where it leads must be open to
    those it is written to. Accredited pages are gated, so none leads there (ACCME: sponsors recruit for no activity).
    """
    on = now.date()
    if not _allows(campaign, policy.ContentClass.PROMOTIONAL, policy.FundingKind.SPONSORED, on):
        return N_("Policy does not let a sponsor write to the campaign's audience in its market.")
    for language in campaign.languages:
        entry = landing(session, campaign, language)
        if entry is not None and not _allows(campaign, entry.content_class, entry.funding, on):
            return N_("Policy does not let a sponsor lead the campaign's audience to its landing article.")
    return None


def landing(session: Session, campaign: Campaign, language: str) -> Entry | None:
    """The published page that a campaign leads to in a language."""
    address = f"{Kind(campaign.landing_kind).folder}/{campaign.landing_slug}"
    return articles.live_at(session, (address, campaign.landing_audience, language, campaign.market))


def _allows(campaign: Campaign, content_class: str, funding: str, on: date) -> bool:
    return _ruling(campaign, content_class, funding, on).verdict is policy.Verdict.ALLOW


def _ruling(campaign: Campaign, content_class: str, funding: str, on: date) -> policy.Ruling:
    audience = policy.Audience.HCP if campaign.account_kind == AccountKind.HCP else policy.Audience.PUBLIC
    return policy.decide(campaign.market, content_class, audience, funding, on)


def release(database: Database, campaign_id: int, postal_address: str, now: datetime) -> int:
    """Writes the campaign's deliveries to the outbox, in slices with pauses, each a transaction of its own.

    Claimed under a lock, so that of two schedulers one does it; cut off, it goes on after the last account that the
    outbox has. Blocked, saying why, if something is in its way. Returns the deliveries written.
    """
    with database.writing() as session:
        is_claimed = _claim(session, campaign_id, postal_address, now)
    written, is_done = 0, not is_claimed
    while not is_done:
        with database.writing_again() as session:
            count, is_done = _release_slice(session, campaign_id, now)
        written += count
        if not is_done:
            time.sleep(rules.PAUSE_SECONDS)
    return written


def _claim(session: Session, campaign_id: int, postal_address: str, now: datetime) -> bool:
    campaign = queries.held(session, campaign_id)
    if campaign.state not in (CampaignState.SCHEDULED, CampaignState.RELEASING) or campaign.send_at > now:
        return False
    why = _too_late(campaign, now) or next(hindrances(session, campaign, postal_address, now), None)
    campaign.state = CampaignState.BLOCKED if why else CampaignState.RELEASING
    campaign.blocked_because = why.sentence if why else ""
    session.flush()
    return why is None


def _too_late(campaign: Campaign, now: datetime) -> Hindrance | None:
    if now - campaign.send_at <= rules.LATEST_RELEASE:
        return None
    return Hindrance(StopReason.TOO_LATE, N_("Its time passed more than a day before it could be released. Give it "
                                             "another time."))


def block(session: Session, campaign_id: int, because: str) -> None:
    """Takes a campaign that cannot be released out of the schedule, until it gets another time."""
    campaign = queries.held(session, campaign_id)
    if campaign.state in (CampaignState.SCHEDULED, CampaignState.RELEASING):
        campaign.state, campaign.blocked_because = CampaignState.BLOCKED, because
        session.flush()


def _release_slice(session: Session, campaign_id: int, now: datetime) -> tuple[int, bool]:
    campaign = queries.held(session, campaign_id)
    if campaign.state != CampaignState.RELEASING:
        return 0, True
    about = subject(campaign_id)
    audience = consents.contactable(campaign.company_id, kind=AccountKind(campaign.account_kind),
                                    languages=campaign.languages, market=campaign.market)
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
