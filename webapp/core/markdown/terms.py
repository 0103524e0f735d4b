"""Words to be explained, and where a text mentions them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Term:
    """A word and what it means, and whose page says so. `id` holds letters, digits and hyphens; `language` is that of
    the page that says so, empty where it is that of the word."""

    id: str
    word: str
    explanation: str
    title: str
    issuer: str
    url: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """Words to be explained: `pattern` finds their forms, and maybe others, `by_form` says whose a form is."""

    pattern: re.Pattern[str]
    by_form: Mapping[str, Term]

    def found_in(self, text: str) -> Iterator[tuple[re.Match[str], Term]]:
        """Each mention and whose it is."""
        for mention in self.pattern.finditer(text):
            words = " ".join(mention.group().split())
            term = self.by_form.get(words) or self.by_form.get(words.lower())
            if term is not None:
                yield mention, term

    def only_of(self, text: str, names: Iterable[str] = ()) -> "Terms | None":
        """Those that a text mentions, but for what its own `names` mean; None where it mentions none."""
        named = {term.id for name in names if (term := self.by_form.get(plain_form(name)))}
        there = {term.id for _, term in self.found_in(text)} - named
        return Terms(self.pattern, {form: term for form, term in self.by_form.items() if term.id in there}) \
            if there else None


def plain_form(words: str) -> str:
    """A form as it is looked up: one space between words, and small letters where it may be written with a capital.
    Capitals within are its own, since eGFR is a kidney's number and EGFR a gene."""
    words = " ".join(words.split())
    return words if has_own_case(words) else words.lower()


def has_own_case(form: str) -> bool:
    """Whether a form holds a capital behind its first letter."""
    return form[1:] != form[1:].lower()


def terms(forms: Iterable[tuple[str, Term]], never_in: Iterable[str] = ()) -> Terms:
    """Terms by their forms. The longest form wins. A form of small letters is found whatever its
    case. A form that begins or ends with a Latin letter or a figure has an edge there, whatever language stands around
    it; Chinese has none, so `never_in` names longer words that hold a form and mean something else."""
    by_form = {plain_form(form): term for form, term in forms}
    by_first: dict[str, list[str]] = {}
    for form in sorted({*by_form, *map(plain_form, never_in)}, key=lambda form: (-len(form), form)):
        for first in {form[0]} if has_own_case(form) else {form[0].lower(), form[0].upper()}:
            by_first.setdefault(first, []).append(form)
    # Begun with plain letters, so that the engine skips what begins no form: thirty times as fast as a plain list.
    pattern = "|".join(_begun_with(first, by_first[first]) for first in sorted(by_first))
    return Terms(re.compile(pattern or r"(?!)"), by_form)


def _begun_with(first: str, forms: Iterable[str]) -> str:
    edge = f"(?<![0-9A-Za-z]{first})" if _is_latin(first) else ""
    return f"{re.escape(first)}{edge}(?:{'|'.join(map(_rest, forms))})"


def _rest(form: str) -> str:
    words = re.sub(r"(?:\\ )+", r"\\s+", re.escape(form[1:]))
    words = words if has_own_case(form) else f"(?i:{words})"
    return f"{words}(?![0-9A-Za-z])" if _is_latin(form[-1]) else words


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()
