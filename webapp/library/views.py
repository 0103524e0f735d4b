"""The reference library's pages, for those who write and review."""

from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, g, redirect, request

from webapp.core.audit import By
from webapp.core.clock import now
from webapp.core.errors import N_, Invalid, MateriaError
from webapp.library import queries
from webapp.library.rules.files import MOST_BYTES
from webapp.library.service import adding, presenting
from webapp.library.service.adding import About
from webapp.people.frames import show
from webapp.people.guards import account, requires
from webapp.people.rules import Role

blueprint = Blueprint("library", __name__, url_prefix="/review/library")
USERS = (Role.WRITER, Role.MEDICAL_REVIEWER, Role.LEGAL_REVIEWER, Role.REGULATORY_REVIEWER)
FORM_BYTES = 4 * MOST_BYTES
"""So that what is somewhat too large is refused by name; far more is cut off."""
FILE_HEADERS = {"Content-Security-Policy": "sandbox; default-src 'none'", "X-Content-Type-Options": "nosniff",
                "Cache-Control": "private, no-store"}
"""Others' files: saved and not shown, and powerless where they are shown all the same."""
MOST_PAGES = 1000


@blueprint.get("/")
@requires(*USERS)
def library() -> str:
    """The documents, by title."""
    number = request.args.get("page", 1, type=int)
    if not 0 < number <= MOST_PAGES:
        abort(404)
    return show("library/list.html", N_("Reference library"),
                **presenting.listed(g.reader, request.args.get("q", "")[:200], number))


@blueprint.get("/new")
@requires(*USERS)
def new() -> str:
    """The form that brings a document in; `name` of one whose next version it is to be."""
    return _form()


@blueprint.post("/new")
@requires(*USERS)
def add() -> Any:
    """Brings a document in. The file is read before the transaction begins; what was typed is shown again."""
    request.max_content_length = FORM_BYTES
    try:
        about, sent = _about(), request.files.get("file")
        prepared = adding.prepare(sent.read(MOST_BYTES + 1) if sent else b"")
        document, _ = adding.add(g.db, prepared, about, By(account().id or 0, now()))
    except MateriaError as error:
        return _form(str(error)), error.status
    return redirect(f"/review/library/{document.key}?notice=done", 303)


@blueprint.get("/<key>")
@requires(*USERS)
def document(key: str) -> str:
    """One document as text, page by page, and where what was looked for stands in it."""
    shown = presenting.document(g.reader, key, request.args.get("q", ""))
    return show("library/document.html", shown["document"].title, is_words=False, **shown)


@blueprint.get("/<key>/file")
@requires(*USERS)
def file(key: str) -> Response:
    """The document's bytes, as a file to save."""
    found = presenting.find(g.reader, key)
    return Response(queries.content(g.reader, found.sha256), content_type=found.media_type, headers={
        **FILE_HEADERS, "Content-Disposition": f'attachment; filename="{presenting.file_name(found)}"'})


def _about() -> About:
    """What the form says of a document, checked."""
    form = request.form
    try:
        issued = date.fromisoformat(form.get("issued_on", ""))
    except ValueError:
        raise Invalid(N_("This is no day. Choose one from the calendar.")) from None
    return adding.checked(About(
        form.get("name", ""), form.get("title", ""), form.get("issuer", ""), form.get("url", ""), issued,
        form.get("licence", ""), form.get("reach") == "readers"), now().date())


def _form(fault: str = "") -> str:
    if g.db is not g.reader:
        g.db.rollback()
    return show("library/new.html", N_("Add a document"), fault=fault, filled=request.values,
                names=queries.names(g.reader))
