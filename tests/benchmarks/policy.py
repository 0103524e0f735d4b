"""One policy decision, and what session and policy cost a signed-in reader of a page that is not everybody's."""

import logging
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import date
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any
from unittest import mock

from werkzeug.test import Client, EnvironBuilder

from tests import builders
from tests.benchmarks.measuring import Ratio, Report, Scale, at_most, interleave
from tests.benchmarks.site import Site, make_site
from webapp import config
from webapp.app import create_edge
from webapp.articles.rules.frontmatter import Audience, Kind
from webapp.articles.service.admitting import Admission
from webapp.articles.views import reading as views
from webapp.core import clock
from webapp.core.platform import Platform
from webapp.edge import Edge
from webapp.people.rules import Role
from webapp.policy import rules as policy
from webapp.policy.rules import STRANGER

logging.getLogger("materia.security").addHandler(logging.NullHandler())  # the gate tells of each request
PAGES = "/en-gb/pro/drugs/"
STATUSES = {"gated": "200", "closed": "403"}
"""Page -> how it is answered to who asks for it here."""
WORDS = "word " * 450
"""In each section: makes a page of about 35 kB."""
MOST_MICROSECONDS = 20.0
MARKETS = ("us", "gb", "eu", "cn", "fr")
"""The last is one that no row names."""
DAYS = (date(2000, 1, 1), date(2012, 8, 14), date(2026, 3, 2), date(2100, 1, 1))
Question = tuple[str, str, str, str, date]


def measure(folder: Path, scale: Scale) -> Report:
    """The bench's size."""
    decided = decide(times=scale.pick(400, 40), rounds=scale.pick(9, 3))
    read = read_gated(folder, times=scale.pick(200, 40), rounds=scale.pick(15, 5))
    return Report([*decided.ratios, *read.ratios], [*decided.remarks, *read.remarks])


def decide(*, times: int, rounds: int) -> Report:
    """Microseconds of a decision over all cells, an unknown market and past days included, and of a look-up of the
    same keys in a dict."""
    questions: list[Question] = list(product(MARKETS, policy.ContentClass, policy.Audience, policy.FundingKind, DAYS))
    answers = {question: policy.decide(*question) for question in questions}
    figures = interleave(rounds, {"decision": lambda: _decisions(questions, times),
                                  "dict": lambda: _look_ups(questions, answers, times)})
    share = median(figures["decision"]) / median(figures["dict"])
    return Report(
        [Ratio("policy decision / 20 microseconds", figures["decision"], [MOST_MICROSECONDS] * rounds, "us",
               at_most(1))],
        [f"a decision takes {share:.1f} times a bare dict look-up of the same key "
         f"({median(figures['decision']):.2f} / {median(figures['dict']):.2f} us)"])


def _decisions(questions: list[Question], times: int) -> float:
    start = time.perf_counter()
    for _ in range(times):
        for market, kind, audience, funding, on in questions:
            policy.decide(market, kind, audience, funding, on)
    return 1e6 * (time.perf_counter() - start) / times / len(questions)


def _look_ups(questions: list[Question], answers: Mapping[Question, policy.Ruling], times: int) -> float:
    start = time.perf_counter()
    for _ in range(times):
        for market, kind, audience, funding, on in questions:
            answers[market, kind, audience, funding, on]
    return 1e6 * (time.perf_counter() - start) / times / len(questions)


def read_gated(folder: Path, *, times: int, rounds: int) -> Report:
    """Milliseconds of this thread for a gated page that is shown (stored bytes) and for one that is not (a rendered
    gate): to somebody signed in, and to anybody under the same view without session and policy."""
    site = make_site(folder)
    with site.platform() as parts:
        edge = create_edge(config.load(**site.settings), parts)
        people = _people(parts, folder / "gated")
        asked = {name: _side(edge, site, name, _cookie(edge, site, email), times) for name, email in people.items()}
        unasked = {name: _side(edge, site, name, "", times, is_asked=False) for name in people}
        for side in (*asked.values(), *unasked.values()):
            side()
        figures = interleave(rounds, {**{f"asked {name}": side for name, side in asked.items()},
                                      **{f"unasked {name}": side for name, side in unasked.items()}})
    told = {"closed": "signed-in at a gate / same view without", "gated": "signed-in, stored page / same view without"}
    return Report([Ratio(title, figures[f"asked {name}"], figures[f"unasked {name}"], "ms a request", at_most(1.3))
                   for name, title in told.items()],
                  ["in this process, through the edge; a stored page is so little work that reading the cookie, the",
                   "account and its sign-in shows beside it; policy itself is a hundredth"])


def _people(parts: Platform, content: Path) -> dict[str, str]:
    """Page -> the e-mail address of somebody who is shown it, or at whom it stays closed."""
    now = clock.now()
    for slug in STATUSES:
        builders.published_document(
            parts, content, now=now, kind=Kind.DRUG, slug=slug, audience=Audience.HCP, markets=("gb",),
            content_class="promotional", text=WORDS,
            funding={"kind": "sponsored", "company": "Northwind Fictional Pharma", "influence": "All of it."})
    with parts.database.writing() as session:
        return {"gated": builders.account(session, Role.HCP, market="gb", now=now).email,
                "closed": builders.account(session, Role.READER, market="gb", now=now).email}


def _cookie(edge: Edge, site: Site, email: str) -> str:
    base, browser = site.settings["base_url"], Client(edge)
    form = browser.get("/sign-in", base_url=base)
    browser.post("/sign-in", base_url=base, data={"email": email, "password": builders.PASSWORD,
                                                  **builders.hidden_fields(form.text)})
    kept = browser.get_cookie("materia", "127.0.0.1")
    if kept is None:
        raise RuntimeError("the bench's people could not sign in")
    return f"materia={kept.value}"


def _side(edge: Edge, site: Site, name: str, cookie: str, times: int, *, is_asked: bool = True) -> Callable[[], float]:
    headers = {"Cookie": cookie} if cookie else {}
    request = EnvironBuilder(PAGES + name, base_url=site.settings["base_url"], headers=headers).get_environ()
    admission = Admission(name == "gated")

    def measure_once() -> float:
        with ExitStack() as stack:
            if not is_asked:
                stack.enter_context(mock.patch.object(views, "_reader", lambda: STRANGER))
                stack.enter_context(mock.patch.object(views, "admit", lambda *_: admission))
            start = time.thread_time()
            for _ in range(times):
                _ask(edge, request, STATUSES[name])
            return 1000 * (time.thread_time() - start) / times
    return measure_once


def _ask(edge: Edge, request: dict[str, Any], wanted: str) -> None:
    """One request, answered to its last byte."""
    told: list[str] = []
    answer = edge(dict(request), lambda status, *_: told.append(status))
    b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    if not told[0].startswith(wanted):
        raise RuntimeError(f"{request['PATH_INFO']} was answered with {told[0]}, not {wanted}")
