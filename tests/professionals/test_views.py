"""The pages: one's own verification, and the operators' queue."""

from io import BytesIO
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from werkzeug.datastructures import FileStorage
from werkzeug.test import Client, TestResponse, stream_encode_multipart

from tests import builders
from tests.builders import BASE_URL, NOW, sign_in
from tests.professionals import claims
from tests.professionals.claims import FIELDS, NPI, PDF
from webapp.core.db import Database
from webapp.people.models import Account
from webapp.people.rules import Role
from webapp.professionals import queries, service
from webapp.professionals.models import Verification
from webapp.professionals.rules import evidence
from webapp.professionals.rules.states import State

OWN = "/account/verification"
HERE = {"Origin": BASE_URL}


@pytest.fixture
def doctor(database: Database) -> Account:
    with database.writing() as session:
        return builders.account(session)


@pytest.fixture
def operator(database: Database) -> Account:
    with database.writing() as session:
        return builders.account(session, Role.OPERATOR)


def send(client: Client, path: str = OWN, data: dict[str, Any] | None = None) -> TestResponse:
    return client.post(path, base_url=BASE_URL, headers=HERE, data=FIELDS if data is None else data)


def text_of(answer: TestResponse) -> str:
    return " ".join(BeautifulSoup(answer.text, "html.parser").get_text(" ").split())


def verification(database: Database, account: Account) -> Verification | None:
    with database.reading() as session:
        return queries.of_account(session, account.id or 0)


def waiting(database: Database, market: str = "us") -> Verification:
    with database.writing() as session:
        return claims.apply(session, builders.account(session, market=market))


def document_url(database: Database, made: Verification) -> str:
    with database.reading() as session:
        kept = queries.document_of(session, made.id or 0)
    assert kept is not None
    return f"/ops/verification/document/{kept.key}"


# One's own


def test_a_page_says_what_is_missing_and_the_next_says_what_comes(
        client: Client, database: Database, doctor: Account) -> None:
    sign_in(client, doctor.email)
    assert "You are not verified yet" in text_of(client.get(OWN))
    answer = send(client)
    assert (answer.status_code, answer.location) == (303, OWN)
    shown = text_of(client.get(OWN))
    assert "We are checking your application" in shown and "You have our answer here by" in shown


def test_whoever_the_register_knows_is_verified_at_once(client: Client, database: Database, doctor: Account) -> None:
    with database.writing() as session:
        claims.register(session)
    sign_in(client, doctor.email)
    send(client)
    assert "You are verified" in text_of(client.get(OWN))


def test_is_hcp_in_a_form_is_ignored(client: Client, database: Database, doctor: Account) -> None:
    sign_in(client, doctor.email)
    hostile = {"is_hcp": "true", "role": "hcp", "state": "verified", "finding": "matched", "round": "7",
               "account_id": "1", "scheme": "gb-gmc", "is_held": "false"}
    assert send(client, data={**FIELDS, **hostile}).status_code == 303
    made = verification(database, doctor)
    assert made is not None and (made.state, made.scheme, made.round) == (State.PENDING, "us-npi", 1)
    with database.reading() as session:
        person = session.get(Account, doctor.id)
        assert person is not None and person.roles == []


def test_each_fault_stands_at_its_field_and_what_was_typed_stays(client: Client, doctor: Account) -> None:
    sign_in(client, doctor.email)
    answer = send(client, data={**FIELDS, "number": "1234567890", "family_name": "<b>Ex"})
    page = BeautifulSoup(answer.text, "html.parser")
    field = page.select_one("input[name=number]")
    assert answer.status_code == 422 and field is not None
    assert (field["value"], field["aria-invalid"], field["aria-describedby"]) == ("1234567890", "true", "number-fault")
    assert "not a valid NPI" in str(page.select_one("#number-fault"))
    assert "<b>Ex" not in answer.text and str(page.select_one("input[name=family_name]")).count("&lt;b&gt;Ex")


@pytest.mark.parametrize(("market", "asks_region", "wants"), [
    ("us", True, "(not needed)"), ("gb", False, "(not needed)"), ("eu", True, "Your certificate"),
    ("cn", False, "Your certificate")])
def test_a_market_asks_for_what_its_scheme_needs(
        client: Client, database: Database, market: str, asks_region: bool, wants: str) -> None:
    with database.writing() as session:
        person = builders.account(session, market=market)
    sign_in(client, person.email)
    page = BeautifulSoup(client.get(OWN).text, "html.parser")
    label = page.select_one("label[for=document]")
    assert label is not None and wants in label.text
    assert (page.select_one("input[name=region]") is not None) is asks_region


def test_a_chinese_doctor_sends_a_certificate(client: Client, database: Database) -> None:
    with database.writing() as session:
        person = builders.account(session, market="cn", language="zh-Hans")
    sign_in(client, person.email)
    without = send(client, data=claims.CHINESE)
    assert without.status_code == 422 and "请上传证书" in text_of(without)
    wrong = send(client, data={**claims.CHINESE, "document": (BytesIO(b"<svg onload=alert(1)>"), "x.pdf")})
    assert wrong.status_code == 422 and "PDF、PNG或JPEG" in text_of(wrong)
    assert send(client, data={**claims.CHINESE, "document": (BytesIO(PDF), "c.pdf")}).status_code == 303
    assert "我们正在核实您的申请" in text_of(client.get(OWN))


@pytest.mark.parametrize(("size", "status"), [(evidence.MOST_BYTES, 303), (evidence.MOST_BYTES + 1, 422),
                                              (evidence.MOST_BYTES * 2, 413)])
def test_a_file_has_a_limit(client: Client, doctor: Account, size: int, status: int) -> None:
    sign_in(client, doctor.email)
    file = FileStorage(BytesIO(b"\xff\xd8\xff" + b"x" * (size - 3)), "x.jpg")
    body, _, boundary = stream_encode_multipart({**FIELDS, "document": file}, threshold=10 * size)  # in memory
    answer = client.post(OWN, base_url=BASE_URL, headers=HERE, input_stream=body,
                         content_type=f"multipart/form-data; boundary={boundary}")
    assert answer.status_code == status


def test_other_forms_keep_their_smaller_limit(client: Client, operator: Account) -> None:
    sign_in(client, operator.email)
    assert send(client, "/ops/verification/find", {"number": "1" * 2_200_000}).status_code == 413


def test_a_form_from_another_site_applies_for_nobody(client: Client, database: Database, doctor: Account) -> None:
    sign_in(client, doctor.email)
    answer = client.post(OWN, base_url=BASE_URL, headers={"Origin": "http://evil.test"}, data=FIELDS)
    assert (answer.status_code, verification(database, doctor)) == (403, None)


# The licence revoked mid-session


def test_licence_revoked_mid_session_is_closed_at_the_next_request(
        app: Flask, client: Client, database: Database, doctor: Account, operator: Account) -> None:
    with database.writing() as session:
        claims.register(session)
    sign_in(client, doctor.email)
    send(client)
    with database.reading() as session:
        person = session.get(Account, doctor.id)
        assert person is not None and person.roles == [Role.HCP]
    desk = Client(client.application)
    sign_in(desk, operator.email)
    made = verification(database, doctor)
    assert made is not None
    answer = send(desk, f"/ops/verification/{made.key}", {"answer": "revoke:licence-ended", "round": "1"})
    assert answer.status_code == 303
    with database.reading() as session:
        person = session.get(Account, doctor.id)
        assert person is not None and person.roles == []
    shown = text_of(client.get(OWN))
    assert "Your verification was revoked" in shown and "The licence has ended" in shown


# The operators' pages


def test_the_queue_is_in_order_and_says_who_is_held(client: Client, database: Database, operator: Account) -> None:
    made = [waiting(database) for _ in range(3)]
    sign_in(client, operator.email)
    page = BeautifulSoup(client.get("/ops/verification/").text, "html.parser")
    links = [str(link["href"]).rpartition("/")[2] for link in page.select("table a")]
    assert links == [entry.key for entry in made]
    assert page.text.count("Number held by another account") == 2 and "3 applications wait." in page.text
    assert "Late" in page.text


def test_one_application_stands_beside_what_the_register_holds(
        client: Client, database: Database, operator: Account) -> None:
    with database.writing() as session:
        claims.register(session, given_name="ANNA")
    made = waiting(database)
    sign_in(client, operator.email)
    shown = text_of(client.get(f"/ops/verification/{made.key}"))
    assert "ANNA" in shown and "The register shows another given name." in shown and NPI in shown


@pytest.mark.parametrize(("answer", "state"), [
    ("verify:register-checked", State.VERIFIED), ("refuse:name-differs", State.REFUSED)])
def test_an_operator_decides(
        client: Client, database: Database, operator: Account, answer: str, state: State) -> None:
    made = waiting(database)
    sign_in(client, operator.email)
    page = BeautifulSoup(client.get(f"/ops/verification/{made.key}").text, "html.parser")
    assert answer in {field["value"] for field in page.select("input[name=answer]")}
    sent = send(client, f"/ops/verification/{made.key}", {
        "answer": answer, "note": "seen", **builders.hidden_fields(str(page))})
    assert sent.status_code == 303
    with database.reading() as session:
        kept = queries.by_key(session, made.key)
        assert kept is not None and (kept.state, kept.decided_by, kept.note) == (state, operator.id, "seen")
    assert "seen" in text_of(client.get(f"/ops/verification/{made.key}"))


@pytest.mark.parametrize(("data", "status"), [
    ({}, 422), ({"answer": "verify"}, 422), ({"answer": "nonsense:x"}, 422), ({"answer": "open:x"}, 422),
    ({"answer": "verify:register-checked"}, 409), ({"answer": "verify:register-checked", "round": "x"}, 409),
    ({"answer": "revoke:wrong-person", "round": "1"}, 409),
    ({"answer": "verify:document-checked", "round": "1"}, 422),
    ({"answer": "verify:register-checked", "round": "1", "note": "x" * 501}, 422)])
def test_half_a_decision_changes_nothing(
        client: Client, database: Database, operator: Account, data: dict[str, str], status: int) -> None:
    made = waiting(database)
    sign_in(client, operator.email)
    assert send(client, f"/ops/verification/{made.key}", data).status_code == status
    with database.reading() as session:
        kept = queries.by_key(session, made.key)
        assert kept is not None and kept.state == State.PENDING


def test_an_unknown_application_or_document_is_not_found(client: Client, operator: Account) -> None:
    sign_in(client, operator.email)
    paths = [f"/ops/verification/{'a' * 16}", f"/ops/verification/document/{'a' * 16}", "/ops/verification/?page=0",
             "/ops/verification/?page=1000000000000"]
    assert [client.get(path).status_code for path in paths] == [404] * 4


def test_a_number_is_found_however_it_is_typed_and_stands_in_no_address(
        client: Client, database: Database, operator: Account) -> None:
    made = waiting(database)
    sign_in(client, operator.email)
    found = send(client, "/ops/verification/find", {"number": " １２３4-567893 "})
    assert made.key in found.text and NPI not in (found.request.path + found.request.full_path)
    assert "Nobody claims this number" in text_of(send(client, "/ops/verification/find", {"number": "999"}))
    assert "Nobody claims this number" in text_of(send(client, "/ops/verification/find", {"number": ""}))


def test_a_document_is_a_file_to_save_and_powerless(client: Client, database: Database, operator: Account) -> None:
    made = waiting(database, "cn")
    sign_in(client, operator.email)
    answer = client.get(document_url(database, made))
    assert (answer.status_code, answer.data, answer.content_type) == (200, PDF, "application/pdf")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=\"evidence-")
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "Document opened" in text_of(client.get(f"/ops/verification/{made.key}"))


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.OPERATOR}))
def test_nobody_but_an_operator_sees_a_document(client: Client, database: Database, role: Role) -> None:
    made = waiting(database, "cn")
    with database.writing() as session:
        person = builders.account(session, role)
    sign_in(client, person.email)
    assert client.get(document_url(database, made)).status_code == 403


def test_not_even_the_person_who_sent_it(client: Client, database: Database) -> None:
    with database.writing() as session:
        person = builders.account(session, market="cn")
        made = claims.apply(session, person, now=NOW)
    sign_in(client, person.email)
    assert client.get(document_url(database, made)).status_code == 403


def test_an_erased_person_leaves_no_name_on_the_pages(client: Client, database: Database, operator: Account) -> None:
    from_market = waiting(database, "cn")
    with database.writing() as session:
        service.erase_person(session, from_market.account_id, NOW)
    sign_in(client, operator.email)
    for path in ("/ops/verification/", f"/ops/verification/{from_market.key}"):
        shown = text_of(client.get(path))
        assert "Erased" in shown and "王" not in shown and claims.CHINESE["number"] not in shown


def test_a_person_whose_data_were_erased_may_look_and_apply_again(
        client: Client, database: Database, doctor: Account) -> None:
    sign_in(client, doctor.email)
    send(client)
    with database.writing() as session:
        service.erase_person(session, doctor.id or 0, NOW)
    assert client.get(OWN).status_code == 200
    assert send(client).status_code == 303
