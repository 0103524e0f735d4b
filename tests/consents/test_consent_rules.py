"""What must hold before a purpose is acted on, against a table written from the field rules; and what is masked."""

import itertools

import pytest

from webapp.consents.rules.purposes import CHANNELS, OFFERED, Person, Purpose, Refusal, barrier, masked, refusal

ADULT = Person(is_active=True, is_adult=True, is_professional=False)
MINOR = Person(is_active=True, is_adult=False, is_professional=False)
DOCTOR = Person(is_active=True, is_adult=True, is_professional=True)
YES = {
    Purpose.ANALYTICS: {"adult", "minor", "doctor"}, Purpose.PERSONALISATION: {"adult", "minor", "doctor"},
    Purpose.COMPANY_MAIL: {"adult", "doctor"}, Purpose.WEB_PUSH: set(), Purpose.SHARING: {"doctor"}}
"""Field rules, section 6, and the issue: mail of companies is for adults, sharing for verified professionals."""


@pytest.mark.parametrize("purpose", Purpose)
def test_a_consent_opens_to_these_people_and_no_others(purpose: Purpose) -> None:
    people = {"adult": ADULT, "minor": MINOR, "doctor": DOCTOR}
    assert {name for name, person in people.items()
            if refusal(purpose, person, is_granted=True) is None} == YES[purpose]


@pytest.mark.parametrize("purpose", Purpose)
def test_nothing_is_done_without_a_consent_whoever_it_is(purpose: Purpose) -> None:
    people = [Person(*flags) for flags in itertools.product([True, False], repeat=3)]
    assert None not in {refusal(purpose, person, is_granted=False) for person in people}


@pytest.mark.parametrize("purpose", Purpose)
def test_nothing_is_done_with_an_account_out_of_use(purpose: Purpose) -> None:
    gone = Person(is_active=False, is_adult=True, is_professional=True)
    assert refusal(purpose, gone, is_granted=True) is not None


@pytest.mark.parametrize("purpose", OFFERED)
def test_the_browsers_signal_refuses_counting_under_a_pseudonym_alone(purpose: Purpose) -> None:
    found = refusal(purpose, DOCTOR, is_granted=True, has_signal=True)
    assert found is (Refusal.SIGNAL if purpose is Purpose.ANALYTICS else None)


def test_nobody_is_asked_about_what_nothing_here_does() -> None:
    assert barrier(Purpose.WEB_PUSH, DOCTOR) is Refusal.NOT_OFFERED and Purpose.WEB_PUSH not in OFFERED


def test_each_purpose_is_done_by_one_channel() -> None:
    assert set(CHANNELS) == set(Purpose)


@pytest.mark.parametrize(("address", "shown"), [
    ("ann.example@clinic.example", "a•••@c•••.example"), ("b@x.org", "b•••@x•••.org"),
    ("张@mail.example.cn", "张•••@m•••.cn"), ("broken", "b•••@•••.")])
def test_an_address_is_masked_so_that_only_its_owner_knows_it(address: str, shown: str) -> None:
    assert masked(address) == shown
