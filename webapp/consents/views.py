"""What one agreed to, and the preference centre that a mail's link opens."""

import json
from typing import Any

from flask import Blueprint, Response, abort, current_app, g, redirect, request

from webapp.consents import queries, service
from webapp.consents.models import Consent
from webapp.consents.rules import receipt as receipts
from webapp.consents.rules.purposes import masked
from webapp.core.clock import now
from webapp.core.errors import N_, Invalid
from webapp.core.languages import Language, by_tag
from webapp.people import queries as people
from webapp.people import service as people_service
from webapp.people.frames import show
from webapp.people.guards import account, any_account, chosen_language, own_language, public
from webapp.people.queries import Account
from webapp.people.rules import read_birth_date
from webapp.sponsors import queries as sponsors

blueprint = Blueprint("consents", __name__)
ALL = "all"
"""What the button for all mail of companies sends as `stop`."""
PLACES = {"account": N_("on your own page"), "unsubscribe-link": N_("by the link in a mail"),
          "one-click": N_("by a button of your mail program"), "erasure": N_("when the account was erased"),
          "demo": N_("made for this demonstration")}


@blueprint.get("/account/consents")
@any_account
def own() -> str:
    """Each purpose by itself, and what was answered. Changes nothing."""
    person, language, has_signal = account(), own_language(), _has_signal()
    return show("consents/own.html", N_("What you agreed to"), language, has_signal=has_signal,
                asked=service.asked(g.reader, person, language, has_signal=has_signal),
                needs_age=not person.is_adult and bool(sponsors.with_brands(g.reader)),
                is_too_young=request.args.get("notice") == "not-adult",
                lines=service.titled_lines(g.reader, person.id or 0, language), places=PLACES)


@blueprint.post("/account/consents")
@any_account
def answer() -> Any:
    """Takes one answer to one purpose."""
    reply = service.read_reply(request.form, has_signal=_has_signal())
    service.take(g.db, account(), reply, current_app.extensions["consent_followers"], now())
    return redirect(f"/account/consents#{reply.anchor}", 303)


@blueprint.post("/account/consents/age")
@any_account
def say_age() -> Any:
    """Notes whether somebody is an adult; the day of birth is not kept."""
    born = read_birth_date(request.form.get("birth_date", ""), now().date())
    if born is None:
        raise Invalid(N_("Write your day of birth, as in 1980-05-17. Nothing was changed."))
    is_adult = people_service.note_age(g.db, account().id or 0, born, now().date())
    return redirect("/account/consents" if is_adult else "/account/consents?notice=not-adult#age", 303)


@blueprint.get("/account/consents/receipt")
@any_account
def receipt() -> str:
    """All that one answered, with the words that were shown, to be read or printed."""
    language = own_language()
    lines = service.titled_lines(g.reader, account().id or 0, language)
    return show("consents/receipt.html", N_("Receipt of your consents"), language, receipt=_receipt(language),
                lines=lines, places=PLACES)


@blueprint.get("/account/consents/receipt.json")
@any_account
def receipt_file() -> Response:
    """The same as a file for programs."""
    body = json.dumps(_receipt(own_language()), ensure_ascii=False, indent=1)
    return Response(body, content_type="application/json", headers={
        "Content-Disposition": 'attachment; filename="materia-consents.json"'})


@blueprint.get("/u/<code>")
@public
def preferences(code: str) -> str:
    """Shows which companies write to whoever got the mail, a button for each, and one for all. Changes nothing: mail
    scanners fetch every link."""
    return _preferences(*_opened_by(code), stopping=None)


@blueprint.post("/u/<code>")
@public
def stop(code: str) -> str:
    """Withdraws one consent or all: pressed by a person, or sent by a mail program in one click (RFC 8058)."""
    consent, person = _opened_by(code)
    stopping = request.form.get("stop", "") or sponsors.company(g.reader, consent.company_id).key
    place = "one-click" if request.form.get("List-Unsubscribe") == "One-Click" else "unsubscribe-link"
    page = _preferences(consent, person, stopping=stopping)  # before the write lock is taken
    service.withdraw_by_code(g.db, code, place, now(), company_key="" if stopping == ALL else stopping,
                             is_all=stopping == ALL)
    return page


def _has_signal() -> bool:
    return request.headers.get("Sec-GPC") == "1"


def _receipt(language: Language) -> dict[str, Any]:
    person = account()
    issue = receipts.Issue(person.key, person.market, g.platform.base_url, language.tag,
                           g.platform.postal_address)
    return receipts.receipt(issue, service.lines(g.reader, person.id or 0))


def _opened_by(code: str) -> tuple[Consent, Account]:
    consent = queries.by_code(g.reader, code)
    person = None if consent is None else people.account(g.reader, consent.account_id)
    if consent is None or person is None:
        abort(404)
    return consent, person


def _preferences(consent: Consent, person: Account, *, stopping: str | None) -> str:
    """The preference centre as it is once `stopping` (a company's key, or all) has stopped."""
    mails = service.mail_of(g.reader, consent.account_id)
    left = [] if stopping == ALL else [(key, name) for key, name in mails if key != stopping]
    named = None if stopping in (ALL, None) else sponsors.company_by_key(g.reader, stopping or "")
    return show("consents/preferences.html", N_("Your mail from companies"),
                chosen_language() or by_tag(person.language), mails=left,
                stopped=named.name if named and left else "", is_stopped=stopping is not None,
                address=masked(person.email), all=ALL, action=request.full_path.rstrip("?"))
