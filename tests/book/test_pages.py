"""The built book in a browser: errors, foreign requests, overflow, layout shift, weight.

Needs Chromium, and the book in _build/html (`jupyter-book build . -W --keep-going`).
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "_build" / "html"

browser = pytest.importorskip("book.browser")
screenshots = pytest.importorskip("book.screenshots")
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
    visits = asyncio.run(screenshots.visit_all(SITE, screenshots.pages_of(SITE)))
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
        assert answer["at"] == "1" and answer["said"].startswith("Step 2 of ")
        assert answer["hidden"]


def test_the_theme_can_be_chosen_and_is_kept() -> None:
    assert ask(THEME, ["chapters/intro.html"]) == [["light", "dark", "dark"]]


FOUND = """
new Promise((done) => {
  const look = () => {
    const links = [...document.querySelectorAll("#search-results li > a")];
    links.length ? done(links.map((link) => link.textContent)) : setTimeout(look, 100);
  };
  look();
})
"""


def test_the_search_finds_dominators() -> None:
    (titles,) = ask(FOUND, ["search.html?q=dominator"])
    assert any("Designing an IR" in title for title in titles)


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
