"""Makes what these tests need: applications, entries of a register, documents."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from tests.builders import NOW, SECRET
from webapp.core.tokens import KeyRing
from webapp.people.models import Account
from webapp.professionals import queries
from webapp.professionals.models import RegistryEntry, Verification
from webapp.professionals.rules import application
from webapp.professionals.rules.application import Application
from webapp.professionals.rules.states import Step
from webapp.professionals.service import applying, deciding, documents
from webapp.professionals.service.deciding import Decision
from webapp.professionals.service.documents import Upload

NPI = "1234567893"
FIELDS = {"number": NPI, "given_name": "Ann", "family_name": "Example", "region": "NY", "specialty": "207RC0000X"}
CHINESE = {"number": "110430122000123", "given_name": "示例", "family_name": "王", "specialty": "207RC0000X"}
PDF = b"%PDF-1.7\nfictional\n%%EOF\n"
RING = KeyRing((SECRET,))


def meant(market: str = "us", **changed: str) -> Application:
    """An application without a fault; `changed` fields differ from the usual."""
    made, faults = application.read({**(CHINESE if market == "cn" else FIELDS), **changed}, market)
    assert not faults
    return made


def register(session: Session, **changed: Any) -> RegistryEntry:
    """The register's entry of the usual application."""
    entry = RegistryEntry(**{"npi": int(NPI), "family_name": "EXAMPLE", "given_name": "ANN", "middle_name": "",
                             "suffix": "", "states": "NY", "taxonomy": "207R00000X", "is_deactivated": False,
                             **changed})
    session.add(entry)
    session.flush()
    return entry


def apply(session: Session, account: Account, *, upload: Upload | None = None, now: datetime = NOW,
          **changed: str) -> Verification:
    """The account applies as the page lets it: the register is asked, then the application is stored."""
    made = meant(account.market, **changed)
    if account.market == "cn" and upload is None:
        upload = documents.prepare(RING, PDF)
    return applying.apply(session, account, made, applying.find(session, made), upload, now)


def decide(session: Session, verification: Verification, operator: Account, answer: str = "verify:register-checked",
           *, note: str = "", now: datetime = NOW) -> Verification:
    """An operator's answer, as the form sends it."""
    step, _, reason = answer.partition(":")
    return deciding.decide(session, verification.key, operator,
                           Decision(Step(step), reason, verification.round, note), now)


def happened(session: Session, verification: Verification) -> list[tuple[str, str, str]]:
    """(step, decider, reason) of every event."""
    return [(event.step, event.decider, event.reason) for event in queries.events(session, verification.id or 0)]
