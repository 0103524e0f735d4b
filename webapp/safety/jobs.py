"""Timed work: hand over what is due and raise the alarm; tell of legal clocks; close months."""

import time
from datetime import datetime

from sqlmodel import Session

from webapp.core.db import Database
from webapp.core.platform import Platform
from webapp.safety.service import due, handing_over, months, watching
from webapp.safety.service.courier import Opener, over_tls

MOST_SECONDS = 20.0
"""Of one run, after which it begins no further slice, so that a worker can end: our choice, less than there are between
two runs."""


def hand_over(platform: Platform, now: datetime, opener: Opener = over_tls) -> str | None:
    """See `service.handing_over`: each step is a transaction of its own. Returns what was done, None if nothing. What
    is known of mails is noted first, so that none is repeated beside one that has just left; alarms come before
    webhooks, which may take their time. Then it makes and sends, slice by slice, until nothing is due."""
    until = time.monotonic() + MOST_SECONDS
    done = {"settled": handing_over.settle(platform), "made": handing_over.make(platform, now),
            "alarms": handing_over.alarm(platform, now), "sent": handing_over.send(platform, now, opener)}
    is_more = bool(done["made"] or done["sent"])
    while is_more and time.monotonic() < until:
        made, sent = handing_over.make(platform, now), handing_over.send(platform, now, opener)
        done["made"], done["sent"], is_more = done["made"] + made, done["sent"] + sent, bool(made or sent)
    told = [f"{count} {name}" for name, count in done.items() if count]
    return ", ".join(told) or None


def watch_clocks(database: Database, now: datetime) -> str | None:
    """See `service.watching`, and `service.due` for the queue, which is put right after. Returns how many mails were
    written, None if none."""
    count = watching.tell(database, now)
    due.correct(database)
    return f"{count} told" if count else None


def close_months(session: Session, now: datetime) -> str | None:
    """Closes the months that are due, once each. Returns how many, None if none."""
    count = months.close(session, now)
    return f"{count} months closed" if count else None
