"""Two revisions of 10,000 words compared, against the 200 ms that a person waits without noticing."""

import itertools
import random
import time
from collections.abc import Callable, Iterator, Sequence

from tests.benchmarks.measuring import Ratio, Report, Scale, at_most, interleave
from webapp.core.differences import by_words

MOST_MILLISECONDS = 200.0
VOCABULARY, CHARACTERS = 4_000, 2_000
"""Different words, and Chinese characters, of which the nth is as frequent as 1/(n + 2.7) says: as in prose."""
PARAGRAPH = 60


def measure(_: object, scale: Scale) -> Report:
    """The bench's size."""
    return compare(words=scale.pick(10_000, 1_000), rounds=scale.pick(9, 3))


def compare(*, words: int, rounds: int) -> Report:
    """Milliseconds of processor time for each kind of change."""
    sides = {name: _timed(*pair) for name, pair in _pairs(words)}
    figures = interleave(rounds, sides)
    return Report([Ratio(f"{name} / {MOST_MILLISECONDS:.0f} ms", figures[name], [MOST_MILLISECONDS] * rounds, "ms",
                         at_most(1)) for name in sides],
                  [f"{words:,} words, or as many Chinese characters"])


def _pairs(words: int) -> Iterator[tuple[str, tuple[str, str]]]:
    chance = random.Random(0)
    english = _prose(chance, [f"word{number}" for number in range(VOCABULARY)], words)
    chinese = _prose(chance, [chr(0x4E00 + number) for number in range(CHARACTERS)], words)
    yield "a word in fifty", (_text(english), _text(_edited(chance, english, 0.02)))
    yield "a word in ten", (_text(english), _text(_edited(chance, english, 0.1)))
    yield "every other word", (_text(english), _text(_edited(chance, english, 0.5)))
    yield "every other character", (_text(chinese, ""), _text(_edited(chance, chinese, 0.5), ""))
    yield "wrapped anew", (_text(english), _text(english).replace(" word1", "\nword1"))
    yield "all words", (_text(english), _text(chance.sample(english, len(english))))
    yield "all in one line", (" ".join(english), " ".join(_edited(chance, english, 0.1)))


def _prose(chance: random.Random, vocabulary: Sequence[str], words: int) -> list[str]:
    weights = list(itertools.accumulate(1 / (number + 2.7) for number in range(len(vocabulary))))
    return chance.choices(vocabulary, cum_weights=weights, k=words)


def _edited(chance: random.Random, words: Sequence[str], share: float) -> list[str]:
    return [chance.choice(words) if chance.random() < share else word for word in words]


def _text(words: Sequence[str], space: str = " ") -> str:
    return "".join(f"{space.join(words[start:start + PARAGRAPH])}.\n\n" for start in range(0, len(words), PARAGRAPH))


def _timed(before: str, after: str) -> Callable[[], float]:
    def run() -> float:
        start = time.process_time()
        parts = by_words(before, after)
        milliseconds = 1000 * (time.process_time() - start)
        for text, other in ((before, "added"), (after, "removed")):
            if "".join(part.text for part in parts if part.kind != other) != text:
                raise RuntimeError("the comparison has lost a part of a text")
        return milliseconds
    return run
