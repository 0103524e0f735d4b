"""Plan to inbox: a campaign from its draft to a real SMTP server, its links, and the way out of it."""

import json
import re
import smtplib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import dkim as dkimpy  # type: ignore[import-untyped]
import pytest
import time_machine
from bs4 import BeautifulSoup
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import delete, func, select
from sqlmodel import col
from werkzeug.test import Client, TestResponse

from tests import builders
from tests import peer as peers
from tests.builders import POSTAL_ADDRESS
from tests.peer import Peer
from tests.waiting import PATIENCE_SECONDS
from webapp import worker
from webapp.campaigns import queries as campaigns
from webapp.campaigns.models import Campaign, Click
from webapp.channels.dkim import Signer
from webapp.channels.models import Outgoing
from webapp.channels.service.sending import Senders
from webapp.config import Settings
from webapp.consents.models import Consent, ConsentEntry
from webapp.core import clock
from webapp.core.platform import Platform
from webapp.engagement.models import Reading
from webapp.engagement.service import SOURCE_TOKEN
from webapp.people.models import Account, Grant
from webapp.reports.rules import week_of
from webapp.reports.service import building

BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
SCANNER = {"User-Agent": "python-requests/2.32"}
both_engines = pytest.mark.postgresql


@pytest.fixture(scope="session")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DKIM key."""
    pem = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = tmp_path_factory.mktemp("dkim") / "key.pem"
    path.write_bytes(pem)
    return path


@dataclass
class Inbox:
    """The campaign that was sent and what arrived of it."""

    campaign: Campaign
    peer: Peer
    platform: Platform

    def mail(self, language: str = "en") -> EmailMessage:
        """The mail in that language."""
        marker = {"en": "A page for you", "zh-Hans": "给您的一页"}[language]
        return next(mail for mail in self.peer.mails if mail["Subject"] == marker)

    def text(self, kind: str, language: str = "en") -> str:
        """Its `plain` or `html` part."""
        part = self.mail(language).get_body((kind,))
        assert part is not None
        return str(part.get_content())

    def links(self, folder: str) -> list[str]:
        """The paths of all mails' links below `/c/` or `/u/`, one for each mail."""
        texts = [str(mail.get_body(("plain",)).get_content()) for mail in self.peer.mails]  # type: ignore[union-attr]
        return [found for text in texts for found in re.findall(rf"http://localhost(/{folder}/[\w.~-]+)", text)[:1]]

    def link(self, folder: str) -> str:
        """The path of its link below `/c/` or `/u/`."""
        found = re.search(rf"http://localhost(/{folder}/[\w.~-]+)", self.text("plain"))
        assert found is not None
        return found.group(1)

    def count(self, table: type) -> int:
        """Rows of a table."""
        with self.platform.database.reading() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0


Deliver = Callable[..., Inbox]


def sending_to(port: int, settings: Settings, **more: object) -> Settings:
    """The settings of an installation whose relay listens there."""
    return Settings(**settings.model_dump() | {"smtp_port": port, "smtp_tls": "none", "mail_from": builders.MAIL_FROM,
                                               "postal_address": POSTAL_ADDRESS} | more)


@pytest.fixture(scope="module")
def began() -> datetime:
    """When campaigns are planned and released: one moment, so that those alike are made once."""
    return clock.now()


@pytest.fixture
def deliver(platform: Platform, client: Client, settings: Settings, key_file: Path, began: datetime,
            tmp_path: Path) -> Iterator[Deliver]:
    """Plans, clears, releases and sends a campaign to `people` for each language, as a worker does."""
    with peers.listening() as server:
        def run(*languages: str, people: int = 1) -> Inbox:
            campaign = builders.released_campaign(platform, tmp_path / "content", people, now=began,
                                                  languages=languages or ("en",))
            senders = Senders(worker.post(platform, sending_to(
                server.port, settings, dkim_key_file=key_file, dkim_domain="materia.example")), 1)
            senders.start()
            assert server.await_mails(people * len(languages) or people)
            senders.stop()
            return Inbox(campaign, server, platform)
        yield run


@both_engines
def test_every_mail_is_sent_once_and_recorded(deliver: Deliver) -> None:
    inbox = deliver("en", "zh-Hans")
    with inbox.platform.database.reading() as session:
        assert list(session.scalars(select(col(Outgoing.state)))) == ["sent", "sent"]
    assert list(inbox.peer.counts().values()) == [1, 1]


def test_the_signature_covers_the_headers_of_one_click_and_verifies(deliver: Deliver, key_file: Path) -> None:
    raw = deliver().peer.raw[0]
    signer = Signer.from_pem(key_file.read_bytes(), domain="materia.example", selector="materia")
    records = {f"{signer.dns_name}.".encode(): signer.dns_record.encode()}
    assert dkimpy.verify(raw, dnsfunc=lambda name, timeout=5: records.get(name))
    signed = re.search(rb"[; \t]h=([^;]+);", raw.replace(b"\r\n", b""))
    assert signed is not None
    names = {name.strip().lower() for name in signed.group(1).split(b":")}
    assert {b"from", b"to", b"subject", b"date", b"message-id", b"list-unsubscribe", b"list-unsubscribe-post"} <= names


def test_a_changed_byte_breaks_the_signature(deliver: Deliver, key_file: Path) -> None:
    raw = deliver().peer.raw[0].replace(b"A page for you", b"A page for You", 1)
    signer = Signer.from_pem(key_file.read_bytes(), domain="materia.example", selector="materia")
    records = {f"{signer.dns_name}.".encode(): signer.dns_record.encode()}
    assert not dkimpy.verify(raw, dnsfunc=lambda name, timeout=5: records.get(name))


def test_the_headers_are_those_of_bulk_mail(deliver: Deliver) -> None:
    inbox = deliver()
    mail = inbox.mail()
    assert re.fullmatch(r"<http://localhost/u/[a-z2-7]{26}>", mail["List-Unsubscribe"])
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert re.search(r"<c\d+\.campaigns\.materia\.example>$", mail["List-Id"])
    assert re.fullmatch(r"<[a-z2-7]+@materia\.example>", mail["Message-ID"])
    assert abs((clock.now() - parsedate_to_datetime(mail["Date"])).total_seconds()) < 300
    assert (mail["From"], mail["Precedence"]) == ("Materia <news@materia.example>", "bulk")
    assert all(len(mail.get_all(name, [])) == 1 for name in ("From", "To", "Subject", "Date", "List-Unsubscribe"))


def test_text_and_html_say_the_same_who_pays_and_where_from(deliver: Deliver) -> None:
    inbox = deliver()
    assert inbox.mail().get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in inbox.mail().iter_parts()] == ["text/plain", "text/html"]
    for kind in ("plain", "html"):
        words = inbox.text(kind)
        assert all(told in words for told in (
            "Advertisement", "Paid for by Company", POSTAL_ADDRESS, "Stop mails from Company", inbox.link("c"),
            inbox.link("u"), "because you agreed")), kind
    assert "<strong>read</strong>" in inbox.text("html")
    assert "**" not in inbox.text("plain")


def test_the_mail_names_no_person_and_loads_nothing(deliver: Deliver) -> None:
    inbox = deliver()
    html = inbox.text("html")
    assert not re.search(r"<img|<script|<link|src=|url\(", html)
    assert "@clinic.example" not in html + inbox.text("plain")


def test_markup_and_template_marks_in_a_message_stay_literal(platform: Platform, client: Client, tmp_path: Path,
                                                             settings: Settings) -> None:
    subject = "{{ config }} <b>"
    with peers.listening() as server:
        due = clock.now()
        builders.landing_page(platform, tmp_path / "content", now=due)
        with platform.database.writing() as session:
            sponsor = builders.company(session, "Smith & <Sons>")
        builders.recipients(platform, sponsor, 1)
        made = builders.campaign(platform, sponsor, words={
            "en": builders.Words(subject, "{{ config }} <script>alert(1)</script> [page](landing:)")},
            local_time=due.replace(tzinfo=None))
        builders.clear_campaign(platform, made, due)
        builders.schedule_campaign(platform, made, due)
        builders.planning.release(platform.database, made.id or 0, POSTAL_ADDRESS, clock.now())
        senders = Senders(worker.post(platform, sending_to(server.port, settings)), 1)
        senders.start()
        assert server.await_mails(1)
        senders.stop()
        mail = server.mails[0]
        html = str(mail.get_body(("html",)).get_content())  # type: ignore[union-attr]
    assert mail["Subject"] == subject
    assert "{{ config }}" in html
    assert "<script" not in html
    assert "Smith &amp; &lt;Sons&gt;" in html


def test_a_chinese_mail_is_in_chinese(deliver: Deliver) -> None:
    inbox = deliver("en", "zh-Hans")
    for kind in ("plain", "html"):
        words = re.sub(r"<style.*?</style>|<[^>]+>|http\S+|Company \d+ \(fictional\)|MAT-\d{4}-\d{6}|版本[0-9a-f]{8}",
                       " ", inbox.text(kind, "zh-Hans"), flags=re.S)
        sender = f"Materia的地址：{POSTAL_ADDRESS}"
        assert sender in words and "本邮件由Materia代" in words, kind
        assert not re.findall(r"[A-Za-z]{3,}", words.replace(sender, "").replace("由Materia代", "")), kind
        assert "请阅读" in words
    assert 'lang="zh-Hans"' in inbox.text("html", "zh-Hans")


# Clicks


def click(client: Client, path: str, **headers: str) -> TestResponse:
    return client.get(path, headers=headers or BROWSER)


def clicks(inbox: Inbox) -> list[str]:
    inbox.platform.writer.close()  # writes what was handed in
    with inbox.platform.database.reading() as session:
        return list(session.scalars(select(col(Click.kind)).order_by(col(Click.id))))


def test_a_link_leads_to_its_stored_page_with_the_campaigns_mark(deliver: Deliver, client: Client) -> None:
    inbox = deliver()
    answer = click(client, inbox.link("c"))
    target = urlsplit(answer.headers["Location"])
    assert (answer.status_code, target.path, target.netloc) == (302, "/en/diseases/sampleitis", "")
    mark = parse_qs(target.fragment)["m"][0]
    assert inbox.platform.ring.read(SOURCE_TOKEN, mark) == {"c": inbox.campaign.key, "o": "1"}


def test_the_mark_names_the_campaign_and_no_delivery(deliver: Deliver, client: Client) -> None:
    inbox = deliver()
    with inbox.platform.database.reading() as session:
        key = session.scalar(select(col(Outgoing.key)))
    assert key
    assert key not in click(client, inbox.link("c")).headers["Location"]


def test_a_click_sets_no_cookie(deliver: Deliver, client: Client) -> None:
    assert "Set-Cookie" not in click(client, deliver().link("c")).headers


@pytest.mark.parametrize("change", [
    lambda token: token[:40] + ("A" if token[40] != "A" else "B") + token[41:], lambda token: "x" + token,
    lambda token: "x", lambda token: token.replace(".", "", 1), lambda token: token + "AAAA"])
def test_a_tampered_link_is_a_neutral_404_and_counts_nothing(deliver: Deliver, client: Client,
                                                             change: Callable[[str], str]) -> None:
    inbox = deliver()
    answer = click(client, "/c/" + change(inbox.link("c").removeprefix("/c/")))
    assert (answer.status_code, clicks(inbox)) == (404, [])
    assert "sampleitis" not in answer.text.lower()


def test_a_mark_of_another_purpose_opens_no_link(deliver: Deliver, client: Client) -> None:
    inbox = deliver()
    forged = inbox.platform.ring.sign(SOURCE_TOKEN, {"l": "x", "d": "y"})
    assert click(client, f"/c/{forged}").status_code == 404


@both_engines
def test_scanners_leave_a_row_by_get_none_by_head_and_change_nothing_else(deliver: Deliver, client: Client) -> None:
    inbox = deliver()
    for _ in range(3):
        assert client.head(inbox.link("c"), headers=SCANNER).status_code == 302
        assert client.get(inbox.link("c"), headers=SCANNER).status_code == 302
        client.head(inbox.link("u"), headers=SCANNER)
        client.get(inbox.link("u"), headers=SCANNER)
    assert clicks(inbox) == ["suspected-scanner"] * 3
    assert is_granted(inbox)


def test_a_browser_that_follows_at_once_is_taken_for_a_scanner(deliver: Deliver, client: Client) -> None:
    inbox = deliver()
    click(client, inbox.link("c"))
    assert clicks(inbox) == ["suspected-scanner"]


def test_a_browser_that_follows_later_is_taken_for_a_person(deliver: Deliver, client: Client) -> None:
    inbox = deliver()
    with time_machine.travel(clock.now() + timedelta(minutes=1)):
        click(client, inbox.link("c"))
    assert clicks(inbox) == ["human"]


@both_engines
def test_what_is_stored_of_a_click_leads_to_no_delivery_and_no_person(deliver: Deliver, client: Client) -> None:
    inbox = deliver(people=2)
    for path in inbox.links("c"):
        click(client, path)
        click(client, path)
    clicks(inbox)
    with inbox.platform.database.reading() as session:
        keys = list(session.scalars(select(col(Click.mail_key))))
        known = {str(value) for table in (Outgoing, Consent, Account, Grant) for row in session.scalars(select(table))
                 for value in row.model_dump().values()}
    assert len(keys) == 4 and len(set(keys)) == 2, "a person's clicks are told from another's"
    assert not set(keys) & known
    assert all(column in ("id", "campaign_id", "link_id", "mail_key", "kind", "at") for column in Click.model_fields)


def test_a_link_leads_on_after_its_delivery_was_forgotten(deliver: Deliver, client: Client) -> None:
    inbox = deliver()
    with inbox.platform.database.writing() as session:
        session.execute(delete(Outgoing))
    assert click(client, inbox.link("c")).status_code == 302


@both_engines
def test_people_who_followed_a_real_mails_link_show_in_the_campaigns_report(deliver: Deliver, client: Client) -> None:
    inbox = deliver(people=24)
    with time_machine.travel(clock.now() + timedelta(minutes=1)):
        for path in inbox.links("c")[:12]:
            assert "#m=" in click(client, path).headers["Location"]
            click(client, path)
    clicks(inbox)
    week = week_of(inbox.campaign.send_at.date()).name
    figures = dict(building.build(inbox.platform, inbox.campaign, week, clock.now() + timedelta(days=9)).figures.mail)
    assert (figures["sent"], figures["clicked-human"]) == (24, 12)


def test_a_scanner_faster_than_our_record_is_still_one(deliver: Deliver, client: Client) -> None:
    inbox = deliver()
    with inbox.platform.database.writing() as session:
        row = session.scalars(select(Outgoing)).one()
        row.state = "sending"
        session.add(row)
    click(client, inbox.link("c"))
    assert clicks(inbox) == ["suspected-scanner"]


def test_a_reading_that_came_by_the_link_is_counted_for_its_campaign(deliver: Deliver, client: Client) -> None:
    inbox = deliver()
    location = click(client, inbox.link("c")).headers["Location"]
    page, _, fragment = location.partition("#m=")
    token = re.search(r'data-beacon-token="([^"]+)"', client.get(page).text)
    assert token is not None
    answer = client.post("/e", headers=BROWSER, content_type="text/plain;charset=UTF-8", data=json.dumps({
        "t": token.group(1), "v": "a" * 32, "d": clock.now().date().isoformat(), "e": 30, "s": 40, "p": 95,
        "m": fragment}))
    assert answer.status_code == 204
    with inbox.platform.database.reading() as session:
        assert session.scalars(select(col(Reading.source))).one() == inbox.campaign.key


# The way out


def is_granted(inbox: Inbox) -> bool:
    with inbox.platform.database.reading() as session:
        return session.scalars(select(col(Consent.is_granted))).one()


def test_a_hundred_gets_of_the_unsubscribe_link_change_nothing(deliver: Deliver, client: Client) -> None:
    inbox = deliver()
    before = inbox.count(ConsentEntry)
    for _ in range(100):
        assert client.get(inbox.link("u")).status_code == 200
    assert (is_granted(inbox), inbox.count(ConsentEntry)) == (True, before)


@both_engines
@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_one_post_without_a_cookie_withdraws_and_a_repeat_is_harmless(deliver: Deliver, edge: object, client: Client,
                                                                      content_type: str) -> None:
    inbox = deliver()
    before = inbox.count(ConsentEntry)
    for _ in range(3):
        mail_program = Client(edge, use_cookies=False)  # type: ignore[arg-type]
        answer = mail_program.post(inbox.link("u"), data={"List-Unsubscribe": "One-Click"}, content_type=content_type)
        assert (answer.status_code, "Set-Cookie" in answer.headers) == (200, False)
    assert (is_granted(inbox), inbox.count(ConsentEntry)) == (False, before + 1)
    with inbox.platform.database.reading() as session:
        entry = session.scalars(select(ConsentEntry).order_by(col(ConsentEntry.id).desc())).first()
        assert entry is not None and (entry.is_granted, entry.place) == (False, "one-click")


@both_engines
def test_one_button_stops_the_mail_of_every_company_and_a_look_at_it_changes_nothing(deliver: Deliver,
                                                                                     client: Client) -> None:
    inbox = deliver()
    with inbox.platform.database.writing() as session:
        person, stranger = session.scalars(select(Account).where(col(Account.kind) == "hcp")).one(), builders.account(
            session)
        others = [builders.company(session) for _ in range(2)]
        for company in others:
            builders.consent(session, person, company)
        builders.consent(session, stranger, others[0])
    page = BeautifulSoup(client.get(inbox.link("u")).text, "html.parser")
    button = page.select_one('button[name="stop"]')
    assert button is not None
    assert "all" in button.text and len(granted_to(inbox, person)) == 3

    answer = client.post(inbox.link("u"), data={"stop": button["value"]}, headers={"Origin": "http://localhost"})
    assert answer.status_code == 200 and "No company sends you mail" in answer.text
    assert (granted_to(inbox, person), len(granted_to(inbox, stranger))) == ([], 1)
    before = inbox.count(ConsentEntry)
    client.post(inbox.link("u"), data={"stop": button["value"]}, headers={"Origin": "http://localhost"})
    assert inbox.count(ConsentEntry) == before, "doing so again changes nothing"


def test_the_write_lock_is_not_held_while_the_page_is_rendered(deliver: Deliver, client: Client,
                                                               monkeypatch: pytest.MonkeyPatch) -> None:
    inbox = deliver()
    render = inbox.platform.renderer.render

    def render_while_another_writes(*arguments: object, **named: object) -> str:
        with inbox.platform.database.writing() as session:
            session.execute(delete(Click))
        return render(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(inbox.platform.renderer, "render", render_while_another_writes)
    assert client.post(inbox.link("u"), data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not is_granted(inbox)


def test_the_other_companies_can_still_be_stopped_after_the_one(deliver: Deliver, client: Client) -> None:
    inbox = deliver()
    with inbox.platform.database.writing() as session:
        person = session.scalars(select(Account).where(col(Account.kind) == "hcp")).one()
        builders.consent(session, person, builders.company(session))
    client.post(inbox.link("u"), data={"List-Unsubscribe": "One-Click"})
    assert len(granted_to(inbox, person)) == 1
    page = client.get(inbox.link("u")).text
    assert 'name="stop"' in page and "Press the button" not in page


def granted_to(inbox: Inbox, person: Account) -> list[Consent]:
    with inbox.platform.database.reading() as session:
        return list(session.scalars(select(Consent).where(
            col(Consent.account_id) == person.id, col(Consent.is_granted).is_(True))))


def test_the_button_on_the_page_withdraws_too(deliver: Deliver, client: Client) -> None:
    inbox = deliver()
    form = builders.hidden_fields(client.get(inbox.link("u")).text)
    assert client.post(inbox.link("u"), data=form, headers={"Origin": "http://localhost"}).status_code == 200
    assert not is_granted(inbox)


@pytest.mark.parametrize("verb", ["get", "post"])
def test_an_enumerated_code_gets_a_neutral_page(deliver: Deliver, client: Client, verb: str) -> None:
    inbox = deliver()
    assert getattr(client, verb)("/u/" + "a" * 26).status_code == 404
    assert is_granted(inbox)


def test_nobody_who_left_is_written_to_by_the_next_campaign(deliver: Deliver, client: Client, tmp_path: Path) -> None:
    inbox = deliver()
    client.post(inbox.link("u"), data={"List-Unsubscribe": "One-Click"})
    with inbox.platform.database.reading() as session:
        sponsor = session.get(builders.Company, inbox.campaign.company_id)
    assert sponsor is not None
    second = builders.campaign(inbox.platform, sponsor, name="Second letter",
                               local_time=clock.now().replace(tzinfo=None))
    builders.clear_campaign(inbox.platform, second)
    builders.schedule_campaign(inbox.platform, second)
    assert builders.planning.release(inbox.platform.database, second.id or 0, POSTAL_ADDRESS, clock.now()) == 0
    with inbox.platform.database.reading() as session:
        assert campaigns.campaign(session, second.id or 0).state == "released", "and so to nobody"


def test_the_server_that_stands_in_is_a_real_one(deliver: Deliver) -> None:
    inbox = deliver()
    with smtplib.SMTP("127.0.0.1", inbox.peer.port, timeout=PATIENCE_SECONDS) as other:
        assert other.noop()[0] == 250
