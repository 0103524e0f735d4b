"""A real browser against the real application, served from this process. Skipped where there is no Chromium."""

import copy
import json
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from tests import builders
from tests.builders import SECRET
from tests.conftest import HOMES
from webapp import config
from webapp.app import create_edge
from webapp.core.db import Database
from webapp.core.platform import Platform
from webapp.core.render import Renderer
from webapp.core.tokens import KeyRing
from webapp.core.writer import GroupWriter
from webapp.demo.rules import CAST
from webapp.edge import Edge

CHROMIUM = next((path for name in ("chromium-headless-shell", "chromium") if (path := shutil.which(name))), None)
"""The shell is Chromium without what draws windows: it takes half of the processor time."""
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync", "--in-process-gpu", "--js-flags=--no-opt --no-maglev",
             "--user-agent=Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0")
"""No page of a test lives long enough for its scripts to be compiled for speed, nor for a process that draws to pay.

Chromium without a window names itself a robot, and is counted as one. Its name is not set per page: that would
not reach what a page sends while it is left, which then came from somebody else."""

expect.set_options(timeout=30_000)
NewPage = Callable[..., Page]


@dataclass(frozen=True)
class Site:
    """The application at an address of this machine. Call `look_again()` after publishing."""

    base: str
    platform: Platform
    edge: Edge
    folder: Path

    def look_again(self) -> None:
        self.edge.look_again()


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """Says nothing."""


@contextmanager
def serving(folder: Path, migrated: Path, renderer: Renderer, **changed: Any) -> Iterator[Site]:
    """The application in demo mode on an empty database of its own; `changed`: settings that differ."""
    shutil.copy(migrated, folder / "materia.db")
    server = make_server("127.0.0.1", 0, _not_yet, threaded=True, request_handler=_Quiet)
    base = f"http://127.0.0.1:{server.port}"
    settings = config.load(secret_key=SECRET, base_url=base, data_dir=folder, demo=True, home_markets=HOMES,
                           hosts=(f"localhost:{server.port}",),  # passkeys are bound to names, not to numbers
                           database_url=f"sqlite:///{folder}/materia.db", **changed)
    database = Database(settings.database_url)
    drawer = copy.copy(renderer)
    drawer.base_url = base
    platform = Platform(database=database, renderer=drawer, ring=KeyRing((SECRET,)), writer=GroupWriter(database),
                        base_url=base, homes=HOMES, is_demo=True)
    edge = create_edge(settings, platform)
    server.app = edge
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Site(base, platform, edge, folder)
    server.shutdown()
    thread.join()
    server.server_close()
    platform.close()


def _not_yet(*_: Any) -> Any:
    raise AssertionError("asked before the application was there")


@pytest.fixture
def site(tmp_path: Path, migrated_file: Path, renderer: Renderer) -> Iterator[Site]:
    """An empty site for one test."""
    with serving(tmp_path, migrated_file, renderer) as site:
        yield site


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium; skips where it is not installed."""
    if CHROMIUM is None:
        pytest.skip("no browser: install Debian's package chromium-headless-shell, or chromium")
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def new_page(browser: Browser) -> Iterator[NewPage]:
    """Opens pages in fresh profiles; options as `Browser.new_context` takes them."""
    contexts = []

    def open_page(**options: Any) -> Page:
        context = browser.new_context(**{"reduced_motion": "reduce", **options})
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


def sign_in(page: Page, site: Site, email: str) -> Page:
    """Signs a page's browser in, with a code where one is asked for, by what the forms send: for tests of what comes
    after. No page is drawn for it; `test_accounts.py` and others type into the forms."""
    answer = page.request.post(f"{site.base}/sign-in", max_redirects=0,
                               form={"email": email, "password": builders.PASSWORD})
    if (place := answer.headers["location"]).startswith("/sign-in/code"):
        for code in builders.codes():
            answer = page.request.post(site.base + place, max_redirects=0, form={"code": code})
            if answer.status != 200:
                break
    assert answer.status == 302 and not answer.headers["location"].startswith("/sign-in"), answer.headers
    return page


def write_mailbox(folder: Path) -> None:
    """What the demo's pages need: its accounts, and one mail."""
    (folder / "accounts.json").write_text(json.dumps({person.email: "a password" for person in CAST}))
    mail = folder / "mail"
    mail.mkdir()
    name = int(datetime(2026, 3, 2, 9, 30, tzinfo=UTC).timestamp() * 1e9)
    (mail / f"{name:020d}-000000.eml").write_text(
        "From: Materia <news@materia.example>\nTo: ann@clinic.example\nSubject: A page for you\n\nRead it.\n")
