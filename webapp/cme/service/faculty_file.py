"""What leaves the pages of disclosures: their document in the activity file, and the people as `activity.yaml` is to
name them."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

import yaml
from sqlmodel import Session

from webapp.cme import queries
from webapp.cme.models import CmeActivity, CmeDisclosureDecision
from webapp.cme.rules.activity import ActivityFile, Part
from webapp.cme.rules.decision import EXCEPTIONS, MEANS, STATES, VERDICTS, Ruling, Told, state_of
from webapp.cme.rules.disclosure import NATURES, Tie
from webapp.cme.rules.faculty import nature_in
from webapp.cme.service import faculty, versions
from webapp.cme.service.activity_parts import Passage
from webapp.cme.service.faculty import Asked, Statement, phrase
from webapp.cme.service.showing import PART_NAMES, language_in
from webapp.core.errors import N_
from webapp.core.languages import Language
from webapp.core.render import show_date, show_moment, translations
from webapp.people import queries as people

TITLE = N_("Disclosures and decisions")


def document(session: Session, activity: CmeActivity, language: Language, now: datetime) -> dict[str, Any]:
    """The values of the document: everybody who was asked, each statement, and each decision on a relationship."""
    words, newest = translations(language).gettext, queries.newest(session, activity.id or 0)
    assert newest is not None
    file, asked = versions.about(newest), faculty.of_activity(session, activity.id or 0)
    writer = _Writer(language, _names(session, asked), now)
    passages = [passage for one in asked for passage in writer.of_one(one)]
    none = Passage(words(TITLE), [("", words(N_("Nobody was asked yet.")))])
    return {"title": f"{words(TITLE)}: {file.titles[language_in(file, language)]}",
            "about": words(N_("As it stood on %(when)s.")) % {"when": show_moment(now, language)},
            "passages": [asdict(one) for one in passages or [none]]}


def _names(session: Session, asked: list[Asked]) -> dict[int, str]:
    numbers = {made.account_id for one in asked for stated in one.statements for own in stated.decisions
               for made in own}
    return {number: account.name for number, account in people.accounts(session, numbers).items()}


class _Writer:
    def __init__(self, language: Language, names: dict[int, str], now: datetime) -> None:
        self._language, self._names, self._now = language, names, now
        self._words = translations(language).gettext

    def of_one(self, asked: Asked) -> Iterator[Passage]:
        """A person, then each statement, the last first."""
        words, row = self._words, asked.row
        state = STATES[state_of(asked.last.told if asked.last else None, self._now.date())]
        yield Passage(row.name, [
            (words(N_("Part")), ", ".join(words(PART_NAMES[Part(part)]) for part in row.parts)),
            (words(N_("Asked on")), show_date(row.asked_at.date(), self._language)),
            (words(N_("State")), words(N_("Called off")) if row.ended_at else words(state))])
        for stated in reversed(asked.statements):
            yield self._stated(row.name, stated, is_last=stated is asked.last)

    def _stated(self, name: str, stated: Statement, *, is_last: bool) -> Passage:
        """A line of its own for each decision, the last on a relationship first."""
        words = self._words
        when = words(N_("Stated on %(when)s")) % {"when": show_moment(stated.row.at, self._language)}
        heading = f"{name}: {when}" if is_last else f"{name}: {when}. {words(N_('Stated before, and replaced'))}"
        if not stated.row.ties:
            return Passage(heading, [("", words(N_("No financial relationship in the 24 months before.")))])
        return Passage(heading, (), [words(one) for one in (
            N_("Company"), N_("Kind of relationship"), N_("Decision"), N_("Why, or how in particular"),
            N_("Who decided"))], list(self._rows(stated, words(N_("To be decided")) if is_last else "–")))

    def _rows(self, stated: Statement, undecided: str) -> Iterator[list[str]]:
        for tie, own in zip(stated.told.ties, stated.decisions, strict=True):
            for made in reversed(own):
                yield [tie.company, self._nature(tie), self._decision(made), made.words, self._who(made)]
            if not own:
                yield [tie.company, self._nature(tie), undecided, "", ""]

    def _nature(self, tie: Tie) -> str:
        ended = self._words(N_("Ended on %(day)s")) % {
            "day": show_date(tie.ended_on, self._language)} if tie.ended_on else ""
        return self._joined(self._words(NATURES[tie.nature]), tie.words, ended)

    def _decision(self, made: CmeDisclosureDecision) -> str:
        words = self._words
        exception = f"{words(N_('By an exception:'))} {words(EXCEPTIONS[made.exception])}" if made.exception else ""
        return self._joined(words(VERDICTS[made.verdict]), exception, *(words(MEANS[one]) for one in made.means))

    def _who(self, made: CmeDisclosureDecision) -> str:
        return self._words(N_("Decided by %(name)s on %(when)s")) % {
            "name": self._names.get(made.account_id, "") or "–", "when": show_moment(made.at, self._language)}

    def _joined(self, *parts: str) -> str:
        return ("; " if self._language.tag == "en" else "；").join(part for part in parts if part)


def as_yaml(session: Session, activity: CmeActivity, file: ActivityFile) -> str:
    """`contributors` of activity.yaml as they were decided: whoever may take part, with the relationships that learners
    are told of. Credentials stand where the file knows the person."""
    known = {one.name: one for one in file.contributors}
    told = []
    for one in faculty.of_activity(session, activity.id or 0):
        last = one.last
        if one.row.ended_at is not None or last is None or not last.told.is_settled:
            continue
        now = known.get(one.row.name)
        settled = last.told.settled_on
        assert settled is not None
        told.append({"name": one.row.name, **({"credentials": dict(now.credentials)} if now else {}),
                     "parts": list(one.row.parts), "began_on": max(now.began_on, settled) if now else settled,
                     "disclosed_on": last.told.on, "relationships": list(_relationships(last.told, file.languages))})
    return str(yaml.safe_dump({"contributors": told}, allow_unicode=True, sort_keys=False, width=120))


def _relationships(told: Told, tags: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    for tie, ruling in told.decided:
        if ruling.is_relevant:
            yield {"company": tie.company, "nature": {tag: nature_in(tie, tag, phrase) for tag in tags},
                   "has_ended": tie.ended_on is not None, "is_relevant": True,
                   "mitigation": {tag: _mitigation(ruling, tag) for tag in tags}, "mitigated_on": ruling.on}


def _mitigation(ruling: Ruling, tag: str) -> str:
    return ("; " if tag == "en" else "；").join(phrase(MEANS[one], tag) for one in ruling.means)
