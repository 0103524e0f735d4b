"""What the public page of a certificate shows: the least that tells whether it holds; and what its learner is told."""

from datetime import date
from typing import Any

from sqlmodel import Session

from webapp.cme.queries import certificates as certificate_queries
from webapp.cme.rules.certificates import KINDS, STANDINGS, Facts, Kind, Standing, spoken
from webapp.cme.service import certifying
from webapp.cme.service.drawing import claimed
from webapp.core.errors import NotFound
from webapp.core.languages import Language


def page(session: Session, code: str, language: Language) -> dict[str, Any] | None:
    """What the record says of a code in a language; None where there is none."""
    try:
        held, standing = certifying.find(session, code)
    except NotFound:
        return None
    facts: Facts = held.facts  # type: ignore[assignment]
    tag, title = spoken(facts["titles"], language.tag)
    return {
        "name": held.name, "title": title, "title_language": tag, "provider": facts["provider"],
        "kind": KINDS[Kind(held.kind)], "on": date.fromisoformat(facts["completed_on"]),
        "credits": [(spoken(one["names"], language.tag)[1], claimed(one, facts["is_sample"], language))
                    for one in facts["credits"]],
        "is_sample": facts["is_sample"], "standing": standing, "standing_words": STANDINGS[standing],
        "newer": certificate_queries.successor_code(session, held.id or 0)}


def of_completion(session: Session, participation_id: int) -> dict[str, Any]:
    """The certificate of a completion as it stands today: the corrected one where there is one."""
    held = certificate_queries.certificate_of(session, participation_id)
    assert held is not None
    return {"code": held.code, "is_corrected": held.supersedes_id is not None,
            "is_revoked": certifying.standing(session, held) is Standing.REVOKED}
