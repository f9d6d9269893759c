"""The notebooks on a machine with Colab's versions: `python -m pytest -m colab tests/colab`."""

from __future__ import annotations

import copy
import json
import re
import shutil
from pathlib import Path

import pytest

from tests.colab.machine import ROOT, STAND_INS, Machine, code, notebook, wheel

pytestmark = pytest.mark.colab
CHAPTERS = sorted(path.stem for path in ROOT.glob("chapters/chapter[0-9][0-9].ipynb"))
# These need more of torch than a stand-in: TVM's FFI looks into it, too.
REAL = [
    name
    for name in CHAPTERS
    if re.search(
        r"\b(?:import|from) (?:triton|tvm)\b",
        (ROOT / "chapters" / f"{name}.ipynb").read_text(encoding="utf-8"),
    )
]
REST = [name for name in CHAPTERS if name not in REAL]
KEPT = {"numpy": "2.1.3", "numba": "0.61.2", "llvmlite": "0.44.0", "rich": "13.9.4", **STAND_INS}


def lesson(repository: Path, code_cells: int) -> dict:
    """Chapter 01's lesson up to its first so many code cells."""
    data = json.loads((repository / "chapters" / "chapter01.ipynb").read_text(encoding="utf-8"))
    at = [n for n, cell in enumerate(data["cells"]) if cell["cell_type"] == "code"]
    data["cells"] = data["cells"][: at[code_cells - 1] + 1]
    return data


def workbook(repository: Path, folder: str) -> dict:
    path = repository / folder / "chapter01" / "chapter01.ipynb"
    return json.loads(path.read_text(encoding="utf-8"))


def bootstrap(data: dict) -> dict:
    return next(cell for cell in data["cells"] if cell["id"] == "ch01-bootstrap")


def kept(versions: dict[str, str]) -> dict[str, str]:
    return {name: versions[name] for name in KEPT}


@pytest.fixture(scope="session")
def opened(bare: Machine, repository: Path) -> list[str]:
    """What the lesson's first cell says, run twice, and what the five after it show."""
    before = bare.versions()
    assert kept(before) == KEPT and "hypothesis" not in before and "ai-compiler-book" not in before
    data = lesson(repository, 6)
    at = data["cells"].index(bootstrap(data))
    data["cells"].insert(at, copy.deepcopy(bootstrap(data)) | {"id": "again"})
    return bare.run(data)


def test_without_a_network_it_says_so_in_one_line(bare: Machine, repository: Path) -> None:
    bare.pip("uninstall", "--yes", "ai-compiler-book")
    source = "".join(bootstrap(lesson(repository, 1))["source"])
    source = source.replace(f"file://{repository}", "https://nowhere.invalid/book")
    (said,) = bare.run(notebook(code(source)), allow_errors=True)
    assert "could not install git+https://nowhere.invalid/book@main" in said
    assert "Could not resolve host" in said and "Traceback" not in said
    assert "ai-compiler-book" not in bare.versions()


def test_a_python_that_is_too_old_is_named_in_one_line(
    bare: Machine, repository: Path, tmp_path: Path
) -> None:
    bare.pip("uninstall", "--yes", "ai-compiler-book")
    later = shutil.copytree(repository, tmp_path / "book", ignore=shutil.ignore_patterns(".git"))
    project = later / "pyproject.toml"
    project.write_text(project.read_text().replace(">=3.11", ">=3.99"))
    source = "".join(bootstrap(lesson(repository, 1))["source"])
    source = source.replace(f"git+file://{repository}@main", str(later))
    (said,) = bare.run(notebook(code(source)), allow_errors=True)
    assert "requires a different Python" in said and "not in '>=3.99'" in said
    assert "Traceback" not in said


def test_the_first_cell_installs_what_is_missing_and_replaces_nothing(
    opened: list[str], bare: Machine
) -> None:
    first, second = opened[:2]
    for said in (first, second):
        assert "torch 2.11.0+cu128, triton 3.6.0, numba 0.61.2, numpy 2.1.3" in said
        assert said.strip().count("\n") == 0
    assert "installed: ai-compiler-book 0.1.0, " in first and "hypothesis " in first
    assert "nothing was missing" in second
    assert kept(bare.versions()) == KEPT
    bare.pip("check")


def test_the_lessons_first_cells_run(opened: list[str]) -> None:
    assert "('mul'" in opened[3]  # calc.parse("(2*x - 5)*x")
    assert len(opened) == 7


def test_the_workbook_on_the_page_is_judged(
    opened: list[str], bare: Machine, repository: Path
) -> None:
    solved = {cell["id"]: cell for cell in workbook(repository, "solutions")["cells"]}
    page = workbook(repository, "exercises")
    page["metadata"]["colab"] = {"name": "Copy of chapter01.ipynb"}
    ids = [cell["id"] for cell in page["cells"]]
    answer = ids.index("ch01-evaluate")
    page["cells"][answer]["source"] = solved["ch01-evaluate"]["source"]
    asked = [
        "%load_ext autograder",
        "%autograder check evaluate",
        "%autograder check fold --no-speed",
    ]
    extra = [code(line) | {"id": f"asked-{n}"} for n, line in enumerate(asked)]
    page["cells"][answer + 1 : answer + 1] = extra  # what stands below is on the page, and not run
    said = bare.run(page, until=answer + 1 + len(extra))
    assert "nothing was missing" in said[0]
    passed, stub = said[-2:]
    assert "Copy of chapter01.ipynb" in passed and "10 of 10 points" in passed
    assert "not started" in stub


def test_a_package_that_would_replace_torch_is_refused(
    opened: list[str], bare: Machine, tmp_path: Path
) -> None:
    wheel(tmp_path, "torch", "2.99.0")
    newer = wheel(tmp_path, "wants_newer_torch", "1.0", "torch>=2.99")
    fits = wheel(tmp_path, "wants_any_torch", "1.0", "torch", "numpy")
    ask = "from autograder import colab\ncolab.prepare({!r}, {!r})".format(
        f"wants_newer_torch @ file://{newer}", f"wants_any_torch @ file://{fits}"
    )
    (said,) = bare.run(notebook(code(ask)), PIP_FIND_LINKS=str(tmp_path))
    assert "it needs another torch than 2.11.0+cu128" in said
    assert "installed: wants-any-torch 1.0; not installed: wants_newer_torch" in said
    assert said.strip().count("\n") == 0
    assert kept(bare.versions()) == KEPT


@pytest.mark.parametrize("name", REST)
def test_the_whole_lesson_runs_there(
    opened: list[str], bare: Machine, repository: Path, name: str
) -> None:
    """Up to the first cell that needs the real torch, which has only a stand-in here."""
    data = json.loads((repository / "chapters" / f"{name}.ipynb").read_text(encoding="utf-8"))
    torch = re.compile(r"^\s*(?:import|from) torch\b", re.M)
    sources = ["".join(cell["source"]) * (cell["cell_type"] == "code") for cell in data["cells"]]
    end = next((n for n, source in enumerate(sources) if torch.search(source)), len(sources))
    data["cells"] = data["cells"][:end]
    said = bare.run(data)
    assert "not installed" not in said[0]
    assert kept(bare.versions()) == KEPT


@pytest.mark.parametrize("name", REST)
def test_the_books_answers_pass_there(
    opened: list[str], bare: Machine, repository: Path, name: str
) -> None:
    page = json.loads(
        (repository / "solutions" / name / f"{name}.ipynb").read_text(encoding="utf-8")
    )
    first = [cell["id"].endswith("-bootstrap") for cell in page["cells"]].index(True) + 1
    ask = f"""get_ipython().run_line_magic("autograder", "check {name} --no-speed")"""
    asked = ["%load_ext autograder", f"verdict = {ask}\nprint(verdict.passed, verdict)"]
    extra = [code(text) | {"id": f"asked-{n}"} for n, text in enumerate(asked)]
    page["cells"][first:first] = extra
    said = bare.run(page, until=first + len(extra))
    assert said[-1].strip().startswith("True"), said[-1]


@pytest.mark.parametrize("name", REAL)
def test_a_chapter_that_needs_torch_with_colabs_triton(
    with_triton: Machine, repository: Path, name: str
) -> None:
    """The whole lesson, and the book's answers; where speed is counted, with it."""
    data = json.loads((repository / "chapters" / f"{name}.ipynb").read_text(encoding="utf-8"))
    said = with_triton.run(data)
    assert "triton 3.6.0" in said[0] and "numpy 2.1.3" in said[0]
    page = json.loads(
        (repository / "solutions" / name / f"{name}.ipynb").read_text(encoding="utf-8")
    )
    first = [cell["id"].endswith("-bootstrap") for cell in page["cells"]].index(True) + 1
    speed = "" if name == "chapter15" else " --no-speed"
    ask = f"""get_ipython().run_line_magic("autograder", "check {name}{speed}")"""
    asked = ["%load_ext autograder", f"verdict = {ask}\nprint(verdict.passed, verdict)"]
    extra = [code(text) | {"id": f"asked-{n}"} for n, text in enumerate(asked)]
    page["cells"][first:first] = extra
    said = with_triton.run(page, until=first + len(extra))
    assert said[-1].strip().startswith("True"), said[-1]
    ran = [cell for cell in page["cells"] if cell["id"] not in ("asked-0", "asked-1")]
    with_triton.run({**page, "cells": ran})  # as a reader runs it: the test cells below the answers
    assert (
        with_triton.versions()["triton"] == "3.6.0" and with_triton.versions()["numpy"] == "2.1.3"
    )
