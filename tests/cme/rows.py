"""A row in every table of accredited education whose rows never change."""

from decimal import Decimal

from sqlmodel import Session

from tests import builders
from tests.builders import NOW
from webapp.cme.models import (
    CmeActivity,
    CmeAgreement,
    CmeCertificate,
    CmeCertificateEvent,
    CmeClaim,
    CmeDisclosure,
    CmeDisclosureDecision,
    CmeDisclosureRequest,
    CmeMoney,
    CmeParticipation,
    CmePublishEntry,
    CmeRelease,
    CmeReleaseExport,
    CmeReportEvent,
    CmeReportYear,
    CmeSection,
    CmeStep,
    CmeVersion,
)


def add(session: Session) -> None:
    """An activity, and a learner who has a certificate that was revoked."""
    activity = CmeActivity(slug="an-activity")
    session.add(activity)
    session.flush()
    version = CmeVersion(activity_id=activity.id or 0, number=1, digest=builders.DIGEST, about={}, assessment={},
                         at=NOW)
    session.add(version)
    session.flush()
    held = CmeParticipation(account_id=builders.account(session).id, version_id=version.id or 0, language="en",
                            profession="nurse", begun_at=NOW)
    session.add(held)
    session.flush()
    learner = held.id or 0
    certificate = CmeCertificate(participation_id=learner, kind="credit", name="Ann", facts={}, sha256="", pdf=b"",
                                 at=NOW)
    session.add(certificate)
    session.flush()
    release = CmeRelease(activity_id=activity.id or 0, period="2026-Q1", companies=[], content={}, at=NOW)
    session.add(release)
    asked = CmeDisclosureRequest(activity_id=activity.id or 0, name="Robin", parts=["author"], email="", language="en",
                                 asked_at=NOW, expires_at=NOW)
    session.add(asked)
    session.flush()
    stated = CmeDisclosure(request_id=asked.id or 0, number=1, ties=[], at=NOW)
    session.add(stated)
    session.flush()
    session.add_all([
        CmeDisclosureDecision(disclosure_id=stated.id or 0, place=1, number=1, verdict="excluded", means=[], words="So",
                              account_id=1, at=NOW),
        CmeReleaseExport(release_id=release.id or 0, account_id=1, at=NOW),
        CmeSection(version_id=version.id or 0, language="en", place=1, name="a", title="A", objectives=[], source="",
                   body_html="", at=NOW),
        CmePublishEntry(activity_id=activity.id or 0, version_id=version.id or 0, action="publish", clearance="sample",
                        at=NOW),
        CmeStep(participation_id=learner, step="disclosures", at=NOW),
        CmeClaim(participation_id=learner, system="hours", amount=Decimal(1), is_accredited=False, at=NOW),
        CmeReportEvent(activity_id=activity.id or 0, participation_id=learner, year=2026, state="sent", at=NOW),
        CmeAgreement(activity_id=activity.id or 0, company="Giver", sha256="", pdf=b"", at=NOW),
        CmeReportYear(year=2025, at=NOW),
        CmeMoney(activity_id=activity.id or 0, kind="own", party="Us", amount=Decimal(1), currency="USD", on=NOW.date(),
                 at=NOW),
        CmeCertificateEvent(certificate_id=certificate.id or 0, at=NOW)])
    session.flush()
