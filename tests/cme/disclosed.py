"""People of the made-up activity who were asked, stated something and were decided on, by the verbs that pages use."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from tests.cme import activities
from webapp.cme.models import CmeDisclosureRequest
from webapp.cme.queries import faculty as queries
from webapp.cme.rules.disclosure import Nature, Tie
from webapp.cme.service import deciding, disclosing, faculty, inviting
from webapp.core import clock
from webapp.core.audit import By
from webapp.core.forms import FreeText

NOW = clock.now()
ROBIN, KIM = "Robin Sample (fictional)", "Kim Example (fictional)"
TALKS = Tie("Example Pharma Ltd (fictional)", Nature.SPEAKER)
EMPLOYED = Tie("Example Devices (fictional)", Nature.EMPLOYEE)
MITIGATED = {"verdict": "mitigated"}
NOT_RELEVANT = {"verdict": "not-relevant"}


def asked(session: Session, by: By, name: str = ROBIN, email: str = "robin@home.example",
          language: str = "en") -> CmeDisclosureRequest:
    """Somebody who was asked."""
    return inviting.invite(session, activities.SLUG, {"email": email, "language": language}, ["author"],
                           FreeText(name), by)


def stated(session: Session, row: CmeDisclosureRequest, *ties: Tie, now: datetime) -> CmeDisclosureRequest:
    """Their statement; of none, without relationships."""
    disclosing.state(session, row.code, ties, now)
    return row


def form(session: Session, row: CmeDisclosureRequest, place: int = 1, **typed: str) -> dict[str, str]:
    """The provider's form on a relationship of what they stated last, as it stands now."""
    last = faculty.gathered(session, [row])[0].last
    assert last is not None
    return {"statement": last.row.key, "place": str(place), "seen": str(len(last.decisions[place - 1])), **typed}


def decided(session: Session, row: CmeDisclosureRequest, by: By, *, means: tuple[str, ...] = ("peer-review",),
            words: str = "Peers read it all.", **typed: Any) -> None:
    """A decision on their first relationship."""
    deciding.decide(session, activities.SLUG, row.key, form(session, row, **(typed or MITIGATED)), means,
                    FreeText(words), by)


def settled(session: Session, by: By) -> None:
    """Both people of the activity: one has no relationship, the other one that is mitigated."""
    stated(session, asked(session, by), now=by.at)
    kim = stated(session, asked(session, by, KIM, "kim@home.example"), TALKS, now=by.at)
    decided(session, kim, by)


def code_of(session: Session, name: str = ROBIN) -> str:
    """The link of somebody who was asked, as it is now."""
    version_of = [one for one in queries.requests(session, 1) if one.name == name]
    return version_of[-1].code
