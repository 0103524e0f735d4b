"""Reports at rest: sealed with a key of the ring, bound to their case."""

import json

from webapp.core.sealing import seal, unseal
from webapp.core.tokens import KeyRing
from webapp.safety.models import SafetyCase, SafetyReport
from webapp.safety.rules.reports import Report, report_of


def sealed(ring: KeyRing, case: SafetyCase, report: Report) -> bytes:
    """The report as it is stored."""
    return seal(ring, json.dumps(report.kept(), ensure_ascii=False).encode(), about=_about(case.key))


def opened(ring: KeyRing, case: SafetyCase, row: SafetyReport) -> Report:
    """The report as it was told. CannotOpen if the key has left the ring, or the bytes are another case's."""
    return report_of(json.loads(unseal(ring, row.sealed, about=_about(case.key))))


def _about(key: str) -> str:
    return f"safety-case:{key}"
