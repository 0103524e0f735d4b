"""What operators look up."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import or_, select, text
from sqlmodel import Session, col

from webapp.consents import queries as consents
from webapp.people.queries import Account
from webapp.people.rules import normal_address


def account_named(session: Session, name: str) -> Account | None:
    """The account of an e-mail address, in whatever case, or of a key."""
    if "\0" in name:  # PostgreSQL takes none
        return None
    return session.scalar(select(Account).where(
        or_(col(Account.email) == normal_address(name), col(Account.key) == name.strip())))


def consent_ledger(session: Session, account_id: int) -> Sequence[Any]:
    """What an account agreed to and withdrew, the newest first: rows with `purpose`, `channel`, `company_id`,
    `is_granted`, `wording`, `language`, `place` and `at`."""
    return consents.lines(session, account_id)


def database_bytes(session: Session) -> int:
    """How large the database is."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    asked = ("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()" if is_sqlite
             else "SELECT pg_database_size(current_database())")
    return int(session.execute(text(asked)).scalar_one())


def schema_version(session: Session) -> str:
    """Where the schema stands."""
    return str(session.execute(text("SELECT version_num FROM alembic_version")).scalar_one())
