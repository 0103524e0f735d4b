"""Claiming credit of an accredited provider: what is offered, and what a physician may agree to have reported."""

import pytest
from bs4 import BeautifulSoup
from sqlmodel import select
from werkzeug.test import Client

from tests import builders
from tests.builders import BASE_URL
from tests.cme import activities, certified
from webapp.app import create_edge
from webapp.cme.models import CmeCertificate, CmeClaim, CmeReporting
from webapp.config import Settings
from webapp.core import clock
from webapp.core.platform import Platform
from webapp.people.rules import AccountKind, Role

HERE = {"base_url": BASE_URL, "headers": {"Origin": BASE_URL}}
CLAIMED = {"ama-pra-1": "0.25", "hours": "none"}
AGREED = {"pars_agrees": "yes", "pars_given": "Ann", "pars_family": "Example", "pars_state": "ny",
          "pars_licence": "123456", "pars_month": "2", "pars_day": "29"}


@pytest.fixture
def physician(settings: Settings, platform: Platform) -> tuple[Client, str]:
    """A verified physician before the claim, and the address of their credit."""
    with platform.database.writing() as session:
        certified.publish_reviewed(session, clock.now())
        person = builders.account(session, Role.HCP, kind=AccountKind.HCP, now=clock.now())
        held = certified.ready(session, clock.now(), account=person)
    client = Client(create_edge(settings.model_copy(update={"cme_accredited": ("ama-pra-1",)}), platform))
    builders.sign_in(client, person.email)
    return client, f"/cme/learn/{held.key}/credit"


def test_the_statements_and_the_report_are_there_for_an_accredited_provider(physician: tuple[Client, str]) -> None:
    client, way = physician
    page = client.get(way, base_url=BASE_URL).text
    assert "AMA PRA Category 1 Credit" in page and 'name="pars_agrees"' in page and "checked" not in page
    front = client.get(f"/cme/{activities.SLUG}", base_url=BASE_URL).text
    assert "designates this enduring material for a maximum of 0.5" in front


@pytest.mark.parametrize("typed", [
    {"pars_family": ""}, {"pars_state": "Nowhere"}, {"pars_month": "13"}, {"pars_day": "x"},
    {"pars_licence": "1" * 101}])
def test_an_agreement_that_leaves_something_out_claims_nothing(platform: Platform, physician: tuple[Client, str],
                                                               typed: dict[str, str]) -> None:
    client, way = physician
    answer = client.post(way, **HERE, data=CLAIMED | AGREED | typed)
    assert answer.status_code == 422 and 'role="alert"' in answer.text
    with platform.database.reading() as session:
        assert not session.scalars(select(CmeClaim)).all() and not session.scalars(select(CmeReporting)).all()


def test_who_agrees_is_kept_sealed_once_and_who_does_not_has_their_credit_all_the_same(
        platform: Platform, physician: tuple[Client, str]) -> None:
    client, way = physician
    for family in ("Example", "Another"):
        assert client.post(way, **HERE, data=CLAIMED | AGREED | {"pars_family": family}).status_code == 303
    with platform.database.reading() as session:
        kept = session.scalars(select(CmeReporting)).one()
        assert b"Example" not in kept.sealed and session.scalars(select(CmeClaim)).one().is_accredited


def test_refusing_the_report_gives_the_same_credit(platform: Platform, physician: tuple[Client, str]) -> None:
    client, way = physician
    assert client.post(way, **HERE, data=CLAIMED).status_code == 303
    with platform.database.reading() as session:
        assert not session.scalars(select(CmeReporting)).all()
        assert str(session.scalars(select(CmeClaim)).one().amount) == "0.25"


def test_nothing_is_chosen_for_the_learner(physician: tuple[Client, str]) -> None:
    client, way = physician
    page = BeautifulSoup(client.get(way, base_url=BASE_URL).text, "html.parser")
    for name in ("ama-pra-1", "hours"):
        choice = page.select_one(f"select[name={name}]")
        assert choice is not None and choice.has_attr("required") and not choice.select("[selected]")
        assert [option["value"] for option in choice.select("option")] == ["", "none", "0.25", "0.50"]


@pytest.mark.parametrize("typed", [{}, {"ama-pra-1": "0.25"}, {"ama-pra-1": "0.25", "hours": " "}])
def test_a_claim_that_leaves_a_system_open_is_asked_again_with_what_was_chosen(
        platform: Platform, physician: tuple[Client, str], typed: dict[str, str]) -> None:
    client, way = physician
    answer = client.post(way, **HERE, data=typed)
    assert answer.status_code == 422 and "Choose how much you claim, or nothing." in answer.text
    assert ('value="0.25" selected' in answer.text) is bool(typed)
    with platform.database.reading() as session:
        assert not session.scalars(select(CmeClaim)).all()


def test_nothing_can_be_claimed_of_every_system(platform: Platform, physician: tuple[Client, str]) -> None:
    client, way = physician
    assert client.post(way, **HERE, data={"ama-pra-1": "none", "hours": "none"}).status_code == 303
    with platform.database.reading() as session:
        assert not session.scalars(select(CmeClaim)).all()
        assert session.scalars(select(CmeCertificate)).one().kind == "participation"


@pytest.mark.parametrize(("accredited", "is_said"), [(("ama-pra-1",), True), ((), False)])
def test_learners_are_told_before_they_begin_with_whom_an_accredited_provider_provides_it(
        settings: Settings, platform: Platform, accredited: tuple[str, ...], is_said: bool) -> None:
    said = {"en": "Through the joint providership of Example Society (fictional).", "zh-Hans": "（虚构）"}
    with platform.database.writing() as session:
        certified.publish_reviewed(session, clock.now(), joint_provider=said)
        person = builders.account(session, Role.HCP, kind=AccountKind.HCP, now=clock.now())
        held = activities.learner(session, clock.now(), account=person)
    client = Client(create_edge(settings.model_copy(update={"cme_accredited": accredited}), platform))
    builders.sign_in(client, person.email)
    for path in (f"/cme/{activities.SLUG}", f"/cme/learn/{held.key}/disclosures"):
        assert (said["en"] in client.get(path, base_url=BASE_URL).text) is is_said, path
