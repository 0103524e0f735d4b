"""Registers of health professionals as data: whose number, how it looks, and how a claim to it is checked."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from webapp.core.errors import N_


class Check(StrEnum):
    """How a claim to a number is checked."""

    REGISTRY = "registry"
    """A registry we can ask; an operator where it cannot say."""
    DOCUMENT = "document"
    """By an operator, against an uploaded document."""
    MANUAL = "manual"
    """By an operator, in the public register."""


@dataclass(frozen=True)
class Scheme:
    """One register. `regions` are what an application must name one of; none where the number alone will do."""

    id: str
    market: str
    english: str
    chinese: str
    check: Check
    number_fault: Callable[[str], str | None]
    """Of a number in its normal form: what is wrong with it, or None."""
    regions: frozenset[str] = frozenset()
    region_label: str = ""
    region_fault: str = ""

    def name(self, tag: str) -> str:
        """Its name in the language of that tag."""
        return self.english if tag == "en" else self.chinese


def normal_number(text: str) -> str:
    """The one form in which a number is stored and compared: ASCII letters and digits, capitals.

    Full-width and other Unicode digits become ASCII; spaces, hyphens, points and invisible marks go. Any other letter
    stays, so that the format's check refuses it.
    """
    wide = unicodedata.normalize("NFKC", text).upper()
    digits = "".join(str(unicodedata.decimal(mark, mark)) for mark in wide)
    return "".join(mark for mark in digits if unicodedata.category(mark)[0] in "LN")


def is_npi(number: str) -> bool:
    """Whether ten digits are an NPI: they begin with 1 or 2, and the Luhn sum over 80840 and the number is a multiple
    of ten (CMS, "NPI check digit", 2004). 80840 adds 24 to the sum whatever follows."""
    if len(number) != 10 or not (number.isascii() and number.isdigit()) or number[0] not in "12":
        return False
    digits = int(number)
    return (24 + _SUMS[digits // 10**8] + _SUMS[digits // 10**4 % 10**4] + _SUMS[digits % 10**4]) % 10 == 0


_DOUBLED = [sum(divmod(2 * digit, 10)) for digit in range(10)]
_PAIRS = [_DOUBLED[pair // 10] + pair % 10 for pair in range(100)]
_SUMS = bytes(_PAIRS[four // 100] + _PAIRS[four % 100] for four in range(10_000))
"""The Luhn sum of four digits, the first of them doubled. A registry has millions of numbers, and digit by digit
the sum took a tenth of the import."""


def _npi_fault(number: str) -> str | None:
    return None if is_npi(number) else N_("This is not a valid NPI. It has ten digits; check each of them.")


def _practising_certificate_fault(number: str) -> str | None:
    if re.fullmatch(r"[0-9]{15}", number):
        return None
    if re.fullmatch(r"[0-9]{23}[0-9X]|[0-9]{26}[0-9X]", number):
        return N_("This looks like the number of the qualification certificate. "
                  "We need the 15 digits of the practising certificate.")
    return N_("The number of a practising certificate has 15 digits. Check it and send it again.")


def _gmc_fault(number: str) -> str | None:
    return None if re.fullmatch(r"C?[0-9]{7}", number) else N_("A GMC number has seven digits. Check it and send it "
                                                               "again.")


def _any_fault(number: str) -> str | None:
    return None if re.fullmatch(r"[0-9A-Z]{3,20}", number) else N_("Write the number as it stands in your register, "
                                                                   "3 to 20 letters and digits.")


US_STATES = frozenset(re.findall(
    "[A-Z]{2}", "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC "
    "ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY AS GU MP PR VI"))
"""States, the District of Columbia and territories, as the United States Postal Service writes them."""
EU_COUNTRIES = frozenset(re.findall(
    "[A-Z]{2}", "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK IS LI NO"))
"""ISO 3166 codes of the European Economic Area."""

NPI = Scheme("us-npi", "us", "National Provider Identifier (NPI)", "美国国家医疗服务提供者编号（NPI）", Check.REGISTRY,
             _npi_fault, US_STATES, N_("State of your practice or licence"),
             N_("Write the state with its two letters, for example NY."))
SCHEMES = (
    NPI,
    # Public descriptions agree on its 15 digits and on nothing within them, so no more is checked
    Scheme("cn-practising-certificate", "cn", "Practising certificate for physicians, China", "医师执业证书",
           Check.DOCUMENT, _practising_certificate_fault),
    # NHS Data Dictionary, "General Medical Council reference number": C and seven digits; doctors leave the C out
    Scheme("gb-gmc", "gb", "General Medical Council (GMC) reference number", "英国医学总会（GMC）注册号", Check.MANUAL,
           _gmc_fault),
    Scheme("eu-register", "eu", "Register of your country", "所在国医师注册号", Check.DOCUMENT, _any_fault,
           EU_COUNTRIES, N_("Country of your licence"), N_("Write the country with its two letters, for example DE.")),
)
BY_ID = {scheme.id: scheme for scheme in SCHEMES}


def of_market(market: str) -> Scheme:
    """The scheme of a market's professionals; each market has one (tested)."""
    return next(scheme for scheme in SCHEMES if scheme.market == market)


def number_of(scheme: Scheme, text: str) -> str:
    """The normal form of a number of this scheme; a GMC number goes without its C."""
    number = normal_number(text)
    return number.removeprefix("C") if scheme.id == "gb-gmc" else number
