"""The cast and the words of the sample world. Plainly fictional."""

from dataclasses import dataclass
from datetime import date

from webapp.people.rules import AccountKind, Role

COMPANY = "Northwind Fictional Pharma"
BRAND = ("Exemplora", "fictaglin")
LANDING = ("drug", "exemplora", "hcp")
MARKET = "us"
POSTAL_ADDRESS = "1 Example Street, Sampletown, ZZ 00000 (fictional)"
MAIL_FROM = "Materia demo <news@materia.example>"
DESK = ("exemplora", MARKET, "safety@northwind.example")
"""The product and the market that the company takes cases on, and where to."""
RECIPIENTS = 240
"""Fictional professionals who agreed to the company's mail."""


def recipient(number: int) -> str:
    """The address of the recipient of that number, from 1."""
    return f"recipient-{number:03d}@clinic.example"


@dataclass(frozen=True)
class Person:
    """One demo account."""

    role: Role
    name: str
    kind: AccountKind = AccountKind.STAFF
    language: str = "en"
    market: str = MARKET

    @property
    def email(self) -> str:
        """Its address; `.example` is reserved (RFC 2606)."""
        return f"{self.role}@materia.example"


def totp_of(email: str) -> str:
    """Under which name an account's authenticator secret stands beside its password."""
    return f"totp:{email}"


CAST = (
    Person(Role.READER, "Robin Reader (fictional)", AccountKind.PATIENT),
    Person(Role.HCP, "Dr Harper Sample (fictional)", AccountKind.HCP),
    Person(Role.WRITER, "Wren Author (fictional)"),
    Person(Role.MEDICAL_REVIEWER, "Dr Morgan Medic (fictional)"),
    Person(Role.LEGAL_REVIEWER, "Lee Lawful (fictional)"),
    Person(Role.REGULATORY_REVIEWER, "Rowan Regula (fictional)"),
    Person(Role.CME_PROVIDER, "Casey Credit (fictional)"),
    Person(Role.MARKETER, "Max Market (fictional)"),
    Person(Role.SPONSOR_ADMIN, "Sam Sponsor (fictional)"),
    Person(Role.SAFETY, "Sage Safety (fictional)"),
    Person(Role.OPERATOR, "Olli Operator (fictional)"),
)

NPI = "1234567893"
"""CMS's own worked example of a check digit: nobody's number."""
DOCTOR = {"number": NPI, "given_name": "Harper", "family_name": "Sample", "region": "NY", "specialty": "207RC0000X"}
"""What the cast's doctor sends to be verified."""
APPLICANT = "applicant@clinic.example"
WAITING = {"number": "000000000000001", "given_name": "医生", "family_name": "示例", "specialty": "207RE0101X"}
"""An application that waits for the operator; the number is nobody's."""
CERTIFICATE = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 420 298]/Resources<</Font<</F 5 0 R>>>>/Contents 4 0 R>>endobj
4 0 obj<</Length 71>>stream
BT /F 22 Tf 40 150 Td (Sample certificate: fictional, of nobody.) Tj ET
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R/Size 6>>
%%EOF
"""
"""The document that comes with it."""

WORDS = {
    "en": ("Exemplora (fictaglin): a page for you to judge",
           "This is a demonstration. Exemplora (fictaglin) and its company do not exist.\n\n"
           "The page shows how a promotional piece looks here: the generic name beside the brand, the risks as plain "
           "to see as the benefits, and who paid. [Read the page](landing:)."),
    "zh-Hans": ("示例乐（fictaglin）：请您来评判的一页",
                "这是演示。示例乐（fictaglin）和它的公司都不存在。\n\n"
                "这一页展示推广内容在本平台的样子：通用名与商品名并列，风险与获益同样醒目，并写明由谁出资。"
                "[阅读页面](landing:)。"),
}
REPORT = ("exemplora-data-on-file", "Data on file NW-DOF-001 (fictional): a 26-week study of fictaglin", COMPANY)
"""Name, title and issuer of the report that the brand's claims are anchored to."""
REPORT_DAY = date(2026, 3, 2)
LEFT_FOR_REVIEW = ("diseases/asthma", "patient", "en", "us")
"""A page that waits in the reviewers' queue, so that they find something to do there."""
REVIEW_COMMENT = ("(Fictional comment.) Does every sentence about an emergency say what to do first? Please check, "
                  "then close this comment.")
PROVIDER = "Sample Education Office (fictional)"
"""Who provides accredited education in the demo; nobody accredited it."""
LEARNERS = 120
"""Recipients who are simulated learners too."""
TELLS = 1
"""The learner whose comment tells of a side effect."""
TOLD = "(Simulated comment.) One of my patients had a rash two days after the first dose of Exemplora."
SEEN_BIAS = {"en": "(Simulated comment.) Costs were left out where they speak against the newer class.",
             "zh-Hans": "（模拟评语）没有谈到费用。"}
COMMENTS = {
    "en": ("(Simulated comment.) The cases were close to what I see. More on follow-up in primary care, please.",
           "(Simulated comment.) The tables are hard to read on my phone.",
           "(Simulated comment.) Clear and short. I will show the timetable to our nurses.",
           "(Simulated comment.) I would have liked to go back to the sections during the test.",
           "(Simulated comment.) The second case was the best part.",
           "(Simulated comment.) I would leave the history of the trials out.",
           "(Simulated comment.) A page to print for the clinic would help.",
           "(Simulated comment.) Took me longer than 35 minutes.",
           "(Simulated comment.) Good that all the guidelines stand side by side."),
    "zh-Hans": ("（模拟评语）病例贴近临床，希望增加基层随访的内容。", "（模拟评语）手机上看表格有点吃力。",
                "（模拟评语）各国指南放在一起对照，很实用。"),
}
RELEASED = "(Simulated.) As the agreement with the supporter says"
PAST_CAMPAIGN = "Exemplora, first letter (simulated)"
LIVE_CAMPAIGN = "Exemplora, second letter"
