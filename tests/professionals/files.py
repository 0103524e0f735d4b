"""Made-up files in the shape of NPPES's: the real header's 330 columns, and rows of nobody."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from webapp.professionals.rules.schemes import is_npi

_ADDRESS = ("First Line", "Second Line")
GROUPS, IDENTIFIERS = range(1, 16), range(1, 51)
HEADER = [
    "NPI", "Entity Type Code", "Replacement NPI", "Employer Identification Number (EIN)",
    "Provider Organization Name (Legal Business Name)", "Provider Last Name (Legal Name)", "Provider First Name",
    "Provider Middle Name", "Provider Name Prefix Text", "Provider Name Suffix Text", "Provider Credential Text",
    "Provider Other Organization Name", "Provider Other Organization Name Type Code", "Provider Other Last Name",
    "Provider Other First Name", "Provider Other Middle Name", "Provider Other Name Prefix Text",
    "Provider Other Name Suffix Text", "Provider Other Credential Text", "Provider Other Last Name Type Code",
    *(f"Provider {line} Business {kind} Address" for kind in ("Mailing",) for line in _ADDRESS),
    *(f"Provider Business Mailing Address {part}" for part in (
        "City Name", "State Name", "Postal Code", "Country Code (If outside U.S.)", "Telephone Number", "Fax Number")),
    *(f"Provider {line} Business Practice Location Address" for line in _ADDRESS),
    *(f"Provider Business Practice Location Address {part}" for part in (
        "City Name", "State Name", "Postal Code", "Country Code (If outside U.S.)", "Telephone Number", "Fax Number")),
    "Provider Enumeration Date", "Last Update Date", "NPI Deactivation Reason Code", "NPI Deactivation Date",
    "NPI Reactivation Date", "Provider Sex Code", "Authorized Official Last Name", "Authorized Official First Name",
    "Authorized Official Middle Name", "Authorized Official Title or Position",
    "Authorized Official Telephone Number",
    *(form.format(number) for number in GROUPS for form in (
        "Healthcare Provider Taxonomy Code_{}", "Provider License Number_{}", "Provider License Number State Code_{}",
        "Healthcare Provider Primary Taxonomy Switch_{}")),
    *(form.format(number) for number in IDENTIFIERS for form in (
        "Other Provider Identifier_{}", "Other Provider Identifier Type Code_{}", "Other Provider Identifier State_{}",
        "Other Provider Identifier Issuer_{}")),
    "Is Sole Proprietor", "Is Organization Subpart", "Parent Organization LBN", "Parent Organization TIN",
    "Authorized Official Name Prefix Text", "Authorized Official Name Suffix Text",
    "Authorized Official Credential Text", *(f"Healthcare Provider Taxonomy Group_{number}" for number in GROUPS),
    "Certification Date",
]
"""As the "NPPES Data Dissemination - Readme" of 2025 lays it out."""
_PLACE = {name: number for number, name in enumerate(HEADER)}


def npis(count: int, first: int = 100_000_000) -> Iterator[str]:
    """Numbers with the right check digit, spread as the register's are not: far from each other."""
    for step in range(count):
        head = str(first + step * 7_919 % 100_000_000)
        yield next(head + digit for digit in "0123456789" if is_npi(head + digit))


def row(npi: str, **changed: str) -> list[str]:
    """An individual's row; `changed` by column, with _ for blanks where it is a plain one."""
    fields = [""] * len(HEADER)
    usual = {"NPI": npi, "Entity Type Code": "1", "Provider Last Name (Legal Name)": "EXAMPLE",
             "Provider First Name": "ANN", "Provider Middle Name": "B", "Provider Credential Text": "M.D.",
             "Provider First Line Business Practice Location Address": "1 EXAMPLE ST",
             "Provider Business Practice Location Address City Name": "SAMPLETOWN",
             "Provider Business Practice Location Address State Name": "NY",
             "Provider Business Practice Location Address Postal Code": "000000000",
             "Provider Business Practice Location Address Telephone Number": "0000000000",
             "Provider Enumeration Date": "05/23/2005", "Last Update Date": "07/08/2007", "Provider Sex Code": "F",
             "Healthcare Provider Taxonomy Code_1": "207R00000X", "Provider License Number_1": "000000",
             "Provider License Number State Code_1": "NY", "Healthcare Provider Primary Taxonomy Switch_1": "Y",
             "Is Sole Proprietor": "N"}
    for name, value in {**usual, **changed}.items():
        fields[_PLACE[name]] = value
    return fields


def write(path: Path, rows: Iterable[list[str]]) -> Path:
    """A file as CMS writes it: every field in quotes."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(rows)
    return path
