"""Every rule there is: what it asks, and why. `materia content rules` prints them."""

from typing import NamedTuple

from webapp.articles.rules.locate import Severity


class Rule(NamedTuple):
    """A rule by its id, as findings name it."""

    id: str
    severity: Severity
    reason: str


_E, _W = Severity.ERROR, Severity.WARNING
_DESIGN, _RENDERER = "our choice (design)", "the renderer's limits (our choice)"
_GUIDE, _FIELD = "content guide", "field rules"

_TABLE = [
    # Files
    ("encoding", _E, "Text that is not UTF-8 is read otherwise by every program", _DESIGN),
    ("control-character", _E, "Characters that nobody sees change what is signed", _DESIGN),
    ("not-a-file", _E, "Links and odd names lead out of the folder", _DESIGN),
    ("unreadable", _E, "What cannot be read cannot be signed", _DESIGN),
    ("changed-meanwhile", _E, "What is signed is one state of the files", _DESIGN),
    ("too-large", _E, "A file a hundred times a long page is a mistake or an attack", _DESIGN),
    ("no-folder", _E, "Content without its folders would look like everything had been deleted", _DESIGN),
    ("not-a-folder", _W, "Each topic is a folder", _DESIGN),
    ("slug", _E, "A folder's name is an address", _DESIGN),
    ("duplicate-slug", _E, "Two topics of one name answer at one address", _DESIGN),
    ("no-topic-file", _E, "Without titles, codes and markets there is no topic", _GUIDE),
    ("no-pages", _W, "A topic without pages shows nothing", _GUIDE),
    ("unknown-audience", _E, "A page is written for somebody", _DESIGN),
    ("unknown-language", _E, "A page is written in a language that the site speaks", _DESIGN),
    ("picture-type", _E, "Only pictures that cannot act are carried", "abuse cases"),
    ("picture-svg", _E, "A drawing that holds scripts or links can act", "abuse cases"),
    ("picture-size", _E, "A header of enormous size stops the reader's machine", "abuse cases"),
    ("unused-picture", _W, "A picture that no page shows is signed by nobody", _DESIGN),
    # Heads
    ("no-front-matter", _E, "A page without class, funding and sources cannot be judged", _GUIDE),
    ("yaml", _E, "A head that cannot be read says nothing", _DESIGN),
    ("yaml-shape", _E, "A head is `key: value` lines", _DESIGN),
    ("yaml-key", _E, "A key given twice would silently lose one value", _DESIGN),
    ("yaml-value", _E, "A value that cannot be read would be guessed", _DESIGN),
    ("yaml-too-large", _E, "Deep nesting stops the reader", _DESIGN),
    ("unknown-key", _E, "A misspelt key would silently do nothing", _DESIGN),
    ("missing-key", _E, "What the page must say of itself is missing", _GUIDE),
    ("bad-value", _E, "A value of another shape would be shown as it stands", _GUIDE),
    ("summary-length", _E, "Lists show two lines", _DESIGN),
    ("unknown-market", _E, "A market that nobody serves has no law to follow", _DESIGN),
    ("no-market-file", _E, "Without the market's file its emergency number is unknown", _GUIDE),
    ("market-outside-topic", _E, "A page stands only where its topic does", _GUIDE),
    ("translation-of", _E, "A translation names a page beside it, in another language", _DESIGN),
    ("translation-behind", _W, "What changed in one language is looked at in the other", _DESIGN),
    # Text
    ("empty", _E, "A page without text says nothing", _DESIGN),
    ("start", _E, "What stands above the first heading has no place in the contents list", _GUIDE),
    ("heading-level", _E, "The title is the only heading of level 1", "WCAG 2.2, 1.3.1"),
    ("heading-skip", _E, "A skipped level hides a section from those who listen", "WCAG 2.2, 1.3.1"),
    ("heading-underlined", _E, "A heading by underlining slips past the template", _DESIGN),
    ("heading-unknown", _E, "Readers find the same headings on every page", _GUIDE),
    ("heading-missing", _E, "Readers find the same headings on every page", _GUIDE),
    ("heading-order", _E, "Readers find the same headings in the same order", _GUIDE),
    ("heading-twice", _E, "Two sections of one name are one section", _GUIDE),
    ("raw-html", _E, "Markup from a source could act", "abuse cases"),
    ("unknown-block", _E, "A misspelt block would be shown as text", _DESIGN),
    ("block-option", _E, "A source sets no attributes", "abuse cases"),
    ("block-open", _E, "A block that is not closed swallows the rest", _DESIGN),
    ("block-close", _E, "A mark that closes nothing is a mistake", _DESIGN),
    ("block-slashes", _E, "A block inside another needs fewer slashes", _DESIGN),
    ("care-order", _E, "What is most urgent is read first", _GUIDE),
    ("market-heading", _E, "Every market has the same headings", _GUIDE),
    ("unknown-slot", _E, "A slot that nobody fills would be shown as it stands", _GUIDE),
    ("cited-number", _E, "A raised figure right behind a number to call is dialled with it", _DESIGN),
    ("link-definition", _E, "A link apart from its words is overlooked in review", _DESIGN),
    ("external-link", _E, "A page leads out of the site by its references alone", _DESIGN),
    ("broken-link", _E, "A link that leads nowhere loses the reader", _DESIGN),
    ("broken-related", _E, "A topic named beside another must be there", _DESIGN),
    ("link-nowhere", _W, "These readers have no such page: they see plain text", _DESIGN),
    ("missing-image", _E, "A picture that is not there is signed by nobody", _DESIGN),
    ("image-alt", _E, "Who does not see the picture is told what it shows", "WCAG 2.2, 1.1.1"),
    ("figure-caption", _E, "A figure says what it shows and where that comes from", _GUIDE),
    ("unknown-reference", _E, "A citation that leads nowhere supports nothing", _GUIDE),
    ("unused-reference", _E, "A reference that nothing cites supports nothing", _GUIDE),
    ("too-long", _E, "A parser would stand still over it", _RENDERER),
    ("too-deep", _E, "A parser would stand still over it", _RENDERER),
    ("too-many-boxes", _E, "A parser would stand still over it", _RENDERER),
    ("block-too-long", _E, "A parser would stand still over it", _RENDERER),
    ("open-brackets", _E, "A parser would stand still over it", _RENDERER),
    # Claims
    ("unknown-claim", _E, "A claim that nobody wrote down was approved by nobody", _DESIGN),
    ("unknown-drug", _E, "Claims are a medicine's that has a topic", _DESIGN),
    ("claim-language", _E, "A claim is approved in the words of a language", _DESIGN),
    ("claim-market", _E, "A claim holds where its label does", f"{_FIELD}, section 1"),
    ("anchor-passage", _E, "A source that does not say it where it is cited is no source", _DESIGN),
    ("claim-reference", _E, "One key for two sources would mislead", _DESIGN),
    # Glossary
    ("unknown-glossary", _E, "A glossary is one of a language that pages are written in", _DESIGN),
    ("term-alone", _W, "A writer in the other language would have to invent the word", _DESIGN),
    # Blocks
    ("block-name", _E, "A block is found by its name and its language", _DESIGN),
    ("block-cites", _E, "A citation names a source of the page that it stands in", _DESIGN),
    ("block-differs", _W, "A wording that is kept for all pages is best taken as it is", "our choice, at the desk"),
    # Words
    ("uncited-paragraph", _E, "What is said of a medicine is said by a source", _GUIDE),
    ("too-hard", _E, "Patients read at grade eight or below (SMOG, without the topic's words)", f"{_FIELD}, section 8"),
    ("hard", _W, "The aim is a grade of six", f"{_FIELD}, section 8"),
    ("long-sentences", _E, "A Chinese sentence of more than twenty words loses its reader", f"{_FIELD}, section 8"),
    ("forbidden-claim", _E, "Claims that law forbids, by market, language and class", "forbidden.yaml, for each"),
    ("product-named", _E, "A sponsored page about a disease names and links to no product", f"{_FIELD}, section 1"),
    ("no-risk", _E, "A promotional page shows risk", "21 CFR 202.1(e)"),
    ("balance", _W, "Risk is as prominent as benefit", "21 CFR 202.1(e)(7)(viii)"),
]
RULES: tuple[Rule, ...] = tuple(Rule(name, severity, f"{reason}. Source: {source}.")
                                for name, severity, reason, source in _TABLE)
"""In the order in which a page is read."""
BY_ID = {rule.id: rule for rule in RULES}
