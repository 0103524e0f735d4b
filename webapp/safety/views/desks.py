"""What a company's safety desk opens by the link in its mail: nobody signs in, the code is the key."""

from typing import Any

from flask import Blueprint, Response, g, redirect, request

from webapp.core.clock import now
from webapp.core.errors import N_, Invalid
from webapp.core.languages import preferred
from webapp.people.frames import show
from webapp.people.guards import chosen_language, public
from webapp.safety.service import desk_page

blueprint = Blueprint("safety_desks", __name__)
FILE_HEADERS = {"Content-Security-Policy": "sandbox; default-src 'none'", "Cache-Control": "private, no-store",
                "X-Robots-Tag": "noindex"}
"""What strangers wrote: saved and not shown, and powerless where it is shown all the same."""


@blueprint.get("/handed-over/<code>")
@public
def handed_over(code: str) -> str:
    """The case, and the button. Changes nothing: mail scanners fetch every link."""
    return _page(code)


@blueprint.post("/handed-over/<code>")
@public
def acknowledge(code: str) -> Any:
    """Notes that the desk has it."""
    try:
        desk_page.acknowledge(g.db, g.platform, code, request.form.get("name", ""), now())
    except Invalid as error:
        return _page(code, str(error)), 422
    return redirect(f"/handed-over/{code}", 303)


@blueprint.post("/handed-over/<code>/<name>")
@public
def file(code: str, name: str) -> Response:
    """The case as a file to save. By POST, since that it is taken away is noted: mail scanners fetch links."""
    called, media_type, content = desk_page.file(g.reader, g.platform, code, name)
    desk_page.note_taken(g.db, code, name, now())
    return Response(content, content_type=media_type, headers={
        **FILE_HEADERS, "Content-Disposition": f'attachment; filename="{called}"'})


def _page(code: str, fault: str = "") -> str:
    language = chosen_language() or preferred(request.accept_languages)
    return show("safety/handed_over.html", N_("Report of a side effect"), language, fault=fault,
                **desk_page.page(g.reader, g.platform, code, language, now()))
