"""The sample activities of accredited education."""

from datetime import datetime
from pathlib import Path

from webapp.cme import queries
from webapp.cme.service import folder, versions
from webapp.core.audit import COMMAND_LINE, By
from webapp.core.platform import Platform
from webapp.demo.service.learning import opened


def bring_in(platform: Platform, content: Path, now: datetime) -> None:
    """Brings in what changed below `content`, and lets it be begun as a sample; at the first start as of when simulated
    learners begin."""
    drafts = [reading.draft for reading in folder.read_all(content) if reading.draft]
    made = [versions.make(draft) for draft in drafts]
    with platform.database.writing() as session:
        is_first = not queries.all_activities(session)
        at = min([now, *(opened(draft.activity, now) for draft in drafts)]) if is_first else now
        for version in versions.bring_in(session, made, at):
            versions.publish(session, version, By(COMMAND_LINE, at), accepts_samples=platform.is_demo,
                             accredited_for=frozenset())
