"""Timed work of each node: its index follows what is published."""

from datetime import datetime

from webapp.search.service.keeping import Keeper


def keep(keeper: Keeper, now: datetime) -> str | None:
    """Brings the index up to what is published; what was done, or None if there was nothing to do."""
    return keeper.keep(now)
