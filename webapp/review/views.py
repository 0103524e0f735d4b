"""The reviewers' pages: the queue, a case, a signature, a certificate; and a guest's page."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, abort, g, redirect, request
from sqlmodel import Session

from webapp.core.clock import now
from webapp.core.errors import N_, Conflict, Invalid, MateriaError, NotFound
from webapp.core.forms import FreeText
from webapp.core.languages import preferred
from webapp.people import queries as people
from webapp.people.frames import show
from webapp.people.guards import (
    account,
    again,
    chosen_language,
    is_shown_again,
    own_language,
    public,
    requires,
)
from webapp.people.rules import Role
from webapp.review import queries, rules, service
from webapp.review.models import Dossier
from webapp.review.rules import CommentKind, Meaning, ReviewRole, naming, pemat
from webapp.review.service import certifying, checking, discussing, presenting, queueing, working

blueprint = Blueprint("review", __name__, url_prefix="/review")
REVIEWERS = (Role.MEDICAL_REVIEWER, Role.LEGAL_REVIEWER, Role.REGULATORY_REVIEWER)
INVOLVED = (*REVIEWERS, Role.OPERATOR, Role.WRITER)
"""Who reads: reviewers and operators all, writers what they wrote."""
AUTHORS = (*REVIEWERS, Role.WRITER)
NOBODYS = N_("There is no such dossier.")
NO_DAY = N_("Choose a day from today on, within ten years.")
MOST_DUE = timedelta(days=3_653)
"""Our choice."""
MOST_PAGES = 1000


@blueprint.get("/")
@requires(*INVOLVED)
def queue() -> str:
    """What waits, by due date."""
    number = request.args.get("page", 1, type=int)
    if not 0 < number <= MOST_PAGES:
        abort(404)
    chosen = queueing.Filter(request.args.get("role", ""), request.args.get("whose", ""), "overdue" in request.args)
    return show("review/queue.html", N_("Review"), **queueing.queue(g.reader, account(), chosen, number, now()))


@blueprint.post("/assign")
@requires(*REVIEWERS)
def assign() -> Any:
    """Gives dossiers to somebody, all or none."""
    role, _, key = request.form.get("reviewer", "").partition(":")
    to, wanted = working.reviewer(people.account_by_key(g.db, key), role)
    chosen = presenting.dossiers(g.db, request.form.getlist("dossier")[:200])
    if not chosen:
        raise Invalid(N_("Tick what you assign."))
    working.assign(g.db, chosen, wanted, to, by=account(), due_at=_due(request.form.get("due", "")), now=now())
    return redirect("/review/?notice=done", 303)


@blueprint.get("/<key>")
@requires(*INVOLVED)
def case(key: str) -> str:
    """One case: the piece beside what is said of it."""
    return _case(_dossier(key))


@blueprint.post("/<key>/comment")
@requires(*REVIEWERS)
def comment(key: str) -> Any:
    """Comments; what was written is shown again if it cannot be taken."""
    dossier = _dossier(key)
    try:
        discussing.comment(g.db, dossier, account(), _kind(), FreeText(request.form.get("words", "")),
                           request.form.get("quote", ""), now())
    except Invalid as error:
        return _case(dossier, fault=str(error), filled=request.form), error.status
    return _done(key, "#comments")


@blueprint.post("/<key>/comments/<said>/answer")
@requires(*AUTHORS)
def answer(key: str, said: str) -> Any:
    """Answers a comment; what was written is shown again if it was closed meanwhile."""
    dossier, words = _dossier(key), FreeText(request.form.get("words", ""))
    try:
        discussing.answer(g.db, said, account(), words, now())
    except Conflict as error:
        return _case(dossier, unsent=words, failed=str(error)), error.status
    return _done(key, f"#comment-{said}")


@blueprint.post("/<key>/comments/<said>/close")
@requires(*REVIEWERS)
def close(key: str, said: str) -> Any:
    """Closes a comment as settled."""
    _dossier(key)
    discussing.close(g.db, said, account(), now())
    return _done(key, f"#comment-{said}")


@blueprint.post("/<key>/look")
@requires(*REVIEWERS)
def look(key: str) -> Any:
    """Tells others that one reads it, or that one does not any more."""
    act = working.stop_looking if "stop" in request.form else working.look
    act(g.db, _dossier(key), account(), now())
    return _done(key)


@blueprint.post("/<key>/changes")
@requires(*REVIEWERS)
def changes(key: str) -> Any:
    """Sends it back."""
    dossier, role, words = _dossier(key), _role(), FreeText(request.form.get("words", ""))
    try:
        discussing.request_changes(g.db, dossier, account(), role, words, now())
    except MateriaError as error:
        return _case(dossier, unsent=words, failed=str(error)), error.status
    return _done(key)


@blueprint.get("/<key>/checklist")
@requires(Role.MEDICAL_REVIEWER)
def checklist(key: str) -> str:
    """How easy a piece is to understand and to act on: the form."""
    return _checklist(_dossier(key))


@blueprint.post("/<key>/checklist")
@requires(Role.MEDICAL_REVIEWER)
def tick(key: str) -> Any:
    """Keeps the checklist; what was ticked is shown again if something is missing."""
    dossier = _dossier(key)
    try:
        checking.tick(g.db, dossier, account(), request.form, now())
    except Invalid as error:
        return _checklist(dossier, fault=str(error), answers=pemat.read(request.form)[0]), error.status
    return _done(key, "#checklist")


@blueprint.post("/<key>/delegate")
@requires(*REVIEWERS)
def delegate(key: str) -> Any:
    """Hands one's own task on."""
    to = people.account_by_key(g.db, request.form.get("person", ""))
    if to is None:
        raise NotFound(N_("There is no such reviewer."))
    working.delegate(g.db, _dossier(key), account(), to, now())
    return _done(key)


@blueprint.post("/<key>/guests")
@requires(*REVIEWERS)
def invite(key: str) -> Any:
    """Makes a guest's link."""
    dossier = _dossier(key)
    try:
        discussing.invite(g.db, dossier, account(), request.form.get("name", ""),
                          request.form.get("days", 0, type=int), now())
    except Invalid as error:
        return _case(dossier, unsent=request.form.get("name", ""), failed=str(error)), error.status
    return _done(key, "#guests")


@blueprint.post("/<key>/guests/<guest_key>/end")
@requires(*REVIEWERS)
def end_invitation(key: str, guest_key: str) -> Any:
    """Ends a guest's link."""
    discussing.end_invitation(g.db, _dossier(key), guest_key, account(), now())
    return _done(key, "#guests")


@blueprint.get("/<key>/sign")
@requires(*REVIEWERS)
def sign_page(key: str) -> Any:
    """What is about to be signed. Whoever has not shown again that it is them does so first."""
    dossier = _dossier(key)
    if not is_shown_again():
        return redirect(again(f"{request.path}?meaning={_meaning(request.args)}"), 303)
    return _sign_page(dossier, _meaning(request.args))


@blueprint.post("/<key>/sign")
@requires(*REVIEWERS)
def sign(key: str) -> Any:
    """Signs. If the proof has grown old meanwhile, or the reason is missing, nothing that was typed is lost."""
    dossier, meaning = _dossier(key), _meaning(request.form)
    if not is_shown_again():
        return _sign_page(dossier, meaning, is_stale=True), 403
    role = _role()
    try:
        service.sign(g.db, dossier, service.freshly_shown(account()), role=role, meaning=meaning,
                     digest=request.form.get("digest", ""), now=now(), reason=FreeText(request.form.get("reason", "")),
                     attested=request.form.getlist("attested"))
    except MateriaError as error:
        return _sign_page(dossier, meaning, fault=str(error)), error.status
    return _done(key)


@blueprint.get("/<key>/certificate")
@requires(*INVOLVED)
def certificate(key: str) -> str:
    """Who approved what, as the record has it."""
    return show("review/certificate.html", N_("Certificate of review"),
                **presenting.certificate(g.reader, _dossier(key), own_language(), now()))


@blueprint.get("/<key>/certificate.pdf")
@requires(*INVOLVED)
def certificate_pdf(key: str) -> Response:
    """The same to keep: a tagged PDF in the reader's language."""
    dossier = _dossier(key)
    told = certifying.certificate_of(g.reader, dossier, now())
    made = certifying.as_pdf(told, own_language(), now(), naming.ACTS)
    name = f"{told.material_id or dossier.key}-v{dossier.version}-certificate.pdf"
    return Response(made, content_type="application/pdf", headers={
        "Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"})


@blueprint.get("/guest/<code>")
@public
def guest(code: str) -> str:
    """One dossier for somebody without an account. A link that has ended and one that never was answer alike."""
    return _guest_page(code)


@blueprint.post("/guest/<code>")
@public
def guest_comment(code: str) -> Any:
    """A guest's comment."""
    found = queries.guest_with(g.db, code, now())
    if found is None:
        raise NotFound(N_("There is no such page."))
    try:
        discussing.comment(g.db, found[1], found[0], _kind(), FreeText(request.form.get("words", "")),
                           request.form.get("quote", ""), now())
    except Invalid as error:
        return _guest_page(code, fault=str(error)), 422
    return redirect(f"/review/guest/{code}?notice=done", 303)


def _dossier(key: str) -> Dossier:
    found = queries.by_key(g.db, key)
    if found is None or not presenting.may_see(account(), found):
        raise NotFound(NOBODYS)
    return found


def _kind() -> CommentKind:
    kind = request.form.get("kind", "")
    if kind not in set(CommentKind):
        raise Invalid(N_("Choose how much hangs on the comment."))
    return CommentKind(kind)


def _role() -> ReviewRole:
    role = request.form.get("role", "")
    if role not in set(ReviewRole):
        raise NotFound(N_("There is no such role."))
    return ReviewRole(role)


def _meaning(values: Any) -> Meaning:
    return Meaning.REJECTION if values.get("meaning") == Meaning.REJECTION else Meaning.APPROVAL


def _due(day: str) -> datetime | None:
    """The end of a day, in UTC, as a form names it; None if it names none. Invalid for a day that nobody means: before
    now, or in another century."""
    if not day:
        return None
    try:
        end = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC) + timedelta(days=1)
    except (ValueError, OverflowError):
        raise Invalid(NO_DAY) from None
    if not now() < end < now() + MOST_DUE:
        raise Invalid(NO_DAY)
    return end


def _reading() -> Session:
    """What pages are made from. An act that could not be done is given up first: nobody waits while a page is made."""
    if g.db is not g.reader:
        g.db.rollback()
    reader: Session = g.reader
    return reader


def _case(dossier: Dossier, **more: Any) -> str:
    shown = presenting.case(_reading(), dossier, account(), now())
    return show("review/case.html", dossier.title, is_words=False, **{
        "fault": "", "filled": {}, "unsent": "", "failed": "", "base_url": g.platform.base_url, **shown, **more})


def _checklist(dossier: Dossier, **more: Any) -> str:
    if not checking.may_tick(_reading(), dossier, account(), now()):
        raise NotFound(NOBODYS)
    return show("review/checklist.html", N_("How easy is it to understand?"),
                **{"fault": "", **presenting.checklist(g.reader, dossier), **more})


def _sign_page(dossier: Dossier, meaning: Meaning, *, is_stale: bool = False, fault: str = "") -> str:
    shown = presenting.case(_reading(), dossier, account(), now())
    path = f"/review/{dossier.key}/sign?meaning={meaning}"
    return show("review/sign.html", N_("Sign"), meaning=meaning, signer=account().name, is_stale=is_stale, fault=fault,
                again_url=again(path), reason=request.form.get("reason", ""),
                attested=rules.attested(dossier.route, ReviewRole.MEDICAL) if meaning is Meaning.APPROVAL else (),
                confirmed=request.form.getlist("attested"), **shown)


def _guest_page(code: str, fault: str = "") -> str:
    found = queries.guest_with(_reading(), code, now())
    if found is None:
        raise NotFound(N_("There is no such page."))
    language = chosen_language() or preferred(request.accept_languages)
    return show("review/guest.html", found[1].title, language, is_words=False, fault=fault, filled=request.form,
                **presenting.guest(g.reader, *found))


def _done(key: str, place: str = "") -> Any:
    return redirect(f"/review/{key}?notice=done{place}", 303)
