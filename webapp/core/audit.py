"""Who did what to what, and why: entries that name the digest of the one before, so that none can be changed, taken
out, put in or moved unseen.

A service calls `record`; the entry is written at the commit, after all else, under one lock: so entries stand in the
order of the commits, what is rolled back leaves none, and nobody waits for the lock while somebody else works.

Entries hold ids and codes. The words of a reason are typed by people and may name one, so they stand in a row of
their own that can be deleted; the entry holds their digest, made with a salt that goes with them. The chain holds
without the words, and their digest cannot be guessed at. Taking them out is an entry itself.

The chain alone cannot tell that its last entries were cut off by somebody who may write every table. So keep what
`materia audit verify` prints elsewhere and hand it in the next time.
"""

import hashlib
import json
import secrets
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, delete, event, or_, select, text
from sqlalchemy import orm as sqlalchemy_orm
from sqlmodel import Session, SQLModel, col

from webapp.core.errors import N_, Invalid, NotFound
from webapp.core.models import AuditEntry, AuditReason
from webapp.core.subject import Subject

COMMAND_LINE = "command line"
SCHEDULE = "schedule"
"""Actors that are no account: whoever may run commands, and timed work."""
ENTRY = "audit-entry"
REDACTED = "reason-redacted"
SHORTEST, LONGEST = 3, 500
"""Characters of a reason: our choice."""
NO_REASON = N_("Nothing was changed. Say why, in 3 to 500 characters.")
ADVISORY_LOCK = 0x61756474
READ_AT_ONCE = 1000
_PENDING = "audit"
_quoted = json.encoder.encode_basestring
_ENTRY, _REASON, _HEAD = (SQLModel.metadata.tables[name] for name in ("audit_entry", "audit_reason", "audit_head"))


@dataclass(frozen=True)
class By:
    """Who acts (an account's number, or a name such as `COMMAND_LINE`), when, and why: what audited verbs take."""

    actor: int | str
    at: datetime
    reason: str = ""


class Line(NamedTuple):
    """An entry with its reason's words; None where they were taken out."""

    entry: AuditEntry
    reason: str | None


@dataclass(frozen=True)
class Verdict:
    """What `verify` found: how many entries hold, the last one's digest, and what is wrong with the next, if it is."""

    entries: int
    digest: str
    fault: str = ""


def reason_of(words: str) -> str:
    """A reason as it is kept: one line without control characters. Invalid unless it has 3 to 500 characters."""
    reason = " ".join("".join(sign for sign in words if sign.isspace() or unicodedata.category(sign) != "Cc").split())
    if not SHORTEST <= len(reason) <= LONGEST:
        raise Invalid(NO_REASON)
    return reason


def record(session: Session, by: By, action: str, subject: Subject, detail: str = "") -> None:
    """Adds an entry to what the session's commit writes. `action` and `detail` are codes and numbers, nothing personal;
    only `by.reason` may hold words. Not within a savepoint."""
    if session.in_nested_transaction():
        raise RuntimeError("An audit entry is written at the commit. Record it outside the savepoint.")
    transaction = session.get_transaction() or session.begin()
    session.info.setdefault(_PENDING, []).append((transaction, by, action, subject, detail))


@event.listens_for(sqlalchemy_orm.Session, "before_commit")
def _write(session: Session) -> None:
    if session.in_nested_transaction():
        return
    now = session.get_transaction()
    pending = [rest for transaction, *rest in session.info.pop(_PENDING, ()) if transaction is now]
    if not pending:
        return
    session.flush()  # whatever may fail or wait does so before the lock is taken
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
    number, digest = _head(session)
    entries, reasons = _chained(pending, number, digest)
    connection = session.connection()
    connection.execute(_ADD_ENTRIES, entries)
    if reasons:
        connection.execute(_ADD_REASONS, reasons)
    head = {"number": entries[-1]["id"], "digest": entries[-1]["digest"]}
    connection.execute(_MOVE_HEAD if number else _FIRST_HEAD, head)


_ADD_ENTRIES, _ADD_REASONS, _MOVE_HEAD = _ENTRY.insert(), _REASON.insert(), _HEAD.update()
_FIRST_HEAD, _READ_HEAD = _HEAD.insert().values(id=1), select(_HEAD.c.number, _HEAD.c.digest)
"""Made once, and past the mapper: they run while all other commits wait."""


def _head(session: Session) -> tuple[int, str]:
    found = session.connection().execute(_READ_HEAD).one_or_none()
    return (found[0], found[1]) if found else (0, "")


def _chained(pending: Sequence[Sequence[Any]], number: int,
             digest: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of entries that follow the one of this number and digest, and of their reasons."""
    entries, reasons = [], []
    for by, action, subject, detail in pending:
        number += 1
        is_account = isinstance(by.actor, int)
        row: dict[str, Any] = {
            "id": number, "at": by.at, "account_id": by.actor if is_account else None,
            "actor": "" if is_account else by.actor, "action": str(action), "subject_kind": subject.kind,
            "subject_id": subject.id, "detail": str(detail), "reason_digest": "", "previous": digest}
        if by.reason:
            salt = secrets.token_hex(16)
            reasons.append({"entry_id": number, "salt": salt, "words": by.reason})
            row["reason_digest"] = _reason_digest(salt, by.reason)
        row["digest"] = digest = _digest(row)
        entries.append(row)
    return entries, reasons


def _digest(row: dict[str, Any]) -> str:
    """Of all that an entry holds, its number and the digest before it included."""
    return hashlib.sha256(_canonical(row).encode()).hexdigest()


def _canonical(row: dict[str, Any]) -> str:
    """What is digested: the bytes of `json.dumps(held, sort_keys=True, ensure_ascii=False)`, in a third of its time,
    since a verification makes them a million times. Its own writers quote each value, so that none can pass for two."""
    at = row["at"].astimezone(UTC).isoformat(timespec="microseconds")
    return (f'{{"account_id": {_number(row["account_id"])}, "action": {_quoted(row["action"])}, '
            f'"actor": {_quoted(row["actor"])}, "at": "{at}", "detail": {_quoted(row["detail"])}, '
            f'"id": {_number(row["id"])}, "previous": {_quoted(row["previous"])}, '
            f'"reason_digest": {_quoted(row["reason_digest"])}, "subject_id": {_number(row["subject_id"])}, '
            f'"subject_kind": {_quoted(row["subject_kind"])}, "v": 1}}')


def _number(value: object) -> str:
    """SQLite lets text stand in a column of numbers: it must not be taken for anything but text."""
    return str(value) if type(value) is int else json.dumps(value)


def _reason_digest(salt: str, words: str) -> str:
    return hashlib.sha256(f"{salt}\n{words}".encode()).hexdigest()


# Looking


def about(session: Session, subject: Subject, *, offset: int = 0, limit: int = 50) -> list[Line]:
    """What was done to a subject, the newest first."""
    return _lines(session, _newest(offset, limit).where(
        col(AuditEntry.subject_kind) == subject.kind, col(AuditEntry.subject_id) == subject.id))


def newest(session: Session, kind: str = "", *, offset: int = 0, limit: int = 50) -> list[Line]:
    """What was done last: to anything, or to subjects of a kind."""
    asked = _newest(offset, limit)
    return _lines(session, asked.where(col(AuditEntry.subject_kind) == kind) if kind else asked)


def _newest(offset: int, limit: int) -> Select[AuditEntry, str | None]:
    return _with_reasons().order_by(col(AuditEntry.id).desc()).offset(offset).limit(limit)


def _with_reasons() -> Select[AuditEntry, str | None]:
    return select(AuditEntry, col(AuditReason.words)).outerjoin(
        AuditReason, col(AuditReason.entry_id) == col(AuditEntry.id))


def _lines(session: Session, asked: Select[AuditEntry, str | None]) -> list[Line]:
    return [Line(entry, words if entry.reason_digest else "") for entry, words in session.execute(asked)]


def spanning(session: Session, subject: Subject | None = None, since: datetime | None = None,
             until: datetime | None = None) -> Iterator[Line]:
    """What was done to a subject, or to anything; from `since` on and before `until`; the oldest first. Streams."""
    asked = _with_reasons().order_by(col(AuditEntry.id))
    if subject is not None:
        asked = asked.where(col(AuditEntry.subject_kind) == subject.kind, col(AuditEntry.subject_id) == subject.id)
    if since is not None:
        asked = asked.where(col(AuditEntry.at) >= since)
    if until is not None:
        asked = asked.where(col(AuditEntry.at) < until)
    with session.execute(asked, execution_options={"yield_per": READ_AT_ONCE}) as rows:
        for entry, words in rows:
            session.expunge(entry)  # else the session would hold on to every entry that it has shown
            yield Line(entry, words if entry.reason_digest else "")


def of_account(session: Session, account_id: int, subject: Subject) -> list[Line]:
    """What an account did, and what was done to it as the subject, the oldest first."""
    is_about = and_(col(AuditEntry.subject_kind) == subject.kind, col(AuditEntry.subject_id) == subject.id)
    return _lines(session, _with_reasons().where(or_(col(AuditEntry.account_id) == account_id, is_about))
                  .order_by(col(AuditEntry.id)))


# Taking words out


def redact(session: Session, number: int, by: By) -> None:
    """Takes out the words of one entry's reason. NotFound if there are none."""
    gone = session.execute(delete(AuditReason).where(col(AuditReason.entry_id) == number))
    if not gone.rowcount:  # type: ignore[attr-defined]
        raise NotFound(N_("This entry has no words of a reason, or they were taken out already."))
    record(session, by, REDACTED, Subject(ENTRY, number))


def redact_about(session: Session, subject: Subject, by: By) -> int:
    """Takes out the words of every reason given about a subject, as its erasure asks. Returns how many there were."""
    numbers = list(session.scalars(
        select(col(AuditReason.entry_id)).join(AuditEntry, col(AuditEntry.id) == col(AuditReason.entry_id))
        .where(col(AuditEntry.subject_kind) == subject.kind, col(AuditEntry.subject_id) == subject.id)
        .order_by(col(AuditReason.entry_id))))
    for number in numbers:
        redact(session, number, by)
    return len(numbers)


# Verifying


def count(session: Session) -> int:
    """How many entries there are."""
    return _head(session)[0]


def verify(session: Session, expected: tuple[int, str] | None = None,
           told: Callable[[int], object] = lambda _: None) -> Verdict:
    """Reads the whole chain and stops at the first entry that does not hold. `expected`: number and digest that an
    earlier run gave, which the chain must still hold. Memory stays flat; `told` hears how many hold, now and then."""
    number, digest, seen = 0, "", expected is None
    redacted = set(session.scalars(select(col(AuditEntry.subject_id)).where(
        col(AuditEntry.action) == REDACTED, col(AuditEntry.subject_kind) == ENTRY)))
    for row in _chain(session):
        fault = _fault(row, number + 1, digest) or _fault_of_reason(row, redacted)
        if fault:
            return Verdict(number, digest, fault)
        number, digest = row["id"], row["digest"]
        seen = seen or (number, digest) == expected
        if number % READ_AT_ONCE == 0:
            told(number)
    if (number, digest) != _head(session):
        return Verdict(number, digest, f"Entry {number + 1} is missing: entries at the end were cut off.")
    if not seen and expected is not None:
        return Verdict(number, digest, f"Entry {expected[0]} is not the one you kept: the chain was written anew.")
    return Verdict(number, digest)


def _chain(session: Session) -> Iterator[dict[str, Any]]:
    """Each entry with the `salt` and `words` of its reason; past the mapper, which takes a third of the time to read
    one."""
    asked = select(*_ENTRY.c, _REASON.c.salt, _REASON.c.words).join_from(
        _ENTRY, _REASON, isouter=True).order_by(_ENTRY.c.id)
    with session.connection().execute(asked, execution_options={"yield_per": READ_AT_ONCE}) as rows:
        names = tuple(rows.keys())
        for part in rows.partitions():
            for row in part:
                yield dict(zip(names, row, strict=False))


def _fault(row: dict[str, Any], expected: int, digest: str) -> str:
    if row["id"] != expected:
        return f"Entry {expected} is missing; entry {row['id']} stands in its place."
    if row["previous"] != digest:
        return f"Entry {expected} does not follow the one before it: one of them was moved, put in or changed."
    return "" if _is_whole(row) else f"Entry {expected} was changed: its digest is another."


def _is_whole(row: dict[str, Any]) -> bool:
    try:
        return bool(row["digest"] == _digest(row))
    except TypeError:  # SQLite lets bytes stand in a column of text
        return False


def _fault_of_reason(row: dict[str, Any], redacted: set[int]) -> str:
    number, digest, words = row["id"], row["reason_digest"], row["words"]
    if words is None:
        is_explained = not digest or number in redacted
        return "" if is_explained else f"Entry {number} has lost its reason's words, and no entry says who took them."
    is_whole = digest == _reason_digest(row["salt"] or "", words)
    return "" if is_whole else f"Entry {number}: the words of its reason were changed."
