"""What stands in the way of publishing an activity: people without a decided disclosure, support without a signed
agreement."""

from datetime import date

from sqlmodel import Session

from webapp.cme.models import CmeActivity
from webapp.cme.queries import activity_file as file_queries
from webapp.cme.rules.activity import ActivityFile
from webapp.cme.service import faculty
from webapp.core.errors import said


def obstacles(session: Session, activity: CmeActivity, file: ActivityFile, accredited_for: frozenset[str],
              on: date) -> list[str]:
    """Each a sentence that names the person or the company, and the remedy."""
    found = faculty.obstacles(session, activity, file, accredited_for, on)
    if faculty.is_bound(file, accredited_for):  # ACCME, Standard 4: agreed in writing before it begins
        found += [said("There is no signed copy of the agreement with %(company)s. Bring it in on the page on money.",
                       company=company) for company in unsigned(session, activity.id or 0, file)]
    return found


def unsigned(session: Session, activity_id: int, file: ActivityFile) -> list[str]:
    """The supporters that a file names and with whom no signed agreement is there."""
    signed = {one.company for one in file_queries.agreements(session, activity_id)}
    return [one.company for one in file.support if one.company not in signed]
