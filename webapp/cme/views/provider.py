"""The provider's pages: what learners did in sum, and what they said. Nobody of a sponsor gets in, whatever else they
are (ACCME, Standard 2)."""

from typing import Any

from flask import Blueprint, Response, abort, g, redirect, request

from webapp.cme.guards import refuse_sponsors
from webapp.cme.service import (
    activity_file,
    hearing,
    money,
    outcome_figures,
    outcome_files,
    overview,
    releasing,
    taking,
)
from webapp.cme.service.outcome_figures import Figures
from webapp.cme.views.learning import provider
from webapp.core import audit
from webapp.core.audit import By
from webapp.core.clock import now
from webapp.core.errors import N_, Conflict, Invalid, Refused
from webapp.core.forms import FreeText
from webapp.people.frames import show
from webapp.people.guards import account, own_language, requires
from webapp.people.rules import Role

blueprint = Blueprint("cme_provider", __name__, url_prefix="/cme/provider")
blueprint.before_request(refuse_sponsors)
SHEETS = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_PAGES = 1_000


@blueprint.get("/")
@requires(Role.CME_PROVIDER)
def activities() -> str:
    """Every activity and version."""
    return show("cme/provider.html", N_("Accredited education"), **overview.listing(g.reader, own_language()))


@blueprint.get("/<slug>/<int:number>")
@requires(Role.CME_PROVIDER)
def outcomes(slug: str, number: int) -> str:
    """The outcomes of a version."""
    figures = _figures(slug, number)
    told = overview.report(figures, own_language())
    return show("cme/outcomes.html", told["heading"], is_words=False, slug=slug, **told)


@blueprint.get("/<slug>/<int:number>/comments")
@requires(Role.CME_PROVIDER)
def comments(slug: str, number: int) -> str:
    """What its learners wrote."""
    told = overview.comments(g.reader, overview.find(g.reader, slug, number), asked_page(), own_language())
    return show("cme/comments.html", N_("In learners’ words"), slug=slug, **told)


@blueprint.get("/words")
@requires(Role.CME_PROVIDER)
def words() -> str:
    """What learners wrote that may tell of a side effect, and nobody has looked at."""
    return _words()


def _words(fault: str = "") -> str:
    return show("cme/words.html", N_("Words that may tell of a side effect"), fault=fault,
                **hearing.page(g.reader, asked_page(), own_language()))


@blueprint.post("/words/<key>")
@requires(Role.CME_PROVIDER)
def close_words(key: str) -> Any:
    """Says that they were looked at, and why nothing more is to be done."""
    try:
        hearing.close(g.db, key, by_reason())
    except (Conflict, Invalid) as fault:
        g.db.rollback()  # a page is made without the lock
        return _words(str(fault)), fault.status
    return redirect("/cme/provider/words?notice=done", 303)


@blueprint.get("/<slug>/releases")
@requires(Role.CME_PROVIDER)
def releases(slug: str) -> str:
    """What its supporters see, and what can be released to them."""
    return _releases(slug)


def _releases(slug: str, fault: str = "") -> str:
    return show("cme/releases.html", N_("Outcomes for supporters"), fault=fault,
                **releasing.page(g.reader, slug, own_language(), now()))


@blueprint.post("/<slug>/releases")
@requires(Role.CME_PROVIDER)
def release(slug: str) -> Any:
    """Releases a quarter to them."""
    try:
        releasing.release(g.reader, g.db, slug, request.form.get("period", ""), by_reason())
    except (Conflict, Invalid, Refused) as fault:
        g.db.rollback()  # a page is made without the lock
        return _releases(slug, str(fault)), fault.status
    return redirect(f"/cme/provider/{slug}/releases?notice=done", 303)


def by_reason() -> By:
    """Who acts, and why they say that they do. Invalid without a reason."""
    return By(account().id or 0, now(), audit.reason_of(FreeText(request.form.get("reason", ""))))


def asked_page() -> int:
    """The page of a list that the address asks for."""
    number = request.args.get("page", 1, type=int)
    if not 0 < number <= MOST_PAGES:
        abort(404)
    return number


@blueprint.post("/<slug>/<int:number>.xlsx")
@requires(Role.CME_PROVIDER)
def workbook(slug: str, number: int) -> Response:
    """The outcomes as a workbook; who took it is audited."""
    figures = _figures(slug, number)
    made = outcome_files.as_workbook(figures, own_language())
    taking.note_outcomes(g.db, figures.version, "xlsx", By(account().id or 0, now()))
    return _file(made, SHEETS, f"outcomes-{slug}-{number}.xlsx")


@blueprint.post("/<slug>/<int:number>.pdf")
@requires(Role.CME_PROVIDER)
def document(slug: str, number: int) -> Response:
    """The outcomes as a document; who took it is audited."""
    figures = _figures(slug, number)
    made = outcome_files.as_document(figures, own_language())
    taking.note_outcomes(g.db, figures.version, "pdf", By(account().id or 0, now()))
    return _file(made, "application/pdf", f"outcomes-{slug}-{number}.pdf")


@blueprint.get("/<slug>/money")
@requires(Role.CME_PROVIDER)
def ledger(slug: str) -> str:
    """What the activity took in and paid."""
    return money_page(slug)


def money_page(slug: str, fault: str = "") -> str:
    """The page on money, with what could not be taken."""
    return show("cme/money.html", N_("Money in and out"), fault=fault, typed=request.form, today=now().date(),
                **money.page(g.reader, slug, own_language()))


@blueprint.post("/<slug>/money")
@requires(Role.CME_PROVIDER)
def write_money(slug: str) -> Any:
    """Adds to it."""
    try:
        money.write(g.db, slug, request.form, FreeText(request.form.get("party", "")), By(account().id or 0, now()))
    except Invalid as fault:
        g.db.rollback()  # a page is made without the lock
        return money_page(slug, str(fault)), fault.status
    return redirect(f"/cme/provider/{slug}/money?notice=done", 303)


@blueprint.post("/<slug>/file.zip")
@requires(Role.CME_PROVIDER)
def whole_file(slug: str) -> Response:
    """What an accreditor reads of the activity; who took it is audited."""
    at = now()
    made = activity_file.as_zip(activity_file.of_activity(g.reader, slug, own_language(), provider(), at), at)
    taking.note_file(g.db, slug, By(account().id or 0, at))
    return _file(made, "application/zip", f"activity-{slug}.zip")


def _figures(slug: str, number: int) -> Figures:
    return outcome_figures.of_version(g.reader, overview.find(g.reader, slug, number), now())


def _file(content: bytes, media_type: str, name: str) -> Response:
    return Response(content, content_type=media_type, headers={
        "Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"})
