"""Every column that can tell of a person is handed out and erased, or stands here with the reason why not.

A new personal column fails here until it is covered: written down as one that an erasure empties (`ENDS`) or that is
kept (`STAYS`), filled for the person of `people.whole_person`, and handed out (`HANDED_OUT`).
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

from tests.builders import NOW
from tests.site.people import EMAIL, LICENCE, NAME, NUMBER, Whole, names, traces, whole_person
from webapp.core.platform import Platform
from webapp.people.models import Account
from webapp.site.service import personal
from webapp.tables import METADATA

BOTH = pytest.mark.postgresql
Column = tuple[str, str]

ENDS: set[Column] = {
    ("account", "email"), ("account", "name"), ("sign_in", "account_id"), ("passkey", "account_id"),
    ("passkey", "name"), ("organisation_link", "account_id"), ("organisation_link", "subject"),
    ("account_grant", "account_id"), ("invitation", "email"), ("invitation", "invited_by"),
    ("reading_history", "account_id"), ("audit_reason", "words"),
    ("interest", "account_id"), ("saved_page", "account_id"), ("verification", "number"),
    ("verification", "given_name"), ("verification", "family_name"), ("verification", "account_name"),
    ("verification", "note"), ("outgoing", "address"), ("assignment", "account_id"), ("assignment", "delegated_from"),
    ("look", "account_id"), ("safety_case", "account_id"), ("cme_participation", "account_id"),
    ("cme_evaluation", "words"), ("cme_external_credit", "account_id"), ("cme_external_credit", "title"),
    ("cme_no_follow_up", "account_id"), ("cme_follow_up", "words"), ("cme_disclosure_request", "email")}
"""Hold nothing of a person after an erasure."""
BARE = "the number of an account that names nobody; "
STAYS: dict[Column, str] = {
    ("account", "id"): BARE + "never another person's",
    ("account", "identity_verified_by"): "who saw proof of another's identity (21 CFR 11.100(b))",
    ("consent", "account_id"): BARE + "links in old mails go on saying that the mails have stopped",
    ("consent_entry", "account_id"): BARE + "append-only proof of consent",
    ("verification", "account_id"): BARE + "proof that it was verified",
    ("verification_event", "account_id"): BARE + "append-only proof of decisions",
    ("verification", "decided_by"): BARE + "who decided about another's application",
    ("outgoing", "account_id"): BARE + "13 months: nobody was written to twice",
    ("outgoing", "subject_id"): BARE + "of a mail about an account",
    ("suppression", "address_hash"): "a code: nothing is sent there again",
    ("signature", "account_id"): BARE + "append-only (21 CFR 11.70)",
    ("signature", "printed_name"): "every readable form of the record shows who signed (21 CFR 11.50)",
    ("dossier", "author_ids"): BARE + "authors may not sign their own work",
    ("change_request", "account_id"): BARE + "append-only: one person has one role in a case",
    ("checklist", "account_id"): BARE + "append-only: whose judgement it is",
    ("comment", "account_id"): BARE + "part of the record of what was reviewed",
    ("comment", "answered_by"): BARE + "part of the record of what was reviewed",
    ("comment", "closed_by"): BARE + "part of the record of what was reviewed",
    ("guest", "invited_by"): BARE + "who let somebody comment",
    ("publish_entry", "account_id"): BARE + "append-only history of what readers saw",
    ("publish_order", "account_id"): BARE + "history of what readers were to see",
    ("draft_save", "account_id"): BARE + "authors may not sign their own work",
    ("draft_picture", "account_id"): BARE + "authors may not sign their own work",
    ("safety_question", "asked_by"): BARE + "part of the record of a case",
    ("safety_judgement", "judged_by"): BARE + "append-only: part of the record of a case",
    ("safety_downgrade", "asked_by"): BARE + "no officer decides their own",
    ("safety_downgrade", "decided_by"): BARE + "no officer decides their own",
    ("safety_month_signature", "account_id"): BARE + "append-only: proof of reconciliation",
    ("safety_month_signature", "printed_name"): "every readable form of the record shows who signed",
    ("cme_publish_entry", "account_id"): BARE + "append-only: who let learners begin",
    ("cme_release_export", "account_id"): BARE + "append-only: that fixed tables alone were taken",
    ("cme_certificate_event", "account_id"): BARE + "append-only: who revoked a certificate",
    ("cme_disclosure_request", "name"): "who had a hand in what learners were taught (six years, as accreditors ask)",
    ("cme_disclosure_decision", "account_id"): BARE + "append-only: who decided on a relationship",
    ("cme_certificate", "name"): "whoever was handed its code checks it (six years, as accreditors ask)",
    ("audit_entry", "account_id"): BARE + "a chain of entries",
    ("audit_entry", "subject_id"): BARE + "a chain of entries",
    ("export_entry", "account_id"): BARE + "append-only: that fixed tables alone were taken",
    ("stored_page", "body"): "the approval under a published page's title: the signature, as readers are told of it",
}
"""Hold something of a person after an erasure, and why."""
NOBODYS: dict[Column, str] = {
    **dict.fromkeys([("company", "name"), ("brand", "name"), ("brand", "generic_name"), ("campaign", "name")],
                    "of a company or a product"),
    **dict.fromkeys([("library_document", "name")], "what claims call a source"),
    **dict.fromkeys([("cme_section", "name")], "a file's"),
    **dict.fromkeys([("safety_desk", "address")], "a company's mailbox or webhook for reports"),
    **dict.fromkeys([("safety_term", "name")], "a reaction's, in a licensed list"),
    **dict.fromkeys([("campaign", "account_kind")], "an audience"),
    **dict.fromkeys([("guest", "name")], "of somebody without an account, as a reviewer wrote it"),
    **dict.fromkeys([("registry_entry", "family_name"), ("registry_entry", "given_name"),
                     ("registry_entry", "middle_name")], "the public register, not what a person told us"),
    **dict.fromkeys([("reading", "visitor_key"), ("reading", "address_key"), ("crowded_address", "address_key")],
                    "a day's keyed hash, which nothing links once the salt is gone"),
    **dict.fromkeys([("click", "mail_key")], "drawn at random, and kept nowhere else"),
}
"""Sound like a person's and are not."""
SOUNDS_PERSONAL = re.compile(
    r"(^|_)(account|person|user|email|e_?mail|mail|address|phone|names?|by|authors?|born|birth\w*|ip|visitor)(_|$)")

EMPTIED = {"email", "key", "password", "fs_uniquifier", "active", "is_adult", "name", "time_zone", "confirmed_at",
           "tf_primary_method", "tf_totp_secret", "totp_counter", "mf_recovery_codes", "fs_webauthn_user_handle"}
LEFT = {"id", "kind", "language", "market", "is_fictional", "created_at", "erased_at", "identity_verified_at",
        "identity_verified_by", "trained_at", "training"}
"""Columns of an account: each is emptied, or is left since it tells of nobody by itself, or for Part 11."""

HANDED_OUT = {
    "account": "people.account", "sign_in": "people.sign_ins", "passkey": "people.passkeys",
    "organisation_link": "people.organisations",
    "account_grant": "people.roles", "invitation": "people.invitations_sent", "consent": "consents.consents",
    "consent_entry": "consents.consents", "reading_history": "engagement.history", "audit_entry": "audit.entries",
    "audit_reason": "audit.entries", "verification": "professionals.verification",
    "verification_event": "professionals.events", "interest": "articles.topics_followed",
    "saved_page": "articles.pages_saved", "publish_entry": "articles.publish_log",
    "publish_order": "articles.publish_orders", "outgoing": "channels.mails",
    "suppression": "channels.is_suppressed", "signature": "review.signatures", "dossier": "review.dossiers_written",
    "draft_save": "articles.drafts_saved", "draft_picture": "articles.pictures_sent",
    "export_entry": "reports.reports_taken", "change_request": "review.requests_for_changes",
    "safety_case": "safety.side_effects", "safety_downgrade": "safety.safety_downgrades",
    "safety_question": "safety.safety_questions", "safety_judgement": "safety.safety_judgements",
    "safety_month_signature": "safety.safety_months",
    "cme_participation": "cme.education", "cme_evaluation": "cme.education_evaluations",
    "cme_external_credit": "cme.external_credits", "cme_certificate": "cme.certificates",
    "cme_follow_up": "cme.education_follow_ups",
    "cme_disclosure_request": "cme.disclosures", "cme_disclosure_decision": "cme.disclosures_decided",
    "cme_no_follow_up": "cme.not_asked_again", "cme_release_export": "cme.outcomes_taken",
    "cme_publish_entry": "cme.education_published", "cme_certificate_event": "cme.certificates_revoked",
    "comment": "review.comments", "checklist": "review.checklists", "guest": "review.guests_invited",
    "assignment": "review.tasks", "look": "review.looked_at"}
"""Table -> where a download has what it holds of a person."""
NOT_HANDED_OUT = {"stored_page": "made from signatures, which are handed out"}
ALSO = ("people.invitations_received", "professionals.document", "professionals.decisions_taken",
        "campaigns.campaigns", "cme.education_steps", "cme.education_tests", "cme.education_answers",
        "cme.credits_claimed")


@pytest.fixture
def whole(platform: Platform, client: Client, tmp_path: Path) -> Whole:
    """(`client`: pages hold addresses.)"""
    return whole_person(platform, tmp_path / "content")


def erase(platform: Platform) -> list[str]:
    with platform.database.writing() as session:
        return personal.erase(session, platform.ring, NUMBER, NOW)


def found(platform: Platform) -> set[Column]:
    with platform.database.reading() as session:
        return traces(session)


def at(held: dict[str, Any], path: str) -> Any:
    part, _, name = path.partition(".")
    return held[part][name]


@BOTH
def test_an_erasure_leaves_of_a_person_what_must_be_kept_and_no_more(platform: Platform, whole: Whole) -> None:
    assert names(found(platform)) == names(ENDS | set(STAYS)), "what is declared is filled, and nothing else"
    for _ in range(2):
        kept = erase(platform)
        assert names(found(platform)) == names(STAYS)
    assert set(kept) <= set(personal.KEPT)


def test_what_is_kept_was_said_before(platform: Platform, whole: Whole) -> None:
    with platform.database.reading() as session:
        said = personal.will_be_kept(session, platform.ring, NUMBER, NOW)
    assert sorted(said) == sorted(erase(platform)) == sorted(personal.KEPT)


def test_a_download_has_something_of_every_table_and_no_secret(platform: Platform, whole: Whole) -> None:
    with platform.database.reading() as session:
        held = personal.export(session, platform.ring, NUMBER, NOW)
    assert [path for path in (*HANDED_OUT.values(), *ALSO) if not at(held, path)] == []
    shown = json.dumps(held)
    for value in (EMAIL, NAME, LICENCE, "Firefox, Linux", "Markerstone phone", "as Markerstone wrote", "Sampleitis"):
        assert value in shown, value
    person = whole.account
    for secret in (person.password, person.fs_uniquifier, person.tf_totp_secret, "credential", "sealed", "handle"):
        assert str(secret) not in shown


def test_every_table_that_holds_something_of_a_person_is_handed_out() -> None:
    assert {table for table, _ in ENDS | set(STAYS)} == set(HANDED_OUT) | set(NOT_HANDED_OUT)


def test_every_column_that_sounds_like_a_persons_is_covered_or_known_to_be_nobodys() -> None:
    """A new one is written down above: see there."""
    columns = [(table.name, column) for table in METADATA.sorted_tables for column in table.columns]
    sounding = {(table, column.name) for table, column in columns if SOUNDS_PERSONAL.search(column.name)
                or any(key.column.table.name == "account" for key in column.foreign_keys)}
    own = {("account", name) for name in EMPTIED | LEFT}
    assert names(sounding - ENDS - set(STAYS) - set(NOBODYS) - own) == []
    assert names((ENDS | set(STAYS) | set(NOBODYS)) - {(table, column.name) for table, column in columns}) == []


@pytest.mark.parametrize("name", ["nickname_by", "invited_by", "account_id", "phone", "birth_date", "given_name"])
def test_a_personal_name_of_a_column_is_told_apart(name: str) -> None:
    assert SOUNDS_PERSONAL.search(name)


def test_every_column_of_an_account_is_emptied_or_known_to_tell_of_nobody(platform: Platform, whole: Whole) -> None:
    assert set(METADATA.tables["account"].columns.keys()) == EMPTIED | LEFT
    with platform.database.reading() as session:
        before = session.get_one(Account, NUMBER).model_dump()
    erase(platform)
    with platform.database.reading() as session:
        after = session.get_one(Account, NUMBER).model_dump()
    assert [name for name in EMPTIED if not before[name] or before[name] == after[name]] == []
    assert [name for name in LEFT - {"erased_at"} if before[name] != after[name]] == []
    assert "@" not in after["email"] and after["password"] == after["name"] == ""
