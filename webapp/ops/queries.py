"""What operators look up."""

from sqlalchemy import or_, select
from sqlmodel import Session, col

from webapp.people.queries import Account
from webapp.people.rules import normal_address


def account_named(session: Session, name: str) -> Account | None:
    """The account of an e-mail address, in whatever case, or of a key."""
    if "\0" in name:  # PostgreSQL takes none
        return None
    return session.scalar(select(Account).where(
        or_(col(Account.email) == normal_address(name), col(Account.key) == name.strip())))
