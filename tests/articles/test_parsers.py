"""What others' parsers find wrong is told in our words, in both languages."""

import errno
import re

import pytest

from webapp.articles.rules import parsers
from webapp.articles.rules.locate import Finding, read_yaml
from webapp.articles.rules.pictures import inspect
from webapp.core.errors import Said, translated
from webapp.core.languages import CHINESE
from webapp.core.render import translations

ENGLISH_WORDS = re.compile(r"[A-Za-z]{4,}")
BROKEN_YAML = [
    "a: [", "a: {", "a: b: c", "a:\n\tb: 1", "- a\nb: 1", "a: 'x", 'a: "x\\q"', "a: |x", "a: @x", "a: %x",
    "%YAML 3\n---\na: 1", "%X\n---\na: 1", "a: &", "a: *", "a: !<", "a: 1\n b: 2", "? a\n: : b", "a: ]", "a: ,",
    "a: b\nc", "---\na: 1\n---\nb: 2", 'a: "\\u12"', "a: 'it's'", "a: 2026-99-99", "a: x\x01", "a: >2x\n b", "{a: 1",
    "a: [1, 2",
    "a: ? b", "a: - b", "a: *nope", "a: 'x\n---\n", "a: |0\n b", "a: \"x\n--- y"]
BROKEN_XML = ["", "<svg", "<svg>", "<svg><g></svg>", "<svg/>x", "<svg>&x;</svg>", "<svg>a < b</svg>",
              "<svg a='1' a='2'/>", "<svg><x:y/></svg>", "<svg a=1/>"]


def in_chinese(message: str) -> str:
    return translated(message, translations(CHINESE).gettext)


@pytest.mark.parametrize("text", BROKEN_YAML)
def test_a_fault_of_yaml_is_told_without_the_parsers_words(text: str) -> None:
    found = read_yaml(text)
    assert isinstance(found, Finding) and "the program that reads it" not in found.message
    told = in_chinese(found.message)
    assert not set(ENGLISH_WORDS.findall(told)) - {"YAML", "value"}, told


@pytest.mark.parametrize("text", BROKEN_XML[1:])
def test_a_fault_of_a_drawing_is_told_without_the_parsers_words(text: str) -> None:
    found = inspect("a.svg", text.encode())
    assert isinstance(found, Finding) and "the program that reads it" not in found.message
    assert not ENGLISH_WORDS.findall(in_chinese(found.message)), in_chinese(found.message)


def test_a_fault_of_no_known_kind_is_quoted_behind_a_sentence_of_ours() -> None:
    for made in (parsers.of_yaml("did not find the moon"), parsers.of_xml(99, "did not find the moon"),
                 parsers.of_file(OSError(errno.ENOSPC, "did not find the moon"))):
        assert isinstance(made, Said) and str(made) == "the program that reads it says “did not find the moon”"
        assert in_chinese(made) == "读取程序的原话为“did not find the moon”"
