"""The writers' desk: its list, and one draft as it is written. Writers write; reviewers and operators read."""

from typing import Any

from flask import Blueprint, abort, g, redirect, request

from webapp.articles.rules import drafting
from webapp.articles.rules.grammar import MARKS
from webapp.articles.service.desk import board, drafts, showing
from webapp.articles.service.desk.drafts import Author
from webapp.core.clock import now
from webapp.core.errors import N_
from webapp.core.languages import LANGUAGES
from webapp.people.frames import show
from webapp.people.guards import account, own_language, requires
from webapp.people.rules import MARKET_NAMES, Role
from webapp.review.service.queueing import uses_library

blueprint = Blueprint("desk", __name__, url_prefix="/desk")
READERS = (Role.WRITER, Role.MEDICAL_REVIEWER, Role.LEGAL_REVIEWER, Role.REGULATORY_REVIEWER, Role.OPERATOR)
NOTICES = {"saved": N_("Saved."), "submitted": N_("Handed in. Review was given what is new."),
           "unsent": N_("Saved, and not handed in yet: look at what was found, then hand it in."),
           "taken": N_("The draft now stands on the library's present text."),
           "block": N_("The block was put in, and saved."),
           "picture": N_("The picture was taken. It is shown by the line below.")}


def render(template: str, title: str, **context: Any) -> str:
    """One of the desk's pages in the language of whoever looks."""
    return show(f"desk/{template}.html", title, may_write=may_write(),
                notice=NOTICES.get(request.args.get("notice", ""), ""), **context)


def may_write() -> bool:
    """Whether whoever looks may write."""
    return Role.WRITER in account().roles


def author() -> Author:
    """Who writes."""
    return Author(account().id or 0, account().name)


def editor(key: str, **context: Any) -> str:
    """The page of one draft, with what its form holds."""
    shown = showing.draft(g.reader, key, homes=g.platform.homes, market=request.values.get("market", ""))
    return render("editor", N_("Draft"), **{**shown, "refused": (), "person": account().key, "marks": MARKS, **context})


def save_form(key: str, text: bytes, seen: int, notice: str) -> Any:
    """Saves, and says so; or shows both texts to whoever comes second."""
    saving = drafts.save(g.db, key, text, seen=seen, account_id=author().account_id, now=now())
    if saving.is_stale:
        return render("conflict", N_("Somebody else saved"), person=account().key,
                      **showing.conflict(g.db, key, text)), 409
    return redirect(f"/desk/{key}?notice={notice}", 303)


def version(name: str = "version") -> int:
    """A version that is named; 404 for what is none."""
    number = request.values.get(name, type=int)
    if number is None or not 0 <= number < 1_000_000_000:
        abort(404)
    return number


@blueprint.get("/")
@requires(*READERS)
def pages() -> str:
    """Drafts, and the library's pages by the day on which they are due."""
    asked = board.asked_of(request.args, account().id or 0, now().date())
    return render("list", N_("Content desk"), may_use_library=uses_library(account()),
                  **board.show(g.reader, asked, own_language().tag))


@blueprint.get("/translations")
@requires(*READERS)
def translated() -> str:
    """Which page exists in which language, and which is behind."""
    return render("translations", N_("Translations"),
                  **board.translations(g.reader, board.page_number(request.args)))


@blueprint.post("/open")
@requires(Role.WRITER)
def open_draft() -> Any:
    """The draft of a page, begun if there is none."""
    return redirect(f"/desk/{drafts.begin(g.db, request.form.get('path', ''), now()).key}", 303)


@blueprint.get("/new")
@requires(Role.WRITER)
def new() -> str:
    """Asks what the new page is."""
    return render("new", N_("New page"), **board.choices(g.reader, request.args))


@blueprint.post("/new")
@requires(Role.WRITER)
def begin_page() -> Any:
    """Begins a page of a topic."""
    form = request.form
    kind, _, slug = form.get("topic", "").partition("/")
    place = drafting.page_place(kind, slug, form.get("audience", ""), form.get("language", ""))
    return redirect(f"/desk/{drafts.begin_page(g.db, place, author(), now()).key}", 303)


@blueprint.post("/new-topic")
@requires(Role.WRITER)
def begin_topic() -> Any:
    """Begins a topic and its first page."""
    form = request.form
    place = drafting.page_place(form.get("kind", ""), form.get("slug", ""), form.get("audience", ""),
                                form.get("language", ""))
    titles = {language.tag: form.get(f"title-{language.tag}", "") for language in LANGUAGES}
    begun = drafts.begin_topic(g.db, place, titles, form.getlist("markets"), author(), now())
    return redirect(f"/desk/{begun.key}", 303)


@blueprint.get("/<key>")
@requires(*READERS)
def draft(key: str) -> str:
    """One draft: its text, what the lint finds in it, and what readers would see."""
    return editor(key)


@blueprint.post("/<key>")
@requires(Role.WRITER)
def save(key: str) -> Any:
    """Saves what a form sent; whoever comes second is shown both texts."""
    return save_form(key, drafting.text_of(request.form.get("text", "")), version(), "saved")


@blueprint.post("/<key>/autosave")
@requires(Role.WRITER)
def autosave(key: str) -> Any:
    """Saves what a script sent, and answers with the version that it now has."""
    text = drafting.text_of(request.form.get("text", ""))
    saving = drafts.save(g.db, key, text, seen=version(), account_id=author().account_id, now=now())
    return {"version": saving.draft.version, "is_stale": saving.is_stale}, 409 if saving.is_stale else 200


@blueprint.post("/<key>/preview")
@requires(Role.WRITER)
def preview(key: str) -> Any:
    """What the lint finds and readers would see of a text that is not saved. Changes nothing."""
    text = drafting.text_of(request.form.get("text", ""))
    found = showing.look(g.reader, key, text, homes=g.platform.homes, market=request.form.get("market", ""))
    html: str = g.platform.renderer.render("desk/look.html", own_language(), look=found, markets=MARKET_NAMES)
    return {"look": html}


@blueprint.get("/<key>/history")
@requires(*READERS)
def history(key: str) -> str:
    """A draft's versions."""
    return render("history", N_("History"), **showing.history(g.reader, key))


@blueprint.get("/<key>/compare")
@requires(*READERS)
def compare(key: str) -> str:
    """Two versions side by side, as source and as readers would see them."""
    return render("compare", N_("Two versions"), **showing.compare(
        g.reader, key, version("before"), version("after"), homes=g.platform.homes,
        market=request.args.get("market", "")))


@blueprint.get("/<key>/library")
@requires(*READERS)
def compare_with_library(key: str) -> str:
    """A draft beside what the library says now."""
    return render("compare", N_("Two versions"), **showing.with_library(g.reader, key, homes=g.platform.homes))
