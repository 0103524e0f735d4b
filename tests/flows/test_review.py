"""A page's life at the desk and before review: written, stopped by the lint, handed in, discussed, signed by three,
held back until its hour, edited by one byte, signed anew, and expired. By requests and commands; only the clock is
moved by hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from bs4 import BeautifulSoup
from click.testing import CliRunner
from sqlmodel import select
from werkzeug.test import Client, TestResponse

from tests import builders
from tests.builders import BASE_URL, NOW
from webapp.articles import jobs
from webapp.articles.cli import content as command
from webapp.articles.service.desk import drafts
from webapp.core import audit, clock
from webapp.core.platform import Platform
from webapp.core.subject import Subject
from webapp.edge import Edge
from webapp.people import service as people
from webapp.people.models import Account
from webapp.people.rules import AccountKind, Role
from webapp.review import queries as reviews
from webapp.review.models import Dossier
from webapp.review.rules import VALID_FOR

PAGE, PATH = "diseases/sampleitis/patient.en.md", "/en/diseases/sampleitis"
AT_SIX_IN_SHANGHAI = datetime(2026, 3, 2, 10, tzinfo=UTC)
"""Half an hour after the story begins; Shanghai is eight hours ahead."""


class Context:
    """What the commands are handed."""

    overviews = ()

    def __init__(self, platform: Platform) -> None:
        self.platform = platform

    def renew_pages(self) -> None:
        """Nothing changed around this page."""


@dataclass
class World:
    """The site as its readers, its commands and its worker meet it."""

    platform: Platform
    edge: Edge

    def read(self) -> tuple[int, str]:
        self.edge.look_again()
        answer = Client(self.edge).get(PATH, base_url=BASE_URL)
        return answer.status_code, answer.text

    def publish(self, *words: str) -> str:
        done = CliRunner().invoke(command, ["publish", *words], obj=Context(self.platform), catch_exceptions=False)
        return str(done.output)

    def work(self) -> None:
        """A minute's work of the worker."""
        jobs.publish_due(self.platform, (), clock.now())
        jobs.expire(self.platform, (), clock.now())

    def dossier(self) -> Dossier:
        """What was handed in last."""
        with self.platform.database.reading() as session:
            number = session.scalars(select(Dossier.subject_id).where(Dossier.subject_kind == "article")).unique().one()
            found = reviews.newest(session, Subject("article", number))
        assert found is not None
        return found

    def text(self, draft: str) -> str:
        with self.platform.database.reading() as session:
            return drafts.text(session, drafts.find(session, draft)).decode()

    def trail(self) -> list[str]:
        """What was done to dossiers, in order."""
        with self.platform.database.reading() as session:
            return [line.entry.action for line in reversed(audit.newest(session, "dossier"))]


@dataclass
class Person:
    """Somebody at a browser of their own."""

    world: World
    account: Account
    client: Client

    def get(self, path: str) -> TestResponse:
        return self.client.get(path, base_url=BASE_URL)

    def post(self, path: str, /, **fields: object) -> TestResponse:
        return self.client.post(path, base_url=BASE_URL, headers={"Origin": BASE_URL}, data=fields)

    def signs_in(self) -> None:
        """Password and code, by somebody trained this year."""
        builders.sign_in(self.client, self.account.email)
        with self.world.platform.database.writing() as session:
            people.record_training(session, session.get_one(Account, self.account.id), "Signing", clock.now())

    def shows_again(self) -> None:
        for code in builders.codes():  # the one that signed in is used
            sent = {"password": builders.PASSWORD, "code": code}
            if self.post("/account/again", **sent).status_code != 200:
                return
        raise AssertionError("no code was taken")

    def signs(self, role: str, digest: str = "") -> TestResponse:
        """Approves what was handed in last; `digest`: what is signed instead of what the page names."""
        dossier = self.world.dossier()
        path = f"/review/{dossier.key}/sign"
        asked = self.get(f"{path}?meaning=approval")
        if asked.status_code == 303:
            assert asked.location.startswith("/account/again"), "who signs shows first that it is them"
            self.shows_again()
            asked = self.get(f"{path}?meaning=approval")
        assert asked.status_code == 200
        return self.post(path, meaning="approval", role=role, digest=digest or dossier.digest)


class Cast:
    """Who takes part."""

    def __init__(self, world: World) -> None:
        self.writer = _person(world, "Wanda Writer", Role.WRITER, Role.MEDICAL_REVIEWER)
        self.medical = _person(world, "Mona Medical", Role.MEDICAL_REVIEWER)
        self.legal = _person(world, "Leo Both", Role.LEGAL_REVIEWER, Role.REGULATORY_REVIEWER)
        self.regulatory = _person(world, "Rita Regulatory", Role.REGULATORY_REVIEWER)
        self.all = (self.writer, self.medical, self.legal, self.regulatory)


def _person(world: World, name: str, *roles: Role) -> Person:
    with world.platform.database.writing() as session:
        account = builders.account(session, *roles, kind=AccountKind.STAFF)
        account.name = name
        session.add(account)
    return Person(world, account, Client(world.edge))


@pytest.fixture
def world(platform: Platform, edge: Edge, tmp_path: Path) -> World:
    """A library with one page that nobody has signed."""
    builders.write_topic(tmp_path / "content")
    builders.import_content(platform, tmp_path / "content")
    return World(platform, edge)


@contextmanager
def the_clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW) as traveller:
        yield traveller


def words_of(answer: TestResponse) -> str:
    main = BeautifulSoup(answer.text, "html.parser").main
    assert main is not None
    return " ".join(main.get_text(" ").split())


@pytest.mark.postgresql
def test_a_page_from_the_desk_through_review_to_its_readers_and_its_end(world: World) -> None:
    with the_clock() as traveller:
        cast = Cast(world)
        for person in cast.all:
            person.signs_in()
        draft = is_written(world, cast.writer)
        is_reviewed_by_three(world, cast)
        is_held_back_until_its_hour(world, traveller)
        is_edited_by_one_byte(world, cast, draft)
        is_signed_anew(world, cast, traveller)
        expires_by_itself(world, cast, traveller)
        assert world.trail() == [
            "dossier-submitted", "comment-added", "comment-answered", "comment-closed", *["dossier-approval"] * 3,
            "dossier-submitted", *["dossier-approval"] * 3]
        with world.platform.database.reading() as session:
            assert audit.verify(session).fault == ""


def is_written(world: World, wanda: Person) -> str:
    """The lint stops what it must; mended, it goes before review. Returns the draft."""
    draft = wanda.post("/desk/open", path=PAGE).location.rpartition("/")[2]

    def save(old: str, new: str) -> None:
        answer = wanda.post(f"/desk/{draft}", text=world.text(draft).replace(old, new), version=saved[0])
        assert answer.status_code == 303, answer.text
        saved[0] += 1

    def hand_in() -> TestResponse:
        return wanda.post(f"/desk/{draft}/submit", text=world.text(draft), version=saved[0])

    saved = [0]
    save("It heals by itself [@one]", "It heals slowly {nowhere} [@two]")
    stopped = hand_in()
    assert stopped.status_code == 422 and "Nothing was handed in" in stopped.text
    assert "unknown-slot" in stopped.text and "two" in stopped.text
    save("{nowhere} [@two]", "[@one]")
    assert hand_in().location == f"/desk/{draft}?notice=submitted"
    return draft


def is_reviewed_by_three(world: World, cast: Cast) -> None:
    at = f"/review/{world.dossier().key}"
    assert at in cast.medical.get("/review/").text
    own = cast.writer.signs("medical")
    assert own.status_code == 403 and "author" in words_of(own)

    said = {"quote": "In short", "words": "Say first when to call a doctor", "kind": "must"}
    assert cast.medical.post(f"{at}/comment", **said).status_code == 303
    blocked = cast.medical.signs("medical")
    assert blocked.status_code == 403 and "must be settled" in words_of(blocked)
    case = BeautifulSoup(cast.writer.get(at).text, "html.parser")
    comment, = (str(found["id"]).removeprefix("comment-") for found in case.select(".comment[id]"))
    assert cast.writer.post(f"{at}/comments/{comment}/close").status_code == 403, "its author settles nothing"
    assert cast.writer.post(f"{at}/comments/{comment}/answer", words="It does: see below").status_code == 303
    assert cast.medical.post(f"{at}/comments/{comment}/close").status_code == 303

    assert cast.medical.signs("medical").status_code == 303
    assert cast.legal.signs("legal").status_code == 303
    both = cast.legal.signs("regulatory")
    assert both.status_code == 403 and "One person signs once" in words_of(both)
    assert "0 pages published, 1 wait" in world.publish(), "two of three clear nothing"
    assert cast.regulatory.signs("regulatory").status_code == 303
    certificate = words_of(cast.regulatory.get(f"{at}/certificate"))
    for part in (world.dossier().digest, "Mona Medical", "Leo Both", "Rita Regulatory", "Comment closed"):
        assert part in certificate, part


def is_held_back_until_its_hour(world: World, traveller: time_machine.Traveller) -> None:
    said = world.publish("diseases/sampleitis", "--at", "2026-03-02 18:00", "--zone", "Asia/Shanghai")
    assert "1 pages are ordered for 2026-03-02 10:00 UTC" in said
    traveller.move_to(AT_SIX_IN_SHANGHAI - timedelta(seconds=30))
    world.work()
    assert "0 pages published, 1 wait" in world.publish() and world.read()[0] == 404
    traveller.move_to(AT_SIX_IN_SHANGHAI)
    world.work()
    status, html = world.read()
    assert status == 200 and "It heals slowly" in html and "Mona Medical" in html


def is_edited_by_one_byte(world: World, cast: Cast, draft: str) -> None:
    signed = world.dossier()
    text = world.text(draft)
    cast.writer.post(f"/desk/{draft}", text=text.replace("heals slowly", "heals slowlY", 1), version=2)
    cast.writer.post(f"/desk/{draft}/submit", text=world.text(draft), version=3)
    assert world.dossier().version == 2 and world.dossier().digest != signed.digest
    assert "0 pages published, 1 wait" in world.publish(), "what was signed is not what is there now"
    world.work()
    status, html = world.read()
    assert status == 200 and "It heals slowly" in html and "slowlY" not in html, "and what was signed stays"
    replayed = cast.medical.signs("medical", digest=signed.digest)
    assert replayed.status_code == 409 and "What you read is not" in words_of(replayed)
    certificate = words_of(cast.medical.get(f"/review/{world.dossier().key}/certificate"))
    assert "not approved now" in certificate


def is_signed_anew(world: World, cast: Cast, traveller: time_machine.Traveller) -> None:
    traveller.shift(timedelta(minutes=10))  # what they showed is no longer fresh
    for person, role in ((cast.medical, "medical"), (cast.legal, "legal"), (cast.regulatory, "regulatory")):
        assert person.signs(role).status_code == 303
    assert "1 pages published, 0 wait" in world.publish()
    assert "It heals slowlY" in world.read()[1]


def expires_by_itself(world: World, cast: Cast, traveller: time_machine.Traveller) -> None:
    with world.platform.database.reading() as session:
        first = min(entry.at for entry in reviews.signatures(session, world.dossier().id or 0))
    traveller.move_to(first + VALID_FOR - timedelta(seconds=5))
    world.work()
    assert world.read()[0] == 200
    traveller.move_to(first + VALID_FOR)
    world.work()
    status, html = world.read()
    assert status == 410 and "its approval for this country ended" in html and "It heals" not in html
    cast.medical.signs_in()
    assert "Approval has lapsed" in words_of(cast.medical.get(f"/review/{world.dossier().key}"))
