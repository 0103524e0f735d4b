"""The activity file: what an accreditor reads of an activity, and who may take it."""

import json
import zipfile
from hashlib import sha256
from io import BytesIO

import pytest
from sqlmodel import Session
from werkzeug.test import Client

from tests import builders, copies
from tests.builders import BASE_URL
from tests.cme import activities, certified, disclosed
from tests.pdf_text import text_of
from webapp.cme.service import activity_file
from webapp.cme.service.activity_parts import Writer
from webapp.core import clock
from webapp.core.audit import By
from webapp.core.languages import CHINESE, ENGLISH
from webapp.core.platform import Platform
from webapp.people.models import Account
from webapp.people.rules import Role
from webapp.review.rules import VALID_CONTENT

LEARNER = "Pat Zweig"
ADDRESS = f"/cme/provider/{activities.SLUG}/file.zip"
SUPPORT = [{"company": "Giver Ltd (fictional)", "kind": "money", "agreement_on": "2025-10-05",
            "nature": {"en": "A grant", "zh-Hans": "（虚构）资助"}}]


@pytest.fixture
def casey(platform: Platform) -> Account:
    """The provider's person, and a reviewed activity that one learner completed."""
    return copies.filled(platform.database, (__name__,), one_learner)


def one_learner(session: Session) -> Account:
    certified.publish_reviewed(session, clock.now(), support=SUPPORT)
    certified.completed(session, clock.now(), name=LEARNER)
    return builders.account(session, Role.CME_PROVIDER, now=clock.now())


@pytest.fixture
def taken(platform: Platform, casey: Account) -> dict[str, bytes]:
    with platform.database.reading() as session:
        return activity_file.of_activity(session, activities.SLUG, ENGLISH, activities.PROVIDER, clock.now())


def words(taken: dict[str, bytes], name: str) -> str:
    return text_of(taken[f"version-1/{name}"])


def test_planning_tells_gap_need_objectives_and_design(taken: dict[str, bytes]) -> None:
    told = words(taken, "1-planning.pdf")
    for part in ("Few begin.", "Knowledge", "A made-up count.", "Be able to choose.", "Read, decide, see why."):
        assert part.replace(" ", "") in told, part


def test_everyone_in_control_stands_with_the_decision_on_each_relationship(taken: dict[str, bytes]) -> None:
    told = words(taken, "2-people.pdf")
    assert "RobinSample" in told and "Feesfortalks(ended)" in told
    assert "Relevant.MitigatedonSeptember15,2025:Peerreview" in told


def test_the_review_names_who_signed_these_very_bytes(taken: dict[str, bytes]) -> None:
    told = words(taken, "3-peer-review.pdf")
    assert "KimExample" in told and told.count("Approved") == 3
    assert all(sentence.replace(" ", "") in told for sentence in VALID_CONTENT)


def test_support_tells_the_agreement(taken: dict[str, bytes]) -> None:
    told = words(taken, "4-support.pdf")
    assert "GiverLtd" in told and "Agrant" in told and "October5,2025" in told


def test_whom_it_is_provided_with_stands_in_it(platform: Platform) -> None:
    joint = {"en": "Through the joint providership of Example Society (fictional).", "zh-Hans": "与示例学会联合举办。"}
    with platform.database.writing() as session:
        certified.publish_reviewed(session, clock.now(), joint_provider=joint)
    with platform.database.reading() as session:
        made = activity_file.of_activity(session, activities.SLUG, ENGLISH, activities.ACCREDITED, clock.now())
    assert joint["en"].replace(" ", "") in words(made, "4-support.pdf")


def test_what_learners_were_shown_stands_in_each_language(taken: dict[str, bytes]) -> None:
    told = words(taken, "5-shown/en/disclosures.pdf")
    assert "ExamplePharmaLtd" in told and "SupportedbyGiverLtd" in told and "isnotaccreditedtogiveit." in told
    assert "制作人员与利益披露" in words(taken, "5-shown/zh-Hans/disclosures.pdf")
    assert [name for name in taken if name.startswith("version-1/5-shown/zh-Hans/") and name.endswith(".md")]


def test_the_index_has_the_digest_of_every_other_file(taken: dict[str, bytes]) -> None:
    index = json.loads(taken["index.json"])
    assert {one["path"]: one["sha256"] for one in index["files"]} == {
        name: sha256(content).hexdigest() for name, content in taken.items() if name != "index.json"}
    [version] = index["versions"]
    assert [one["action"] for one in version["log"]] == ["publish"]


def test_disclosures_stand_in_it_with_what_was_decided_and_what_is_missing(platform: Platform, casey: Account) -> None:
    by = By(casey.id or 0, clock.now())
    with platform.database.writing() as session:
        robin = disclosed.stated(session, disclosed.asked(session, by), disclosed.EMPLOYED, now=by.at)
        disclosed.stated(session, robin, disclosed.TALKS, now=by.at)
        disclosed.decided(session, robin, by)
    with platform.database.reading() as session:
        for provider, missing in ((activities.PROVIDER, 1), (activities.ACCREDITED, 4)):
            made = activity_file.of_activity(session, activities.SLUG, ENGLISH, provider, by.at)
            found = json.loads(made["index.json"])["missing"]
            assert len(found) == missing and all("(fictional)" in one for one in found), found
    told = text_of(made["disclosures.pdf"])
    for part in ("Robin Sample", "Relevant, and mitigated", "Peers read it all.", f"Decided by {casey.name}",
                 "Stated before, and replaced", "Employee or executive"):
        assert part.replace(" ", "") in told, part
    assert "home.example" not in told


def test_no_learner_is_named_in_it(taken: dict[str, bytes]) -> None:
    for name, content in taken.items():
        told = text_of(content) if name.endswith(".pdf") else content.decode()
        assert LEARNER not in told and LEARNER.replace(" ", "") not in told, name


def test_the_certificates_specimen_is_of_the_most_credit_that_is_offered(platform: Platform,
                                                                        casey: Account) -> None:
    for provider, offered in ((activities.ACCREDITED, {"ama-pra-1": "0.5", "hours": "0.5"}),
                              (activities.PROVIDER, {"hours": "0.5"})):
        with platform.database.reading() as session:
            made = activity_file.of_activity(session, activities.SLUG, ENGLISH, provider, clock.now())
        facts = json.loads(made["version-1/6-certificate.json"])
        assert {one["system"]: one["amount"] for one in facts["credits"]} == offered
        assert [one["counts"] for one in facts["credits"] if one["system"] == "ama-pra-1"] == [True] * (
            "ama-pra-1" in offered)


def test_every_document_of_a_sample_says_that_it_is_one(platform: Platform) -> None:
    with platform.database.writing() as session:
        version = activities.publish(session, clock.now())
    for language, word in ((ENGLISH, "Sample"), (CHINESE, "示例")):
        assert word in Writer(version, language).document("Planning", clock.now(), [])["about"]


def test_the_provider_takes_it_as_one_archive(client: Client, casey: Account) -> None:
    builders.sign_in(client, casey.email)
    assert ADDRESS in client.get("/cme/provider/", base_url=BASE_URL).text
    answer = client.post(ADDRESS, base_url=BASE_URL)
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "private, no-store"
    with zipfile.ZipFile(BytesIO(answer.data)) as archive:
        assert archive.testzip() is None and "index.json" in archive.namelist()
    assert client.post("/cme/provider/nothing/file.zip", base_url=BASE_URL).status_code == 404
