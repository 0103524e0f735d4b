"""Verbs: ask whether something may be done, take an answer, withdraw by code, show, hand out and take away."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from webapp.consents import queries
from webapp.consents.models import Consent, ConsentEntry
from webapp.consents.rules import purposes as rules
from webapp.consents.rules import wordings
from webapp.consents.rules.purposes import CHANNELS, NOBODY, OF_COMPANIES, OFFERED, Answer, Person, Purpose, Refusal
from webapp.consents.rules.receipt import Line
from webapp.consents.rules.wordings import Wording
from webapp.core.errors import N_, Conflict, Invalid, NotFound, Refused
from webapp.core.ids import new_code
from webapp.core.languages import Language, by_tag
from webapp.people import queries as people
from webapp.people.queries import Account
from webapp.people.rules import Role
from webapp.sponsors import queries as sponsors

KEPT = N_("What you agreed to and withdrew, when and in which words: without your name, for three years, as proof.")
NO_COMPANY = N_("There is no such company.")
NO_LINK = N_("This link is not one of ours. Use the link in the mail you received.")

Followers = Mapping[Purpose, Callable[[Session, int], object]]
"""What else must happen in the transaction in which an account takes a consent back, by purpose: handed in from
above, by the packages that act on it."""


@dataclass(frozen=True)
class Reply:
    """What a form says: an answer to words of one version in one language."""

    purpose: Purpose
    company_key: str
    answer: Answer
    version: str
    language: str
    has_signal: bool = False
    """Whether it came with `Sec-GPC: 1`."""

    @property
    def anchor(self) -> str:
        """Where on the page it was asked."""
        return anchor(self.purpose, self.company_key)


def anchor(purpose: str, company_key: str) -> str:
    """A consent's name within its page."""
    return f"{purpose}-{company_key}" if company_key else purpose


def may(session: Session, account: Account, purpose: Purpose, company_id: int = NOBODY, *,
        has_signal: bool = False) -> bool:
    """Whether this may be done now, with or about this account: the one question for all who would. Asks the database;
    `has_signal`: the request carries `Sec-GPC: 1`."""
    state = queries.state(session, account.id or 0, purpose, company_id)
    return rules.refusal(purpose, person(account), is_granted=state is not None and state.is_granted,
                         has_signal=has_signal) is None


def person(account: Account) -> Person:
    """What the rule asks of an account."""
    return Person(account.active, account.is_adult, Role.HCP in account.roles)


def record(session: Session, account: Account, purpose: Purpose, company_id: int = NOBODY, *, is_granted: bool,
           place: str, now: datetime, words: Wording | None = None) -> Consent:
    """Appends to the ledger and sets the current state, in one transaction. What stands so already stays as it is.
    Returns the state with its code. `words`: what was shown, if anything was."""
    is_new = _begin(session, account.id or 0, purpose, company_id, now)
    state = queries.state_held(session, account.id or 0, purpose, company_id)
    if state.is_granted == is_granted and not is_new:
        return state
    state.is_granted, state.changed_at = is_granted, now
    session.add(state)
    session.add(ConsentEntry(
        account_id=account.id or 0, purpose=purpose, channel=CHANNELS[purpose], company_id=company_id,
        is_granted=is_granted, wording=words.version if words else "", digest=words.digest if words else "",
        language=words.language if words else account.language, place=place, at=now))
    session.flush()
    return state


def _begin(session: Session, account_id: int, purpose: Purpose, company_id: int, now: datetime) -> bool:
    """Makes the state of a consent that was never answered; whether it was. Two at once make one."""
    kind = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    return session.scalar(kind.insert(Consent).values(
        account_id=account_id, purpose=str(purpose), channel=str(CHANNELS[purpose]), company_id=company_id,
        is_granted=False, code=new_code(), changed_at=now).on_conflict_do_nothing()
        .returning(col(Consent.code))) is not None


def take(session: Session, account: Account, reply: Reply, followers: Followers, now: datetime) -> None:
    """Takes what a person answered on their own page; the same answer again changes nothing.

    NotFound for a company that is not there, Conflict where the words have changed since they were shown, Refused
    where nobody like this may agree.
    """
    company_id = _company_id(session, account, reply)
    if reply.purpose not in OFFERED:
        raise Refused(rules.SENTENCES[Refusal.NOT_OFFERED])
    words = wordings.newest(reply.purpose, by_tag(reply.language).tag)
    if reply.answer is not Answer.WITHDRAW and reply.version != words.version:
        raise Conflict(N_("These words have changed since you opened the page. Read them again; nothing was changed."))
    if reply.answer is Answer.AGREE:
        barrier = rules.barrier(reply.purpose, person(account), has_signal=reply.has_signal)
        if barrier is not None:
            raise Refused(rules.SENTENCES[barrier])
    state = queries.state(session, account.id or 0, reply.purpose, company_id)
    if reply.answer is Answer.WITHDRAW and state is None:
        return
    record(session, account, reply.purpose, company_id, is_granted=reply.answer is Answer.AGREE, place="account",
           now=now, words=words)
    if reply.answer is not Answer.AGREE and reply.purpose in followers:
        followers[reply.purpose](session, account.id or 0)


def _company_id(session: Session, account: Account, reply: Reply) -> int:
    if reply.purpose not in OF_COMPANIES:
        return NOBODY
    company = sponsors.company_by_key(session, reply.company_key)
    if company is None or company.id is None:
        raise NotFound(NO_COMPANY)
    is_offered = company.id in {offered.id for offered in sponsors.with_brands(session)}
    was_answered = queries.state(session, account.id or 0, reply.purpose, company.id) is not None
    if not is_offered and (reply.answer is Answer.AGREE or not was_answered):
        raise NotFound(NO_COMPANY)
    return company.id


def read_reply(form: Mapping[str, str], *, has_signal: bool = False) -> Reply:
    """What a form says. Invalid for what no form of ours sends."""
    try:
        return Reply(Purpose(form.get("purpose", "")), form.get("company", ""), Answer(form.get("answer", "")),
                     form.get("version", ""), by_tag(form.get("language", "")).tag, has_signal)
    except (ValueError, KeyError):
        raise Invalid(N_("Choose one of those offered.")) from None


def withdraw_by_code(session: Session, code: str, place: str, now: datetime, *, company_key: str = "",
                     is_all: bool = False) -> None:
    """Withdraws the consent to mail that the code opens, or the same person's to that of another company, or to that of
    all; doing so again changes nothing, and nothing can be granted. NotFound for an unknown code or company."""
    opened = queries.by_code(session, code)
    account = None if opened is None else people.account(session, opened.account_id)
    if opened is None or account is None:
        raise NotFound(NO_LINK)
    company = sponsors.company_by_key(session, company_key) if company_key else None
    if company_key and company is None:
        raise NotFound(NO_COMPANY)
    company_id = company.id if company else opened.company_id
    for consent in queries.granted(session, opened.account_id, Purpose.COMPANY_MAIL):
        if is_all or consent.company_id == company_id:
            record(session, account, Purpose.COMPANY_MAIL, consent.company_id, is_granted=False, place=place, now=now)


@dataclass(frozen=True)
class Asked:
    """One consent as its page shows it."""

    words: Wording
    company_key: str
    is_granted: bool
    changed_at: datetime | None
    """When it was answered last; None: never."""
    can_agree: bool

    @property
    def anchor(self) -> str:
        """Its place on the page."""
        return anchor(self.words.purpose, self.company_key)


def asked(session: Session, account: Account, language: Language, *, has_signal: bool) -> list[Asked]:
    """What an account is asked, and what it answered, in the order of the page: each purpose, of each company that is
    offered or was answered. What somebody like this may not agree to is there only to be withdrawn."""
    found = []
    who, answered = person(account), queries.states(session, account.id or 0)
    for purpose in OFFERED:
        states = {state.company_id: state for state in answered if state.purpose == purpose}
        is_free = rules.barrier(purpose, who, has_signal=has_signal) is None
        words = wordings.newest(purpose, language.tag)
        for number, key, name, is_offered in _companies(session, purpose, states):
            state = states.get(number)
            is_granted = state is not None and state.is_granted
            if purpose not in OF_COMPANIES or is_granted or (is_free and is_offered):
                found.append(Asked(words.of(name), key, is_granted, state.changed_at if state else None,
                                   is_free and is_offered))
    return found


def _companies(session: Session, purpose: Purpose, answered: Iterable[int]) -> list[tuple[int, str, str, bool]]:
    """(number, key, name, whether it is offered)"""
    if purpose not in OF_COMPANIES:
        return [(NOBODY, "", "", True)]
    offered = {company.id or 0: company for company in sponsors.with_brands(session)}
    known = sponsors.companies(session, answered) | offered
    return [(number, company.key, company.name, number in offered)
            for number, company in sorted(known.items(), key=lambda pair: pair[1].name)]


def mail_of(session: Session, account_id: int) -> list[tuple[str, str]]:
    """(key, name) of the companies that an account gets mail from, by name: what the preference centre shows."""
    standing = {consent.company_id for consent in queries.granted(session, account_id, Purpose.COMPANY_MAIL)}
    return sorted(((company.key, company.name) for company in sponsors.companies(session, standing).values()),
                  key=lambda pair: pair[1])


def lines(session: Session, account_id: int) -> list[Line]:
    """An account's part of the ledger with the words that were shown, the newest line first."""
    entries = queries.lines(session, account_id)
    names = {number: company.name for number, company in sponsors.companies(
        session, {entry.company_id for entry in entries}).items()}
    return [_line(entry, names.get(entry.company_id, "")) for entry in entries]


def _line(entry: ConsentEntry, company: str) -> Line:
    words = wordings.shown(entry.purpose, entry.wording, entry.language)
    return Line(entry.purpose, company, entry.channel, entry.is_granted, entry.wording, entry.digest, entry.language,
                entry.place, entry.at, words.of(company) if words else None)


def titled_lines(session: Session, account_id: int, language: Language) -> list[tuple[str, Line]]:
    """The same, each with what it is about in a language."""
    return [(wordings.newest(Purpose(line.purpose), language.tag).of(line.company).title, line)
            for line in lines(session, account_id)]


def export_person(session: Session, account_id: int) -> dict[str, Any]:
    """Everything held of the account, ready for JSON: each line of the ledger with the words that were shown."""
    return {"consents": [
        {"purpose": line.purpose, "company": line.company, "channel": line.channel, "is_granted": line.is_granted,
         "wording": line.version, "digest": line.digest, "language": line.language, "place": line.place,
         "at": line.at.isoformat(), "asked": line.words.asks if line.words else ""}
        for line in lines(session, account_id)]}


def erase_person(session: Session, account_id: int, now: datetime) -> list[str]:
    """Withdraws everything; doing so again changes nothing. The lines stay as proof for three years, under the number
    of an account that has no name any more. Returns what is kept, in sentences marked for the catalogue."""
    account = people.account(session, account_id)
    if account is None:
        return []
    for consent in queries.states(session, account_id):
        record(session, account, Purpose(consent.purpose), consent.company_id, is_granted=False, place="erasure",
               now=now)
    return [KEPT] if queries.lines(session, account_id) else []


def forget(session: Session, before: datetime, limit: int) -> int:
    """Deletes at most `limit` lines that were proof of nothing before this moment any more; returns how many."""
    gone = session.execute(delete(ConsentEntry).where(
        col(ConsentEntry.id).in_(queries.outlived(before, limit))))
    return gone.rowcount  # type: ignore[attr-defined]
