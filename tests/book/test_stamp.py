"""What stamping does to notebooks, on copies of the real ones."""

from __future__ import annotations

import ast
import doctest
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.author import release
from autograder.course.layout import Course
from book import stamp

ROOT = Path(__file__).resolve().parents[2]
LESSON = Path("chapters/chapter05.ipynb")
SOURCE = Path("solutions/chapter05/chapter05.ipynb")


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A copy of what stamping reads and writes, unstamped."""
    for name in ("_config.yml", "_toc.yml", "requirements.txt"):
        shutil.copy(ROOT / name, tmp_path)
    for path in (path.relative_to(ROOT) for path in stamp.notebooks(ROOT)):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        data = load(ROOT / path)
        data["cells"] = [cell for cell in data["cells"] if not cell["id"].endswith("-bootstrap")]
        (tmp_path / path).write_text(release.to_text(data), encoding="utf-8")
        toml = path.with_suffix(".toml")
        if (ROOT / toml).exists():
            shutil.copy(ROOT / toml, tmp_path / toml)
    return tmp_path


def load(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def texts(root: Path) -> dict[Path, str]:
    return {path: path.read_text(encoding="utf-8") for path in stamp.notebooks(root)}


def first_code(path: Path) -> str:
    return "".join(load(path)["cells"][1]["source"])


def test_the_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(stamp).failed == 0


def test_every_notebook_gets_one_cell_after_its_title_and_nothing_else(course: Path) -> None:
    before = {path: json.loads(text) for path, text in texts(course).items()}
    assert len(before) >= 8 and stamp.main([str(course)]) == 0
    for path, old in before.items():
        new = load(path)
        cell = new["cells"].pop(1)
        assert new == old
        assert cell["id"] == f"ch{path.stem[-2:]}-bootstrap"
        assert cell["metadata"]["tags"] == ["remove-cell"]
        assert ("nbgrader" in cell["metadata"]) == (path.parent.name == path.stem)


def test_stamping_twice_changes_nothing(course: Path, capsys) -> None:
    stamp.main([str(course)])
    once = texts(course)
    capsys.readouterr()
    assert stamp.main([str(course)]) == 0 and texts(course) == once
    assert stamp.main(["--check", str(course)]) == 0
    assert "notebooks are as stamped" in capsys.readouterr().out


def test_the_file_is_written_as_the_others_are(course: Path) -> None:
    stamp.main([str(course)])
    for text in texts(course).values():
        assert (
            text
            == json.dumps(json.loads(text), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
        )


def test_a_check_names_each_notebook_and_writes_nothing(course: Path, capsys) -> None:
    stamp.main([str(course)])
    data = load(course / LESSON)
    data["cells"][1]["source"][-1] = "pass"
    data["cells"][1], data["cells"][2] = data["cells"][2], data["cells"][1]
    (course / LESSON).write_text(release.to_text(data), encoding="utf-8")
    before = texts(course)
    capsys.readouterr()
    assert stamp.main(["--check", str(course)]) == 1
    assert capsys.readouterr().out == f"{LESSON}: out of date (python -m book.stamp)\n"
    assert texts(course) == before
    assert stamp.main([str(course)]) == 0 and stamp.main(["--check", str(course)]) == 0


def test_another_address_goes_into_every_notebook(course: Path) -> None:
    config = course / "_config.yml"
    text = re.sub(r"(?m)^  url: .*$", "  url: https://github.com/me/mine/", config.read_text())
    config.write_text(text.replace("branch: main", "branch: v2"))
    stamp.main([str(course)])
    for path in stamp.notebooks(course):
        assert '"git+https://github.com/me/mine@v2"' in first_code(path)


def test_only_config_and_the_cell_know_the_address() -> None:
    """What other files say of it is what _config.yml says."""
    url = stamp.address(ROOT).removeprefix("git+").rpartition("@")[0]
    name = url.rpartition("/")[2]
    for path in [*ROOT.glob("*.md"), *ROOT.glob("*.cff"), *ROOT.glob("chapters/*.md")]:
        for found in re.findall(rf"https://github\.com/[\w.-]+/{name}\b", path.read_text("utf-8")):
            assert found == url, path


def test_the_cell_is_python_and_does_nothing_outside_colab(course: Path) -> None:
    stamp.main([str(course)])
    for path in stamp.notebooks(course):
        source = first_code(path)
        ast.parse(source)
        names: dict = {}
        exec(source, names)  # would fail to install into a folder that is no package index
        assert names.keys() - {"__builtins__"} == {"sys"}
        assert max(map(len, source.split("\n"))) <= 110


def test_it_installs_what_the_notebook_imports_and_colab_lacks(course: Path) -> None:
    stamp.main([str(course)])
    for path in stamp.notebooks(course):
        code = [cell for cell in load(path)["cells"][2:] if cell["cell_type"] == "code"]
        imports = any("torch_mlir" in "".join(cell["source"]) for cell in code)
        assert ('"torch-mlir==' in first_code(path)) == imports


def test_released_the_cell_is_locked_and_its_checksum_is_nbgraders(course: Path) -> None:
    nbformat = pytest.importorskip("nbformat")
    utils = pytest.importorskip("nbgrader.utils")
    stamp.main([str(course)])
    chapter = Course(course).chapter("chapter05")
    committed = chapter.source.read_text(encoding="utf-8")
    assert release.to_text(release.fill(chapter, json.loads(committed))) == committed
    notebook = nbformat.reads(release.workbook(chapter), as_version=4)
    nbformat.validate(notebook)
    cells = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell for cell in notebook.cells}
    first, setup = cells["ch05-bootstrap"], cells["ch05-setup"]
    assert first.metadata.nbgrader.keys() == setup.metadata.nbgrader.keys()
    assert (first.metadata.editable, first.metadata.deletable) == (False, False)
    assert first.metadata.nbgrader.checksum == utils.compute_checksum(first)
    assert first.source == first_code(course / SOURCE)


@pytest.mark.parametrize("path", [LESSON, SOURCE])
def test_a_gpu_is_asked_for_where_it_helps_and_only_there(course: Path, monkeypatch, path) -> None:
    monkeypatch.setattr(stamp, "GPU", frozenset({5}))
    stamp.main([str(course)])
    metadata = load(course / path)["metadata"]
    assert metadata["accelerator"] == "GPU"
    assert metadata["colab"] == {"provenance": [], "toc_visible": True, "gpuType": "T4"}
    assert "accelerator" not in load(course / "chapters/chapter01.ipynb")["metadata"]
    monkeypatch.setattr(stamp, "GPU", frozenset())
    assert stamp.main(["--check", str(course)]) == 1
    stamp.main([str(course)])
    metadata = load(course / path)["metadata"]
    assert "accelerator" not in metadata and "gpuType" not in metadata.get("colab", {})


def test_chapters_without_a_use_for_a_gpu_ask_for_none() -> None:
    assert not stamp.GPU & {1, 3, 5, 13} and {15, 16} <= stamp.GPU <= set(range(1, 29))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("<<<<<<< HEAD\n{}", "cannot be read as a notebook"),
        ('{"cells": 3}', "cannot be read as a notebook"),
        ('{"cells": [], "metadata": {}}', "the first cell is no title"),
    ],
)
def test_a_file_that_is_no_notebook_is_one_line_and_nothing_is_written(
    course: Path, capsys, text: str, says: str
) -> None:
    (course / SOURCE).write_text(text)
    before = texts(course)
    assert stamp.main([str(course)]) == 2
    told = capsys.readouterr()
    assert told.err.count("\n") == 1 and str(SOURCE) in told.err and says in told.err
    assert texts(course) == before


@pytest.mark.parametrize("config", ["", "repository: 3", "repository:\n  url: x", ": ["])
def test_a_configuration_without_an_address_is_one_line(course: Path, capsys, config: str) -> None:
    (course / "_config.yml").write_text(config)
    assert stamp.main(["--check", str(course)]) == 2
    assert "no repository with url and branch" in capsys.readouterr().err


def test_the_command_runs_from_the_checkout(course: Path) -> None:
    command = [sys.executable, "-m", "book.stamp", "--check", str(course)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.count("out of date") == len(stamp.notebooks(course))


def test_no_notebook_reads_a_file_that_colab_lacks() -> None:
    """There is no checkout there: what pages show of saved results comes with tern."""
    by_name = re.compile(r"""\b(?:Path|open)\(\s*f?["'](?![/<])""")
    found = [
        f"{path.name}: {line}"
        for path in stamp.notebooks(ROOT)
        for cell in load(path)["cells"]
        if cell["cell_type"] == "code" and not cell["id"].endswith("-bootstrap")
        for line in "".join(cell["source"]).splitlines()
        if by_name.search(line)
    ]
    assert not found
