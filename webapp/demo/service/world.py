"""Accounts, the sponsor, publication, campaigns."""

import secrets
from base64 import b32encode
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from passlib.totp import TOTP  # type: ignore[import-untyped]
from sqlmodel import Session

from webapp.articles import queries as articles
from webapp.articles.rules.shelf import Entry
from webapp.articles.service import frames, publish
from webapp.articles.service.pages import OverviewMaker
from webapp.campaigns import queries as campaigns
from webapp.campaigns.queries import Campaign
from webapp.campaigns.rules import CampaignState
from webapp.campaigns.service import planning, submitting
from webapp.campaigns.service.planning import NewCampaign
from webapp.campaigns.service.wording import Words
from webapp.channels.service import outbox
from webapp.consents import service as consents
from webapp.consents.rules import wordings
from webapp.consents.rules.purposes import Purpose
from webapp.core.audit import COMMAND_LINE, By
from webapp.core.platform import Platform
from webapp.core.subject import Subject
from webapp.demo import rules
from webapp.demo.rules import CAST, COMPANY
from webapp.demo.service import doctors
from webapp.people import queries as people
from webapp.people import service as people_service
from webapp.people.rules import SPONSOR_ROLES, AccountKind, Role, needs_second_factor
from webapp.people.service import NewAccount, hash_password
from webapp.review import queries as dossiers
from webapp.review import service as review
from webapp.review.rules import CommentKind, Meaning, ReviewRole
from webapp.review.service import discussing
from webapp.safety import queries as safety
from webapp.safety.service import desks
from webapp.safety.service.desks import NewDesk, Way
from webapp.sponsors import queries as sponsor_queries
from webapp.sponsors import service as sponsors

Passwords = Mapping[str, str]
"""E-mail -> password of the cast."""


def new_passwords() -> dict[str, str]:
    """A fresh password for each of the cast, and an authenticator's secret for those who need one."""
    made = {person.email: secrets.token_urlsafe(9) for person in CAST}
    needing = [person.email for person in CAST if needs_second_factor([person.role])]
    return made | {rules.totp_of(email): b32encode(secrets.token_bytes(20)).decode() for email in needing}


def present_code(secret: str) -> str:
    """What an authenticator with this secret shows now; empty without one."""
    return str(TOTP(key=secret).generate().token) if secret else ""


def add_cast(platform: Platform, passwords: Passwords, now: datetime) -> None:
    """The sponsor, its brand, and one account per role."""
    with platform.database.reading() as session:
        missing = [person for person in CAST if people.account_by_email(session, person.email) is None]
    with ThreadPoolExecutor() as pool:  # hashing is slow by intent, and takes a core without Python's lock
        hashes = dict(zip((person.email for person in missing),
                          pool.map(hash_password, (passwords[person.email] for person in missing)), strict=True))
    signed_from = now - timedelta(days=60)  # the simulated campaign was signed before the demo's first start
    with platform.database.writing() as session:
        company = sponsors.add_company(session, COMPANY, is_fictional=True)
        sponsors.add_brand(session, company, *rules.BRAND)
        open_desk(session, now)
        for person in missing:
            account = people_service.add_account(session, NewAccount(
                person.email, hashes[person.email], person.name, person.kind, person.language, person.market,
                is_fictional=True, is_adult=True), now)
            if needs_second_factor([person.role]):
                people_service.set_totp(account, passwords[rules.totp_of(person.email)], platform.ring)
                people_service.verify_identity(session, account, "Olli Operator (fictional)", signed_from)
                people_service.record_training(session, account, "Signing (fictional)", signed_from)
            if person.role is not Role.HCP:  # that one is verified, below
                people_service.grant(session, account, person.role,
                                     company.id if person.role in SPONSOR_ROLES else None,
                                     by=By(COMMAND_LINE, now))
            if person.kind is AccountKind.HCP and company.id is not None:
                _agree_to_mail(session, account, company.id, now)
    doctors.verify(platform, _email(Role.HCP), now)


def open_desk(session: Session, now: datetime) -> None:
    """The company takes cases on its medicine, so that the whole way of a side effect can be seen."""
    product, market, address = rules.DESK
    if not safety.had_desk(session, product, market):
        desks.open_desk(session, NewDesk(COMPANY, product, market, Way.MAILBOX, address), By(COMMAND_LINE, now))


def add_recipients(platform: Platform, now: datetime) -> None:
    """Fictional professionals, taken as verified, who agreed to the company's mail; nobody can sign in as one."""
    with platform.database.writing() as session:
        if people.account_by_email(session, rules.recipient(1)) is not None:
            return
        company = sponsor_queries.company_named(session, COMPANY)
        assert company is not None and company.id is not None
        made = []
        for number in range(1, rules.RECIPIENTS + 1):
            account = people_service.add_account(session, NewAccount(
                rules.recipient(number), "", f"Recipient {number} (fictional)", AccountKind.HCP,
                "zh-Hans" if number % 4 == 0 else "en", rules.MARKET, is_fictional=True, is_adult=True), now)
            _agree_to_mail(session, account, company.id, now)
            made.append(account)
        people_service.grant_new(session, made, Role.HCP, by=By(COMMAND_LINE, now))


def _agree_to_mail(session: Session, account: people.Account, company_id: int, now: datetime) -> None:
    consents.record(session, account, Purpose.COMPANY_MAIL, company_id, is_granted=True, place="demo", now=now,
                    words=wordings.newest(Purpose.COMPANY_MAIL, account.language))


def publish_everything(platform: Platform, passwords: Passwords, overviews: tuple[OverviewMaker, ...],
                       now: datetime) -> int:
    """Signs the brand's piece through review, publishes all that may be, as the command does, then leaves a page for
    whoever comes to review. Returns the pages published."""
    with platform.database.reading() as session:
        promotional = [entry for entry in articles.waiting(session)
                       if entry.content_class == "promotional" and _is_as_shipped(session, entry)]
    for entry in promotional:
        _sign_article(platform, entry, passwords, now)
    with platform.database.reading() as session:
        ready, _ = publish.sort_out(platform, session, now)
        planned = publish.plan(platform, session, ready, overviews=overviews, now=now) if ready else None
    if planned is not None:
        with platform.database.writing() as session:
            publish.carry_out(session, planned, now)
            frames.note(session, platform)
    _leave_for_review(platform, now)
    return len(ready)


def _is_as_shipped(session: Session, entry: Entry) -> bool:
    """Whether it is the first text of its page, which an earlier start may have handed in: a later one is a writer's,
    and waits for signatures of whoever plays the reviewers."""
    newest = dossiers.newest(session, entry.subject)
    return newest is None or (newest.version == 1 and newest.digest == entry.digest)


def _sign_article(platform: Platform, entry: Entry, passwords: Passwords, now: datetime) -> None:
    with platform.database.writing() as session:
        dossier = _hand_in(session, platform, entry, "promotional", now)
    _sign(platform, dossier, passwords, now)


def _leave_for_review(platform: Platform, now: datetime) -> None:
    """Hands a published page in that nobody signs, with a comment on it, so that reviewers who come find something to
    do: once, since it stays up as a sample while they look at it."""
    with platform.database.writing() as session:
        entry = next((entry for entry in articles.live(session) if (
            entry.address, entry.audience, entry.language, entry.market) == rules.LEFT_FOR_REVIEW), None)
        if entry is None or review.material_id(session, entry.subject):
            return
        dossier = _hand_in(session, platform, entry, "full", now)
        medic = people.account_by_email(session, _email(Role.MEDICAL_REVIEWER))
        if medic is not None and not dossiers.comments(session, entry.subject, dossier.version):
            discussing.comment(session, dossier, medic, CommentKind.MUST, rules.REVIEW_COMMENT, "", now)


def _hand_in(session: Session, platform: Platform, entry: Entry, route: str, now: datetime) -> review.Dossier:
    revision = articles.revisions(session, [entry.revision_id])[entry.revision_id]
    writer = people.account_by_email(session, _email(Role.WRITER))
    assert writer is not None and writer.id is not None
    return review.submit(session, review.NewDossier(
        subject=entry.subject, digest=entry.digest, title=entry.title, author_ids=(writer.id,), route=route,
        markets=(entry.market,), audience=entry.audience, source=revision.source, body_html=revision.body_html,
        link=f"{platform.base_url}/", claims=tuple(revision.claims or ())), now)


def _sign(platform: Platform, dossier: review.Dossier, passwords: Passwords, now: datetime) -> None:
    """All signatures in one transaction, so that a start that was cut off leaves all of them or none."""
    with platform.database.reading() as session:
        if review.is_cleared(session, Subject(dossier.subject_kind, dossier.subject_id), dossier.digest, now):
            return
        emails = {role: _email(Role(f"reviewer-{role}")) for role in ReviewRole}
        accounts = {role: people.account_by_email(session, email) for role, email in emails.items()}
    signers = {role: review.identify(account, passwords[emails[role]])
               for role, account in accounts.items() if account is not None}
    with platform.database.writing() as session:
        for role, signer in signers.items():
            review.sign(session, dossier, signer, role=role, meaning=Meaning.APPROVAL, digest=dossier.digest, now=now)


def _email(role: Role) -> str:
    return next(person.email for person in CAST if person.role is role)


def schedule_campaign(platform: Platform, passwords: Passwords, name: str, send_at: datetime, *,
                      is_simulated: bool, now: datetime) -> Campaign:
    """Plans, signs and schedules a campaign of the fictional sponsor, or goes on where an earlier start was cut off;
    one that is scheduled stays as it is."""
    with platform.database.writing() as session:
        company = sponsor_queries.company_named(session, COMPANY)
        marketer = people.account_by_email(session, _email(Role.MARKETER))
        assert company is not None and company.id is not None and marketer is not None and marketer.id is not None
        campaign = campaigns.named(session, company.id, name) or planning.plan(session, NewCampaign(
            company_id=company.id, name=name, account_kind=AccountKind.HCP, market=rules.MARKET,
            words={language: Words(*words) for language, words in rules.WORDS.items()}, landing=rules.LANDING,
            local_time=send_at.replace(tzinfo=None), zone="UTC", is_simulated=is_simulated), platform, now)
        if campaign.state != CampaignState.DRAFT:
            return campaign
        if campaign.send_at < now:  # of a start that was cut off
            planning.set_time(session, campaign, send_at)
        dossier = submitting.submit(session, campaign, [marketer.id], platform, now)
    _sign(platform, dossier, passwords, now)
    with platform.database.writing() as session:
        campaign = campaigns.campaign(session, campaign.id or 0)
        planning.schedule(session, campaign, platform, rules.POSTAL_ADDRESS, now)
    return campaign


def play_past_campaign(platform: Platform, passwords: Passwords, send_at: datetime) -> Campaign:
    """The simulated campaign: released by the real code as of then; its mails are marked sent, and none is."""
    campaign = schedule_campaign(platform, passwords, rules.PAST_CAMPAIGN, send_at, is_simulated=True,
                                 now=send_at - timedelta(days=1))
    assert campaign.id is not None
    planning.release(platform.database, campaign.id, rules.POSTAL_ADDRESS, send_at)
    with platform.database.writing() as session:
        outbox.mark_simulated(session, planning.subject(campaign.id), send_at)
    return campaign
