"""A newer label flags exactly the pages that lean on what it changed; writers and reviewers look and close."""

from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from sqlmodel import Session, select
from werkzeug.test import Client

from tests import builders, copies
from tests.articles.leaning import CLAIM, write_claims, write_drug
from tests.builders import NOW
from tests.medicines.labels import DOSING, INTERACTIONS, OVERDOSE, SAMPLES, bring_in, spl
from webapp.articles.models import LabelFlag
from webapp.articles.queries import labels as labels_queries
from webapp.articles.rules.shelf import Entry
from webapp.articles.service.labels import flag_changes
from webapp.articles.service.leaning import look_up_in
from webapp.core import audit
from webapp.core.db import Database
from webapp.core.platform import Platform
from webapp.core.subject import Subject
from webapp.people.models import Account
from webapp.people.rules import AccountKind, Role

BOTH = pytest.mark.postgresql
ON_DOSING, ON_OVERDOSE = CLAIM, {**CLAIM, "id": "remedy", "label": {**CLAIM["label"], "section": OVERDOSE}}
Flags = list[tuple[str, str, int, int]]


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    return tmp_path / "labels"


@pytest.fixture
def drugs(content: Path, platform: Platform, client: Client) -> list[Entry]:
    """Two pages that wait: one leans on the label's dosing, the other on what it says of an overdose."""
    write_drug(content)
    write_claims(content, ON_DOSING, {**CLAIM, "id": "own", "label": None})
    write_drug(content, slug="otherin", text="{claim: remedy}")
    write_claims(content, ON_OVERDOSE, drug="otherin")
    write_drug(content, slug="plainin", text="plain")
    return copies.once(platform.database, (__name__,), lambda: builders.import_content(platform, content))


def follow(database: Database) -> int:
    with database.writing() as session:
        return flag_changes(session, NOW)


def flags(database: Database) -> Flags:
    """(slug, section, from version, to version) of the open ones."""
    with database.reading() as session:
        return [(row.slug, row.flag.section, row.flag.from_version, row.flag.to_version)
                for row in labels_queries.flagged(session, is_open=True, limit=100)]


def flag(session: Session) -> LabelFlag:
    return session.exec(select(LabelFlag)).one()


@BOTH
def test_a_changed_section_flags_the_pages_that_lean_on_it_and_no_other(
        drugs: list[Entry], database: Database, labels: Path) -> None:
    bring_in(database, labels, spl(1))
    assert follow(database) == 0
    bring_in(database, labels, spl(2, s34068_7="Two tablets a day."))

    assert (follow(database), flags(database)) == (1, [("samplin", DOSING, 1, 2)])


@BOTH
def test_a_newer_label_that_says_the_same_there_flags_nothing(
        drugs: list[Entry], database: Database, labels: Path) -> None:
    bring_in(database, labels, spl(1))
    bring_in(database, labels, spl(2, s34073_7="Something else about others."))
    assert follow(database) == 0


def test_looking_again_flags_nothing_twice(drugs: list[Entry], database: Database, labels: Path) -> None:
    for source in (spl(1), spl(2, s34068_7="Two tablets a day.")):
        bring_in(database, labels, source)
    assert [follow(database) for _ in range(3)] == [1, 0, 0]


def test_an_older_label_flags_nothing(drugs: list[Entry], database: Database, content: Path, labels: Path,
                                      platform: Platform) -> None:
    write_claims(content, {**ON_DOSING, "label": {**CLAIM["label"], "version": 5}})
    builders.import_content(platform, content)
    for source in (spl(5), spl(2, s34068_7="Two tablets a day.", s34088_5="There is no antidote.")):
        bring_in(database, labels, source)
    follow(database)
    assert "samplin" not in {slug for slug, *_ in flags(database)}


def test_a_page_ahead_of_every_label_that_came_in_is_not_flagged(
        drugs: list[Entry], database: Database, content: Path, labels: Path, platform: Platform) -> None:
    for drug in ("samplin", "otherin"):
        claim = ON_DOSING if drug == "samplin" else ON_OVERDOSE
        write_claims(content, {**claim, "label": {**claim["label"], "version": 5}}, drug=drug)
    builders.import_content(platform, content)
    bring_in(database, labels, spl(4))
    assert follow(database) == 0


def test_a_section_that_is_gone_is_a_change(drugs: list[Entry], database: Database, labels: Path) -> None:
    for source in (spl(1), spl(2, s34068_7="")):
        bring_in(database, labels, source)
    follow(database)
    assert flags(database) == [("samplin", DOSING, 1, 2)]


def test_what_cannot_be_compared_is_flagged(drugs: list[Entry], database: Database, labels: Path) -> None:
    bring_in(database, labels, spl(2))
    follow(database)
    assert flags(database) == [("samplin", DOSING, 1, 2), ("otherin", OVERDOSE, 1, 2)]


def test_a_page_that_came_in_after_the_label_is_flagged_as_well(
        platform: Platform, content: Path, client: Client, labels: Path) -> None:
    for source in (spl(1), spl(2, s34068_7="Two tablets a day.")):
        bring_in(platform.database, labels, source)
    write_drug(content)
    write_claims(content)
    builders.import_content(platform, content)
    assert follow(platform.database) == 1


def test_a_flag_takes_nothing_down(drugs: list[Entry], platform: Platform, labels: Path, client: Client) -> None:
    builders.clear(platform, drugs)
    builders.publish_entries(platform, drugs)
    bring_in(platform.database, labels, spl(1))
    bring_in(platform.database, labels, spl(2, s34068_7="Two tablets a day."))
    follow(platform.database)

    assert client.get("/en/drugs/samplin").status_code == 200
    with platform.database.reading() as session:
        assert [row.is_live for row in labels_queries.flagged(session, is_open=True, limit=9)] == [True]


def test_a_page_that_leans_on_the_newer_version_has_no_flag_left(
        drugs: list[Entry], platform: Platform, content: Path, labels: Path) -> None:
    for source in (spl(1), spl(2, s34068_7="Two tablets a day.")):
        bring_in(platform.database, labels, source)
    follow(platform.database)
    write_claims(content, {**ON_DOSING, "label": {**CLAIM["label"], "version": 2}})
    builders.import_content(platform, content)

    assert (follow(platform.database), flags(platform.database)) == (0, [])


def test_a_yet_newer_label_moves_an_open_flag_on(drugs: list[Entry], database: Database, labels: Path) -> None:
    for number in (1, 2, 3):
        bring_in(database, labels, spl(number, s34068_7=f"{number} tablets a day."))
        follow(database)
    assert flags(database) == [("samplin", DOSING, 1, 3)]


def test_what_was_looked_at_is_flagged_again_only_by_another_change(
        drugs: list[Entry], database: Database, labels: Path, wanda: Account, client: Client) -> None:
    bring_in(database, labels, spl(1))
    bring_in(database, labels, spl(2, s34068_7="Two tablets a day."))
    follow(database)
    close(client, wanda, database)
    bring_in(database, labels, spl(3, s34068_7="Two tablets a day.", s34073_7="Other words."))
    assert follow(database) == 0
    bring_in(database, labels, spl(4, s34068_7="Three tablets a day."))
    assert (follow(database), flags(database)) == (1, [("samplin", DOSING, 2, 4)])


def test_a_flag_stands_in_the_audit(drugs: list[Entry], database: Database, labels: Path) -> None:
    for source in (spl(1), spl(2, s34068_7="Two tablets a day.")):
        bring_in(database, labels, source)
    follow(database)
    with database.reading() as session:
        line, = audit.newest(session, "article")
        subject = Subject(line.entry.subject_kind, line.entry.subject_id)
    samplin = next(entry for entry in drugs if entry.slug == "samplin")
    assert (line.entry.action, subject, line.entry.actor) == ("label-flagged", samplin.subject, audit.SCHEDULE)


@pytest.mark.skipif(not SAMPLES.exists(), reason="the shared labels are not here")
def test_a_real_label_whose_interactions_change_flags_the_page_that_cites_them(
        platform: Platform, content: Path, client: Client, labels: Path) -> None:
    lipitor = "c6e131fe-e7df-4876-83f7-9156fc4e8228"
    real = (SAMPLES / "lipitor-orig.xml").read_text(encoding="utf-8")
    for slug, section in (("samplin", INTERACTIONS), ("otherin", OVERDOSE)):
        write_drug(content, slug=slug)
        write_claims(content, {**CLAIM, "label": {"set_id": lipitor, "section": section, "version": 11}}, drug=slug)
    builders.import_content(platform, content)
    bring_in(platform.database, labels, real)
    assert follow(platform.database) == 0
    old, version = "&gt;1.2 liters per day", '<versionNumber value="11"/>'
    assert old in real and version in real
    changed = real.replace(old, "&gt;1 liter per day").replace(version, version.replace("11", "12"))
    bring_in(platform.database, labels, changed)

    assert (follow(platform.database), flags(platform.database)) == (1, [("samplin", INTERACTIONS, 11, 12)])


def test_a_section_s_digest_reaches_the_dossier_by_way_of_the_database(
        platform: Platform, content: Path, client: Client, labels: Path) -> None:
    bring_in(platform.database, labels, spl(1))
    found = look_up_in(platform.database)([(CLAIM["label"]["set_id"], 1, DOSING), ("none", 1, DOSING)])
    assert len(found) == 1 and all(len(digest) == 64 for digest in found.values())


# The desk's page


@pytest.fixture
def wanda(database: Database) -> Account:
    """A writer."""
    with database.writing() as session:
        return builders.account(session, Role.WRITER, email="wanda@materia.example", kind=AccountKind.STAFF)


@pytest.fixture
def flagged(drugs: list[Entry], database: Database, labels: Path) -> LabelFlag:
    """The only open flag."""
    for source in (spl(1), spl(2, s34068_7="Two tablets a day.")):
        bring_in(database, labels, source)
    follow(database)
    with database.reading() as session:
        return flag(session)


def close(client: Client, person: Account, database: Database, reason: str = "Still true") -> int:
    builders.sign_in(client, person.email)
    with database.reading() as session:
        keys = [row.flag.key for row in labels_queries.flagged(session, is_open=True, limit=9)]
    return client.post("/desk/labels/close", data={"flag": keys, "reason": reason}).status_code


def test_the_page_shows_what_changed_in_words_and_marks(flagged: LabelFlag, wanda: Account, client: Client) -> None:
    builders.sign_in(client, wanda.email)
    page = BeautifulSoup(client.get("/desk/labels").text, "html.parser")
    for said in page.select(".label-difference .visually-hidden"):
        assert said.text.strip(" []") in ("taken out:", "put in:", "")
        said.extract()

    assert [mark.text for mark in page.select("del")] == ["One tablet "]
    assert [mark.text for mark in page.select("ins")] == ["Two tablets "]
    assert "Samplin: 2 DOSAGE" in page.text and [box["value"] for box in page.select("[name=flag]")] == [flagged.key]


def test_a_writer_closes_a_flag_with_a_reason_that_the_audit_keeps(
        flagged: LabelFlag, wanda: Account, client: Client, database: Database) -> None:
    assert close(client, wanda, database, "The dose in our page is the doctor's") == 303
    with database.reading() as session:
        assert flag(session).closed_at is not None
        line, = audit.about(session, Subject("label-flag", flagged.id or 0))
    assert (line.entry.action, line.entry.account_id) == ("label-flag-closed", wanda.id)
    page = client.get("/desk/labels?notice=done").text
    assert "No flags are open." in page and "The dose in our page is the doctor&#39;s" in page
    assert "recorded in the audit" in page


@pytest.mark.parametrize(("form", "status"), [
    ({"reason": "no"}, 422), ({}, 422), ({"reason": "Looked", "flag": []}, 422),
    ({"reason": "Looked", "flag": ["somebody-else-s"]}, 404)])
def test_a_close_without_reason_flag_or_sense_changes_nothing(
        flagged: LabelFlag, wanda: Account, client: Client, database: Database, form: dict[str, object],
        status: int) -> None:
    builders.sign_in(client, wanda.email)
    assert client.post("/desk/labels/close", data={"flag": [flagged.key], **form}).status_code == status
    assert len(flags(database)) == 1


def test_a_flag_that_was_closed_meanwhile_is_a_conflict(
        flagged: LabelFlag, wanda: Account, client: Client, database: Database) -> None:
    close(client, wanda, database)
    answer = client.post("/desk/labels/close", data={"flag": [flagged.key], "reason": "Looked too"})
    assert answer.status_code == 409 and "meanwhile" in answer.text


@pytest.mark.parametrize("role", [Role.MEDICAL_REVIEWER, Role.LEGAL_REVIEWER, Role.REGULATORY_REVIEWER])
def test_a_reviewer_may_close(flagged: LabelFlag, client: Client, database: Database, role: Role) -> None:
    with database.writing() as session:
        person = builders.account(session, role, kind=AccountKind.STAFF)
    assert close(client, person, database) == 303


def test_an_operator_looks_on(flagged: LabelFlag, client: Client, database: Database) -> None:
    with database.writing() as session:
        person = builders.account(session, Role.OPERATOR, kind=AccountKind.STAFF)
    assert close(client, person, database) == 403
    page = client.get("/desk/labels").text
    assert "Samplin: 2 DOSAGE" in page and "name=\"flag\"" not in page


@pytest.mark.parametrize("role", [Role.READER, Role.MARKETER])
def test_others_are_refused(client: Client, database: Database, role: Role) -> None:
    with database.writing() as session:
        company = builders.company(session) if role is Role.MARKETER else None
        person = builders.account(session, role, company=company)
    builders.sign_in(client, person.email)
    assert client.get("/desk/labels").status_code == 403


def test_a_stranger_signs_in_first(client: Client) -> None:
    assert client.get("/desk/labels").status_code in (302, 401)


def test_the_page_is_written_in_chinese_and_the_label_is_marked_as_english(
        flagged: LabelFlag, wanda: Account, client: Client) -> None:
    builders.sign_in(client, wanda.email)
    page = BeautifulSoup(client.get("/desk/labels?language=zh-Hans").text, "html.parser")
    assert "说明书变更" in page.text
    assert all(mark.find_parent(attrs={"lang": "en"}) for mark in page.select("del, ins"))
    assert {said["lang"] for said in page.select(".label-difference .visually-hidden[lang]")} == {"zh-Hans"}
