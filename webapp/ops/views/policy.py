"""The policy table, and one decision explained."""

from datetime import date

from flask import g, request

from webapp.core.clock import now
from webapp.core.errors import N_
from webapp.ops.service import explaining
from webapp.ops.service.matrix import Matrix
from webapp.ops.views.pages import blueprint
from webapp.people.frames import show
from webapp.people.guards import own_language, requires
from webapp.people.rules import Role


@blueprint.get("/policy")
@requires(Role.OPERATOR)
def policy() -> str:
    """The policy table on a day, narrowed down by market and class."""
    language, asked = own_language(), request.args.get("on", "")
    day = _day(asked)
    matrix = Matrix(language, explaining.market_names(g.reader, language), day or now().date(),
                    market=request.args.get("market", ""), content_class=request.args.get("class", ""))
    return show("ops/policy.html", N_("Policy table"), matrix=matrix, is_no_day=bool(asked) and day is None)


@blueprint.route("/policy/explain", methods=["GET", "POST"])
@requires(Role.OPERATOR)
def explain() -> str:
    """Why an account, or a stranger, gets a page or does not. Changes nothing; the form sends by POST, so that an
    e-mail address typed into it stands in no address and in no log."""
    who, address = request.values.get("account", ""), request.values.get("path", "")
    explanation = explaining.explain(g.reader, g.platform, who, address, now().date(),
                                     own_language()) if address.strip() else None
    return show("ops/explain.html", N_("Why can this reader not see this page?"), explanation=explanation, who=who,
                address=address)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
