"""One's own verification, and the operators' queue."""

from typing import Any

from flask import Blueprint, Response, abort, g, redirect, request

from webapp.core.clock import now
from webapp.core.errors import N_, Invalid, NotFound
from webapp.core.forms import FreeText
from webapp.people.frames import show
from webapp.people.guards import account, any_account, own_language, requires
from webapp.people.rules import Role
from webapp.professionals import queries
from webapp.professionals.rules import application as applications
from webapp.professionals.rules import evidence
from webapp.professionals.rules.application import Application, Fault
from webapp.professionals.rules.schemes import normal_number
from webapp.professionals.rules.states import Step
from webapp.professionals.service import applying, deciding, documents, presenting
from webapp.professionals.service.deciding import Decision
from webapp.professionals.service.documents import Upload

blueprint = Blueprint("professionals", __name__)

FORM_BYTES = evidence.MOST_BYTES + 65_536
DOCUMENT_HEADERS = {"Content-Security-Policy": "sandbox; default-src 'none'", "X-Content-Type-Options": "nosniff",
                    "Cache-Control": "private, no-store"}
"""A stranger's file: saved and not shown, and powerless where it is shown all the same."""


@blueprint.get("/account/verification")
@any_account
def own() -> str:
    """Where the account's verification stands, why, and what comes next."""
    return _own_page()


@blueprint.post("/account/verification")
@any_account
def apply() -> Any:
    """Takes an application. All that takes time comes before the transaction begins."""
    request.max_content_length = FORM_BYTES
    meant, faults = applications.read(request.form, account().market)
    upload = _upload(meant, faults)
    if faults:
        return _own_page(meant, faults), 422
    applying.apply(g.db, account(), meant, applying.find(g.reader, meant), upload, now())
    return redirect("/account/verification", 303)


@blueprint.get("/ops/verification/")
@requires(Role.OPERATOR)
def queue() -> str:
    """Applications that wait, the oldest first, and what was decided last."""
    page = request.args.get("page", 1, type=int)
    if not 0 < page <= presenting.MOST_PAGES:
        abort(404)
    return show("professionals/queue.html", N_("Verification of health professionals"),
                **presenting.queue(g.reader, page, own_language(), now()))


@blueprint.post("/ops/verification/find")
@requires(Role.OPERATOR)
def find() -> str:
    """All claims to a number. By POST, so that the number stands in no address and no log."""
    number = normal_number(request.form.get("number", "")[:applications.LONGEST])
    return show("professionals/queue.html", N_("Verification of health professionals"),
                **presenting.found(g.reader, number, own_language(), now()))


@blueprint.get("/ops/verification/<key>")
@requires(Role.OPERATOR)
def one(key: str) -> str:
    """One application beside what the register holds, with its document and all that happened."""
    verification = queries.by_key(g.reader, key)
    if verification is None:
        raise NotFound(N_("There is no such application."))
    return show("professionals/one.html", N_("One application"),
                **presenting.one(g.reader, verification, own_language()))


@blueprint.post("/ops/verification/<key>")
@requires(Role.OPERATOR)
def decide(key: str) -> Any:
    """Verifies, refuses or revokes, with a reason."""
    deciding.decide(g.db, key, account(), _decision(), now())
    return redirect(f"/ops/verification/{key}", 303)


@blueprint.get("/ops/verification/document/<key>")
@requires(Role.OPERATOR)
def document(key: str) -> Response:
    """An uploaded document, as a file to save. Each look is an event."""
    opened = documents.open_for(g.platform, key, account().id or 0, now())
    return Response(opened.content, content_type=opened.media_type, headers={
        **DOCUMENT_HEADERS, "Content-Disposition": f'attachment; filename="{opened.name}"'})


def _upload(meant: Application, faults: list[Fault]) -> Upload | None:
    """The document that came with the form, sealed; a fault is added where it is not taken or missing."""
    try:
        if content := _sent():
            return documents.prepare(g.platform.ring, content)
        if applying.needs_document(g.reader, account().id or 0, meant):
            raise Invalid(applying.NO_DOCUMENT)
    except Invalid as error:
        faults.append(Fault("document", str(error)))
    return None


def _sent() -> bytes:
    """The uploaded file's bytes; empty without one. The temporary file that held them goes at once."""
    if "document" not in request.files:
        return b""
    with request.files["document"].stream as stream:
        content: bytes = stream.read()
    return content


def _decision() -> Decision:
    """What the operator's form says: its answer is a step and a reason, `refuse:name-differs`."""
    step, _, reason = request.form.get("answer", "").partition(":")
    if step not in set(Step):
        raise Invalid(deciding.CHOOSE)
    return Decision(Step(step), reason, request.form.get("round", 0, type=int), FreeText(request.form.get("note", "")))


def _own_page(meant: Application | None = None, faults: list[Fault] | None = None) -> str:
    return show("professionals/own.html", N_("Your verification as a health professional"),
                **presenting.own(g.reader, account(), own_language(), meant, faults or [], now=now()))
