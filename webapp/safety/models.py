"""Tables: desks, cases, what was told of them, receipts, hand-overs with their ledger, closed months."""

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from webapp.core.db import moment
from webapp.core.ids import new_code, new_key
from webapp.safety.rules import State
from webapp.safety.rules.clocks import Expectedness
from webapp.safety.rules.due import AT_ONCE

_OPEN = text("is_open")


class SafetyDesk(SQLModel, table=True):
    """Where a company takes cases on a product in a market: a mailbox or a webhook. A desk that closed takes none and
    stays as it was, since its cases name it; the next one, of whichever company, is another. Of those open there is one
    for a product in a market."""

    __tablename__ = "safety_desk"
    __table_args__ = (Index("uq_safety_desk_open", "product", "market", unique=True, sqlite_where=_OPEN,
                            postgresql_where=_OPEN),)
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(default_factory=new_key, unique=True)
    company_id: int = Field(foreign_key="company.id", index=True)
    product: str
    """The slug of the medicine's topic."""
    market: str
    channel: str
    """`email` or `webhook`."""
    address: str = Field(repr=False)
    is_open: bool = True
    opened_at: datetime = moment()


class SafetyCase(SQLModel, table=True):
    """One case. Purpose: a duty of law, which outlives the account that reported: erasure takes `account_id` away and
    keeps the case. Kept as long as the product is sold and ten years more (our choice, after Regulation (EU) 520/2012,
    Article 12, of a marketing authorisation's records)."""

    __tablename__ = "safety_case"
    __table_args__ = (Index("ix_safety_case_queue", "state", "due_at", "received_at"),
                      Index("ix_safety_case_queue_market", "state", "market", "due_at", "received_at"),
                      Index("ix_safety_case_queue_product", "state", "product", "due_at", "received_at"),
                      Index("ix_safety_case_queue_both", "state", "product", "market", "due_at", "received_at"),
                      Index("ix_safety_case_product", "product", "market", "received_at"))
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(default_factory=new_key, unique=True)
    submission: str = Field(unique=True)
    """Made with the form: one that is sent twice is one case."""
    account_id: int | None = Field(default=None, foreign_key="account.id", index=True)
    source: str
    place_kind: str = ""
    place_id: int = 0
    """What it was written on, as a Subject."""
    market: str
    language: str
    product: str = ""
    """The slug of the medicine it is about; empty where nobody could tell yet."""
    desk_id: int | None = Field(default=None, foreign_key="safety_desk.id")
    received_at: datetime = moment()
    """First receipt: day 0. Never changed, which triggers see to."""
    valid_at: datetime | None = moment(default=None, nullable=True)
    """When all four elements were there first."""
    state: str = State.NEW
    elements: list[str] = Field(default_factory=list, sa_type=JSON)
    criteria: list[str] = Field(default_factory=list, sa_type=JSON)
    """Of seriousness: as reported, then as an officer sees it."""
    expectedness: str = Expectedness.UNKNOWN
    reaction: str = ""
    """What an officer coded it with: the id of a term of our own list, or version and code of one of MedDRA's (see
    `rules.coding`)."""
    duplicate_of: int | None = Field(default=None, foreign_key="safety_case.id", index=True)
    due_at: datetime = moment(default=AT_ONCE)
    """The first clock that runs out of what is left to do here, see `rules.due`. Set by `service.due` alone."""


_WAITS = text("decided_at IS NULL")


class SafetyDowngrade(SQLModel, table=True):
    """What one officer asks for and another decides: a case that would be less urgent. One of a kind waits at most,
    and nobody decides their own. The reasons are the audit's. Purpose and time: the case's."""

    __tablename__ = "safety_downgrade"
    __table_args__ = (
        CheckConstraint("asked_by <> decided_by", name="two_officers"),
        Index("uq_safety_downgrade_waiting", "case_id", "kind", unique=True, sqlite_where=_WAITS,
              postgresql_where=_WAITS))
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(default_factory=new_key, unique=True)
    case_id: int = Field(foreign_key="safety_case.id", index=True)
    kind: str
    was: list[str] = Field(default_factory=list, sa_type=JSON)
    """What stood when it was asked for."""
    wanted: list[str] = Field(default_factory=list, sa_type=JSON)
    asked_by: int
    """The officer's account."""
    asked_at: datetime = moment()
    decided_by: int | None = None
    decided_at: datetime | None = moment(default=None, nullable=True)
    is_agreed: bool = False


class SafetyQuestion(SQLModel, table=True):
    """What an officer asks a reporter who agreed to it, sealed; the answer is a report of the case. Purpose and time:
    the case's."""

    __tablename__ = "safety_question"
    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(default_factory=new_code, unique=True)
    """Opens the page where it is answered."""
    case_id: int = Field(foreign_key="safety_case.id", index=True)
    sealed: bytes = Field(repr=False)
    asked_by: int
    """The officer's account."""
    asked_at: datetime = moment()
    answered_at: datetime | None = moment(default=None, nullable=True)


class SafetyReport(SQLModel, table=True):
    """One telling of a case, sealed. Append-only. Purpose and time: the case's."""

    __tablename__ = "safety_report"
    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="safety_case.id", index=True)
    kind: str
    is_significant: bool = True
    """Whether it starts the legal clocks anew, until an officer judges otherwise."""
    sealed: bytes = Field(repr=False)
    at: datetime = moment()
    """When it was received."""


class SafetyJudgement(SQLModel, table=True):
    """An officer's word on whether a follow-up is significant, which counts instead of the report's own; of several the
    last one. Append-only. Purpose and time: the case's."""

    __tablename__ = "safety_judgement"
    id: int | None = Field(default=None, primary_key=True)
    report_id: int = Field(foreign_key="safety_report.id", index=True)
    is_significant: bool
    judged_by: int
    """The officer's account; where a second one had to agree, that of the first."""
    at: datetime = moment()


class SafetyDictionary(SQLModel, table=True):
    """A release of MedDRA in one language, which whoever runs the platform holds a licence for."""

    __tablename__ = "safety_dictionary"
    __table_args__ = (UniqueConstraint("version", "language"),)
    id: int | None = Field(default=None, primary_key=True)
    version: str
    language: str
    loaded_at: datetime | None = moment(default=None, nullable=True)
    """When it had come in whole; before that it is offered to nobody."""


class SafetyTerm(SQLModel, table=True):
    """A lowest level term of a release."""

    __tablename__ = "safety_term"
    __table_args__ = (UniqueConstraint("dictionary_id", "code"),)
    id: int | None = Field(default=None, primary_key=True)
    dictionary_id: int = Field(foreign_key="safety_dictionary.id")
    code: int
    name: str
    folded: str
    """The name as it is sought."""
    preferred: int
    """The code of the preferred term above it."""
    is_current: bool
    """Whether new cases may be coded with it."""


class SafetyReceipt(SQLModel, table=True):
    """What a reporter was answered with. A report that came twice has two. Append-only."""

    __tablename__ = "safety_receipt"
    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(default_factory=new_code, unique=True)
    case_id: int = Field(foreign_key="safety_case.id", index=True)
    at: datetime = moment()


class SafetyHandOver(SQLModel, table=True):
    """One case, as far as it was told by then, for one desk: the first report, then each significant follow-up. The
    unique key is what makes "never handed over twice" hold; the desk is in it since an officer may find that a case is
    another company's. Purpose and time: the case's."""

    __tablename__ = "safety_hand_over"
    __table_args__ = (UniqueConstraint("case_id", "report_id", "desk_id"),
                      Index("ix_safety_hand_over_due", "state", "next_at"))
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(default_factory=new_key, unique=True)
    case_id: int = Field(foreign_key="safety_case.id")
    desk_id: int = Field(foreign_key="safety_desk.id")
    report_id: int = Field(foreign_key="safety_report.id")
    """The newest in it: its clock begins with that one's receipt."""
    code: str = Field(default_factory=new_code, unique=True)
    """Opens the desk's page."""
    made_at: datetime = moment()
    state: str
    attempts: int = 0
    next_at: datetime = moment()
    acknowledged_at: datetime | None = moment(default=None, nullable=True)


class SafetyHandOverEvent(SQLModel, table=True):
    """A line of the ledger. Append-only. Purpose and time: the case's."""

    __tablename__ = "safety_hand_over_event"
    id: int | None = Field(default=None, primary_key=True)
    hand_over_id: int = Field(foreign_key="safety_hand_over.id", index=True)
    step: str
    at: datetime = moment()
    detail: str = ""
    """Codes, and nothing personal."""
    sealed: bytes | None = Field(default=None, repr=False)
    """Who acknowledged at the desk, by the name they typed: the desk alone reads it again."""


class SafetyMonth(SQLModel, table=True):
    """How many cases of a month were handed over to a company, on one product in one market, as they stood when the
    month was closed. Append-only: two looks cannot be subtracted. Nothing personal."""

    __tablename__ = "safety_month"
    __table_args__ = (
        UniqueConstraint("company_id", "month", "product", "market"),
        CheckConstraint("received = acknowledged + open AND sent BETWEEN acknowledged AND received", name="adds_up"))
    id: int | None = Field(default=None, primary_key=True)
    company_id: int = Field(foreign_key="company.id")
    month: date
    """Its first day; the cases are those received in it by UTC."""
    product: str
    market: str
    received: int
    sent: int
    acknowledged: int
    open: int
    """Not acknowledged, whether sent or not."""
    at: datetime = moment()
    """When it was closed."""


class SafetyMonthCase(SQLModel, table=True):
    """A case that a closed month counts, and where it stood. Append-only. Purpose and time: the case's."""

    __tablename__ = "safety_month_case"
    __table_args__ = (UniqueConstraint("month_id", "case_id"),)
    id: int | None = Field(default=None, primary_key=True)
    month_id: int = Field(foreign_key="safety_month.id")
    case_id: int = Field(foreign_key="safety_case.id", index=True)
    standing: str


class SafetyMonthSignature(SQLModel, table=True):
    """That a side agrees with a company's closed month, whole. Append-only. Purpose: proof that cases were reconciled;
    kept as long as they are."""

    __tablename__ = "safety_month_signature"
    __table_args__ = (UniqueConstraint("company_id", "month", "side"),)
    id: int | None = Field(default=None, primary_key=True)
    company_id: int = Field(foreign_key="company.id")
    month: date
    side: str
    account_id: int = Field(foreign_key="account.id", index=True)
    printed_name: str
    """As it was when they signed."""
    digest: str
    """Of all figures and cases, see `rules.months.digest`. Never shown to a sponsor: counts so small are guessed from
    it."""
    at: datetime = moment()
