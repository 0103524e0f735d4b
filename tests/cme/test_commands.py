"""`materia cme`: what a folder has wrong, its versions, their review, and who lets learners begin."""

import json
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from click.testing import CliRunner, Result
from sqlmodel import Session

from tests import builders
from tests.cme import activities, disclosed
from tests.cme.certified import REVIEWED
from webapp.cme import queries
from webapp.cme.cli import cme
from webapp.cme.service import versions
from webapp.core import clock
from webapp.core.audit import By
from webapp.core.platform import Platform
from webapp.core.subject import Subject
from webapp.people.rules import AccountKind, Role
from webapp.review import queries as reviews
from webapp.review.models import Dossier

SLUG = activities.SLUG


def run(platform: Platform, *words: str, accredited: tuple[str, ...] = ()) -> Result:
    context = SimpleNamespace(platform=platform, settings=SimpleNamespace(cme_accredited=accredited))
    return CliRunner().invoke(cme, words, obj=context)


def write(content: Path, **changed: object) -> Path:
    folder = content / "cme" / SLUG
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in activities.files(**changed).items():
        (folder / name).write_bytes(text)
    return content


def dossier(session: Session) -> Dossier:
    activity = queries.activity(session, SLUG)
    assert activity is not None and activity.id is not None
    version = queries.newest(session, activity.id)
    assert version is not None
    found = reviews.newest_of(session, Subject(versions.SUBJECT, activity.id), version.digest)
    assert found is not None
    return found


@pytest.mark.parametrize("verb", ["check", "sync"])
def test_a_folder_without_activities_of_its_own_is_named(platform: Platform, tmp_path: Path, verb: str) -> None:
    answer = run(platform, verb, str(tmp_path))
    assert answer.exit_code == 1 and answer.output.startswith(
        f"{tmp_path}/cme: the folder is missing or cannot be read. Add it, or point to the content folder. [no-folder]")
    assert "new versions" not in answer.output


def test_an_activity_is_begun_once_all_have_signed_exactly_it(platform: Platform, tmp_path: Path) -> None:
    now = clock.now()
    with platform.database.writing() as session:
        writer = builders.account(session, Role.WRITER, kind=AccountKind.STAFF, now=now)
    content = str(write(tmp_path, **REVIEWED))
    assert run(platform, "sync", content).output == "1 new versions, 0 activities unchanged.\n"
    assert run(platform, "publish", SLUG).exit_code == 1
    assert run(platform, "submit", SLUG, "--author", writer.email).exit_code == 0
    with platform.database.writing() as session:
        handed_in = dossier(session)
        assert (handed_in.route, handed_in.author_ids) == ("cme", [writer.id])
        builders.sign_all(session, handed_in, builders.reviewers(session), now + timedelta(seconds=1))
    assert "can be begun" in run(platform, "publish", SLUG).output
    write(tmp_path, **REVIEWED, minutes=31)
    assert run(platform, "sync", content).output == "1 new versions, 0 activities unchanged.\n"
    refused = run(platform, "publish", SLUG)
    assert refused.exit_code == 1 and "have not all approved this version" in refused.output
    assert "version 2 waits" in run(platform, "list").output


def test_a_sample_is_begun_in_demo_mode_alone(platform: Platform, tmp_path: Path) -> None:
    run(platform, "sync", str(write(tmp_path)))
    refused = run(platform, "publish", SLUG)
    assert refused.exit_code == 1 and "demo mode alone" in refused.output


def test_with_a_problem_anywhere_nothing_comes_in_and_each_is_named(platform: Platform, tmp_path: Path) -> None:
    content = str(write(tmp_path, pre_test=["q1", "q2", "q3", "q4", "nowhere"], post_test_items=11))
    for command in ("check", "sync"):
        told = run(platform, command, content)
        assert told.exit_code == 1
        assert f"cme/{SLUG}/activity.yaml:" in told.output and "there is no question `nowhere`" in told.output
        assert "17 are needed" in told.output
    assert run(platform, "list").output == ""


@pytest.mark.parametrize("changed", [
    {"support": [{"company": "A", "kind": "money", "nature": {"en": "x"}, "agreement_on": "2025-01-01"}]},
    {"contributors": [{"name": "A", "credentials": {"en": "x", "zh-Hans": "x"}, "parts": ["author"],
                       "disclosed_on": "2025-09-11", "began_on": "2025-09-10", "relationships": []}]},
    {"valid": {"first": "2026-01-01", "last": "2029-01-02"}}, {"unknown": 1}, {"pre_test": ["q1"]}])
def test_what_an_activity_must_not_say_is_refused(platform: Platform, tmp_path: Path,
                                                  changed: dict[str, object]) -> None:
    told = run(platform, "check", str(write(tmp_path, **changed)))
    assert told.exit_code == 1 and "activity.yaml:" in told.output


def test_what_is_not_there_is_told(platform: Platform) -> None:
    for words in (("publish", "nothing"), ("withdraw", "nothing", "--reason", "because of it"),
                  ("end", "nothing", "--reason", "because of it")):
        assert run(platform, *words).exit_code == 1
    with platform.database.writing() as session:
        activities.publish(session, clock.now())
    assert run(platform, "submit", SLUG, "--author", "nobody@clinic.example").exit_code == 1


# People and what they disclosed


def disclosed_people(platform: Platform, content: Path) -> By:
    """Brings the activity in; one of its people has no relationship, the other one that is mitigated, decided on."""
    run(platform, "sync", str(write(content, **REVIEWED)))
    with platform.database.writing() as session:
        by = By(builders.account(session, Role.CME_PROVIDER).id or 0, clock.now())
        disclosed.settled(session, by)
    return by


def test_people_are_compared_with_what_was_decided_and_can_be_written_from_it(platform: Platform,
                                                                              tmp_path: Path) -> None:
    by = disclosed_people(platform, tmp_path)
    assert run(platform, "check", str(tmp_path)).exit_code == 0
    told = run(platform, "check", "--decided", str(tmp_path))
    assert told.exit_code == 1 and "Example Pharma Ltd (fictional), Speaker / 讲者. Add it." in told.output
    refused = run(platform, "submit", SLUG, "--author", writer_email(platform))
    assert refused.exit_code == 1 and "Add it." in str(refused.exception)
    made = yaml.safe_load(run(platform, "faculty", SLUG).output)["contributors"]
    assert [one["disclosed_on"] for one in made] == [by.at.date()] * 2
    written = json.loads(json.dumps(made, default=str))
    run(platform, "sync", str(write(tmp_path, **REVIEWED, contributors=written)))
    told = run(platform, "check", "--decided", str(tmp_path))
    assert told.exit_code == 0, told.output
    assert run(platform, "submit", SLUG, "--author", writer_email(platform)).exit_code == 0


def writer_email(platform: Platform) -> str:
    with platform.database.writing() as session:
        return builders.account(session, Role.WRITER, kind=AccountKind.STAFF).email


def test_an_accredited_provider_publishes_nothing_while_somebody_has_not_disclosed(platform: Platform,
                                                                                  tmp_path: Path) -> None:
    run(platform, "sync", str(write(tmp_path, **REVIEWED)))
    run(platform, "submit", SLUG, "--author", writer_email(platform))
    with platform.database.writing() as session:
        builders.sign_all(session, dossier(session), builders.reviewers(session), clock.now())
    refused = run(platform, "publish", SLUG, accredited=("ama-pra-1",))
    assert refused.exit_code == 1 and refused.output.count("was not asked to disclose. Invite them") == 2
    assert "It can be begun." in run(platform, "publish", SLUG).output
