"""One certificate a completion, however often and from wherever it is asked for; its bytes never change, and what it
says is what was claimed."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from threading import Barrier

import pytest
from pypdf import PdfReader
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlmodel import Session

from tests import builders
from tests.cme import activities, certified
from tests.cme.activities import ACCREDITED, PROVIDER, publish
from tests.cme.certified import BASE_URL, HALF, NAME, completed, ready
from webapp.cme import jobs
from webapp.cme.models import CmeCertificate, CmeParticipation
from webapp.cme.queries import certificates as certificate_queries
from webapp.cme.rules.certificates import KEPT, Kind, Standing
from webapp.cme.service import certifying, claiming, personal, versions
from webapp.cme.service.certifying import Drawn, Holder
from webapp.cme.service.claiming import Provider
from webapp.core import audit
from webapp.core.audit import COMMAND_LINE, By
from webapp.core.db import Database
from webapp.core.errors import Conflict, Invalid, NotFound
from webapp.core.ids import new_code
from webapp.core.platform import Platform
from webapp.core.subject import Subject

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
BOTH = pytest.mark.postgresql
WRONG_NAME = By(COMMAND_LINE, NOW, "The name was misspelt")
SUBMITS, TIMES = 20, 50


@pytest.fixture
def session(platform: Platform) -> Iterator[Session]:
    with platform.database.writing() as session:
        yield session


def counts(session: Session) -> tuple[int, int]:
    """Completions and certificates."""
    done = session.scalar(select(func.count()).select_from(CmeParticipation).where(
        CmeParticipation.completed_at.is_not(None)))  # type: ignore[union-attr]
    return done or 0, session.scalar(select(func.count()).select_from(CmeCertificate)) or 0


# Once


@BOTH
def test_submits_at_one_moment_make_one_completion_and_one_certificate_fifty_times(database: Database) -> None:
    """Each submit drew a certificate of its own; one of them is issued, and all who ask are given that one."""
    with database.writing() as session:
        publish(session, NOW)
        held = certified.ready_all(session, NOW, TIMES)
        drawn = certified.draw(session, held[0], NOW)
    with ThreadPoolExecutor(SUBMITS) as pool:
        for number, one in enumerate(held, 1):
            together = Barrier(SUBMITS)
            codes = set(pool.map(lambda _, one=one, wait=together.wait: submit(database, one, drawn, wait),
                                 range(SUBMITS)))
            with database.reading() as session:
                assert (len(codes), counts(session)) == (1, (number, number))


def submit(database: Database, held: CmeParticipation, drawn: Drawn, wait: Callable[[], object]) -> str:
    """As a request does once its page is made, here with a code of its own."""
    made = replace(drawn, code=new_code())
    wait()
    with database.writing() as session:
        how_far = activities.learning.find(session, held.account_id or 0, held.key, for_update=True)
        offered = claiming.offers(how_far, PROVIDER, is_verified=False, now=NOW)
        claiming.claim(session, how_far, offered, HALF, is_verified=False, now=NOW)
        return certifying.issue(session, how_far, made, NOW).code


@BOTH
def test_a_form_that_is_sent_from_several_windows_at_once_gives_one_certificate(database: Database) -> None:
    with database.writing() as session:
        publish(session, NOW)
        held = ready(session, NOW)
    together = Barrier(4)
    with ThreadPoolExecutor(4) as pool:
        codes = set(pool.map(lambda _: complete(database, held, wait=together.wait), range(4)))
    assert codes == {complete(database, held)}


def complete(database: Database, held: CmeParticipation, name: str = NAME,
             wait: Callable[[], object] = lambda: None) -> str:
    with database.reading() as reader, database.writing() as session:
        wait()
        return certifying.complete(reader, session, held.account_id or 0, held.key, HALF, holder=Holder(name),
                                   provider=PROVIDER, base_url=BASE_URL, now=NOW).code


@pytest.mark.parametrize("name", ["", "   ", "a" * 201, "Ann\u0000Example"])
def test_a_name_that_no_certificate_can_carry_completes_nothing(database: Database, name: str) -> None:
    with database.writing() as session:
        publish(session, NOW)
        held = ready(session, NOW)
    with pytest.raises(Invalid):
        complete(database, held, name)
    with database.reading() as session:
        assert counts(session) == (0, 0)


@BOTH
def test_the_database_itself_refuses_a_second_first_certificate(session: Session) -> None:
    publish(session, NOW)
    first = completed(session, NOW)
    session.add(CmeCertificate(participation_id=first.participation_id, kind="credit", name=NAME, facts={}, sha256="",
                               pdf=b"", at=NOW))
    with pytest.raises(IntegrityError):
        session.flush()
    session.rollback()


# What it says


def test_credit_of_an_accredited_provider_is_certified_with_its_statements(session: Session) -> None:
    certified.publish_reviewed(session, NOW)
    made = completed(session, NOW, amounts={"ama-pra-1": "0.25", "hours": "0.5"}, provider=ACCREDITED, is_verified=True)
    ama, hours = made.facts["credits"]
    assert (made.kind, made.name) == (Kind.CREDIT, NAME)
    assert (ama["amount"], ama["counts"], hours["amount"], hours["counts"]) == ("0.25", True, "0.5", True)
    assert [one["text"] for one in ama["statements"]] == [
        "The Accredited Example (fictional) designates this enduring material for a maximum of 0.5 *AMA PRA Category 1 "
        "Credit(s)*™. Physicians should claim only the credit commensurate with the extent of their participation in "
        "the activity.",
        "The Accredited Example (fictional) is accredited by the Accreditation Council for Continuing Medical "
        "Education (ACCME) to provide continuing medical education for physicians."]
    assert {one["language"] for one in hours["statements"]} == {"en", "zh-Hans"}


JOINT = {"en": "Through the joint providership of Accredited Example and Example Society (fictional).",
         "zh-Hans": "与示例学会（虚构）联合举办。"}


@pytest.mark.parametrize(("amounts", "provider", "is_said"), [
    ({"ama-pra-1": "0.25", "hours": "0.5"}, ACCREDITED, True), ({"hours": "0.5"}, ACCREDITED, False),
    ({"hours": "0.5"}, PROVIDER, False)])
def test_whom_it_is_provided_with_is_said_once_with_the_accredited_credit(
        session: Session, amounts: dict[str, str], provider: Provider, is_said: bool) -> None:
    certified.publish_reviewed(session, NOW, joint_provider=JOINT)
    made = completed(session, NOW, amounts=amounts, provider=provider, is_verified=True)
    said = [(one["language"], one["text"]) for each in made.facts["credits"] for one in each["statements"]]
    assert [one for one in said if one in JOINT.items()] == (list(JOINT.items()) if is_said else [])
    paper = "".join(PdfReader(BytesIO(made.pdf)).pages[0].extract_text().split())
    assert all((words.replace(" ", "") in paper) is is_said for words in JOINT.values())


def test_no_credit_of_a_system_is_given_by_whom_it_does_not_accredit(session: Session) -> None:
    certified.publish_reviewed(session, NOW)
    with pytest.raises(Invalid):
        completed(session, NOW, amounts={"ama-pra-1": "0.25"}, is_verified=True)


def test_a_sample_certifies_participation_alone_whoever_provides_it(session: Session) -> None:
    publish(session, NOW)
    made = completed(session, NOW, amounts={"hours": "0.5"}, provider=ACCREDITED, is_verified=True)
    assert (made.kind, made.facts["is_sample"]) == (Kind.PARTICIPATION, True)
    assert [(one["counts"], one["statements"]) for one in made.facts["credits"]] == [(False, [])]
    with pytest.raises(Invalid):
        completed(session, NOW, amounts={"ama-pra-1": "0.25"}, provider=ACCREDITED, is_verified=True)


def test_whoever_claims_nothing_has_a_certificate_of_participation(session: Session) -> None:
    certified.publish_reviewed(session, NOW)
    made = completed(session, NOW, amounts={"hours": ""})
    assert (made.kind, made.facts["credits"]) == (Kind.PARTICIPATION, [])


def test_it_says_title_day_version_and_language(session: Session) -> None:
    publish(session, NOW)
    facts = completed(session, NOW).facts
    assert facts["titles"] == {"en": "Exemplitis: the first steps", "zh-Hans": "（虚构）Exemplitis: the first steps"}
    assert (facts["completed_on"], facts["version"], facts["language"], facts["provider"], facts["format"]) == (
        "2026-11-26", 1, "en", PROVIDER.name, "enduring-material")


# It never changes


@BOTH
def test_its_bytes_are_the_same_whatever_becomes_of_activity_and_learner(database: Database) -> None:
    with database.writing() as session:
        publish(session, NOW)
        person = builders.account(session, now=NOW)
        made = completed(session, NOW, account=person)
    with database.writing() as session:
        publish(session, NOW + timedelta(days=1), minutes=40, titles={"en": "Renamed", "zh-Hans": "改名"})
        versions.withdraw(session, activities.SLUG, By(COMMAND_LINE, NOW, "taken off"))
        session.get_one(builders.Account, person.id).name = "Another Name"
        personal.erase_person(session, person.id or 0, NOW)
    with database.reading() as session:
        held, standing = certifying.find(session, made.code)
    assert (sha256(held.pdf).hexdigest(), held.name, standing) == (made.sha256, NAME, Standing.VALID)
    assert held.facts == made.facts


@BOTH
@pytest.mark.parametrize("change", ["UPDATE cme_certificate SET name = 'Another'", "DELETE FROM cme_certificate",
                                    "UPDATE cme_certificate SET pdf = sha256"])
def test_no_statement_changes_or_deletes_one(database: Database, change: str) -> None:
    with database.writing() as session:
        publish(session, NOW)
        completed(session, NOW)
    with pytest.raises(DatabaseError), database.writing() as session:
        session.execute(text(change))


# Corrected, revoked


def test_a_corrected_name_makes_a_new_one_and_keeps_the_old(session: Session) -> None:
    publish(session, NOW)
    first = completed(session, NOW, name="Dr. Anne Exampel")
    again = certifying.reissue(session, first.code, certifying.draw_again(
        first, name=NAME, base_url=BASE_URL, now=NOW), WRONG_NAME)
    assert (first.name, again.name, again.facts) == ("Dr. Anne Exampel", NAME, first.facts)
    assert certifying.find(session, first.code)[1] is Standing.SUPERSEDED
    assert certifying.find(session, again.code)[1] is Standing.VALID
    assert certificate_queries.certificate_of(session, first.participation_id) is again and again.code != first.code
    session.commit()
    entry, = audit.about(session, Subject(certifying.SUBJECT, first.id or 0))
    assert (entry.entry.action, entry.reason) == ("cme-certificate-reissued", WRONG_NAME.reason)


def test_a_revoked_one_says_so_and_stays(session: Session) -> None:
    publish(session, NOW)
    made = completed(session, NOW)
    certifying.revoke(session, made.code, By(COMMAND_LINE, NOW, "Taken by somebody else"))
    assert certifying.find(session, made.code) == (made, Standing.REVOKED)


def test_only_one_in_force_is_corrected_or_revoked_and_never_without_a_reason(session: Session) -> None:
    publish(session, NOW)
    first = completed(session, NOW)
    again = certifying.draw_again(first, name="Dr. A. Example", base_url=BASE_URL, now=NOW)
    for verb in (lambda by: certifying.revoke(session, first.code, by),
                 lambda by: certifying.reissue(session, first.code, again, by)):
        with pytest.raises(Invalid):
            verb(By(COMMAND_LINE, NOW))
    certifying.reissue(session, first.code, again, WRONG_NAME)
    with pytest.raises(Conflict):
        certifying.reissue(session, first.code, again, WRONG_NAME)
    with pytest.raises(Conflict):
        certifying.revoke(session, first.code, WRONG_NAME)
    with pytest.raises(NotFound):
        certifying.revoke(session, "a" * 26, WRONG_NAME)


# Its end


@BOTH
def test_only_what_is_old_and_no_accounts_any_more_is_forgotten(database: Database) -> None:
    """Of those that replaced each other, what replaced goes before what was replaced."""
    with database.writing() as session:
        publish(session, NOW)
        held, gone = completed(session, NOW), completed(session, NOW)
        for one in (held, gone):
            for days in (2, 1):
                one = replacing(session, one, NOW - KEPT - timedelta(days=days))
        account_id = session.get_one(CmeParticipation, gone.participation_id).account_id or 0
        personal.erase_person(session, account_id, NOW)
    assert jobs.forget_certificates(database, NOW) == 2
    with database.reading() as session:
        left = Counter(one.participation_id for one in session.scalars(select(CmeCertificate)))
    assert left == {held.participation_id: 3, gone.participation_id: 1}


def replacing(session: Session, old: CmeCertificate, at: datetime) -> CmeCertificate:
    """One of that time in the place of another."""
    made = CmeCertificate(participation_id=old.participation_id, kind=old.kind, name=old.name, facts=old.facts,
                          sha256=old.sha256, pdf=old.pdf, supersedes_id=old.id, at=at)
    session.add(made)
    session.flush()
    return made
