"""The operators' pages."""

from dataclasses import replace
from datetime import date

from flask import Blueprint, g, request

from webapp.core.clock import now
from webapp.core.errors import N_
from webapp.core.frame import frame_at, language_switch
from webapp.core.languages import Place
from webapp.core.render import translations
from webapp.ops.service import explaining
from webapp.ops.service.matrix import Matrix
from webapp.people.guards import own_language, own_links, requires
from webapp.people.rules import Role

blueprint = Blueprint("ops", __name__, url_prefix="/ops")

PAGES = (
    ("/ops/policy", N_("Policy table"),
     N_("Who may see what, in which market, beside which sentences, and by which law.")),
    ("/ops/policy/explain", N_("Why can this reader not see this page?"),
     N_("Explains one decision, step by step.")),
)
"""What the index leads to; each part of the operators' pages adds its own."""


@blueprint.get("/")
@requires(Role.OPERATOR)
def index() -> str:
    """What there is for operators."""
    words = translations(own_language()).gettext
    return _render("index", N_("Operations"), pages=[
        {"url": url, "title": words(title), "text": words(text)} for url, title, text in PAGES])


@blueprint.get("/policy")
@requires(Role.OPERATOR)
def policy() -> str:
    """The policy table on a day, narrowed down by market and class."""
    language, asked = own_language(), request.args.get("on", "")
    day = _day(asked)
    matrix = Matrix(language, explaining.market_names(g.reader, language), day or now().date(),
                    market=request.args.get("market", ""), content_class=request.args.get("class", ""))
    return _render("policy", N_("Policy table"), matrix=matrix, is_no_day=bool(asked) and day is None)


@blueprint.route("/policy/explain", methods=["GET", "POST"])
@requires(Role.OPERATOR)
def explain() -> str:
    """Why an account, or a stranger, gets a page or does not. Changes nothing; the form sends by POST, so that an
    e-mail address typed into it stands in no address and in no log."""
    who, address = request.values.get("account", ""), request.values.get("path", "")
    explanation = explaining.explain(g.reader, g.platform, who, address, now().date(),
                                     own_language()) if address.strip() else None
    return _render("explain", N_("Why can this reader not see this page?"), explanation=explanation, who=who,
                   address=address)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _render(template: str, title: str, **context: object) -> str:
    language = own_language()
    words = translations(language).gettext
    page = frame_at(Place(language, g.platform.homes[language.url]), g.platform.homes, title=words(title),
                    path=request.path, noindex=True,
                    languages=language_switch(request.path, request.args, language), own=own_links(language))
    html: str = g.platform.renderer.render(f"ops/{template}.html", language, page=replace(page, sign_in_url=""),
                                           **context)
    return html
