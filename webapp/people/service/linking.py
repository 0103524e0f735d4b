"""Whom an organisation's sign-in opens: the account that is linked to what the organisation calls them.

An address can be given to somebody else, or changed by whoever runs the organisation's directory; the pair of issuer
and `sub` never is (OpenID Connect Core, 5.7). So the address finds the account once, and from then on the pair alone.
"""

from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col

from webapp.core import audit
from webapp.core.audit import By
from webapp.core.errors import N_, Conflict
from webapp.people import queries, service
from webapp.people.models import Account, OrganisationLink

LINKED_OTHERWISE = N_("The account with this address is linked to somebody else at your organisation. Nobody was "
                      "signed in. Ask an operator to take the link away, or sign in another way.")


def account_for(session: Session, *, issuer: str, subject: str, email: str) -> Account | None:
    """Who is meant: by the pair, or before there is a link by the address. Conflict where the account with that
    address is linked to another `subject`."""
    link = queries.organisation_link(session, issuer, subject)
    if link is not None:
        return queries.account_with_roles(session, "id", link.account_id)
    found = queries.account_with_roles(session, "email", email)
    if found is not None and _is_linked(session, found.id or 0, issuer):
        raise Conflict(LINKED_OTHERWISE)
    return found


def link(session: Session, account_id: int, *, issuer: str, subject: str, now: datetime) -> None:
    """Links the account with the pair, once. Conflict where either is linked otherwise meanwhile."""
    before = queries.organisation_link(session, issuer, subject)
    if before is not None and before.account_id == account_id:
        return
    if before is not None or _is_linked(session, account_id, issuer):
        raise Conflict(LINKED_OTHERWISE)
    session.add(OrganisationLink(account_id=account_id, issuer=issuer, subject=subject, linked_at=now))
    session.flush()
    audit.record(session, By(account_id, now), "organisation-linked", service.subject(account_id))


def unlink(session: Session, account: Account, *, by: By) -> None:
    """Takes the account's links away and signs it out: the next sign-in there links anew. Conflict without one."""
    number = account.id or 0
    gone = session.execute(delete(OrganisationLink).where(col(OrganisationLink.account_id) == number))
    if not gone.rowcount:  # type: ignore[attr-defined]
        raise Conflict(N_("The account is linked to no organisation's sign-in. Nothing was changed."))
    service.end_sign_ins(session, number)
    audit.record(session, by, "organisation-unlinked", service.subject(number))


def is_own(session: Session, account_id: int, *, issuer: str, subject: str) -> bool:
    """Whether the pair is linked to that account."""
    found = queries.organisation_link(session, issuer, subject)
    return found is not None and found.account_id == account_id


def _is_linked(session: Session, account_id: int, issuer: str) -> bool:
    return any(link.issuer == issuer for link in queries.organisation_links(session, account_id))
