"""The contents of a whole book: 28 chapters in phases that fold, on one screen."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from book import browser, derive
from book.ext.syllabus import CHAPTERS, PHASES
from tests.book.courses import SECTIONS, write_course


class Sidebar(HTMLParser):
    """The groups of a page's contents: class, open or not, and the links, with their lists."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.groups: list[dict] = []
        self.lists: list[str] = []
        self.here = False
        self.feed(re.search(r'<div class="contents-tree".*?</div>', html, re.S)[0])

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag == "details":
            phase = given.get("class") or ""
            self.groups.append({"phase": phase, "open": "open" in given, "links": []})
        elif tag == "ul":
            self.lists.append(given.get("class") or "pages")
        elif tag == "a":
            current = given.get("aria-current") == "page"
            self.groups[-1]["links"].append([self.lists[-1], given["href"], "", current])
            self.here = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "ul":
            self.lists.pop()
        elif tag == "a":
            self.here = False

    def handle_data(self, data: str) -> None:
        if self.here and data.strip():
            link = self.groups[-1]["links"][-1]
            link[2] = f"{link[2]} {data.strip()}".strip()

    def links(self, kind: str, group: int | None = None) -> list[str]:
        groups = self.groups if group is None else [self.groups[group]]
        return [link[2] for each in groups for link in each["links"] if link[0] == kind]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The book as it will be: every chapter of the syllabus, built with warnings as errors."""
    root = write_course(tmp_path_factory.mktemp("whole"))
    assert derive.main([str(root)]) == 0
    config = (root / "_config.yml").read_text(encoding="utf-8")
    config = config.replace("execute_notebooks: cache", 'execute_notebooks: "off"')
    (root / "_config.yml").write_text(config, encoding="utf-8")
    program = "from jupyter_book.cli.main import main; main()"
    command = [sys.executable, "-c", program, "build", ".", "-W", "--keep-going"]
    run = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=600)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    yield root / "_build" / "html"


def sidebar(site: Path, page: str) -> Sidebar:
    return Sidebar((site / page).read_text(encoding="utf-8"))


def test_a_group_for_each_phase_and_only_the_open_pages_is_open(site: Path) -> None:
    for chapter in CHAPTERS:
        found = sidebar(site, f"{chapter.docname}.html")
        phases = ["", *(f"phase-{phase.number}" for phase in PHASES), ""]
        assert [group["phase"] for group in found.groups] == phases
        phase = next(phase for phase in PHASES if chapter in phase.chapters)
        opened = [n for n, group in enumerate(found.groups) if group["open"]]
        assert opened == [phase.number]
        titles = [f"{each.number} {each.title}" for each in phase.chapters]
        assert found.links("pages", phase.number) == titles


@pytest.mark.parametrize("page", ["chapters/intro.html", "search.html"])
def test_a_page_in_no_group_opens_the_first(site: Path, page: str) -> None:
    found = sidebar(site, page)
    assert [group["open"] for group in found.groups] == [True, *[False] * (len(PHASES) + 1)]


def test_workbook_and_solutions_stand_under_the_open_chapter_alone(site: Path) -> None:
    root = site.resolve()
    family = [
        root / "chapters/chapter13.html",
        root / "exercises/chapter13/chapter13.html",
        root / "solutions/chapter13/chapter13.html",
    ]
    names = ["13 Loop tiling in Numba", "Workbook", "Solutions"]
    for at, path in enumerate(family):
        found = Sidebar(path.read_text(encoding="utf-8"))
        links = [link for group in found.groups for link in group["links"]]
        below = {text: href for kind, href, text, _ in links if kind == "below"}
        assert list(below) == names[1:]
        targets = [path if h == "#" else (path.parent / h).resolve() for h in below.values()]
        assert targets == family[1:]
        assert [text for _, _, text, current in links if current] == [names[at]]
        assert len(found.links("sections")) == (2 if at else SECTIONS)


def turns(site: Path, page: str) -> dict[str, str]:
    html = (site / page).read_text(encoding="utf-8")
    found = re.findall(r'<a class="turn-(prev|next)" rel="\w+" href="([^"]*)"', html)
    root = site.resolve()
    return {
        name: (site / page).parent.joinpath(link).resolve().relative_to(root).as_posix()
        for name, link in found
    }


def test_pages_turn_from_lesson_to_workbook_to_the_next_lesson(site: Path) -> None:
    lesson, workbook, solutions = (
        f"{name}.html"
        for name in (
            "chapters/chapter08",
            "exercises/chapter08/chapter08",
            "solutions/chapter08/chapter08",
        )
    )
    after = "chapters/chapter09.html"
    before = "exercises/chapter07/chapter07.html"
    assert turns(site, lesson) == {"prev": before, "next": workbook}
    assert turns(site, workbook) == {"prev": lesson, "next": after}
    assert turns(site, solutions) == {"prev": workbook, "next": after}
    assert turns(site, after) == {"prev": workbook, "next": "exercises/chapter09/chapter09.html"}
    assert turns(site, "chapters/intro.html") == {"next": "chapters/audience.html"}
    assert turns(site, "chapters/setup.html")["next"] == "chapters/chapter01.html"
    assert turns(site, "chapters/references.html") == {"prev": "chapters/glossary.html"}


def test_the_first_page_of_a_whole_book(site: Path) -> None:
    html = (site / "chapters/intro.html").read_text(encoding="utf-8")
    assert "<strong>All 28 chapters</strong>" in html and "56 exercises in all" in html
    assert html.count('class="here-has">2 exercises, 1½ hours<') == len(CHAPTERS)
    assert "on the way" not in html
    for phase in PHASES:
        assert f"<em>Weeks {phase.first}–{phase.last}</em> <strong>{phase.heading}</strong>" in html


def test_no_link_is_broken(site: Path) -> None:
    from book.links import problems

    assert problems(site) == []


needs_chromium = pytest.mark.skipif(browser.find_chromium() is None, reason="no Chromium here")
SIZES = """
(() => {
  const contents = document.querySelector(".contents");
  const current = document.querySelector('.contents-tree [aria-current="page"]');
  const box = current && current.getBoundingClientRect();
  return { high: contents.scrollHeight, wide: contents.scrollWidth - contents.clientWidth,
           room: innerHeight, seen: !box || (box.top >= 0 && box.bottom <= innerHeight) };
})()
"""
FOLD = """
(() => {
  const groups = [...document.querySelectorAll(".contents-tree details")];
  const last = groups[4].querySelector("summary");
  last.focus();
  const focused = document.activeElement === last;
  last.click();
  return { focused, open: groups.map((group) => group.open) };
})()
"""


async def ask(site: Path, script: str, pages: list[str], width: int = 1400) -> list:
    from book.screenshots import served

    found = []
    with served(site) as root:
        async with browser.Browser() as page:
            for name in pages:
                await page.open(root + name, width)
                found.append(await page.evaluate(script))
    return found


@needs_chromium
def test_the_contents_of_28_chapters_are_one_screen_high(site: Path) -> None:
    pages = [
        "chapters/intro.html",
        "chapters/faq.html",
        *(f"{chapter.docname}.html" for chapter in CHAPTERS),
        "exercises/chapter18/chapter18.html",
        "solutions/chapter18/chapter18.html",
    ]
    for page, found in zip(pages, asyncio.run(ask(site, SIZES, pages))):
        assert found["high"] <= found["room"] and found["wide"] <= 0 and found["seen"], (
            page,
            found,
        )


@needs_chromium
def test_a_folded_phase_opens_and_the_open_one_stays(site: Path) -> None:
    (found,) = asyncio.run(ask(site, FOLD, ["chapters/chapter13.html"]))
    assert found == {"focused": True, "open": [False, False, True, False, True, False]}


@needs_chromium
def test_the_contents_break_no_rule_of_accessibility(site: Path) -> None:
    from book import accessibility

    axe = accessibility.find_axe()
    if axe is None:
        pytest.skip("axe-core is not installed")
    pages = ["chapters/intro.html", "chapters/chapter13.html", "solutions/chapter20/chapter20.html"]
    assert asyncio.run(accessibility.violations(site, pages, axe)) == []
