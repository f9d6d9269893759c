"""A bar is written once, in the check: statements follow it, and lessons agree with it."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from autograder.author import bars, release
from autograder.course.layout import Chapter, Course, Exercise, UsageError
from tests.autograder.workbooks import COURSE, ROOT

CHAPTERS = [COURSE.chapter(name) for name in COURSE.chapters()]
EXERCISES = [(chapter, exercise) for chapter in CHAPTERS for exercise in chapter.exercises]
NAMES = [f"{chapter.name}-{exercise.name}" for chapter, exercise in EXERCISES]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (
            "check.keeps_up(f, with_=g, within=2.5, silver=2, gold=1.1, on=h)  # on 4,000 numbers",
            "At most 2.5 times the book's CPU time on 4,000 numbers (silver 2, gold 1.1).",
        ),
        (
            "check.keeps_up(\n    f,\n    with_=g,\n    within=3,\n    on=h,  # on a tree\n)",
            "At most 3 times the book's CPU time on a tree.",
        ),
        (
            "check.speedup(f, over=loops.naive, at_least=6, gold=20, on=h)  # at n = 600",
            "At least 6 times as fast as `loops.naive` at n = 600 (gold 20).",
        ),
        (
            "check.grows(f, no_faster_than='n', sizes=[10, 3_000], slack=1.5, on=h)  # blocks",
            "From 10 to 3,000 blocks, CPU time grows no faster than n (with a factor of 1.5 to "
            "spare).",
        ),
        (
            "check.counts(f, over=naive, d1_misses=0.2, instructions=1, at_least=6, on=h)  # there",
            "At most 0.2 times the first-level cache misses and 1 times the instructions of "
            "`naive` there, counted by cachegrind (where nothing can be counted, at least 6 times "
            "as fast instead).",
        ),
        (
            "check.traffic(f, on=h, at_most=1.05, gold=1.01)  # on rows",
            "At most 1.05 times the minimum of bytes on rows (gold 1.01), from at least 80 "
            "programs.",
        ),
        (
            "check.sectors(f, on=h, at_most=1.25)  # there",
            "The sectors of 32 bytes that are touched come to at most 1.25 times the bytes there.",
        ),
        ("check.uses(f, 'HMMA', on=h)", "The machine code for sm_80 has `HMMA`."),
        (
            "check.uses(f, 'LDG', on=h, device='sm_75', at_least=2, at_most=16)",
            "The machine code for sm_75 has at least 2 and at most 16 `LDG`.",
        ),
        (
            "check.uses(f, 'LDG.32', on=h, at_least=0, at_most=0)",
            "The machine code for sm_80 has no `LDG.32`.",
        ),
        (
            "check.compiles(f, on=h, max_spills=0)",
            "Compiled for sm_75 and sm_80, it spills no register.",
        ),
        ("check.conflicts(f, on=h)", "No bank conflict in shared memory."),
        (
            "check.rewrites_work(f, with_=g, within=1.6, gold=1.02, on=h)  # on 12 modules",
            "After its own passes, XLA is left with at most 1.6 times the work that it has with "
            "the book's on 12 modules (gold 1.02), counted by XLA, on the geometric mean.",
        ),
        (
            "check.schedule_speed(f, of=MATMUL, sizes=(8, 8, 4), over='numpy', at_least=1, gold=2)",
            "At least as fast as NumPy with one thread at n = 8, m = 8, k = 4 (gold 2).",
        ),
        (
            "check.searches(f, of=MATMUL, sizes=(8, 8, 4), trials=20, over=best, at_least=0.5)",
            "The fastest of 20 candidates at n = 8, m = 8, k = 4 is at least 0.5 times as fast as "
            "the book's `best`.",
        ),
        (
            "check.generates(f, of=MATMUL, sizes=(8, 8, 4), loads_at_most=16, silver=8)",
            "At n = 8, m = 8, k = 4, a block has from 32 to 1,024 threads, and all threads "
            "together load from global memory at most 16 times the bytes of the inputs (silver 8).",
        ),
        ("check.true(len(made) < 9, 'the text is short')", "The text is short."),
    ],
)
def test_a_check_in_words(source: str, said: str) -> None:
    assert bars.sentences(source) == [said]


def test_only_what_the_cell_itself_checks_has_a_bar() -> None:
    source = """
def same(actual, expected):  # on nothing
    check.true(actual == expected, "inside")

for size in (1, 2):
    check.keeps_up(f, with_=g, within=3, on=h, same=same)  # on both sizes
check.equal(f(1), 2)
"""
    assert bars.sentences(source) == ["At most 3 times the book's CPU time on both sizes."]


@pytest.mark.parametrize(
    ("statement", "source", "says"),
    [
        ("No bar.", "check.conflicts(f, on=h)", "needs one paragraph that begins with"),
        ("**Speed bar.**\n\n**Speed bar.**", "check.conflicts(f, on=h)", "it has 2"),
        ("**Speed bar.**", "check.keeps_up(f, with_=g, within=3, on=h)", "needs a comment"),
        (
            "**Speed bar.**",
            "check.keeps_up(f, with_=g, within=limit, on=h)  # on it",
            "within has to be a plain number",
        ),
    ],
)
def test_what_cannot_be_told_stops_the_author(statement: str, source: str, says: str) -> None:
    with pytest.raises(UsageError, match=rf"^ch09 it: .*{says}"):
        bars.filled(statement, source, "ch09 it")


def test_the_author_s_own_words_stay() -> None:
    statement = (
        "**Goal.** x\n\n**Speed bar.** At most\n9 times.\n\nA list will not make it.\n\n5 points"
    )
    made = bars.filled(statement, "check.conflicts(f, on=h)", "it")
    assert made == statement.replace("At most\n9 times.", "No bank conflict in shared memory.")


def test_release_fails_where_words_and_check_differ(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("solutions", "exercises"):
        shutil.copytree(ROOT / name / "chapter05", tmp_path / name / "chapter05")
    monkeypatch.setattr(release, "find_course", lambda: Course(tmp_path))
    assert release.run(["chapter05"], check_only=True) == 0
    path = tmp_path / "solutions/chapter05/chapter05.ipynb"
    text = path.read_text(encoding="utf-8")
    assert text.count("within=2.5,") == 1
    path.write_text(text.replace("within=2.5,", "within=2.25,"), encoding="utf-8")
    capsys.readouterr()
    assert release.run(["chapter05"], check_only=True) == 1
    assert "differs: solutions/chapter05/chapter05.ipynb" in capsys.readouterr().out
    assert release.run(["chapter05"]) == 0
    assert "At most 2.25 times the book's CPU time" in path.read_text(encoding="utf-8")


def medals_near_the_book(source: str) -> list[str]:
    """Medals for a time so near the book's own that noise gives and takes them."""
    return [
        f"{medal} {bar.number(medal):g}"
        for bar in bars.bars_in(source)
        for medal in ("silver", "gold")
        if bar.check == "keeps_up" and 0.8 < bar.number(medal, 0) < 1.2
    ]


@pytest.mark.parametrize(("chapter", "exercise"), EXERCISES, ids=NAMES)
def test_a_medal_takes_an_idea_and_not_luck(chapter: Chapter, exercise: Exercise) -> None:
    data = json.loads(chapter.source.read_text(encoding="utf-8"))
    (source,) = [
        "".join(one["source"])
        for one in data["cells"]
        if one["metadata"].get("nbgrader", {}).get("grade_id") == f"{exercise.cell}-speed"
    ]
    assert medals_near_the_book(source) == []


def test_a_medal_near_the_book_is_found() -> None:
    source = "check.keeps_up(f, with_=g, within=3, silver=1.3, gold=1.05, on=h)  # on trees"
    assert medals_near_the_book(source) == ["gold 1.05"]


# ---- lessons ------------------------------------------------------------------------------------

IN_WORDS = {"a fifth": 0.2, "half": 0.5}
NUMBER = re.compile(r"(?<!\w)(?<!\d\.)\d[\d,]*(?:\.\d+)?")


def numbers(text: str) -> set[float]:
    found = {float(number.replace(",", "")) for number in NUMBER.findall(text)}
    return found | {number for words, number in IN_WORDS.items() if words in text}


def told(chapter: Chapter, cell: str) -> str:
    """The bars of an exercise, those of its correctness tests as well, in sentences."""
    data = json.loads(chapter.source.read_text(encoding="utf-8"))
    sources = [
        "".join(one["source"])
        for one in data["cells"]
        if one["metadata"].get("nbgrader", {}).get("grade_id") in (f"{cell}-tests", f"{cell}-speed")
    ]
    return " ".join(sentence for source in sources for sentence in sentences_in(source))


def sentences_in(source: str) -> list[str]:
    try:
        return bars.sentences(source)
    except ValueError:  # a bar of the correctness tests has no comment
        return []


def lesson_rows(chapter: Chapter) -> dict[str, str]:
    """The last column of the lesson's table of exercises, by exercise."""
    data = json.loads((ROOT / "chapters" / f"{chapter.name}.ipynb").read_text(encoding="utf-8"))
    text = "\n".join("".join(c["source"]) for c in data["cells"] if c["cell_type"] == "markdown")
    rows = re.findall(r"^\| *(?:\d+ +)?([a-z-]+) *\|.*\| *([^|\n]*?) *\|$", text, re.M)
    return dict(rows)


@pytest.mark.parametrize(("chapter", "exercise"), EXERCISES, ids=NAMES)
def test_the_lesson_names_the_bar_that_the_check_holds(
    chapter: Chapter, exercise: Exercise
) -> None:
    rows = lesson_rows(chapter)
    assert exercise.name in rows, f"{chapter.name}'s table of exercises has no {exercise.name}"
    in_lesson, in_checks = numbers(rows[exercise.name]), numbers(told(chapter, exercise.cell))
    assert in_lesson - in_checks == set(), rows[exercise.name]
    assert in_lesson or "as fast as" in rows[exercise.name]
