"""What is wrong in a page as one market reads it, its slots filled: its words, its sources, its claims, its balance."""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from webapp.articles.rules.frontmatter import Audience, Kind
from webapp.articles.rules.lint import citing, forbidden, passages, readability
from webapp.articles.rules.lint.balance import balance
from webapp.articles.rules.lint.passages import Passage
from webapp.articles.rules.locate import Finding, Severity
from webapp.core.errors import N_, said
from webapp.policy import rules as policy
from webapp.policy.rules import ContentClass, FundingKind

GATE, TARGET = 8.0, 6.0
"""SMOG of a page for patients, without its own words: refused above the first, told above the second (field rules,
section 8)."""
LONGEST_MEAN = 20.0
"""Words of a sentence, on the mean of a Chinese page (field rules, section 8: until the scale is calibrated)."""


@dataclass(frozen=True, slots=True)
class Written:
    """A page's text for one market; `names` are the words that it cannot do without."""

    kind: Kind
    audience: Audience
    language: str
    market: str
    content_class: ContentClass
    funding: FundingKind
    text: str
    lines: Sequence[int]
    names: Set[str]
    head: Sequence[tuple[int, str]] = ()
    """What readers see of the head, by line: title and summary."""
    is_measured: bool = True
    """Whether to measure how hard it is to read: markets differ by little."""

    @property
    def sells(self) -> bool:
        """Whether it is promotional, or a company paid for it."""
        return policy.sells(self.content_class, self.funding)

    @property
    def weighs_risk(self) -> bool:
        """Whether benefit and risk are weighed against each other on it."""
        return self.content_class is ContentClass.PROMOTIONAL


def judge(written: Written) -> Iterator[Finding]:
    """Every finding of a text for one market."""
    found, titles = passages.split(written.text, written.lines)
    for title in passages.skipped_levels(titles):
        yield Finding(title.line, "heading-skip", said("the heading `%(text)s` skips a level", text=title.text[:60]),
                      N_("Use one level below the heading above it"))
    alone = passages.standing_alone([*written.head, *((title.line, title.text) for title in titles)])
    yield from _claims(written, [*alone, *found])
    if written.kind is Kind.DRUG and written.content_class is ContentClass.DRUG_EDUCATION:
        for passage in citing.uncited(found):
            yield Finding(passage.line, "uncited-paragraph",
                          said("nothing is cited for `%(beginning)s`", beginning=_beginning(passage)),
                          N_("Cite the source that says so as [@key], or leave it out"))
    if written.weighs_risk:
        yield from _balance(found)
    yield from _captions(found)
    if written.audience is Audience.PATIENT and written.is_measured:
        yield from _readability(written.text, written.language, written.names, written.lines[0] if written.lines else 1)


def hard_to_read(text: str, language: str, names: Sequence[str], line: int) -> Iterator[Finding]:
    """What a text for patients that is no page is told by the limits of pages; `names` are the words it is about."""
    yield from _readability(text, language, readability.own_words(names), line)


def _claims(written: Written, found: Sequence[Passage]) -> Iterator[Finding]:
    text = "\n".join([*(words for _, words in written.head), written.text])
    for passage, claim, words in forbidden.made(found, text, market=written.market,
                                                language=written.language, sells=written.sells):
        yield Finding(passage.line, "forbidden-claim",
                      said("`%(words)s` is a claim of the kind `%(id)s`", words=words[:60], id=claim.id),
                      said("Say what is known and cite it. %(why)s", why=said(claim.why)))


def _captions(found: Sequence[Passage]) -> Iterator[Finding]:
    for place, passage in enumerate(found):
        below = found[place + 1].box if place + 1 < len(found) else ""
        if passage.text.lstrip().startswith("![") and not below.endswith("caption"):
            yield Finding(passage.line, "figure-caption", N_("a picture without a caption"),
                          N_("Put a block `figure-caption` below it: what it shows, and its source"))


def _balance(found: Sequence[Passage]) -> Iterator[Finding]:
    shown = balance(found)
    line = found[0].line if found else 1
    told = said("risk begins after %(begins_at)s of the words and is %(share)s of them",
                begins_at=f"{shown.begins_at:.0%}", share=f"{shown.share:.0%}")
    if not shown.share:
        yield Finding(line, "no-risk", N_("a promotional page that shows no risk"),
                      N_("Add the Important Safety Information as a block `isi`"))
    elif shown.is_late or shown.is_short:
        yield Finding(line, "balance", told, N_("Show risk earlier, or at the length of the benefit"),
                      Severity.WARNING)


def _readability(text: str, language: str, names: Set[str], line: int) -> Iterator[Finding]:
    if language.startswith("zh"):
        chinese = readability.chinese(text)
        if chinese.sentence_words is not None and chinese.sentence_words > LONGEST_MEAN:
            yield Finding(line, "long-sentences",
                          said("a sentence has %(sentence_words)s words on the mean (CLDC %(cldc)s)",
                               sentence_words=f"{chinese.sentence_words:.1f}", cldc=f"{chinese.cldc:.1f}"),
                          said("Break sentences: at most %(longest_mean)s are read",
                               longest_mean=f"{LONGEST_MEAN:.0f}"))
        return
    english = readability.english(text, names)
    if english.adjusted is None or english.smog is None or english.flesch_kincaid is None:
        return
    told = said("SMOG is %(adjusted)s without the topic's own words, %(smog)s with them (Flesch-Kincaid %(grade)s)",
                adjusted=f"{english.adjusted:.1f}", smog=f"{english.smog:.1f}",
                grade=f"{english.flesch_kincaid:.1f}")
    if english.adjusted > GATE:
        yield Finding(line, "too-hard", told,
                      said("Use shorter words and sentences: grade %(gate)s is the limit", gate=f"{GATE:.0f}"))
    elif english.adjusted > TARGET:
        yield Finding(line, "hard", told, said("Grade %(target)s is the aim", target=f"{TARGET:.0f}"),
                      Severity.WARNING)


def _beginning(passage: Passage) -> str:
    return " ".join(passage.text.split())[:60]
