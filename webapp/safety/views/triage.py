"""The safety officers' pages: the queue, and a case with all that is done to it."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, g, redirect, request

from webapp.core.audit import By
from webapp.core.clock import now
from webapp.core.errors import N_, Conflict, Invalid, MateriaError, NotFound
from webapp.people.frames import show
from webapp.people.guards import account, own_language, requires
from webapp.people.rules import Role
from webapp.safety import queries
from webapp.safety.rules import triage as rules
from webapp.safety.service import asking, listing, presenting, triage
from webapp.safety.service.presenting import Typed
from webapp.safety.service.receiving import number_of
from webapp.safety.service.triage import NOBODYS, Act

blueprint = Blueprint("safety_triage", __name__, url_prefix="/safety")


@blueprint.get("/")
@requires(Role.SAFETY)
def queue() -> str:
    """Cases, the clock that runs out first at the top."""
    number = request.args.get("page", 1, type=int)
    if not 0 < number <= listing.MOST_PAGES:
        abort(404)
    chosen = listing.Filter(request.args.get("state", ""), request.args.get("product", ""),
                            request.args.get("market", ""), "overdue" in request.args, "waiting" in request.args)
    return show("safety/queue.html", N_("Side effects"),
                **listing.queue(g.reader, chosen, number, own_language(), now()))


@blueprint.get("/<key>")
@requires(Role.SAFETY)
def case(key: str) -> str:
    """A case: what was told, where it stands, and what may be done."""
    return _page(key, sought=request.args.get("find", ""))


@blueprint.post("/<key>/assess")
@requires(Role.SAFETY)
def assess(key: str) -> Any:
    """Elements, seriousness, expectedness, reaction."""
    meant, reaction = _assessment(), request.form.get("reaction", "")
    return _after(key, lambda act: triage.assess(g.db, act, meant, reaction))


@blueprint.post("/<key>/product")
@requires(Role.SAFETY)
def product(key: str) -> Any:
    """Sets or corrects the medicine."""
    return _after(key, lambda act: triage.set_product(g.db, act, request.form.get("product", "")))


@blueprint.post("/<key>/dismiss")
@requires(Role.SAFETY)
def dismiss(key: str) -> Any:
    """Asks a second officer to agree that it is no event."""
    return _after(key, lambda act: triage.dismiss(g.db, act))


@blueprint.post("/<key>/duplicate")
@requires(Role.SAFETY)
def duplicate(key: str) -> Any:
    """Asks a second officer to agree that it is a duplicate."""
    return _after(key, lambda act: triage.mark_duplicate(g.db, act, request.form.get("of", "")))


@blueprint.post("/<key>/judge")
@requires(Role.SAFETY)
def judge(key: str) -> Any:
    """Says whether a follow-up is significant."""
    report, answer = request.form.get("report", 0, type=int), request.form.get("answer", "")
    if answer not in ("significant", "not-significant"):
        raise Invalid(N_("Choose an answer."))
    return _after(key, lambda act: triage.judge_follow_up(g.db, act, report, is_significant=answer == "significant"))


@blueprint.post("/<key>/reopen")
@requires(Role.SAFETY)
def reopen(key: str) -> Any:
    """Takes it into use again."""
    return _after(key, lambda act: triage.reopen(g.db, act))


@blueprint.post("/<key>/ask")
@requires(Role.SAFETY)
def ask(key: str) -> Any:
    """Sends questions to a reporter who agreed to be asked."""
    return _after(key, lambda act: asking.ask(g.db, g.platform.ring, act, request.form.get("questions", "")))


@blueprint.post("/<key>/decide")
@requires(Role.SAFETY)
def decide(key: str) -> Any:
    """A second officer's answer to a downgrade."""
    wanted, answer = request.form.get("downgrade", ""), request.form.get("answer", "")
    if answer not in ("agree", "refuse"):
        raise Invalid(N_("Choose an answer."))
    return _after(key, lambda act: triage.decide(g.db, act, wanted, is_agreed=answer == "agree"))


def _after(key: str, verb: Callable[[Act], object]) -> Any:
    """The case after an act; where it could not be done the case as it stands, with why, and with what was typed where
    that may be mended."""
    by = By(account().id or 0, now(), request.form.get("reason", ""))
    try:
        verb(Act(key, request.form.get("stamp", ""), by))
    except (Invalid, Conflict) as error:
        g.db.rollback()  # a page is made without the lock
        return _page(key, error, _typed(str(error)) if isinstance(error, Invalid) else None), error.status
    return redirect(f"/safety/{key}?notice=done", 303)


def _page(key: str, error: MateriaError | None = None, typed: Typed | None = None, *, sought: str = "") -> str:
    found = queries.case(g.reader, key)
    if found is None:
        raise NotFound(NOBODYS)
    return show("safety/case.html", number_of(found), is_words=False, fault=str(error) if error else "",
                **presenting.case(g.reader, g.platform.ring, found, own_language(), account().id or 0, now(), typed,
                                  sought=sought))


def _assessment() -> rules.Assessment:
    return rules.read(request.form.getlist("element"), request.form.getlist("criterion"),
                      request.form.get("expectedness", ""))


def _typed(fault: str) -> Typed:
    form = request.form
    return Typed((request.endpoint or "").rpartition(".")[2], fault, form.get("report", form.get("downgrade", "")),
                 form.get("reason", ""),
                 _assessment(), form.get("reaction", ""), form.get("product", ""), form.get("of", ""),
                 form.get("questions", ""))
