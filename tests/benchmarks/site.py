"""A small site to load: a migrated database with a published page, the program's settings, people to write to."""

import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import func, insert, select
from sqlmodel import Session

from tests import builders
from tests.benchmarks import library, processes
from tests.ports import free_port
from webapp import config, schema
from webapp.app import OVERVIEWS, create_app
from webapp.articles.rules.shelf import Entry
from webapp.articles.service import frames
from webapp.articles.service.pages import beacon_token
from webapp.campaigns.models import Campaign
from webapp.channels.rules import Channel
from webapp.consents.models import Consent
from webapp.consents.rules.purposes import Purpose
from webapp.core import clock, pages
from webapp.core.ids import new_code
from webapp.core.platform import Platform
from webapp.people.models import Account, Grant
from webapp.people.rules import AccountKind, Role
from webapp.sponsors.models import Company

SECRET = "a secret for benchmarks only, 32 characters or more"
PAGE_WORDS = 2000
"""Makes a page of about 35 kB, like the longer ones of the sample content."""


@dataclass(frozen=True)
class Site:
    """A site in a folder of its own. `path` and `token` are those of its article."""

    folder: Path
    settings: dict[str, Any]
    port: int
    path: str
    token: str

    @property
    def log(self) -> Path:
        """What its processes write."""
        return self.folder / "log"

    def environment(self, port: int | None = None) -> dict[str, str]:
        """Variables of a process of this site; `port` of a server beside the main one."""
        settings = self.settings if port is None else self.settings | {"base_url": f"http://127.0.0.1:{port}"}
        return {f"MATERIA_{name.upper()}": str(value) for name, value in settings.items()}

    def serving(self) -> AbstractContextManager[Any]:
        """The program's web server."""
        return processes.running(processes.python("webapp", "serve", "--port", self.port), self.log,
                                 environment=self.environment(), is_ready=lambda: answers(self.port, self.path))

    def serving_other(self, factory: str, port: int, **variables: str) -> AbstractContextManager[Any]:
        """Another application of `serving.py` under the same server settings."""
        return processes.running(processes.python(f"{__package__}.serving", factory, port), self.log,
                                 environment=self.environment(port) | variables,
                                 is_ready=lambda: answers(port, self.path))

    @contextmanager
    def platform(self) -> Iterator[Platform]:
        """This process at the site's database."""
        parts = config.platform(config.load(**self.settings))
        yield parts
        parts.close()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A look at the site's database."""
        with self.platform() as parts, parts.database.reading() as session:
            yield session


def make_site(folder: Path) -> Site:
    """A site with one reviewed article, published."""
    port = free_port()
    settings = {"secret_key": SECRET, "base_url": f"http://127.0.0.1:{port}", "data_dir": folder / "var",
                "database_url": f"sqlite:///{folder / 'materia.db'}", "smtp_port": free_port(), "smtp_tls": "none",
                "postal_address": builders.POSTAL_ADDRESS, "mail_from": builders.MAIL_FROM,
                "dkim_domain": "materia.example",
                "dkim_key_file": _new_key(folder / "dkim.pem")}
    library.write_library(folder / "content", 1, PAGE_WORDS)
    loaded = config.load(**settings)
    parts = config.platform(loaded)
    schema.upgrade(parts.database)
    create_app(loaded, parts)  # pages hold addresses, which the application knows
    entry = _publish(parts, folder / "content")
    with parts.database.reading() as session:
        path = session.scalars(select(pages.StoredPage.path).where(  # type: ignore[call-overload]
            pages.StoredPage.kind == "article", pages.StoredPage.path.endswith(entry.slug))).one()
    parts.close()
    return Site(folder, settings, port, path, beacon_token(parts, entry))


def _publish(parts: Platform, content: Path) -> Entry:
    now = clock.now()
    waiting = builders.import_content(parts, content, now)
    builders.clear(parts, waiting, now)
    published = builders.publish_entries(parts, waiting, OVERVIEWS, now)
    with parts.database.writing() as session:
        frames.note(session, parts)
    return published[0]


def _new_key(path: Path) -> Path:
    path.write_bytes(rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return path


def add_sponsor(parts: Platform, people: int) -> Company:
    """A company that so many professionals agreed to be written to by. Their consents have no ledger here."""
    now = clock.now()
    with parts.database.writing() as session:
        company = builders.company(session)
        first = 1 + (session.scalar(select(func.max(Account.id))) or 0)
        numbers = range(first, first + people)
        session.execute(insert(Account), [
            {"id": number, "key": f"{number:016d}", "email": f"bench-{number}@clinic.example", "password": "!",
             "fs_uniquifier": f"{number:032d}", "active": True, "name": "Ann Example", "kind": str(AccountKind.HCP),
             "language": "en", "market": "us", "time_zone": "UTC", "is_fictional": True, "is_adult": True,
             "created_at": now}
            for number in numbers])
        session.execute(insert(Grant), [{"account_id": number, "role": str(Role.HCP)} for number in numbers])
        session.execute(insert(Consent), [
            {"account_id": number, "purpose": str(Purpose.COMPANY_MAIL), "channel": str(Channel.EMAIL),
             "company_id": company.id, "is_granted": True, "code": new_code(), "changed_at": now}
            for number in numbers])
    return company


def schedule_campaign(parts: Platform, sponsor: Company, name: str, seconds: float = 0.0) -> Campaign:
    """A cleared campaign that is due in so many seconds. Its landing page must be published."""
    now = clock.now()
    due: datetime = (now + timedelta(seconds=seconds)).replace(tzinfo=None)
    made = builders.campaign(parts, sponsor, name=name, local_time=due, now=now)
    builders.clear_campaign(parts, made, now)
    builders.schedule_campaign(parts, made, now)
    return made


def answers(port: int, path: str) -> bool:
    """Whether a server answers there."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
