"""The sample activities of accredited education."""

from datetime import datetime
from pathlib import Path

from webapp.cme.service import folder, versions
from webapp.core.audit import COMMAND_LINE, By
from webapp.core.platform import Platform


def bring_in(platform: Platform, content: Path, now: datetime) -> None:
    """Brings in what changed below `content`, and lets it be begun as a sample."""
    made = [versions.make(reading.draft) for reading in folder.read_all(content) if reading.draft]
    with platform.database.writing() as session:
        for version in versions.bring_in(session, made, now):
            versions.publish(session, version, By(COMMAND_LINE, now), accepts_samples=platform.is_demo,
                             accredited_for=frozenset())
