"""What is held of a person as a page that can be read: the same as the JSON, with a label for every part of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.channels.rules import Channel, DeliveryState, Reason
from webapp.consents.rules.purposes import Purpose
from webapp.core.errors import N_
from webapp.core.languages import LANGUAGES, Language
from webapp.core.render import show_moment, translations
from webapp.people.rules import MARKET_NAMES, AccountKind, Role
from webapp.professionals.rules.specialties import BY_CODE
from webapp.professionals.rules.states import REASONS, State
from webapp.professionals.service.presenting import DECIDERS, FINDINGS, STEPS

LABELS = {
    "people": N_("Account"), "consents": N_("Consents"), "professionals": N_("Verification as a professional"),
    "articles": N_("Topics and pages"), "channels": N_("Mails"), "campaigns": N_("Campaigns"),
    "review": N_("Review"), "reports": N_("Reports"), "engagement": N_("Reading"), "audit": N_("Audit"),
    "account": N_("Profile"), "roles": N_("Roles"), "sign_ins": N_("Where you are signed in"),
    "passkeys": N_("Passkeys"), "invitations_sent": N_("Invitations that you sent"),
    "invitations_received": N_("Invitations to you"), "ledger": N_("Every answer you gave"),
    "verification": N_("Application"), "events": N_("What happened to it"), "document": N_("Document"),
    "decisions_taken": N_("Decisions that you took"), "topics_followed": N_("Topics you follow"),
    "pages_saved": N_("Pages you saved"), "publish_log": N_("What you published or withdrew"),
    "publish_orders": N_("What you ordered to be published"), "ordered_at": N_("Ordered"),
    "drafts_saved": N_("Drafts that you saved"), "pictures_sent": N_("Pictures that you sent"), "file": N_("File"),
    "version": N_("Version"),
    "mails": N_("Mails to you"), "signatures": N_("Your signatures"),
    "dossiers_written": N_("What you wrote"), "reports_taken": N_("Reports that you took away"),
    "email": N_("E-mail address"), "name": N_("Name"), "kind": N_("Who you are"), "language": N_("Language"),
    "market": N_("Country"), "time_zone": N_("Time zone"), "is_fictional": N_("Fictional"),
    "created_at": N_("Made"), "confirmed_at": N_("Address confirmed"),
    "identity_verified_at": N_("Identity verified"), "identity_verified_by": N_("Identity verified by"),
    "trained_at": N_("Training recorded"), "training": N_("Training"), "has_password": N_("Has a password"),
    "has_authenticator": N_("Has an authenticator"),
    "has_verified_others": N_("Has verified others' identity"), "recovery_codes_left": N_("Recovery codes left"),
    "role": N_("Role"), "company": N_("Company"), "device": N_("Device"), "is_strong": N_("With a second factor"),
    "seen_at": N_("Last used"), "lastuse_datetime": N_("Last used"), "usage": N_("Use"),
    "device_type": N_("Kind of device"), "backup_state": N_("Backed up"), "expires_at": N_("Good until"),
    "used_at": N_("Used"), "purpose": N_("Purpose"), "channel": N_("Channel"), "is_granted": N_("Agreed"),
    "changed_at": N_("Changed"), "wording": N_("Version of the words"), "place": N_("Where"), "at": N_("When"),
    "scheme": N_("Register"), "number": N_("Number"), "given_name": N_("Given name"),
    "family_name": N_("Family name"), "region": N_("State or country"), "specialty": N_("Specialty"),
    "state": N_("State"), "round": N_("Round"), "is_held": N_("Number held by another account"),
    "applied_at": N_("Applied on"), "looked_up_at": N_("Register asked"), "finding": N_("Finding"),
    "decided_at": N_("Decided on"), "reason": N_("Reason"), "note": N_("Note"), "evidence_kind": N_("Kind of evidence"),
    "next_due": N_("Next look"), "reminded_days": N_("Days before the next look of the last reminder"),
    "account_name": N_("Name of the account then"), "step": N_("Step"),
    "decider": N_("Decided by"), "evidence": N_("Evidence"), "media_type": N_("Kind of file"),
    "size_bytes": N_("Size in bytes"), "sha256": N_("Digest"), "digest": N_("Digest"),
    "uploaded_at": N_("Uploaded"), "delete_after": N_("Deleted after"), "since": N_("Since"), "title": N_("Title"),
    "topic": N_("Topic"), "audience": N_("Edition"), "action": N_("Action"), "about": N_("About"),
    "not_before": N_("Due"), "is_suppressed": N_("Mail to your address is refused"), "send_at": N_("Sent"),
    "printed_name": N_("Printed name"), "meaning": N_("Meaning"), "submitted_at": N_("Handed in on"),
    "period": N_("Week"), "is_adult": N_("Of age"), "entries": N_("Entries"), "detail": N_("Detail"),
    "history": N_("Pages you have read"), "readings": N_("Readings counted under your code"),
    "first_at": N_("First read"), "last_at": N_("Last read"), "day": N_("Day (UTC)"), "depth": N_("Depth in percent"),
    "engaged_seconds": N_("Seconds in use"), "visible_seconds": N_("Seconds visible"),
    "is_complete": N_("Read to the end"), "is_robot": N_("Taken for a robot's"), "is_simulated": N_("Simulated"),
    "subject_kind": N_("Kind of page"), "subject_id": N_("Number of the page"), "revision_id": N_("Number of its text"),
    "source": N_("Campaign that led to it"), "asked": N_("What was asked"),
    "organisations": N_("Sign-ins at your organisation"), "issuer": N_("Address of the organisation's sign-in"),
    "subject": N_("What it calls you"), "linked_at": N_("Linked"),
    "safety": N_("Reports of side effects"), "side_effects": N_("Reports of side effects"),
    "safety_downgrades": N_("Downgrades of cases that you asked for or decided"), "was": N_("What it was"),
    "safety_questions": N_("Questions that you sent to reporters"),
    "safety_judgements": N_("Follow-ups that you judged"), "is_significant": N_("Significant"),
    "safety_months": N_("Months of side effects that you signed"), "month": N_("Month"), "side": N_("Side"),
    "wanted": N_("What was asked for"), "asked_at": N_("Asked for"), "is_agreed": N_("Agreed"),
    "what": N_("What happened"), "medicine": N_("Medicine"), "batch": N_("Batch"), "when": N_("When it began"),
    "initials": N_("Initials"), "age": N_("Age"), "sex": N_("Sex"), "outcome": N_("Outcome"),
    "criteria": N_("Seriousness"), "reporter": N_("Who reported"), "contact": N_("How to reach you"),
    "may_contact": N_("May be asked"), "received_at": N_("Received"),
    "comments": N_("Comments that you made, answered or closed"),
    "checklists": N_("Checklists that you ticked"), "answers": N_("Answers"),
    "requests_for_changes": N_("Changes that you requested"), "guests_invited": N_("Guests whom you invited"),
    "tasks": N_("Reviews that were yours"), "looked_at": N_("Pieces that you looked at"), "words": N_("Words"),
    "quote": N_("Passage"), "answer": N_("Answer"), "answered_at": N_("Answered"), "closed_at": N_("Closed"),
    "due_at": N_("Due"), "until": N_("Until"),
    "cme": N_("Accredited education"), "education": N_("Activities that you took part in"),
    "education_steps": N_("Steps that you took"), "education_tests": N_("Tests that you took"),
    "education_answers": N_("Answers that you gave"), "education_evaluations": N_("What you thought of activities"),
    "credits_claimed": N_("Credit that you claimed"), "certificates": N_("Your certificates"),
    "external_credits": N_("Credits from elsewhere that you added"),
    "education_published": N_("Activities that you published or ended"),
    "certificates_revoked": N_("Certificates that you revoked"), "profession": N_("Profession"),
    "is_verified": N_("Verified"), "begun_at": N_("Begun"), "completed_at": N_("Completed on"), "test": N_("Test"),
    "right_items": N_("Right answers"), "is_passed": N_("Passed"), "question": N_("Question"), "given": N_("Answer"),
    "is_right": N_("Right"), "system": N_("Credit system"), "amount": N_("Amount"),
    "is_accredited": N_("Counts as credit"), "provider": N_("Provider"), "completed_on": N_("Completed on"),
    "code": N_("Code of the certificate"), "on": N_("Completed on"), "is_self_study": N_("Self-study"),
    "clearance": N_("Clearance"), "credit_reporting": N_("What you agreed to have reported to the accreditor"),
    "education_follow_ups": N_("What came of activities, as you told us"),
    "not_asked_again": N_("That you are not to be asked any more"),
    "disclosures": N_("What you disclosed as one of an activity’s people"),
    "disclosures_decided": N_("What you decided on what others disclosed"), "relationships": N_("Relationships"),
    "verdict": N_("Decision"), "exception": N_("By an exception:"),
    "outcomes_taken": N_("Figures of activities that you took away"), "birthday": N_("Month and day of birth"),
}
"""Name in the download -> what a page calls it. One that is missing is shown as it is."""
VALUES: Mapping[tuple[str, str], str] = {
    ("kind", AccountKind.PATIENT): N_("Patient or caregiver"), ("kind", AccountKind.HCP): N_("Health professional"),
    ("kind", AccountKind.STAFF): N_("Staff or sponsor"),
    ("role", Role.READER): N_("Reader"), ("role", Role.HCP): N_("Verified professional"),
    ("role", Role.WRITER): N_("Writer"), ("role", Role.MEDICAL_REVIEWER): N_("Medical reviewer"),
    ("role", Role.LEGAL_REVIEWER): N_("Legal reviewer"), ("role", Role.REGULATORY_REVIEWER): N_("Regulatory reviewer"),
    ("role", Role.CME_PROVIDER): N_("Provider of accredited education"), ("role", Role.MARKETER): N_("Marketer"),
    ("role", Role.SPONSOR_ADMIN): N_("Administrator"), ("role", Role.SAFETY): N_("Safety desk"),
    ("role", Role.OPERATOR): N_("Operator"),
    ("purpose", Purpose.ANALYTICS): N_("Counting over several days"),
    ("purpose", Purpose.PERSONALISATION): N_("A history of reading"),
    ("purpose", Purpose.COMPANY_MAIL): N_("Mail paid for by a company"),
    ("purpose", Purpose.WEB_PUSH): N_("Notes in the browser"),
    ("purpose", Purpose.SHARING): N_("Sharing with a company"),
    ("state", State.PENDING): N_("Waiting"), ("state", State.VERIFIED): N_("Verified"),
    ("state", State.RENEWING): N_("Verified, renewal waits"), ("state", State.REFUSED): N_("Refused"),
    ("state", State.LAPSED): N_("Lapsed"), ("state", State.REVOKED): N_("Revoked"),
    ("state", DeliveryState.QUEUED): N_("Waiting"), ("state", DeliveryState.LEASED): N_("Waiting"),
    ("state", DeliveryState.SENDING): N_("Being sent"), ("state", DeliveryState.SENT): N_("Sent"),
    ("state", DeliveryState.RETRY): N_("To be tried again"), ("state", DeliveryState.FAILED): N_("Failed"),
    ("state", DeliveryState.UNKNOWN): N_("Not known"), ("state", DeliveryState.CANCELLED): N_("Called off"),
    ("channel", Channel.EMAIL): N_("E-mail"), ("channel", Channel.WEB_PUSH): N_("Notes in the browser"),
    ("channel", Channel.SITE): N_("These pages"), ("channel", Channel.FILE): N_("File for a company"),
    ("reason", Reason.ACCEPTED): N_("The mail server took it."),
    ("reason", Reason.BUSY): N_("The mail server was busy."), ("reason", Reason.LOST): N_("The connection was lost."),
    ("reason", Reason.NO_SERVICE): N_("No server was there."),
    ("reason", Reason.BAD_ADDRESS): N_("The mail server does not know the address."),
    ("reason", Reason.REFUSED): N_("The mail server refused it."),
    ("reason", Reason.ATTEMPTS_SPENT): N_("It was tried too often."),
    ("reason", Reason.UNANSWERED): N_("The mail server did not answer."),
    ("about", "account"): N_("Your account"), ("about", "campaign"): N_("Campaign mail"),
    ("about", "erasure"): N_("Erasure of an account"), ("about", "safety-question"): N_("A report of a side effect"),
    ("about", "cme-certificate"): N_("A certificate"), ("about", "cme-disclosure"): N_("A disclosure"),
    ("about", "cme-follow-up"): N_("What came of an activity"),
    ("subject_kind", "article"): N_("Disease or medicine"), ("audience", "patient"): N_("For patients"),
    ("audience", "hcp"): N_("For doctors"), ("place", "account"): N_("on your own page"),
    ("place", "unsubscribe-link"): N_("by the link in a mail"),
    ("place", "one-click"): N_("by a button of your mail program"),
    ("place", "erasure"): N_("when the account was erased"), ("place", "demo"): N_("made for this demonstration"),
    ("usage", "first"): N_("In place of my password"), ("usage", "secondary"): N_("After my password"),
    ("device_type", "single_device"): N_("On one device"), ("device_type", "multi_device"): N_("On several devices"),
    **{("step", step): word for step, word in STEPS.items()},
    **{("decider", decider): word for decider, word in DECIDERS.items()},
    **{("finding", finding): word for finding, word in FINDINGS.items() if finding},
    **{("reason", code): sentence for texts in REASONS.values() for code, sentence in texts.items()},
}
"""What a value is called where readers know it by words; every other code is shown as it stands in the JSON."""
LANGUAGE_NAMES = {language.tag: language.name for language in LANGUAGES}
Entry = list[tuple[str, str]]
"""(label, value) of one thing; what is empty is left out."""


@dataclass(frozen=True)
class Group:
    """Things of one kind."""

    title: str
    entries: list[Entry]


@dataclass(frozen=True)
class Section:
    """What one package holds."""

    title: str
    groups: list[Group]


def sections(held: Mapping[str, Any], language: Language) -> list[Section]:
    """The parts of a download that hold something."""
    words = translations(language).gettext
    made = [Section(_label(name, words), _groups(part, language)) for name, part in held.items()
            if isinstance(part, dict)]
    return [section for section in made if section.groups]


def _groups(part: Mapping[str, Any], language: Language) -> list[Group]:
    words = translations(language).gettext
    groups = []
    for name, value in part.items():
        things = value if isinstance(value, list) else [value] if isinstance(value, dict) else [{name: value}]
        entries = [entry for thing in things if (entry := _entry(thing, language))]
        if entries:
            groups.append(Group("" if not isinstance(value, list | dict) else _label(name, words), entries))
    return groups


def _entry(thing: Any, language: Language) -> Entry:
    words = translations(language).gettext
    fields = thing if isinstance(thing, dict) else {"": thing}
    return [(_label(name, words), _shown(name, value, language)) for name, value in fields.items()
            if value not in (None, "", [], {})]


def _label(name: str, words: Callable[[str], str]) -> str:
    return words(LABELS[name]) if name in LABELS else name.replace("_", " ")


def _shown(name: str, value: Any, language: Language) -> str:
    words = translations(language).gettext
    if isinstance(value, bool):
        return words(N_("Yes")) if value else words(N_("No"))
    if name == "language":
        return LANGUAGE_NAMES.get(value, str(value))
    if name == "market" and value in MARKET_NAMES:
        return words(MARKET_NAMES[value])
    if name == "specialty" and value in BY_CODE:
        return BY_CODE[value].name(language.tag)
    if isinstance(value, str) and (name, value) in VALUES:
        return words(VALUES[name, value])
    moment = _moment(value)
    return show_moment(moment, language) if moment is not None else str(value)


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo is not None else None
