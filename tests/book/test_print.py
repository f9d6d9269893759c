"""Every page on paper: light whatever the theme, every line of code whole, figures of steps open.

Needs Chromium, and the book in _build/html (`jupyter-book build . -W --keep-going`).
"""

from __future__ import annotations

import asyncio
import re
from functools import cache
from pathlib import Path

import pytest

SITE = Path(__file__).resolve().parents[2] / "_build" / "html"

from book import browser, screenshots

pypdfium2 = pytest.importorskip("pypdfium2")
pytest.importorskip("tornado")

pytestmark = [
    pytest.mark.skipif(browser.find_chromium() is None, reason="no Chromium is installed"),
    pytest.mark.skipif(not (SITE / "index.html").exists(), reason="the book is not built"),
]

CODE = """
(() => {
  // A playground's pictures are on paper; what they say to a screen reader isn't.
  const shown = (pre) => !pre.closest(".step:not(.telling), .tern-playground");
  return [...document.querySelectorAll(".prose pre")].filter(shown).flatMap(
    (pre) => pre.classList.contains("tern-code")
      ? [...pre.querySelectorAll(".line")].map((line) => line.textContent)
      : pre.textContent.split("\\n"));
})()
"""
STEPS = """
[...document.querySelectorAll(".tern-scrubber")].flatMap(
  (figure) => [...figure.querySelectorAll(".telling [data-at]")].map((p) => `Step ${p.dataset.at}`))
"""
# The contrast with white of every text; axes and labels of figures are texts as well.
PALE = """
(() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const luminance = (color) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
    const linear = (part) => {
      const share = (part * alpha / 255 + 255 - alpha) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    };
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  };
  const found = new Set();
  const walker = document.createTreeWalker(document.querySelector(".prose"), NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode());) {
    const element = node.parentElement;
    if (!node.data.trim() || !element.getClientRects().length) continue;
    const style = getComputedStyle(element);
    const color = element.closest("svg") ? style.fill : style.color;
    const onDark = element.closest(".level-number, button, .bar-mark + text");  // and printed so
    const contrast = 1.05 / (luminance(color) + 0.05);
    if (!onDark && contrast < 2.5) found.add(`${color}: ${node.data.trim()}`);
  }
  return [...found].slice(0, 5);
})()
"""


@cache
def printed() -> dict[str, tuple[str, list[str], list[str], list[str]]]:
    """Of every page, opened in the dark: its text on paper, its code, steps, and pale texts."""

    async def print_all() -> dict:
        found = {}
        with screenshots.served(SITE) as root:
            async with browser.Browser() as page:
                for name in screenshots.pages_of(SITE):
                    await page.open(root + name, 1400, theme="dark")
                    assert await page.evaluate("document.documentElement.dataset.theme") == "dark"
                    code = await page.evaluate(CODE)
                    steps = await page.evaluate(STEPS)
                    text = text_of(await page.pdf(printBackground=False))
                    await page.call("Emulation.setEmulatedMedia", media="print")
                    found[name] = (text, code, steps, await page.evaluate(PALE))
                    await page.call("Emulation.setEmulatedMedia", media="")
        return found

    return asyncio.run(print_all())


def text_of(pdf: bytes) -> str:
    """The text of a PDF without spaces and line breaks."""
    with pypdfium2.PdfDocument(pdf) as document:
        pages = [page.get_textpage().get_text_range() for page in document]
    # PDFium takes a hyphen at the end of a line for one that only divides a word.
    return squeezed("".join(pages).replace("\ufffe", "-").replace("\x02", "-"))


def squeezed(text: str) -> str:
    """Without blanks, and without the characters that a machine needs a font of its own for."""
    return re.sub(r"[\s\u2e80-\U0010ffff]+", "", text)


def test_every_line_of_code_is_whole() -> None:
    lost = [
        (page, line)
        for page, (text, code, _, _) in printed().items()
        for line in code
        if squeezed(line) not in text
    ]
    assert sum(len(code) for _, code, _, _ in printed().values()) > 3000
    assert lost == []


def test_the_steps_that_tell_most_are_there() -> None:
    steps = [(text, step) for text, _, steps, _ in printed().values() for step in steps]
    assert len(steps) > 20
    assert [step for text, step in steps if squeezed(step) not in text] == []


def test_nothing_is_pale_though_the_theme_is_dark() -> None:
    assert {page: pale for page, (_, _, _, pale) in printed().items() if pale} == {}
