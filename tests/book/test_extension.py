"""The book's Sphinx extension: asides, folded cells, hidden tests, stale outputs, phases."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from docutils.core import publish_doctree
from pygments.lexers.c_cpp import CppLexer
from pygments.token import Error

from book.ext import asides, lexers, notebooks, outputs, syllabus

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted([*ROOT.glob("chapters/*.ipynb"), *ROOT.glob("solutions/*/*.ipynb")])

TEST_CELL = """\
check.equal(f(1), 2)
### BEGIN HIDDEN TESTS
check.equal(f(SECRET), 3)
### END HIDDEN TESTS
"""
SOLUTION_CELL = """\
def f(x):
    ### BEGIN SOLUTION
    return x + 1
    ### END SOLUTION
"""


def cell(source: str, kind: str = "code", **nbgrader: object) -> dict:
    metadata = {"nbgrader": {"schema_version": 3, **nbgrader}} if nbgrader else {}
    made = {
        "cell_type": kind,
        "id": f"c{abs(hash(source)) % 10**8}",
        "metadata": metadata,
        "source": source,
    }
    return made | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def notebook(*cells: dict) -> dict:
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {
        "cells": list(cells),
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**Predict.** How many?", ("predict", "Predict", "")),
        ("**Design note.** Phi?", ("design-note", "Design note", "")),
        (
            "**Design note: phi or argument.** Both.",
            ("design-note", "Design note", "phi or argument"),
        ),
        ("**Bold** and no more", None),
        ("Text **Predict.**", None),
    ],
)
def test_blockquotes_that_open_with_a_name(text, expected) -> None:
    assert asides.kind_of(publish_doctree(f"x\n\n  {text}")[1]) == expected


def test_solutions_fold_their_code_and_leave_hidden_tests_out() -> None:
    book = notebook(
        cell(SOLUTION_CELL, solution=True, grade=False),
        cell(TEST_CELL, solution=False, grade=True),
    )
    solution, test = notebooks.for_reading(book, solutions=True)["cells"]
    assert solution["source"] == "def f(x):\n    return x + 1"
    assert solution["metadata"]["mystnb"]["code_prompt_show"] == "Show the book's solution"
    assert test["source"] == "check.equal(f(1), 2)"
    assert test["metadata"]["tags"] == ["hide-input"]


def test_workbooks_fold_tests_alone() -> None:
    book = notebook(cell("def f(x): ...", solution=True, grade=False), cell("check", grade=True))
    stub, test = notebooks.for_reading(book, solutions=False)["cells"]
    assert "tags" not in stub["metadata"]
    assert test["metadata"]["tags"] == ["hide-input"]


def test_a_change_of_a_package_empties_the_cache(tmp_path) -> None:
    package = tmp_path / "tern"
    package.mkdir()
    (package / "a.py").write_text("x = 1")
    cache = tmp_path / "cache"
    before = outputs.digest(tmp_path, ["tern"])
    assert not outputs.empty_stale_cache(cache, before)  # nothing was there to empty
    (cache / "global.db").write_text("outputs")
    assert not outputs.empty_stale_cache(cache, before)
    assert (cache / "global.db").exists()
    (package / "a.py").write_text("x = 2")
    after = outputs.digest(tmp_path, ["tern"])
    assert outputs.empty_stale_cache(cache, after)
    assert not (cache / "global.db").exists()


def test_every_chapter_has_a_phase() -> None:
    found = [syllabus.phase_of(f"chapters/chapter{n:02}") for n in range(1, 29)]
    assert [phase.number for phase in found] == [1] * 8 + [2] * 10 + [3] * 6 + [4] * 4
    assert syllabus.phase_of("exercises/chapter09/chapter09").number == 2
    assert syllabus.phase_of("chapters/intro") is None


@pytest.mark.parametrize("lexer", [lexers.TernLexer(), lexers.MLIRLexer()])
def test_lexers_know_every_character_of_their_language(lexer) -> None:
    text = {
        "tern": "fn f(x: f32[n, 4]) -> f32 { if not x >= 1e-3 { return sum(x, axis=0) % 2.0; } }\n",
        "MLIR": "func.func @f(%arg0: tensor<4x?xf32>) {\n  cf.br ^bb1(%0#1 : i32)\n^bb1(%1: i32):\n"
        '  %2 = "a.b"(%1) {x = -1.5e+00} : (i32) -> index  // text\n  return\n}\n',
    }[lexer.name]
    tokens = list(lexer.get_tokens(text))
    assert "".join(value for _, value in tokens) == text
    assert "Token.Error" not in {str(kind) for kind, _ in tokens}


FENCE = re.compile(r"^```(?:cpp|c\+\+)\n(.*?)^```", re.M | re.S)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_cpp_in_a_notebook_is_cpp_to_the_lexer(path: Path) -> None:
    """What it doesn't know is a warning of the build."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    texts = ["".join(cell["source"]) for cell in cells]
    blocks = [block for text in texts for block in FENCE.findall(text)]
    found = [token for block in blocks for token in CppLexer().get_tokens(block)]
    found += [
        token
        for text in texts
        if text.startswith("%%cpp")
        for token in lexers.CellLexer().get_tokens(text)
    ]
    assert [value for kind, value in found if kind is Error] == []


def test_a_cell_in_cpp_has_the_colors_of_cpp_and_others_those_of_python() -> None:
    text = "%%cpp small_vec\n// No Python.\ntemplate <class T> struct A { int x = 1; };\n"
    tokens = list(lexers.CellLexer().get_tokens(text))
    assert "".join(value for _, value in tokens) == text
    kinds = {value: str(kind) for kind, value in tokens}
    assert kinds["template"] == "Token.Keyword" and kinds["int"] == "Token.Keyword.Type"
    assert kinds["// No Python.\n"] == "Token.Comment.Single"
    python = "x = 1\n%timeit f()\nprint('%%cpp a')\n"
    assert list(lexers.CellLexer().get_tokens(python)) == list(
        lexers.IPython3Lexer().get_tokens(python)
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """A small book with the real configuration and look, built with warnings as errors."""
    root = tmp_path_factory.mktemp("site")
    shutil.copy(ROOT / "_config.yml", root)
    shutil.copytree(ROOT / "book", root / "book", ignore=shutil.ignore_patterns("__pycache__"))
    lesson = notebook(
        cell(
            "# 5 · A title\n\nText with $x^2$.\n\n> **Predict.** How many?\n\n## Part\n\n"
            "<details>\n<summary>Why?</summary>\n\nBecause.\n\n</details>",
            "markdown",
        ),
        cell("1 + 1"),
    )
    workbook = notebook(cell("# Workbook", "markdown"), cell("check.equal(1, 1)", grade=True))
    solved = notebook(
        cell("# Solutions", "markdown"),
        cell(SOLUTION_CELL, solution=True),
        cell(TEST_CELL, grade=True),
    )
    files = {
        "chapters/intro.md": "# The book\n\nSee [chapter 5](chapter05.ipynb).\n",
        "chapters/chapter05.ipynb": json.dumps(lesson),
        "exercises/chapter05/chapter05.ipynb": json.dumps(workbook),
        "solutions/chapter05/chapter05.ipynb": json.dumps(solved),
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    toc = "format: jb-book\nroot: chapters/intro\nparts:\n- caption: I\n  chapters:\n" + "".join(
        f"  - file: {name.removesuffix('.ipynb')}\n" for name in files if name.endswith(".ipynb")
    )
    (root / "_toc.yml").write_text(toc)
    run = subprocess.run(
        [
            sys.executable,
            "-c",
            "from jupyter_book.cli.main import main; main()",
            "build",
            ".",
            "-W",
            "--keep-going",
        ],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    return root / "_build" / "html"


def test_a_lesson_is_built_run_and_dressed(site) -> None:
    page = (site / "chapters/chapter05.html").read_text()
    assert 'data-phase="1"' in page
    assert '<span class="chapter-number">5</span> A title' in page
    assert '<aside role="note" class="box predict" aria-label="Predict">' in page
    assert "colab.research.google.com/github/" in page
    assert "<msup><mi>x</mi><mn>2</mn></msup>" in page
    assert ">2<" in page.replace("\n", "")  # the output of 1 + 1
    assert "stix-two-math" in page
    assert "stix-two-math" not in (site / "chapters/intro.html").read_text()


def test_hidden_tests_are_in_no_file_of_the_site(site) -> None:
    page = (site / "solutions/chapter05/chapter05.html").read_text()
    assert "Show the book&#x27;s solution" in page or "Show the book's solution" in page
    for path in site.rglob("*"):
        if path.suffix in {".html", ".ipynb", ".js", ".txt"}:
            assert "SECRET" not in path.read_text(encoding="utf-8"), path


def test_links_of_the_site(site) -> None:
    from book.links import problems

    assert problems(site) == []


def test_the_page_of_solutions_is_called_solutions() -> None:
    book = notebook(cell("# Chapter 05 · Workbook: A title\n\nThe workbook.", "markdown"))
    read = notebooks.for_reading(book, solutions=True)["cells"][0]["source"]
    assert read == "# Chapter 05 · Solutions: A title\n\nThe workbook."
