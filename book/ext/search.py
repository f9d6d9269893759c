"""The search: every section's own text in one file, which static/search.js looks through.

Sphinx's search leaves numbers out of what it looks for ("128"), finds pages and not places in them,
and fetches each page for its snippet, which begins with the page's buttons and which no browser
does for files on a disk. This one finds any text of two letters or more, code and outputs
included. Solutions are left out: they repeat their workbooks, and are looked at on purpose.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from sphinx.application import Sphinx

from book.ext.contents import ASIDE

FILE = "search-index.js"
SILENT = {"script", "style", "annotation", "button"}
HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
BLOCKS = HEADINGS | {"p", "li", "pre", "div", "td", "th", "tr", "dt", "dd", "summary", "text"}


class Sections(HTMLParser):
    """The sections of a page's text, a term of the glossary being one: [id, heading, text]."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[list[str]] = []
        self._open: list[list[str]] = []  # the sections around
        self._silent: list[str] = []
        self._heading = False
        self._within = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, classes = given.get("id") or "", (given.get("class") or "").split()
        if tag == "article" and "prose" in classes:
            self._within = True
        hidden_step = "step" in classes and "telling" not in classes  # of a figure: much the same
        if tag in SILENT or "headerlink" in classes or hidden_step:
            self._silent.append(tag)
        elif tag == "section" and not name and self._open:
            self._open.append(self._open[-1])
        elif tag == "section" or tag == "dt" and name:
            if tag == "dt" and self._open and self._open[-1][3] == "dt":
                self._open.pop()
            self._open.append([name, "", "", tag])
            self.found.append(self._open[-1])
        self._heading = self._heading or tag in HEADINGS or tag == "dt" and bool(name)
        if tag in BLOCKS:
            self.handle_data(" ")

    def handle_endtag(self, tag: str) -> None:
        if self._silent and tag == self._silent[-1]:
            self._silent.pop()
            return
        if tag in HEADINGS or tag == "dt":
            self._heading = False
        if tag == "article":
            self._within = False
        if tag in {"section", "dl"} and self._open:
            if tag == "section" or self._open[-1][3] == "dt":
                self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._within and self._open and not self._silent:
            self._open[-1][1 if self._heading else 2] += data


def entries(html: str, href: str) -> Iterator[list[str]]:
    """What the index has of a page: [address, heading, text] of each section with either.

    >>> list(entries('<article class="prose"><section id="a"><h1>A</h1>x<b>y</b></article>', "p"))
    [['p#a', 'A', 'xy']]
    """
    for name, heading, text, _ in Sections(html).found:
        if heading or text.strip():
            yield [
                f"{href}#{name}",
                *(re.sub(r"\s+", " ", part).strip() for part in (heading, text)),
            ]


def instead_of_sphinxs(app: Sphinx) -> None:
    if app.builder.format == "html":
        app.builder.search = False  # type: ignore[attr-defined]


def page(app: Sphinx) -> list[tuple[str, dict, str]]:
    return [("search", {}, "search.html")]


def write(app: Sphinx, error: Exception | None) -> None:
    """On build-finished: the index of all pages in their order, with each page's title."""
    if error or app.builder.format != "html":
        return
    out = Path(app.outdir)
    found = []
    for doc in app.env.collect_relations():
        if not doc.startswith(ASIDE):
            href = app.builder.get_target_uri(doc)
            sections = list(entries((out / href).read_text(encoding="utf-8"), href))
            title = app.env.titles[doc].astext()
            sections[0][1] = title
            found.append([title, sections])
    text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    (out / FILE).write_text(f"searchIndex({text})\n", encoding="utf-8")


def setup(app: Sphinx) -> None:
    app.connect("builder-inited", instead_of_sphinxs)
    app.connect("html-collect-pages", page)
    app.connect("build-finished", write)
