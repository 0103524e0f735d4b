"""The checklist of how easy a piece is to understand: its scores, who ticks it, and where it is shown."""

import re

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import func, select
from sqlmodel import Session
from werkzeug.test import Client

from tests import builders
from tests.builders import BASE_URL, NOW
from tests.review.cases import EVERY_ITEM, sign, submit
from webapp.core import clock
from webapp.core.db import Database
from webapp.core.errors import Conflict, Invalid, Refused
from webapp.core.languages import CHINESE, ENGLISH
from webapp.core.subject import Subject
from webapp.library.rules import pdf
from webapp.people.models import Account
from webapp.people.rules import AccountKind, Role
from webapp.review import queries
from webapp.review.models import Checklist, Dossier
from webapp.review.rules import ReviewRole, pemat
from webapp.review.rules.pemat import ACTIONABILITY, ITEMS, UNDERSTANDABILITY, Answer
from webapp.review.service import checking
from webapp.review.service.certifying import as_pdf, certificate_of

NOT_APPLICABLE = {"item-6": "na", "item-8": "na", "item-16": "na", "item-24": "na"}
ONE_NO = {**EVERY_ITEM, "item-1": "disagree"}


def person(session: Session, role: Role = Role.MEDICAL_REVIEWER, email: str | None = None) -> Account:
    return builders.account(session, role, email=email, kind=AccountKind.STAFF, now=clock.now())


def test_the_items_are_those_asked_of_print() -> None:
    assert [item.number for item in UNDERSTANDABILITY] == [*range(1, 13), *range(15, 20)]
    assert [item.number for item in ACTIONABILITY] == list(range(20, 27))
    assert {item.number for item in ITEMS if item.without} == {6, 8, 9, 11, 16, 17, 18, 19, 24, 25}


@pytest.mark.parametrize(("changed", "scores", "percents"), [
    ({}, ((17, 17), (7, 7)), (100, 100)), (NOT_APPLICABLE, ((14, 14), (6, 6)), (100, 100)),
    ({**NOT_APPLICABLE, "item-1": "disagree", "item-20": "disagree"}, ((13, 14), (5, 6)), (93, 83)),
    ({f"item-{item.number}": "disagree" for item in ITEMS}, ((0, 17), (0, 7)), (0, 0))])
def test_a_score_is_points_of_those_possible_without_what_does_not_apply(
        changed: dict[str, str], scores: tuple[tuple[int, int], ...], percents: tuple[int, int]) -> None:
    answers, why = pemat.read({**EVERY_ITEM, **changed})
    found = [pemat.score(items, answers) for items in (UNDERSTANDABILITY, ACTIONABILITY)]
    assert why is None and tuple((score.points, score.possible) for score in found) == scores
    assert tuple(score.percent for score in found) == percents


@pytest.mark.parametrize(("points", "possible", "percent", "is_good"), [
    (7, 10, 70, False), (12, 17, 71, True), (1, 8, 13, False), (0, 0, None, False)])
def test_above_seventy_is_good(points: int, possible: int, percent: int | None, is_good: bool) -> None:
    score = pemat.Score(points, possible)
    assert (score.percent, score.is_good) == (percent, is_good)


@pytest.mark.parametrize(("changed", "why"), [
    ({"item-26": ""}, "every statement"), ({"item-3": "maybe"}, "every statement"),
    ({"item-1": Answer.NOT_APPLICABLE}, "always applies")])
def test_each_item_is_answered_as_it_may_be(changed: dict[str, str], why: str) -> None:
    assert why in (pemat.read({**EVERY_ITEM, **changed})[1] or "")


@pytest.mark.postgresql
def test_what_was_ticked_is_kept_and_the_newest_counts(database: Database) -> None:
    with database.writing() as session:
        dossier, medic = submit(session), person(session)
        for given in (EVERY_ITEM, ONE_NO):
            checking.tick(session, dossier, medic, given, NOW)
        shown = checking.shown(session, dossier)
        assert shown is not None and shown["by"] == medic.name
        assert [(name, score.points, score.possible) for name, score in shown["scores"]] == [
            ("Understandable", 16, 17), ("Actionable", 7, 7)]
        assert session.scalar(select(func.count()).select_from(Checklist)) == 2


def test_a_new_version_is_looked_at_anew(database: Database) -> None:
    with database.writing() as session:
        checking.tick(session, submit(session), person(session), EVERY_ITEM, NOW)
        shown = checking.shown(session, submit(session, "b" * 64))
    assert shown is not None and not shown["is_ticked"]


@pytest.mark.parametrize(("role", "given"), [
    (Role.LEGAL_REVIEWER, {}), (Role.MEDICAL_REVIEWER, {"audience": "hcp"}),
    (Role.MEDICAL_REVIEWER, {"route": "withdrawal"})])
def test_only_medical_reviewers_tick_it_and_only_of_what_patients_read(database: Database, role: Role,
                                                                       given: dict[str, str]) -> None:
    with database.writing() as session, pytest.raises(Refused):
        checking.tick(session, submit(session, **given), person(session, role), EVERY_ITEM, NOW)


def test_an_author_does_not_tick_their_own(database: Database) -> None:
    with database.writing() as session:
        medic = person(session)
        with pytest.raises(Refused, match="You wrote this"):
            checking.tick(session, submit(session, author_ids=(medic.id or 0,)), medic, EVERY_ITEM, NOW)


def test_it_blocks_no_signature_and_stays_as_it_was_signed(database: Database) -> None:
    with database.writing() as session:
        dossier, signers = submit(session), builders.reviewers(session)
        with pytest.raises(Invalid):
            checking.tick(session, dossier, signers[ReviewRole.MEDICAL], {}, NOW)
        for role, signer in signers.items():
            sign(session, dossier, signer, role)
        with pytest.raises(Conflict, match="stays as it was signed"):
            checking.tick(session, dossier, signers[ReviewRole.MEDICAL], EVERY_ITEM, NOW)


@pytest.mark.parametrize(("language", "ticked", "bare"), [
    (ENGLISH, "Understandable: 94 of 100 · Actionable: 100 of 100", "Not ticked"),
    (CHINESE, "易懂: 94分（满分100） · 易照做: 100分（满分100）", "未填写")])
def test_the_certificate_prints_it(database: Database, language: object, ticked: str, bare: str) -> None:
    with database.writing() as session:
        dossier, other = submit(session), submit(session, "b" * 64, subject=Subject("article", 2), audience="hcp")
        before = certificate_of(session, dossier, NOW)
        checking.tick(session, dossier, person(session), ONE_NO, NOW)
        told = [certificate_of(session, one, NOW) for one in (dossier, other)]
    words = [text_of(as_pdf(one, language, NOW, {})) for one in (before, *told)]  # type: ignore[arg-type]
    assert f"PEMAT-P{squeezed(bare)}" in words[0] and squeezed(ticked) in words[1] and "PEMAT-P" not in words[2]


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def text_of(made: bytes) -> str:
    read = pdf.read(made)
    assert isinstance(read, pdf.Read)
    return squeezed("".join(read.pages))


# The pages


@pytest.fixture
def dossier(database: Database) -> Dossier:
    with database.writing() as session:
        return submit(session, now=clock.now())


def browser(client: Client, database: Database, role: Role) -> Client:
    with database.writing() as session:
        person(session, role, "casey@materia.example")
    builders.sign_in(client, "casey@materia.example")
    return client


def test_a_medical_reviewer_is_asked_ticks_and_sees_the_scores(client: Client, database: Database,
                                                               dossier: Dossier) -> None:
    medic, at = browser(client, database, Role.MEDICAL_REVIEWER), f"/review/{dossier.key}"
    asked = BeautifulSoup(medic.get(at, base_url=BASE_URL).text, "html.parser")
    assert asked.select(f'a[href="{at}/checklist"]') and "Nobody has ticked yet" in asked.select("#checklist")[0].text
    form = BeautifulSoup(medic.get(f"{at}/checklist", base_url=BASE_URL).text, "html.parser")
    assert len(form.select("fieldset.statement")) == 24 and len(form.select("input[type=radio]")) == 58
    sent = medic.post(f"{at}/checklist", base_url=BASE_URL, headers={"Origin": BASE_URL}, data=ONE_NO)
    assert sent.status_code == 303
    for path in (at, f"{at}/certificate"):
        assert "94 of 100" in medic.get(path, base_url=BASE_URL).text, path


def test_what_was_ticked_is_shown_again_where_an_item_is_missing(client: Client, database: Database,
                                                                 dossier: Dossier) -> None:
    medic = browser(client, database, Role.MEDICAL_REVIEWER)
    answer = medic.post(f"/review/{dossier.key}/checklist", base_url=BASE_URL, headers={"Origin": BASE_URL},
                        data={**EVERY_ITEM, "item-2": ""})
    page = BeautifulSoup(answer.text, "html.parser")
    assert answer.status_code == 422 and len(page.select("input[checked]")) == 23
    with database.reading() as session:
        assert queries.checklist(session, dossier.id or 0) is None


def test_others_are_not_asked(client: Client, database: Database, dossier: Dossier) -> None:
    lawyer, at = browser(client, database, Role.LEGAL_REVIEWER), f"/review/{dossier.key}"
    assert f"{at}/checklist" not in lawyer.get(at, base_url=BASE_URL).text
    assert lawyer.get(f"{at}/checklist", base_url=BASE_URL).status_code == 403
