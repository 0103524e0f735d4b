"""What the sanitiser lets through stays inert in a real browser, also when it is written out and parsed again."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from webapp.core.markdown import MarkdownRefused, render
from webapp.core.markdown.renderer import sanitise

ROOT = Path(__file__).parent.parent.parent
NAUGHTY = ROOT.parent / "shared" / "data" / "08_identifiers" / "blns.json"
BAIT = "<img src=x: onerror=bite()>"
MUTATING = [
    f"<math><mtext><table><mglyph><style><!--</style>{BAIT}-->",
    f"<math><mtext></p><textarea><mglyph></mtext><style></textarea>{BAIT}",
    f"<svg></p><style><a id='</style>{BAIT}'>",
    f"<svg><p><style><g title='</style>{BAIT}'>",
    f"<noscript><p title='</noscript>{BAIT}'>",
    f"<form><math><mtext></form><form><mglyph><style></math>{BAIT}",
    f"<select><template><style></select>{BAIT}</style></template>",
    f"<p><a href='#'><table><a>{BAIT}</a></table>",
    f"<xmp><p title='</xmp>{BAIT}'>",
    f"<listing>&lt;img src=x: onerror=bite()&gt;</listing>{BAIT}",
    f"<![CDATA[><p title=']]>{BAIT}'>",
    f"<!--><p title='-->{BAIT}'>",
    f"<table><td><p><svg><foreignObject>{BAIT}</table>",
    f"<p title=`>{BAIT}`>",
    "<a href='java\tscript:bite()'>x</a><a href=' &#1;javascript:bite()'>x</a><a href='//x.example/'>x</a>",
    "<div style='background:url(javascript:bite())' onclick=bite() id=location name=body>x</div>",
    "<iframe srcdoc='<script>parent.bite()</script>'></iframe><script>bite()</script>",
    f"<svg><desc><noembed><p title='</noembed>{BAIT}'>",
    f"<ol><li><details open ontoggle=bite()><summary>{BAIT}",
    f"<title><p title='</title>{BAIT}'>", f"<plaintext>{BAIT}", f"<body onload=bite()>{BAIT}",
]
LOOK = """bodies => {
  window.bitten = []; window.bite = () => window.bitten.push(window.current);
  const wrong = [];
  const asked = "script,iframe,object,embed,form,svg,math,style,link,meta,base,input,button,textarea,noscript,template";
  bodies.forEach((html, number) => {
    window.current = number;
    const place = document.createElement("div");
    document.body.append(place);
    for (let round = 0; round < 3; round++) {
      place.innerHTML = round ? place.innerHTML : html;
      for (const element of place.querySelectorAll("*")) {
        const names = element.getAttributeNames();
        if (element.matches(asked) || names.some(name => name.startsWith("on") || ["style", "srcdoc"].includes(name))
            || (element.href && !["http:", "https:"].includes(element.protocol)))
          wrong.push([number, round, element.outerHTML.slice(0, 200)]);
        if (element.id && !element.closest("a")) element.click();
      }
    }
    place.remove();
  });
  return new Promise(done => setTimeout(() => done([wrong, window.bitten]), 300));
}"""


def empty_page(new_page: Callable[..., Page]) -> Page:
    """A page at an address, as relative links need one; nothing leaves the machine."""
    page = new_page()
    page.route("**/*", lambda route: route.fulfill(status=200, content_type="text/html", body="<!doctype html>"))
    page.goto("http://page.example/")
    return page


def of_markdown(text: str) -> str:
    """A text wherever a source may hold it, rendered; nothing where it is refused."""
    line = " ".join(text.split())
    source = (f"## {line}\n\n{text}\n\n- {line}\n\n> {line}\n\n| {line} | b |\n|---|---|\n| {line} | c |\n\n"
              f"/// warning | {line}\n{line}\n///\n\n[{line}](#x) ![{line}](x.png) `{line}`\n\n[^n]\n\n[^n]: {line}\n")
    try:
        return render(source, link=lambda href: href, image=lambda _: None, reference_numbers={}).html
    except MarkdownRefused:
        return ""


def naughty() -> list[str]:
    return json.loads(NAUGHTY.read_text()) if NAUGHTY.exists() else []


@pytest.mark.parametrize("way", [sanitise, of_markdown])
def test_nothing_that_is_shown_acts(new_page: Callable[..., Page], way: Callable[[str], str]) -> None:
    page = empty_page(new_page)
    wrong, bitten = page.evaluate(LOOK, [way(text) for text in MUTATING + naughty()])
    assert (wrong, bitten) == ([], [])


def test_the_look_finds_what_acts(new_page: Callable[..., Page]) -> None:
    page = empty_page(new_page)
    wrong, bitten = page.evaluate(LOOK, [BAIT, "<a href='javascript:bite()'>x</a>", "<svg></svg>", "<p>plain</p>"])
    assert {number for number, _, _ in wrong} == {0, 1, 2} and bitten


@pytest.mark.skipif(not NAUGHTY.exists(), reason="the list of naughty strings is not beside this repository")
def test_naughty_strings_are_shown_as_they_are_written() -> None:
    assert len(naughty()) > 400
    plain = "Roses are red, <foo val=`bar' /> \u202e {{7*7}} %s"
    assert "&lt;foo val=" in of_markdown(plain) and "{{7*7}}" in of_markdown(plain)
