"""The demo's own pages: the tour with its accounts, and the mailbox."""

import json
from pathlib import Path

from flask import Blueprint, Response, abort, current_app
from flask_babel import get_locale

from webapp.core.errors import N_
from webapp.core.languages import ENGLISH, LANGUAGES, Language
from webapp.core.render import translations
from webapp.demo.rules import CAST, totp_of
from webapp.demo.service import mailbox
from webapp.demo.service.world import present_code
from webapp.people.frames import show
from webapp.people.guards import public

blueprint = Blueprint("demo", __name__, url_prefix="/demo")

MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
TOUR = (
    ("/{language}/", N_("Read as a patient"),
     N_("Start with any disease. Switch language, country and edition at the top.")),
    ("/{language}/pro/", N_("Read as a doctor"),
     N_("The doctors' edition: criteria, doses, trial figures with intervals.")),
    ("/{language}/search", N_("Search the pages"),
     N_("A medicine and a reaction show where to report it. What you type is not stored.")),
    ("/cme/", N_("Learn for credit"),
     N_("Sign in as the doctor: an activity in steps, a certificate at its end. Samples give 0 credits.")),
    ("/demo/mailbox", N_("See the campaign arrive"),
     N_("One minute after the start. Open one, follow its link, or stop it.")),
    ("/sponsor/", N_("Read a report as the sponsor"),
     N_("Sign in as the marketer. Four simulated weeks; small counts are withheld.")),
    ("/review/", N_("Review a page"),
     N_("Sign in as the legal reviewer. One piece waits with a comment on it; close it, then sign.")),
    ("/side-effect?language={tag}&market=us&medicine=exemplora", N_("Tell of a side effect"),
     N_("Of the fictional brand. Then find the mail to its desk in the mailbox, and the case as the safety officer.")),
    ("/account/", N_("Look at what is held of you"),
     N_("Sign in as the reader: what you agreed to, what you kept, all data to take away, erasure.")),
    ("/privacy", N_("See what is counted"), N_("And stop the count in this browser.")),
    ("/ops/", N_("Look after it as the operator"),
     N_("People, sponsors, mail, timed jobs, policy; every act asks why and is audited.")),
)


@blueprint.get("/")
@public
def start() -> str:
    """The tour and the accounts."""
    passwords = json.loads((_folder() / "accounts.json").read_text())
    language = _language()
    words = translations(language).gettext
    return show("demo/start.html", N_("The demo"), language,
                tour=[{"url": url.format(language=language.url, tag=language.tag), "title": words(title),
                       "text": words(text)} for url, title, text in TOUR],
                accounts=[{"role": person.role, "email": person.email, "password": passwords[person.email],
                           "code": present_code(passwords.get(totp_of(person.email), ""))} for person in CAST])


@blueprint.get("/mailbox")
@public
def inbox() -> str:
    """All mail that the demo sent."""
    mails, total = mailbox.newest(_folder() / "mail")
    return show("demo/mailbox.html", N_("Demo mailbox"), _language(), messages=mails, total=total)


@blueprint.get("/mailbox/<key>")
@public
def message(key: str) -> str:
    """One mail: its text and its headers."""
    mail = _mail(key)
    headers = "\n".join(f"{name}: {value}" for name, value in mail.message.items())
    shown = {"subject": mail.subject, "sender": mail.sender, "to": mail.to, "sent_at": mail.sent_at,
             "text": mail.part("plain"), "headers": headers,
             "html_url": f"{mail.url}/html" if mail.part("html") else ""}
    return show("demo/message.html", mail.subject, _language(), is_words=False, message=shown,
                mailbox_url="/demo/mailbox")


@blueprint.get("/mailbox/<key>/html")
@public
def message_html(key: str) -> Response:
    """One mail as a mail program shows it; mails style themselves, so this page alone may."""
    return Response(_mail(key).part("html"), content_type="text/html; charset=utf-8",
                    headers={"Content-Security-Policy": MAIL_POLICY})


def _mail(key: str) -> mailbox.Mail:
    try:
        return mailbox.read(_folder() / "mail", key)
    except FileNotFoundError:
        abort(404)


def _folder() -> Path:
    folder: Path = current_app.config["DEMO_DIR"]
    return folder


def _language() -> Language:
    """The browser's, or the one chosen by `?language`: as the application's locale says."""
    return next((language for language in LANGUAGES if language.babel == str(get_locale())), ENGLISH)
