"""A receipt of all that a person was asked and answered, after the Kantara Initiative's Consent Receipt 1.1, with the
events of ISO/IEC TS 27560: what each part is called is theirs."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from webapp.consents.rules.purposes import Purpose
from webapp.consents.rules.wordings import Wording

VERSION = "KI-CR-v1.1.0"
CATEGORIES: Mapping[str, str] = MappingProxyType({
    Purpose.ANALYTICS: "Improve Performance", Purpose.PERSONALISATION: "Personalize Experience",
    Purpose.COMPANY_MAIL: "Marketing", Purpose.SHARING: "Sharing with a third party"})


@dataclass(frozen=True)
class Line:
    """One line of the ledger with the words that were shown, where they are known."""

    purpose: str
    company: str
    channel: str
    is_granted: bool
    version: str
    digest: str
    language: str
    place: str
    at: datetime
    words: Wording | None


@dataclass(frozen=True)
class Issue:
    """Who issues a receipt to whom, and under which law."""

    principal: str
    """The account's public name."""
    jurisdiction: str
    controller_url: str
    language: str
    postal_address: str = ""
    """The controller's; empty where none is configured."""


def _controller(issue: Issue) -> dict[str, Any]:
    address = {"address": {"streetAddress": issue.postal_address}} if issue.postal_address else {}
    return {"piiController": "Materia", "piiControllerUrl": issue.controller_url, **address}


def receipt(issue: Issue, lines: Sequence[Line]) -> dict[str, Any]:
    """The receipt, ready for JSON; `lines` the newest first. The same lines give the same number."""
    purposes = [_purpose(group) for group in grouped(lines)]
    number = hashlib.sha256(json.dumps([issue.principal, purposes], sort_keys=True).encode()).hexdigest()[:32]
    return {
        "version": VERSION, "jurisdiction": issue.jurisdiction.upper(),
        "consentTimestamp": int(lines[0].at.timestamp()) if lines else None,
        "collectionMethod": "Each purpose asked for by itself, with two equal buttons", "consentReceiptID": number,
        "language": issue.language, "piiPrincipalId": issue.principal,
        "piiControllers": [_controller(issue)],
        "policyUrl": f"{issue.controller_url}/privacy", "services": [{"service": "Materia", "purposes": purposes}],
        "sensitive": True, "spiCat": ["Health"]}


def grouped(lines: Sequence[Line]) -> list[list[Line]]:
    """The lines of each consent together, the newest first."""
    groups: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        groups.setdefault((line.purpose, line.company), []).append(line)
    return list(groups.values())


def _purpose(lines: Sequence[Line]) -> dict[str, Any]:
    words = next((line.words for line in lines if line.words is not None), None)
    return {
        "purpose": words.title if words else lines[0].purpose,
        "purposeCategory": [CATEGORIES.get(lines[0].purpose, lines[0].purpose)], "consentType": "EXPLICIT",
        "piiCategory": [words.data] if words else [], "primaryPurpose": False,
        "termination": words.kept if words else "", "thirdPartyDisclosure": lines[0].purpose == Purpose.SHARING,
        **({"thirdPartyName": lines[0].company} if lines[0].purpose == Purpose.SHARING else {}),
        "channel": lines[0].channel, "company": lines[0].company,
        "state": "granted" if lines[0].is_granted else "not granted", "events": [_event(line) for line in lines]}


def _event(line: Line) -> dict[str, Any]:
    return {"state": "granted" if line.is_granted else "not granted", "at": line.at.isoformat(), "place": line.place,
            "language": line.language, "wording": line.version, "digest": line.digest,
            "asked": line.words.asks if line.words else ""}
