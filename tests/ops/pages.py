"""What these tests do with the operators' pages."""

import re
from datetime import UTC, datetime

from bs4 import BeautifulSoup
from sqlmodel import Session
from werkzeug.test import Client, TestResponse

from tests.builders import BASE_URL
from webapp.core import audit
from webapp.core.db import Database
from webapp.core.subject import Subject
from webapp.people import queries
from webapp.people.models import Account

WHY = "The owner asked for it by telephone"


def act(client: Client, path: str, /, reason: str = WHY, **fields: str) -> TestResponse:
    """Sends a form with a reason, as the page does."""
    return client.post(path, base_url=BASE_URL, headers={"Origin": BASE_URL}, data={"reason": reason, **fields})


def words_of(answer: TestResponse) -> str:
    """What the page says between header and footer."""
    main = BeautifulSoup(answer.text, "html.parser").main
    assert main is not None
    return re.sub(r"\s+", " ", main.get_text(" "))


def trail(database: Database, account: Account) -> list[tuple[str, int | None, str, str | None]]:
    """(action, whose act, detail, reason) of what was done to an account, the newest first."""
    with database.reading() as session:
        return [(line.entry.action, line.entry.account_id, line.entry.detail, line.reason)
                for line in audit.about(session, Subject("account", account.id or 0))]


def last_act(session: Session) -> tuple[str, str, str | None]:
    """(action, subject's kind, reason) of what was done last."""
    line = audit.newest(session, limit=1)[0]
    return line.entry.action, line.entry.subject_kind, line.reason


def state(database: Database, account: Account) -> Account:
    """The account as it stands now."""
    with database.reading() as session:
        return session.get_one(Account, account.id)


def devices(database: Database, account: Account) -> int:
    """Where it is signed in."""
    with database.reading() as session:
        return len(queries.sign_ins(session, account.id or 0, datetime.now(UTC)))


def at(account: Account, verb: str = "") -> str:
    """The page of an account, or where an act on it is sent."""
    return f"/ops/people/{account.key}{verb and '/'}{verb}"
