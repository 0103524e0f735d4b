"""Roles, what they may reach, ages, passwords, mails about an account: pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum, StrEnum
from typing import Final, NamedTuple

from webapp.core.errors import N_
from webapp.core.later import Later

zxcvbn = Later("zxcvbn")


class Role(StrEnum):
    """All roles there are. A marketer and a sponsor's administrator hold theirs within one company."""

    READER = "reader"
    HCP = "hcp"
    WRITER = "writer"
    MEDICAL_REVIEWER = "reviewer-medical"
    LEGAL_REVIEWER = "reviewer-legal"
    REGULATORY_REVIEWER = "reviewer-regulatory"
    CME_PROVIDER = "cme-provider"
    MARKETER = "marketer"
    SPONSOR_ADMIN = "sponsor-admin"
    SAFETY = "safety"
    OPERATOR = "operator"

    def get_permissions(self) -> frozenset[str]:
        """What Flask-Security asks of a role: nothing beside the role itself."""
        return frozenset()


SPONSOR_ROLES = frozenset({Role.MARKETER, Role.SPONSOR_ADMIN})
ONE_FACTOR_ROLES = frozenset({Role.READER, Role.HCP})
"""They read what is written for them. Every other role sees or changes what is others', and needs a second factor. Our
choice, where ASVS 5.0, 6.3.3, asks for one of everybody: a reader's account holds what was read and agreed to, can be
erased in a minute and opens nothing of others'; one factor more would keep ill and old people out. Whoever wants two
has two, and a passkey is both."""
KEEPERS = frozenset({Role.OPERATOR, Role.SPONSOR_ADMIN})
"""Roles that must not be left without a holder: whoever is the last hands over before leaving."""


def needs_second_factor(roles: Collection[Role]) -> bool:
    """Whether somebody who holds these roles signs in with two factors."""
    return not ONE_FACTOR_ROLES.issuperset(roles)


class AnyAccount(Enum):
    """The type of `SIGNED_IN`."""

    SIGNED_IN = "signed in"


SIGNED_IN: Final = AnyAccount.SIGNED_IN
"""What a route declares in place of roles when it asks for an account and no more."""
Declared = Collection[Role] | AnyAccount | None
"""Who may call a route: holders of a role, anybody signed in, or (None) anybody."""


class AccountKind(StrEnum):
    """Whom an account says it is, chosen at registration; decides which audience a campaign may count it in."""

    PATIENT = "patient"
    HCP = "hcp"
    STAFF = "staff"


MARKET_NAMES = {"us": N_("United States"), "gb": N_("United Kingdom"), "eu": N_("European Union"), "cn": N_("China")}
KIND_NAMES = {AccountKind.PATIENT: N_("I am a patient, or care for one"),
              AccountKind.HCP: N_("I am a health professional")}
NAME_LENGTH = 200
TOO_YOUNG = N_("You are too young for an account here. You can read everything without one.")
NOT_A_CHOICE = N_("Choose one of those offered.")
HASHING = {"time_cost": 3, "memory_cost": 65536, "parallelism": 4}
"""Passes, KiB and lanes of argon2id: RFC 9106, section 4, the second recommended option."""
PASSWORD_LENGTH = 256
"""Characters of a password at most: our choice, beyond any passphrase; more is refused before it costs a hash."""
PASSWORD_MINIMUM = 12
"""ASVS 5.0, 6.2.1: at least 8, 15 recommended. Our choice between, since what is easy to guess is refused besides."""
GUESSES_SCORE = 3
"""zxcvbn's "safely unguessable": over 10**8 guesses. It knows the 30,000 passwords that leak most (ASVS 5.0: 6.2.4 asks
for 3,000, 6.2.12 for breached ones), names and words, and what people do to them. No rules of composition (6.2.5)."""
GUESSES_LENGTH = 72
"""It looks at no more."""
EASY_WORDS = ("materia",)
"""Words that are easy to guess here, besides the two halves of one's own address (ASVS 5.0, 6.1.2)."""
MINIMUM_AGES = {
    "cn": 14,  # Personal Information Protection Law, art. 31: under 14 a parent or guardian consents
    "us": 13,  # COPPA rule, 16 CFR 312.2: a child is an individual under 13
    "eu": 16,  # GDPR, art. 8(1); members may go down to 13, so its own age holds everywhere
    "gb": 13,  # UK GDPR, art. 8(1); regulations may raise it to 16 (art. 8(2A), of 2026): look again
}
"""Market -> age from which one agrees for oneself. Below it no account is made."""
ADULT_AGE = 18
"""In every market of ours: 民法典 art. 17; Family Law Reform Act 1969, s. 1; all of the EU; of the US all but three
states, where it is 19 or 21 for contracts and 18 for what one reads."""
OLDEST = 130
"""Years. A day of birth longer ago is a slip."""
TIME_ZONES = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles",
    "America/Anchorage", "Pacific/Honolulu", "Europe/London", "Europe/Dublin", "Europe/Lisbon", "Europe/Madrid",
    "Europe/Paris", "Europe/Brussels", "Europe/Amsterdam", "Europe/Berlin", "Europe/Rome", "Europe/Vienna",
    "Europe/Prague", "Europe/Warsaw", "Europe/Stockholm", "Europe/Copenhagen", "Europe/Helsinki", "Europe/Athens",
    "Europe/Bucharest", "Europe/Sofia", "Asia/Shanghai", "Asia/Urumqi", "UTC")
"""Those of the markets, from west to east."""
SIGN_IN_LASTS = timedelta(hours=12)
"""A working day: our choice, as NIST SP 800-63B asks at AAL2 (ASVS 5.0, 7.1.1). An account may be signed in in any
number of browsers at once: each is listed, and can be ended (7.1.2)."""
SIGN_IN_RESTS = timedelta(hours=2)
"""After so long without use a sign-in ends. Use is noted to the hour, so it is one hour at least: AAL2 says half an
hour, but what is read here is read slowly, and what changes something asks again (`FRESH`)."""
SEEN_EVERY = timedelta(hours=1)
"""How exactly the last use of a sign-in is noted: no more than its owner needs to tell devices apart."""
FRESH = timedelta(minutes=5)
"""How long password and second factor, shown again, are good for a signature: our choice."""
INVITATION_LASTS = timedelta(days=7)
INVITATION_KEPT = timedelta(days=30)
"""How long an invitation is kept after it was used or ran out, for questions about who let whom in: our choice."""
LINK_LASTS = timedelta(days=1)
"""How long links in mails are good for: ASVS 5.0, 6.4.1, asks for a short time; a night must fit in."""
TRAINING_LASTS = timedelta(days=365)
"""Training is refreshed each year: our choice; 21 CFR 11.10(i) asks for training without a period."""


class Browser(NamedTuple):
    """The sign-in that a request comes with: what of its row is asked at every request."""

    id: int
    key: str
    is_strong: bool
    created_at: datetime
    seen_at: datetime

    def lasts(self, now: datetime) -> bool:
        """Whether it has not run out."""
        return now - self.created_at < SIGN_IN_LASTS and now - self.seen_at < SIGN_IN_RESTS


class MailName(StrEnum):
    """The mails about an account."""

    WELCOME = "welcome"
    WELCOME_EXISTING = "welcome-existing"
    CONFIRM = "confirm"
    RESET = "reset"
    RESET_NOTICE = "reset-notice"
    PASSWORD_CHANGED = "password-changed"
    CHANGE_EMAIL = "change-email"
    EMAIL_CHANGED = "email-changed"
    SECOND_FACTOR_RESET = "second-factor-reset"
    INVITATION = "invitation"
    VERIFIED = "verified"
    REFUSED = "verification-refused"
    LAPSED = "verification-lapsed"
    REVOKED = "verification-revoked"
    DUE = "verification-due"
    RENEWED = "verification-renewed"
    NOT_RENEWED = "verification-not-renewed"
    LAPSED_WAITING = "verification-lapsed-waiting"
    REVIEW_OVERDUE = "review-overdue"
    APPROVAL_LAPSES = "approval-lapses"
    SOURCE_CHANGED = "source-changed"
    CASE_WAITS = "case-waits"
    CASE_OVERDUE = "case-overdue"
    LEGAL_HALF = "legal-clock-half"
    LEGAL_OUT = "legal-clock-out"
    CREDIT_MISSING = "credit-missing"
    REPORT_NOT_TAKEN = "report-not-taken"


@dataclass(frozen=True)
class MailWords:
    """What a mail says: subject, what happened (`%(day)s` is the day it names), what its link does, and what to do if
    it was not you."""

    subject: str
    lead: str
    button: str = ""
    otherwise: str = ""


_STANDING = N_("See your verification")
_PIECE = N_("Open the piece")
_IGNORE = N_("If this was not you, ignore this mail: nothing has changed.")
_ACT = N_("If this was not you, set a new password at once and look at your signed-in devices.")
MAIL_WORDS = {
    MailName.WELCOME: MailWords(
        N_("Confirm your address"), N_("Somebody, we hope you, asked for a Materia account with this address."),
        N_("Confirm my address"), _IGNORE),
    MailName.WELCOME_EXISTING: MailWords(
        N_("You have an account already"),
        N_("Somebody, we hope you, asked for a Materia account with this address. There is one: sign in, or set a new "
           "password."), N_("Set a new password"), _IGNORE),
    MailName.CONFIRM: MailWords(
        N_("Confirm your address"), N_("Here is the new link that you asked for."), N_("Confirm my address"), _IGNORE),
    MailName.RESET: MailWords(
        N_("Set a new password"), N_("Somebody, we hope you, asked to set a new password for your Materia account."),
        N_("Set a new password"), _IGNORE),
    MailName.RESET_NOTICE: MailWords(
        N_("Your password was set anew"),
        N_("The password of your Materia account was set anew, and all devices were signed out."), "", _ACT),
    MailName.PASSWORD_CHANGED: MailWords(
        N_("Your password was changed"),
        N_("The password of your Materia account was changed, and your other devices were signed out."), "", _ACT),
    MailName.CHANGE_EMAIL: MailWords(
        N_("Confirm your new address"), N_("Your Materia account is to use this address from now on."),
        N_("Use this address"), _IGNORE),
    MailName.EMAIL_CHANGED: MailWords(
        N_("Your address was changed"),
        N_("Your Materia account now uses another e-mail address. This is the last mail to the old one."), "",
        N_("If this was not you, write to us at once: answer this mail.")),
    MailName.SECOND_FACTOR_RESET: MailWords(
        N_("Your second factor was taken away"),
        N_("An operator took away the authenticator, recovery codes and passkeys of your Materia account, and all "
           "devices were signed out. Sign in with your password, and set up a new one."), N_("Sign in"),
        N_("If you did not ask for this, set a new password at once and write to us: answer this mail.")),
    MailName.INVITATION: MailWords(
        N_("You are invited to Materia"),
        N_("You are invited to work on Materia. The link is good for seven days, and once."), N_("Accept"),
        N_("If you do not know what this is about, ignore this mail.")),
    MailName.VERIFIED: MailWords(
        N_("You are verified as a health professional"),
        N_("Pages written for health professionals are open to you now. We look again in a year."), _STANDING),
    MailName.REFUSED: MailWords(
        N_("We could not verify you as a health professional"),
        N_("Your application was looked at and refused. If this is wrong, correct it and apply again."), _STANDING),
    MailName.LAPSED: MailWords(
        N_("Your verification as a health professional has lapsed"),
        N_("Pages for professionals are closed until you are verified again. Check your details and apply again."),
        _STANDING),
    MailName.REVOKED: MailWords(
        N_("Your verification as a health professional was revoked"),
        N_("Pages for professionals are closed to you. You may apply again; a person will look at it."), _STANDING),
    MailName.DUE: MailWords(
        N_("Your verification as a health professional falls due soon"),
        N_("It holds until %(day)s. Renew it before then, and pages for professionals stay open while we check."),
        N_("Renew my verification")),
    MailName.RENEWED: MailWords(
        N_("Your verification as a health professional is renewed"),
        N_("Pages written for health professionals stay open to you. We look again on %(day)s."), _STANDING),
    MailName.NOT_RENEWED: MailWords(
        N_("We could not renew your verification as a health professional"),
        N_("Pages for professionals stay open to you until %(day)s. If this is wrong, correct your application and "
           "send it again."), _STANDING),
    MailName.LAPSED_WAITING: MailWords(
        N_("Your verification as a health professional has lapsed"),
        N_("Pages for professionals are closed until your application to renew it is decided. You need do nothing."),
        _STANDING),
    MailName.REVIEW_OVERDUE: MailWords(
        N_("A review is overdue"), N_("A piece waits for your review, and its time is over."), _PIECE),
    MailName.APPROVAL_LAPSES: MailWords(
        N_("An approval lapses soon"),
        N_("A piece that readers see is taken down when its approval lapses. Read it again and sign, or request "
           "changes."), _PIECE),
    MailName.SOURCE_CHANGED: MailWords(
        N_("A source has changed"),
        N_("A newer product label or document does not say any more what a page or a campaign’s mail leans on. Look "
           "whether it still holds, and say what you found. Nothing was taken down or stopped."),
        N_("See what changed")),
    MailName.CASE_WAITS: MailWords(
        N_("A company has not acknowledged a report of a side effect"),
        N_("Half of its 24 hours are over. Ask the company’s safety desk to open our mail, or reach it another way."),
        N_("Open the case")),
    MailName.CASE_OVERDUE: MailWords(
        N_("A report of a side effect is overdue at a company"),
        N_("Its 24 hours are over, and the company’s safety desk has not acknowledged it. Look whether our mail leaves "
           "and the desk’s address is right, and call the company. We tell you again every day.")),
    MailName.LEGAL_HALF: MailWords(
        N_("A legal clock of a side effect report is past half"),
        N_("Half of the time is over that the law gives to report it. See that the case is assessed and that the "
           "company’s safety desk acknowledges it. We tell you again every day until both are done."),
        N_("Open the case")),
    MailName.LEGAL_OUT: MailWords(
        N_("A legal clock of a side effect report has run out"),
        N_("The time is over that the law gives to report it. The case is not assessed yet, or the company’s safety "
           "desk has not acknowledged it. Call a safety officer, and the company. We tell you again every day.")),
    MailName.CREDIT_MISSING: MailWords(
        N_("Credit is missing for this year"),
        N_("By your transcript, a credit system that you earn credit in needs more of it until %(day)s. If you had "
           "some elsewhere, add it there."), N_("Open my transcript")),
    MailName.REPORT_NOT_TAKEN: MailWords(
        N_("The report of your credit was not accepted"),
        N_("The accreditor did not take the record of a credit of yours. Compare each field with your licence and "
           "correct it: it goes again with the next report. Your credit and your certificate stand."),
        N_("See and correct it")),
}


def is_old_enough(market: str, born: date, today: date) -> bool:
    """Whether somebody born on that day may have an account in that market today."""
    return MINIMUM_AGES[market] <= _years(born, today) <= OLDEST


def is_adult(born: date, today: date) -> bool:
    """Whether somebody born on that day is an adult today."""
    return ADULT_AGE <= _years(born, today) <= OLDEST


def read_birth_date(text: str, today: date) -> date | None:
    """A day of birth as a form sends it; None if it is none of somebody who lives."""
    try:
        born = date.fromisoformat(text)
    except ValueError:
        return None
    return born if born <= today and _years(born, today) <= OLDEST else None


def _years(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def open_kinds(kind: str, roles: Collection[Role]) -> tuple[AccountKind, ...]:
    """What an account may say that it is: staff stay staff, and whoever is verified stays a professional until that
    ends."""
    if kind == AccountKind.STAFF or Role.HCP in roles:
        return (AccountKind(kind if kind == AccountKind.STAFF else AccountKind.HCP),)
    return tuple(KIND_NAMES)


def is_age_asked(market: str, other: str) -> bool:
    """Whether somebody who was old enough for one market must say their day of birth to move to another."""
    return MINIMUM_AGES[other] > MINIMUM_AGES[market]


def name_problem(name: str, kind: str) -> str | None:
    """Why an account cannot bear this name, to be translated; None if it can. Readers need none."""
    if len(name) > NAME_LENGTH or not name.isprintable():
        return N_("Write your name in one line of at most 200 characters.")
    if kind == AccountKind.STAFF and not name:
        return N_("Write your name as it should stand under a signature.")
    return None


def password_problem(password: str, own_words: Collection[str] = ()) -> str | None:
    """Why a new password cannot be taken, to be translated; None if it can. `own_words`: what others know of them."""
    if not PASSWORD_MINIMUM <= len(password) <= PASSWORD_LENGTH:
        return N_("Use 12 characters or more. Several words are easy to remember.")
    guessed = zxcvbn.zxcvbn(password[:GUESSES_LENGTH], user_inputs=[*EASY_WORDS, *own_words])
    if guessed["score"] < GUESSES_SCORE:
        return N_("This password is easy to guess. Several words that do not belong together are better.")
    return None


_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("Chrome", "Chrome"),
             ("CriOS", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
            ("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"))


def device_name(user_agent: str) -> str:
    """Browser and system, without versions: enough to know one's own, too little to know a person by."""
    found = [next((name for mark, name in table if mark in user_agent), "")
             for table in (_BROWSERS, _SYSTEMS)]
    return ", ".join(part for part in found if part)


def may_sign(identity_verified_on: date | None, trained_on: date | None, today: date) -> str | None:
    """Why an account may not sign (21 CFR 11.100(b), 11.10(i)); None if it may."""
    if identity_verified_on is None:
        return N_("Your identity has not been verified. Ask an operator to verify it; nothing was signed.")
    if trained_on is None or today - trained_on > TRAINING_LASTS:
        return N_("Your training is missing or older than a year. Ask an operator to record it; nothing was signed.")
    return None


def may_call(declared: Declared, held: Collection[Role]) -> bool:
    """Whether a route that declared this may be called by somebody signed in who holds those roles.

    An empty declaration lets nobody in.
    """
    return declared is None or declared is SIGNED_IN or bool(set(declared) & set(held))


def normal_address(email: str) -> str:
    """The address as it is stored and compared: trimmed, lower case."""
    return email.strip().lower()
