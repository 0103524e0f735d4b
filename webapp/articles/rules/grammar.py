"""What a writer can say beyond plain Markdown, with a sample of each: shown beside a draft."""

from typing import NamedTuple

from webapp.core.errors import N_


class Mark(NamedTuple):
    """What it is for, how it is written, and the other names that may stand there. `…`: the writer's words."""

    purpose: str
    sample: str
    names: tuple[str, ...] = ()


MARKS = (
    Mark(N_("A source, by its key among the references of the head"), "[@key]"),
    Mark(N_("An approved claim: its words, its sources and its label come with it"), "{claim: id}"),
    Mark(N_("What is urgent, the most urgent first"), "/// emergency | …\n…\n///", ("emergency", "today", "visit")),
    Mark(N_("A box: key point, warning, the label’s boxed warning, Important Safety Information, questions"),
         "/// key | …\n…\n///", ("key", "warning", "boxed", "isi", "questions")),
    Mark(N_("A question with an answer to unfold"), "/// check | …\n…\n///"),
    Mark(N_("A figure: what it shows for those who do not see it, and a caption"),
         "![…](picture.png)\n\n/// figure-caption\n…\n///"),
    Mark(N_("The caption of a table"), "/// table-caption\n…\n///"),
    Mark(N_("A passage for some countries alone"), "/// market | us gb\n…\n///"),
    Mark(N_("Each country’s own numbers for emergencies, poisoning and crises, and where side effects are reported"),
         "{emergency} {poison} {crisis} {report}"),
    Mark(N_("A medicine’s name in each country, a word as it is spelled there, and a figure in its unit"),
         "{drug:salbutamol} {word:tumor} {unit:glucose 126|7.0}"),
    Mark(N_("A link to another topic"), "[…](topic:diseases/asthma)"),
)
