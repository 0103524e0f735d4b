"""Nobody of a sponsor sees who learns (ACCME, Standard 2.3): every page of a learner refuses them."""

from webapp.core.errors import N_, Refused
from webapp.people.guards import signed_in
from webapp.people.rules import SPONSOR_ROLES


def refuse_sponsors() -> None:
    """For `before_request` of each blueprint that shows something of a learner's."""
    person = signed_in()
    if person is not None and SPONSOR_ROLES & set(person.roles):
        raise Refused(N_("Accredited education is closed to sponsors: nothing here says who takes part."))
