"""The reviewers' pages, as a reviewer, an operator, an author, a guest and a stranger meet them."""

import re
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from werkzeug.test import Client, TestResponse

from tests import builders
from tests.builders import BASE_URL
from tests.pdf_text import text_of
from tests.review.cases import submit
from webapp.core import audit, clock
from webapp.core.db import Database
from webapp.core.languages import ENGLISH
from webapp.core.render import show_moment
from webapp.core.subject import Subject
from webapp.edge import Edge
from webapp.people import queries as people
from webapp.people.models import Account
from webapp.people.rules import AccountKind, Role
from webapp.review import queries
from webapp.review.models import Comment, Dossier
from webapp.review.rules import VALID_CONTENT, CommentKind, ReviewRole
from webapp.review.service import discussing

LEGAL = ReviewRole.LEGAL


@pytest.fixture
def lee(database: Database) -> Account:
    """A legal reviewer."""
    with database.writing() as session:
        return builders.account(session, Role.LEGAL_REVIEWER, email="lee@materia.example", kind=AccountKind.STAFF,
                                now=clock.now())


@pytest.fixture
def dossier(database: Database) -> Dossier:
    with database.writing() as session:
        return submit(session, now=clock.now())


@pytest.fixture
def legal(client: Client, lee: Account) -> Client:
    """Lee's browser."""
    builders.sign_in(client, lee.email)
    return client


def post(client: Client, path: str, **fields: str) -> TestResponse:
    return client.post(path, base_url=BASE_URL, headers={"Origin": BASE_URL}, data=fields)


def words_of(answer: TestResponse) -> str:
    main = BeautifulSoup(answer.text, "html.parser").main
    assert main is not None
    return re.sub(r"\s+", " ", main.get_text(" "))


def browser_of(edge: Edge, database: Database, *roles: Role, email: str) -> Client:
    with database.writing() as session:
        builders.account(session, *roles, email=email, kind=AccountKind.STAFF, now=clock.now())
    other = Client(edge)
    builders.sign_in(other, email)
    return other


def shows_again(client: Client) -> None:
    """Password and code, once more since signing in."""
    for code in builders.codes():  # the one that signed in is used
        if post(client, "/account/again", password=builders.PASSWORD, code=code).status_code != 200:
            return
    raise AssertionError("no code was taken")


def test_the_queue_shows_what_waits_and_for_whom(legal: Client, dossier: Dossier) -> None:
    shown = words_of(legal.get("/review/", base_url=BASE_URL))
    for part in ("1 piece waits", "A piece", "MAT-20", "version 1", "United States", "Medical Legal Regulatory"):
        assert part in shown, part


def test_reviewers_are_led_from_the_queue_to_urgent_withdrawal_and_writers_to_what_is_ordered(
        legal: Client, edge: Edge, database: Database) -> None:
    wren = browser_of(edge, database, Role.WRITER, email="wren@materia.example")
    assert 'href="/ops/withdrawal"' in legal.get("/review/", base_url=BASE_URL).text
    assert 'href="/ops/withdrawal"' not in wren.get("/review/", base_url=BASE_URL).text
    assert 'href="/ops/publishing"' in wren.get("/desk/", base_url=BASE_URL).text


@pytest.mark.parametrize(("query", "count"), [
    ("role=legal", 1), ("whose=mine", 0), ("whose=unassigned", 1), ("overdue=1", 0), ("role=none", 0)])
def test_the_queue_is_narrowed_down(legal: Client, dossier: Dossier, query: str, count: int) -> None:
    shown = legal.get(f"/review/?{query}", base_url=BASE_URL).text
    assert shown.count(f"/review/{dossier.key}") == count


def test_pieces_are_assigned_in_one_go(legal: Client, lee: Account, dossier: Dossier, database: Database) -> None:
    assert post(legal, "/review/assign", dossier=dossier.key, reviewer=f"legal:{lee.key}").status_code == 303
    with database.reading() as session:
        assert [task.account_id for task in queries.assignments(session, [dossier.id or 0])] == [lee.id]
    assert dossier.key in legal.get("/review/?whose=mine", base_url=BASE_URL).text


@pytest.mark.parametrize(("fields", "status"), [
    ({"reviewer": "legal:nobody"}, 404), ({"reviewer": ""}, 404), ({"due": "soon"}, 422), ({"dossier": "none"}, 422)])
def test_an_assignment_that_names_nothing_changes_nothing(legal: Client, lee: Account, dossier: Dossier,
                                                          fields: dict[str, str], status: int) -> None:
    whole = {"dossier": dossier.key, "reviewer": f"legal:{lee.key}", **fields}
    assert post(legal, "/review/assign", **whole).status_code == status


def test_a_comment_is_made_shown_at_its_passage_and_closed(legal: Client, dossier: Dossier,
                                                          database: Database) -> None:
    at = f"/review/{dossier.key}"
    sent = {"quote": "drink water", "words": "<script>alert(1)</script> Cite it", "kind": "must"}
    assert post(legal, f"{at}/comment", **sent).status_code == 303
    page = BeautifulSoup(legal.get(at, base_url=BASE_URL).text, "html.parser")
    mark = page.select_one(".paper mark")
    assert mark is not None and mark.text == "drink water" and page.select(".comment script") == []
    assert page.select_one(f'.passage a[href="#{mark["id"]}"]') is not None
    key = str(mark["id"]).removeprefix("passage-")
    assert post(legal, f"{at}/comments/{key}/close").status_code == 303
    with database.reading() as session:
        closed = queries.comment(session, key)
        assert closed is not None and closed.closed_at is not None


def test_a_comment_that_cannot_be_taken_is_not_lost(legal: Client, dossier: Dossier) -> None:
    answer = post(legal, f"/review/{dossier.key}/comment", quote="no such words", words="A long thought", kind="must")
    assert answer.status_code == 422 and "A long thought" in answer.text and "does not stand in the text" in answer.text


def test_a_hostile_body_is_shown_inert(legal: Client, database: Database) -> None:
    with database.writing() as session:
        made = submit(session, now=clock.now(), body_html=(
            '<p onclick="x()">A<script>x()</script><a href="javascript:x">b</a>'
            '<svg><style><img src=x onerror=x()></style></svg></p>'))
    page = legal.get(f"/review/{made.key}", base_url=BASE_URL).text
    assert not re.search(r"onclick|<script>x|javascript:|onerror=|<svg><style", page)


def test_signing_asks_for_proof_first(legal: Client, lee: Account, dossier: Dossier, database: Database) -> None:
    at = f"/review/{dossier.key}/sign"
    fields = {"digest": dossier.digest, "meaning": "approval", "role": "legal"}
    asked = legal.get(f"{at}?meaning=approval", base_url=BASE_URL)
    assert asked.status_code == 303 and asked.location.startswith("/account/again?next=")
    assert post(legal, at, **fields).status_code == 403, "a sign-in alone is no proof at signing"
    shows_again(legal)
    shown = words_of(legal.get(f"{at}?meaning=approval", base_url=BASE_URL))
    assert "I, Ann Example, say that I have read this version and approve it" in shown and dossier.digest in shown
    assert post(legal, at, **fields).location.startswith(f"/review/{dossier.key}")
    with database.reading() as session:
        signed, = queries.signatures(session, dossier.id or 0)
    assert (signed.account_id, signed.role, signed.meaning, signed.digest) == (lee.id, "legal", "approval",
                                                                              dossier.digest)


def test_the_page_asks_a_medical_reviewer_of_education_for_each_sentence(edge: Edge, database: Database) -> None:
    medical = browser_of(edge, database, Role.MEDICAL_REVIEWER, email="mei@materia.example")
    with database.writing() as session:
        made = submit(session, now=clock.now(), route="cme")
    at = f"/review/{made.key}/sign"
    fields = {"digest": made.digest, "meaning": "approval", "role": "medical"}
    shows_again(medical)
    asked = BeautifulSoup(medical.get(f"{at}?meaning=approval", base_url=BASE_URL).text, "html.parser")
    assert [box["value"] for box in asked.select("[name=attested][required]")] == ["0", "1", "2", "3"]
    assert not medical.get(f"{at}?meaning=rejection", base_url=BASE_URL).text.count("attested")
    refused = medical.post(at, base_url=BASE_URL, headers={"Origin": BASE_URL}, data={**fields, "attested": ["0", "3"]})
    assert refused.status_code == 422 and "Confirm each sentence" in words_of(refused)
    kept = BeautifulSoup(refused.text, "html.parser").select("[name=attested][checked]")
    assert [box["value"] for box in kept] == ["0", "3"]
    medical.post(at, base_url=BASE_URL, headers={"Origin": BASE_URL}, data={**fields, "attested": list("0123")})
    shown = words_of(medical.get(f"/review/{made.key}/certificate", base_url=BASE_URL))
    assert all(sentence in shown for sentence in VALID_CONTENT)


def test_a_rejection_keeps_what_was_typed_until_it_is_signed(legal: Client, dossier: Dossier) -> None:
    at = f"/review/{dossier.key}/sign"
    fields = {"digest": dossier.digest, "meaning": "rejection", "role": "legal"}
    stale = post(legal, at, reason="It compares two brands", **fields)
    assert stale.status_code == 403 and "It compares two brands" in stale.text
    shows_again(legal)
    assert post(legal, at, reason=" ", **fields).status_code == 422
    post(legal, at, reason="It compares two brands", **fields)
    shown = words_of(legal.get(f"/review/{dossier.key}/certificate", base_url=BASE_URL))
    assert "Rejected Ann Example , legal reviewer It compares two brands" in shown and "not approved now" in shown


@pytest.mark.parametrize(("fields", "status"), [({"digest": "e" * 64}, 409), ({"role": "medical"}, 403),
                                                ({"role": "none"}, 404)])
def test_a_signature_replayed_on_other_bytes_or_in_another_role_is_none(
        legal: Client, dossier: Dossier, database: Database, fields: dict[str, str], status: int) -> None:
    shows_again(legal)
    whole = {"digest": dossier.digest, "meaning": "approval", "role": "legal", **fields}
    assert post(legal, f"/review/{dossier.key}/sign", **whole).status_code == status
    with database.reading() as session:
        assert queries.signatures(session, dossier.id or 0) == []


def test_a_newer_version_answers_who_signs_the_old(legal: Client, dossier: Dossier, database: Database) -> None:
    shows_again(legal)
    with database.writing() as session:
        newer = submit(session, "b" * 64, now=clock.now())
    answer = post(legal, f"/review/{dossier.key}/sign", digest=dossier.digest, meaning="approval", role="legal")
    assert answer.status_code == 409 and "A newer version has taken its place" in answer.text
    assert f"/review/{newer.key}" in legal.get(f"/review/{dossier.key}", base_url=BASE_URL).text


def test_what_was_written_is_shown_again_when_somebody_was_faster(legal: Client, lee: Account, dossier: Dossier,
                                                                 database: Database) -> None:
    at = f"/review/{dossier.key}"
    shows_again(legal)
    with database.writing() as session:
        said = discussing.comment(session, dossier, lee, CommentKind.MUST, "Cite it", "", clock.now())
        discussing.close(session, said.key, lee, clock.now())
        submit(session, "b" * 64, now=clock.now())
    for path, fields in ((f"{at}/comments/{said.key}/answer", {"words": "A long answer"}),
                         (f"{at}/changes", {"role": "legal", "words": "A long answer"}),
                         (f"{at}/sign", {"role": "legal", "meaning": "rejection", "digest": dossier.digest,
                                         "reason": "A long answer"})):
        answer = post(legal, path, **fields)
        assert (answer.status_code, "A long answer" in words_of(answer)) == (409, True), path


def test_changes_are_requested_and_the_author_reads_why_and_answers(
        legal: Client, lee: Account, edge: Edge, database: Database) -> None:
    wren = browser_of(edge, database, Role.WRITER, email="wren@materia.example")
    with database.writing() as session:
        author = people.account_by_email(session, "wren@materia.example")
        assert author is not None
        mine = submit(session, author_ids=(author.id,), now=clock.now())
        other = submit(session, subject=Subject("article", 2), now=clock.now())
        said = discussing.comment(session, mine, lee, CommentKind.MUST, "Cite it", "", clock.now())
    post(legal, f"/review/{mine.key}/changes", role="legal", words="The dose is missing")
    shown = wren.get(f"/review/{mine.key}", base_url=BASE_URL)
    assert "The dose is missing" in shown.text and f"/review/{mine.key}/comment" not in re.findall(
        r'action="([^"]*)"', shown.text)
    assert post(wren, f"/review/{mine.key}/comments/{said.key}/answer", words="Cited now").status_code == 303
    assert "Cited now" in legal.get(f"/review/{mine.key}", base_url=BASE_URL).text
    assert wren.get(f"/review/{other.key}", base_url=BASE_URL).status_code == 404
    assert other.key not in wren.get("/review/", base_url=BASE_URL).text


def test_an_operator_reads_and_does_nothing(edge: Edge, database: Database, dossier: Dossier) -> None:
    olli = browser_of(edge, database, Role.OPERATOR, email="olli@materia.example")
    page = olli.get(f"/review/{dossier.key}", base_url=BASE_URL)
    assert page.status_code == 200 and re.findall(r'action="([^"]*)"', page.text) == []
    for path in ("comment", "look", "changes", "delegate", "guests", "sign"):
        assert post(olli, f"/review/{dossier.key}/{path}", words="x", kind="must").status_code == 403, path


@pytest.mark.parametrize("path", ["", "/certificate", "/certificate.pdf", "/sign"])
def test_a_dossier_that_is_not_there_is_not_found(legal: Client, path: str) -> None:
    assert legal.get(f"/review/aaaaaaaaaaaaaaaa{path}", base_url=BASE_URL).status_code in (303, 404)
    assert post(legal, "/review/aaaaaaaaaaaaaaaa/comment", words="x", kind="must").status_code == 404


def test_who_looks_is_shown_to_others(legal: Client, edge: Edge, database: Database, dossier: Dossier) -> None:
    morgan = browser_of(edge, database, Role.MEDICAL_REVIEWER, email="morgan@materia.example")
    post(legal, f"/review/{dossier.key}/look")
    assert "Looks at it now: Ann Example" in words_of(morgan.get(f"/review/{dossier.key}", base_url=BASE_URL))
    post(legal, f"/review/{dossier.key}/look", stop="1")
    assert "Looks at it now" not in morgan.get(f"/review/{dossier.key}", base_url=BASE_URL).text


def test_a_guest_reads_one_piece_and_comments_without_an_account(
        legal: Client, edge: Edge, database: Database, dossier: Dossier) -> None:
    post(legal, f"/review/{dossier.key}/guests", name="Prof. Elsewhere", days="7")
    path = re.findall(r"/review/guest/[a-z2-7]{26}", legal.get(f"/review/{dossier.key}", base_url=BASE_URL).text)[0]
    stranger = Client(edge)
    page = stranger.get(path, base_url=BASE_URL)
    assert page.status_code == 200 and "no-store" in page.headers["Cache-Control"] and '"noindex"' in page.text
    assert "Set-Cookie" not in page.headers and "Ann Example" not in page.text
    assert post(stranger, path, words="Which dose?", quote="drink water", kind="question").status_code == 303
    assert "Prof. Elsewhere" in legal.get(f"/review/{dossier.key}", base_url=BASE_URL).text
    end = re.findall(r'action="(/review/[a-z2-7]+/guests/[a-z2-7]+/end)"', legal.get(
        f"/review/{dossier.key}", base_url=BASE_URL).text)[0]
    post(legal, end)
    gone, never = stranger.get(path, base_url=BASE_URL), stranger.get(path[:-1] + "_", base_url=BASE_URL)
    assert gone.status_code == never.status_code == 404 and words_of(gone) == words_of(never)
    assert post(stranger, path, words="Late", kind="must").status_code == 404


def test_what_is_signed_besides_the_words_is_told_wherever_the_piece_is(legal: Client, edge: Edge,
                                                                         database: Database) -> None:
    with database.writing() as session:
        made = submit(session, facts=(("Goes out", "2026-03-02 10:00 <UTC>"),), now=clock.now())
    post(legal, f"/review/{made.key}/guests", name="Prof. Elsewhere", days="7")
    pages = [legal.get(f"/review/{made.key}{rest}", base_url=BASE_URL) for rest in ("", "/certificate")]
    guests = re.findall(r"/review/guest/[a-z2-7]{26}", pages[0].text)[0]
    for page in (*pages, Client(edge).get(guests, base_url=BASE_URL)):
        assert words_of(page).count("Goes out 2026-03-02 10:00 <UTC>") == 1
    in_chinese = Client(edge).get(guests, base_url=BASE_URL, headers={"Accept-Language": "zh"})
    assert "发送时间 2026-03-02" in words_of(in_chinese)


def test_an_older_comment_is_found_again_or_said_to_be_detached(legal: Client, lee: Account, dossier: Dossier,
                                                               database: Database) -> None:
    with database.writing() as session:
        for quote in ("drink water", "Rest for a day"):
            discussing.comment(session, dossier, lee, CommentKind.MUST, "Why?", quote, clock.now())
        newer = submit(session, "b" * 64, body_html="<p>New words. Rest for two days, and drink water.</p>",
                       now=clock.now())
    shown = words_of(legal.get(f"/review/{newer.key}", base_url=BASE_URL))
    assert shown.count("Detached:") == 1 and shown.count("on version 1") == 2
    page = legal.get(f"/review/{newer.key}", base_url=BASE_URL).text
    assert re.findall(r"<mark[^>]*>([^<]*)</mark>", page) == ["drink water"]


def test_the_words_that_changed_since_the_approved_version_are_shown(legal: Client, database: Database) -> None:
    with database.writing() as session:
        about = Subject("article", 5)
        first = submit(session, subject=about, source="Take it with food.", now=clock.now())
        builders.sign_all(session, first, builders.reviewers(session), clock.now())
        newer = submit(session, "b" * 64, subject=about, source="Take it without food.", now=clock.now())
    page = BeautifulSoup(legal.get(f"/review/{newer.key}", base_url=BASE_URL).text, "html.parser")
    assert [" ".join(change.get_text().split()) for change in page.select(".difference :is(del, ins)")] == [
        "[taken out: with ]", "[put in: without ]"]


def test_the_certificate_names_piece_digest_people_and_days(legal: Client, database: Database) -> None:
    with database.writing() as session:
        made = submit(session, now=clock.now(), valid_for=timedelta(days=90))
        builders.sign_all(session, made, builders.reviewers(session), clock.now())
    shown = words_of(legal.get(f"/review/{made.key}/certificate", base_url=BASE_URL))
    for part in ("A piece", made.digest, "MAT-20", "medical reviewer", "legal reviewer", "regulatory reviewer",
                 "UTC", "Handed in for review", "Approved by a reviewer"):
        assert part in shown, part
    assert "not approved now" not in shown


def test_the_certificate_is_a_link_to_a_pdf_that_says_the_same(legal: Client, database: Database) -> None:
    at = clock.now()
    with database.writing() as session:
        made = submit(session, now=at)
        builders.sign_all(session, made, builders.reviewers(session), at)
        audit.record(session, audit.By(audit.SCHEDULE, at), "page-published", queries.subject_of(made), "revision:3")
    page = legal.get(f"/review/{made.key}/certificate", base_url=BASE_URL).text
    path = f"/review/{made.key}/certificate.pdf"
    assert f'href="{path}"' in page
    answer = legal.get(path, base_url=BASE_URL)
    assert (answer.status_code, answer.content_type) == (200, "application/pdf")
    assert "no-store" in answer.headers["Cache-Control"] and "attachment" in answer.headers["Content-Disposition"]
    told = text_of(answer.data)
    signed = "AnnExamplelegalreviewerApproval" + "".join(show_moment(at, ENGLISH).split())
    for part in (made.digest, signed, "Handedinforreview·version1·Promotion", "Approvedbyareviewer",
                 "Pagepublished", "UnitedStates"):
        assert part in told, part


@pytest.mark.parametrize("role", sorted(set(Role) - {
    Role.MEDICAL_REVIEWER, Role.LEGAL_REVIEWER, Role.REGULATORY_REVIEWER, Role.OPERATOR, Role.WRITER}))
def test_nobody_else_finds_the_reviews(edge: Edge, database: Database, dossier: Dossier, role: Role) -> None:
    other = browser_of(edge, database, role, email="other@materia.example")
    assert other.get("/review/", base_url=BASE_URL).status_code == 403
    assert other.get(f"/review/{dossier.key}", base_url=BASE_URL).status_code == 403


def test_a_comments_table_holds_what_is_needed_to_find_it_again(database: Database, lee: Account,
                                                                dossier: Dossier) -> None:
    with database.writing() as session:
        made = discussing.comment(session, dossier, lee, CommentKind.MUST, "Why?", "drink water", clock.now())
        assert isinstance(made, Comment) and made.prefix.endswith("and ") and made.suffix == "."


def test_who_may_not_sign_is_told_so_in_their_language(legal: Client, database: Database, dossier: Dossier) -> None:
    shows_again(legal)
    legal.get("/review/?language=zh-Hans", base_url=BASE_URL)
    sent = {"meaning": "approval", "digest": dossier.digest}
    told = [post(legal, f"/review/{dossier.key}/sign", **{**sent, "role": "medical"}),
            post(legal, f"/review/{dossier.key}/sign", **{**sent, "role": "legal", "digest": "e" * 64})]
    assert post(legal, f"/review/{dossier.key}/sign", **sent, role="legal").status_code == 303
    told.append(post(legal, f"/review/{dossier.key}/sign", **sent, role="legal"))
    for answer, words in zip(told, ("没有此审核角色", "不是", "每人只签一次"), strict=True):
        assert answer.status_code in (403, 409) and words in words_of(answer)
