"""The front matter says what the syllabus says, links what exists, and shows what tern does."""

from __future__ import annotations

import contextlib
import io
import json
import re
import tomllib
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml

from book import derive
from book.ext import descent, syllabus
from book.ext.syllabus import CHAPTERS as WEEKS
from book.ext.syllabus import PHASES

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = ROOT / "chapters"
FRONT = sorted(CHAPTERS.glob("*.md"))
LESSONS = sorted(CHAPTERS.glob("chapter*.ipynb"))


def contents() -> set[str]:
    """Every page that _toc.yml names."""
    found: set[str] = set()

    def visit(entry: object) -> None:
        if isinstance(entry, dict):
            found.update(entry[key] for key in ("root", "file") if key in entry)
            for value in entry.values():
                visit(value)
        elif isinstance(entry, list):
            for item in entry:
                visit(item)

    visit(yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8")))
    return found


def heading(lesson: Path) -> str:
    cells = json.loads(lesson.read_text(encoding="utf-8"))["cells"]
    return "".join(cells[0]["source"]).split("\n")[0]


def test_28_chapters_in_phases_of_8_10_6_and_4() -> None:
    assert [each.number for each in syllabus.CHAPTERS] == list(range(1, 29))
    assert [len(phase.chapters) for phase in PHASES] == [8, 10, 6, 4]
    assert [(each.first, each.last) for each in PHASES] == [(1, 8), (9, 18), (19, 24), (25, 28)]
    assert syllabus.TOTAL_HOURS == 28 * 8


@pytest.mark.parametrize("number", [0, 29, -1])
def test_there_are_no_other_weeks(number) -> None:
    with pytest.raises(ValueError, match="no week"):
        syllabus.chapter(number)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_lessons_are_in_the_book(lesson) -> None:
    assert syllabus.chapter(int(lesson.stem.removeprefix("chapter"))).docname in contents()


@pytest.mark.parametrize("page", FRONT, ids=lambda path: path.stem)
def test_every_page_of_the_front_matter_is_in_the_contents(page) -> None:
    assert f"chapters/{page.stem}" in contents()


@pytest.mark.parametrize("page", FRONT, ids=lambda path: path.stem)
def test_weeks_that_a_page_names_exist(page) -> None:
    text = page.read_text(encoding="utf-8")
    for numbers in re.findall(r"\{(?:[wW]eek|[cC]hapter|weeks)\}`([^`]*)`", text):
        assert syllabus.weeks(numbers)
        for number in syllabus.weeks(numbers):
            syllabus.chapter(number)
    # A chapter's page is linked by a role, which knows whether it is there, or it exists.
    for name in re.findall(r"\]\((chapter\d\d)\.ipynb", text):
        assert f"chapters/{name}" in contents()


NUMBER = r"\b(\d+|one|two|three|four|five|six|seven|eight|nine|ten|twelve)"
COUNTED = (
    rf"{NUMBER}( (?:weekly )?(?:chapters|weeks|exercises|lessons|workbooks|phases|skills|hours?|"
    r"months)\b)|\b[wW]eeks? \d+"
)
ALLOWED = {
    "first four weeks",  # advice on how long to measure one's pace
    "before week 1",  # the name of a part
    "first two chapters",  # of a textbook
    "first two exercises",
    "about two hours",  # what these take: tested below
    "Allow nine months",  # advice, with holidays
    "do one hour",  # of research
    "a week, one hour",  # of a cohort
}


@pytest.mark.parametrize("page", FRONT, ids=lambda path: path.stem)
def test_no_page_counts_by_hand(page) -> None:
    """Counts are {count}, weeks {week}: both come from the syllabus, and from what is here."""
    text = page.read_text(encoding="utf-8")
    for match in re.finditer(COUNTED, text, re.IGNORECASE):
        around = text[max(0, match.start() - 10) : match.end()]
        assert any(words in around for words in ALLOWED), f"{page.name}: {around!r}"


def test_the_readme_and_the_contributors_page_count_as_the_syllabus_does() -> None:
    for name in ("README.md", "CONTRIBUTING.md"):
        text = derive.REGION.sub("", (ROOT / name).read_text(encoding="utf-8"))
        for number in re.findall(r"(\d+) (?:weekly )?(?:chapters|weeks)\b", text):
            assert int(number) == len(WEEKS), name


def test_the_first_two_exercises_of_chapter_5_take_what_the_reality_check_says() -> None:
    path = ROOT / "solutions" / "chapter05" / "chapter05.toml"
    exercises = tomllib.loads(path.read_text(encoding="utf-8"))["exercise"]
    assert sum(exercise["minutes"] for exercise in exercises[:2]) == 2 * 60
    assert "about two hours" in (CHAPTERS / "reality.md").read_text(encoding="utf-8")


def test_the_book_takes_as_many_months_as_the_questions_say() -> None:
    months = round(2 * len(WEEKS) * 7 * 12 / 365.25) / 2
    assert months == 6.5
    assert "six and a half months" in (CHAPTERS / "faq.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", ["README.md", "chapters/intro.md", "chapters/setup.md"])
def test_pages_name_the_same_versions_of_python(page) -> None:
    oldest = re.search(r'requires-python = ">=(3\.\d+)"', (ROOT / "pyproject.toml").read_text())
    assert oldest is not None
    named = re.findall(r"Python (3\.\d+), 3\.12, or 3\.13", (ROOT / page).read_text("utf-8"))
    assert named and set(named) == {oldest[1]}


def test_ninety_days_end_where_the_plan_says() -> None:
    text = (CHAPTERS / "plan.md").read_text(encoding="utf-8")
    assert f"90 days end near {{week}}`{round(90 / 7)}`" in text


class Sheet(HTMLParser):
    """The headings, titles, and links of the built road."""

    def __init__(self) -> None:
        super().__init__()
        self.inside: list[str] = []
        self.headings: list[str] = []
        self.titles: list[str] = []
        self.links: list[str] = []
        self.starts: list[int] = []

    def handle_starttag(self, tag: str, attributes: list) -> None:
        self.inside.append(tag)
        if tag == "ol":
            self.starts.append(int(dict(attributes).get("start", 1)))
        if tag == "a" and "li" in self.inside:
            self.links.append(dict(attributes)["href"])
        if tag == "strong" and "li" in self.inside:
            self.titles.append("")

    def handle_endtag(self, tag: str) -> None:
        while tag in self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "h2" in self.inside:
            self.headings.append(data)
        elif "strong" in self.inside and "li" in self.inside:
            self.titles[-1] += data


def test_the_road_lists_all_and_links_what_exists(tmp_path) -> None:
    pytest.importorskip("myst_parser")
    from sphinx.application import Sphinx

    source = tmp_path / "source"
    (source / "chapters").mkdir(parents=True)
    road = (CHAPTERS / "road.md").read_text(encoding="utf-8")
    (source / "chapters" / "road.md").write_text(road, encoding="utf-8")
    (source / "index.md").write_text(":orphan:\n\n# Index\n", encoding="utf-8")
    for lesson in LESSONS:
        (source / "chapters" / f"{lesson.stem}.md").write_text(heading(lesson) + "\n")
    log = io.StringIO()
    app = Sphinx(
        source,
        None,
        tmp_path / "out",
        tmp_path / "trees",
        "html",
        confoverrides={
            "extensions": ["myst_parser", "book.ext.road"],
            "html_theme": "basic",
            "suppress_warnings": ["toc.not_included"],
        },
        status=None,
        warning=log,
    )
    app.build()
    sheet = Sheet()
    html = (tmp_path / "out" / "chapters" / "road.html").read_text(encoding="utf-8")
    sheet.feed(html[html.index('class="road') : html.index("Weeks slip")])
    assert sheet.headings == [each.heading for each in PHASES]
    assert sheet.titles == [each.title for each in syllabus.CHAPTERS]
    assert sheet.starts == [each.first for each in PHASES]
    assert sheet.links == [f"{lesson.stem}.html" for lesson in LESSONS]


def test_the_references_have_every_week() -> None:
    text = (CHAPTERS / "references.md").read_text(encoding="utf-8")
    sections = re.split(r"^### ", text, flags=re.MULTILINE)[1:]
    titles = [section.split("\n")[0] for section in sections]
    assert titles == [each.heading for each in syllabus.CHAPTERS]
    assert all("\n- " in section for section in sections)


def glossary() -> list[tuple[str, str]]:
    """The terms with what the glossary says of them."""
    text = (CHAPTERS / "glossary.md").read_text(encoding="utf-8")
    body = text.partition("```{glossary}\n")[2].partition("\n```")[0]
    return re.findall(r"^(\S.*)\n((?:  .*\n?)+)", body, flags=re.MULTILINE)


def test_the_glossary_has_80_terms_in_order_each_with_its_week() -> None:
    terms = [term.lower() for term, _ in glossary()]
    assert len(terms) >= 80
    assert terms == sorted(set(terms), key=lambda term: term.replace("-", " "))
    assert all(re.search(r"\(\{week\}`\d+`\)", says) for _, says in glossary())


SHORTER = {"basic block": "block"}  # terms that their chapter says with fewer words


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_the_words_of_a_week_are_in_its_chapter(lesson) -> None:
    """A term that moves to another chapter, or leaves the book, fails here."""
    number = int(lesson.stem.removeprefix("chapter"))
    workbook = ROOT / "exercises" / lesson.stem / lesson.name
    text = "".join(
        "".join(cell["source"])
        for path in (lesson, workbook)
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
    ).lower()
    terms = [term for term, says in glossary() if says.rstrip().endswith(f"({{week}}`{number}`)")]
    assert terms, f"the glossary has no term of {lesson.stem}"
    for term in terms:
        for word in re.split(r"[ -]", SHORTER.get(term, term).lower()):
            assert len(word) <= 3 or word in text, f"{lesson.stem} no longer says {term!r}"


def program() -> str:
    text = (CHAPTERS / "intro.md").read_text(encoding="utf-8")
    return text.partition("```{descent}\n")[2].partition("\n```")[0]


def test_the_multiplication_is_marked_on_every_level() -> None:
    levels = descent.levels_of(program())
    names = [level.name for level in levels]
    assert names[:6] == [
        "What you write",
        "Tokens",
        "Syntax tree",
        "Intermediate representation",
        "Loops",
        "Python for Numba",
    ]
    for level in levels:
        assert "<mark" in level.body or 'class="box lit"' in level.body, level.name
    assert "Three loops over arrays have become one" in levels[4].says
    assert 'aria-label="Syntax tree: return (max (+ (* (w, x), b), 0.0))"' in levels[2].body


def test_the_vector_loop_is_found_in_the_machine_code() -> None:
    text = "\n".join(
        ["f:", "\tmulss\t%xmm0, %xmm1", "\tret"]
        + [".L1:", "\tvmulps\t(%rsi), %xmm3, %xmm3", "\tjne\t.L1"]
        + [".L2:", "\t.p2align\t4", "\tvmulps\t(%rsi), %ymm3, %ymm3", "\tjne\t.L2"]
        + [".L3:", "\tvmulps\t(%rsi), %zmm3, %zmm3", "\tjmp\t.L4"]
    )
    loops = descent.straight_lines(text)
    assert [block[-1].split()[-1] for block in loops] == [".L1", ".L2"]
    assert [descent.block_score(block) for block in loops] == [4, 8]
    arm = ["\tfmul\tv0.4s, v0.4s, v4.4s", "\tfmul\ts0, s0, s1"]
    assert descent.block_score(arm) == 4


def test_the_example_of_the_set_up_prints_what_the_page_shows() -> None:
    pytest.importorskip("torch_mlir")
    text = (CHAPTERS / "setup.md").read_text(encoding="utf-8")
    section = text.partition("## LLVM and MLIR on your machine")[2]
    code = section.partition("```python\n")[2].partition("```")[0]
    shown = section.partition("```mlir\n")[2].partition("```")[0]
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, "hello.py", "exec"), {})
    assert out.getvalue().strip() == shown.strip()
