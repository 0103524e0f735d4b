"""What FDA form 2253 asks of promotional pieces, and how pieces come together on forms. Pure.

Promotional labelling and advertising of an approved prescription drug goes to FDA at its first dissemination, under
form 2253 (21 CFR 314.81(b)(3)(i); of biologics 601.12(f)(4)). Items are those of the edition of April 2021. A form is
about one application and ticks either professionals or consumers, so pieces of one product for one audience share it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from webapp.core.errors import N_, Invalid

BEFORE_USE = timedelta(days=30)
"""Pieces about a drug under accelerated approval go in that long before first use (21 CFR 314.550, 601.45)."""
APPLICATIONS = ("BLA", "ANDA", "NDA")
"""Kinds of application that a label's marketing category names."""


class Item(NamedTuple):
    """One box of the form. `is_by_hand`: filled when the form is signed, and never here."""

    number: str
    key: str
    label: str
    is_by_hand: bool = False


OF_FORM = (
    Item("1", "date_submitted", N_("Date submitted")),
    Item("2", "application_type", N_("Application type")),
    Item("2", "application_number", N_("Application number")),
    Item("2", "products", N_("Single or multiple products")),
    Item("3", "proprietary_name", N_("Proprietary name")),
    Item("4", "established_name", N_("Established name")),
    Item("4", "product_code", N_("Product code number")),
    Item("5", "package_insert_date", N_("Package insert date")),
    Item("5", "package_insert_id", N_("Package insert ID number")),
    Item("6", "manufacturer", N_("Manufacturer name")),
    Item("6", "license_number", N_("License number (biologics)")),
    Item("7a", "readers", N_("Professional or consumer")),
    Item("8", "return_address", N_("Applicant’s return address")),
    Item("9a", "telephone", N_("Telephone number of the responsible official")),
    Item("9b", "fax", N_("Fax number of the responsible official")),
    Item("9c", "email", N_("E-mail address of the responsible official")),
    Item("10", "official", N_("Name and title of the responsible official")),
    Item("11", "signature", N_("Signature"), is_by_hand=True),
    Item("12", "date_signed", N_("Date of the signature"), is_by_hand=True),
    Item("13", "cber_stage", N_("CBER products only: draft or final")))
OF_PIECE = (
    Item("7b", "material_type", N_("Material type (FDA code)")),
    Item("7c", "disseminated", N_("Date of first dissemination")),
    Item("7d", "material_id", N_("Material ID code")),
    Item("7e", "description", N_("Description")),
    Item("7f", "comments", N_("Comments")))
BIOLOGICS_ONLY = frozenset({"license_number", "cber_stage"})
MAIL_TYPE = Item("7b", "mail_type", N_("Material type of e-mails (FDA code)"))
"""Item 7b of every e-mail among the pieces, for which no code is certain: see `MATERIAL_TYPES`."""
FILLABLE = (*(item for item in OF_FORM if not item.is_by_hand and item.key not in ("products", "readers")), MAIL_TYPE)
"""What whoever files may fill in, where nothing here knows it."""
GIVEN = tuple(item.key for item in FILLABLE)
PAGE, MAIL = "page", "mail"
MATERIAL_TYPES: Mapping[str, str] = {PAGE: "www-website"}
"""Medium -> the material type that item 7b asks for, as FDA's list of them calls it (eCTD v4.0, US regional vocabulary
`us-promotional-material-type`, 2.16.840.1.113883.3.989.5.1.2.2.1.8.3: value 36). The list was read as an open eCTD
program restates it, since neither FDA's copy nor the form's instructions could be had; compare it before filing. It has
47 values and none that says e-mail, so whoever files chooses that of a mail; `NEAREST` are those that come nearest by
name, of which none is explained there."""
NEAREST = ("www-ecomm", "www-other", "Direct Mail")
READERS = {"hcp": N_("Professional"), "patient": N_("Consumer")}
SINGLE = N_("Single product")
IN_WORDS = frozenset({"readers", "products"})
"""Items whose values are words of the form itself, which pages show translated."""


@dataclass(frozen=True)
class Product:
    """What is known of the medicine that a piece is about: its brand, and the US label in force. Empty: unknown."""

    proprietary_name: str = ""
    established_name: str = ""
    manufacturer: str = ""
    category: str = ""
    """The label's marketing category, such as `NDA`."""
    label_date: date | None = None
    label_id: str = ""
    is_accelerated: bool = False

    @property
    def application_type(self) -> str:
        """`NDA`, `ANDA` or `BLA`; empty if no label says which."""
        return next((kind for kind in APPLICATIONS if kind in self.category.upper().split()), "")


@dataclass(frozen=True)
class Piece:
    """One version of a page, or one campaign's message in one language, as it was first disseminated."""

    product: Product
    applicant: str
    readers: str
    """An audience: `patient` or `hcp`."""
    material: str
    version: int | None
    digest: str
    description: str
    first_at: datetime
    specimen: str
    """The file that shows it."""
    medium: str = PAGE
    """`page` or `mail`."""

    @property
    def material_type(self) -> str:
        """What item 7b says; empty where FDA's list does not name the medium."""
        return MATERIAL_TYPES.get(self.medium, "")

    @property
    def material_code(self) -> str:
        """What item 7d says: the ID that stands on the piece, and its version."""
        return f"{self.material} v{self.version}" if self.material and self.version else self.material

    @property
    def due_on(self) -> date | None:
        """By when it had to be at FDA, if that is before its first use."""
        return self.first_at.date() - BEFORE_USE if self.product.is_accelerated else None

    @property
    def comments(self) -> str:
        """What item 7f says."""
        return "" if self.due_on is None else (f"Accelerated approval: due at FDA by {us_date(self.due_on)}, 30 days "
                                               "before first use (21 CFR 314.550, 601.45).")


@dataclass(frozen=True)
class Form:
    """One form with its pieces; `values` by item, empty where unknown."""

    values: Mapping[str, str]
    pieces: tuple[Piece, ...] = field(default=())

    @property
    def unknown(self) -> list[Item]:
        """The items that nobody filled in, of those that the form asks for. A company's name is no address."""
        is_biologic = self.values["application_type"] in ("", "BLA")
        known = {key for key, text in self.values.items() if text and text != self.pieces[0].applicant}
        if all(self.material_type(piece) for piece in self.pieces):
            known.add(OF_PIECE[0].key)
        return [item for item in (*OF_FORM, OF_PIECE[0]) if not item.is_by_hand and item.key not in known
                and (is_biologic or item.key not in BIOLOGICS_ONLY)]

    def material_type(self, piece: Piece) -> str:
        """Item 7b of one of its pieces; empty where nobody has chosen one."""
        return piece.material_type or self.values[MAIL_TYPE.key]

    def piece_values(self, piece: Piece) -> dict[str, str]:
        """Items 7b to 7f of one of its pieces."""
        return {"material_type": self.material_type(piece), "disseminated": us_date(piece.first_at.date()),
                "material_id": piece.material_code, "description": piece.description, "comments": piece.comments}


def check_period(first: date, last: date) -> None:
    """Invalid unless the first day comes before the last, or is it."""
    if first > last:
        raise Invalid(N_("The first day comes after the last. Exchange them."))


def check_given(given: Mapping[str, str]) -> None:
    """Invalid for an item that is not to be given, or a value of more than a line."""
    for key, value in given.items():
        if key not in GIVEN:
            raise Invalid(f"The form has no item {key!r} to fill in. There are: {', '.join(GIVEN)}.")
        if not value.isprintable() or len(value) > 300:
            raise Invalid(f"{key}: write one line of at most 300 characters.")


def forms(pieces: Iterable[Piece], given: Mapping[str, str]) -> list[Form]:
    """The forms for these pieces, by product and audience; what is `given` fills what nothing here knows."""
    grouped: dict[tuple[str, ...], list[Piece]] = {}
    for piece in sorted(pieces, key=lambda piece: (piece.first_at, piece.material, piece.specimen)):
        product = piece.product
        grouped.setdefault((product.established_name.lower(), product.proprietary_name.lower(), product.label_id,
                            piece.applicant, piece.readers), []).append(piece)
    return [Form(_values(found[0], given), tuple(found)) for _, found in sorted(grouped.items())]


def _values(piece: Piece, given: Mapping[str, str]) -> dict[str, str]:
    product = piece.product
    known = {
        "application_type": product.application_type, "products": SINGLE,
        "proprietary_name": product.proprietary_name, "established_name": product.established_name,
        "package_insert_date": us_date(product.label_date) if product.label_date else "",
        "package_insert_id": product.label_id, "manufacturer": product.manufacturer,
        "readers": READERS.get(piece.readers, ""), "return_address": piece.applicant}
    filled = {item.key: known.get(item.key) or given.get(item.key, "") for item in (*OF_FORM, MAIL_TYPE)}
    address = given.get("return_address", "")
    return filled | ({"return_address": f"{piece.applicant}, {address}"} if piece.applicant and address else {})


def us_date(day: date) -> str:
    """A day as the form writes it: 11/26/2026."""
    return f"{day:%m/%d/%Y}"
