"""The words in which each purpose is asked for: data with versions, in every language."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from webapp.consents.rules.purposes import Purpose
from webapp.core.languages import LANGUAGES

FILE = Path(__file__).parent.parent / "wordings.toml"


@dataclass(frozen=True)
class Wording:
    """One version of a purpose's words in one language. `{company}` stands for the company's name."""

    purpose: str
    version: str
    language: str
    title: str
    asks: str
    data: str
    seen_by: str
    kept: str
    agree: str
    refuse: str
    withdraw: str
    """What the three buttons say."""

    @property
    def digest(self) -> str:
        """SHA-256 of all of it, before the company's name is filled in: what a line of the ledger names."""
        words = json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(words.encode()).hexdigest()

    def of(self, company: str) -> "Wording":
        """The words as they are shown for a company."""
        texts = {name: text.replace("{company}", company) for name, text in asdict(self).items()}
        return replace(self, **texts)


Wordings = Mapping[tuple[str, str, str], Wording]
"""(purpose, version, language) -> words; of a purpose the newest version is last."""


def read(entries: Mapping[str, Any]) -> Wordings:
    """The words in a parsed file. Raises TypeError or KeyError for a part that is missing or unknown, ValueError for a
    version that stands twice."""
    found: dict[tuple[str, str, str], Wording] = {}
    for entry in entries["wording"]:
        for language in LANGUAGES:
            made = Wording(str(Purpose(entry["purpose"])), entry["version"], language.tag, **entry[language.tag])
            key = (made.purpose, made.version, made.language)
            if key in found:
                raise ValueError(f"wordings.toml has {key} twice. Give the changed words another version.")
            found[key] = made
    return MappingProxyType(found)


ALL = read(tomllib.loads(FILE.read_text("utf-8")))
_NEWEST = {purpose: version for purpose, version, _ in ALL}


def newest(purpose: Purpose, language: str) -> Wording:
    """What is shown now. KeyError for a purpose that nobody is asked for."""
    return ALL[purpose, _NEWEST[purpose], language]


def shown(purpose: str, version: str, language: str) -> Wording | None:
    """What was shown then; None of lines from before words were kept, and of withdrawals without any."""
    return ALL.get((purpose, version, language))
