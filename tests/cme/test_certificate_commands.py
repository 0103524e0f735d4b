"""`materia cme correct-certificate` and `revoke-certificate` as an operator types them."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result

from tests.cme import activities, certified
from webapp.cme.cli import cme
from webapp.cme.models import CmeCertificate
from webapp.cme.queries import certificates as certificate_queries
from webapp.cme.rules.certificates import Standing
from webapp.cme.service import certifying
from webapp.core.errors import Invalid, NotFound
from webapp.core.platform import Platform

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def run(platform: Platform, *words: str) -> Result:
    return CliRunner().invoke(cme, words, obj=SimpleNamespace(platform=platform))


@pytest.fixture
def issued(platform: Platform) -> CmeCertificate:
    with platform.database.writing() as session:
        activities.publish(session, NOW)
        return certified.completed(session, NOW, name="Dr. Ann Exampel")


def standing(platform: Platform, code: str) -> Standing:
    with platform.database.reading() as session:
        return certifying.find(session, code)[1]


def test_a_name_is_corrected_and_the_new_address_told(platform: Platform, issued: CmeCertificate) -> None:
    ran = run(platform, "correct-certificate", issued.code, "--name", "Dr. Ann Example", "--reason", "Misspelt")
    with platform.database.reading() as session:
        newer = certificate_queries.certificate_of(session, issued.participation_id)
    assert newer is not None and newer.name == "Dr. Ann Example"
    assert (ran.exit_code, ran.stdout) == (0, f"{platform.base_url}/certificates/{newer.code}\n")
    assert (standing(platform, issued.code), standing(platform, newer.code)) == (Standing.SUPERSEDED, Standing.VALID)


def test_a_certificate_is_revoked(platform: Platform, issued: CmeCertificate) -> None:
    assert run(platform, "revoke-certificate", issued.code, "--reason", "Issued in error").exit_code == 0
    assert standing(platform, issued.code) is Standing.REVOKED


def test_without_a_reason_or_for_an_unknown_code_nothing_is_done(platform: Platform, issued: CmeCertificate) -> None:
    assert isinstance(run(platform, "revoke-certificate", issued.code, "--reason", "").exception, Invalid)
    assert isinstance(run(platform, "revoke-certificate", "none", "--reason", "No such").exception, NotFound)
    assert standing(platform, issued.code) is Standing.VALID
