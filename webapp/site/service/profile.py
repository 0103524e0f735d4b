"""A person changes what they said of themselves."""

from datetime import date, datetime

from sqlmodel import Session

from webapp.people.service import personal as people
from webapp.people.service.personal import Profile
from webapp.professionals.service import renewing


def change(session: Session, account_id: int, meant: Profile, born: date | None, now: datetime) -> bool:
    """Writes what was changed; see `people`. Told whether a verification lapsed by it: the register was asked about
    another name, or another country's."""
    people.change_profile(session, account_id, meant, born, now)
    return renewing.lapse_if_changed(session, account_id, now)
