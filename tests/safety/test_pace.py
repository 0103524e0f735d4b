"""On a phone in under two minutes: what a person reads, types and taps in the form, added up at a stated pace.

The pace is our choice: 240 words a minute read and 35 typed, as slow as people type on a phone, 1.5 seconds a tap; a
Chinese word has some 1.6 signs. All that the form shows is read, each line once, but for what is folded.
"""

import re

import pytest
from bs4 import BeautifulSoup, Tag
from werkzeug.test import Client

from tests import builders
from tests.builders import BASE_URL
from webapp.core.db import Database

READ_A_MINUTE, TYPED_A_MINUTE, SECONDS_A_TAP, SIGNS_A_WORD, LETTERS_A_WORD = 240, 35, 1.5, 1.6, 5
MOST_SECONDS, MOST_STEPS, MOST_CHOICES = 120, 4, 6
HAN = re.compile(r"[\u4e00-\u9fff]")
TOLD = {"en": {"what": "My lips swelled and I got a rash an hour after the second tablet. It is better today.",
               "medicine": "Exemplora", "when": "yesterday evening", "age": "54", "contact": "ann@home.example"},
        "zh-Hans": {"what": "吃第二片药一小时后嘴唇肿了，身上起了疹子，今天好一些了。", "medicine": "示例乐",
                    "when": "昨天晚上", "age": "54", "contact": "13800000000"}}
"""What somebody types who answers all but the batch, initials and name, and ticks sex, outcome, role and consent."""
TICKS = 4


@pytest.fixture(params=["en", "zh-Hans"])
def language(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def form(client: Client, database: Database, language: str) -> Tag:
    """The page's main part, as a phone with scripts shows it."""
    with database.writing() as session:
        builders.desk(session)
    answer = client.get(f"/side-effect?language={language}&market=us", base_url=BASE_URL)
    main = BeautifulSoup(answer.text, "html.parser").main
    assert main is not None
    for unseen in main.select("template, datalist, .field-fault[hidden], details > :not(summary)"):
        unseen.decompose()
    return main


def words(text: str) -> float:
    return len(HAN.findall(text)) / SIGNS_A_WORD + len(re.findall(r"[A-Za-z0-9'’]+", text))


def seconds(form: Tag, told: dict[str, str], ticks: int) -> dict[str, float]:
    """Of reading, typing and tapping."""
    steps = len(form.select("[data-step]"))
    lines = {*form.stripped_strings, *(f"{step} / {steps}" for step in range(1, steps + 1))}
    typed = sum(len(HAN.findall(text)) / SIGNS_A_WORD + len(HAN.sub("", text)) / LETTERS_A_WORD
                for text in told.values())
    return {"read": sum(words(line) for line in lines) / READ_A_MINUTE * 60, "typed": typed / TYPED_A_MINUTE * 60,
            "tapped": (len(told) + ticks + steps) * SECONDS_A_TAP}


def test_who_answers_nearly_all_of_it_is_done_in_under_two_minutes(form: Tag, language: str) -> None:
    found = seconds(form, TOLD[language], TICKS)
    print({part: round(value) for part, value in found.items()}, round(sum(found.values())))
    assert sum(found.values()) < MOST_SECONDS


def test_nothing_makes_it_longer_than_it_must_be(form: Tag) -> None:
    assert len(form.select("[data-step]")) <= MOST_STEPS
    assert [control["name"] for control in form.select("[required]")] == ["what"]
    assert max(len(choices.select("input")) for choices in form.select("fieldset")) <= MOST_CHOICES
    assert form.select("textarea, input, select")[0]["name"] == "submission", "and then at once the first question"
    assert len(form.select("form")) == 1


def test_the_receipt_follows_at_once_and_asks_nothing(form: Tag, client: Client, language: str) -> None:
    action = str(form.select("form")[0]["action"])
    answer = client.post(action, base_url=BASE_URL, data={"what": "A rash", "submission": "form-1"})
    receipt = client.get(answer.location, base_url=BASE_URL)
    assert (answer.status_code, receipt.status_code) == (303, 200)
    assert BeautifulSoup(receipt.text, "html.parser").main.select("form, input") == []  # type: ignore[union-attr]
