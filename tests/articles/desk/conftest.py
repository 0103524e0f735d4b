"""A library of two topics, and people who work at its desk."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask import Flask
from sqlmodel import Session
from werkzeug.test import Client, TestResponse

from tests import builders, copies
from tests.builders import BASE_URL
from webapp.articles.queries import desk as queries
from webapp.articles.rules.frontmatter import Kind
from webapp.articles.service.desk import drafts
from webapp.core.clock import now
from webapp.core.platform import Platform
from webapp.people.models import Account
from webapp.people.rules import AccountKind, Role

PAGE = "diseases/sampleitis/patient.en.md"


@dataclass
class Desk:
    """One person at the desk, by requests alone."""

    client: Client
    person: Account
    platform: Platform
    opened: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, /, **fields: str) -> TestResponse:
        return self.client.get(path, base_url=BASE_URL, query_string=fields or None)

    def post(self, path: str, /, **fields: object) -> TestResponse:
        return self.client.post(path, base_url=BASE_URL, headers={"Origin": BASE_URL}, data=fields)

    def open(self, path: str = PAGE) -> str:
        """The key of the draft of a page, begun if there is none."""
        answer = self.post("/desk/open", path=path)
        assert answer.status_code == 303, answer.text
        return answer.location.rpartition("/")[2]

    def text(self, key: str) -> str:
        with self.platform.database.reading() as session:
            return drafts.text(session, drafts.find(session, key)).decode()

    def version(self, key: str) -> int:
        with self.platform.database.reading() as session:
            found = queries.draft(session, key)
        assert found is not None
        return found.version

    def write(self, key: str, old: str, new: str) -> TestResponse:
        """Saves the draft's text with something else in it."""
        text = self.text(key)
        assert old in text
        return self.save(key, text.replace(old, new))

    def save(self, key: str, text: str, seen: int | None = None) -> TestResponse:
        return self.post(f"/desk/{key}", text=text, version=self.version(key) if seen is None else seen)

    def submit(self, key: str, text: str | None = None) -> TestResponse:
        return self.post(f"/desk/{key}/submit", text=self.text(key) if text is None else text,
                         version=self.version(key))


AtDesk = Callable[..., Desk]


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A topic in two markets and one in one."""
    folder = tmp_path / "content"
    builders.write_topic(folder, markets=("us", "gb"))
    builders.write_topic(folder, kind=Kind.DRUG, slug="samplin", content_class="drug-education")
    return folder


@pytest.fixture
def library(platform: Platform, content: Path) -> Path:
    """The topics, brought in."""
    copies.once(platform.database, ("desk", *builders.texts(content)),
                lambda: builders.import_content(platform, content, now()))
    return content


@pytest.fixture
def at_desk(app: Flask, platform: Platform, library: Path) -> AtDesk:
    """Signs somebody in, as a writer unless another role is named."""
    def sign_in(role: Role = Role.WRITER, name: str = "Wanda Writer", language: str = "en") -> Desk:
        def join(session: Session) -> Account:
            person = builders.account(session, role, kind=AccountKind.STAFF, language=language)
            person.name = name
            return person

        client = app.test_client()
        person = builders.signed_in(client, platform.database, ("desk", role, name, language), join)
        return Desk(client, person, platform)
    return sign_in


@pytest.fixture
def desk(at_desk: AtDesk) -> Desk:
    """A writer at the desk."""
    return at_desk()
