"""How operators' pages name what the packages below know, and when they call for attention. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar

from webapp.articles.rules.orders import OrderState
from webapp.channels.rules import Channel, DeliveryState
from webapp.consents.rules.purposes import Purpose
from webapp.core.errors import N_
from webapp.people.rules import AccountKind, Role
from webapp.policy.rules import Audience, ContentClass, FundingKind, Opening, Ruling, Verdict
from webapp.review.rules.naming import ACTS

Row = TypeVar("Row")

# Policy

CLASSES = {
    ContentClass.DISEASE_EDUCATION: N_("Disease education"), ContentClass.SAFETY_NOTICE: N_("Safety notice"),
    ContentClass.DRUG_EDUCATION: N_("Drug education"), ContentClass.PROMOTIONAL: N_("Promotion"),
    ContentClass.CME: N_("Accredited education")}
FUNDINGS = {FundingKind.INDEPENDENT: N_("Independent"), FundingKind.GRANT_SUPPORTED: N_("Supported by a grant"),
            FundingKind.SPONSORED: N_("Sponsored")}
AUDIENCES = {Audience.PUBLIC: N_("The public"), Audience.HCP: N_("Verified professionals")}
UNKNOWN_MARKET = N_("Any other market")


def verdict_name(ruling: Ruling) -> str:
    """The verdict in words, for the catalogue."""
    if ruling.verdict is Verdict.GATE:
        return N_("Gated: sign-in") if ruling.opens is Opening.SIGN_IN else N_("Gated: verified professionals")
    return N_("Allowed") if ruling.verdict is Verdict.ALLOW else N_("Denied")


# People

ROLES: Mapping[str, str] = {
    Role.READER: N_("Reader"), Role.HCP: N_("Verified professional"), Role.WRITER: N_("Writer"),
    Role.MEDICAL_REVIEWER: N_("Medical reviewer"), Role.LEGAL_REVIEWER: N_("Legal reviewer"),
    Role.REGULATORY_REVIEWER: N_("Regulatory reviewer"), Role.CME_PROVIDER: N_("Provider of accredited education"),
    Role.MARKETER: N_("Marketer"), Role.SPONSOR_ADMIN: N_("Administrator"), Role.SAFETY: N_("Safety desk"),
    Role.OPERATOR: N_("Operator")}
OFFERED = tuple(role for role in ROLES if role is not Role.HCP)
"""Roles that an operator gives and takes; that of a professional hangs on the verification."""
KINDS: Mapping[str, str] = {
    AccountKind.PATIENT: N_("Patient or caregiver"), AccountKind.HCP: N_("Health professional"),
    AccountKind.STAFF: N_("Staff or sponsor")}
PURPOSES = {
    str(Purpose.ANALYTICS): N_("Counting over several days"), str(Purpose.PERSONALISATION): N_("A history of reading"),
    str(Purpose.COMPANY_MAIL): N_("Mail paid for by a company"), str(Purpose.WEB_PUSH): N_("Notes in the browser"),
    str(Purpose.SHARING): N_("Sharing with a company")}
CHANNELS = {str(Channel.EMAIL): N_("E-mail"), str(Channel.SITE): N_("This site"),
            str(Channel.WEB_PUSH): N_("Browser"), str(Channel.FILE): N_("File for the company")}

# The audit

ACTIONS: Mapping[str, str] = {
    **ACTS, "safety-received": N_("Side effect reported"), "safety-assessed": N_("Case assessed"),
    "safety-product-set": N_("Medicine of a case set"),
    "safety-follow-up-judged": N_("Follow-up judged"),
    "safety-reopened": N_("Case reopened"), "safety-downgrade-asked": N_("Second officer asked for"),
    "safety-downgrade-agreed": N_("Second officer agreed"), "safety-downgrade-refused": N_("Second officer refused"),
    "safety-asked": N_("Reporter asked by mail"), "safety-answered": N_("Reporter answered"),
    "cme-certificate-reissued": N_("Certificate corrected"), "cme-certificate-revoked": N_("Certificate revoked"),
    "safety-file-taken": N_("Case taken away as a file by its desk"),
    "safety-ledger-exported": N_("Ledger of hand-overs taken away as a file"),
    "safety-month-exported": N_("Month of side effects taken away as a file"),
    "safety-terms-imported": N_("Terms for side effects brought in"),
    "safety-month-closed": N_("Month of side effects closed"),
    "safety-month-signed": N_("Month of side effects signed"),
    "role-granted": N_("Role granted"), "role-revoked": N_("Role taken away"),
    "account-erased": N_("Account erased by its owner"), "account-disabled": N_("Account put out of use"),
    "account-enabled": N_("Account put back into use"), "sign-ins-ended": N_("Signed out"),
    "second-factor-reset": N_("Second factor taken away"),
    "organisation-linked": N_("Linked to an organisation's sign-in"),
    "organisation-unlinked": N_("Link to an organisation's sign-in taken away"),
    "identity-verified": N_("Identity verified"), "training-recorded": N_("Training recorded"),
    "invited": N_("Invited"), "invitation-accepted": N_("Invitation accepted"), "seat-removed": N_("Seat taken away"),
    "company-added": N_("Company added"), "verification-verify": N_("Verified as a professional"),
    "verification-refuse": N_("Verification refused"), "verification-revoke": N_("Verification revoked"),
    "verification-lapse": N_("Verification lapsed"), "verification-renew": N_("Verification renewed"),
    "delivery-resolved": N_("Unknown delivery settled"), "suppression-lifted": N_("Suppression lifted"),
    "draft-submitted": N_("Draft handed in for review"), "label-flag-closed": N_("Label flag closed"),
    "passage-looked-at": N_("Claim looked at: its passage is gone"),
    "library-document-added": N_("Document added to the reference library"),
    "cme-heard-closed": N_("Words of a learner looked at"),
    "cme-disclosure-asked": N_("Person of an activity asked to disclose"),
    "cme-disclosure-called-off": N_("Request to disclose called off"),
    "cme-disclosure-stated": N_("Financial relationships disclosed"),
    "cme-disclosure-decided": N_("Financial relationship decided on"),
    "cme-money-written": N_("Money of an activity written down"),
    "cme-agreement-brought-in": N_("Signed agreement on support brought in"),
    "cme-released": N_("Outcomes released to supporters"),
    "cme-file-taken": N_("File of an activity taken away"),
    "cme-outcomes-taken": N_("Outcomes of an activity taken away as a file"),
    "cme-report-closed": N_("Year of credit reports closed"), "cme-credit-reported": N_("Credit reported"),
    "reason-redacted": N_("Words of a reason taken out"), "audit-exported": N_("Audit handed out")}

SUBJECTS: Mapping[str, str] = {
    "account": N_("Accounts"), "invitation": N_("Invitations"), "company": N_("Companies"),
    "campaign": N_("Campaigns"), "delivery": N_("Deliveries of unknown fate"),
    "suppression": N_("Suppression list"), "article": N_("Readers' pages"), "rendering": N_("New renderings of pages"),
    "label-flag": N_("Label flags"), "draft": N_("Drafts of the desk"), "dossier": N_("Reviews"),
    "library-document": N_("Reference library"), "safety-case": N_("Side effects"), "safety-desk": N_("Safety desks"),
    "cme-version": N_("Activities of education"), "cme-certificate": N_("Certificates of education"),
    "cme-disclosure": N_("Disclosures of an activity’s people"), "cme-heard": N_("Words of learners"),
    "cme-report": N_("Credit reports"), "cme-release": N_("Outcomes for supporters"),
    "cme-money": N_("Money of activities"),
    "audit-entry": N_("The audit itself")}

# Publishing

READERS: Mapping[str, str] = {"patient": N_("For patients"), "hcp": N_("For doctors")}
ORDER_STATES: Mapping[str, str] = {
    OrderState.WAITING: N_("Waiting"), OrderState.REFUSED: N_("Not carried out"), OrderState.DONE: N_("Done"),
    OrderState.CANCELLED: N_("Cancelled")}
OPEN_ORDERS = 500
"""Open orders that are shown at once: our choice, more than one congress has pages."""

# Mail

MAIL_KINDS = {"campaign": N_("Campaign mail"), "account": N_("Mail about accounts"),
              "erasure": N_("Last mails to accounts that were erased"),
              "cme-disclosure": N_("Requests to disclose"), "cme-follow-up": N_("Questions to learners after 60 days"),
              "safety-question": N_("Questions about side effects"),
              "safety-hand-over": N_("Reports of side effects to companies")}
STATES: Mapping[str, str] = {
    DeliveryState.QUEUED: N_("Waiting"), DeliveryState.LEASED: N_("Taken by a sender"),
    DeliveryState.SENDING: N_("Being sent"), DeliveryState.RETRY: N_("To be tried again"),
    DeliveryState.UNKNOWN: N_("Unknown: a person must find out"), DeliveryState.SENT: N_("Sent"),
    DeliveryState.FAILED: N_("Failed"), DeliveryState.CANCELLED: N_("Called off")}
ANSWERS: Mapping[str, str] = {
    DeliveryState.SENT: N_("It was sent"), DeliveryState.FAILED: N_("It was not sent: leave it"),
    DeliveryState.QUEUED: N_("It was not sent: send it again")}
"""What a person may say of a delivery whose fate nobody could know."""
ENDED_SHOWN = timedelta(days=7)

# Attention: all our choice

DISK_BYTES, DISK_SHARE = 1_000_000_000, 0.05
"""Free space below either calls for attention: a day's growth and a backup must fit."""
JOB_LATE = timedelta(minutes=2)
"""Above the few seconds between two notes of the leader, below what anybody waits for."""
MAIL_LATE = timedelta(hours=1)
"""About what a campaign to 180,000 takes at the usual pace."""
FAILURES_SHOWN = timedelta(days=1)

# Lists

PAGE = 50
"""Rows of one page."""
MOST_PAGES = 1000
"""The last page that may be asked for: whoever looks that far should search."""


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of a list."""

    number: int
    rows: Sequence[Row]
    has_more: bool


def window(number: int, size: int = PAGE) -> dict[str, int]:
    """What a query is asked for: one row more than is shown, to know whether there are more."""
    return {"offset": (number - 1) * size, "limit": size + 1}


def page_of(rows: Sequence[Row], number: int, size: int = PAGE) -> Page[Row]:
    """The page made of what was found through `window`."""
    return Page(number, rows[:size], len(rows) > size)
