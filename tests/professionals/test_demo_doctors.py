"""The sample world's doctor is verified like anybody, and one application waits for its operator."""

from tests import builders
from tests.builders import NOW
from webapp.core.platform import Platform
from webapp.demo.rules import CERTIFICATE
from webapp.demo.service import doctors
from webapp.people.models import Account
from webapp.people.rules import Role
from webapp.professionals import queries
from webapp.professionals.rules.evidence import refusal
from webapp.professionals.rules.states import State


def test_the_doctor_is_verified_by_the_register_and_an_application_waits_however_often_it_starts(
        platform: Platform) -> None:
    with platform.database.writing() as session:
        doctor = builders.account(session, email="hcp@materia.example")
    for _ in range(2):
        doctors.verify(platform, "hcp@materia.example", NOW)
    with platform.database.reading() as session:
        made = queries.of_account(session, doctor.id or 0)
        person = session.get(Account, doctor.id)
        assert made is not None and person is not None
        assert (made.state, made.evidence_kind, person.roles) == (State.VERIFIED, "nppes-file", [Role.HCP])
        (waiting,) = queries.queue(session)
        assert waiting.market == "cn" and queries.document_of(session, waiting.id or 0) is not None
        assert len(queries.events(session, made.id or 0)) == 2


def test_the_sample_certificate_is_a_file_that_is_taken() -> None:
    assert refusal(CERTIFICATE) is None
