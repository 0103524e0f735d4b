"""Records of review: pieces for FDA form 2253, and how long cases stay in each step. They read and change nothing."""

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, g, request

from webapp.core.clock import now
from webapp.core.errors import N_, Invalid
from webapp.ops.service import filing, handing_over, timing
from webapp.people.frames import show
from webapp.people.guards import own_language, requires
from webapp.people.rules import Role
from webapp.review.rules import form_2253

blueprint = Blueprint("records", __name__, url_prefix="/review")
FILERS = (Role.REGULATORY_REVIEWER, Role.OPERATOR)
TIMED = (Role.MEDICAL_REVIEWER, Role.LEGAL_REVIEWER, *FILERS)
USUAL = timedelta(days=30)
"""The period that is shown if none is asked for, up to today: our choice."""


@blueprint.get("/2253")
@requires(*FILERS)
def form() -> Any:
    """The pieces of a period and what the form asks of them."""
    period, fault = _period()
    if fault:
        return _form_page(period, fault), Invalid.status
    return _form_page(period, found=filing.collect(g.platform, g.reader, *period, {}))


@blueprint.post("/2253.zip")
@requires(*FILERS)
def form_files() -> Any:
    """The same as files. What was typed goes into them and is kept nowhere; it is sent by POST, so that no address
    holds it."""
    period, fault = _period()
    given = {key: text for key in form_2253.GIVEN if (text := request.form.get(key, "").strip())}
    if fault:
        return _form_page(period, fault), Invalid.status
    try:
        found = filing.collect(g.platform, g.reader, *period, given)
    except Invalid as error:
        return _form_page(period, str(error), filing.collect(g.platform, g.reader, *period, {})), error.status
    made = handing_over.as_zip(handing_over.files(g.platform, g.reader, found, now()), now())
    return _file(made, "application/zip", f"form-2253-{period[0]}-{period[1]}.zip")


@blueprint.get("/times")
@requires(*TIMED)
def times() -> Any:
    """How long cases stayed in each step."""
    period, fault = _period()
    found = [] if fault else timing.measure(g.reader, *period)
    page = show("ops/times.html", N_("Times of review"), first=period[0], last=period[1], fault=fault,
                **timing.page(found, *period, own_language()))
    return (page, Invalid.status) if fault else page


@blueprint.get("/times.csv")
@requires(*TIMED)
def times_csv() -> Response:
    """The same as a file."""
    (first, last), fault = _period()
    if fault:
        raise Invalid(fault)
    return _file(("\ufeff" + timing.as_csv(timing.measure(g.reader, first, last))).encode(),
                 "text/csv; charset=utf-8", f"review-times-{first}-{last}.csv")


def _period() -> tuple[tuple[date, date], str]:
    """The days that an address or a form asks for, and what is wrong with them; the usual ones if none are."""
    today = now().date()
    usual = today - USUAL, today
    asked = request.values.get("from", ""), request.values.get("to", "")
    if asked == ("", ""):
        return usual, ""
    try:
        first, last = (date.fromisoformat(text) for text in asked)
        form_2253.check_period(first, last)
    except Invalid as error:
        return (first, last), str(error)
    except ValueError:
        return usual, N_("Give both days, as the calendar offers them.")
    return (first, last), ""


def _form_page(period: tuple[date, date], fault: str = "", found: filing.Filing | None = None) -> str:
    return show("ops/form_2253.html", N_("FDA form 2253"), first=period[0], last=period[1], fault=fault, found=found,
                shown=form_2253.OF_FORM, in_words=form_2253.IN_WORDS, typed=request.form,
                given=form_2253.FILLABLE, nearest=form_2253.NEAREST)


def _file(content: bytes, media_type: str, name: str) -> Response:
    return Response(content, content_type=media_type, headers={
        "Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"})
