"""Check the links of the built book.

    python -m book.links _build/html

Every link inside the book must lead to a file and, if it has a fragment, to an element with
that id. No page or style sheet may load anything from another host: the reader's browser asks
this book's server alone. Links that a reader follows may go anywhere; they are not checked.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

# Attributes by which a page loads something at once.
LOADS = {
    ("script", "src"),
    ("img", "src"),
    ("iframe", "src"),
    ("source", "src"),
    ("video", "src"),
    ("audio", "src"),
    ("embed", "src"),
    ("object", "data"),
    ("image", "href"),
    ("use", "href"),
}
LOADING_RELATIONS = {
    "stylesheet",
    "preload",
    "modulepreload",
    "icon",
    "manifest",
    "preconnect",
    "dns-prefetch",
    "prefetch",
}
LINKS = {("a", "href"), ("form", "action"), ("link", "href"), ("area", "href")}
CSS_URL = re.compile(r"""url\(\s*["']?([^"')]+)|@import\s+["']([^"']+)""")


class Problem(NamedTuple):
    """What is wrong, and in which file (relative to the root)."""

    file: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}: {self.message}"


class Page(HTMLParser):
    """What one page links to, what it loads, and the ids that it has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.twice: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []
        self._in_style = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if name := given.get("id"):
            (self.twice if name in self.ids else self.ids).add(name)
        if tag == "a" and given.get("name"):
            self.ids.add(given["name"])
        relations = set(given.get("rel", "").split())
        for attribute, value in given.items():
            if (
                (tag, attribute) in LOADS
                or tag == "link"
                and attribute == "href"
                and relations & LOADING_RELATIONS
            ):
                self.loads.append(value)
            elif (tag, attribute) in LINKS:
                self.links.append(value)
            elif attribute == "srcset":
                self.loads += [part.split()[0] for part in value.split(",") if part.strip()]
            elif attribute == "style":
                self.loads += css_urls(value)
        self._in_style = tag == "style"

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.loads += css_urls(data)

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False


def css_urls(text: str) -> list[str]:
    """The addresses in a style sheet.

    >>> css_urls('a { src: url("x.woff2") } @import "y.css";')
    ['x.woff2', 'y.css']
    """
    return [first or second for first, second in CSS_URL.findall(text)]


def problems(root: Path) -> list[Problem]:
    """Everything wrong with the links of the book under `root`, in the files' order."""
    root = root.resolve()
    found: list[Problem] = []

    @cache
    def page(path: Path) -> Page:
        return Page(path.read_text(encoding="utf-8"))

    def check(file: Path, address: str, loads: bool) -> None:
        name = file.relative_to(root).as_posix()
        url = urlsplit(address)
        if url.scheme == "data":
            return
        if url.scheme or url.netloc:
            if loads:
                found.append(Problem(name, f"loads from another host: {address}"))
            return
        target = (
            file
            if not url.path
            else (
                root / unquote(url.path).lstrip("/")
                if url.path.startswith("/")
                else file.parent / unquote(url.path)
            ).resolve()
        )
        if target.is_dir():
            target /= "index.html"
        if not target.is_file() or not target.is_relative_to(root):
            found.append(Problem(name, f"no such file: {address}"))
        elif url.fragment and target.suffix == ".html":
            if unquote(url.fragment) not in page(target).ids and url.fragment != "top":
                found.append(Problem(name, f"no such place in the page: {address}"))

    for file in sorted(root.rglob("*.html")):
        if file.relative_to(root).parts[0] == "_static":
            continue
        content = page(file)
        for address in content.links:
            check(file, address, loads=False)
        for address in content.loads:
            check(file, address, loads=True)
        for name in sorted(content.twice):
            found.append(Problem(file.relative_to(root).as_posix(), f"id used twice: {name}"))
    for file in sorted(root.rglob("*.css")):
        if not loaded(root, file, page):
            continue
        for address in css_urls(file.read_text(encoding="utf-8")):
            check(file, address, loads=True)
    return found


def loaded(root: Path, sheet: Path, page: Callable[[Path], Page]) -> bool:
    """Whether any page of the book loads this style sheet; themes leave others lying about."""
    for file in root.rglob("*.html"):
        if file.relative_to(root).parts[0] == "_static":
            continue
        for address in page(file).loads:
            if (file.parent / unquote(urlsplit(address).path)).resolve() == sheet:
                return True
    return False


def main(arguments: list[str] | None = None) -> int:
    given = sys.argv[1:] if arguments is None else arguments
    if len(given) != 1 or not Path(given[0]).is_dir():
        print("usage: python -m book.links FOLDER_OF_THE_BUILT_BOOK", file=sys.stderr)
        return 2
    found = problems(Path(given[0]))
    for problem in found:
        print(problem)
    print(f"{len(found)} problems")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
