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


def test_every_page_at_two_widths_and_in_two_themes():
    visits = asyncio.run(screenshots.visit_all(SITE, screenshots.pages_of(SITE)))
    assert [visit for visit in visits if visit.faults] == []


def test_a_scrubber_moves_and_keeps_its_height():
    async def scrub() -> list:
        found = []
        with screenshots.served(SITE) as root:
            async with browser.Browser() as page:
                for name in screenshots.pages_of(SITE):
                    await page.open(root + name, 1400)
                    found.append(await page.evaluate(SCRUB))
        return [answer for answer in found if answer]

    answers = asyncio.run(scrub())
    if not answers:
        pytest.skip("no page of the built book has a scrubber")
    for answer in answers:
        assert answer["before"] == answer["after"]
        assert answer["value"] == "1"


FOUND = """
new Promise((done) => {
  const look = () => {
    const links = [...document.querySelectorAll("#search-results li > a")];
    links.length ? done(links.map((link) => link.textContent)) : setTimeout(look, 100);
  };
  look();
})
"""


def test_the_search_finds_dominators():
    async def search() -> list:
        with screenshots.served(SITE) as root:
            async with browser.Browser() as page:
                await page.open(f"{root}search.html?q=dominator", 1400)
                return await page.evaluate(FOUND)

    assert any("Designing an IR" in title for title in asyncio.run(search()))
