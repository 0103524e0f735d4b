"""A physician sees how the report of their credit stands, corrects what the accreditor did not take, and takes their
agreement back before it went."""

from datetime import date

import pytest
from sqlmodel import select
from werkzeug.test import Client

from tests import builders
from tests.builders import BASE_URL, SECRET
from tests.cme import activities, certified
from webapp.cme.models import CmeParticipation, CmeReporting
from webapp.cme.rules.pars import Identity
from webapp.cme.service import certifying, pars, reporting
from webapp.cme.service.pars import Kind, Record, State
from webapp.core import clock
from webapp.core.audit import COMMAND_LINE, By
from webapp.core.platform import Platform
from webapp.core.tokens import KeyRing
from webapp.people.rules import AccountKind, Role

HERE = {"base_url": BASE_URL, "headers": {"Origin": BASE_URL}}
RING = KeyRing((SECRET,))
FORM = {"pars_agrees": "yes", "pars_given": "Ann", "pars_family": "Exmaple", "pars_state": "NY",
        "pars_licence": "123456", "pars_month": "2", "pars_day": "29"}
RIGHT = FORM | {"pars_family": "Example"}


@pytest.fixture
def way(platform: Platform, client: Client) -> str:
    """The page of a physician who has credit, agreed to its report and mistyped a name."""
    with platform.database.writing() as session:
        certified.publish_reviewed(session, clock.now())
        person = builders.account(session, Role.HCP, kind=AccountKind.HCP, now=clock.now())
        held = certified.ready(session, clock.now(), account=person)
        certified.certify(session, held, clock.now(), amounts={"ama-pra-1": "0.5"}, provider=activities.ACCREDITED,
                          is_verified=True)
        reporting.consent(session, RING, activities.again(session, held), FORM, clock.now())
    builders.sign_in(client, person.email)
    return f"/account/cme/reports/{held.key}"


def run(platform: Platform, answer: State) -> list[bytes]:
    """One run of the report, with what learners' records are answered; returns those."""
    carried = []

    def carry(record: Record) -> tuple[State, str]:
        if record.kind is Kind.ACTIVITY:
            return State.ACCEPTED, ""
        carried.append(record.body)
        return answer, ""

    now = clock.now()
    pars.run(platform.database, RING, activities.ACCREDITED, date(now.year, 1, 1), now.date(), carry,
             By(COMMAND_LINE, now))
    return carried


def known(platform: Platform) -> Identity | None:
    with platform.database.reading() as session:
        row = session.scalars(select(CmeReporting)).one_or_none()
        return reporting.identity_of(RING, row) if row else None


def test_what_the_accreditor_rejected_is_told_corrected_and_goes_again(platform: Platform, client: Client,
                                                                      way: str) -> None:
    assert b"Exmaple" in run(platform, State.REJECTED)[0]
    assert way in client.get("/account/cme", base_url=BASE_URL).text
    page = client.get(way, base_url=BASE_URL).text
    assert "did not take the record" in page and 'value="Exmaple"' in page
    assert client.post(way, **HERE, data=RIGHT).status_code == 303
    assert way not in client.get("/account/cme", base_url=BASE_URL).text
    assert "provider’s next report" in client.get(way, base_url=BASE_URL).text
    again, = run(platform, State.ACCEPTED)
    assert b"Example" in again and b"Exmaple" not in again
    assert "The accreditor has it" in client.get(way, base_url=BASE_URL).text and run(platform, State.ACCEPTED) == []


def test_what_was_handed_in_as_a_file_and_corrected_since_goes_again(platform: Platform, client: Client,
                                                                    way: str) -> None:
    run(platform, State.WRITTEN)
    assert run(platform, State.WRITTEN) == []
    assert client.post(way, **HERE, data=RIGHT).status_code == 303
    assert len(run(platform, State.WRITTEN)) == 1


def test_what_the_accreditor_has_is_not_changed_here(platform: Platform, client: Client, way: str) -> None:
    run(platform, State.ACCEPTED)
    assert 'name="pars_family"' not in client.get(way, base_url=BASE_URL).text
    for form in (RIGHT, {}):
        assert client.post(way, **HERE, data=form).status_code == 409
    found = known(platform)
    assert found is not None and found.family == "Exmaple"


def test_an_agreement_is_taken_back_before_it_went_and_may_be_given_again(platform: Platform, client: Client,
                                                                         way: str) -> None:
    assert client.post(way, **HERE, data={}).status_code == 303
    assert known(platform) is None and run(platform, State.ACCEPTED) == []
    assert "You can still agree" in client.get(way, base_url=BASE_URL).text
    client.post(way, **HERE, data=RIGHT)
    assert len(run(platform, State.ACCEPTED)) == 1


def test_a_form_that_leaves_something_out_comes_back_and_changes_nothing(platform: Platform, client: Client,
                                                                        way: str) -> None:
    answer = client.post(way, **HERE, data=RIGHT | {"pars_state": "Nowhere"})
    assert answer.status_code == 422 and 'value="Nowhere"' in answer.text and 'role="alert"' in answer.text
    found = known(platform)
    assert found is not None and found.family == "Exmaple"


def test_nothing_is_changed_in_a_year_that_is_closed(platform: Platform, client: Client, way: str) -> None:
    now = clock.now()
    with platform.database.writing() as session:
        pars.close_year(session, now.year, By(COMMAND_LINE, now.replace(year=now.year + 1), "all was reported"))
    assert client.post(way, **HERE, data=RIGHT).status_code == 409
    assert "is closed" in client.get(way, base_url=BASE_URL).text


def test_only_ones_own_credit_that_stands_has_such_a_page(platform: Platform, client: Client, way: str) -> None:
    with platform.database.writing() as session:
        certified.completed(session, clock.now())
        held = session.scalars(select(CmeParticipation).order_by(CmeParticipation.id.desc())).first()  # type: ignore[union-attr]
        assert held is not None
    assert client.get(f"/account/cme/reports/{held.key}", base_url=BASE_URL).status_code == 404
    done = client.get(way.replace("/account/cme/reports/", "/cme/learn/") + "/done", base_url=BASE_URL).text
    assert way in done
    with platform.database.writing() as session:
        mine = session.scalars(select(CmeParticipation)).first()
        certificate = certifying.certificate_queries.certificate_of(session, mine.id or 0) if mine else None
        assert certificate is not None
        certifying.revoke(session, certificate.code, By(COMMAND_LINE, clock.now(), "claimed by somebody else"))
    assert client.get(way, base_url=BASE_URL).status_code == 404
