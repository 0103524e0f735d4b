"""Makes what tests need, through the real services.

Each takes a writing session, or the platform where several transactions are needed. Names tell what differs from the
usual; all else has a default.
"""

import itertools
import re
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from bs4 import BeautifulSoup
from sqlalchemy import select
from sqlmodel import Session
from werkzeug.test import Client, TestResponse

from tests import copies
from webapp.articles import queries as articles
from webapp.articles.rules import templates
from webapp.articles.rules.frontmatter import Audience, Kind
from webapp.articles.rules.shelf import Entry
from webapp.articles.service import publish, sync
from webapp.articles.service.pages import OverviewMaker
from webapp.campaigns.models import Campaign
from webapp.campaigns.service import planning, submitting
from webapp.campaigns.service.planning import NewCampaign
from webapp.campaigns.service.wording import Words
from webapp.consents import service as consents
from webapp.consents.models import Consent
from webapp.consents.rules import wordings
from webapp.consents.rules.purposes import NOBODY, Purpose
from webapp.core.audit import COMMAND_LINE, By
from webapp.core.db import Database
from webapp.core.platform import Platform
from webapp.core.subject import Subject
from webapp.core.tokens import KeyRing
from webapp.medicines import service as medicines
from webapp.people import service as people
from webapp.people.models import Account
from webapp.people.rules import AccountKind, Role, needs_second_factor
from webapp.people.service import NewAccount
from webapp.review import service as review
from webapp.review.models import Dossier
from webapp.review.rules import VALID_CONTENT, Meaning, ReviewRole
from webapp.review.service import NewDossier
from webapp.safety import queries as safety
from webapp.safety.models import (
    SafetyCase,
    SafetyDesk,
    SafetyHandOver,
    SafetyHandOverEvent,
    SafetyMonth,
    SafetyMonthCase,
    SafetyMonthSignature,
)
from webapp.safety.rules.reports import Report
from webapp.safety.service import receiving
from webapp.safety.service.receiving import Hearing
from webapp.sponsors import service as sponsors
from webapp.sponsors.models import Company

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
"""A Monday."""
BY = By(COMMAND_LINE, NOW)
"""Who acts in tests, where it does not matter."""
BASE_URL = "http://localhost"
SECRET = "a secret for tests only, 32 characters or more"
PASSWORD = "correct horse battery staple"
CHEAP_HASHING = {"time_cost": 1, "memory_cost": 8, "parallelism": 1}
PASSWORD_HASH = "$argon2id$v=19$m=8,t=1,p=1$TAF1gojwKtfQkWK3nPfEKQ$N9G2ZRecKRqXTSa86X2GFnHYxq2vGtWt5/XClUw/bhk"
"""Of PASSWORD, with the smallest cost there is: tests sign in often."""
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
"""Of every account that needs a second factor."""
COOKIE = "materia"
"""What keeps a browser signed in."""
DIGEST = "d" * 64
MARKETS = Path(__file__).parent.parent / "content" / "markets"
REVIEWERS = {ReviewRole.MEDICAL: Role.MEDICAL_REVIEWER, ReviewRole.LEGAL: Role.LEGAL_REVIEWER,
             ReviewRole.REGULATORY: Role.REGULATORY_REVIEWER}

_numbers = itertools.count(1)


def account(session: Session, *roles: Role, company: Company | None = None, email: str | None = None,
            kind: AccountKind = AccountKind.PATIENT, language: str = "en", market: str = "us", is_active: bool = True,
            is_adult: bool = True, now: datetime = NOW) -> Account:
    """An account with these roles, held within `company` where one is given; its password is PASSWORD.

    Who needs a second factor has an authenticator (TOTP_SECRET), and may sign."""
    address = email or f"person-{next(_numbers)}@clinic.example"
    made = people.add_account(session, NewAccount(address, PASSWORD_HASH, "Ann Example", kind, language, market,
                                                   is_adult=is_adult), now)
    if needs_second_factor(roles):
        made.tf_primary_method, made.tf_totp_secret = "authenticator", sealed_secret()
        people.verify_identity(session, made, "Olli Operator", now)
        people.record_training(session, made, "Signing", now)
    for role in roles:
        people.grant(session, made, role, company.id if company else None, by=BY)
    if not is_active:
        made.active = False
        session.flush()
    return made


def company(session: Session, name: str | None = None) -> Company:
    """A fictional sponsor."""
    return sponsors.add_company(session, name or f"Company {next(_numbers)} (fictional)", is_fictional=True)


def consent(session: Session, account: Account, company: Company | None = None, *, is_granted: bool = True,
            purpose: Purpose = Purpose.COMPANY_MAIL, now: datetime = NOW) -> Consent:
    """The account's answer to a purpose: to mail paid for by the company, unless another is given."""
    words = wordings.newest(purpose, account.language)
    return consents.record(session, account, purpose, company.id or 0 if company else NOBODY, is_granted=is_granted,
                           place="account", now=now, words=words)


def dossier(session: Session, *, subject: Subject = Subject("article", 1), digest: str = DIGEST,  # noqa: B008
            authors: Iterable[Account] = (), route: str = "promotional", now: datetime = NOW) -> Dossier:
    """A dossier that nobody has signed."""
    return review.submit(session, NewDossier(
        subject=subject, digest=digest, title="A piece", author_ids=tuple(author.id or 0 for author in authors),
        route=route, markets=("us",), audience="patient", source="## In short", body_html="<h2>In short</h2>",
        link="http://localhost/en/"), now)


def medicine(session: Session, slug: str) -> None:
    """A medicine that the library knows."""
    medicines.keep_names(session, {slug: {"titles": {"en": slug.title()}, "synonyms": {}}})


def adverse_event(session: Session, report: Report = Report("A rash"), **changed: Any) -> SafetyCase:  # noqa: B008
    """A case that a form made; a form of another name makes another."""
    usual: dict[str, Any] = {"submission": "form-1", "market": "us", "language": "en", "now": NOW,
                             "product": "exemplora"}
    receipt = receiving.receive(session, KeyRing((SECRET,)), report, Hearing(**{**usual, **changed}))
    return session.get_one(SafetyCase, receipt.case_id)


def desk(session: Session, **changed: Any) -> SafetyDesk:
    """A mailbox for `exemplora` in the US, of a company of its own."""
    usual: dict[str, Any] = {"product": "exemplora", "market": "us", "channel": "email", "opened_at": NOW,
                             "address": "safety@company.example"}
    made = SafetyDesk(company_id=company(session).id or 0, **{**usual, **changed})
    session.add(made)
    session.flush()
    return made


def handed_over(session: Session, **changed: Any) -> SafetyHandOver:
    """A hand-over of a case that has a desk, not said yet, with its first line in the ledger."""
    place = desk(session, product="handed")
    case = adverse_event(session, **{"submission": "handed", "product": "handed", **changed})
    row = SafetyHandOver(case_id=case.id or 0, desk_id=place.id or 0, made_at=NOW, next_at=NOW, state="queued",
                         report_id=safety.reports(session, case.id or 0)[-1].id or 0)
    session.add(row)
    session.flush()
    session.add(SafetyHandOverEvent(hand_over_id=row.id or 0, step="queued", at=NOW))
    session.flush()
    return row


def closed_month(session: Session, **changed: Any) -> SafetyMonth:
    """March 2026 of a company of its own, with a case that waits, and an officer's signature."""
    case = adverse_event(session, submission="closed", product="closed")
    row = SafetyMonth(**{"company_id": company(session).id or 0, "month": date(2026, 3, 1), "product": "closed",
                         "market": "us", "received": 1, "sent": 0, "acknowledged": 0, "open": 1, "at": NOW, **changed})
    session.add(row)
    session.flush()
    signer = account(session, Role.SAFETY)
    session.add_all([
        SafetyMonthCase(month_id=row.id or 0, case_id=case.id or 0, standing="waits"),
        SafetyMonthSignature(company_id=row.company_id, month=row.month, side="officer", account_id=signer.id or 0,
                             printed_name=signer.name, digest=DIGEST, at=NOW)])
    session.flush()
    return row


def reviewers(session: Session) -> dict[ReviewRole, Account]:
    """A person for each review role."""
    return {role: account(session, held, kind=AccountKind.STAFF) for role, held in REVIEWERS.items()}


EVERY_SENTENCE = [str(place) for place in range(len(VALID_CONTENT))]
"""What the medical reviewer of education confirms, as a form sends it."""


def sign_all(session: Session, dossier: Dossier, signers: dict[ReviewRole, Account], now: datetime = NOW) -> None:
    """Approval by every role, by people trained by then: training lets sign for a year."""
    for role, signer in signers.items():
        people.record_training(session, session.get_one(Account, signer.id), "Signing", now)
        review.sign(session, dossier, review.identify(signer, PASSWORD), role=role, meaning=Meaning.APPROVAL,
                    digest=dossier.digest, now=now, attested=EVERY_SENTENCE)


def cleared_dossier(session: Session, *, subject: Subject = Subject("article", 1),  # noqa: B008
                    digest: str = DIGEST, now: datetime = NOW) -> Dossier:
    """A dossier that all roles have approved."""
    made = dossier(session, subject=subject, digest=digest, authors=[account(session, Role.WRITER)], now=now)
    sign_all(session, made, reviewers(session), now)
    return made


def write_topic(content: Path, *, slug: str = "sampleitis", kind: Kind = Kind.DISEASE,
                audience: Audience = Audience.PATIENT, language: str = "en", markets: Iterable[str] = ("us",),
                content_class: str = "disease-education", funding: dict[str, Any] | None = None,
                text: str = "It heals by itself", is_reviewed: bool = True) -> None:
    """A topic's folder with one page that has every heading its template asks for."""
    shutil.copytree(MARKETS, content / "markets", dirs_exist_ok=True)
    for every in Kind:
        (content / every.folder).mkdir(exist_ok=True)
    folder = content / kind.folder / slug
    folder.mkdir(parents=True, exist_ok=True)
    topic = {"titles": {"en": slug.title(), "zh-Hans": "示例病"}, "synonyms": {}, "codes": {}, "related": [],
             "markets": list(markets)}
    (folder / "topic.yaml").write_text(yaml.safe_dump(topic, allow_unicode=True))
    front = {
        "title": slug.title(), "summary": f"What {slug} is.", "content_class": content_class,
        "funding": funding or {"kind": "independent"}, "markets": list(markets), "next_review": "2027-01-02",
        "references": [{"key": "one", "title": "A trial", "issuer": "A Journal", "year": 2024,
                        "url": "https://example.org/one"}]}
    if is_reviewed:
        front["reviewed"] = {"person": "Dr Example", "role": "physician", "on": "2026-01-02"}
    else:
        front["drafted"] = {"by": "Materia sample desk (AI-written)", "on": "2026-01-02"}
    body = "\n\n".join(f"## {heading}\n\n{text} [@one]." for heading in templates.headings(kind, audience, language))
    if content_class == "promotional":
        body += f"\n\n/// isi | Important Safety Information\n{'It may do harm. ' * 10}\n///"
    head = yaml.safe_dump(front, allow_unicode=True, sort_keys=False)
    (folder / f"{audience}.{language}.md").write_text(f"---\n{head}---\n{body}\n")


def import_content(platform: Platform, content: Path, now: datetime = NOW, *,
                   style: bytes | None = None) -> list[Entry]:
    """Synchronises a folder; returns what waits to be published. `style`: bodies' style sheet, if not the program's."""
    style = platform.renderer.static.text("css/article.css").encode() if style is None else style
    with platform.database.reading() as session:
        known = articles.fingerprints(session)
    prepared = sync.prepare(content, known, style=style, on=now.date())
    with platform.database.writing() as session:
        sync.store(session, prepared, now)
    with platform.database.reading() as session:
        return articles.waiting(session)


def clear(platform: Platform, entries: Iterable[Entry], now: datetime = NOW) -> None:
    """Has every entry signed by all review roles."""
    with platform.database.writing() as session:
        signers = reviewers(session)
        for entry in entries:
            made = dossier(session, subject=entry.subject, digest=entry.digest, now=now)
            sign_all(session, made, signers, now)


def publish_entries(platform: Platform, entries: Iterable[Entry], overviews: tuple[OverviewMaker, ...] = (),
                    now: datetime = NOW) -> tuple[Entry, ...]:
    """Publishes what is cleared; overviews (index and home pages) only where asked for, since there are many."""
    with platform.database.reading() as session:
        planned = publish.plan(platform, session, entries, overviews=overviews, now=now)
    with platform.database.writing() as session:
        publish.carry_out(session, planned, now)
    return planned.published


def published_document(platform: Platform, content: Path, *, now: datetime = NOW, **topic: Any) -> Entry:
    """One document, from Markdown below `content` to its stored page. `topic`: as `write_topic` takes it.

    Needs an application (`app`, `edge` or `client`), since pages hold addresses.
    """
    write_topic(content, **topic)
    return published_folder(platform, content, now=now)[0]


def published_folder(platform: Platform, content: Path, overviews: tuple[OverviewMaker, ...] = (), *,
                     now: datetime = NOW) -> tuple[Entry, ...]:
    """All that a folder holds, signed and published; the same folder from an empty database once in a process."""
    def make() -> tuple[Entry, ...]:
        waiting = import_content(platform, content, now)
        clear(platform, waiting, now)
        return publish_entries(platform, waiting, overviews, now)

    name = ("folder", platform.base_url, *platform.homes.items(), platform.is_demo, platform.rooms, overviews, now)
    return copies.once(platform.database, (*name, *texts(content)), make)


def texts(content: Path) -> Iterator[tuple[str, bytes]]:
    """What a folder of content holds. Beside its folders may lie other things: a database."""
    for path in sorted(content.glob("*/**/*")):
        if path.is_file():
            yield str(path.relative_to(content)), path.read_bytes()


@cache
def sealed_secret() -> str:
    """TOTP_SECRET as an account keeps it. Once for all: sealing takes its time."""
    made: str = people.totp_wallet(KeyRing((SECRET,)))(key=TOTP_SECRET).to_json(encrypt=True)
    return made


def sign_in(client: Client, email: str, password: str = PASSWORD) -> TestResponse:
    """Signs in as a person does: sends the form, and types the code where one is asked for."""
    answer = client.post("/sign-in", base_url=BASE_URL, data={"email": email, "password": password})
    if not answer.headers.get("Location", "").startswith("/sign-in/code"):
        return answer
    return type_code(client, answer.location)


def signed_in(client: Client, database: Database, name: tuple[object, ...],
              make: Callable[[Session], Account]) -> Account:
    """The account that `make` makes, signed in in this browser: `once` in a minute, since a sign-in grows old."""
    def make_all() -> tuple[Account, str]:
        with database.writing() as session:
            made = make(session)
        sign_in(client, made.email)
        cookie = client.get_cookie(COOKIE)
        assert cookie is not None
        return made, cookie.value

    made, value = copies.once(database, ("signed in", *name, int(time.time() // 60)), make_all)
    client.set_cookie(COOKIE, value, httponly=True)
    return made


def type_code(client: Client, path: str = "/sign-in/code") -> TestResponse:
    """Types a code of the account's authenticator that was not used yet, the oldest that is good first: so an account
    can sign in up to three times within half a minute."""
    for code in codes():
        answer = client.post(path, base_url=BASE_URL, data={"code": code})
        if answer.status_code != 200:
            break
    return answer


def codes() -> list[str]:
    """The codes of TOTP_SECRET that are good now."""
    made = people.totp_wallet(KeyRing((SECRET,)))(key=TOTP_SECRET)
    return [made.generate(time.time() + step * 30).token for step in (-1, 0, 1)]


def type_code_in_browser(page: Any) -> None:
    """In a browser: the code that whoever needs a second factor is asked for after the password; as `type_code` does,
    since two of a file's tests may sign the same account in within half a minute."""
    for code in codes():
        page.fill("[name=code]", code)
        with page.expect_navigation():
            page.keyboard.press("Enter")
        if "/sign-in" not in page.url:
            return
    raise AssertionError("none of the codes that are good now was taken")


def hidden_fields(html: str) -> dict[str, str]:
    """Name -> value of a page's hidden inputs."""
    inputs = "".join(re.findall(r"<input[^>]*>", html))  # to read the whole page takes as long as to answer it
    found = BeautifulSoup(inputs, "html.parser").select("input[type=hidden][name]")
    return {str(field["name"]): str(field.get("value", "")) for field in found}


# Campaigns

POSTAL_ADDRESS = "1 Example Street, Sampletown"
MAIL_FROM = "Materia <news@materia.example>"
WORDS = {"en": Words("A page for you", "Please **read** [the page](landing:)."),
         "zh-Hans": Words("给您的一页", "请阅读[这一页](landing:)。")}
LANDING = ("disease", "sampleitis", "patient")


def landing_page(platform: Platform, content: Path, *, languages: Iterable[str] = ("en",), market: str = "us",
                 now: datetime = NOW) -> tuple[Entry, ...]:
    """Publishes the page that campaigns lead to. Needs an application, like `published_document`."""
    for language in languages:
        write_topic(content, language=language, markets=(market,))
    return published_folder(platform, content, now=now)


def campaign(platform: Platform, sponsor: Company, *, languages: Iterable[str] = ("en",),
             kind: AccountKind = AccountKind.HCP, market: str = "us", name: str = "First letter",
             local_time: datetime = datetime(2026, 3, 2, 10), zone: str = "UTC",
             words: dict[str, Words] | None = None, now: datetime = NOW) -> Campaign:
    """A draft that leads to `landing_page` and goes out at 10:00 UTC."""
    assert sponsor.id is not None
    with platform.database.writing() as session:
        return planning.plan(session, NewCampaign(
            company_id=sponsor.id, name=name, account_kind=kind, market=market,
            words=words or {language: WORDS[language] for language in languages}, landing=LANDING,
            local_time=local_time, zone=zone), platform, now)


def clear_campaign(platform: Platform, campaign: Campaign, now: datetime = NOW) -> None:
    """Has the campaign signed by all review roles, as it stands."""
    with platform.database.writing() as session:
        writer = account(session, Role.MARKETER, kind=AccountKind.STAFF)
        made = submitting.submit(session, campaign, [writer.id or 0], platform, now)
        sign_all(session, made, reviewers(session), now)


def schedule_campaign(platform: Platform, campaign: Campaign, now: datetime = NOW) -> None:
    """Lets a cleared campaign go at its time."""
    with platform.database.writing() as session:
        planning.schedule(session, session.merge(campaign), platform, POSTAL_ADDRESS, now)


def recipients(platform: Platform, sponsor: Company, count: int, *, language: str = "en",
               kind: AccountKind = AccountKind.HCP, market: str = "us") -> list[Account]:
    """Accounts that agreed to the sponsor's mail; professionals are verified."""
    roles = [Role.HCP] if kind is AccountKind.HCP else []
    with platform.database.writing() as session:
        made = [account(session, *roles, kind=kind, language=language, market=market) for _ in range(count)]
        for person in made:
            consent(session, person, sponsor)
    return made


def released_campaign(platform: Platform, content: Path, people: int = 1, *, languages: Iterable[str] = ("en",),
                      now: datetime = NOW) -> Campaign:
    """A cleared campaign, the first of its database, whose deliveries, for `people` accounts per language, are in the
    outbox and due."""
    copies.once(platform.database, ("released campaign", platform.base_url, people, tuple(languages), now),
                lambda: _release_campaign(platform, content, people, tuple(languages), now))
    with platform.database.reading() as session:
        return session.scalars(select(Campaign)).one()


def _release_campaign(platform: Platform, content: Path, people: int, languages: tuple[str, ...],
                      now: datetime) -> None:
    landing_page(platform, content, languages=languages, now=now)
    with platform.database.writing() as session:
        sponsor = company(session)
    for language in languages:
        recipients(platform, sponsor, people, language=language)
    made = campaign(platform, sponsor, languages=languages, local_time=now.replace(tzinfo=None), now=now)
    clear_campaign(platform, made, now)
    schedule_campaign(platform, made, now)
    assert made.id is not None
    planning.release(platform.database, made.id, POSTAL_ADDRESS, made.send_at)
