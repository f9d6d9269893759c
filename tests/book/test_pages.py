"""The built book in a browser: errors, foreign requests, overflow, layout shift, weight.

Needs Chromium, and the book in _build/html (`jupyter-book build . -W --keep-going`).
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.turns import todays

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "_build" / "html"

from book import browser, screenshots

pytest.importorskip(
    "tornado", reason="the browser is driven with tornado, which comes with Jupyter"
)

pytestmark = [
    pytest.mark.skipif(browser.find_chromium() is None, reason="no Chromium is installed"),
    pytest.mark.skipif(not (SITE / "index.html").exists(), reason="the book is not built"),
]

SCRUB = """
(() => {
  const root = document.querySelector(".tern-scrubber");
  if (!root) return null;
  const height = () => root.getBoundingClientRect().height;
  const shown = () => [...root.querySelectorAll(".step.now")].map((step) => step.dataset.title);
  const before = [height(), shown().length];
  root.querySelectorAll("button")[1].click();
  const after = [height(), shown().length];
  return { before, after, value: root.querySelector("input").value };
})()
"""


def test_every_page_at_two_widths_and_in_two_themes() -> None:
    pages = todays(screenshots.pages_of(SITE))
    visits = asyncio.run(screenshots.visit_all(SITE, pages))
    assert len(visits) >= len(pages) > 0
    assert [visit for visit in visits if visit.faults] == []


def test_a_scrubber_moves_and_keeps_its_height() -> None:
    answers = [answer for answer in ask(SCRUB, screenshots.pages_of(SITE)) if answer]
    assert answers
    for answer in answers:
        assert answer["before"] == answer["after"]
        assert answer["value"] == "1"


KEYS = """
(() => {
  const root = document.querySelector(".tern-scrubber");
  if (!root) return null;
  const at = () => root.querySelector("input").value;
  const press = (key) => root.querySelector("pre").dispatchEvent(
    new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  press("ArrowRight"); press("ArrowRight"); press("ArrowLeft");
  return { at: at(), said: root.querySelector(".now-at").textContent,
           steps: root.querySelectorAll(".step").length,
           hidden: [...root.querySelectorAll(".step:not(.now)")]
             .every((step) => step.getAttribute("aria-hidden") === "true") };
})()
"""
THEME = """
(() => {
  const themes = [document.documentElement.dataset.theme];
  document.querySelector("[data-action=theme]").click();
  themes.push(document.documentElement.dataset.theme, localStorage.getItem("theme"));
  return themes;
})()
"""


def ask(script: str, pages: list[str], width: int = 1400, scripts: bool = True) -> list:
    """What an expression in each page gives, with or without the page's own scripts."""

    async def ask_all() -> list:
        found = []
        with screenshots.served(SITE) as root:
            async with browser.Browser() as page:
                await page.call("Emulation.setScriptExecutionDisabled", value=not scripts)
                for name in pages:
                    await page.open(root + name, width)
                    found.append(await page.evaluate(script))
        return found

    return asyncio.run(ask_all())


def test_a_scrubber_answers_to_keys_and_says_where_it_is() -> None:
    answers = [answer for answer in ask(KEYS, screenshots.pages_of(SITE)) if answer]
    assert len(answers) >= 4  # each chapter that is written has one
    for answer in answers:
        steps = answer["steps"]
        at = min(2, steps - 1) - 1  # twice to the right, as far as it goes, and back once
        assert answer["at"] == str(at) and answer["said"].startswith(f"Step {at + 1} of {steps}")
        assert answer["hidden"]


def test_the_theme_can_be_chosen_and_is_kept() -> None:
    assert ask(THEME, ["chapters/intro.html"]) == [["light", "dark", "dark"]]


FOUND = """
new Promise((done) => {
  const look = () => {
    const results = [...document.querySelectorAll("#search-results li")];
    const status = document.querySelector("#search-status").textContent;
    status ? done({status, found: results.map((item) => ({
      title: item.querySelector("a").textContent, says: item.querySelector("p").textContent,
      marks: [...item.querySelectorAll("mark")].map((mark) => mark.textContent),
      href: item.querySelector("a").getAttribute("href")}))}) : setTimeout(look, 100);
  };
  look();
})
"""


def search(words: str) -> dict:
    (answer,) = ask(FOUND, [f"search.html?q={quote(words)}"])
    return answer


def test_the_search_finds_dominators() -> None:
    found = search("dominators")["found"]
    assert any("chapters/chapter05.html" in each["href"] for each in found)


def test_the_search_finds_a_term_of_the_glossary() -> None:
    (first, *_) = search("Basic block")["found"]
    assert first["href"].startswith("chapters/glossary.html#term-basic-block")


@pytest.mark.parametrize("word", ["128", "njit", "arith.mulf", "tl.load", "%arg0"])
def test_the_search_finds_what_stands_in_code(word) -> None:
    assert [each for each in search(word)["found"] if word in each["marks"]]


def test_a_number_is_not_found_in_another_and_nonsense_nowhere() -> None:
    assert {mark for each in search("128")["found"] for mark in each["marks"]} == {"128"}
    nowhere = search("qwertzuiop")
    assert nowhere["found"] == [] and "qwertzuiop" in nowhere["status"]


def test_a_snippet_is_of_the_text_and_leads_to_its_place() -> None:
    found = search("register pressure")["found"] + search("Source")["found"]
    assert found
    pages = {each["href"].partition("#")[0] for each in found}
    ids = {page: set(ask(IDS, [page])[0]) for page in pages}
    for each in found:
        assert not each["says"].startswith(("Source", "Open in Colab")), each
        page, _, place = each["href"].partition("#")
        assert place.partition(":~:")[0] in ids[page], each["href"]


IDS = "[...document.querySelectorAll('[id]')].map((element) => element.id)"


FORMULAS = """
(() => {
  const prose = document.querySelector(".prose");
  const made = [...prose.querySelectorAll("math")];
  const flat = made.filter((math) => !(math.getBoundingClientRect().height > 5));
  prose.querySelectorAll("pre, code").forEach((code) => code.remove());
  const raw = prose.innerText.match(/\\\\[a-zA-Z([]+|\\$[^$\\n]*\\$/g);
  return {script: document.documentElement.classList.contains("js"), made: made.length,
          flat: flat.length, raw};
})()
"""


def test_without_a_script_formulas_are_formulas() -> None:
    answers = ask(FORMULAS, screenshots.pages_of(SITE), scripts=False)
    assert sum(answer["made"] for answer in answers) > 30
    for page, answer in zip(screenshots.pages_of(SITE), answers):
        assert not answer["script"] and not answer["flat"] and answer["raw"] is None, (page, answer)


FIGURES = """
(() => {
  const edge = document.documentElement.clientWidth;
  const figures = document.querySelectorAll(
    ".prose :is(.tern, .tern svg, .tern-code, img, table, math, .descent-tokens, .highlight pre)");
  let seen = 0;
  const cut = [];
  for (const figure of figures) {
    const { left, right, width } = figure.getBoundingClientRect();
    if (!width || figure.closest("details:not([open]), .step:not(.now)")) continue;
    seen += 1;
    let scroller = figure;
    while (scroller && !(scroller.scrollWidth > scroller.clientWidth + 1 &&
                         /auto|scroll/.test(getComputedStyle(scroller).overflowX)))
      scroller = scroller.parentElement;
    const name = `${figure.localName}.${figure.getAttribute("class")}: ${Math.round(width)} px`;
    if (!scroller) {
      if (left < 0 || right > edge + 1) cut.push(`${name}, cut`);
    } else {
      const around = scroller.getBoundingClientRect();
      if (around.left < 0 || around.right > edge + 1) cut.push(`${name}, its scroller is cut`);
      if (!getComputedStyle(scroller).backgroundAttachment.includes("local"))
        cut.push(`${name}, scrolls without a sign of it`);
      if (scroller.tabIndex !== 0) cut.push(`${name}, out of a keyboard's reach`);
    }
  }
  return { seen, cut };
})()
"""


def test_on_a_phone_every_figure_fits_or_shows_that_it_scrolls() -> None:
    pages = screenshots.pages_of(SITE)
    answers = ask(FIGURES, pages, width=390)
    assert sum(answer["seen"] for answer in answers) > 500
    assert {page: each["cut"] for page, each in zip(pages, answers) if each["cut"]} == {}


COPY = """
(async () => {
  const cells = [...document.querySelectorAll(".cell_input .highlight, details.hide .highlight")];
  const code = cells.filter((cell) => !cell.closest(".cell_output"));
  let copied = "";
  const writeText = async (text) => { copied = text; };
  Object.defineProperty(navigator.clipboard, "writeText", { value: writeText });
  const wrong = [];
  for (const cell of code) {
    const button = cell.querySelector("button.copy");
    if (cell.closest("details")) cell.closest("details").open = true;
    button?.click();
    const text = cell.querySelector("pre").textContent.trimEnd();
    if (!button || copied !== text) wrong.push(text);
  }
  return { folded: code.filter((cell) => cell.closest("details.hide")).length, wrong };
})()
"""


def test_every_cell_folded_or_not_can_be_copied() -> None:
    for width in screenshots.WIDTHS:
        answers = ask(COPY, screenshots.pages_of(SITE), width=width)
        assert sum(answer["folded"] for answer in answers) > 100
        assert [answer["wrong"] for answer in answers if answer["wrong"]] == []


SEEN = "getComputedStyle(document.querySelector('.copy')).opacity"


def test_a_finger_needs_no_hovering_to_copy() -> None:
    assert ask(
        f"matchMedia('(hover: none)').matches && {SEEN}", ["chapters/chapter05.html"], 390
    ) == ["1"]


COPIED = """
(() => {
  const formula = document.querySelector(".prose math");
  getSelection().selectAllChildren(formula.closest("p, div"));
  const event = new ClipboardEvent("copy", { clipboardData: new DataTransfer(), bubbles: true });
  document.dispatchEvent(event);
  const tex = formula.querySelector("annotation").textContent;
  return [event.clipboardData.getData("text/plain"), tex];
})()
"""


def test_a_formula_is_copied_as_tex() -> None:
    ((copied, tex),) = ask(COPIED, ["chapters/chapter13.html"])
    assert "\\" in tex and f"${tex}$" in copied
