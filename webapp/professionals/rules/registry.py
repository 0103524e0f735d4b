"""What a registry holds of a person, what it says to an application, and how a row of CMS's NPPES file is read.

Column names: "NPPES Data Dissemination - Readme", exhibit 2-1 (both file versions). A deactivated number's row holds
the number and the date alone.
"""

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from webapp.professionals.rules.application import Application
from webapp.professionals.rules.names import Name, difference
from webapp.professionals.rules.schemes import is_npi


@dataclass(frozen=True)
class Entry:
    """One person in a registry. `states`: of the practice first, then of licences."""

    number: str
    name: Name
    states: tuple[str, ...]
    taxonomy: str
    is_active: bool = True


class Answer(StrEnum):
    """What a registry says to an application. Only `matched` verifies anybody."""

    MATCHED = "matched"
    DIFFERS = "differs"
    UNKNOWN = "unknown"
    UNAVAILABLE = "unavailable"
    NOT_ASKED = "not-asked"


@dataclass(frozen=True)
class Finding:
    """An answer, what exactly differs, and which registry gave it."""

    answer: Answer
    reason: str = ""
    source: str = ""


def compare(application: Application, entry: Entry | None, source: str) -> Finding:
    """What an entry, or its absence, says to an application."""
    if entry is None or entry.number != application.number:
        return Finding(Answer.UNKNOWN, "number", source)
    if not entry.is_active:
        return Finding(Answer.DIFFERS, "not-active", source)
    if application.region not in entry.states:
        return Finding(Answer.DIFFERS, "state", source)
    reason = difference(application.name, entry.name)
    return Finding(Answer.DIFFERS, reason, source) if reason else Finding(Answer.MATCHED, "", source)



SINGLE = ("NPI", "Entity Type Code", "Provider Last Name (Legal Name)", "Provider First Name", "Provider Middle Name",
          "Provider Name Suffix Text", "Provider Business Practice Location Address State Name",
          "NPI Deactivation Date", "NPI Reactivation Date", "Healthcare Provider Taxonomy Code_1",
          "Healthcare Provider Primary Taxonomy Switch_1")
TAXONOMY, PRIMARY, LICENCE = ("Healthcare Provider Taxonomy Code_{}", "Healthcare Provider Primary Taxonomy Switch_{}",
                              "Provider License Number State Code_{}")
GROUPS = range(1, 16)
"""The file has fifteen taxonomies and licences of each provider."""
INDIVIDUAL, ORGANISATION = "1", "2"
LONGEST = 100

Row = tuple[int, str, str, str, str, str, str, bool]


COLUMNS = ("npi", "family_name", "given_name", "middle_name", "suffix", "states", "taxonomy", "is_deactivated")
"""What a row holds, in this order; a number that ended has no names."""


class Fault(ValueError):
    """Why a row cannot be taken."""


def row_reader(header: Sequence[str]) -> Callable[[list[str]], Row | None]:
    """Reads rows below this header: a row of ours, None for an organisation. ValueError names a missing column.

    The reader raises `Fault` for a row that is neither.
    """
    place = {name.strip().lstrip("\ufeff"): number for number, name in enumerate(header)}
    wanted = [*SINGLE, *(form.format(number) for form in (TAXONOMY, PRIMARY, LICENCE) for number in GROUPS)]
    missing = [name for name in wanted if name not in place]
    if missing:
        raise ValueError(f"The file has no column {missing[0]!r}. It is not NPPES's npidata_pfile.")
    single = operator.itemgetter(*(place[name] for name in SINGLE))
    licences = operator.itemgetter(*(place[LICENCE.format(number)] for number in GROUPS))
    taxonomies = [(place[PRIMARY.format(number)], place[TAXONOMY.format(number)]) for number in GROUPS]
    columns = len(header)

    def read(row: list[str]) -> Row | None:
        if len(row) != columns:
            raise Fault(f"has {len(row)} fields and not {columns}")
        npi, entity, family, given, middle, suffix, state, ended, begun, taxonomy, primary = single(row)
        if entity == ORGANISATION:
            return None
        if not is_npi(npi):
            raise Fault("holds no NPI")
        is_gone = bool(ended) and not (begun and _day(begun) >= _day(ended))
        if is_gone and not family:
            return int(npi), "", "", "", "", "", "", True
        if entity != INDIVIDUAL or not family:
            raise Fault("names no person" if entity == INDIVIDUAL else f"has the entity type {entity[:10]!r}")
        if primary != "Y":
            taxonomy = next((row[code] for switch, code in taxonomies if row[switch] == "Y"), taxonomy)
        states = " ".join(dict.fromkeys(filter(None, (state.upper()[:LONGEST], *licences(row)))))
        return (int(npi), family[:LONGEST], given[:LONGEST], middle[:LONGEST], suffix[:LONGEST], states,
                taxonomy[:LONGEST], is_gone)
    return read


def _day(text: str) -> tuple[str, str]:
    """Orders the file's dates, which are written month/day/year."""
    return text[-4:], text[:5]
