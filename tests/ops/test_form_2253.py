"""FDA form 2253: which pieces a period has, what is known of each, and the files that are handed over."""

import csv
import hashlib
import io
import re
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import update
from sqlmodel import col
from werkzeug.test import Client, TestResponse

from tests import builders
from tests.articles.publishing import PROMOTIONAL, SPONSORED, wait_for, withdraw
from tests.builders import BASE_URL, NOW
from tests.medicines.labels import SET_ID, bring_in, spl
from tests.ops.pages import words_of
from tests.pdf_text import text_of
from webapp.campaigns.models import Campaign
from webapp.channels.models import Outgoing
from webapp.core import clock
from webapp.core.db import Database
from webapp.core.errors import Invalid
from webapp.core.platform import Platform
from webapp.edge import Edge
from webapp.ops.cli import review as command
from webapp.ops.service import filing, handing_over
from webapp.ops.service.filing import Filing
from webapp.people.rules import AccountKind, Role
from webapp.review.rules import form_2253
from webapp.review.rules.form_2253 import Piece, Product
from webapp.sponsors import service as sponsors

DAY = NOW.date()
pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return tmp_path / "content"


def company(platform: Platform) -> None:
    with platform.database.writing() as session:
        made = builders.company(session, SPONSORED["company"])
        sponsors.add_brand(session, made, "Branditis", "genericol")


def promote(platform: Platform, content: Path, now: datetime = NOW, *, label: bool = False, **topic: Any) -> Any:
    """The brand's page, from Markdown to readers, handed in as it is done outside tests."""
    builders.write_topic(content, **{**PROMOTIONAL, "is_reviewed": False, **topic})
    if label:
        file = content / "drugs" / "branditis" / "topic.yaml"
        file.write_text(file.read_text() + f"labels: [{{market: us, set_id: {SET_ID}}}]\n")
    return builders.published_folder(platform, content, now=now)[0]


def send(platform: Platform, at: datetime) -> None:
    with platform.database.writing() as session:
        session.execute(update(Outgoing).where(col(Outgoing.subject_kind) == "campaign").values(
            state="sent", changed_at=at))


def collect(platform: Platform, first: date = DAY, last: date = DAY, **given: str) -> Filing:
    with platform.database.reading() as session:
        return filing.collect(platform, session, first, last, given)


def files(platform: Platform, found: Filing) -> dict[str, bytes]:
    with platform.database.reading() as session:
        return handing_over.files(platform, session, found, NOW)


def run(platform: Platform, *words: str | Path) -> Result:
    return CliRunner().invoke(command, ["2253", *map(str, words)], obj=type("Context", (), {"platform": platform}))


# Which pieces


def test_a_promotional_page_counts_on_the_day_readers_first_could_open_it(platform: Platform, content: Path) -> None:
    company(platform)
    entry = promote(platform, content)
    later = NOW + timedelta(days=40)
    withdraw(platform, [entry])
    builders.publish_entries(platform, [entry], now=later)

    [form] = collect(platform).forms
    [piece] = form.pieces
    assert (piece.first_at, piece.digest, piece.version) == (NOW, entry.digest, 1)
    assert piece.material_code.startswith("MAT-2026-") and piece.material_code.endswith(" v1")
    assert "http://localhost/en/pro/drugs/branditis" in piece.description
    assert form.values["readers"] == "Professional" and form.values["products"] == "Single product"
    assert (form.values["proprietary_name"], form.values["established_name"]) == ("Branditis", "genericol")
    assert form.values["return_address"] == SPONSORED["company"]
    for first, last in ((DAY + timedelta(days=1), later.date()), (date(2025, 1, 1), DAY - timedelta(days=1))):
        assert collect(platform, first, last).forms == ()


def test_changed_words_are_another_piece_and_what_only_waits_is_none(platform: Platform, content: Path) -> None:
    company(platform)
    promote(platform, content)
    wait_for(platform, content, **PROMOTIONAL, is_reviewed=False, text="It waits")
    assert len(collect(platform).forms[0].pieces) == 1
    promote(platform, content, NOW + timedelta(days=1), text="It says more")
    [form] = collect(platform, DAY, DAY + timedelta(days=1)).forms
    assert [piece.first_at.date() for piece in form.pieces] == [DAY, DAY + timedelta(days=1)]
    assert [piece.version for piece in form.pieces] == [1, 2]


@pytest.mark.parametrize(("topic", "left_out"), [
    ({}, 0), ({"funding": SPONSORED}, 1), ({**PROMOTIONAL, "markets": ("gb",)}, 0)])
def test_what_is_not_promotion_of_a_us_medicine_is_not_on_a_form(platform: Platform, content: Path,
                                                                 topic: dict[str, Any], left_out: int) -> None:
    builders.published_document(platform, content, **topic)
    found = collect(platform)
    assert found.forms == () and len(found.left_out) == left_out


@pytest.mark.parametrize(("kind", "count"), [("34391-3", 1), ("34390-5", 0)])
def test_the_label_in_force_gives_its_facts_and_says_whether_it_needs_a_prescription(
        platform: Platform, content: Path, tmp_path: Path, kind: str, count: int) -> None:
    company(platform)
    for version, day in ((3, "20260101"), (4, "20260401")):
        bring_in(platform.database, tmp_path / "spl", spl(version, day=day, kind=kind))
    promote(platform, content, label=True)
    found = collect(platform)
    assert len(found.forms) == count and len(found.left_out) == 1 - count and found.without_label == ()
    for form in found.forms:
        told = {key: form.values[key] for key in ("application_type", "package_insert_date", "package_insert_id",
                                                  "manufacturer")}
        assert told == {"application_type": "NDA", "package_insert_date": "01/01/2026",
                        "package_insert_id": f"{SET_ID} version 3", "manufacturer": "Northwind Fictional Pharma"}


def test_accelerated_approval_is_read_from_the_labels_indications(platform: Platform, content: Path,
                                                                  tmp_path: Path) -> None:
    company(platform)
    source = spl().replace('<component><section><code code="34068-7"',
                           '<component><section><code code="34067-9" codeSystem="2.16.840.1.113883.6.1"/>'
                           "<text><paragraph>This indication is approved under Accelerated Approval.</paragraph></text>"
                           '</section></component><component><section><code code="34068-7"', 1)
    bring_in(platform.database, tmp_path / "spl", source)
    promote(platform, content, label=True)
    wait_for(platform, content, **PROMOTIONAL, is_reviewed=False, text="It waits")
    file = content / "drugs" / "branditis" / "topic.yaml"
    file.write_text(file.read_text() + f"labels: [{{market: us, set_id: {SET_ID}}}]\n")
    builders.import_content(platform, content)
    found = collect(platform)
    assert "due at FDA by 01/31/2026" in found.forms[0].pieces[0].comments
    assert len(found.due_before_use) == 1 and "branditis" in found.due_before_use[0]


def test_a_campaigns_mail_counts_when_the_first_of_it_left(platform: Platform, content: Path) -> None:
    builders.released_campaign(platform, content, people=2, languages=("en", "zh-Hans"))
    assert collect(platform, DAY, DAY + timedelta(days=9)).left_out == (), "none has left"
    send(platform, NOW + timedelta(days=1))
    assert [left.why for left in collect(platform, DAY, DAY + timedelta(days=9)).left_out] == [filing.NO_PRODUCT] * 2

    with platform.database.writing() as session:
        campaign = session.get_one(Campaign, 1)
        sponsors.add_brand(session, filing.sponsors.company(session, campaign.company_id), "A Page", "x1")
    found = collect(platform, DAY, DAY + timedelta(days=9))
    [form] = found.forms
    english, chinese = form.pieces
    assert "A page for you" in english.description and "给您的一页" in chinese.description
    assert english.first_at == chinese.first_at == NOW + timedelta(days=1)
    mail = files(platform, found)[english.specimen].decode()
    assert "Please <strong>read</strong>" in mail and "/u/specimen" in mail and "MAT-2026-" in mail
    assert "clinic.example" not in mail


# The form


def piece(**changed: Any) -> Piece:
    usual: dict[str, Any] = {
        "product": Product("Brand", "generic"), "applicant": "Northwind", "readers": "hcp",
        "material": "MAT-2026-000001", "version": 1, "digest": "d" * 64, "description": "A page", "first_at": NOW,
        "specimen": "pieces/a.html"}
    return Piece(**{**usual, **changed})


def test_a_form_is_about_one_product_and_one_audience() -> None:
    made = [piece(), piece(specimen="b"), piece(readers="patient"), piece(product=Product("Other", "thing"))]
    assert sorted((form.values["proprietary_name"], form.values["readers"], len(form.pieces))
                  for form in form_2253.forms(made, {})) == [
        ("Brand", "Consumer", 1), ("Brand", "Professional", 2), ("Other", "Professional", 1)]


def test_what_nobody_knows_stays_blank_and_is_named() -> None:
    [form] = form_2253.forms([piece(product=Product("Brand", "generic", category="NDA"))], {"telephone": "+1 555 0100"})
    unknown = [item.key for item in form.unknown]
    assert form.values["telephone"] == "+1 555 0100" and form.values["fax"] == ""
    assert "fax" in unknown and "material_type" not in unknown and "official" in unknown
    assert "return_address" in unknown and form.values["return_address"] == "Northwind"
    assert not {"telephone", "signature", "license_number", "cber_stage"} & set(unknown)
    biologic, = form_2253.forms([piece(product=Product("B", "c", category="BLA"))], {})
    assert {"license_number", "cber_stage"} <= {item.key for item in biologic.unknown}


def test_a_page_has_a_material_type_of_fdas_list_and_a_mail_none_that_is_known() -> None:
    [form] = form_2253.forms([piece(specimen="a"), piece(specimen="z", medium=form_2253.MAIL)], {})
    assert [form.piece_values(one)["material_type"] for one in form.pieces] == ["www-website", ""]
    assert "material_type" in [item.key for item in form.unknown], "as long as one of them has none"


def test_whoever_files_chooses_the_material_type_of_mails_and_of_nothing_else() -> None:
    [form] = form_2253.forms([piece(specimen="a"), piece(specimen="z", medium=form_2253.MAIL)],
                             {"mail_type": "www-ecomm"})
    assert [form.piece_values(one)["material_type"] for one in form.pieces] == ["www-website", "www-ecomm"]
    assert "material_type" not in [item.key for item in form.unknown]


@pytest.mark.parametrize(("given", "why"), [({"signature": "A"}, "no item 'signature'"), ({"readers": "A"}, "no item"),
                                            ({"fax": "1\n2"}, "one line"), ({"fax": "1" * 301}, "one line")])
def test_what_cannot_be_filled_in_is_refused(given: dict[str, str], why: str) -> None:
    with pytest.raises(Invalid, match=why):
        form_2253.check_given(given)


# What is handed over


def test_the_files_say_the_same_and_their_digests_hold(platform: Platform, content: Path, tmp_path: Path) -> None:
    company(platform)
    promote(platform, content)
    out = tmp_path / "filing"
    answer = run(platform, "--from", DAY, "--to", DAY, "--given", "official== Ann Example, =Head", "--out", out)
    assert answer.exit_code == 0, answer.output
    assert "Branditis, professional" in answer.output and "Fax number" in answer.output
    assert "no US label of it has come in" in answer.output

    [row] = csv.DictReader(io.StringIO((out / "form-2253.csv").read_text(encoding="utf-8-sig"), newline=""))
    assert (row["7c Date of first dissemination"], row["3 Proprietary name"]) == ("03/02/2026", "Branditis")
    assert row["7b Material type (FDA code)"] == "www-website"
    assert row["10 Name and title of the responsible official"].startswith("'="), "no formula"
    told = text_of((out / "form-2253.pdf").read_bytes())
    for part in ("7d.MaterialIDcode" + row["7d Material ID code"].replace(" ", ""), "3.ProprietarynameBranditis",
                 row["Digest of the content (SHA-256)"]):
        assert part in told, part
    listed = dict(reversed(line.split("  ")) for line in (out / "SHA256SUMS").read_text().splitlines())
    assert set(listed) == {"form-2253.csv", "form-2253.pdf", row["File"]}
    assert {name: hashlib.sha256((out / name).read_bytes()).hexdigest() for name in listed} == listed
    assert row["Digest of the file (SHA-256)"] == listed[row["File"]]
    assert run(platform, "--from", DAY, "--to", DAY, "--out", out).exception is not None, "nothing is written over"


def test_a_page_is_handed_over_as_readers_saw_it_and_fetches_and_counts_nothing(platform: Platform,
                                                                               content: Path) -> None:
    company(platform)
    entry = promote(platform, content)
    promote(platform, content, NOW + timedelta(days=1), text="It says more")
    made = files(platform, collect(platform))
    [name] = [name for name in made if name.startswith("pieces/")]
    html = made[name].decode()
    assert "It heals by itself" in html and "It says more" not in html and entry.digest[:8] in html
    assert "Ann Example" in html and "It may do harm." in html
    assert not re.search(r"<script|<link rel=\"stylesheet|beacon|src=\"/|href=\"/", html)
    assert made == files(platform, collect(platform)), "the same period gives the same files"


@pytest.mark.parametrize(("words", "said"), [
    (("--from", "2026-03-03", "--to", "2026-03-02"), "The first day comes after the last. Exchange them."),
    (("--from", "2026-03-02", "--to", "2026-03-02", "--given", "fax"), "ITEM=TEXT"),
    (("--from", "2026-03-02", "--to", "2026-03-02", "--given", "tax=1"), "There are: date_submitted"),
    (("--from", "2020-01-01", "--to", "2020-01-31"), "No promotional piece about a US prescription medicine")])
def test_what_makes_no_sense_is_refused_with_the_remedy_and_nothing_is_told_plainly(platform: Platform,
                                                                                    words: tuple[str, ...],
                                                                                    said: str) -> None:
    answer = run(platform, *words)
    assert said in answer.output + str(answer.exception)


# The page


@pytest.fixture
def filer(edge: Edge, database: Database) -> Client:
    with database.writing() as session:
        builders.account(session, Role.REGULATORY_REVIEWER, email="reg@materia.example", kind=AccountKind.STAFF,
                         now=clock.now())
    browser = Client(edge)
    builders.sign_in(browser, "reg@materia.example")
    return browser


def fetch(client: Client, query: str = "from=2026-03-02&to=2026-03-02") -> TestResponse:
    return client.get(f"/review/2253?{query}", base_url=BASE_URL)


def test_a_regulatory_reviewer_sees_the_pieces_and_takes_them_away(filer: Client, platform: Platform,
                                                                   content: Path) -> None:
    company(platform)
    promote(platform, content)
    assert 'href="/review/2253"' in filer.get("/review/", base_url=BASE_URL).text
    shown = words_of(fetch(filer))
    for part in ("Form 1 · Branditis", "Professional", "MAT-2026-", "Not known here", "9a Telephone"):
        assert part in shown, part
    send_to = {"base_url": BASE_URL, "headers": {"Origin": BASE_URL}}
    period = {"from": "2026-03-02", "to": "2026-03-02"}
    answer = filer.post("/review/2253.zip", data={**period, "telephone": "+1 555 0100"}, **send_to)
    assert (answer.status_code, answer.content_type) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert b"+1 555 0100" in archive.read("form-2253.csv") and "SHA256SUMS" in archive.namelist()
    refused = filer.post("/review/2253.zip", data={**period, "telephone": "1" * 400}, **send_to)
    assert refused.status_code == 422 and "1" * 400 in refused.text, "what was typed is not lost"


@pytest.mark.parametrize(("query", "status", "said"), [
    ("", 200, "There is nothing to send"), ("from=2026-03-03&to=2026-03-02", 422, "Exchange them"),
    ("from=now&to=2026-03-02", 422, "Give both days"), ("from=2026-03-02", 422, "Give both days")])
def test_the_page_tells_an_empty_period_and_a_wrong_one(filer: Client, query: str, status: int, said: str) -> None:
    answer = fetch(filer, query)
    assert answer.status_code == status and said in words_of(answer)


@pytest.mark.parametrize("role", [Role.LEGAL_REVIEWER, Role.WRITER, Role.MARKETER])
def test_nobody_else_files(edge: Edge, database: Database, role: Role) -> None:
    with database.writing() as session:
        builders.account(session, role, email="other@materia.example", kind=AccountKind.STAFF)
    browser = Client(edge)
    builders.sign_in(browser, "other@materia.example")
    assert fetch(browser).status_code == 403
    answer = browser.post("/review/2253.zip", base_url=BASE_URL, headers={"Origin": BASE_URL}, data={})
    assert answer.status_code == 403


def test_days_are_utc(platform: Platform, content: Path) -> None:
    company(platform)
    promote(platform, content, datetime(2026, 3, 2, 23, 59, 59, tzinfo=UTC))
    assert len(collect(platform, DAY, DAY).forms) == 1
    assert collect(platform, DAY + timedelta(days=1), DAY + timedelta(days=1)).forms == ()


