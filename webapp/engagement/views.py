"""The beacon's endpoint."""

from concurrent.futures import TimeoutError as FutureTimeout

from flask import Blueprint, Response, current_app, request

from webapp.core.clock import now
from webapp.core.errors import N_, Busy
from webapp.engagement.rules import BODY_BYTES, Dropped
from webapp.engagement.service import Counter, Visitor
from webapp.people.guards import public

blueprint = Blueprint("engagement", __name__)
ANSWER_SECONDS = 5.0


@blueprint.post("/e")
@public
def beacon() -> Response:
    """Counts a beacon. 204 once it is committed or dropped; 503 if it could not be stored."""
    counter: Counter = current_app.extensions["counter"]
    visitor = Visitor(request.remote_addr or "", request.headers.get("User-Agent", "")[:400], request.host)
    request.max_content_length = request.content_length  # admission drops by name what the forms' limit would refuse
    try:
        counter.count(request.stream.read(BODY_BYTES + 1), visitor, now()).result(ANSWER_SECONDS)
    except Dropped:
        pass
    except FutureTimeout:
        raise Busy(N_("The reading was not stored in time.")) from None
    return Response(status=204)
