"""Claims in campaign messages: approved wordings, shown to who reviews them, looked at again when a label changes."""

from datetime import datetime
from pathlib import Path

import pytest
from sqlmodel import select
from werkzeug.test import Client

from tests import builders, copies
from tests.articles.leaning import CLAIM, write_claims, write_drug
from tests.builders import BASE_URL, NOW, POSTAL_ADDRESS
from tests.medicines.labels import DOSING, SET_ID, bring_in, spl
from tests.ops.pages import last_act, words_of
from webapp.campaigns import jobs, queries
from webapp.campaigns.models import Campaign
from webapp.campaigns.rules import CampaignState
from webapp.campaigns.service import claiming, planning
from webapp.campaigns.service.planning import NewCampaign
from webapp.campaigns.service.wording import Words
from webapp.channels.models import Outgoing
from webapp.core import clock
from webapp.core.audit import By
from webapp.core.db import Database
from webapp.core.errors import Invalid, NotFound
from webapp.core.platform import Platform
from webapp.people.rules import AccountKind, MailName, Role
from webapp.people.service import MAIL_SUBJECT
from webapp.review import queries as dossiers

BODY = "{claim: once}. Read [the page](landing:)."
CHANGED = spl(2, s34068_7="Two tablets a day.")
pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def content(platform: Platform, tmp_path: Path) -> Path:
    """A medicine's published page, its claims and its label."""
    folder = tmp_path / "content"
    write_drug(folder)
    write_claims(folder, CLAIM, {**CLAIM, "id": "own", "label": None}, {**CLAIM, "id": "far", "markets": ["gb"]},
                 {**CLAIM, "id": "chinese", "text": {"zh-Hans": "每天一次"}})

    def make() -> None:
        bring_in(platform.database, tmp_path / "spl", spl())
        waiting = builders.import_content(platform, folder)
        builders.clear(platform, waiting)
        builders.publish_entries(platform, waiting)

    copies.once(platform.database, (__name__,), make)
    return folder


def plan(platform: Platform, body: str = BODY,
         landing: tuple[str, str, str] = ("drug", "samplin", "patient")) -> Campaign:
    with platform.database.writing() as session:
        sponsor = builders.company(session)
        return planning.plan(session, NewCampaign(
            company_id=sponsor.id or 0, name="Letter", account_kind=AccountKind.HCP, market="us",
            words={"en": Words("A page", body)}, landing=landing, local_time=datetime(2026, 3, 2, 10), zone="UTC"),
            platform, NOW)


def concerns(platform: Platform) -> list[tuple[str, int, int]]:
    with platform.database.reading() as session:
        return [(one.section, one.from_version, one.to_version) for one in claiming.concerns(session)]


@pytest.mark.usefixtures("content")
def test_a_claim_stands_for_its_approved_wording_with_its_source_and_is_part_of_what_is_signed(
        platform: Platform) -> None:
    with_claim, without = plan(platform), plan(platform, "Take one a day. Read [the page](landing:).")
    builders.clear_campaign(platform, with_claim)
    with platform.database.reading() as session:
        message, = queries.messages(session, with_claim.id or 0)
        assert message.body == ("Take one a day. Read [the page](landing:).\n\n"
                                "References: Samplin label, Northwind, 2024")
        claim, = message.claims or ()
        assert (claim["id"], claim["label"]["set_id"], "section_digest" in claim) == ("once", SET_ID, True)
        dossier = dossiers.newest(session, planning.subject(with_claim.id or 0))
        assert dossier is not None and f"- once: label {SET_ID} version 1, section {DOSING}" in dossier.source
        assert queries.messages(session, without.id or 0)[0].claims is None


@pytest.mark.usefixtures("content")
@pytest.mark.parametrize(("body", "why"), [
    ("{claim: nothing}", "unknown claim `nothing`. Claims of this medicine: once, own, far, chinese"),
    ("{claim: far}", "does not hold in `us`"), ("{claim: chinese}", "has no text in en")])
def test_a_claim_that_is_not_there_is_refused_with_its_line_and_the_remedy(platform: Platform, body: str,
                                                                           why: str) -> None:
    with pytest.raises(Invalid, match=rf"(?s)line 2: .*{why}"):
        plan(platform, f"Read [the page](landing:).\n{body}.")


def test_a_message_that_leads_to_no_medicine_says_no_claims(platform: Platform, content: Path) -> None:
    builders.published_document(platform, content)
    with pytest.raises(Invalid, match="Lead to a medicine"):
        plan(platform, landing=("disease", "sampleitis", "patient"))


@pytest.mark.postgresql
@pytest.mark.parametrize(("label", "found"), [
    (CHANGED, [(DOSING, 1, 2)]), (spl(2, s34068_7=""), [(DOSING, 1, 2)]),
    (spl(2, s34073_7="Other words."), []), (spl(2), [])], ids=["changed", "gone", "another", "same"])
def test_a_newer_label_asks_for_a_look_at_messages_that_lean_on_what_it_changed(
        platform: Platform, content: Path, label: str, found: list[tuple[str, int, int]]) -> None:
    plan(platform)
    plan(platform, "{claim: own}. Read [the page](landing:).")
    assert concerns(platform) == []
    bring_in(platform.database, content / "spl", label)
    assert concerns(platform) == found


def test_a_changed_label_stops_no_mail_and_a_cancelled_campaign_asks_for_nothing(platform: Platform,
                                                                                content: Path) -> None:
    campaign = plan(platform)
    builders.clear_campaign(platform, campaign)
    builders.schedule_campaign(platform, campaign)
    planning.release(platform.database, campaign.id or 0, POSTAL_ADDRESS, campaign.send_at)
    bring_in(platform.database, content / "spl", CHANGED)
    assert len(concerns(platform)) == 1
    with platform.database.reading() as session:
        sent = queries.campaign(session, campaign.id or 0)
        assert planning.stop_reason(session, sent, POSTAL_ADDRESS, campaign.send_at) is None
    with platform.database.writing() as session:
        queries.held(session, campaign.id or 0).state = CampaignState.CANCELLED
    assert concerns(platform) == []


def told(platform: Platform) -> list[tuple[int, str]]:
    """(account, where the mail leads) of each mail that tells of a change, those that the next run puts in included."""
    jobs.tell_of_changes(platform.database, NOW)
    with platform.database.reading() as session:
        rows = session.exec(select(Outgoing).where(Outgoing.subject_kind == MAIL_SUBJECT)).all()
        return [(row.account_id or 0, row.values["path"]) for row in rows
                if row.values.get("mail") == MailName.SOURCE_CHANGED]


@pytest.mark.postgresql
def test_reviewers_are_told_once_by_mail_and_again_when_the_label_changes_again(
        platform: Platform, content: Path) -> None:
    with platform.database.writing() as session:
        medical, _, regulatory = (builders.account(session, role) for role in builders.REVIEWERS.values())
        builders.account(session, Role.MEDICAL_REVIEWER, is_active=False)
    plan(platform)
    others = told(platform)
    assert others == []
    bring_in(platform.database, content / "spl", CHANGED)
    asked = {medical.id, regulatory.id}
    first = told(platform)
    assert {number for number, _ in first} >= asked and {path for _, path in first} == {"/desk/labels/mail"}
    assert told(platform) == first, "once"
    bring_in(platform.database, content / "spl", spl(3, s34068_7="Three tablets a day."))
    assert len(told(platform)) == 2 * len(first)


def test_what_was_looked_at_is_asked_again_only_when_the_label_changes_again(platform: Platform, content: Path) -> None:
    plan(platform)
    bring_in(platform.database, content / "spl", CHANGED)
    with platform.database.writing() as session:
        key = claiming.concerns(session)[0].key
        claiming.close(session, [key], By(7, NOW, "It holds"))
    with platform.database.writing() as session:
        assert last_act(session) == ("message-flag-closed", "campaign", "It holds")
        with pytest.raises(NotFound, match="closed it meanwhile"):
            claiming.close(session, [key], By(7, NOW, "It holds"))
    assert concerns(platform) == []
    bring_in(platform.database, content / "spl", spl(3, s34068_7="Three tablets a day."))
    assert concerns(platform) == [(DOSING, 2, 3)]


def test_a_reviewer_sees_the_difference_and_says_what_they_found(client: Client, platform: Platform, database: Database,
                                                                 content: Path) -> None:
    plan(platform)
    bring_in(platform.database, content / "spl", CHANGED)
    with database.writing() as session:
        builders.account(session, Role.MEDICAL_REVIEWER, email="morgan@materia.example", kind=AccountKind.STAFF,
                         now=clock.now())
    builders.sign_in(client, "morgan@materia.example")
    assert 'href="/desk/labels/mail"' in client.get("/desk/labels", base_url=BASE_URL).text
    page = client.get("/desk/labels/mail", base_url=BASE_URL)
    shown = words_of(page)
    assert "Letter" in shown and "[taken out: One tablet ]" in shown and "[put in: Two tablets ]" in shown
    key = builders.hidden_fields(page.text)["flag"]
    for fields, status in (({"flag": key}, 422), ({"flag": "nothing", "reason": "It holds"}, 404),
                           ({"flag": key, "reason": "It holds"}, 303)):
        answer = client.post("/desk/labels/mail/close", base_url=BASE_URL, headers={"Origin": BASE_URL}, data=fields)
        assert answer.status_code == status
    assert "No flags are open" in words_of(client.get("/desk/labels/mail", base_url=BASE_URL))


@pytest.mark.parametrize("role", [Role.MARKETER, Role.HCP])
def test_nobody_else_sees_it(client: Client, database: Database, role: Role) -> None:
    with database.writing() as session:
        builders.account(session, role, email="other@materia.example")
    builders.sign_in(client, "other@materia.example")
    assert client.get("/desk/labels/mail", base_url=BASE_URL).status_code == 403
