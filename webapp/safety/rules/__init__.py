"""What a case is and where it stands."""

import re
from enum import StrEnum

from webapp.core.errors import N_


class Source(StrEnum):
    """How a case was heard of."""

    FORM = "form"
    OVERHEARD = "overheard"
    """A screen found it in a text that was written for something else."""


class Kind(StrEnum):
    """What one text of a case is."""

    FIRST = "first"
    FOLLOW_UP = "follow-up"


class State(StrEnum):
    """Where a case stands. It is open until an officer says otherwise, with a reason."""

    NEW = "new"
    TRIAGED = "triaged"
    NOT_AN_EVENT = "not-an-event"
    DUPLICATE = "duplicate"


STATES = {State.NEW: N_("New"), State.TRIAGED: N_("Assessed"), State.NOT_AN_EVENT: N_("Not an event"),
          State.DUPLICATE: N_("Duplicate")}
IN_USE = (State.NEW, State.TRIAGED)
"""States of cases that are handed over."""


def case_number(year: int, number: int) -> str:
    """How a case is called in print: `AE-2026-000123`."""
    return f"AE-{year}-{number:06d}"


def number_read(text: str) -> tuple[int, int]:
    """Year and number of a case's name in print; zeros, which no case has, for what is none."""
    found = re.fullmatch(r"AE-(\d{4})-(\d{6,15})", text.strip().upper(), re.ASCII)
    return (int(found.group(1)), int(found.group(2))) if found else (0, 0)
