"""Whatever is typed anywhere is screened, and what tells of a side effect becomes a case."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from sqlmodel import select
from werkzeug.test import Client

import webapp
from tests import builders
from tests.builders import BASE_URL, NOW, SECRET
from webapp.core import clock, forms
from webapp.core.forms import FreeText
from webapp.core.platform import Platform
from webapp.core.subject import Subject
from webapp.core.tokens import KeyRing
from webapp.medicines import service as medicines
from webapp.people.rules import AccountKind, Role
from webapp.review.models import Comment
from webapp.safety import queries
from webapp.safety.models import SafetyCase
from webapp.safety.service import overhearing
from webapp.safety.service.sealing import opened

ROOT = Path(webapp.__file__).parent
TELLS = "Fine so far. But my patient on Exemplora broke out in hives after the second tablet."
NOT_SCREENED = {
    "text": "a page's own text, which goes through medical review",
    "quote": "copied from the piece that is commented on",
    "what": "a report itself, which is stored as one"}
"""Fields for many words that are not what somebody tells, and why."""
CHOSEN = {"hidden", "checkbox", "radio", "submit", "email", "password", "date", "number", "file", "url"}
"""Kinds of fields in which nobody can write a sentence that is kept."""
ONE_LINE = {
    "finds something, and is not kept": {"account", "code", "find", "number", "of", "path", "product", "q"},
    "a name": {"title", "title-{{ tongue.tag }}", "slug", "issuer", "licence", "provider", "training", "witness",
               "{{ field.name }}"},
    "a number": {"amount", "currency"},
    "typed into a form of the authority, and not kept": {"{{ item.key }}"},
    "a number, a name or a choice, which is checked; or a report itself": {"{{ name }}"},
    "the answer to a question, which is scored": {"answer"}}
"""Fields of one line that are not screened, by why."""


def name_medicines(platform: Platform) -> None:
    with platform.database.writing() as session:
        medicines.keep_names(session, {"exemplora": {"titles": {"en": "Exemplora", "zh-Hans": "示例乐（虚构）"},
                                                     "synonyms": {}}})


def cases(platform: Platform) -> list[SafetyCase]:
    with platform.database.reading() as session:
        return list(session.scalars(select(SafetyCase)))


WRAPPERS = {"FreeText", "FreeText.of_learner"}
"""What makes words of a form screened: a learner's by the room of accredited education, which keeps them apart."""


# Every form


def fields_for_words() -> Iterator[tuple[str, str]]:
    for path in sorted(ROOT.rglob("templates/**/*.html")):
        for name in re.findall(r"<textarea[^>]*?\bname=\"(\w+)\"", path.read_text()):
            yield path.relative_to(ROOT).as_posix(), name


def reads(tree: ast.AST) -> Iterator[tuple[str, int, bool]]:
    """(field, line, whether it is read as FreeText) of all that views read of a form by name."""
    wrapped = {id(call.args[0]) for call in ast.walk(tree) if isinstance(call, ast.Call)
               and ast.unparse(call.func) in WRAPPERS and call.args}
    for call in ast.walk(tree):
        if (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "get"
                and ast.unparse(call.func.value) in {"request.form", "form"} and call.args
                and isinstance(call.args[0], ast.Constant)):
            yield str(call.args[0].value), call.lineno, id(call) in wrapped


def test_no_form_takes_many_words_another_way() -> None:
    names = {name for _, name in fields_for_words()} - set(NOT_SCREENED)
    assert {"reason", "words"} <= names
    read = [(path.relative_to(ROOT).as_posix(), name, line, is_free) for path in sorted(ROOT.rglob("views*/**/*.py"))
            + sorted(ROOT.rglob("views.py")) for name, line, is_free in reads(ast.parse(path.read_text()))]
    seen = {name for _, name, _, _ in read}
    assert names <= seen, "a field for words is read where this test does not look"
    searches = {("ops/views/people.py", "words")}  # finds an account
    shown_again = {("review/views.py", "reason", False)}
    plain = [(path, name, line) for path, name, line, is_free in read
             if name in names and not is_free and (path, name) not in searches
             and (path, name, is_free) not in shown_again
             and not path.startswith("safety/")]  # what is said there is said of a case that is there
    assert plain == []


def fields_of_one_line(html: str) -> Iterator[str]:
    for field in re.findall(r"<input[^>]*>", html):
        kind, name = re.search(r'\btype="([^"]+)"', field), re.search(r'\bname="([^"]+)"', field)
        if name and (kind is None or kind[1] not in CHOSEN):
            yield name[1]


def test_every_field_of_one_line_is_screened_or_known_to_hold_no_story() -> None:
    names = {name for path in ROOT.rglob("templates/**/*.html") for name in fields_of_one_line(path.read_text())}
    screened = {name for path in [*ROOT.rglob("views*/**/*.py"), *ROOT.rglob("views.py")]
                for name, _, is_free in reads(ast.parse(path.read_text())) if is_free}
    assert {"note", "party"} <= names & screened
    assert names - screened == set().union(*ONE_LINE.values())


def test_a_new_field_of_one_line_is_found() -> None:
    assert list(fields_of_one_line('<input name="told"><input type="date" name="day"><input id="x" type="text">'
                                   '<input type="text" name="how">')) == ["told", "how"]


def test_a_form_that_takes_words_as_they_come_is_found() -> None:
    planted = ast.parse('taken = request.form.get("reason", "")\nfree = FreeText(request.form.get("words", ""))')
    assert list(reads(planted)) == [("reason", 1, False), ("words", 2, True)]


def test_what_is_typed_is_noted_once_and_blanks_are_not() -> None:
    forms.listen()
    for words in ("a rash", " ", "a rash", "", "a fever"):
        FreeText(words)
    assert forms.heard() == ["a rash", "a fever"]
    forms.listen()
    assert forms.heard() == []


# In a request


@pytest.fixture
def reviewer(platform: Platform, client: Client) -> Client:
    with platform.database.writing() as session:
        person = builders.account(session, Role.MEDICAL_REVIEWER, kind=AccountKind.STAFF, now=clock.now())
    builders.sign_in(client, person.email)
    return client


def comment(platform: Platform, client: Client, words: str, quote: str = "") -> int:
    with platform.database.writing() as session:
        key = builders.dossier(session).key
    return client.post(f"/review/{key}/comment", base_url=BASE_URL, headers={"Origin": BASE_URL},
                       data={"kind": "should", "words": words, "quote": quote}).status_code


def test_a_comment_that_tells_of_a_side_effect_is_kept_and_is_a_case(platform: Platform, reviewer: Client) -> None:
    name_medicines(platform)
    assert comment(platform, reviewer, TELLS) == 303
    case, = cases(platform)
    with platform.database.reading() as session:
        row, = queries.reports(session, case.id or 0)
        assert session.scalar(select(Comment.words)) == TELLS
        assert opened(platform.ring, case, row).what == TELLS
    assert (case.source, case.product, case.place_kind, case.account_id is not None) == (
        "overheard", "exemplora", "review.comment", True)


def test_a_comment_on_the_text_alone_is_no_case(platform: Platform, reviewer: Client) -> None:
    name_medicines(platform)
    assert comment(platform, reviewer, "Cite the trial here, please.") == 303
    assert cases(platform) == []


def test_what_a_refused_form_told_is_a_case_all_the_same(platform: Platform, reviewer: Client) -> None:
    name_medicines(platform)
    assert comment(platform, reviewer, TELLS, quote="this stands nowhere in the piece") == 422
    case, = cases(platform)
    assert case.source == "overheard"
    assert comment(platform, reviewer, TELLS, quote="this stands nowhere in the piece") == 422
    assert len(cases(platform)) == 1


@pytest.mark.postgresql
def test_the_same_words_at_the_same_place_are_one_case(platform: Platform) -> None:
    name_medicines(platform)
    with platform.database.writing() as session:
        found = [overhearing.screen(session, KeyRing((SECRET,)), TELLS, Subject(place, 0), market="us", language="en",
                                    account_id=None, now=NOW) for place in ("here", "here", "there")]
    assert len({case.id for case in found if case}) == 2


def test_the_officer_sees_which_words_were_heard_and_the_desk_the_medicines_alone(
        platform: Platform, reviewer: Client) -> None:
    name_medicines(platform)
    words = "By the way: <b>mum</b> took Exemplora twice, no fever, and a rash came up."
    comment(platform, reviewer, words)
    case, = cases(platform)
    with platform.database.writing() as session:
        email = builders.account(session, Role.SAFETY).email
        row, = queries.reports(session, case.id or 0)
        assert opened(platform.ring, case, row).medicine == "Exemplora"
    officer = Client(reviewer.application)
    builders.sign_in(officer, email)
    page = BeautifulSoup(officer.get(f"/safety/{case.key}", base_url=BASE_URL).text, "html.parser")
    said, = page.select(".said")
    assert said.get_text() == words
    heard = [mark.get_text() for mark in said.select("mark")]
    assert "Exemplora" in heard and any("rash" in mark for mark in heard) and "fever" not in " ".join(heard)
