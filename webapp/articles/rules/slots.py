"""Market slots, claims and market blocks, filled before anything else reads a text.

    {emergency} {crisis} {poison} {report} {drug:slug} {Drug:slug} {word:tumor} {Word:tumor}
    {unit:measure conventional|SI} {claim: id}
    /// market | us cn ... ///

A literal brace is written `\\{`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from webapp.articles.rules.claims import NO_CLAIMS, Claim, Claims
from webapp.articles.rules.frontmatter import MEASURES, MarketFile
from webapp.articles.rules.locate import Finding
from webapp.core.errors import N_, said
from webapp.core.languages import MARKETS
from webapp.core.markdown import without_code

PHRASES = ("emergency", "crisis", "poison", "report")
KNOWN_SLOTS = ("{emergency} {crisis} {poison} {report} {drug:slug} {Drug:slug} {word:tumor} {Word:tumor} "
               "{unit:measure us|SI} {claim: id}")
# (conventional, SI) unit of each measure, with the gap that stands before it.
UNITS = {
    "glucose": ("\N{NO-BREAK SPACE}mg/dL", "\N{NO-BREAK SPACE}mmol/L"),
    "hba1c": ("%", "\N{NO-BREAK SPACE}mmol/mol"),
    "cholesterol": ("\N{NO-BREAK SPACE}mg/dL", "\N{NO-BREAK SPACE}mmol/L"),
    "triglycerides": ("\N{NO-BREAK SPACE}mg/dL", "\N{NO-BREAK SPACE}mmol/L"),
    "creatinine": ("\N{NO-BREAK SPACE}mg/dL", "\N{NO-BREAK SPACE}µmol/L"),
    "acr": ("\N{NO-BREAK SPACE}mg/g", "\N{NO-BREAK SPACE}mg/mmol"),
    "temperature": ("\N{NO-BREAK SPACE}°F", "\N{NO-BREAK SPACE}°C"),
    "weight": ("\N{NO-BREAK SPACE}lb", "\N{NO-BREAK SPACE}kg"),
    "length": ("\N{NO-BREAK SPACE}in", "\N{NO-BREAK SPACE}cm"),
}
MOST_FINDINGS = 1_000
"""That a market's text is told of, our choice: where program code was pasted, each brace would be one."""
_SLOT = re.compile(r"(?<!\\)\{([^{}\n]{0,120})(\}?)")
_UNIT = re.compile(r"(\w+)\s+([^|{}\n]*\d[^|{}\n]*)\|([^|{}\n]*\d[^|{}\n]*)")
_OPEN = re.compile(r" {0,3}(/{3,})\s*([\w-]+)\s*(?:\|(.*))?$")
_CLOSE = re.compile(r" {0,3}(/{3,})\s*$")
_ITEM = re.compile(r"\s*(?:[-*+]|\d+[.)])\s")


@dataclass(frozen=True, slots=True)
class Filled:
    """A text as one market reads it. `lines[i]` is the number that its line `i` has in the file it came from."""

    text: str
    lines: tuple[int, ...]
    findings: tuple[Finding, ...]
    claims: tuple[Claim, ...] = ()
    """Those that the text says, each once, in order."""
    claim_texts: tuple[str, ...] = ()
    """Their words, filled."""


@dataclass(slots=True)
class _Block:
    slashes: str
    name: str
    line: int
    is_market: bool
    is_kept: bool


@dataclass
class _Reader:
    """Walks the lines once, drops other markets' blocks and the marks of all market blocks."""

    market: str
    findings: list[Finding] = field(default_factory=list)
    stack: list[_Block] = field(default_factory=list)
    kept: list[tuple[int, str]] = field(default_factory=list)
    is_gap: bool = False

    def read(self, number: int, line: str, visible: str) -> None:
        is_mark = "///" in visible
        if not (is_mark or self.stack or self.is_gap):  # as most lines are
            self.kept.append((number, line))
            return
        opening = _OPEN.match(visible) if is_mark else None
        closing = _CLOSE.match(visible) if is_mark and not opening else None
        if opening and opening.group(2) == "market":
            self._open_market(number, opening)
        elif opening:
            self._open(number, opening)
            self._keep(number, line)
        elif closing:
            self._close(number, line, closing.group(1))
        else:
            if visible.startswith("## ") and any(block.is_market for block in self.stack):
                self.findings.append(Finding(number, "market-heading", N_("a heading of level 2 in a market block"),
                                             N_("Close the block before it: every market has the same headings")))
            self._keep(number, line)

    def _open_market(self, number: int, opening: re.Match[str]) -> None:
        names = (opening.group(3) or "").replace(",", " ").split()
        unknown = [name for name in names if name not in MARKETS]
        if unknown or not names:
            what = (said("unknown market `%(name)s`", name=unknown[0][:40]) if unknown
                    else N_("a market block that names no market"))
            self.findings.append(Finding(number, "unknown-market", what,
                                         said("Known markets: %(known)s", known=", ".join(MARKETS))))
        is_kept = self.market in names and self._is_kept()
        self.stack.append(_Block(opening.group(1), "market", number, True, is_kept))
        self.is_gap = self.is_gap or self._is_kept()

    def _open(self, number: int, opening: re.Match[str]) -> None:
        slashes, outer = opening.group(1), next((b for b in reversed(self.stack) if not b.is_market), None)
        if outer and len(slashes) >= len(outer.slashes):
            self.findings.append(Finding(number, "block-slashes",
                                         said("a block inside the one of line %(line)s with as many slashes",
                                              line=outer.line),
                                         N_("Close that block first, or write the outer one with more slashes than "
                                            "the inner")))
        self.stack.append(_Block(slashes, opening.group(2), number, False, self._is_kept()))

    def _close(self, number: int, line: str, slashes: str) -> None:
        if not any(block.slashes == slashes for block in self.stack):
            self.findings.append(Finding(number, "block-close",
                                         said("`%(slashes)s` closes no open block", slashes=slashes),
                                         N_("Remove it, or use as many slashes as the line that opens the block")))
            return
        while True:
            block = self.stack.pop()
            if block.slashes == slashes:
                break
            self._unclosed(block)
        if block.is_market:
            self.is_gap = True
        elif block.is_kept:
            self._keep(number, line)

    def _unclosed(self, block: _Block) -> None:
        self.findings.append(Finding(block.line, "block-open",
                                     said("the block `%(name)s` is not closed", name=block.name[:40]),
                                     said("Close it with a line `%(slashes)s`", slashes=block.slashes)))

    def finish(self) -> None:
        for block in self.stack:
            self._unclosed(block)

    def _is_kept(self) -> bool:
        return not self.stack or self.stack[-1].is_kept  # a block is kept only within blocks that are

    def _keep(self, number: int, line: str) -> None:
        if self.stack and not self._is_kept():
            return
        if self.is_gap:
            before, is_blank = self.kept[-1][1] if self.kept else "", not line.strip()
            if is_blank and not before.strip():
                return
            if not is_blank and before.strip() and not _joins(before, line):
                self.kept.append((number, ""))
            self.is_gap = is_blank
        self.kept.append((number, line))


def _joins(before: str, after: str) -> bool:
    """Where a market block began or ended, list items and table rows go on; all else starts anew."""
    return (bool(_ITEM.match(before)) and bool(_ITEM.match(after))) or \
        (before.lstrip().startswith("|") and after.lstrip().startswith("|"))


def fill(text: str, market_file: MarketFile, market: str, language: str, *, first_line: int = 1,
         claims: Claims = NO_CLAIMS) -> Filled:
    """The text of one market and language: other markets' blocks gone, slots filled, claims said. Never raises.

    `first_line` is the number of the text's first line in its file. What is wrong is in `findings`; an unknown slot
    then stays as it stands.
    """
    reader = _Reader(market)
    visible = without_code(text).split("\n")
    for number, (line, shown) in enumerate(zip(text.split("\n"), visible, strict=True), first_line):
        reader.read(number, line, shown)
    reader.finish()
    filler = _Filler(market_file, language, market, claims)
    lines = [filler.line(number, line) if "{" in line else line for number, line in reader.kept]
    findings = sorted([*reader.findings, *filler.findings], key=lambda finding: finding.line)
    return Filled("\n".join(lines), tuple(number for number, _ in reader.kept), tuple(findings),
                  tuple(claim for claim, _ in filler.said.values()), tuple(text for _, text in filler.said.values()))


def fill_phrase(text: str, market_file: MarketFile, language: str, *, line: int) -> tuple[str, Sequence[Finding]]:
    """One line of front matter with its slots filled; `\\{` becomes a plain brace, as no Markdown follows."""
    filler = _Filler(market_file, language)
    return filler.line(line, text).replace("\\{", "{").replace("\\}", "}"), filler.findings


class _Filler:
    """Fills slots. Without the name of a market no claim is said: a title and a claim itself say none."""

    def __init__(self, market: MarketFile, language: str, market_name: str = "", claims: Claims = NO_CLAIMS) -> None:
        self.market, self.language, self.market_name, self.claims = market, language, market_name, claims
        self.findings: list[Finding] = []
        self.said: dict[str, tuple[Claim, str]] = {}

    def line(self, number: int, line: str) -> str:
        def replace(match: re.Match[str]) -> str:
            if match.group(2) and match.group(1).startswith("claim:") and self.market_name:
                return self._claim(number, match.group(0), match.group(1)[6:].strip())
            value = self._value(match.group(1)) if match.group(2) else None
            if value is None:
                if len(self.findings) < MOST_FINDINGS:
                    self.findings.append(self._unknown(number, match.group(0)))
                return match.group(0)
            return value
        return _SLOT.sub(replace, line)

    def _value(self, slot: str) -> str | None:
        if slot in PHRASES:
            phrase: str = getattr(self.market, slot)[self.language]
            return phrase
        name, _, rest = slot.partition(":")
        known = {"drug": self.market.drugs, "word": self.market.words}.get(name.lower(), {})
        if rest in known:
            text = known[rest][self.language]
            return text[0].upper() + text[1:] if name[0].isupper() else text
        unit = _UNIT.fullmatch(rest) if name == "unit" else None
        return self._unit(*unit.groups()) if unit and unit.group(1) in UNITS else None

    def _unit(self, measure: str, conventional: str, si: str) -> str:
        names, system = UNITS[measure], self.market.units[measure]
        both = (conventional.strip() + names[0], si.strip() + names[1])
        if system == "both":
            return f"{both[0]}（{both[1]}）" if self.language.startswith("zh") else f"{both[0]} ({both[1]})"
        return both[0] if system == "conventional" else both[1]

    def _claim(self, number: int, slot: str, name: str) -> str:
        """A claim's wording with what it cites, its own slots filled; `slot` as it stands where it may not be said."""
        claim = self.claims.get(name)
        if claim is None:
            self.findings.append(Finding(number, "unknown-claim", said("unknown claim `%(name)s`", name=name[:60]),
                                         self.claims.remedy(name)))
            return slot
        if self.language not in claim.text:
            self.findings.append(Finding(number, "claim-language",
                                         said("the claim `%(name)s` has no text in %(language)s", name=name,
                                              language=self.language),
                                         N_("Add it to the claims file, or say it in words of your own and cite them")))
            return slot
        if self.market_name not in claim.markets:
            self.findings.append(Finding(number, "claim-market",
                                         said("the claim `%(name)s` does not hold in `%(market_name)s`", name=name,
                                              market_name=self.market_name),
                                         said("Put it into a block `/// market | %(known)s`",
                                              known=" ".join(claim.markets))))
            return slot
        words = _Filler(self.market, self.language)
        text = words.line(number, claim.text[self.language])
        self.findings += words.findings
        self.said.setdefault(name, (claim, text))
        return f"{text}{'' if self.language.startswith('zh') else ' '}[@{'; @'.join(claim.references)}]"

    def _unknown(self, number: int, slot: str) -> Finding:
        remedy = said("Known slots: %(known)s", known=KNOWN_SLOTS)
        if slot.startswith(("{drug:", "{Drug:")):
            remedy = said("Known medicines: %(known)s; write others out", known=", ".join(sorted(self.market.drugs)))
        elif slot.startswith(("{word:", "{Word:")):
            remedy = said("Known words: %(known)s; write others out", known=", ".join(sorted(self.market.words)))
        elif slot.startswith("{unit:"):
            remedy = said("Write {unit:glucose 126|7.0}; known measures: %(known)s", known=", ".join(MEASURES))
        return Finding(number, "unknown-slot", said("unknown slot `%(slot)s`", slot=slot[:60]),
                       said("%(remedy)s. A literal brace is \\{", remedy=remedy))
