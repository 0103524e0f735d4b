"""The beacon's endpoint, and the page that says what is counted and lets one stop it."""

from typing import Any

from flask import Blueprint, Response, current_app, g, redirect, request

from webapp.core.clock import now
from webapp.core.errors import N_, Busy
from webapp.core.languages import preferred
from webapp.engagement import service
from webapp.engagement.rules import BODY_BYTES, NO_COUNTING, NO_COUNTING_LASTS, Dropped
from webapp.engagement.service import Counter, Reader, Visitor
from webapp.people.frames import show
from webapp.people.guards import chosen_language, public, signed_in

blueprint = Blueprint("engagement", __name__)
ANSWER_SECONDS = 5.0


@blueprint.post("/e")
@public
def beacon() -> Response:
    """Counts a beacon. 204 once it is committed or dropped; 503 if it could not be stored. A browser that opted out
    leaves nothing, not even that."""
    if not _is_stopped():
        _count(current_app.extensions["counter"])
    return Response(status=204)


@blueprint.get("/privacy")
@public
def privacy() -> str:
    """What is counted and kept, what for and how long, and the way out."""
    language = chosen_language() or preferred(request.accept_languages)
    return show("engagement/privacy.html", N_("Privacy"), language, frame={"noindex": False},
                is_stopped=_is_stopped(), has_signal=_has_signal(), postal_address=g.platform.postal_address,
                rooms=g.platform.rooms)


@blueprint.post("/privacy")
@public
def choose_counting() -> Any:
    """Stops the count of this browser's readings, or starts it again: one cookie, the same for everybody."""
    language = chosen_language() or preferred(request.accept_languages)
    answer = redirect(f"/privacy?language={language.tag}#stop", 303)
    if request.form.get("counting") == "stop":
        answer.set_cookie(NO_COUNTING, "1", max_age=NO_COUNTING_LASTS, samesite="Lax",
                          secure=g.platform.base_url.startswith("https:"))  # not HttpOnly: the beacon reads it
    else:
        answer.delete_cookie(NO_COUNTING, samesite="Lax")
    return answer


def _count(counter: Counter) -> None:
    visitor = Visitor(request.remote_addr or "", request.headers.get("User-Agent", "")[:400], request.host)
    request.max_content_length = request.content_length  # admission drops by name what the forms' limit would refuse
    try:
        counter.count(request.stream.read(BODY_BYTES + 1), visitor, now(), reader=_reader()).result(ANSWER_SECONDS)
    except Dropped:
        pass
    except TimeoutError:
        raise Busy(N_("The reading was not stored in time.")) from None


def _reader() -> Reader | None:
    """Who is signed in, and what the ledger says now; of strangers, who have no session, nothing is looked up."""
    person = signed_in()
    return None if person is None else service.reader(g.reader, person, has_signal=_has_signal())


def _is_stopped() -> bool:
    return request.cookies.get(NO_COUNTING) == "1"


def _has_signal() -> bool:
    return request.headers.get("Sec-GPC") == "1"
