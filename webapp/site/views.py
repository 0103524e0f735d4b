"""The front door, the way in after signing in, and my account."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, g, redirect, request, session

from webapp.articles.queries.kept import kept_counts
from webapp.articles.service import keeping
from webapp.consents import service as consents
from webapp.consents.rules.purposes import Purpose
from webapp.core import pages
from webapp.core.clock import now
from webapp.core.errors import N_, Invalid, NotFound
from webapp.core.languages import LANGUAGES, Place, by_tag, preferred, prefix
from webapp.engagement import service as engagement
from webapp.people.frames import show
from webapp.people.guards import (
    account,
    addresses,
    again,
    any_account,
    is_fresh,
    is_shown_again,
    own_language,
    public,
    work_of,
)
from webapp.people.queries import sole_grants
from webapp.people.rules import NOT_A_CHOICE, Role
from webapp.people.service.personal import Profile
from webapp.site.service import personal, presenting, profile
from webapp.site.service.history import pages_read

blueprint = Blueprint("site", __name__)
DATA_URL = "/account/data"
ERASURE_URL = "/account/erasure"
EDUCATION_URL = "/cme/"
"""The front of a copy without articles."""
KEEPING = {"save": keeping.save, "follow": keeping.follow}
PROFILE_NOTICES = {
    "saved": N_("Saved."),
    "lapsed": N_("Saved. Your verification has lapsed by it: apply again under what holds now."),
}


@blueprint.get("/")
@public
def front_door() -> Response:
    """Sends on to the home page in the reader's language."""
    home = f"/{preferred(request.accept_languages).url}/" if "articles" in g.platform.rooms else EDUCATION_URL
    return Response(status=302, headers={"Location": home, "Vary": "Accept-Language",
                                         "Cache-Control": "private, no-store"})


@blueprint.get("/after-sign-in")
@any_account
def after_sign_in() -> Response:
    """Where an account's work is, else its home page: a professional's is the doctors' edition, where there is one."""
    person = account()
    if "articles" not in g.platform.rooms:
        return _to(work_of(person.roles) or EDUCATION_URL)
    home = f"/{prefix(Place(by_tag(person.language), person.market), g.platform.homes)}/"
    if Role.HCP in person.roles and pages.find(g.reader, f"{home}pro/"):
        home += "pro/"
    return _to(work_of(person.roles) or home)


def _to(url: str) -> Response:
    answer = redirect(url)
    assert isinstance(answer, Response)
    return answer


@blueprint.get("/health")
@public
def health() -> Response:
    """Answers while the process can read its database: a query does, since a connection may be one that was kept."""
    pages.version(g.reader)
    return Response("ok\n", content_type="text/plain; charset=utf-8")


# My account


@blueprint.get("/account/")
@any_account
def my_account() -> str:
    """Leads to everything that is one's own."""
    person, language, here = account(), own_language(), addresses()
    entries = presenting.overview(person, kept_counts(g.reader, person.id or 0), language)
    return show("site/account.html", N_("My account"), person=person,
                entries=[entry for entry in entries if entry["url"] in here])


@blueprint.get("/account/profile")
@any_account
def show_profile() -> str:
    """What one said of oneself, to be changed."""
    notice = PROFILE_NOTICES.get(request.args.get("notice", ""), "")
    return _profile_page(presenting.profile_of(account()), notice=notice)


@blueprint.post("/account/profile")
@any_account
def change_profile() -> Any:
    """Changes it. A verification lapses with another name or country."""
    meant = _meant()
    try:
        is_lapsed = profile.change(g.db, account().id or 0, meant, _day(request.form.get("birth_date", "")), now())
    except Invalid as fault:
        return _profile_page(meant, problem=str(fault)), 422
    session.pop("language", None)  # the account's own counts from now on
    return redirect(f"/account/profile?notice={'lapsed' if is_lapsed else 'saved'}", 303)


@blueprint.get("/account/keep")
@any_account
def show_keep() -> str:
    """Offers to save a page or to follow its topic. Changes nothing."""
    path, person = request.args.get("page", ""), account()
    entry = keeping.find(g.reader, g.platform.homes, path, person, now().date())
    is_saved, is_followed = keeping.state(g.reader, person.id or 0, entry)
    return show("site/keep.html", N_("Save or follow"), entry=entry, path=path, is_saved=is_saved,
                is_followed=is_followed)


@blueprint.post("/account/keep")
@any_account
def keep() -> Any:
    """Saves the page, or follows its topic."""
    path, verb = request.form.get("page", ""), KEEPING.get(request.form.get("do", ""))
    if verb is None:
        raise Invalid(NOT_A_CHOICE)
    entry = keeping.find(g.reader, g.platform.homes, path, account(), now().date())
    verb(g.db, account().id or 0, entry, now())
    return redirect(f"/account/keep?{urlencode({'page': path})}", 303)


@blueprint.get("/account/kept")
@any_account
def kept() -> str:
    """Topics that one follows and pages that one saved."""
    person, language, today = account(), own_language(), now().date()
    return show("site/kept.html", N_("Topics and saved pages"),
                saved=keeping.saved(g.reader, g.platform.homes, person, today),
                followed=keeping.followed(g.reader, g.platform.homes, person, language.tag, today))


@blueprint.post("/account/kept")
@any_account
def remove_kept() -> Any:
    """Takes a line out of them."""
    keeping.remove(g.db, account().id or 0, request.form.get("remove", ""))
    return redirect("/account/kept", 303)


# What one has read


@blueprint.get("/account/history")
@any_account
def history() -> str:
    """The pages that one has read while one agreed to their being kept: one's own alone."""
    person = account()
    return show("site/history.html", N_("Pages you have read"),
                is_kept=consents.may(g.reader, person, Purpose.PERSONALISATION),
                lines=pages_read(g.reader, person, g.platform.homes, now().date()))


@blueprint.post("/account/history/delete")
@any_account
def delete_history() -> Any:
    """Deletes all of it."""
    engagement.forget_history(g.db, account().id or 0)
    return redirect("/account/history", 303)


@blueprint.post("/account/history/<key>/delete")
@any_account
def delete_line(key: str) -> Any:
    """Deletes one line."""
    if not engagement.forget_history(g.db, account().id or 0, key):
        raise NotFound(N_("There is no such line in your history."))
    return redirect("/account/history", 303)


# Download and erasure


@blueprint.get(DATA_URL)
@any_account
def data() -> Any:
    """Offers the downloads. The password comes first, so that each is one press then."""
    if not is_fresh():
        return redirect(again(DATA_URL))
    return show("site/data.html", N_("Your data"), languages=LANGUAGES)


@blueprint.get("/account/data.json")
@any_account
def data_json() -> Any:
    """All that is held of oneself, for programs."""
    if not is_fresh():
        return redirect(again(DATA_URL))
    held = personal.export(g.reader, g.platform.ring, account().id or 0, now())
    return _file(presenting.as_json(held), "application/json", "json")


@blueprint.get("/account/data.html")
@any_account
def data_html() -> Any:
    """The same, to be read, in either language."""
    if not is_fresh():
        return redirect(again(DATA_URL))
    language = next((each for each in LANGUAGES if each.tag == request.args.get("in")), own_language())
    held = personal.export(g.reader, g.platform.ring, account().id or 0, now())
    html = g.platform.renderer.render("site/download.html", language, **presenting.as_page(held, language))
    return _file(html, "text/html", "html")


@blueprint.get(ERASURE_URL)
@any_account
def show_erasure() -> Any:
    """Says what an erasure deletes and what must be kept. Changes nothing."""
    return _erasure_page() if is_shown_again() else redirect(again(ERASURE_URL))


@blueprint.post(ERASURE_URL)
@any_account
def erase() -> Any:
    """Erases the account, and says what is kept."""
    if not is_shown_again():
        return redirect(again(ERASURE_URL))
    if request.form.get("confirm") != "yes":
        return _erasure_page(N_("Nothing was erased. Tick the box if you are sure.")), 422
    language, found = own_language(), personal.erase(g.db, g.platform.ring, account().id or 0, now())
    session.clear()
    return show("site/erased.html", N_("Your account was erased"), language, frame={"own": (), "languages": ()},
                kept=found)


def _erasure_page(problem: str = "") -> str:
    hindrances = presenting.hindrances(g.reader, sole_grants(g.reader, account().id or 0), own_language())
    return show("site/erasure.html", N_("Erase your account"), hindrances=hindrances, problem=problem,
                kept=personal.will_be_kept(g.reader, g.platform.ring, account().id or 0, now()))


def _profile_page(meant: Profile, *, problem: str = "", notice: str = "") -> str:
    return show("site/profile.html", N_("Profile"), problem=problem, notice=notice,
                is_lapsed=notice == PROFILE_NOTICES["lapsed"],
                **presenting.profile_form(account(), meant, own_language()))


def _meant() -> Profile:
    person, form = account(), request.form
    return Profile(" ".join(form.get("name", "").split()), form.get("kind", person.kind),
                   form.get("language", person.language), form.get("market", person.market),
                   form.get("time_zone", person.time_zone))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _file(text: str, content_type: str, ending: str) -> Response:
    name = f"materia-{now().date().isoformat()}.{ending}"
    return Response(text, content_type=f"{content_type}; charset=utf-8",
                    headers={"Content-Disposition": f'attachment; filename="{name}"'})
