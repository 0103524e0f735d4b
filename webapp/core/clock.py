"""The one place that reads the clock."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment, zone-aware, in UTC. Called by views, jobs and commands; everything below is handed `now`."""
    return datetime.now(UTC)
