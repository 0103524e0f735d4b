"""The learner's pages, a step at a time. They work without scripts; one keeps answers safe where a connection is lost.

No page here has a place for a sponsor, and nobody with a seat at one gets in (ACCME, Standards 2 and 5).
"""

from typing import Any

from flask import Blueprint, current_app, g, redirect, request

from webapp.cme import queries
from webapp.cme.guards import refuse_sponsors
from webapp.cme.models import CmeAttempt
from webapp.cme.queries import provider as provider_queries
from webapp.cme.rules import evaluation as asking
from webapp.cme.rules import pars, steps
from webapp.cme.rules.steps import Step, Test
from webapp.cme.service import certifying, claiming, evaluating, learning, reporting, showing, showing_certificate
from webapp.cme.service.certifying import Holder
from webapp.cme.service.claiming import Provider
from webapp.cme.service.learning import Learning
from webapp.core.clock import now
from webapp.core.errors import N_, Conflict, Invalid, NotFound
from webapp.core.forms import FreeText
from webapp.core.languages import by_tag
from webapp.people.frames import show
from webapp.people.guards import account, any_account, own_language
from webapp.people.rules import Role

blueprint = Blueprint("cme", __name__, url_prefix="/cme")
PRO = {"edition": "pro"}


blueprint.before_request(refuse_sponsors)


def provider() -> Provider:
    """Who gives the credit here."""
    found: Provider = current_app.extensions["cme_provider"]
    return found


@blueprint.get("/")
@any_account
def activities() -> str:
    """What can be learned."""
    language = own_language()
    return show("cme/list.html", N_("Education for credit"), frame=PRO,
                **showing.listing(g.reader, account().id or 0, language, now()))


@blueprint.get("/<slug>")
@any_account
def front(slug: str) -> str:
    """What an activity is, and the way in."""
    return _front(slug)


@blueprint.post("/<slug>/begin")
@any_account
def begin(slug: str) -> Any:
    """Takes the learner in."""
    try:
        held = learning.begin(g.db, account().id or 0, slug, language=request.form.get("language", ""),
                              profession=request.form.get("profession", ""), now=now())
    except Invalid as fault:
        return _front(slug, str(fault)), fault.status
    return redirect(f"/cme/learn/{held.key}", 303)


def _front(slug: str, fault: str = "") -> str:
    activity = queries.activity(g.reader, slug)
    if activity is None or activity.live_version_id is None:
        raise NotFound(N_("There is no such activity."))
    version = queries.version(g.reader, activity.live_version_id)
    held = learning.goes_on_in(g.reader, activity, account().id or 0, now())
    how_far = _own(held.key) if held else None
    told = showing.front(g.reader, activity, version, own_language(), provider(), now())
    return show("cme/front.html", told["heading"], is_words=False, frame=PRO, fault=fault, held=held,
                own=showing.contents(g.reader, how_far) if how_far else [],
                is_failed=how_far is not None and how_far.progress.is_out_of_attempts, **told)


@blueprint.get("/learn/<key>")
@any_account
def go_on(key: str) -> Any:
    """Leads to the step to take now."""
    how_far = learning.find(g.reader, account().id or 0, key)
    return redirect(_way(how_far), 303)


def _way(how_far: Learning) -> str:
    base = f"/cme/learn/{how_far.participation.key}"
    if how_far.step is Step.SECTIONS:
        return f"{base}/sections/{steps.next_section(how_far.progress)}"
    return {Step.DISCLOSURES: f"{base}/disclosures", Step.PRE_TEST: f"{base}/test/pre",
            Step.POST_TEST: f"{base}/test/post", Step.EVALUATION: f"{base}/evaluation", Step.CLAIM: f"{base}/credit",
            Step.CERTIFICATE: f"{base}/done"}[how_far.step]


def _shown(template: str, title: str, how_far: Learning, **context: Any) -> str:
    language = by_tag(how_far.participation.language)
    frame = PRO | {"languages": ()}  # a version is taken in the language it was begun in
    return show(f"cme/{template}", title, language, frame=frame, **showing.head(how_far, now()), **context)


def _own(key: str, *, for_update: bool = False) -> Learning:
    return learning.find(g.db if for_update else g.reader, account().id or 0, key, for_update=for_update)


def _on(key: str) -> Any:
    return redirect(f"/cme/learn/{key}", 303)


@blueprint.get("/learn/<key>/disclosures")
@any_account
def disclosures(key: str) -> str:
    """Who made it, what ties them to whom, and who paid: before any content."""
    how_far = _own(key)
    told = showing.told(how_far.version, how_far.participation.language, provider(), now())
    shown = {name: told[name] for name in ("contributors", "support", "joint_provider", "credits", "provider")}
    return _shown("disclosures.html", N_("Who made this activity"), how_far, **shown)


@blueprint.post("/learn/<key>/disclosures")
@any_account
def confirm_disclosures(key: str) -> Any:
    """Records that they were seen."""
    learning.confirm_disclosures(g.db, _own(key, for_update=True), now())
    return _on(key)


@blueprint.get("/learn/<key>/sections/<name>")
@any_account
def section(key: str, name: str) -> Any:
    """A section whose turn has come, or that was read."""
    how_far = _own(key)
    shown = showing.section(g.reader, how_far, name)
    if shown is None:
        raise NotFound
    if not steps.may_open(how_far.progress, name):
        return redirect(_way(how_far), 303)
    return _shown("section.html", shown["section"].title, how_far, **shown)


@blueprint.post("/learn/<key>/sections/<name>")
@any_account
def confirm_section(key: str, name: str) -> Any:
    """Records that it was read."""
    learning.confirm_section(g.db, _own(key, for_update=True), name, now())
    return _on(key)


@blueprint.get("/learn/<key>/test/<test>")
@any_account
def test(key: str, test: str) -> Any:
    """Before a test: what it is for and how it counts."""
    how_far, which = _own(key), _test(test)
    if not steps.may_answer(how_far.progress, which):
        last = queries.attempts(g.reader, how_far.id, which)
        return redirect(_result(key, last[-1]) if last and last[-1].submitted_at else _way(how_far), 303)
    attempt = learning.open_attempt(g.reader, how_far, which)
    return _shown("test.html", N_("Test") if which is Test.POST else N_("Questions before"), how_far, test=which,
                  attempt=attempt, tries=len(queries.attempts(g.reader, how_far.id, which)))


@blueprint.post("/learn/<key>/test/<test>")
@any_account
def begin_test(key: str, test: str) -> Any:
    """Begins it, or goes on with the one begun."""
    how_far = _own(key, for_update=True)
    attempt = learning.begin_test(g.db, how_far, _test(test), now())
    return redirect(_question(key, attempt, showing.first_open(g.db, how_far, attempt) or 0), 303)


def _test(name: str) -> Test:
    if name not in list(Test):
        raise NotFound
    return Test(name)


def _question(key: str, attempt: CmeAttempt, place: int) -> str:
    return f"/cme/learn/{key}/attempts/{attempt.key}/{place + 1}"


def _result(key: str, attempt: CmeAttempt) -> str:
    return f"/cme/learn/{key}/attempts/{attempt.key}/result"


@blueprint.get("/learn/<key>/attempts/<attempt_key>/<int:number>")
@any_account
def question(key: str, attempt_key: str, number: int) -> Any:
    """One question."""
    how_far = _own(key)
    return _put(how_far, learning.own_attempt(g.reader, how_far, attempt_key), number)


def _put(how_far: Learning, attempt: CmeAttempt, number: int, fault: str = "") -> Any:
    if attempt.submitted_at is not None:
        return redirect(_result(how_far.participation.key, attempt), 303)
    shown = showing.item(g.reader, how_far, attempt, number - 1)
    if shown is None:
        raise NotFound
    return _shown("question.html", N_("Test question"), how_far, fault=fault, **shown)


@blueprint.post("/learn/<key>/attempts/<attempt_key>/<int:number>")
@any_account
def answer(key: str, attempt_key: str, number: int) -> Any:
    """Keeps an answer, and leads to the next question; a script that saves by itself gets a bare yes or no."""
    how_far, by_itself = _own(key, for_update=True), "by_itself" in request.form
    attempt = learning.own_attempt(g.db, how_far, attempt_key)
    try:
        learning.save_answer(g.db, how_far, attempt, number - 1, request.form.getlist("answer"), now())
    except (Conflict, Invalid) as fault:
        if by_itself:
            return "", fault.status  # and no redirect: to a script that is a sign-in that has run out
        if isinstance(fault, Conflict):
            return redirect(_result(key, attempt), 303)
        return _put(how_far, attempt, number, str(fault)), fault.status
    if by_itself:
        return "", 204
    is_last = number >= len(attempt.items)
    return redirect(f"/cme/learn/{key}/attempts/{attempt.key}/check" if is_last
                    else _question(key, attempt, number), 303)


@blueprint.get("/learn/<key>/attempts/<attempt_key>/check")
@any_account
def check(key: str, attempt_key: str) -> Any:
    """All questions at a glance, before they are handed in."""
    how_far = _own(key)
    attempt = learning.own_attempt(g.reader, how_far, attempt_key)
    if attempt.submitted_at is not None:
        return redirect(_result(key, attempt), 303)
    return _shown("check.html", N_("Your answers"), how_far, **showing.overview(g.reader, how_far, attempt))


@blueprint.post("/learn/<key>/attempts/<attempt_key>/check")
@any_account
def hand_in(key: str, attempt_key: str) -> Any:
    """Hands a test in, once."""
    how_far = _own(key, for_update=True)
    attempt = learning.hand_in(g.db, how_far, learning.own_attempt(g.db, how_far, attempt_key), now())
    return _on(key) if attempt.test == Test.PRE else redirect(_result(key, attempt), 303)


@blueprint.get("/learn/<key>/attempts/<attempt_key>/result")
@any_account
def result(key: str, attempt_key: str) -> Any:
    """What came of it."""
    how_far = _own(key)
    attempt = learning.own_attempt(g.reader, how_far, attempt_key)
    if attempt.submitted_at is None or attempt.test == Test.PRE:
        return redirect(_way(how_far), 303)
    return _shown("result.html", N_("Your result"), how_far, **showing.result(g.reader, how_far, attempt))


@blueprint.get("/learn/<key>/evaluation")
@any_account
def evaluation(key: str) -> Any:
    """What the learner is asked."""
    how_far = _own(key)
    return _evaluation(how_far) if how_far.step is Step.EVALUATION else redirect(_way(how_far), 303)


def _evaluation(how_far: Learning, fault: str = "") -> str:
    tag = how_far.participation.language
    objectives = {one.key: one.text[tag] for one in how_far.about.objectives}
    return _shown("evaluation.html", N_("Your view"), how_far, fault=fault, objectives=objectives, typed=request.form,
                  chosen=request.form.getlist("barriers"), agreement=asking.AGREEMENT, changes=asking.CHANGES,
                  barriers=asking.BARRIERS)


@blueprint.post("/learn/<key>/evaluation")
@any_account
def evaluate(key: str) -> Any:
    """Keeps it. Words that may tell of a side effect lead to one more question."""
    how_far = _own(key, for_update=True)
    if how_far.step is not Step.EVALUATION:
        return redirect(_way(how_far), 303)
    words = {"bias_where": FreeText.of_learner(request.form.get("bias_where", "")),
             "change_what": FreeText.of_learner(request.form.get("change_what", "")),
             "comment": FreeText.of_learner(request.form.get("comment", ""))}
    try:
        told = asking.read(request.form, request.form.getlist("barriers"),
                           [one.key for one in how_far.about.objectives], words)
        heard = evaluating.evaluate(g.db, how_far, told, market=account().market, now=now())
    except Invalid as fault:
        return _evaluation(how_far, str(fault)), fault.status
    return redirect(f"/cme/learn/{key}/heard/{heard}", 303) if heard else _on(key)


@blueprint.get("/learn/<key>/heard/<heard_key>")
@any_account
def heard(key: str, heard_key: str) -> Any:
    """Asks whether words that may tell of a side effect may be passed on, without a name."""
    how_far, found = _own(key), provider_queries.heard(g.reader, heard_key)
    if found is None or found.may_pass_on is not None:
        return redirect(_way(how_far), 303)
    return _shown("heard.html", N_("May we pass this on?"), how_far, words=found.words)


@blueprint.post("/learn/<key>/heard/<heard_key>")
@any_account
def agree(key: str, heard_key: str) -> Any:
    """Takes the answer."""
    _own(key)
    evaluating.agree(g.db, g.platform.ring, heard_key, may_pass_on=request.form.get("answer") == "yes", now=now())
    return _on(key)


@blueprint.get("/learn/<key>/credit")
@any_account
def credit(key: str) -> Any:
    """What may be claimed."""
    how_far = _own(key)
    return _credit(how_far) if how_far.step is Step.CLAIM else redirect(_way(how_far), 303)


def _credit(how_far: Learning, fault: str = "") -> str:
    offered = claiming.offers(how_far, provider(), is_verified=_is_verified(), now=now())
    return _shown("credit.html", N_("Credit"), how_far, fault=fault, offers=offered, name=account().name,
                  tag=how_far.participation.language, typed=request.form, nothing=claiming.NOTHING,
                  agreement=pars.WORDS, is_reported=reporting.is_offered(how_far, offered))


def _is_verified() -> bool:
    return Role.HCP in account().roles


@blueprint.post("/learn/<key>/credit")
@any_account
def claim(key: str) -> Any:
    """Claims it, which completes the activity and issues the certificate."""
    try:
        pars.read(request.form)  # before anything is claimed
        certifying.complete(g.reader, g.db, account().id or 0, key, request.form, now=now(), provider=provider(),
                            holder=Holder(account().name, _is_verified()), base_url=g.platform.base_url)
        reporting.consent(g.db, g.platform.ring, _own(key, for_update=True), request.form, now())
    except Invalid as fault:
        how_far = _own(key)
        return (_credit(how_far, str(fault)), fault.status) if how_far.step is Step.CLAIM else _on(key)
    return _on(key)


@blueprint.get("/learn/<key>/done")
@any_account
def done(key: str) -> Any:
    """The end: what was earned, and where it stands."""
    how_far = _own(key)
    if how_far.step is not Step.CERTIFICATE:
        return redirect(_way(how_far), 303)
    last = queries.attempts(g.reader, how_far.id, Test.POST)[-1]
    return _shown("done.html", N_("Activity completed"), how_far, result_url=_result(key, last),
                  certificate=showing_certificate.of_completion(g.reader, how_far.id),
                  contents=showing.contents(g.reader, how_far),
                  claims=queries.claims(g.reader, how_far.id), may_report=reporting.is_credited(g.reader, how_far),
                  names=showing.system_names(how_far.participation.language))
