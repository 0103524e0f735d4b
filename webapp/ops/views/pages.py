"""What all operators' pages share: the blueprint, the index, what a form says."""

from typing import Any

from flask import Blueprint, abort, redirect, request

from webapp.core import audit
from webapp.core.audit import By
from webapp.core.clock import now
from webapp.core.errors import N_
from webapp.core.forms import FreeText
from webapp.core.render import translations
from webapp.ops.rules import MOST_PAGES
from webapp.people.frames import show
from webapp.people.guards import account, own_language, requires
from webapp.people.rules import Role

blueprint = Blueprint("ops", __name__, url_prefix="/ops")

PAGES = (
    ("/ops/health", N_("System health"), N_("Database, disk, worker, timed jobs and mail: what is well, and what calls "
                                            "for attention.")),
    ("/ops/people", N_("Accounts"), N_("Find an account; its roles and sign-ins; put it out of use; a lost second "
                                     "factor.")),
    ("/ops/verification/", N_("Verification of health professionals"),
     N_("Who asks to be verified, on what evidence.")),
    ("/ops/companies", N_("Sponsors and seats"), N_("Companies, and who works for them.")),
    ("/ops/publishing", N_("Publishing"), N_("What is ordered for later, and why some of it is not published.")),
    ("/ops/withdrawal", N_("Urgent withdrawal"), N_("Take a page down at once, with a reason.")),
    ("/ops/mail", N_("Mail queue"), N_("What waits, what was sent, and what a person must settle.")),
    ("/ops/suppression", N_("Suppression list"), N_("Addresses that are not written to, and why.")),
    ("/ops/consents", N_("Consents"), N_("What a person agreed to, when, and by which words.")),
    ("/ops/jobs", N_("Timed jobs"), N_("Their last runs, and when they are due.")),
    ("/ops/audit", N_("Audit"), N_("Who did what, and why.")),
    ("/desk/labels", N_("Label changes"), N_("Pages that lean on a label section which a newer label changed.")),
    ("/review/times", N_("Times of review"), N_("How long cases stay in each step, by route and discipline.")),
    ("/review/2253", N_("FDA form 2253"), N_("Promotional pieces about US medicines that were first live or sent in a "
                                             "period, as files to hand over.")),
    ("/ops/policy", N_("Policy table"),
     N_("Who may see what, in which market, beside which sentences, and by which law.")),
    ("/ops/policy/explain", N_("Why can this reader not see this page?"),
     N_("Explains one decision, step by step.")),
)
"""What the index leads to."""


@blueprint.get("/")
@requires(Role.OPERATOR)
def index() -> str:
    """What there is for operators."""
    words = translations(own_language()).gettext
    return show("ops/index.html", N_("Operations"), pages=[
        {"url": url, "title": words(title), "text": words(text)} for url, title, text in PAGES])



def page_number() -> int:
    """Which page of a list is asked for; 404 for one that no list has."""
    number = request.values.get("page", 1, type=int)
    if not 0 < number <= MOST_PAGES:
        abort(404)
    return number


def by() -> By:
    """Who acts, now, with the reason that the form gives. Invalid without one."""
    return By(account().id or 0, now(), audit.reason_of(FreeText(request.form.get("reason", ""))))


def done(path: str) -> Any:
    """Back to the page that the act was on, which says that it was done."""
    return redirect(f"{path}?notice=done", 303)
