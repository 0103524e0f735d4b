"""Every route says who may call it, and nobody else passes: each route, by each role, and of another company."""

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest
import time_machine
from flask import Flask
from flask import session as cookie
from werkzeug.routing import Rule
from werkzeug.test import Client

from tests import builders
from tests.builders import sign_in
from webapp.app import OVERVIEWS, create_app
from webapp.articles.rules.frontmatter import Audience
from webapp.campaigns.models import Campaign
from webapp.config import Settings
from webapp.core.db import Database
from webapp.core.platform import Platform
from webapp.people import guards
from webapp.people.models import Account
from webapp.people.rules import SIGNED_IN, SPONSOR_ROLES, Role, may_call
from webapp.people.security import OWN, STRANGERS

FILLING = {"code": "a" * 26, "said": "a" * 16, "guest_key": "a" * 16, "token": "forged", "key": "a" * 16,
           "sha256": "0" * 64, "ending": "png", "head": "en", "rest": "diseases/none", "name": "a.png",
           "company": "a" * 16, "month": "2026-03", "slug": "none", "test": "pre", "attempt_key": "a" * 16,
           "heard_key": "a" * 16, "number": 1}
REFUSED = 403
FORGED = "a%0d%0a2026-03-02%20INFO%20materia.security%20role%20granted"
LEARNING = (
    "activities", "front", "begin", "go_on", "disclosures", "confirm_disclosures", "section", "confirm_section",
    "test", "begin_test", "question", "answer", "check", "hand_in", "result", "evaluation", "evaluate",
    "heard", "agree", "credit", "claim", "done")
"""Pages of a learner."""


def rules(app: Flask) -> list[Rule]:
    return list(app.url_map.iter_rules())


def address(app: Flask, rule: Rule, **filling: object) -> str:
    wanted = {name: {**FILLING, **filling}[name] for name in rule.arguments}
    return app.url_map.bind("localhost").build(rule.endpoint, wanted)


def closed(app: Flask) -> list[Rule]:
    return [rule for rule in rules(app) if guards.declaration(app, rule.endpoint) is not None]


def methods(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})


def test_every_route_declares_who_may_call_it(app: Flask) -> None:
    declared = {rule.endpoint: app.view_functions[rule.endpoint].__dict__ for rule in rules(app)}
    assert [name for name, own in declared.items() if "declared_roles" not in own] == [] and len(declared) > 10


def test_every_route_of_the_demo_declares_who_may_call_it(settings: Settings, platform: Platform) -> None:
    app = create_app(settings.model_copy(update={"demo": True}), platform)
    assert any(rule.endpoint.startswith("demo.") for rule in rules(app))
    assert all("declared_roles" in app.view_functions[rule.endpoint].__dict__ for rule in rules(app))


def test_a_route_that_declares_nobody_is_closed_to_everybody(app: Flask) -> None:
    app.add_url_rule("/planted", "planted", lambda: "secret")
    answer = app.test_client().get("/planted")
    assert (answer.status_code, "secret" in answer.text) == (REFUSED, False)


def test_routes_open_to_strangers_are_these_and_no_more(app: Flask) -> None:
    """A new public route is a decision: write it down here. No other signs anybody in (ASVS 6.3.4)."""
    is_open = {rule.endpoint for rule in rules(app) if guards.declaration(app, rule.endpoint) is None}
    assert is_open == {"site.front_door", "site.health", "consents.preferences", "consents.stop",
                       "engagement.beacon", "engagement.privacy", "engagement.choose_counting",
                       "campaigns.click", "articles.picture", "articles.stored", "review.guest", "review.guest_comment",
                       "people.invitation", "people.accept_invitation",
                       "safety_desks.handed_over", "safety_desks.acknowledge", "safety_desks.file",
                       "reporting.ask", "reporting.tell", "reporting.receipt", "search.results", "search.ask",
                       "safety_asking.more", "safety_asking.answer", "cme_certificates.one",
                       "cme_certificates.check", "cme_follow_up.ask", "cme_follow_up.answer", "cme_follow_up.agree",
                       "cme_follow_up.ask_to_stop", "cme_follow_up.stop",
                       "cme_disclose.ask", "cme_disclose.correct", "cme_disclose.state",
                       *(f"security.{name}" for name in STRANGERS)}


def test_routes_open_to_any_account_are_these_and_no_more(app: Flask) -> None:
    """So is a route that asks for no role."""
    assert {rule.endpoint for rule in rules(app) if guards.declaration(app, rule.endpoint) is SIGNED_IN} == {
        "site.after_sign_in", "professionals.own", "professionals.apply",
        *(f"site.{name}" for name in (
            "my_account", "show_profile", "change_profile", "show_keep", "keep", "kept", "remove_kept", "data",
            "data_json", "data_html", "show_erasure", "erase")),
        "people.security", "people.end_sign_in", "people.end_everywhere", "people.own_seats", "people.leave",
        "consents.own", "consents.answer", "consents.say_age", "consents.receipt", "consents.receipt_file",
        "site.history", "site.delete_history", "site.delete_line",
        *(f"cme_transcript.{name}" for name in (
            "own", "certificate", "as_csv", "as_pdf", "show_add", "add", "show_change", "change", "delete")),
        "cme_report.own", "cme_report.correct", *(f"cme.{name}" for name in LEARNING),
        *(f"security.{name}" for name in OWN)}


def test_a_stranger_is_asked_to_sign_in_on_every_closed_route_and_given_no_cookie(app: Flask, client: Client) -> None:
    for rule in closed(app):
        for method in methods(rule):
            answer = client.open(address(app, rule), method=method)
            assert answer.status_code == 302 and answer.location.startswith("/sign-in"), rule.endpoint
            assert "Set-Cookie" not in answer.headers, rule.endpoint
    assert closed(app)


@pytest.mark.parametrize("role", list(Role))
def test_a_role_passes_the_routes_that_name_it_and_no_others(
        app: Flask, client: Client, database: Database, role: Role) -> None:
    """By requests alone, with no script (ASVS 8.2.1, 8.3.1)."""
    with database.writing() as session:
        company = builders.company(session) if role in SPONSOR_ROLES else None
        person = builders.account(session, role, company=company)
    sign_in(client, person.email)
    for rule in sorted(closed(app), key=ends_the_sign_in):
        for method in methods(rule):
            status = client.open(address(app, rule), method=method).status_code
            assert status < 500, (rule.endpoint, method)
            is_open = may_call(guards.declaration(app, rule.endpoint), [role])
            is_learners = rule.endpoint.startswith(("cme.", "cme_")) and not rule.endpoint.startswith("cme_sponsors.")
            assert (status != REFUSED) is (is_open and not (is_learners and role in SPONSOR_ROLES)), (
                rule.endpoint, method)


def test_an_account_without_a_role_passes_what_is_open_to_any_account_and_no_other_closed_route(
        app: Flask, client: Client, database: Database) -> None:
    with database.writing() as session:
        person = builders.account(session)
    sign_in(client, person.email)
    passed = {rule.endpoint for rule in sorted(closed(app), key=ends_the_sign_in) for method in methods(rule)
              if client.open(address(app, rule), method=method).status_code != REFUSED}
    assert passed == {rule.endpoint for rule in closed(app)
                      if guards.declaration(app, rule.endpoint) is SIGNED_IN}


def ends_the_sign_in(rule: Rule) -> bool:
    """Such a route is walked last."""
    return rule.endpoint == "people.end_everywhere"


@pytest.mark.parametrize(("language", "market", "home"), [
    ("en", "us", "/en/"), ("en", "gb", "/en-gb/"), ("zh-Hans", "cn", "/zh/"), ("zh-Hans", "us", "/zh-us/")])
def test_an_account_without_a_role_lands_on_the_home_page_of_its_language_and_market(
        client: Client, database: Database, language: str, market: str, home: str) -> None:
    with database.writing() as session:
        person = builders.account(session, language=language, market=market)
    way_in = sign_in(client, person.email).location
    assert (way_in, client.get(way_in).location) == ("/after-sign-in", home)


@pytest.mark.parametrize(("roles", "work"), [
    ([Role.OPERATOR], "/ops/"), ([Role.MARKETER], "/sponsor/"), ([Role.SPONSOR_ADMIN], "/sponsor/"),
    ([Role.OPERATOR, Role.MARKETER], "/ops/"), ([Role.WRITER], "/desk/"), ([Role.LEGAL_REVIEWER], "/review/"),
    ([Role.LEGAL_REVIEWER, Role.OPERATOR], "/ops/"), ([Role.SAFETY], "/safety/"), ([], "")])
def test_a_role_is_led_to_where_its_work_is(roles: list[Role], work: str) -> None:
    assert guards.work_of(roles) == work


def test_a_professional_is_led_to_the_doctors_edition_where_there_is_one(
        client: Client, database: Database, platform: Platform, tmp_path: Path) -> None:
    with database.writing() as session:
        person = builders.account(session, Role.HCP)
    sign_in(client, person.email)
    before = client.get("/after-sign-in").location
    builders.write_topic(tmp_path, audience=Audience.HCP)
    waiting = builders.import_content(platform, tmp_path)
    builders.clear(platform, waiting)
    builders.publish_entries(platform, waiting, OVERVIEWS)

    assert (before, client.get("/after-sign-in").location) == ("/en/", "/en/pro/")
    assert client.get("/en/pro/").status_code == 200


def test_an_account_put_out_of_use_is_no_account(app: Flask, client: Client, database: Database) -> None:
    with database.writing() as session:
        person = builders.account(session)
    sign_in(client, person.email)
    with database.writing() as session:
        session.merge(person).active = False
    assert client.get("/after-sign-in").location.startswith("/sign-in")


def test_a_role_taken_away_is_gone_at_the_next_request(client: Client, database: Database) -> None:
    with database.writing() as session:
        person = builders.account(session, Role.MARKETER, company=builders.company(session))
    sign_in(client, person.email)
    before = client.get("/sponsor/").status_code
    with database.writing() as session:
        for grant in session.merge(person).grants:
            session.delete(grant)
    assert (before, client.get("/sponsor/").status_code) == (200, REFUSED)


def test_whoever_is_signed_in_is_not_offered_to_sign_in_where_they_may_not_go(
        client: Client, database: Database) -> None:
    with database.writing() as session:
        email = builders.account(session, Role.READER).email
    sign_in(client, email)
    refused = client.get("/ops/people")
    assert refused.status_code == REFUSED and "/sign-in" not in refused.text and "/account/" in refused.text


@pytest.fixture
def foreign(database: Database) -> tuple[Account, Campaign, Campaign]:
    """A marketer, a campaign of theirs, and one of another company."""
    with database.writing() as session:
        mine, theirs = builders.company(session), builders.company(session)
        person = builders.account(session, Role.MARKETER, company=mine)
        made = [Campaign(
            company_id=company.id or 0, name="First letter", account_kind="hcp", market="us", languages=["en"],
            landing_kind="disease", landing_slug="none", landing_audience="patient", local_time="2026-03-02T10:00:00",
            zone="UTC", state="scheduled", send_at=builders.NOW, created_at=builders.NOW) for company in (mine, theirs)]
        session.add_all(made)
        session.flush()
        return person, made[0], made[1]


@pytest.mark.parametrize("ending", ["", ".csv"])
def test_a_report_of_another_company_is_not_found(
        client: Client, foreign: tuple[Account, Campaign, Campaign], ending: str) -> None:
    """ASVS 8.2.2, 8.4.1."""
    person, mine, theirs = foreign
    sign_in(client, person.email)
    own, other, none = (client.get(f"/sponsor/campaigns/{key}{ending}") for key in (mine.key, theirs.key, "b" * 16))
    assert (own.status_code, other.status_code, none.status_code) == (200, 404, 404)
    assert other.text.replace(theirs.key, "") == none.text.replace("b" * 16, "")


def test_the_list_of_reports_shows_ones_own_companies_only(
        client: Client, foreign: tuple[Account, Campaign, Campaign]) -> None:
    person, mine, theirs = foreign
    sign_in(client, person.email)
    shown = client.get("/sponsor/").text
    assert mine.key in shown and theirs.key not in shown


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND", "X"])
def test_another_verb_is_no_way_around(client: Client, database: Database, method: str) -> None:
    for path in ("/sponsor/", "/en/", "/e", "/u/aaaa"):
        assert client.open(path, method=method).status_code in {400, 404, 405}, path


def test_a_header_that_overrides_the_verb_is_ignored(client: Client) -> None:
    headers = {"X-HTTP-Method-Override": "POST", "X-Method-Override": "POST"}
    assert client.get("/sign-out", headers=headers).status_code == 405


def test_a_declaration_without_a_role_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="needs a role"):
        guards.requires()


def test_an_empty_declaration_lets_nobody_in() -> None:
    assert not may_call((), list(Role))


@pytest.mark.parametrize("held", [[], [Role.READER], list(Role)])
def test_a_route_for_any_account_asks_for_no_role(held: list[Role]) -> None:
    assert may_call(SIGNED_IN, held)


def test_a_change_of_address_needs_a_fresh_sign_in(client: Client, database: Database) -> None:
    with database.writing() as session:
        person = builders.account(session, Role.READER)
    sign_in(client, person.email)
    before = client.get("/account/email").status_code
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=6)):
        answer = client.get("/account/email")
    assert (before, answer.status_code) == (200, 302) and answer.location.startswith("/account/again")


def test_a_cookie_names_no_person(app: Flask, database: Database) -> None:
    with database.writing() as session:
        person = builders.account(session, Role.READER)
    with app.test_client() as browser:
        form = browser.get("/sign-in")
        browser.post("/sign-in", data={"email": person.email, "password": builders.PASSWORD,
                                       **builders.hidden_fields(form.text)})
        assert person.fs_uniquifier in str(dict(cookie))
        assert person.email not in str(dict(cookie)) and person.name not in str(dict(cookie))


def test_a_line_break_that_a_client_sends_writes_no_line_of_the_log(
        client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for path in (f"/x{FORGED}", f"/sponsor/{FORGED}", f"/ops/people?q={FORGED}", f"/u/{FORGED}", f"/e?x={FORGED}",
                 f"/en/pro/drugs/{FORGED}", f"/sign-in?next={FORGED}"):
        client.get(path)
        for headers in ({}, {"Origin": "http://evil.test"}):
            client.post(path, data={"email": unquote(FORGED), "password": unquote(FORGED)}, headers=headers)
    assert "cross-site POST refused" in caplog.text
    assert FORGED not in caplog.text and unquote(FORGED) not in caplog.text
    assert not any("\n" in record.getMessage() or "\r" in record.getMessage() for record in caplog.records)
