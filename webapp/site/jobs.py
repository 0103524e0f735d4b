"""Timed work."""

from datetime import datetime

from sqlmodel import Session

from webapp.site.service import farewell


def forget_farewells(session: Session, now: datetime) -> int | None:
    """Deletes last mails that are settled, with the address that they were for."""
    return farewell.forget(session, now) or None
