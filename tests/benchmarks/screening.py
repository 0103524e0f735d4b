"""A text of 500 characters screened for adverse events, against the millisecond that a form may lose by it."""

import random
import time
from collections.abc import Callable, Mapping, Sequence

from tests.benchmarks.measuring import Ratio, Report, Scale, at_most, interleave
from webapp.safety.rules.screening import Screen

MOST_MILLISECONDS = 1.0
CHARACTERS = 500
NAMES = {"Exemplora": "exemplora", "fictaglin": "exemplora", "示例乐": "exemplora",
         **{f"fictamed{letter}{other}ol": f"fictamed-{letter}{other}" for letter in "abcdefghij" for other in "klmnop"}}
SENTENCES: Mapping[str, Sequence[str]] = {
    "English": ["I have been taking Exemplora since the spring and walk to work again",
                "my doctor looked at the results",
                "nothing to complain about apart from a headache",
                "the page explains well how it is kept in the fridge",
                "after the second tablet I threw up and felt dizzy", "no rash, itching or fever",
                "the pharmacy around the corner had run out of it", "thank you for the plain words"],
    "Chinese": ["春天开始吃示例乐，现在又能走路上班了", "医生看了我的化验单", "除了偶尔头痛没有别的不舒服",
                "网页上说要放在冰箱里保存",
                "吃了第二片以后吐了，头也晕", "没有皮疹、瘙痒或发热", "街角的药店已经卖完了", "谢谢你们写得这么明白"],
    "slips": ["I haev been takng Exmplora sinse the sprng and wlak to wrok agian",
              "nothng to complan about apart frm a headahce",
              "aftr the secnd tabelt I vommited and flet dizzzy", "the pharmcy arund the cornr had ran out of it"],
}
"""As people write on forms: mostly about something else."""


def measure(_: object, scale: Scale) -> Report:
    """The bench's size."""
    return compare(texts=scale.pick(100, 10), rounds=scale.pick(15, 3))


def compare(*, texts: int, rounds: int) -> Report:
    """Milliseconds of processor time a text, over texts of the same sentences in other orders."""
    screen = Screen(NAMES)
    sides = {kind: _timed(screen, _texts(sentences, texts)) for kind, sentences in SENTENCES.items()}
    for side in sides.values():
        side()
    figures = interleave(rounds, sides)
    return Report([Ratio(f"{kind} screened / {MOST_MILLISECONDS:.0f} ms", figures[kind], [MOST_MILLISECONDS] * rounds,
                         "ms", at_most(1)) for kind in sides],
                  [f"{CHARACTERS} characters, {len(NAMES)} names of products"])


def _texts(sentences: Sequence[str], texts: int) -> list[str]:
    chance = random.Random(0)
    long = [". ".join(chance.choices(sentences, k=CHARACTERS // min(map(len, sentences)) + 1)) for _ in range(texts)]
    return [text[:CHARACTERS] for text in long]


def _timed(screen: Screen, texts: Sequence[str]) -> Callable[[], float]:
    def run() -> float:
        start = time.process_time()
        for text in texts:
            screen.read(text)
        return 1000 * (time.process_time() - start) / len(texts)
    return run
