"""What a reply means, and which moves a delivery may make."""

import pytest

from webapp.channels.rules import (
    FINAL_STATES,
    LONGEST_RETRY_SECONDS,
    MAX_ATTEMPTS,
    TRANSITIONS,
    DeliveryState,
    Outcome,
    Reason,
    Reply,
    Stage,
    backoff_seconds,
    may_move,
    outcome_of,
)

BEFORE_THE_DOT = [Stage.CONNECT, Stage.MAIL, Stage.RCPT, Stage.DATA]


def test_every_state_has_its_row_in_the_table_of_moves():
    assert set(TRANSITIONS) == set(DeliveryState)


def test_only_sent_failed_and_cancelled_are_final():
    assert sorted(FINAL_STATES) == [DeliveryState.CANCELLED, DeliveryState.FAILED, DeliveryState.SENT]


def test_a_delivery_in_sending_never_returns_to_the_queue_by_itself():
    assert not may_move(DeliveryState.SENDING, DeliveryState.QUEUED)
    assert not may_move(DeliveryState.SENDING, DeliveryState.LEASED)


def test_an_unknown_delivery_is_never_leased_without_a_person():
    assert not may_move(DeliveryState.UNKNOWN, DeliveryState.LEASED)
    assert not may_move(DeliveryState.UNKNOWN, DeliveryState.RETRY)


def test_nothing_is_sent_that_was_not_marked_sending_first():
    leading_to_sent = {before for before in DeliveryState if may_move(before, DeliveryState.SENT)}
    assert leading_to_sent == {DeliveryState.SENDING, DeliveryState.UNKNOWN}


def test_the_wait_grows_threefold_up_to_four_hours():
    assert [backoff_seconds(attempt) for attempt in range(1, 8)] == [60, 180, 540, 1620, 4860, 14400, 14400]


def test_the_wait_stays_bounded_for_any_attempt():
    assert backoff_seconds(10**9) == LONGEST_RETRY_SECONDS


def test_an_attempt_before_the_first_is_refused():
    with pytest.raises(ValueError, match="count from 1"):
        backoff_seconds(0)


def test_a_yes_after_the_final_dot_is_sent():
    assert outcome_of(Reply(Stage.FINAL_DOT, 250, "2.0.0 queued")) == Outcome(DeliveryState.SENT, Reason.ACCEPTED)


@pytest.mark.parametrize("stage", [*BEFORE_THE_DOT, Stage.FINAL_DOT])
@pytest.mark.parametrize("code", [421, 450, 451, 452])
def test_every_4xx_is_tried_again_at_every_stage(stage, code):
    outcome = outcome_of(Reply(stage, code, "4.3.0 later"))
    assert outcome == Outcome(DeliveryState.RETRY, Reason.BUSY, retry_in_seconds=60)


@pytest.mark.parametrize("stage", BEFORE_THE_DOT)
@pytest.mark.parametrize("code", [None, -1, 0, 199, 250, 354, 600])
def test_a_lost_or_garbled_conversation_before_the_final_dot_is_tried_again(stage, code):
    assert outcome_of(Reply(stage, code)).state is DeliveryState.RETRY


@pytest.mark.parametrize("code", [None, -1, 0, 199, 354, 600])
def test_silence_or_gibberish_after_the_final_dot_is_unknown_at_any_attempt(code):
    outcomes = {outcome_of(Reply(Stage.FINAL_DOT, code), attempt=n) for n in (1, MAX_ATTEMPTS, MAX_ATTEMPTS + 1)}
    assert outcomes == {Outcome(DeliveryState.UNKNOWN, Reason.UNANSWERED)}


@pytest.mark.parametrize("text", ["5.1.1 no such user", "5.1.10 null MX", "5.2.1 disabled", "no such user", ""])
def test_a_550_that_speaks_of_the_address_fails_and_suppresses_it(text):
    assert outcome_of(Reply(Stage.RCPT, 550, text)) == Outcome(
        DeliveryState.FAILED, Reason.BAD_ADDRESS, is_address_bad=True
    )


@pytest.mark.parametrize("text", ["5.7.1 policy", "5.2.2 mailbox full", "5.7.26 unauthenticated"])
def test_a_550_about_policy_or_space_fails_without_suppressing_the_address(text):
    assert outcome_of(Reply(Stage.RCPT, 550, text)) == Outcome(DeliveryState.FAILED, Reason.REFUSED)


def test_a_refused_content_does_not_blame_the_address():
    assert not outcome_of(Reply(Stage.FINAL_DOT, 550, "looks like spam")).is_address_bad


def test_a_bad_address_told_only_after_the_final_dot_is_believed_when_it_has_the_enhanced_code():
    assert outcome_of(Reply(Stage.FINAL_DOT, 550, "5.1.1 unknown")).is_address_bad


def test_a_refused_sender_fails_the_delivery_but_does_not_blame_the_recipient():
    assert outcome_of(Reply(Stage.MAIL, 550, "5.1.1 who are you")) == Outcome(DeliveryState.FAILED, Reason.REFUSED)


@pytest.mark.parametrize("reply", [Reply(Stage.CONNECT, 554), Reply(Stage.CONNECT, 535), Reply(Stage.MAIL, 530)])
def test_a_relay_that_refuses_us_fails_no_recipient(reply):
    assert outcome_of(reply).reason is Reason.NO_SERVICE
    assert outcome_of(reply).state is DeliveryState.RETRY


def test_the_last_attempt_fails_in_place_of_waiting_again():
    spent = outcome_of(Reply(Stage.CONNECT, None), attempt=MAX_ATTEMPTS)
    assert spent == Outcome(DeliveryState.FAILED, Reason.ATTEMPTS_SPENT)
    assert outcome_of(Reply(Stage.CONNECT, None), attempt=MAX_ATTEMPTS - 1).state is DeliveryState.RETRY


def test_every_outcome_is_a_move_that_a_sending_delivery_may_make():
    codes = [None, 250, 354, 421, 451, 530, 550, 554]
    states = {outcome_of(Reply(stage, code), attempt=n).state for stage in Stage for code in codes for n in (1, 99)}
    assert states == TRANSITIONS[DeliveryState.SENDING]


def test_a_reply_does_not_show_the_recipient_in_its_repr():
    assert "ann@" not in repr(Reply(Stage.RCPT, 550, "<ann@example.org> unknown"))


@pytest.mark.parametrize(
    ("text", "status"), [("5.1.1 x", "5.1.1"), ("5.1.1", "5.1.1"), ("5.1.10\nmore", "5.1.10"), ("no 5.1.1", None)]
)
def test_the_enhanced_code_is_read_only_where_it_stands_first(text, status):
    assert Reply(Stage.RCPT, 550, text).enhanced == status
