"""Hands a campaign to review as it will be read, and gives it another time, for which review is asked anew."""

import re
from collections.abc import Sequence
from datetime import datetime

from markupsafe import Markup
from sqlmodel import Session

from webapp.campaigns import queries, rules
from webapp.campaigns.models import Campaign, CampaignMessage
from webapp.campaigns.rules import CampaignState, StopReason
from webapp.campaigns.service import claiming, planning
from webapp.campaigns.service.composing import SPECIMEN, Composer, Sender
from webapp.core.errors import N_, Conflict, Invalid, Refused
from webapp.core.languages import by_tag
from webapp.core.markdown.renderer import sanitise
from webapp.core.platform import Platform
from webapp.review import queries as dossiers
from webapp.review import service as review

_BODY = re.compile(r"<body\b[^>]*>(.*)</body>", re.DOTALL)
_LAYOUT = re.compile(r"</?(?:table|tr|td)\b[^>]*>")
"""A letter is laid out by tables, as mail programs need it; it holds none else."""
_TITLE = re.compile(r"<(/?)h1\b[^>]*>")


def submit(session: Session, campaign: Campaign, author_ids: Sequence[int], platform: Platform,
           now: datetime) -> review.Dossier:
    """Hands the campaign to medical, legal and regulatory review: the letters as they will be read, and what is signed
    with them."""
    assert campaign.id is not None
    planning.put_texts(session, campaign)
    about = planning.subject(campaign.id)
    review.hold(session, about, now)  # allots the material ID, which the letters print
    messages, facts = queries.messages(session, campaign.id), _facts(session, campaign, platform)
    told = "\n".join(f"{name}: {value}" for name, value in facts)
    return review.submit(session, review.NewDossier(
        subject=about, digest=planning.digest(session, campaign), title=campaign.name,
        author_ids=tuple(author_ids), route="promotional", markets=(campaign.market,), audience=campaign.account_kind,
        source="\n\n".join([*map(_source, messages), told]), facts=facts, link="",
        body_html="".join(_letter(session, campaign, message, platform, now) for message in messages)), now)


def _source(message: CampaignMessage) -> str:
    return "\n\n".join([f"[{message.language}] {message.subject}", message.body + claiming.told(message.claims),
                        *(message.mandatory_texts or ())])


def _facts(session: Session, campaign: Campaign, platform: Platform) -> tuple[tuple[str, str], ...]:
    """What is not in the words: each with its name for the catalogue."""
    local = f"{campaign.local_time.replace('T', ' ')} {campaign.zone}"
    utc = f"{campaign.send_at:%Y-%m-%d %H:%M} UTC"
    pages = [_page(session, campaign, language, platform) for language in campaign.languages]
    found = ((N_("Company"), planning.company_name(session, campaign)),
             (N_("Languages"), " · ".join(by_tag(language).name for language in campaign.languages)),
             (N_("Goes out"), local if local == utc else f"{local} · {utc}"),
             (N_("From"), platform.mail_from), (N_("Leads to"), " · ".join(pages)))
    return tuple((name, value) for name, value in found if value)


def _page(session: Session, campaign: Campaign, language: str, platform: Platform) -> str:
    return platform.base_url + queries.links(session, campaign.id or 0, language)[0].target


def _letter(session: Session, campaign: Campaign, message: CampaignMessage, platform: Platform, now: datetime) -> str:
    """A letter as review pages show it: all its words, its links to the page it leads to, and no way to unsubscribe
    anybody."""
    sender = Sender(platform.mail_from, platform.postal_address)
    made = Composer(platform, sender).specimen(session, campaign, message.language, now)
    click, leave = (f"{platform.base_url}/{folder}/{SPECIMEN}" for folder in ("c", "u"))
    page = _page(session, campaign, message.language, platform)
    body = _BODY.search(made.html or "")
    words = _TITLE.sub(r"<\1h4>", _LAYOUT.sub("\n", body[1] if body else ""))
    words = words.replace(f'href="{click}"', f'href="{page}"').replace(f'href="{leave}"', "")
    return platform.renderer.render(
        "campaigns/letter.html", by_tag(message.language), sender=platform.mail_from, subject=made.subject,
        words=Markup(sanitise(words)), text=made.text.replace(click, page))


def reschedule(session: Session, campaign_id: int, when: datetime, platform: Platform, postal_address: str,
               now: datetime) -> bool:
    """Gives a scheduled or blocked campaign another time, for which review is asked anew. Returns whether it is cleared
    already; if not, it goes at its time only if review has signed by then, and is blocked otherwise.

    Conflict in any other state, Invalid for a time that has passed, Refused while anything but clearance is in its way.
    """
    campaign = queries.held(session, campaign_id)
    if campaign.state not in rules.RESCHEDULABLE:
        raise Conflict(f"The campaign is {campaign.state}; only one that is scheduled or blocked gets another time.")
    if when <= now:
        raise Invalid(f"{when.isoformat()} has passed. Give a time to come.")
    earlier = dossiers.newest(session, planning.subject(campaign_id))
    campaign.state, campaign.blocked_because = CampaignState.SCHEDULED, ""
    planning.set_time(session, campaign, when)
    in_the_way = list(planning.hindrances(session, campaign, postal_address, now))
    for reason, sentence in in_the_way:
        if reason is not StopReason.NOT_CLEARED:
            raise Refused(sentence)
    if in_the_way:
        submit(session, campaign, earlier.author_ids if earlier else (), platform, now)
    return not in_the_way
