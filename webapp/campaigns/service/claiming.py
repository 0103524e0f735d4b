"""Claims in campaign messages: filled in when a campaign is planned, and looked at again when a label changes.

`{claim: id}` stands for an approved wording of the claims of the medicine that the campaign leads to. What it cites
follows at the end; the label section it leans on is signed with the message. A newer label that does not say the same
there stops no mail: it asks somebody to look, and to call the campaign off if it does not hold any more.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from webapp.articles import queries as articles
from webapp.articles.rules.claims import Claims, ClaimsFile
from webapp.articles.rules.frontmatter import Kind, MarketFile
from webapp.articles.rules.slots import Filled, fill
from webapp.articles.service import labels, leaning
from webapp.articles.service.documents import ClaimUse
from webapp.articles.service.folder import read_claims
from webapp.articles.service.labels import Changed
from webapp.campaigns import queries
from webapp.campaigns.models import Campaign, LabelLook
from webapp.campaigns.queries import Leaning
from webapp.core import audit
from webapp.core.audit import By
from webapp.core.differences import Hunk
from webapp.core.differences import changes as changes_between
from webapp.core.errors import N_, Invalid, NotFound
from webapp.core.languages import by_tag
from webapp.core.render import translations
from webapp.core.subject import Subject
from webapp.medicines import queries as medicines
from webapp.review.service.reminding import SourceChange

PATH = "/desk/labels/mail"
_CLAIM = "{claim:"
_CITED = re.compile(r" ?\[@[^\]]*\]")


def say(session: Session, campaign: Campaign, language: str, body: str) -> tuple[str, list[dict[str, Any]] | None]:
    """The body with its claims' wordings and what they cite, and the claims. Invalid for a claim that is not there, or
    not in this language or market."""
    if _CLAIM not in body:
        return body, None
    if campaign.landing_kind != Kind.DRUG:
        raise Invalid(N_("A message says claims of the medicine that it leads to. Lead to a medicine's page, or leave "
                         "the claims out."))
    claims = _claims(session, campaign.landing_slug)
    facts = articles.markets(session).get(campaign.market, {})
    filled = fill(body, MarketFile.model_validate(facts), campaign.market, language, claims=claims)
    if filled.findings:
        first = filled.findings[0]
        raise Invalid(f"The {language} message, line {first.line}: {first.message}. {first.remedy}.")
    used = [ClaimUse(claim.id, claims.references(claim), claim.label, claims.section_digest(claim),
                     claims.anchors(claim)).plain() for claim in filled.claims]
    return _with_sources(filled, claims, language), used


def _claims(session: Session, slug: str) -> Claims:
    path = f"claims/{slug}.yaml"
    content = articles.texts(session, [path]).get(path)
    file = read_claims(content) if content is not None else None
    if not isinstance(file, ClaimsFile):
        return Claims()
    return Claims(file, digests=leaning.digests(session, file.places))


def _with_sources(filled: Filled, claims: Claims, language: str) -> str:
    cited = {reference.key: reference for claim in filled.claims for reference in claims.references(claim)}
    told = "; ".join(f"{one.title}, {one.issuer}, {one.year or one.accessed}" for one in cited.values())
    return f"{_CITED.sub('', filled.text)}\n\n{translations(by_tag(language)).gettext('References')}: {told}"


def told(claims: Sequence[Mapping[str, Any]] | None) -> str:
    """The claims of a message, for whoever reviews it; empty without any."""
    if not claims:
        return ""
    places = ((claim["id"], claim.get("label")) for claim in claims)
    return "\n\nClaims:\n" + "\n".join(
        f"- {name}: label {label['set_id']} version {label['version']}, section {label['section']}" if label
        else f"- {name}" for name, label in places)


@dataclass(frozen=True)
class Concern:
    """A message that leans on a label section which the newest version does not say as it was."""

    key: str
    campaign: Campaign
    language: str
    product: str
    title: str
    section: str
    from_version: int
    to_version: int
    is_unknown: bool
    """The version leant on never came in, so the two cannot be compared."""
    is_missing: bool
    """The newer version has no such section."""
    hunks: Sequence[Hunk]


def concerns(session: Session) -> list[Concern]:
    """All that somebody must look at, by campaign. Nothing of it stops a mail."""
    found = _changed(session)
    passages = medicines.passages(session, {place for change in found for place in change.places})
    current = medicines.current(session, {change.leaning.set_id for change in found})
    return [_concern(change, current[change.leaning.set_id], *(passages.get(place) for place in change.places))
            for change in found]


def to_tell_of(session: Session) -> list[SourceChange]:
    """What concerns there are, once for each campaign and version of a label."""
    found = {f"campaign:{change.leaning.campaign.key} {change.leaning.set_id} {change.to_version}"
             for change in _changed(session)}
    return [SourceChange(name, PATH) for name in sorted(found)]


def _changed(session: Session) -> list[Changed[Leaning]]:
    looked_at = queries.looked_at(session)
    leanings = [leaning._replace(version=max(leaning.version, looked_at.get(leaning.spot, 0)))
                for leaning in queries.leanings(session)]
    return list(labels.changes(session, leanings))


def _concern(change: Changed[Leaning], label: medicines.Label, before: medicines.Passage | None,
             after: medicines.Passage | None) -> Concern:
    leaning = change.leaning
    return Concern(
        _key(change), leaning.campaign, leaning.message.language, label.product or leaning.set_id,
        next((one.title for one in (after, before) if one and one.title), leaning.section), leaning.section,
        leaning.version, change.to_version, before is None, after is None,
        changes_between(before.text, after.text) if before and after else [])


def _key(change: Changed[Leaning]) -> str:
    leaning = change.leaning
    parts = leaning.campaign.key, leaning.message.language, leaning.set_id, leaning.section, change.to_version
    return "/".join(map(str, parts))


def close(session: Session, keys: Collection[str], by: By) -> None:
    """Records that somebody looked at these concerns, with what they found in the audit. NotFound for one that is none,
    or was closed meanwhile: then none is closed."""
    open_ones = {_key(change): change for change in _changed(session)}
    if not keys or set(keys) - set(open_ones):
        raise NotFound(N_("There is no such flag, or somebody closed it meanwhile. Nothing was changed; look again."))
    for key in sorted(set(keys)):
        change = open_ones[key]
        session.add(LabelLook(message_id=change.leaning.message.id or 0, set_id=change.leaning.set_id,
                              section=change.leaning.section, version=change.to_version, at=by.at))
        audit.record(session, by, "message-flag-closed", Subject("campaign", change.leaning.campaign.id or 0),
                     f"label:{change.leaning.set_id} section:{change.leaning.section} version:{change.to_version}")
