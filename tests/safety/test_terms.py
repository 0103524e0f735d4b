"""The list of reactions: whole, without doubles, and every wording of it is heard as its own term."""

import pytest
import yaml

from webapp.safety.rules.reading import every, tokens_of, vocabulary
from webapp.safety.rules.screening import Concern, Screen
from webapp.safety.rules.terms import FILE, parse, terms

RASH = "- {id: rash, group: skin, names: {en: Rash, zh-Hans: 皮疹}, synonyms: {en: [red spots], zh-Hans: [疹子]}}\n"


def test_the_list_is_of_a_size_that_an_officer_can_know() -> None:
    assert 150 <= len(terms()) <= 250


def test_every_term_has_a_name_of_its_own_in_each_language() -> None:
    for language in ("en", "zh-Hans"):
        names = [term.names[language] for term in terms().values()]  # type: ignore[index]
        assert len(set(names)) == len(names)


def test_every_wording_is_heard_as_its_term() -> None:
    screen, missed = Screen({}), []
    for term in terms().values():
        for wording in term.wordings:
            found = {match.term for match in screen.read(wording).concerns}
            if term.id not in found:
                missed.append((term.id, wording, found))
    assert missed == []


def test_no_phrase_stands_under_two_concerns() -> None:
    owners = {tokens_of(wording): term.id for term in terms().values() for wording in term.wordings}
    doubles = []
    for concern, words in vocabulary().concerns.items():
        for wording in every(words):
            key = tokens_of(wording)
            assert key and key[0] != "...", wording
            if owners.setdefault(key, concern) != concern:
                doubles.append((concern, wording, owners[key]))
    assert doubles == []


def test_the_file_of_words_names_every_concern() -> None:
    assert set(vocabulary().concerns) == set(Concern)


@pytest.mark.parametrize(("text", "why"), [
    (RASH + RASH, "`rash` stands twice"),
    (RASH + RASH.replace("id: rash", "id: spots").replace("Rash", "Spots").replace("皮疹", "斑"),
     "`red spots` under `spots` stands under `rash` already"),
    (RASH.replace("red spots", "the"), "`the` under `rash` holds only small words"),
    (RASH.replace(", zh-Hans: [疹子]", ""), "`rash` lacks a language"),
    (RASH.replace("group: skin", "group: skinn"), "group"), (RASH.replace("id: rash", "id: Rash!"), "id"),
    (RASH.replace("names:", "name: x, names:"), "name"),
])
def test_a_fault_in_the_file_is_named(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse(text)


def test_the_file_is_read_as_it_stands() -> None:
    assert list(terms()) == [entry["id"] for entry in yaml.safe_load(FILE.read_text("utf-8"))]
