"""What must hold of the repository itself: its notebooks, its layout, its one source of truth."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from autograder.author import release
from autograder.course.layout import Course

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted(
    path
    for folder in ("chapters", "exercises", "solutions")
    for path in ROOT.glob(f"{folder}/**/*.ipynb")
    if ".ipynb_checkpoints" not in path.parts
)
COURSE = Course(ROOT)
FILES = {
    ".gitignore", "CITATION.cff", "CONTRIBUTING.md", "LICENSE", "LICENSE-TEXT.md", "README.md",
    "_config.yml", "_toc.yml", "nbgrader_config.py", "pyproject.toml", "requirements.txt",
}  # fmt: skip
FOLDERS = set(".ci autograder benchmarks book chapters exercises solutions tern tests".split())


def cells(path: Path) -> list[dict]:
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: str(path.relative_to(ROOT)))
class TestNotebooks:
    def test_it_carries_no_outputs(self, path: Path) -> None:
        code = [cell for cell in cells(path) if cell["cell_type"] == "code"]
        assert code and all(
            not cell["outputs"] and cell["execution_count"] is None for cell in code
        )

    def test_its_cell_ids_are_unique_and_legal(self, path: Path) -> None:
        ids = [cell["id"] for cell in cells(path)]
        assert len(set(ids)) == len(ids)
        assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", identity) for identity in ids)

    def test_its_markdown_reads_everywhere(self, path: Path) -> None:
        for cell in cells(path):
            if cell["cell_type"] == "markdown":
                text = "".join(cell["source"])
                assert not re.search(r"^(:::|```\{|\(\w+\)=)", text, re.M), text

    def test_its_kernel_has_a_name(self, path: Path) -> None:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        assert notebook["metadata"]["kernelspec"]["name"] == "python3"


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("solutions/*/*.ipynb")), ids=lambda path: path.stem
)
def test_what_a_reader_has_made_runs_with_a_limit(path: Path) -> None:
    """IR that a reader's function has made may run for ever, and the judge with it."""
    for cell in cells(path):
        if cell["metadata"].get("nbgrader", {}).get("grade_id", "").endswith(("-tests", "-speed")):
            for call in re.findall(r"\b(?:tern|tern\.ir|ir)\.run\(.*", "".join(cell["source"])):
                assert "max_steps=" in call, call


def test_the_customers_layout_stands() -> None:
    wanted = (
        "_config.yml _toc.yml README.md chapters exercises solutions autograder requirements.txt"
    )
    assert [name for name in wanted.split() if not (ROOT / name).exists()] == []


def test_no_installed_package_is_taken_for_one_of_these() -> None:
    """Some packages install a `benchmarks` or `tests` beside theirs. A folder without __init__.py
    would lose against it, wherever it stands on the path."""
    for folder in ("autograder", "benchmarks", "book", "tern", "tests"):
        assert (ROOT / folder / "__init__.py").is_file()


def test_nothing_is_kept_that_does_not_belong_there() -> None:
    command = ["git", "-C", str(ROOT), "ls-files"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("this is no checkout, so nobody knows what is kept")
    paths = [Path(line) for line in done.stdout.splitlines()]
    assert {path.parts[0] for path in paths if len(path.parts) > 1} == FOLDERS
    assert {path.name for path in paths if len(path.parts) == 1} == FILES
    assert [path for path in paths if path.suffix in (".whl", ".pyc", ".so", ".o")] == []


@pytest.mark.parametrize("name", COURSE.chapters())
def test_the_solutions_are_terns_own_text(name: str) -> None:
    chapter = COURSE.chapter(name)
    committed = chapter.source.read_text(encoding="utf-8")
    assert release.to_text(release.fill(chapter, json.loads(committed))) == committed


@pytest.mark.parametrize("name", COURSE.chapters())
def test_every_exercise_has_hints_points_and_a_bar(name: str) -> None:
    chapter = COURSE.chapter(name)
    points = {
        cell["metadata"]["nbgrader"]["grade_id"]: cell["metadata"]["nbgrader"].get("points", 0)
        for cell in cells(chapter.source)
        if "nbgrader" in cell["metadata"]
    }
    for exercise in chapter.exercises:
        assert len(exercise.hints) == 3 and all(len(hint.strip()) > 40 for hint in exercise.hints)
        assert exercise.explanation.strip() and exercise.minutes >= 20
        assert points[f"{exercise.cell}-tests"] > 0 and points[f"{exercise.cell}-speed"] > 0


def test_the_readme_has_the_two_commands_that_ci_runs() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for marker, ending in [("check", "autograder check chapter05"), ("test", "-m pytest -q")]:
        command = re.search(rf"<!-- {marker} -->\n```sh\n(.+?)\n```", text, re.S)[1]
        assert "pip install -q -r requirements.txt" in command and command.endswith(ending)
