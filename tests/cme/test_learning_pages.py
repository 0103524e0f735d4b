"""The learner's pages: what they show, what they keep back, and who is kept out."""

import re

import pytest
from bs4 import BeautifulSoup
from sqlmodel import Session, select
from werkzeug.test import Client

from tests import builders
from tests.builders import BASE_URL
from tests.cme import activities, certified
from tests.safety.test_overhearing import TELLS, name_medicines
from webapp.cme.models import CmeAnswer, CmeAttempt, CmeEvaluation, CmeHeard, CmeParticipation
from webapp.cme.rules.steps import Test
from webapp.cme.service import learning, versions
from webapp.core import clock
from webapp.core.audit import COMMAND_LINE, By
from webapp.core.platform import Platform
from webapp.people import service as people
from webapp.people.models import Account
from webapp.people.rules import AccountKind, Role
from webapp.safety.models import SafetyCase

HERE = {"base_url": BASE_URL, "headers": {"Origin": BASE_URL}}


@pytest.fixture
def person(platform: Platform, client: Client) -> Account:
    with platform.database.writing() as session:
        activities.publish(session, clock.now())
        made = builders.account(session, Role.READER, now=clock.now())
    builders.sign_in(client, made.email)
    return made


def begun(platform: Platform, person: Account, *, profession: str = "physician", language: str = "en") -> str:
    with platform.database.writing() as session:
        held = activities.learner(session, clock.now(), account=person, profession=profession, language=language)
    return f"/cme/learn/{held.key}"


def up_to(platform: Platform, person: Account) -> str:
    """Begun, and all steps taken before the evaluation."""
    with platform.database.writing() as session:
        held = activities.learner(session, clock.now(), account=person)
        activities.up_to_evaluation(session, held, clock.now())
    return f"/cme/learn/{held.key}"


def held_by(session: Session, person: Account) -> CmeParticipation:
    return session.scalars(select(CmeParticipation).where(CmeParticipation.account_id == person.id)).one()


def test_an_activity_says_before_it_begins_what_it_takes_and_who_made_it(client: Client, person: Account) -> None:
    page = client.get(f"/cme/{activities.SLUG}", base_url=BASE_URL).text
    for words in ("30 minutes", "70%", "in 3 attempts at most", "Robin Sample (fictional)", "Example Pharma Ltd",
                  "No company supports this activity.", "Be able to choose.", "until"):
        assert words in page


def test_content_is_shown_only_after_the_disclosures_and_the_questions_before(client: Client, platform: Platform,
                                                                             person: Account) -> None:
    way = begun(platform, person)
    for later in ("sections/01-part", "test/pre", "test/post", "evaluation", "credit", "done"):
        answer = client.get(f"{way}/{later}", base_url=BASE_URL)
        assert (answer.status_code, answer.headers["Location"]) == (303, f"{way}/disclosures")
    for later in ("sections/01-part", "test/pre", "evaluation", "credit"):
        assert client.post(f"{way}/{later}", **HERE, data={"met-choose": "5"}).status_code in (303, 409, 422)
    with platform.database.reading() as session:
        assert not session.scalars(select(CmeAttempt)).all() and not session.scalars(select(CmeEvaluation)).all()


def test_no_page_tells_what_is_right_before_it_may_be_known(client: Client, platform: Platform,
                                                            person: Account) -> None:
    way = begun(platform, person)
    client.post(f"{way}/disclosures", **HERE)
    first = client.post(f"{way}/test/pre", **HERE).headers["Location"]
    seen = [client.get(f"{first.rpartition('/')[0]}/{number}", base_url=BASE_URL).text for number in range(1, 6)]
    seen.append(client.get(f"{first.rpartition('/')[0]}/check", base_url=BASE_URL).text)
    with platform.database.reading() as session:
        held = held_by(session, person)
        assert held.id is not None
    for page in seen:
        assert "So it is." not in page and "is_right" not in page and "example.org/one" not in page


def test_no_page_of_a_test_that_counts_tells_it_either_until_it_is_passed(client: Client, platform: Platform,
                                                                          person: Account) -> None:
    with platform.database.writing() as session:
        held = activities.learner(session, clock.now(), account=person)
        activities.up_to_post_test(session, held, clock.now())
    way = f"/cme/learn/{held.key}"
    base = client.post(f"{way}/test/post", **HERE).headers["Location"].rpartition("/")[0]
    paths = [f"{base}/{number}" for number in range(1, 11)] + [f"{base}/check"]
    seen = [client.get(path, base_url=BASE_URL).text for path in paths]
    seen.append(client.get(client.post(f"{base}/check", **HERE).headers["Location"], base_url=BASE_URL).text)
    assert "Not passed yet" in seen[-1]
    for page in seen:
        assert "So it is." not in page and "is_right" not in page and "example.org/one" not in page
    with platform.database.writing() as session:
        last = activities.answer(session, session.get_one(CmeParticipation, held.id), Test.POST, clock.now())
    assert "So it is." in client.get(f"{way}/attempts/{last.key}/result", base_url=BASE_URL).text


def test_an_answer_is_kept_as_it_is_given_and_a_script_gets_a_bare_yes(client: Client, platform: Platform,
                                                                       person: Account) -> None:
    way = begun(platform, person)
    client.post(f"{way}/disclosures", **HERE)
    first = client.post(f"{way}/test/pre", **HERE).headers["Location"]
    base = first.rpartition("/")[0]
    number = _place_of(platform, "q1") + 1
    answer = client.post(f"{base}/{number}", **HERE, data={"answer": "2", "by_itself": "yes"})
    assert (answer.status_code, answer.data) == (204, b"")
    assert re.search(r'value="2" checked', client.get(f"{base}/{number}", base_url=BASE_URL).text)
    with platform.database.reading() as session:
        assert [row.given for row in session.scalars(select(CmeAnswer))] == [[2]]


def test_without_scripts_a_test_says_that_an_answer_is_saved_with_its_button(client: Client, platform: Platform,
                                                                             person: Account) -> None:
    way = begun(platform, person)
    client.post(f"{way}/disclosures", **HERE)
    page = BeautifulSoup(client.get(f"{way}/test/pre", base_url=BASE_URL).text, "html.parser")
    assert page.main is not None and "saved as you go on to the next question" in page.main.get_text()
    assert "as you give it" not in page.main.get_text() and "js/cme" in str(page)


def test_there_is_a_way_back_from_every_question_but_the_first(client: Client, platform: Platform,
                                                               person: Account) -> None:
    way = begun(platform, person)
    client.post(f"{way}/disclosures", **HERE)
    base = client.post(f"{way}/test/pre", **HERE).headers["Location"].rpartition("/")[0]
    first, second = (client.get(f"{base}/{number}", base_url=BASE_URL).text for number in (1, 2))
    assert f'href="{base}/0"' not in first and ">Back<" not in first
    assert f'href="{base}/1">Back<' in second


def _place_of(platform: Platform, question: str) -> int:
    with platform.database.reading() as session:
        attempt = session.scalars(select(CmeAttempt)).one()
        return next(place for place, item in enumerate(attempt.items) if item["question"] == question)


@pytest.mark.parametrize("typed", ["x", "9", "0\u0000"])
def test_an_answer_that_is_none_is_told_and_nothing_is_kept(client: Client, platform: Platform, person: Account,
                                                            typed: str) -> None:
    way = begun(platform, person)
    client.post(f"{way}/disclosures", **HERE)
    base = client.post(f"{way}/test/pre", **HERE).headers["Location"].rpartition("/")[0]
    answer = client.post(f"{base}/{_place_of(platform, 'q1') + 1}", **HERE, data={"answer": typed})
    assert answer.status_code == 422 and 'role="alert"' in answer.text
    with platform.database.reading() as session:
        assert not session.scalars(select(CmeAnswer)).all()


def test_a_script_is_told_no_in_as_few_words_and_is_led_nowhere(client: Client, platform: Platform,
                                                                person: Account) -> None:
    """It takes a redirect for a sign-in that has run out, and keeps the answer for after it."""
    way = begun(platform, person)
    client.post(f"{way}/disclosures", **HERE)
    base = client.post(f"{way}/test/pre", **HERE).headers["Location"].rpartition("/")[0]
    answers = []
    for typed in ("x", "0"):
        answers.append(client.post(f"{base}/{_place_of(platform, 'q1') + 1}", **HERE,
                                   data={"answer": typed, "by_itself": "yes"}))
        client.post(f"{base}/check", **HERE)
    assert [(each.status_code, each.data) for each in answers] == [(422, b""), (409, b"")]


def test_handing_in_twice_is_one_result(client: Client, platform: Platform, person: Account) -> None:
    way = begun(platform, person)
    client.post(f"{way}/disclosures", **HERE)
    base = client.post(f"{way}/test/pre", **HERE).headers["Location"].rpartition("/")[0]
    for _ in range(2):
        assert client.post(f"{base}/check", **HERE).status_code == 303
    late = client.post(f"{base}/1", **HERE, data={"answer": "0"})
    assert late.status_code == 303 and late.headers["Location"].endswith("/result")
    with platform.database.reading() as session:
        assert session.scalars(select(CmeAttempt)).one().right_items == 0


@pytest.mark.parametrize("role", [Role.MARKETER, Role.SPONSOR_ADMIN])
def test_nobody_of_a_sponsor_gets_in_whatever_else_they_are(client: Client, platform: Platform, person: Account,
                                                            role: Role) -> None:
    way = begun(platform, person)
    with platform.database.writing() as session:
        sponsor = builders.company(session)
        insider = builders.account(session, role, company=sponsor, kind=AccountKind.HCP, now=clock.now())
        people.grant(session, insider, Role.HCP, None, by=builders.BY)
    other = Client(client.application)
    builders.sign_in(other, insider.email)
    for path in ("/cme/", f"/cme/{activities.SLUG}", way, f"{way}/disclosures", f"{way}/sections/01-part",
                 f"{way}/credit", f"{way}/done"):
        assert other.get(path, base_url=BASE_URL).status_code == 403
    assert other.post(f"/cme/{activities.SLUG}/begin", **HERE).status_code == 403


def test_who_completed_an_earlier_version_is_told_that_credit_is_given_once(client: Client, platform: Platform,
                                                                            person: Account) -> None:
    with platform.database.writing() as session:
        held = certified.ready(session, clock.now(), account=person)
        certified.certify(session, held, clock.now())
        activities.publish(session, clock.now(), minutes=45)
    page = client.get(f"/cme/{activities.SLUG}", base_url=BASE_URL).text
    assert "Its credit is given once" in page and 'name="profession"' not in page
    assert f"/cme/learn/{held.key}/done" in client.get("/cme/", base_url=BASE_URL).text
    begun = client.post(f"/cme/{activities.SLUG}/begin", **HERE, data={"profession": "physician", "language": "en"})
    assert begun.headers["Location"].endswith(f"/cme/learn/{held.key}")


def test_the_time_that_is_left_is_told_where_it_became_less(client: Client, platform: Platform,
                                                            person: Account) -> None:
    way, by = begun(platform, person), By(COMMAND_LINE, clock.now(), "an error in a dose")
    assert 'class="notice"' not in client.get(f"{way}/test/pre", base_url=BASE_URL).text
    client.post(f"{way}/disclosures", **HERE)
    with platform.database.writing() as session:
        versions.withdraw(session, activities.SLUG, by)
    assert "Nobody begins this version any more." in client.get(f"{way}/test/pre", base_url=BASE_URL).text
    with platform.database.writing() as session:
        versions.end(session, activities.SLUG, by)
    page = client.get(f"{way}/test/pre", base_url=BASE_URL).text
    assert "no credit is given any more" in page and "You can finish the activity until" in page


def test_another_learners_pages_are_not_found(client: Client, platform: Platform, person: Account) -> None:
    with platform.database.writing() as session:
        other = builders.account(session, Role.READER, now=clock.now())
    way = begun(platform, other)
    for path in ("", "/disclosures", "/sections/01-part", "/test/pre", "/evaluation", "/credit", "/done"):
        assert client.get(way + path, base_url=BASE_URL).status_code == 404
    assert client.post(f"{way}/disclosures", **HERE).status_code == 404


def test_no_accredited_page_has_a_sponsors_slot_or_name_but_in_the_statement_of_support(
        client: Client, platform: Platform, person: Account) -> None:
    supporter = "Supportive Instruments Ltd (fictional)"
    with platform.database.writing() as session:
        activities.publish(session, clock.now(), support=[{
            "company": supporter, "kind": "in-kind", "agreement_on": "2025-08-01",
            "nature": {"en": "pumps", "zh-Hans": "泵"}}])
        held = activities.learner(session, clock.now(), account=person)
    front, way = f"/cme/{activities.SLUG}", f"/cme/learn/{held.key}"
    pages = {path: client.get(path, base_url=BASE_URL).text for path in (front, f"{way}/disclosures")}
    client.post(f"{way}/disclosures", **HERE)
    pages["before"] = client.get(f"{way}/test/pre", base_url=BASE_URL).text
    first = client.post(f"{way}/test/pre", **HERE).headers["Location"]
    for path in (first, f"{first.rpartition('/')[0]}/check"):
        pages[path] = client.get(path, base_url=BASE_URL).text
    client.post(f"{first.rpartition('/')[0]}/check", **HERE)
    with platform.database.writing() as session:
        held = session.get_one(CmeParticipation, held.id)
        activities.read_all(session, held, clock.now())
        last = activities.answer(session, held, Test.POST, clock.now())
    for path in (f"{way}/sections/01-part", f"{way}/attempts/{last.key}/result", f"{way}/evaluation"):
        pages[path] = client.get(path, base_url=BASE_URL).text
    client.post(f"{way}/evaluation", **HERE, data={f"met-{key}": "5" for key in activities.OBJECTIVES} | {
        "overall": "4", "biased": "no", "change": "yes"})
    pages["credit"] = client.get(f"{way}/credit", base_url=BASE_URL).text
    client.post(f"{way}/credit", **HERE, data={"hours": "0.25"})
    pages["done"] = client.get(f"{way}/done", base_url=BASE_URL).text
    assert "Activity completed" in pages["done"] and len(pages) == 10
    for path, text in pages.items():
        main = text[text.index("<main"):text.index("</main>")]
        assert main.count(supporter) == (path in (front, f"{way}/disclosures")), path
        assert "data-view" not in text and "<img" not in main and "/sponsor" not in text and "campaign" not in main


def test_words_of_an_evaluation_that_tell_of_a_side_effect_stay_with_the_provider_unless_the_learner_agrees(
        client: Client, platform: Platform, person: Account) -> None:
    name_medicines(platform)
    way = up_to(platform, person)
    answers = {f"met-{key}": "5" for key in activities.OBJECTIVES} | {
        "overall": "4", "biased": "no", "change": "yes", "comment": TELLS}
    heard = client.post(f"{way}/evaluation", **HERE, data=answers).headers["Location"]
    assert "/heard/" in heard
    with platform.database.reading() as session:
        found = session.scalars(select(CmeHeard)).one()
        assert TELLS in found.words and not session.scalars(select(SafetyCase)).all()
        assert not {"account_id", "participation_id"} & set(CmeHeard.model_fields)
    assert TELLS in client.get(heard, base_url=BASE_URL).text
    client.post(heard, **HERE, data={"answer": "no"})
    client.post(heard, **HERE, data={"answer": "yes"})
    with platform.database.reading() as session:
        assert session.scalars(select(CmeHeard)).one().may_pass_on is False
        assert not session.scalars(select(SafetyCase)).all()


def test_with_a_yes_they_become_a_case_without_a_name(client: Client, platform: Platform, person: Account) -> None:
    name_medicines(platform)
    way = up_to(platform, person)
    answers = {f"met-{key}": "5" for key in activities.OBJECTIVES} | {
        "overall": "4", "biased": "no", "change": "yes", "comment": TELLS}
    heard = client.post(f"{way}/evaluation", **HERE, data=answers).headers["Location"]
    for _ in range(2):
        client.post(heard, **HERE, data={"answer": "yes"})
    with platform.database.reading() as session:
        case = session.scalars(select(SafetyCase)).one()
        assert (case.account_id, case.place_kind) == (None, "cme-version")


def test_an_evaluation_without_an_answer_comes_back_with_what_was_typed(client: Client, platform: Platform,
                                                                        person: Account) -> None:
    way = up_to(platform, person)
    page = client.post(f"{way}/evaluation", **HERE, data={"overall": "4", "comment": "Kept as <typed>"})
    assert page.status_code == 422
    assert "Kept as &lt;typed&gt;" in page.text and 'value="4" required checked' in page.text


def test_a_form_of_a_step_that_was_taken_leads_to_the_step_to_take_now(client: Client, platform: Platform,
                                                                       person: Account) -> None:
    with platform.database.writing() as session:
        held = activities.learner(session, clock.now(), account=person)
        activities.up_to_claim(session, held, clock.now())
    way = f"/cme/learn/{held.key}"
    left = client.post(f"{way}/evaluation", **HERE, data={"overall": "4"})
    assert (left.status_code, left.headers["Location"]) == (303, f"{way}/credit")
    client.post(f"{way}/credit", **HERE, data={"hours": "0.25"})
    again = client.post(f"{way}/credit", **HERE, data={"pars_agrees": "yes"})
    assert (again.status_code, again.headers["Location"]) == (303, way)


def test_the_page_of_credit_says_the_name_that_a_certificate_will_carry(client: Client, platform: Platform,
                                                                        person: Account) -> None:
    with platform.database.writing() as session:
        held = activities.learner(session, clock.now(), account=person)
        activities.up_to_claim(session, held, clock.now())
    page = client.get(f"/cme/learn/{held.key}/credit", base_url=BASE_URL).text
    assert f"Name on the certificate: {person.name}." in page
    assert 'href="/account/profile">Change it first' in page


def test_credit_that_is_not_offered_is_refused(client: Client, platform: Platform, person: Account) -> None:
    with platform.database.writing() as session:
        held = activities.learner(session, clock.now(), account=person)
        activities.up_to_claim(session, held, clock.now())
    way = f"/cme/learn/{held.key}"
    for typed in ("0.4", "0.75", "-0.25", "NaN", "1e9", "a"):
        assert client.post(f"{way}/credit", **HERE, data={"hours": typed}).status_code == 422
    assert client.post(f"{way}/credit", **HERE, data={"ama-pra-1": "0.25"}).status_code == 422
    assert client.post(f"{way}/credit", **HERE, data={"hours": "0.25"}).status_code == 303
    assert client.get(f"{way}/done", base_url=BASE_URL).status_code == 200


def sections_linked(page: str) -> list[str]:
    """The sections that a page leads to, each once, in the order of their first link."""
    return list(dict.fromkeys(re.findall(r'href="/cme/learn/\w+/sections/([\w-]+)"', page)))


def test_what_was_read_can_be_reached_from_every_later_step(client: Client, platform: Platform,
                                                            person: Account) -> None:
    front, every = f"/cme/{activities.SLUG}", [f"0{number}-part" for number in range(1, 6)]
    assert sections_linked(client.get(front, base_url=BASE_URL).text) == []
    with platform.database.writing() as session:
        held = activities.learner(session, clock.now(), account=person)
        activities.up_to_evaluation(session, held, clock.now())
    way = f"/cme/learn/{held.key}"
    assert sections_linked(client.get(front, base_url=BASE_URL).text) == every
    assert sections_linked(client.get(f"{way}/evaluation", base_url=BASE_URL).text) == every[:1]
    assert sections_linked(client.get(f"{way}/sections/02-part", base_url=BASE_URL).text) == [
        every[0], *every[2:]]


def test_a_section_that_was_not_read_is_linked_nowhere(client: Client, platform: Platform, person: Account) -> None:
    with platform.database.writing() as session:
        held = activities.learner(session, clock.now(), account=person)
        learning.confirm_disclosures(session, activities.again(session, held), clock.now())
        activities.answer(session, held, Test.PRE, clock.now())
    page = client.get(f"/cme/learn/{held.key}/sections/01-part", base_url=BASE_URL).text
    assert sections_linked(page) == []
    assert sections_linked(client.get(f"/cme/{activities.SLUG}", base_url=BASE_URL).text) == ["01-part"]


def test_a_result_leads_to_the_sections_that_teach_what_was_not_right(client: Client, platform: Platform,
                                                                      person: Account) -> None:
    with platform.database.writing() as session:
        held = activities.learner(session, clock.now(), account=person)
        activities.up_to_post_test(session, held, clock.now())
        attempt = activities.answer(session, held, Test.POST, clock.now(), right=0)
    page = BeautifulSoup(client.get(f"/cme/learn/{held.key}/attempts/{attempt.key}/result", base_url=BASE_URL).text,
                         "html.parser")
    again = page.select(".cme-again > li")
    assert [[link["href"].rpartition("/")[2] for link in one.select("a")] for one in again] == [
        ["03-part"], ["01-part", "04-part"], ["02-part", "05-part"]]
    assert all(one.get_text().startswith("Be able to ") for one in again)


def test_whoever_has_no_attempt_left_is_led_to_all_that_they_read(client: Client, platform: Platform,
                                                                  person: Account) -> None:
    with platform.database.writing() as session:
        held = activities.learner(session, clock.now(), account=person)
        activities.up_to_post_test(session, held, clock.now())
        last = [activities.answer(session, held, Test.POST, clock.now(), right=0) for _ in range(3)][-1]
    page = client.get(f"/cme/learn/{held.key}/attempts/{last.key}/result", base_url=BASE_URL).text
    assert "All that you read stays open to you." in page
    shown = page[page.index(">All sections<"):]
    assert sections_linked(shown) == [f"0{number}-part" for number in range(1, 6)]


def test_whoever_has_no_attempt_left_is_not_told_to_go_on(client: Client, platform: Platform, person: Account) -> None:
    with platform.database.writing() as session:
        held = activities.learner(session, clock.now(), account=person)
        activities.up_to_post_test(session, held, clock.now())
        activities.answer(session, held, Test.POST, clock.now(), right=0)
    way = f"/cme/learn/{held.key}"
    pages = ("/cme/", f"/cme/{activities.SLUG}", f"{way}/sections/01-part")
    for page in (client.get(path, base_url=BASE_URL).text for path in pages):
        assert "Go on" in page and "Not passed" not in page and "See your result" not in page
    with platform.database.writing() as session:
        for _ in range(2):
            activities.answer(session, session.get_one(CmeParticipation, held.id), Test.POST, clock.now(), right=0)
    for page in (client.get(path, base_url=BASE_URL).text for path in pages):
        assert "Go on" not in page and f'href="{way}">See your result' in page
    assert all("Not passed" in client.get(path, base_url=BASE_URL).text for path in pages[:2])
    with platform.database.writing() as session:
        activities.publish(session, clock.now(), minutes=45)
        versions.withdraw(session, activities.SLUG, By(COMMAND_LINE, clock.now(), "an error in a dose"))
    older = client.get("/cme/", base_url=BASE_URL).text
    assert "Begun in an earlier version" in older and "Not passed" in older


def test_an_activity_is_read_in_the_language_it_was_begun_in(client: Client, platform: Platform,
                                                            person: Account) -> None:
    way = begun(platform, person, language="zh-Hans")
    assert '<html lang="zh-Hans"' in client.get(f"{way}/disclosures", base_url=BASE_URL).text
