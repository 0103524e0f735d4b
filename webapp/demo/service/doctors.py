"""The doctor of the cast, verified as everybody is, and an application that waits for the operator."""

from datetime import datetime

from webapp.core.platform import Platform
from webapp.demo import rules
from webapp.people import queries as people
from webapp.people import service as people_service
from webapp.people.rules import AccountKind
from webapp.people.service import NewAccount
from webapp.professionals import queries
from webapp.professionals.rules import application
from webapp.professionals.rules.registry import Row
from webapp.professionals.service import applying, documents, importing
from webapp.professionals.service.documents import Upload

ENTRY: Row = (int(rules.NPI), "SAMPLE", "HARPER", "", "", "NY", "207RC0000X", False)
"""What a register would hold of the cast's doctor, who does not exist."""


def verify(platform: Platform, doctor_email: str, now: datetime) -> None:
    """Both apply through the real service; at a later start nothing is left to do."""
    certificate = documents.prepare(platform.ring, rules.CERTIFICATE)
    with platform.database.writing() as session:
        importing.write(session.connection(), [ENTRY])
        if people.account_by_email(session, rules.APPLICANT) is None:
            people_service.add_account(session, NewAccount(
                rules.APPLICANT, "", "示例医生（虚构）", AccountKind.HCP, "zh-Hans", "cn", is_fictional=True,
                is_adult=True), now)
    _apply(platform, doctor_email, rules.DOCTOR, None, now)
    _apply(platform, rules.APPLICANT, rules.WAITING, certificate, now)


def _apply(platform: Platform, email: str, fields: dict[str, str], upload: Upload | None, now: datetime) -> None:
    with platform.database.writing() as session:
        account = people.account_by_email(session, email)
        assert account is not None and account.id is not None
        if queries.of_account(session, account.id) is not None:
            return
        meant, faults = application.read(fields, account.market)
        assert not faults
        applying.apply(session, account, meant, applying.find(session, meant), upload, now)
