"""A supporter sees one fixed table a quarter, under the cell rule, frozen as released, and no other company's."""

from collections import Counter
from datetime import UTC, datetime

import pytest
from bs4 import BeautifulSoup
from sqlmodel import select
from werkzeug.test import Client

from tests import builders
from tests.builders import BASE_URL
from tests.cme import activities
from webapp.cme.models import CmeParticipation, CmeRelease, CmeReleaseExport
from webapp.cme.rules import releasing as rules
from webapp.cme.rules.releasing import Quarter, quarter_named, quarter_of
from webapp.cme.rules.statistics import Gain
from webapp.cme.rules.tallies import Counted, What
from webapp.cme.service import releasing
from webapp.core import audit, clock
from webapp.core.audit import COMMAND_LINE, By
from webapp.core.errors import Invalid, Refused
from webapp.core.platform import Platform
from webapp.people.models import Account
from webapp.people.rules import Role

HERE = {"base_url": BASE_URL, "headers": {"Origin": BASE_URL}}
THEN = datetime(2026, 8, 3, 12, tzinfo=UTC)
NAME = "Example Pharma Ltd (fictional)"
SUPPORT = [{"company": NAME, "kind": "money", "nature": {"en": "A grant", "zh-Hans": "资助"},
            "agreement_on": "2025-08-01"}]
GAIN = Gain(40, 41.3, 80.2, 38.9, (30.0, 45.0), 1.0, 0.6)
PLACE = f"/cme/provider/{activities.SLUG}/releases"


def counts(**changed: int) -> Counter[Counted]:
    """Forty who completed; `changed`: how many found bias."""
    biased = changed.get("biased", 15)
    return Counter({(What.STEP, "claim"): 40, (What.PROFESSION, "physician"): 25, (What.PROFESSION, "nurse"): 15,
                    (What.FIRST, "passed"): 28, (What.FIRST, "failed"): 12, (What.ALL_MET, "yes"): 20,
                    (What.ALL_MET, "no"): 20, (What.BIASED, "no"): 40 - biased, (What.BIASED, "yes"): biased,
                    (What.CHANGE, "yes"): 20, (What.CHANGE, "no"): 20})


def lines(made: dict[str, object], what: What) -> dict[str, int | None]:
    dimensions = made["dimensions"]
    assert isinstance(dimensions, list)
    return next(dict(part["lines"]) for part in dimensions if part["what"] == what)


# The table


def test_what_counts_enough_people_is_shown() -> None:
    made = rules.table(counts(), GAIN)
    assert made["learners"] == 40 and made["gain"] == {"before": 41, "after": 80}
    assert lines(made, What.BIASED) == {"no": 25, "yes": 15} and lines(made, What.PROFESSION)["pharmacist"] == 0


@pytest.mark.parametrize("few", [1, 10])
def test_a_small_count_can_neither_be_read_nor_worked_out(few: int) -> None:
    made = rules.table(counts(biased=few), GAIN)
    shown = lines(made, What.BIASED)
    assert shown["yes"] is None and (shown["no"] is None or made["learners"] is None)


def test_a_mean_of_few_is_left_out() -> None:
    few = Counter({(What.STEP, "claim"): 4, (What.PROFESSION, "nurse"): 4, (What.FIRST, "passed"): 4,
                   (What.ALL_MET, "yes"): 4, (What.BIASED, "no"): 4, (What.CHANGE, "yes"): 4})
    made = rules.table(few, GAIN)
    assert made["learners"] is None and made["gain"] is None


def test_quarters_are_named_and_follow_each_other() -> None:
    assert quarter_of(datetime(2026, 12, 31, 23, 59, tzinfo=UTC)) == Quarter(2026, 4) == quarter_named("2026-Q4")
    assert Quarter(2026, 4).next == Quarter(2027, 1) and Quarter(2026, 4).until == datetime(2027, 1, 1, tzinfo=UTC)
    assert [quarter_named(name) for name in ("2026-Q5", "2026", "x2026-Q1", "")] == [None] * 4

BY_HAND = By(COMMAND_LINE, clock.now(), "asked for")


# Releasing


@pytest.fixture
def supported(platform: Platform) -> None:
    """A supported activity that one learner completed in the third quarter."""
    with platform.database.writing() as session:
        activities.publish(session, THEN, support=SUPPORT)
        held = activities.learner(session, THEN)
        activities.up_to_claim(session, held, THEN)
        activities.claim(session, held, THEN)


def released(platform: Platform) -> CmeRelease:
    with platform.database.reading() as reader, platform.database.writing() as session:
        return releasing.release(reader, session, activities.SLUG, "2026-Q3", BY_HAND)


def person(platform: Platform, client: Client, role: Role, company: str | None = None) -> None:
    with platform.database.writing() as session:
        owner = builders.company(session, company) if company else None
        email = builders.account(session, role, company=owner, now=clock.now()).email
    builders.sign_in(client, email)


def test_the_provider_releases_a_quarter_once_with_a_reason(client: Client, platform: Platform,
                                                            supported: None) -> None:
    person(platform, client, Role.CME_PROVIDER)
    assert "Q3 2026" in client.get(PLACE, base_url=BASE_URL).text
    sent = {"period": "2026-Q3", "reason": "As the agreement says"}
    assert client.post(PLACE, **HERE, data=sent | {"reason": ""}).status_code == 422
    assert [client.post(PLACE, **HERE, data=sent).status_code for _ in range(2)] == [303, 409]
    assert NAME in client.get(PLACE, base_url=BASE_URL).text
    with platform.database.reading() as session:
        assert audit.newest(session, "cme-release")[0].reason == "As the agreement says"


def test_each_table_says_what_its_lines_are(client: Client, platform: Platform, supported: None) -> None:
    made = released(platform)
    person(platform, client, Role.SPONSOR_ADMIN, NAME)
    page = BeautifulSoup(client.get(f"/sponsor/education/{made.key}", base_url=BASE_URL).text, "html.parser")
    firsts = [(table.select("thead th")[0].get_text(), table.select("tbody th")[0].get_text())
              for table in page.select("table")]
    assert firsts == [("Profession", "Physician"), ("Result", "Passed"), ("Objectives", "All met"),
                      ("Commercial bias", "None noticed"), ("Answer given", "Yes, I will change something")]


@pytest.mark.parametrize("period", ["2026-Q4", "2026-Q2", "yesterday"])
def test_no_other_period_is_released(platform: Platform, supported: None, period: str) -> None:
    with platform.database.writing() as session, pytest.raises(Invalid):
        releasing.release(session, session, activities.SLUG, period,
                          By(COMMAND_LINE, datetime(2026, 12, 1, tzinfo=UTC), "asked for"))


def test_nothing_is_released_of_an_activity_that_nobody_supports(platform: Platform) -> None:
    with platform.database.writing() as session:
        activities.publish(session, THEN)
        held = activities.learner(session, THEN)
        activities.up_to_claim(session, held, THEN)
        activities.claim(session, held, THEN)
        with pytest.raises(Refused):
            releasing.release(session, session, activities.SLUG, "2026-Q3", BY_HAND)


@pytest.mark.parametrize("role", [Role.MARKETER, Role.SPONSOR_ADMIN])
def test_the_supporter_sees_what_was_released_and_takes_it_on_record(client: Client, platform: Platform,
                                                                    supported: None, role: Role) -> None:
    key = released(platform).key
    person(platform, client, role, NAME)
    assert f"/sponsor/education/{key}" in client.get("/sponsor/education", base_url=BASE_URL).text
    assert "&lt;11*" in client.get(f"/sponsor/education/{key}", base_url=BASE_URL).text
    taken = client.post(f"/sponsor/education/{key}.csv", **HERE)
    assert "2026-Q3,all,,<11*" in taken.text and "mean" not in taken.text
    with platform.database.reading() as session:
        learner = session.scalars(select(CmeParticipation)).one()
        who = session.get_one(Account, learner.account_id)
    assert not [one for one in (who.name, who.email, "@", learner.key) if one in taken.text]
    with platform.database.reading() as session:
        assert len(session.scalars(select(CmeReleaseExport)).all()) == 1


def test_another_company_does_not_find_it(client: Client, platform: Platform, supported: None) -> None:
    key = released(platform).key
    person(platform, client, Role.SPONSOR_ADMIN, "Another Ltd (fictional)")
    assert key not in client.get("/sponsor/education", base_url=BASE_URL).text
    assert client.get(f"/sponsor/education/{key}", base_url=BASE_URL).status_code == 404
    assert client.post(f"/sponsor/education/{key}.csv", **HERE).status_code == 404


def test_what_was_released_stays_whoever_comes_later(platform: Platform, supported: None) -> None:
    before = released(platform).content
    with platform.database.writing() as session:
        late = activities.learner(session, THEN)
        activities.up_to_claim(session, late, THEN)
        activities.claim(session, late, THEN)
    with platform.database.reading() as session:
        assert session.scalars(select(CmeRelease)).one().content == before
