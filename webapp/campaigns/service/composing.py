"""Turns a delivery into a mail, or says why it may not go: the recheck that senders ask."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import parseaddr

from sqlmodel import Session

from webapp.campaigns import queries, rules
from webapp.campaigns.models import Campaign, CampaignMessage
from webapp.campaigns.rules import FOR_GOOD, StopReason
from webapp.campaigns.service import clicking, planning, wording
from webapp.channels import queries as channels
from webapp.channels.message import Letter, Template, UnmailableError, blank, compile_template
from webapp.channels.service.sending import Go, Outgoing, PutOff, Stop
from webapp.consents import queries as consents
from webapp.consents.rules.purposes import Purpose
from webapp.core.errors import N_
from webapp.core.languages import Language, by_tag
from webapp.core.platform import Platform
from webapp.core.render import show_date, translations
from webapp.people import queries as people
from webapp.people.rules import AccountKind
from webapp.review import service as review

log = logging.getLogger("materia.campaigns")

STANDING_HOLDS = timedelta(seconds=1)
"""How long a look at the campaign itself is good for: our choice; a withdrawn approval stops mails a second later.
Account, consent and suppression are asked for every mail."""
SPECIMEN = "specimen"


@dataclass(frozen=True)
class Sender:
    """Who campaign mail comes from. `mail_from` as `Name <address>`."""

    mail_from: str
    postal_address: str

    @property
    def name(self) -> str:
        """The display name."""
        return parseaddr(self.mail_from)[0]

    @property
    def address(self) -> str:
        """The address, which bounces come back to."""
        return parseaddr(self.mail_from)[1]


@dataclass(frozen=True)
class Standing:
    """What all mails of a campaign in one language share: whether they may go, their link and their words."""

    looked_at: datetime
    campaign: Campaign
    stop: StopReason | None = None
    """Why none may go."""
    link_key: str = ""
    template: Template | None = None


class Composer:
    """Composes campaign mail. A message is compiled once per campaign, language and digest, then filled."""

    def __init__(self, platform: Platform, sender: Sender) -> None:
        self._platform = platform
        self._sender = sender
        self._compiled: dict[tuple[int, str, str, datetime | None], Template] = {}
        self._standings: dict[tuple[int, str], Standing] = {}

    def recheck(self, session: Session, delivery: Outgoing, now: datetime) -> Go | Stop | PutOff:
        """Asked before each send: campaign, clearance, policy, account, consent, audience and address must still hold.

        What is wrong with the campaign or with our settings puts the delivery off, unless it is so for good.
        """
        standing = self._standing(session, delivery, now)
        if standing.stop in FOR_GOOD:
            return Stop(str(standing.stop))
        if standing.stop is not None:
            return PutOff(str(standing.stop), rules.put_off_until(standing.campaign.send_at, now))
        account = people.account(session, delivery.account_id)
        if account is None or not account.active:
            return Stop("no-account")
        code = _unsubscribe_code(session, delivery, standing.campaign)
        if code is None:
            return Stop(_personal_reason(session, delivery, standing.campaign))
        if channels.is_suppressed(session, account.email):
            return Stop("suppressed")
        assert standing.template is not None
        click = clicking.link_token(self._platform, standing.link_key, delivery.occurrence, now)
        return Go(account.email, self._sender.address, standing.template.fill(
            to=account.email, delivery_key=delivery.key, now=now, values={"unsubscribe": code, "click": click}))

    def _standing(self, session: Session, delivery: Outgoing, now: datetime) -> "Standing":
        key = (delivery.subject_id, delivery.language)
        held = self._standings.get(key)
        if held is None or abs(now - held.looked_at) >= STANDING_HOLDS:
            held = self._standings[key] = self._look(session, delivery, now)
        return held

    def _look(self, session: Session, delivery: Outgoing, now: datetime) -> "Standing":
        campaign = queries.campaign(session, delivery.subject_id)
        stop = planning.stop_reason(session, campaign, self._sender.postal_address, now)
        if stop is not None:
            return Standing(now, campaign, stop)
        link = queries.links(session, delivery.subject_id, delivery.language)[0]
        try:
            template = self._template(session, campaign, delivery.language, now)
        except UnmailableError as error:
            log.error("mail of campaign %s is put off: %s", campaign.key, error)
            return Standing(now, campaign, StopReason.UNMAILABLE)
        return Standing(now, campaign, None, link.key, template)

    def _template(self, session: Session, campaign: Campaign, language: str, now: datetime) -> Template:
        assert campaign.id is not None
        digest = planning.digest(session, campaign)
        until = review.expires_at(session, planning.subject(campaign.id), digest, now)
        key = (campaign.id, language, digest, until)
        if key not in self._compiled:
            self._compiled[key] = compile_template(self._composed(session, campaign, language, digest, until))
        return self._compiled[key]

    def specimen(self, session: Session, campaign: Campaign, language: str, at: datetime) -> Letter:
        """The mail as it left at that moment, to nobody: `SPECIMEN` stands where each recipient's own values went."""
        digest = planning.digest(session, campaign)
        until = review.expires_at(session, planning.subject(campaign.id or 0), digest, at)
        made = self._composed(session, campaign, language, digest, until)
        blanks = {blank(name): SPECIMEN for name in ("click", "unsubscribe")}
        return replace(made, text=_filled(made.text, blanks), html=_filled(made.html or "", blanks))

    def _composed(self, session: Session, campaign: Campaign, language: str, digest: str,
                  until: datetime | None) -> Letter:
        number = campaign.id or 0
        message = next(entry for entry in queries.messages(session, number) if entry.language == language)
        company = planning.company_name(session, campaign)
        material = review.material_id(session, planning.subject(number))
        return self._letter(campaign, message, company, _imprint(campaign, material, digest, until, by_tag(language)))

    def _letter(self, campaign: Campaign, message: CampaignMessage, company: str, imprint: str) -> Letter:
        language = by_tag(message.language)
        words = translations(language).gettext
        base = self._platform.base_url
        context = {
            "subject": message.subject, "sponsor": {"name": company},
            "sent_by": _sent_by(self._sender, company, language),
            "is_simulated": self._platform.is_demo, "article_url": f"{base}/c/{blank('click')}",
            "article_label": words("Read the page"), "unsubscribe_url": f"{base}/u/{blank('unsubscribe')}",
            "why": words("You get this mail because you agreed to mails from %(company)s.") % {"company": company},
            "body_html": wording.html(message.body, f"{base}/c/{blank('click')}"),
            "body_text": wording.text(message.body), "statements": message.mandatory_texts or (), "imprint": imprint}
        render = self._platform.renderer.render
        domain = self._sender.address.rpartition("@")[2]
        return Letter(
            sender_name=self._sender.name, sender_address=self._sender.address, subject=message.subject,
            text=render("campaigns/mail/campaign/body.txt", language, **context),
            html=render("campaigns/mail/campaign/body.html", language, **context),
            unsubscribe_url=f"{base}/u/{blank('unsubscribe')}", list_name=company,
            list_id=f"c{campaign.company_id}.campaigns.{domain}", feedback_id=f"{campaign.key[:12]}::mail:materia")


def _filled(text: str, values: Mapping[str, str]) -> str:
    for mark, value in values.items():
        text = text.replace(mark, value)
    return text


def _sent_by(sender: Sender, company: str, language: Language) -> str:
    """The line that tells who sends for whom. The postal address is the operator's, never the company's."""
    told = {"sender": sender.name, "company": company, "address": sender.postal_address}
    return translations(language).gettext(
        N_("Sent by %(sender)s for %(company)s. Address of %(sender)s: %(address)s") if sender.name else
        N_("Sent for %(company)s. The sender’s address: %(address)s")) % told


def _imprint(campaign: Campaign, material: str, digest: str, until: datetime | None, language: Language) -> str:
    """The line that tells which text this is: its material ID and version, when it was prepared and how long it is
    approved."""
    words = translations(language).gettext
    told = {"material": material, "version": digest[:8], "prepared": show_date(campaign.created_at, language),
            "until": show_date(until, language) if until else ""}
    return words(N_("%(material)s, version %(version)s. Prepared %(prepared)s. Approved until %(until)s.") if until else
                 N_("%(material)s, version %(version)s. Prepared %(prepared)s.")) % told


def _unsubscribe_code(session: Session, delivery: Outgoing, campaign: Campaign) -> str | None:
    """The person's code, if the campaign's audience at this moment still has the person, in the mail's language."""
    audience = consents.contactable(campaign.company_id, kind=AccountKind(campaign.account_kind),
                                    languages=[delivery.language], market=campaign.market)
    account_id, _, code = audience.selected_columns
    return session.scalar(audience.with_only_columns(code).where(account_id == delivery.account_id))


def _personal_reason(session: Session, delivery: Outgoing, campaign: Campaign) -> str:
    consent = consents.state(session, delivery.account_id, Purpose.COMPANY_MAIL, campaign.company_id)
    return "not-in-audience" if consent is not None and consent.is_granted else "consent-withdrawn"
