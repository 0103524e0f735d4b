"""One's own transcript with the files of its certificates, and the credits that one adds to it."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, g, redirect, request

from webapp.cme.guards import refuse_sponsors
from webapp.cme.queries import certificates as certificate_queries
from webapp.cme.queries import provider as provider_queries
from webapp.cme.rules.transcript import asked_of, external_of
from webapp.cme.service import certifying, transcript
from webapp.cme.service.transcript import Transcript
from webapp.core.clock import now
from webapp.core.errors import N_, Invalid, NotFound
from webapp.people.frames import show
from webapp.people.guards import account, any_account, own_language

blueprint = Blueprint("cme_transcript", __name__)
blueprint.before_request(refuse_sponsors)
HOME = "/account/cme"


@blueprint.get(HOME)
@any_account
def own() -> str:
    """What one completed here and elsewhere, and how the year stands."""
    found, language = _own(), own_language()
    return show("cme/transcript.html", N_("Education and credits"), asked=found.asked,
                not_taken=provider_queries.not_taken(g.reader, account().id or 0),
                systems=transcript.system_names(language), query=request.query_string.decode("ascii", "ignore"),
                **transcript.told(found, language))


@blueprint.get(f"{HOME}/transcript.csv")
@any_account
def as_csv() -> Response:
    """The same lines for spreadsheets."""
    text = transcript.as_csv(_own(), own_language())
    return _file(("\ufeff" + text).encode(), "text/csv; charset=utf-8", _name("csv"))


@blueprint.get(f"{HOME}/transcript.pdf")
@any_account
def as_pdf() -> Response:
    """The same lines on paper."""
    made = transcript.as_pdf(_own(), account().name, own_language(), now())
    return _file(made, "application/pdf", _name("pdf"))


@blueprint.get(f"{HOME}/certificates/<code>.pdf")
@any_account
def certificate(code: str) -> Response:
    """The bytes of a certificate of one's own, as they were issued."""
    stored = certificate_queries.own_certificate(g.reader, account().id or 0, code)
    if stored is None:
        raise NotFound(certifying.UNKNOWN)
    return _file(stored, "application/pdf", f"certificate-{code}.pdf")


@blueprint.get(f"{HOME}/external")
@any_account
def show_add() -> str:
    """Asks for a credit that one had elsewhere."""
    return _form(f"{HOME}/external", {})


@blueprint.post(f"{HOME}/external")
@any_account
def add() -> Any:
    """Writes it down."""
    try:
        told = external_of(request.form, now().date())
    except Invalid as fault:
        return _form(f"{HOME}/external", request.form, str(fault)), fault.status
    transcript.add_external(g.db, account().id or 0, told, now())
    return redirect(HOME, 303)


@blueprint.get(f"{HOME}/external/<key>")
@any_account
def show_change(key: str) -> str:
    """Shows one to be corrected."""
    held = transcript.external(g.reader, account().id or 0, key)
    return _form(f"{HOME}/external/{key}", {
        "title": held.title, "provider": held.provider, "system": held.system, "amount": str(held.amount),
        "on": held.on.isoformat(), "is_self_study": "yes" if held.is_self_study else ""})


@blueprint.post(f"{HOME}/external/<key>")
@any_account
def change(key: str) -> Any:
    """Corrects it."""
    try:
        told = external_of(request.form, now().date())
    except Invalid as fault:
        return _form(f"{HOME}/external/{key}", request.form, str(fault)), fault.status
    transcript.change_external(g.db, account().id or 0, key, told)
    return redirect(HOME, 303)


@blueprint.post(f"{HOME}/external/<key>/delete")
@any_account
def delete(key: str) -> Any:
    """Takes it out."""
    transcript.delete_external(g.db, account().id or 0, key)
    return redirect(HOME, 303)


def _own() -> Transcript:
    return transcript.of(g.reader, account().id or 0, asked_of(request.args), own_language(), now().date())


def _form(path: str, typed: Mapping[str, str], problem: str = "") -> str:
    return show("cme/external.html", N_("A credit from elsewhere"), path=path, typed=typed, problem=problem,
                systems=transcript.system_names(own_language()), today=now().date().isoformat())


def _name(ending: str) -> str:
    return f"transcript-{now().date().isoformat()}.{ending}"


def _file(content: bytes, media_type: str, name: str) -> Response:
    return Response(content, content_type=media_type, headers={
        "Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"})
