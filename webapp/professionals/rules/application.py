"""What a person sends to be verified, read from a form's fields; a field that is none of these is not looked at."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from webapp.core.errors import N_
from webapp.professionals.rules.names import Name
from webapp.professionals.rules.schemes import Scheme, number_of, of_market
from webapp.professionals.rules.specialties import BY_CODE

FIELDS = ("number", "given_name", "family_name", "region", "specialty")
LONGEST = 100
"""Characters of a field at most: our choice, beyond any name or number."""


@dataclass(frozen=True)
class Application:
    """A claim: this number of this scheme is mine. The number is in its normal form."""

    scheme: Scheme
    number: str
    name: Name
    region: str
    specialty: str


@dataclass(frozen=True)
class Fault:
    """What is wrong with a field, and what to do; the message is marked for the catalogue."""

    field: str
    message: str


def read(fields: Mapping[str, str], market: str) -> tuple[Application, list[Fault]]:
    """The application as it was meant, with what must be mended first. The scheme is the market's."""
    scheme = of_market(market)
    given, family, region, specialty = (
        _plain(fields.get(name, "")) for name in ("given_name", "family_name", "region", "specialty"))
    region = region.upper() if scheme.regions else ""
    meant = Application(scheme, number_of(scheme, fields.get("number", "")[:2 * LONGEST]), Name(given, family), region,
                        specialty)
    return meant, list(_faults(meant))


def _faults(meant: Application) -> list[Fault]:
    found = []
    number_fault = meant.scheme.number_fault(meant.number)
    if number_fault:
        found.append(Fault("number", number_fault))
    if not 0 < len(meant.name.given) <= LONGEST:
        found.append(Fault("given_name", N_("Write your given name as the register has it.")))
    if not 0 < len(meant.name.family) <= LONGEST:
        found.append(Fault("family_name", N_("Write your family name as the register has it.")))
    if meant.scheme.regions and meant.region not in meant.scheme.regions:
        found.append(Fault("region", meant.scheme.region_fault))
    if meant.specialty not in BY_CODE:
        found.append(Fault("specialty", N_("Choose the specialty that fits best.")))
    return found


def _plain(text: str) -> str:
    """Composed letters, single spaces, and nothing invisible."""
    composed = unicodedata.normalize("NFC", " ".join(text.split()))
    return "".join(mark for mark in composed if unicodedata.category(mark) not in ("Cf", "Cc"))
