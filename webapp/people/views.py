"""The unsubscribe page, reachable without signing in."""

from typing import Any

from flask import Blueprint, abort, g, request

from webapp.core.clock import now
from webapp.core.frame import frame_at, language_switch
from webapp.core.languages import Place, by_tag
from webapp.core.render import translations
from webapp.people import queries, service
from webapp.people.guards import chosen_language, public
from webapp.people.models import Account, Consent
from webapp.people.rules import Purpose
from webapp.sponsors.queries import company

blueprint = Blueprint("people", __name__)
ALL = "all"
"""What the button for all mail of companies sends as `stop`."""


@blueprint.get("/u/<code>")
@public
def unsubscribe(code: str) -> str:
    """Shows the buttons. Changes nothing: mail scanners fetch every link."""
    consent, account = _opened_by(code)
    if not queries.granted(g.reader, consent.account_id, Purpose(consent.purpose)):
        return _page("preferences_done", account, consent, is_all=True)
    return _page("unsubscribe", account, consent, is_granted=consent.is_granted, all=ALL,
                 action=request.full_path.rstrip("?"))


@blueprint.post("/u/<code>")
@public
def unsubscribe_now(code: str) -> str:
    """Withdraws the consent, or all mail of companies: pressed by a person, or sent by a mail program in one click
    (RFC 8058)."""
    consent, account = _opened_by(code)
    place = "one-click" if request.form.get("List-Unsubscribe") == "One-Click" else "unsubscribe-link"
    is_all = request.form.get("stop") == ALL
    page = _page("preferences_done", account, consent, is_all=is_all)  # before the write lock is taken
    service.withdraw_by_code(g.db, code, place, now(), is_all=is_all)
    return page


def _opened_by(code: str) -> tuple[Consent, Account]:
    consent = queries.consent_by_code(g.reader, code)
    account = None if consent is None else queries.account(g.reader, consent.account_id)
    if consent is None or account is None:
        abort(404)
    return consent, account


def _page(template: str, account: Account, consent: Consent, **context: Any) -> str:
    language = chosen_language() or by_tag(account.language)
    place = Place(language, g.platform.homes[language.url])
    title = translations(language).gettext("Stop these mails")
    page = frame_at(place, g.platform.homes, title=title, noindex=True,
                    languages=language_switch(request.path, request.args, language))
    html: str = g.platform.renderer.render(f"people/{template}.html", language, page=page,
                                           company=company(g.reader, consent.company_id).name, **context)
    return html
