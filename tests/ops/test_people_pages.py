"""People: found, looked at, and acted on with a reason that the audit keeps."""

import logging
import re
from datetime import UTC, datetime

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select, text
from werkzeug.datastructures import MultiDict
from werkzeug.test import Client

from tests import builders
from tests.builders import NOW, PASSWORD, sign_in
from tests.ops.pages import WHY, act, at, devices, state, trail, words_of
from webapp.channels.models import Outgoing
from webapp.core.audit import By
from webapp.core.db import Database
from webapp.core.platform import Platform
from webapp.edge import Edge
from webapp.people import queries
from webapp.people import service as people
from webapp.people.models import Account, Passkey
from webapp.people.rules import Role, may_sign
from webapp.people.security.letters import AccountLetters
from webapp.people.service import linking
from webapp.sponsors.models import Company

# Finding


def found(client: Client, words: str = "", **fields: str) -> list[str]:
    answer = client.post("/ops/people", data={"words": words, **fields})
    assert answer.status_code == 200
    return [str(link["href"]) for link in BeautifulSoup(answer.text, "html.parser").select(".people a")]


@pytest.mark.postgresql
def test_somebody_is_found_by_address_in_whatever_case(operator: Client, ann: Account) -> None:
    for words in ("ann@clinic.example", "ANN@Clinic", "ann@", "  ann@clinic.example "):
        assert found(operator, words) == [at(ann)], words


def test_somebody_is_found_by_name_and_by_role(operator: Client, ann: Account, olli: Account) -> None:
    assert set(found(operator, "example")) >= {at(ann), at(olli)}
    assert found(operator, "Ann Ex", role="reader") == [at(ann)]
    assert found(operator, role="operator") == [at(olli)]


@pytest.mark.postgresql
@pytest.mark.usefixtures("ann")
def test_injection_into_the_search_finds_nobody(operator: Client) -> None:
    for words in ("%", "_nn", "ann%", "'; DROP TABLE account; --", "\0", "x" * 5000, "\\", "<b>"):
        assert found(operator, words) == [], words


@pytest.mark.usefixtures("ann")
def test_nothing_asked_finds_nobody_and_a_role_that_is_none_is_ignored(operator: Client) -> None:
    assert found(operator) == [] == found(operator, role="'; --")


def test_a_search_stands_in_no_address_and_no_log(
        operator: Client, ann: Account, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "materia"):
        answer = operator.post("/ops/people", data={"words": ann.email})
        form = BeautifulSoup(answer.text, "html.parser").select_one("form[action='/ops/people']")
        assert form is not None and form["method"] == "post"
        operator.get("/ops/people", query_string={"words": ann.email})
        act(operator, at(ann, "disable"), reason="x")
    assert ann.email not in caplog.text
    assert at(ann) not in operator.get("/ops/people", query_string={"words": ann.email}).text


def test_many_are_found_page_by_page(operator: Client, database: Database) -> None:
    with database.writing() as session:
        session.execute(text(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120) "
            "INSERT INTO account (key, email, password, fs_uniquifier, active, name, kind, language, market, time_zone,"
            " is_fictional, created_at) SELECT 'key' || i, i || '@many.example', '', 'u' || i, 1, 'Many', 'patient',"
            " 'en', 'us', 'UTC', 0, :now FROM n"), {"now": NOW})
    pages = [found(operator, "many.example", page=page) for page in ("1", "2", "3", "4")]
    assert [len(page) for page in pages] == [50, 50, 20, 0]
    assert len({path for page in pages for path in page}) == 120


LISTS = ["/ops/people", "/ops/companies", "/ops/mail", "/ops/suppression", "/ops/jobs", "/ops/audit"]


PLAIN: list[dict[str, str]] = [
    {"page": "1; DROP TABLE account"}, {"page": "x"}, {"page": "9" * 5000},
    {"sort": "email; DROP TABLE account", "order": "desc' --", "filter": "1=1"}]


@pytest.mark.postgresql
def test_a_page_that_no_list_has_is_not_found_and_what_is_no_number_is_the_first(operator: Client) -> None:
    """page=10^12, an injection into page or sort: 4xx, or as if it were not there."""
    for path in LISTS:
        plain = operator.get(path)
        assert plain.status_code == 200
        for page in ("1000000000000", "0", "-1", "1001"):
            assert operator.get(path, query_string={"page": page}).status_code == 404, (path, page)
        for query in PLAIN:
            assert words_of(operator.get(path, query_string=query)) == words_of(plain), (path, query)


# Looking


def test_one_person_is_shown_with_state_roles_and_sign_ins(
        operator: Client, edge: Edge, wanda: Account) -> None:
    sign_in(Client(edge), wanda.email)
    said = words_of(operator.get(at(wanda)))
    for shown in ("wanda@materia.example", "In use", "Writer", "set up", "Sign out there", "Olli Operator", "Signing",
                  "What was done", "Role granted"):
        assert shown in said, shown


def test_a_person_who_is_not_there_is_not_found(operator: Client) -> None:
    for path in ("/ops/people/" + "a" * 16, "/ops/people/%00", "/ops/people/" + "a" * 16 + "/consents"):
        assert operator.get(path).status_code == 404, path
    for verb in ("grant", "revoke", "disable", "enable", "sign-out", "second-factor", "unlink", "identity", "training"):
        assert act(operator, f"/ops/people/{'a' * 16}/{verb}", role="writer").status_code == 404, verb


def test_a_name_that_is_markup_is_text(operator: Client, database: Database, ann: Account) -> None:
    with database.writing() as session:
        session.get_one(Account, ann.id).name = "<script>alert(1)</script>"
    assert act(operator, at(ann, "disable"), reason="<img src=x onerror=alert(1)>").status_code == 303
    page = operator.get(at(ann)).text
    assert "<script>alert" not in page and "<img" not in page and "&lt;img src=x" in page


def test_no_secret_of_an_account_is_shown(operator: Client, database: Database, wanda: Account) -> None:
    page, kept = operator.get(at(wanda)).text, state(database, wanda)
    assert kept.tf_totp_secret and kept.password
    assert not [secret for secret in (kept.tf_totp_secret, kept.password, kept.fs_uniquifier, builders.TOTP_SECRET)
                if secret in page]


# Every act asks why


VERBS: list[tuple[str, dict[str, str]]] = [
    ("grant", {"role": "writer"}), ("revoke", {"held": "reader:"}), ("disable", {}), ("enable", {}),
    ("sign-out", {}), ("second-factor", {}), ("unlink", {}), ("identity", {"witness": "Olli Operator"}),
    ("training", {"training": "Signing, v2"})]


def test_without_a_reason_nothing_is_done(operator: Client, database: Database, ann: Account) -> None:
    before = (state(database, ann).active, state(database, ann).roles, trail(database, ann))
    for verb, fields in VERBS:
        for reason in ("", "no", "   x   ", "x" * 501):
            answer = act(operator, at(ann, verb), reason, **fields)
            assert answer.status_code == 422 and "3 to 500 characters" in answer.text, (verb, reason)
    assert (state(database, ann).active, state(database, ann).roles, trail(database, ann)) == before


def test_an_act_is_no_get_and_comes_from_no_other_site(operator: Client, database: Database, ann: Account) -> None:
    before = trail(database, ann)
    for verb, fields in VERBS:
        sent = {"reason": WHY, **fields}
        assert operator.get(at(ann, verb), query_string=sent).status_code == 405, verb
        foreign = operator.post(at(ann, verb), data=sent, headers={"Origin": "http://evil.test"})
        assert (foreign.status_code, trail(database, ann)) == (403, before), verb


def test_another_verb_and_doubled_parameters_are_no_way_around(
        operator: Client, database: Database, ann: Account) -> None:
    """A header or a field that overrides the verb, a second reason, a second role: the first counts, or nothing."""
    before = trail(database, ann)
    for headers in ({"X-HTTP-Method-Override": "POST"}, {"X-Method-Override": "POST"}):
        overridden = operator.get(at(ann, "disable"), query_string={"reason": WHY, "_method": "POST"}, headers=headers)
        assert overridden.status_code == 405
    for method in ("PUT", "PATCH", "DELETE", "TRACE"):
        assert operator.open(at(ann), method=method).status_code == 405, method
    doubled = MultiDict([("reason", ""), ("reason", WHY), ("role", "writer")])
    assert operator.post(at(ann, "grant"), data=doubled).status_code == 422
    assert (trail(database, ann), state(database, ann).active) == (before, True)
    operator.post(at(ann, "grant"), data=MultiDict([("reason", WHY), ("role", "writer"), ("role", "operator")]))
    assert set(state(database, ann).roles) == {Role.READER, Role.WRITER}


@pytest.mark.parametrize(("verb", "fields", "action", "detail"), [
    ("grant", {"role": "writer"}, "role-granted", "writer"), ("revoke", {"held": "reader:"}, "role-revoked", "reader"),
    ("disable", {}, "account-disabled", ""), ("sign-out", {}, "sign-ins-ended", "all"),
    ("second-factor", {}, "second-factor-reset", ""),
    ("identity", {"witness": "Olli Operator"}, "identity-verified", ""),
    ("training", {"training": "Signing, v2"}, "training-recorded", "")])
def test_an_act_is_audited_with_its_reason_and_shown(
        operator: Client, database: Database, olli: Account, ann: Account, verb: str, fields: dict[str, str],
        action: str, detail: str) -> None:
    answer = act(operator, at(ann, verb), **fields)
    assert (answer.status_code, answer.location) == (303, f"{at(ann)}?notice=done")
    assert trail(database, ann)[0] == (action, olli.id, detail, WHY)
    said = words_of(operator.get(answer.location))
    assert "Done, and recorded in the audit." in said and WHY in said


# Out of use


def test_an_account_out_of_use_is_signed_out_and_cannot_sign_in_until_it_is_back(
        operator: Client, edge: Edge, database: Database, ann: Account) -> None:
    reader = Client(edge)
    sign_in(reader, ann.email)
    act(operator, at(ann, "disable"))
    assert reader.get("/account/security").location.startswith("/sign-in")
    assert "Out of use" in words_of(operator.get(at(ann))) and devices(database, ann) == 0
    assert sign_in(reader, ann.email).status_code == 200, "the form again"
    act(operator, at(ann, "enable"))
    assert sign_in(reader, ann.email).status_code == 302
    assert [action for action, *_ in trail(database, ann)[:2]] == ["account-enabled", "account-disabled"]


def test_doing_it_twice_changes_and_audits_nothing(operator: Client, database: Database, ann: Account) -> None:
    for _ in range(2):
        act(operator, at(ann, "disable"))
    assert [action for action, *_ in trail(database, ann)] == ["account-disabled", "role-granted"]


# Sign-ins


def test_one_sign_in_is_ended_and_the_others_stay(
        operator: Client, edge: Edge, database: Database, ann: Account) -> None:
    phone, desk = Client(edge), Client(edge)
    for reader in (phone, desk):
        sign_in(reader, ann.email)
    with database.reading() as session:
        newest = queries.sign_ins(session, ann.id or 0, datetime.now(UTC))[0]
    assert act(operator, at(ann, "sign-out"), sign_in=newest.key).status_code == 303
    assert devices(database, ann) == 1
    assert sorted(reader.get("/account/security").status_code for reader in (phone, desk)) == [200, 302]
    assert act(operator, at(ann, "sign-out"), sign_in=newest.key).status_code == 409
    act(operator, at(ann, "sign-out"))
    assert devices(database, ann) == 0


def test_a_sign_in_of_somebody_else_is_not_ended_through_this_account(
        operator: Client, edge: Edge, database: Database, ann: Account, wanda: Account) -> None:
    sign_in(Client(edge), wanda.email)
    with database.reading() as session:
        theirs = queries.sign_ins(session, wanda.id or 0, datetime.now(UTC))[0].key
    assert act(operator, at(ann, "sign-out"), sign_in=theirs).status_code == 409
    assert devices(database, wanda) == 1


# A lost device


def test_a_lost_second_factor_is_taken_away_whole_and_its_owner_told(
        operator: Client, edge: Edge, database: Database, platform: Platform, wanda: Account) -> None:
    with database.writing() as session:
        person = session.get_one(Account, wanda.id)
        person.mf_recovery_codes = ["sealed"]
        session.add(Passkey(account_id=wanda.id or 0, name="phone", credential_id=b"1", public_key=b"2", sign_count=0,
                            usage="first", lastuse_datetime=NOW))
    reader = Client(edge)
    sign_in(reader, wanda.email)
    act(operator, at(wanda, "second-factor"))
    left = state(database, wanda)
    assert (left.tf_primary_method, left.tf_totp_secret, left.mf_recovery_codes) == (None, None, None)
    with database.reading() as session:
        assert session.get_one(Account, wanda.id).webauthn == []
        letter = session.scalars(select(Outgoing)).one()
        sent = AccountLetters(platform, "Materia <a@materia.example>").recheck(session, letter, datetime.now(UTC))
    assert (letter.account_id, letter.address, devices(database, wanda)) == (wanda.id, wanda.email, 0)
    assert b"Your second factor was taken away" in sent.message  # type: ignore[union-attr]
    assert reader.get("/account/security").location.startswith("/sign-in")


def test_identity_and_training_that_an_operator_records_let_somebody_sign(
        operator: Client, database: Database, wanda: Account) -> None:
    with database.writing() as session:
        session.get_one(Account, wanda.id).sqlmodel_update({"identity_verified_at": None, "trained_at": None})
    act(operator, at(wanda, "identity"), witness="  Olli   Operator ")
    act(operator, at(wanda, "training"), training="Signing, v2")
    kept, today = state(database, wanda), datetime.now(UTC).date()
    assert (kept.identity_verified_by, kept.training) == ("Olli Operator", "Signing, v2")
    assert kept.identity_verified_at is not None and kept.trained_at is not None
    assert may_sign(kept.identity_verified_at.date(), kept.trained_at.date(), today) is None
    assert "Olli Operator" in words_of(operator.get(at(wanda)))


def test_nothing_and_too_much_are_no_witness_and_no_training(
        operator: Client, database: Database, ann: Account) -> None:
    before = trail(database, ann)
    for words in ("", "  ", "x" * 201, "a\0b"):
        assert act(operator, at(ann, "identity"), witness=words).status_code == 422, words
        assert act(operator, at(ann, "training"), training=words).status_code == 422, words
    assert trail(database, ann) == before


def test_no_operator_lets_themself_sign(operator: Client, database: Database, olli: Account) -> None:
    before = trail(database, olli)
    assert act(operator, at(olli, "identity"), witness="Olli").status_code == 403
    assert act(operator, at(olli, "training"), training="Signing").status_code == 403
    assert trail(database, olli) == before and "witness" not in operator.get(at(olli)).text


def test_a_link_to_an_organisation_is_shown_and_taken_away_with_a_reason(
        operator: Client, database: Database, olli: Account, wanda: Account) -> None:
    assert act(operator, at(wanda, "unlink")).status_code == 409
    with database.writing() as session:
        linking.link(session, wanda.id or 0, issuer="https://login.example", subject="wanda-7", now=NOW)
    page = operator.get(at(wanda))
    assert "https://login.example" in words_of(page) and "wanda-7" not in page.text
    assert act(operator, at(wanda, "unlink")).status_code == 303
    assert trail(database, wanda)[0] == ("organisation-unlinked", olli.id, "", WHY)
    assert "https://login.example" not in words_of(operator.get(at(wanda)))


def test_after_a_reset_a_password_alone_opens_no_staff_page(
        operator: Client, edge: Edge, wanda: Account) -> None:
    """The next sign-in sets up a new second factor first."""
    act(operator, at(wanda, "second-factor"))
    reader = Client(edge)
    sign_in(reader, wanda.email, PASSWORD)
    assert reader.get("/account/security").status_code == 302, "not signed in by a password alone"


# Consents


def test_consents_are_found_by_address_or_key_and_shown_with_their_words(
        operator: Client, database: Database, ann: Account, company: Company) -> None:
    with database.writing() as session:
        builders.consent(session, session.get_one(Account, ann.id), company)
        builders.consent(session, session.get_one(Account, ann.id), company, is_granted=False)
    for typed in (ann.email.upper(), ann.key):
        answer = operator.post("/ops/consents", data={"account": typed})
        assert (answer.status_code, answer.location) == (303, at(ann, "consents")), typed
    said = words_of(operator.get(at(ann, "consents")))
    assert said.index("Withdrawn") < said.index("Agreed")
    for shown in ("Mail paid for by a company", "Northwind", "Words of version 1", "Mar 2, 2026"):
        assert shown in said, shown


def test_consents_of_nobody_are_told_so(operator: Client) -> None:
    for typed in ("nobody@clinic.example", "ann@", "\0", "x" * 5000):
        answer = operator.post("/ops/consents", data={"account": typed})
        assert answer.status_code == 200 and "There is no such account" in answer.text, typed


def test_who_was_never_asked_is_told_so(operator: Client, ann: Account) -> None:
    assert "never asked" in operator.get(at(ann, "consents")).text


def test_the_ledger_cannot_be_changed_from_here(operator: Client, ann: Account) -> None:
    assert act(operator, at(ann, "consents")).status_code == 405


def test_pages_of_people_speak_chinese(operator: Client, ann: Account) -> None:
    said = words_of(operator.get(at(ann) + "?language=zh-Hans"))
    assert "更改" in said and "授予角色" in said
    assert not re.findall(r"\b(Role|Account|Why)\b", said)


def test_an_act_is_audited_by_who_is_signed_in_and_by_nobody_whom_the_form_names(
        operator: Client, database: Database, olli: Account, ann: Account) -> None:
    act(operator, at(ann, "disable"), actor=str(ann.id), account_id=str(ann.id), by="command line")
    assert trail(database, ann)[0][1] == olli.id


def test_the_verb_of_a_service_needs_somebody_who_acts(database: Database, ann: Account) -> None:
    with pytest.raises(TypeError, match="by"), database.writing() as session:
        people.revoke(session, session.get_one(Account, ann.id), Role.READER)  # type: ignore[call-arg]
    with database.writing() as session:
        people.revoke(session, session.get_one(Account, ann.id), Role.READER, by=By("schedule", NOW))
    assert trail(database, ann)[0][0] == "role-revoked"
