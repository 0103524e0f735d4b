"""Links in campaign mail."""

from contextlib import suppress

from flask import Blueprint, Response, abort, g, redirect, request

from webapp.campaigns.service import clicking
from webapp.core.clock import now
from webapp.core.errors import Busy
from webapp.people.guards import public

blueprint = Blueprint("campaigns", __name__)


@blueprint.get("/c/<token>")
@public
def click(token: str) -> Response:
    """Leads to the link's stored target. Scanners fetch every link, so this counts and otherwise changes nothing."""
    followed = clicking.follow(g.reader, g.platform, token, request.headers.get("User-Agent", ""), now())
    if followed is None:
        abort(404)
    if request.method == "GET":
        with suppress(Busy):  # the reader goes on, counted or not
            g.platform.writer.submit(clicking.write_clicks, followed.row)
    answer = redirect(followed.location)
    assert isinstance(answer, Response)
    return answer
