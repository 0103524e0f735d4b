"""Tables: activities and their versions, who takes part and how far they came, what that sums up to, certificates."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, Index, Numeric, UniqueConstraint, false, text
from sqlmodel import Field, SQLModel

from webapp.cme.models.agreements import CmeAgreement
from webapp.cme.models.faculty import CmeDisclosure, CmeDisclosureDecision, CmeDisclosureRequest
from webapp.core.db import moment
from webapp.core.ids import new_code, new_key

__all__ = ["CmeAgreement", "CmeDisclosure", "CmeDisclosureDecision", "CmeDisclosureRequest"]


class CmeActivity(SQLModel, table=True):
    """An activity. `live_version_id` is what learners begin."""

    __tablename__ = "cme_activity"
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(default_factory=new_key, unique=True)
    slug: str = Field(unique=True)
    live_version_id: int | None = None
    clearance: str | None = None
    """`sample` or `review`, of the live version."""
    ended_at: datetime | None = moment(default=None, nullable=True)
    """When its accreditation ended before its time: no credit from then on."""


class CmeVersion(SQLModel, table=True):
    """What an activity said at one time. Append-only, and kept when its files are gone: certificates name it."""

    __tablename__ = "cme_version"
    __table_args__ = (UniqueConstraint("activity_id", "number"), UniqueConstraint("activity_id", "digest"))
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(default_factory=new_key, unique=True)
    activity_id: int = Field(foreign_key="cme_activity.id")
    number: int
    digest: str
    about: dict[str, Any] = Field(sa_type=JSON)
    """`activity.yaml`."""
    assessment: dict[str, Any] = Field(sa_type=JSON)
    """`assessment.yaml`: what is right stands here, and is read by the server alone."""
    at: datetime = moment()


class CmeSection(SQLModel, table=True):
    """A section of a version in one language, rendered. Append-only."""

    __tablename__ = "cme_section"
    __table_args__ = (UniqueConstraint("version_id", "language", "place"),)
    id: int | None = Field(default=None, primary_key=True)
    version_id: int = Field(foreign_key="cme_version.id")
    language: str
    place: int
    """From 1."""
    name: str
    title: str
    objectives: list[str] = Field(sa_type=JSON)
    source: str
    body_html: str
    at: datetime = moment()


class CmePublishEntry(SQLModel, table=True):
    """One line of the log of what was begun and ended, append-only: `publish`, `supersede`, `withdraw`, `end`."""

    __tablename__ = "cme_publish_entry"
    id: int | None = Field(default=None, primary_key=True)
    activity_id: int = Field(foreign_key="cme_activity.id", index=True)
    version_id: int = Field(foreign_key="cme_version.id", index=True)
    action: str
    clearance: str
    account_id: int | None = None
    at: datetime = moment()


class CmeParticipation(SQLModel, table=True):
    """One learner in one version. Purpose: proof of education, which accreditors ask for six years back (ACCME: records
    of learners' participation). Erasure of the account takes `account_id` away; what stays names nobody."""

    __tablename__ = "cme_participation"
    __table_args__ = (UniqueConstraint("account_id", "version_id"),)
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(default_factory=new_key, unique=True)
    account_id: int | None = Field(default=None, foreign_key="account.id", index=True)
    version_id: int = Field(foreign_key="cme_version.id", index=True)
    language: str
    profession: str
    """As the learner declared it: it decides who may claim which credit."""
    is_verified: bool = False
    """Whether the account was a verified professional's when the credit was claimed."""
    begun_at: datetime = moment()
    completed_at: datetime | None = moment(default=None, nullable=True, index=True)


class CmeStep(SQLModel, table=True):
    """A step that a learner took. Append-only: disclosures come verifiably before content. Purpose and time: the
    participation's."""

    __tablename__ = "cme_step"
    __table_args__ = (UniqueConstraint("participation_id", "step", "part"),)
    id: int | None = Field(default=None, primary_key=True)
    participation_id: int = Field(foreign_key="cme_participation.id")
    step: str
    part: str = ""
    """The section's name."""
    at: datetime = moment()


class CmeAttempt(SQLModel, table=True):
    """One test begun: which questions in which order, and what came of it. The unique key is what keeps the limit.
    Purpose and time: the participation's."""

    __tablename__ = "cme_attempt"
    __table_args__ = (UniqueConstraint("participation_id", "test", "number"),)
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(default_factory=new_key, unique=True)
    participation_id: int = Field(foreign_key="cme_participation.id")
    test: str
    """`pre` or `post`."""
    number: int
    items: list[dict[str, Any]] = Field(sa_type=JSON)
    """Of each question its key and the order in which its parts are shown."""
    begun_at: datetime = moment()
    submitted_at: datetime | None = moment(default=None, nullable=True)
    right_items: int | None = None
    is_passed: bool | None = None


class CmeAnswer(SQLModel, table=True):
    """What a learner answered to one question, as its place within what was shown. Changed until the test is handed
    in; `is_right` from then on. Purpose and time: the participation's."""

    __tablename__ = "cme_answer"
    attempt_id: int = Field(foreign_key="cme_attempt.id", primary_key=True)
    place: int = Field(primary_key=True)
    question: str
    given: list[Any] = Field(sa_type=JSON)
    at: datetime = moment()
    is_right: bool | None = None


class CmeEvaluation(SQLModel, table=True):
    """What a learner thinks of an activity. Purpose: the provider improves it; shown to nobody of a sponsor. Erasure
    empties the words. One a participation."""

    __tablename__ = "cme_evaluation"
    participation_id: int = Field(foreign_key="cme_participation.id", primary_key=True)
    answers: dict[str, Any] = Field(sa_type=JSON)
    """Codes and ratings."""
    words: dict[str, str] = Field(default_factory=dict, sa_type=JSON, repr=False)
    """What was typed, by field."""
    at: datetime = moment()


class CmeHeard(SQLModel, table=True):
    """Words of an evaluation that may tell of a side effect, without the learner: the provider's to look at. They reach
    a company's desk only if the learner, asked, agreed. Kept as long as the provider needs them: six years."""

    __tablename__ = "cme_heard"
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(default_factory=new_key, unique=True)
    version_id: int = Field(foreign_key="cme_version.id", index=True)
    language: str
    market: str
    words: str = Field(repr=False)
    at: datetime = moment()
    may_pass_on: bool | None = None
    """What the learner said; None until they do, which counts as no."""
    closed_at: datetime | None = moment(default=None, nullable=True)
    """When the provider had looked at it; who, and why, is the audit's."""


class CmeClaim(SQLModel, table=True):
    """Credit of one system as claimed, once a participation. Append-only. Purpose and time: the participation's."""

    __tablename__ = "cme_claim"
    __table_args__ = (UniqueConstraint("participation_id", "system"),)
    id: int | None = Field(default=None, primary_key=True)
    participation_id: int = Field(foreign_key="cme_participation.id")
    system: str
    amount: Decimal = Field(sa_type=Numeric(6, 2))
    is_accredited: bool
    """Whether the provider was accredited for the system: else the amount is no credit, and says so."""
    at: datetime = moment()


_FIRST = text("supersedes_id IS NULL")
"""One is issued for a participation; whatever comes after it takes its place."""


class CmeCertificate(SQLModel, table=True):
    """A certificate as issued: its bytes never change, whatever becomes of activity and learner. Append-only; kept as
    long as the account, and six years from its day at least, as accreditors ask. Purpose: to prove what its holder did
    to whoever they hand the code."""

    __tablename__ = "cme_certificate"
    __table_args__ = (Index("uq_cme_certificate_first", "participation_id", unique=True, sqlite_where=_FIRST,
                            postgresql_where=_FIRST),)
    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(default_factory=new_code, unique=True)
    participation_id: int = Field(foreign_key="cme_participation.id", index=True)
    kind: str
    """`credit` or `participation`."""
    name: str = Field(repr=False)
    """As it stands on it."""
    facts: dict[str, Any] = Field(sa_type=JSON)
    """All else that it says: titles, day, credits, provider."""
    sha256: str
    pdf: bytes = Field(repr=False)
    supersedes_id: int | None = Field(default=None, foreign_key="cme_certificate.id", unique=True)
    at: datetime = moment()


class CmeCertificateEvent(SQLModel, table=True):
    """That a certificate was revoked. Append-only; the reason in words is the audit's."""

    __tablename__ = "cme_certificate_event"
    id: int | None = Field(default=None, primary_key=True)
    certificate_id: int = Field(foreign_key="cme_certificate.id", unique=True)
    account_id: int | None = None
    """Who did it."""
    at: datetime = moment()


class CmeExternalCredit(SQLModel, table=True):
    """Credit that a learner had elsewhere and wrote down here. Purpose: their transcript; gone with the account."""

    __tablename__ = "cme_external_credit"
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(default_factory=new_key, unique=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    title: str = Field(repr=False)
    provider: str = Field(repr=False)
    system: str
    amount: Decimal = Field(sa_type=Numeric(6, 2))
    on: date
    is_self_study: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    """Some systems count only so much of it in a year."""
    at: datetime = moment()


class CmeCount(SQLModel, table=True):
    """How many learners of a version did or said one thing (`rules.tallies.What`). Added to in the transaction in which
    it is done, so that a report reads a few hundred rows however many learned; `tallying.recount` makes it anew from
    what was recorded. Of nobody in particular."""

    __tablename__ = "cme_count"
    version_id: int = Field(foreign_key="cme_version.id", primary_key=True)
    what: str = Field(primary_key=True)
    which: str = Field(primary_key=True)
    people: int


class CmeItemTally(SQLModel, table=True):
    """The sums that a question's figures are made of (`rules.statistics.ItemSums`), of first attempts. Kept as counts
    are."""

    __tablename__ = "cme_item_tally"
    version_id: int = Field(foreign_key="cme_version.id", primary_key=True)
    test: str = Field(primary_key=True)
    question: str = Field(primary_key=True)
    asked: int
    right: int
    compared: int
    compared_right: int
    rest: float
    rest_squares: float
    rest_of_right: float


class CmeGainTally(SQLModel, table=True):
    """The sums that a gain is made of (`rules.statistics.PairSums`), of learners who took both tests, over the
    questions of a scope (`rules.tallies.scopes`). Kept as counts are."""

    __tablename__ = "cme_gain_tally"
    version_id: int = Field(foreign_key="cme_version.id", primary_key=True)
    scope: str = Field(primary_key=True)
    learners: int
    before: float
    after: float
    squares: float


class CmeReporting(SQLModel, table=True):
    """A learner's agreement to their credit being reported to the accreditor, with who they are there. Purpose: that
    report; sealed, opened for it alone. Gone with the account; what was reported is the accreditor's."""

    __tablename__ = "cme_reporting"
    participation_id: int = Field(foreign_key="cme_participation.id", primary_key=True)
    sealed: bytes = Field(repr=False)
    """`rules.pars.Identity`: names, licence with its state, month and day of birth."""
    wording: int
    """Which text was agreed to."""
    language: str
    at: datetime = moment()
    """When it was agreed to, or last corrected."""


class CmeReportEvent(SQLModel, table=True):
    """What became of a record for the accreditor. Append-only: the ledger of what was sent. Of an activity where it
    names no participation."""

    __tablename__ = "cme_report_event"
    id: int | None = Field(default=None, primary_key=True)
    activity_id: int = Field(foreign_key="cme_activity.id", index=True)
    participation_id: int | None = Field(default=None, foreign_key="cme_participation.id", index=True)
    year: int
    """Of the completion; of an activity, that of the report."""
    state: str
    """`written` to a file, `sent` without an answer yet, `accepted`, `rejected`, or `failed` on the way."""
    answer: str = ""
    """A code: the status of the answer, or what went wrong."""
    digest: str = ""
    """Of what the record said, by which a changed one is known. Of a learner it is made without who they are."""
    is_withdrawal: bool = False
    """Whether the record takes a learner's back."""
    at: datetime = moment()


class CmeReportYear(SQLModel, table=True):
    """A year that was closed: no record of it is made any more. Append-only; who did it is the audit's."""

    __tablename__ = "cme_report_year"
    id: int | None = Field(default=None, primary_key=True)
    year: int = Field(unique=True)
    at: datetime = moment()


class CmeFollowUp(SQLModel, table=True):
    """That a learner was asked, some time after, what came of what they meant to change, and what they answered.
    Purpose: the provider knows what an activity does; shown to nobody of a sponsor. Erasure empties the words, and ends
    the link."""

    __tablename__ = "cme_follow_up"
    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(default_factory=new_code, unique=True, repr=False)
    """Opens the page of the answer."""
    participation_id: int = Field(foreign_key="cme_participation.id", unique=True)
    asked_at: datetime = moment()
    answered_at: datetime | None = moment(default=None, nullable=True)
    answers: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """Codes."""
    words: str = Field(default="", repr=False)
    """What was typed."""


class CmeNoFollowUp(SQLModel, table=True):
    """An account that is not to be asked any more. Purpose: to leave them alone; gone with the account."""

    __tablename__ = "cme_no_follow_up"
    account_id: int = Field(foreign_key="account.id", primary_key=True)
    at: datetime = moment()


class CmeRelease(SQLModel, table=True):
    """An activity's outcomes of one quarter as they were released to its supporters: counts under the cell rule, and
    nothing that was withheld. Append-only, so that no later state can be subtracted."""

    __tablename__ = "cme_release"
    __table_args__ = (UniqueConstraint("activity_id", "period"),)
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(default_factory=new_key, unique=True)
    activity_id: int = Field(foreign_key="cme_activity.id")
    period: str
    companies: list[str] = Field(sa_type=JSON)
    """Supporters by name, as the activity disclosed them."""
    content: dict[str, Any] = Field(sa_type=JSON)
    at: datetime = moment()


class CmeReleaseExport(SQLModel, table=True):
    """Who took a released table away, and when. Append-only. Purpose: to show that fixed tables only were taken."""

    __tablename__ = "cme_release_export"
    id: int | None = Field(default=None, primary_key=True)
    release_id: int = Field(foreign_key="cme_release.id", index=True)
    account_id: int
    at: datetime = moment()


class CmeMoney(SQLModel, table=True):
    """Money that an activity took in or paid. Append-only; who wrote it down is the audit's. The payee can be a person
    of the faculty: kept to show that no supporter paid them, for six years at least, as accreditors ask."""

    __tablename__ = "cme_money"
    id: int | None = Field(default=None, primary_key=True)
    activity_id: int = Field(foreign_key="cme_activity.id", index=True)
    kind: str
    party: str = Field(repr=False)
    amount: Decimal = Field(sa_type=Numeric(12, 2))
    currency: str
    on: date
    agreed_on: date | None = None
    at: datetime = moment()
