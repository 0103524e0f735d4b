"""Timed work: hand over what is due and raise the alarm; close months."""

from datetime import datetime

from sqlmodel import Session

from webapp.core.platform import Platform
from webapp.safety.service import handing_over, months
from webapp.safety.service.courier import Opener, over_tls


def hand_over(platform: Platform, now: datetime, opener: Opener = over_tls) -> str | None:
    """See `service.handing_over`: each step is a transaction of its own. Returns what was done, None if nothing. What
    is known of mails is noted first, so that none is repeated beside one that has just left; alarms come before
    webhooks, which may take their time."""
    done = {"settled": handing_over.settle(platform), "made": handing_over.make(platform, now),
            "alarms": handing_over.alarm(platform, now), "sent": handing_over.send(platform, now, opener)}
    told = [f"{count} {name}" for name, count in done.items() if count]
    return ", ".join(told) or None


def close_months(session: Session, now: datetime) -> str | None:
    """Closes the months that are due, once each. Returns how many, None if none."""
    count = months.close(session, now)
    return f"{count} months closed" if count else None
