"""Admission of a beacon, step by step, and what its values mean (field rules, section 10). Pure."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import webapp
from webapp.core.tokens import KeyRing
from webapp.engagement.rules import (
    BODY_BYTES,
    STALE_AFTER,
    UNSEEN_SECONDS,
    Beacon,
    Checks,
    Drop,
    Dropped,
    Page,
    admit,
    is_robot,
    subscriber,
)

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
RING, STRANGER = KeyRing(("ours " * 10,)), KeyRing(("theirs " * 10,))
PAGE = {"k": "article", "i": 12, "r": 34, "a": "patient", "l": "en", "m": "us", "x": 200}
VIEW = "0123456789abcdef" * 2


def checks(replaced_at: Callable[[Page], datetime | None] = lambda _: None) -> Checks:
    return Checks(lambda token: RING.read("beacon", token), lambda token: RING.read("source", token), replaced_at)


def body(**changed: Any) -> bytes:
    fields = {"t": RING.sign("beacon", PAGE), "v": VIEW, "d": "2026-03-02", "e": 100.0, "s": 120.0, "p": 95}
    fields |= changed
    return json.dumps({name: value for name, value in fields.items() if value is not ...}).encode()


def dropped(sent: bytes, checked: Checks | None = None, now: datetime = NOW) -> Drop | None:
    try:
        admit(sent, checked or checks(), now)
    except Dropped as drop:
        return drop.reason
    return None


def beacon(**changed: Any) -> Beacon:
    return admit(body(**changed), checks(), NOW)


def test_a_sound_beacon_is_admitted_as_it_was_sent() -> None:
    page = Page("article", 12, 34, "patient", "en", "us", 200)
    assert beacon() == Beacon(page, VIEW, date(2026, 3, 2), 100.0, 120.0, 95, "")


@pytest.mark.parametrize("token", [
    "", "x", None, 7, [], RING.sign("beacon", PAGE)[:-2] + "AA", STRANGER.sign("beacon", PAGE),
    RING.sign("source", PAGE), RING.sign("session", PAGE)])
def test_a_token_that_is_not_ours_is_forged(token: object) -> None:
    assert dropped(body(t=token)) is Drop.FORGED


@pytest.mark.parametrize("source", ["x", 7, ["c"], {"c": "x"}, STRANGER.sign("source", {"c": "key"}),
                                    RING.sign("beacon", {"c": "key"})])
def test_a_campaign_mark_that_is_not_ours_is_forged(source: object) -> None:
    assert dropped(body(m=source)) is Drop.FORGED


def test_a_campaign_mark_of_ours_names_the_campaign() -> None:
    assert beacon(m=RING.sign("source", {"c": "key", "o": "1"})).source == "key"


@pytest.mark.parametrize("field", ["e", "s", "p"])
@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity"])
def test_a_value_that_is_no_number_or_endless_is_not_finite(field: str, text: str) -> None:
    sent = body(**{field: 1}).replace(f'"{field}": 1'.encode(), f'"{field}": {text}'.encode())
    assert dropped(sent) is Drop.NOT_FINITE


@pytest.mark.parametrize("field", ["e", "s", "p"])
def test_a_number_too_large_to_hold_is_not_finite_or_absurd(field: str) -> None:
    for text in (b"1e999", b"9" * 400):
        sent = body(**{field: 1}).replace(f'"{field}": 1'.encode(), f'"{field}": '.encode() + text)
        assert dropped(sent) in {Drop.NOT_FINITE, Drop.ABSURD}


@pytest.mark.parametrize("field", ["e", "s", "p"])
@pytest.mark.parametrize("value", [-1, -0.001, -1e300])
def test_a_negative_value_is_dropped_as_such(field: str, value: float) -> None:
    assert dropped(body(**{field: value})) is Drop.NEGATIVE


@pytest.mark.parametrize("changed", [
    {"s": 4 * 3600 + 1, "e": 0}, {"e": 1e300, "s": 1e300}, {"p": 101}, {"e": 122, "s": 120}, {"e": 10, "s": 0}])
def test_a_value_beyond_sense_is_absurd(changed: dict[str, Any]) -> None:
    assert dropped(body(**changed)) is Drop.ABSURD


@pytest.mark.parametrize("changed", [{"e": 0, "s": 0, "p": 0}, {"s": 4 * 3600, "e": 4 * 3600}, {"p": 100},
                                     {"e": 121, "s": 120}])
def test_a_value_at_the_edge_of_sense_is_admitted(changed: dict[str, Any]) -> None:
    assert dropped(body(**changed)) is None


def test_a_body_larger_than_any_of_ours_is_oversized() -> None:
    assert dropped(b" " * (BODY_BYTES + 1)) is Drop.OVERSIZED
    assert dropped(body() + b" " * (BODY_BYTES - len(body()))) is None


@pytest.mark.parametrize(("day", "reason"), [
    ("2026-03-02", None), ("2026-03-01", None), ("2026-02-28", Drop.WRONG_DAY), ("2026-03-03", Drop.WRONG_DAY),
    ("1970-01-01", Drop.WRONG_DAY), ("2099-01-01", Drop.WRONG_DAY), ("0001-01-01", Drop.WRONG_DAY),
    ("2026-02-30", Drop.MALFORMED), ("today", Drop.MALFORMED), ("", Drop.MALFORMED), (20260302, Drop.MALFORMED),
    (None, Drop.MALFORMED)])
def test_the_day_is_today_or_yesterday_in_utc(day: object, reason: Drop | None) -> None:
    assert dropped(body(d=day)) is reason


def test_the_day_is_counted_in_utc_whatever_the_servers_zone() -> None:
    west = datetime(2026, 3, 1, 20, 0).astimezone()
    utc_day = west.astimezone(UTC).date()
    assert dropped(body(d=utc_day.isoformat()), now=west) is None
    assert dropped(body(d=(utc_day + timedelta(days=1)).isoformat()), now=west) is Drop.WRONG_DAY


@pytest.mark.parametrize(("age", "reason"), [
    (timedelta(0), None), (STALE_AFTER, None), (STALE_AFTER + timedelta(seconds=1), Drop.STALE)])
def test_a_page_counts_for_a_day_after_it_was_replaced(age: timedelta, reason: Drop | None) -> None:
    assert dropped(body(), checks(lambda _: NOW - age)) is reason


@pytest.mark.parametrize("sent", [
    b"", b"null", b"[]", b"7", b'"text"', b"{", b"{}", b"\xff\xfe", b"not json", b"[" * 2000, b'{"a":' * 400,
    b'{"t": 1}', b"\x00" * 10])
def test_what_is_not_a_beacon_is_malformed(sent: bytes) -> None:
    assert dropped(sent) is Drop.MALFORMED


@pytest.mark.parametrize("extra", ["url", "referrer", "text", "is_robot", "is_simulated", "visitor_key", "T"])
def test_a_field_that_is_not_ours_is_malformed_not_stored(extra: str) -> None:
    assert dropped(body(**{extra: "I have a rash"})) is Drop.MALFORMED


@pytest.mark.parametrize("missing", ["t", "v", "d", "e", "s", "p"])
def test_a_missing_field_is_malformed(missing: str) -> None:
    assert dropped(body(**{missing: ...})) is Drop.MALFORMED


@pytest.mark.parametrize("view", ["", "0" * 31, "0" * 33, "G" * 32, "A" * 32, "0" * 32 + "\n", None, 0, "' OR 1=1 --"])
def test_a_view_id_of_another_shape_is_malformed(view: object) -> None:
    assert dropped(body(v=view)) is Drop.MALFORMED


@pytest.mark.parametrize("field", ["e", "s", "p"])
@pytest.mark.parametrize("value", ["1", None, True, [1], {}])
def test_a_value_of_another_type_is_malformed(field: str, value: object) -> None:
    assert dropped(body(**{field: value})) is Drop.MALFORMED


texts = st.text(st.characters(exclude_categories=()))
"""Halves of surrogate pairs included, which JSON may hold."""
json_values = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | texts,
                           lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=8)


@given(st.binary(max_size=300) | json_values.map(lambda value: json.dumps(value).encode()))
def test_garbage_is_dropped_by_name_and_never_crashes(sent: bytes) -> None:
    assert dropped(sent) in set(Drop)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(("t", "v", "d", "e", "s", "p", "m"), json_values)))
@settings(deadline=None)
def test_garbage_in_a_field_is_admitted_sound_or_dropped_by_name(changed: dict[str, Any]) -> None:
    sent = body(**changed)
    if dropped(sent) is None:
        found = admit(sent, checks(), NOW)
        assert 0 <= found.depth <= 100 and 0 <= found.engaged_seconds <= found.visible_seconds + 1


@given(st.sampled_from(("t", "m")), texts | st.builds(lambda end: RING.sign("beacon", PAGE) + end, texts))
@settings(deadline=None)
def test_garbage_for_a_token_is_forged_or_ours_or_malformed(field: str, token: str) -> None:
    assert dropped(body(**{field: token})) in {Drop.FORGED, Drop.OVERSIZED, None}


def test_no_more_seconds_count_than_can_have_passed() -> None:
    claimed = beacon(e=3600.0, s=4000.0)
    at_once, later = claimed.after(timedelta(0)), claimed.after(timedelta(seconds=100))
    assert [(seen.engaged_seconds, seen.visible_seconds) for seen in (at_once, later)] == [
        (UNSEEN_SECONDS, UNSEEN_SECONDS), (UNSEEN_SECONDS + 100, UNSEEN_SECONDS + 100)]
    assert claimed.after(timedelta(seconds=3600)) == replace(claimed, visible_seconds=3660.0)
    assert claimed.after(timedelta(hours=2)) == claimed


def test_a_beacon_that_overtook_its_views_first_counts_as_that_would() -> None:
    assert beacon(e=30.0, s=300.0).after(timedelta(seconds=-5)) == beacon(e=30.0, s=UNSEEN_SECONDS)


def test_what_cannot_have_been_read_yet_is_not_complete() -> None:
    assert beacon().is_complete
    assert not beacon().after(timedelta(0)).is_complete
    assert beacon().after(timedelta(seconds=100)).is_complete


def test_a_page_may_lose_three_beacons_in_a_row() -> None:
    script = (Path(webapp.__file__).parent / "static" / "js" / "beacon.js").read_text()
    found = re.search(r"SEND_MS = (\d+)", script)
    assert found is not None and 4 * int(found.group(1)) / 1000 == UNSEEN_SECONDS


@pytest.mark.parametrize(("address", "expected"), [
    ("203.0.113.77", "203.0.113.77"), ("::ffff:203.0.113.77", "203.0.113.77"),
    ("2001:db8:1:23ab::1", "2001:db8:1:2300::/56"), ("2001:db8:1:23cd:ffff::9", "2001:db8:1:2300::/56"),
    ("2001:db8:1:2400::1", "2001:db8:1:2400::/56"), ("fe80::1%eth0", "fe80::/56"), ("", ""), ("a reader", "a reader")])
def test_an_address_stands_for_its_subscriber(address: str, expected: str) -> None:
    assert subscriber(address) == expected


@pytest.mark.parametrize(("depth", "engaged", "expected", "is_complete"), [
    (90, 100, 200, True), (89, 200, 200, False), (90, 99.9, 200, False), (100, 100, 200, True),
    (100, 0, 200, False), (100, 0, 0, False), (100, 1, 0, True)])
def test_complete_is_deep_enough_and_long_enough(depth: int, engaged: float, expected: int, is_complete: bool) -> None:
    token = RING.sign("beacon", {**PAGE, "x": expected})
    assert beacon(t=token, p=depth, e=engaged, s=300).is_complete is is_complete


def test_a_page_that_fits_the_screen_is_not_completed_in_zero_seconds() -> None:
    assert not beacon(p=100, e=0, s=60, t=RING.sign("beacon", {**PAGE, "x": 0})).is_complete


@pytest.mark.parametrize("agent", [
    "", "Googlebot/2.1 (+http://www.google.com/bot.html)", "curl/8.5.0", "python-requests/2.32", "Wget/1.21",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/120.0 Safari/537.36"])
def test_a_robot_that_says_so_is_known(agent: str) -> None:
    assert is_robot(agent)


@pytest.mark.parametrize("agent", [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 "
    "Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"])
def test_a_browser_is_not_taken_for_a_robot(agent: str) -> None:
    assert not is_robot(agent)
