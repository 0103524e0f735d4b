"""What operators are told of cases: how many there are, and how many wait for their desk."""

from datetime import datetime, timedelta

from sqlmodel import Session

from webapp.safety import queries
from webapp.safety.queries import counting
from webapp.safety.rules import IN_USE, State
from webapp.safety.service.handing_over import count_late

LOOK_BACK = timedelta(days=30)
"""Over which cases count as received lately: our choice, a month as operators think of it."""


def count(session: Session, now: datetime) -> dict[str, int]:
    """Cases `received` in the last thirty days; `open` ones, `new` among them; and those that their desk did not
    acknowledge: `waiting`, of these past `half` of their time but within it, and `over` it."""
    half, over = count_late(session, now)
    return {"received": counting.received_since(session, now - LOOK_BACK),
            "open": queries.count_in(session, IN_USE), "new": queries.count_in(session, [State.NEW]),
            "waiting": queries.count_unanswered(session, now), "half": half, "over": over}
