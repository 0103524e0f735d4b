"""The big list of naughty strings through every field that writers fill in: each is kept as it was sent and shown
acting nowhere, or refused in words."""

from io import BytesIO
from itertools import zip_longest

import pytest
import yaml
from markupsafe import escape

from tests import naughty
from tests.articles.desk.conftest import AtDesk, Desk
from tests.articles.desk.test_pictures import drawn
from tests.naughty import inert, kept, lots, needs_list

pytestmark = [needs_list, pytest.mark.postgresql]
LINE, PARAGRAPHS = 180, 1500
NUL, NO_SIGN, CONTROL = "\0", "\ufffd", "\x1a"


def test_drafts_are_kept_as_they_were_sent_and_shown_inert(desk: Desk, engine: str) -> None:
    key = desk.open()
    head, body = desk.text(key).split("---\n", 2)[1:]
    front = yaml.safe_load(head)
    lines = list(lots(naughty.strings(engine), LINE))
    paragraphs = list(lots(naughty.strings(engine), PARAGRAPHS, "\n\n"))
    for four, more in zip_longest([lines[at:at + 4] for at in range(0, len(lines), 4)], paragraphs, fillvalue=""):
        title, summary, source, alt = [*four, "x", "x", "x", "x"][:4]
        front |= {"title": title, "summary": summary, "references": [{**front["references"][0], "title": source}]}
        text = f"---\n{yaml.safe_dump(front, allow_unicode=True)}---\n{body}\n\n![{alt}](a.png)\n\n{more}\n"
        assert desk.save(key, text).status_code == 303
        assert desk.text(key) == text.replace(NUL, CONTROL).replace("\r", "\n")
        page = inert(desk.get(f"/desk/{key}").text)
        area = page.select_one("textarea#desk-text")
        assert area is not None and kept(area.text) == kept(desk.text(key))
        assert page.select_one("[data-look]") is not None


def test_front_matter_that_is_no_yaml_is_named_and_never_lost(desk: Desk, engine: str) -> None:
    key = desk.open()
    clean = desk.text(key)
    for line in naughty.strings(engine)[::20]:
        text = clean.replace("title: Sampleitis", f"title: {line}")
        answer = desk.post(f"/desk/{key}/preview", text=text)
        assert answer.status_code == 200 and inert(answer.json["look"]).text.strip(), line  # type: ignore[index]


def test_what_is_asked_of_the_lists_is_shown_as_it_was_typed(desk: Desk, engine: str) -> None:
    for words in lots(naughty.strings(engine), 100):
        page = desk.get("/desk/", words=words, state=words, due=words, mine=words, **{"in": words}).text
        assert f'value="{escape(words.replace(NUL, NO_SIGN).strip())}"' in page
    for words in lots(naughty.strings(engine), PARAGRAPHS):
        for path in ("/desk/", "/desk/translations"):
            assert desk.get(path, page=words).status_code == 404
        assert inert(desk.get("/desk/new", topic=words, audience=words, **{"in": words}).text).select("form")


def test_names_that_are_none_are_refused_in_words(desk: Desk, at_desk: AtDesk, engine: str) -> None:
    key, titles = desk.open(), []
    for number, words in enumerate(lots(naughty.strings(engine), PARAGRAPHS)):
        for path, fields in (("open", {"path": words}), ("new", {"topic": words}), ("new-topic", {"slug": words}),
                             (f"{key}/blocks", {"block": words, "after": words, "version": 0}),
                             (f"{key}/submit", {"text": "x", "version": words}),
                             ("labels/close", {"flag": words, "reason": words})):
            assert desk.post(f"/desk/{path}", **fields).status_code in (404, 409, 422), path
        assert desk.get(f"/desk/{key}/compare", before=words, after=words).status_code == 404
        title = words[:100]
        begun = desk.post("/desk/new-topic", kind="disease", slug=f"topic-{number}", audience="patient", language="en",
                          markets="us", **{"title-en": title, "title-zh-Hans": title})
        assert begun.status_code == 303
        titles.append((begun.location, title))
    for path, title in titles:
        area = inert(desk.get(path).text).select_one("textarea#desk-text")
        assert area is not None
        assert yaml.safe_load(area.text.split("---\n")[1])["title"] == title.replace(NUL, CONTROL).strip()


def test_a_picture_gets_a_plain_name_whatever_it_was_called(desk: Desk, engine: str) -> None:
    key, content = desk.open(), drawn("PNG", (2, 2))
    for name in lots(naughty.strings(engine), 500):
        as_sent = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")  # as every browser does
        answer = desk.post(f"/desk/{key}/pictures", picture=(BytesIO(content), as_sent))
        assert answer.status_code == 303
        kept_as = answer.location.rpartition("picture=")[2]
        assert kept_as.isascii() and desk.get(f"/desk/{key}/pictures/{kept_as}").status_code == 200


@pytest.mark.parametrize("path", ["/desk/a%00b", "/desk/a%00b/history", "/review/a%00b", "/review/guest/a%00b",
                                  "/en/a%00b", "/media/a%00b.png", "/review/library/a%00b"])
def test_an_address_with_a_sign_that_no_database_keeps_leads_nowhere(desk: Desk, path: str) -> None:
    assert desk.get(path).status_code in (403, 404)
