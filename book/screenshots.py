"""Open every built page in Chromium, at two widths and in two themes, and say what is wrong.

    python -m book.screenshots _build/html --save FOLDER

Wrong is: an error on the console, a request to another host, a request that fails, a page that
scrolls sideways, a layout that moves while it loads, or more than 600 KB before anything lazy
(text compressed, as every host sends it). The index of the whole book, which only the search page
loads, has a budget of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import gzip
import http.server
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from book.browser import Browser

WIDTHS = (1400, 390)  # px
THEMES = ("light", "dark")
BUDGET = 600_000  # bytes of a page and all that it loads
INDEX, INDEX_BUDGET = "search-index.js", 1_500_000  # grows with the book: 28 chapters
COMPRESSED = {".html", ".css", ".js", ".json", ".svg"}  # fonts and pictures are so already
SHIFT = 0.02  # layout shift score; 0.1 is what browsers call good

MEASURE = """
({
  sideways: document.documentElement.scrollWidth - innerWidth,
  loaded: ["navigation", "resource"].flatMap((type) => performance.getEntriesByType(type))
    .map((entry) => entry.name),
  height: document.documentElement.scrollHeight,
})
"""
WATCH_SHIFTS = """
window.layoutShift = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries())
    if (!entry.hadRecentInput) window.layoutShift += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""


class Visit(NamedTuple):
    """One page at one width in one theme."""

    page: str
    width: int
    theme: str
    faults: tuple[str, ...]
    bytes: int
    shift: float


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on this machine; yields the address of its root."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()


async def visit_all(
    folder: Path,
    pages: list[str],
    save: Path | None = None,
    widths: tuple[int, ...] = WIDTHS,
    themes: tuple[str, ...] = THEMES,
) -> list[Visit]:
    """Open each page at each width in each theme."""
    faults: list[str] = []

    def listen(name: str, params: dict) -> None:
        if name == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            faults.append(
                "error: " + details.get("exception", {}).get("description", details["text"])
            )
        elif name == "Runtime.consoleAPICalled" and params["type"] in ("error", "assert"):
            faults.append("console: " + " ".join(str(a.get("value", "")) for a in params["args"]))
        elif name == "Log.entryAdded" and params["entry"]["level"] == "error":
            faults.append("log: " + params["entry"]["text"])
        elif name == "Network.requestWillBeSent":
            url = params["request"]["url"]
            if urlsplit(url).hostname not in ("127.0.0.1", None):
                faults.append(f"request to another host: {url}")
        elif name == "Network.responseReceived" and params["response"]["status"] >= 400:
            faults.append(f"{params['response']['status']}: {params['response']['url']}")

    visits = []
    with served(folder) as root:
        async with Browser(listen) as browser:
            await browser.call("Page.addScriptToEvaluateOnNewDocument", source=WATCH_SHIFTS)
            for page in pages:
                for width in widths:
                    for theme in themes:
                        faults.clear()
                        await browser.open(root + page, width, theme=theme)
                        await asyncio.sleep(0.15)
                        measured = await browser.evaluate(MEASURE)
                        shift = await browser.evaluate("window.layoutShift")
                        if measured["sideways"] > 0:
                            faults.append(f"scrolls sideways by {measured['sideways']} px")
                        weights = {url: weight_of(folder, url) for url in measured["loaded"]}
                        weight = sum(weights.values())
                        index = sum(each for url, each in weights.items() if INDEX in url)
                        if weight - index > BUDGET or index > INDEX_BUDGET:
                            faults.append(f"weighs {weight // 1000} KB")
                        if shift > SHIFT:
                            faults.append(f"moves while it loads: layout shift {shift:.3f}")
                        if save:
                            save.mkdir(parents=True, exist_ok=True)
                            name = page.removesuffix(".html").replace("/", "-")
                            await browser.screenshot(save / f"{name}-{width}-{theme}.png")
                        visits.append(Visit(page, width, theme, tuple(faults), weight, shift))
    return visits


@functools.cache
def weight_of(folder: Path, url: str) -> int:
    """The bytes that travel for a file of the book; 0 for what is no file (a data: address)."""
    file = folder / unquote(urlsplit(url).path).lstrip("/")
    if not file.is_file():
        return 0
    return (
        len(gzip.compress(file.read_bytes())) if file.suffix in COMPRESSED else file.stat().st_size
    )


def pages_of(folder: Path) -> list[str]:
    """The pages of a built book, relative to its root; not index.html, which redirects."""
    found = (path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*.html")))
    return [page for page in found if not page.startswith("_") and page != "index.html"]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Look at every page of the built book.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--save", type=Path, help="folder for the screenshots")
    parser.add_argument("--page", action="append", help="a page to open; all, if not given")
    options = parser.parse_args(arguments)
    pages = options.page or pages_of(options.folder)
    visits = asyncio.run(visit_all(options.folder, pages, options.save))
    for visit in visits:
        state = "; ".join(visit.faults) or "ok"
        print(
            f"{visit.page} {visit.width} {visit.theme} {visit.bytes // 1000} KB "
            f"shift {visit.shift:.3f}: {state}"
        )
    return int(any(visit.faults for visit in visits))


if __name__ == "__main__":
    sys.exit(main())
