"""p99 of an answer to a question while five hundred learners answer, against that of a page made for whoever asks."""

from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer
from sqlmodel import Session
from werkzeug.test import Client

from tests import builders
from tests.benchmarks import load
from tests.benchmarks.measuring import Ratio, Report, Scale, at_most
from tests.benchmarks.site import Site, make_site
from tests.cme import activities
from webapp import config
from webapp.app import create_app
from webapp.cme.rules.steps import Test
from webapp.cme.service import learning
from webapp.core import clock
from webapp.core.platform import Platform
from webapp.people.models import Account, SignIn
from webapp.people.rules import Role
from webapp.people.security.sign_ins import KEY

LEARNERS = 500
SECONDS_A_QUESTION = 10
"""Each learner's: five hundred then send fifty answers a second."""
CONNECTIONS = 64
FORM = "application/x-www-form-urlencoded"


def measure(folder: Path, scale: Scale) -> Report:
    """Answers, then as many looks at the sign-in page, and so on, at one rate."""
    site, learners = make_site(folder), scale.pick(LEARNERS, 20)
    seconds, rounds = scale.pick(10, 3), scale.pick(3, 1)
    with site.platform() as parts:
        turns = _begin(parts, site, learners)
    answers, pages = [], []
    with site.serving():
        _answer(site, turns, 2)
        for _ in range(rounds):
            answers.append(_answer(site, turns, seconds))
            pages.append(_look(site, learners, seconds))
    return Report([Ratio(f"answer p99 of {learners} learners / bare page's", _p99(answers), _p99(pages), "ms",
                         at_most(3))],
                  [f"{learners / SECONDS_A_QUESTION:.0f} a second of each; an answer is committed before it is "
                   "answered; the goal is our choice"])


def _begin(parts: Platform, site: Site, learners: int) -> tuple[tuple[str, str], ...]:
    """(address of a question, cookie) of each learner, all of them before their first test."""
    now, turns = clock.now(), []
    app = create_app(config.load(**site.settings), parts)
    with parts.database.writing() as session:
        activities.publish(session, now)
        first = builders.account(session, Role.READER, now=now)
    signed = _session_of(app, site, first.email)
    with parts.database.writing() as session:
        for _ in range(learners):
            person = builders.account(session, Role.READER, now=now)
            held = activities.learner(session, now, account=person)
            learning.confirm_disclosures(session, activities.again(session, held), now)
            session.flush()
            attempt = learning.begin_test(session, activities.again(session, held), Test.PRE, now)
            place = next(number for number, item in enumerate(attempt.items) if item["question"] == "q1")
            turns.append((f"/cme/learn/{held.key}/attempts/{attempt.key}/{place + 1}",
                          _cookie(app, session, signed, person, now)))
    return tuple(turns)


def _session_of(app: Flask, site: Site, email: str) -> dict[str, Any]:
    """What the cookie of somebody holds who signed in by password."""
    browser = Client(app)
    browser.post("/sign-in", base_url=site.settings["base_url"], data={"email": email, "password": builders.PASSWORD})
    kept = browser.get_cookie("materia", "127.0.0.1")
    if kept is None:
        raise RuntimeError("the bench's learner could not sign in")
    return dict(_signer(app).loads(kept.value))


def _cookie(app: Flask, session: Session, signed: dict[str, Any], person: Account, now: datetime) -> str:
    """The same for another, with a sign-in of their own: five hundred passwords take minutes to look at."""
    row = SignIn(account_id=person.id or 0, device="", is_strong=False, created_at=now, seen_at=now)
    session.add(row)
    return f"materia={_signer(app).dumps(signed | {'_user_id': person.fs_uniquifier, KEY: row.key})}"


def _signer(app: Flask) -> URLSafeTimedSerializer:
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer is not None
    return signer


def _answer(site: Site, turns: tuple[tuple[str, str], ...], seconds: float) -> load.Load:
    done = load.run(load.Plan(site.port, "", seconds, CONNECTIONS, "answer=2&by_itself=yes",
                              len(turns) / SECONDS_A_QUESTION, FORM, turns))
    if set(done.statuses) != {"204"}:
        raise RuntimeError(f"answers were not all taken: {done.statuses}")
    return done


def _look(site: Site, learners: int, seconds: float) -> load.Load:
    return load.run(load.Plan(site.port, "/sign-in", seconds, CONNECTIONS, per_second=learners / SECONDS_A_QUESTION))


def _p99(loads: list[load.Load]) -> list[float]:
    return [load.percentile(each.latencies, 0.99) for each in loads]
