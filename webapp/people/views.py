"""Where one is signed in, invitations, a sponsor's people, and the seats of one's own."""

from typing import Any

from flask import Blueprint, abort, g, redirect, request

from webapp.core.clock import now
from webapp.core.errors import N_, Invalid, NotFound
from webapp.core.languages import by_tag
from webapp.people import queries, service
from webapp.people.frames import show
from webapp.people.guards import (
    OWN_SEATS_URL,
    account,
    again,
    any_account,
    chosen_language,
    is_fresh,
    own_language,
    public,
    requires,
)
from webapp.people.models import Invitation
from webapp.people.rules import NOT_A_CHOICE, SPONSOR_ROLES, Role, password_problem
from webapp.people.security import limits
from webapp.sponsors.queries import companies, company, company_by_key

blueprint = Blueprint("people", __name__)


@blueprint.get("/account/security")
@any_account
def security() -> str:
    """Where one is signed in, and with what."""
    person, language = account(), own_language()
    rows = [{"key": row.key, "device": row.device, "seen_at": row.seen_at, "is_this": row.key == g.sign_in.key}
            for row in queries.sign_ins(g.reader, person.id or 0, now())]
    return show("people/security.html", N_("Your sign-in"), language, sign_ins=rows, email=person.email,
                is_ended=request.args.get("notice") == "ended",
                has_password=bool(person.password), has_authenticator=bool(person.tf_totp_secret),
                passkeys=len(person.webauthn), codes=len(person.mf_recovery_codes or []))


@blueprint.post("/account/sign-ins/<key>/end")
@any_account
def end_sign_in(key: str) -> Any:
    """Signs one device out, if whoever asks showed just now that it is them (ASVS 5.0, 7.5.2)."""
    if not is_fresh():
        return redirect(again("/account/security"))
    service.end_sign_ins(g.db, account().id or 0, only=key)
    return redirect("/account/security?notice=ended")


@blueprint.post("/account/sign-ins/end")
@any_account
def end_everywhere() -> Any:
    """Signs out everywhere, here too; asks the same."""
    if not is_fresh():
        return redirect(again("/account/security"))
    service.end_sign_ins(g.db, account().id or 0)
    return redirect("/sign-in?notice=ended")


@blueprint.get("/invitation/<key>")
@public
def invitation(key: str) -> str:
    """Shows what is offered. Changes nothing."""
    return _invitation(_offered(key), "")


@blueprint.post("/invitation/<key>")
@public
def accept_invitation(key: str) -> Any:
    """Takes the role; whoever has no account yet chooses name and password."""
    offered, form = _offered(key), request.form
    name, password = form.get("name", "").strip(), form.get("password", "")
    is_new = queries.account_by_email(g.reader, offered.email) is None
    problem = _problem(offered, name, password) if is_new else None
    if problem:
        return _invitation(offered, problem)
    hashed = service.hash_password(password) if is_new else ""  # before the transaction begins
    service.accept(g.db, key, name=name, password_hash=hashed, now=now(),
                   market=g.platform.homes[by_tag(offered.language).url])
    return redirect("/sign-in?notice=confirmed")


@blueprint.get("/sponsor/people")
@requires(Role.SPONSOR_ADMIN)
def seats() -> str:
    """Who works for the companies that one administers."""
    return _seats()


@blueprint.post("/sponsor/people")
@requires(Role.SPONSOR_ADMIN)
def invite() -> Any:
    """Invites somebody to a company, by mail."""
    company_id, role = request.form.get("company", 0, int), Role(_choice(request.form.get("role", "")))
    if company_id not in _administered():
        raise NotFound(N_("There is no such company."))
    if not limits.may_invite(company_id, request.form.get("email", "")):
        abort(429)
    offered = service.invite(g.db, request.form.get("email", ""), role, company_id, invited_by=account().id,
                             language=own_language().tag, now=now())
    service.send_invitation(g.db, g.platform.ring, offered, now())
    return redirect("/sponsor/people?notice=mail-sent")


@blueprint.post("/sponsor/people/<key>/remove")
@requires(Role.SPONSOR_ADMIN)
def remove_seat(key: str) -> Any:
    """Ends somebody's access to a company, at their next request. Whoever removes themself leaves."""
    company_id, person = request.form.get("company", 0, int), queries.account_by_key(g.reader, key)
    if person is None or company_id not in _administered() & person.company_ids:
        raise NotFound(N_("There is no such person."))
    if person.id == account().id:
        return _leave(company_id)
    service.put_out(g.db, person.id or 0, company_id, administrator=account().id or 0, now=now())
    return redirect("/sponsor/people")


@blueprint.get(OWN_SEATS_URL)
@any_account
def own_seats() -> str:
    """The companies that one has a seat in, and how to give it up."""
    return _own_seats()


@blueprint.post(f"{OWN_SEATS_URL}/<key>/leave")
@any_account
def leave(key: str) -> Any:
    """Gives up the seat in one of them."""
    left = company_by_key(g.reader, key)
    if left is None or left.id not in account().company_ids:
        raise NotFound(N_("There is no such company."))
    if request.form.get("confirm") != "yes":
        return _own_seats(N_("Nothing was changed. Tick the box to confirm it.")), 422
    return _leave(left.id)


def _leave(company_id: int) -> Any:
    service.leave(g.db, account().id or 0, company_id, now=now())
    return redirect(f"{OWN_SEATS_URL}?notice=left", 303)


def _own_seats(problem: str = "") -> str:
    number = account().id or 0
    held = queries.seats_of(g.reader, number)
    lasting = {grant.company_id for grant in queries.sole_grants(g.reader, number)}
    found = sorted(companies(g.reader, held).items(), key=lambda entry: entry[1].name)
    return show("people/own_seats.html", N_("Companies you work for"), problem=problem,
                is_left=request.args.get("notice") == "left",
                seats=[{"key": one.key, "company": one.name, "roles": held[company_id],
                        "is_last": company_id in lasting} for company_id, one in found])


def _choice(role: str) -> str:
    if role not in SPONSOR_ROLES:
        raise Invalid(NOT_A_CHOICE)
    return role


def _administered() -> set[int]:
    return queries.companies_held(g.reader, account().id or 0, Role.SPONSOR_ADMIN)


def _seats() -> str:
    mine = _administered()
    people = [{"key": person.key, "name": person.name, "email": person.email, "role": grant.role,
               "company_id": grant.company_id, "company": company(g.reader, grant.company_id or 0).name}
              for person, grant in queries.seats(g.reader, mine)]
    return show("people/seats.html", N_("Team"), frame={"edition": "sponsor"}, people=people,
                companies=[(number, company(g.reader, number).name) for number in sorted(mine)],
                is_sent=request.args.get("notice") == "mail-sent")


def _offered(key: str) -> Invitation:
    found = queries.open_invitation(g.reader, key, now())
    if found is None:
        raise NotFound(N_("This invitation was used or has run out. Ask for a new one."))
    return found


def _problem(offered: Invitation, name: str, password: str) -> str | None:
    if not 0 < len(name) <= 200:
        return N_("Write your name as it should stand under a signature.")
    return password_problem(password, offered.email.split("@"))


def _invitation(offered: Invitation, problem: str) -> str:
    language = chosen_language() or by_tag(offered.language)
    is_new = queries.account_by_email(g.reader, offered.email) is None
    return show("people/invitation.html", N_("You are invited to Materia"), language, email=offered.email,
                is_new=is_new, problem=problem, action=request.path, name=request.form.get("name", ""),
                company=company(g.reader, offered.company_id).name if offered.company_id else "")
