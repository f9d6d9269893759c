"""Put into every notebook what Colab needs: a cell that installs the book, and the GPU setting.

    python -m book.stamp             # lessons and sources of workbooks; then: autograder release
    python -m book.stamp --check     # exit code 1, and a line for each notebook that is out of date

The repository's address and branch come from _config.yml, and from nowhere else; which chapters
ask for a GPU, from the syllabus; which modules Colab lacks, from the table below. Stamping again
changes nothing.
"""

from __future__ import annotations

import argparse
import copy
import json
import re
import sys
from pathlib import Path
from typing import Any

from autograder.course.workbook import to_text
from book.ext.syllabus import CHAPTERS

ROOT = Path(__file__).resolve().parents[1]

# Chapters that a GPU helps: Colab is asked for a T4.
GPU = frozenset(chapter.number for chapter in CHAPTERS if chapter.gpu)
# What Colab lacks, by the module that a notebook imports: names in requirements.txt, which has
# the versions.
PACKAGES = {
    "filecheck": ("filecheck",),
    "torch_mlir": ("torch-mlir",),
    "tvm": ("apache-tvm-ffi", "apache-tvm", "pyopencl", "pocl-binary-distribution"),
    "xdsl": ("xdsl", "immutabledict", "ordered-set"),
}
IMPORT = re.compile(r"^\s*(?:import|from)\s+(\w+)", re.MULTILINE)

CELL = """\
# In Colab this cell installs tern and the autograder, if they are missing.
# Elsewhere it does nothing.
import sys

if "google.colab" in sys.modules:
    new = False
    try:
        from autograder import colab
    except ImportError:
        import subprocess
        from IPython.core.error import UsageError

        new = True
        book = "{address}"
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", book]
        done = subprocess.run(pip, capture_output=True, text=True)
        if done.returncode:
            told = done.stderr.splitlines()
            errors = [line for line in told if "fatal: " in line or "ERROR: " in line]
            why = (errors or [done.stderr])[0].strip()
            raise UsageError(f"pip could not install {{book}}: {{why}}")
        from autograder import colab
    colab.prepare({arguments})"""


class StampError(Exception):
    """A file cannot be stamped or read; one line that says why."""


def address(root: Path) -> str:
    """The repository as pip takes it, from _config.yml. Raises StampError."""
    import yaml

    file = root / "_config.yml"
    try:
        repository = yaml.safe_load(file.read_text(encoding="utf-8"))["repository"]
        return f"git+{repository['url'].rstrip('/')}@{repository['branch']}"
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise StampError(f"{file}: no repository with url and branch: {error!r}") from None


def pinned(root: Path, name: str) -> str:
    """A package's requirement without its platforms, from requirements.txt. Raises StampError."""
    file = root / "requirements.txt"
    for line in file.read_text(encoding="utf-8").splitlines():
        requirement = re.split(r"[;#]", line)[0].strip()
        if re.split(r"[=<>~! \[]", requirement)[0] == name:
            return requirement
    raise StampError(f"{file}: no version of {name}")


def notebooks(root: Path) -> list[Path]:
    """The lessons and the sources of the workbooks, in their order."""
    return [
        *sorted(root.glob("chapters/chapter[0-9][0-9].ipynb")),
        *sorted(root.glob("solutions/chapter[0-9][0-9]/chapter[0-9][0-9].ipynb")),
    ]


def lacking(data: dict[str, Any]) -> list[str]:
    """The packages that a notebook's cells import and Colab lacks.

    >>> lacking({"cells": [{"cell_type": "code", "source": ["import os\\n", "import tvm"]}]})
    ['apache-tvm-ffi', 'apache-tvm', 'pyopencl', 'pocl-binary-distribution']
    """
    code = [each["source"] for each in data["cells"] if each["cell_type"] == "code"]
    imported = {name for source in code for name in IMPORT.findall("".join(source))}
    return [name for module, names in PACKAGES.items() if module in imported for name in names]


def cell(root: Path, number: int, packages: list[str], workbook: bool) -> dict[str, Any]:
    """The first code cell of a chapter's lesson or workbook, where it is locked for nbgrader."""
    arguments = [*(f'"{pinned(root, name)}"' for name in packages), "new=new"]
    if len(packages) > 1:  # one a line
        listed = "".join(f"\n        {argument}," for argument in arguments) + "\n    "
    else:
        listed = ", ".join(arguments)
    text = CELL.format(address=address(root), arguments=listed)
    metadata: dict[str, Any] = {"tags": ["remove-cell"]}
    identity = f"ch{number:02}-bootstrap"
    if workbook:
        metadata["nbgrader"] = {
            "grade": False, "grade_id": identity, "locked": True, "schema_version": 3,
            "solution": False, "task": False,
        }  # fmt: skip
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": identity,
        "metadata": metadata,
        "outputs": [],
        "source": text.splitlines(keepends=True),
    }


def stamped(data: dict[str, Any], first: dict[str, Any], gpu: bool) -> dict[str, Any]:
    """The notebook with `first` after its title, once, and Colab's GPU setting as wanted.

    The argument is not changed. Raises StampError for a notebook without a title.
    """
    data = copy.deepcopy(data)
    rest = [each for each in data["cells"] if each.get("id") != first["id"]]
    if not rest or rest[0]["cell_type"] != "markdown":
        raise StampError("the first cell is no title")
    data["cells"] = [rest[0], first, *rest[1:]]
    metadata = data["metadata"]
    metadata.pop("accelerator", None)
    metadata.get("colab", {}).pop("gpuType", None)
    if gpu:
        metadata["accelerator"] = "GPU"
        colab = metadata.setdefault("colab", {"provenance": [], "toc_visible": True})
        colab["gpuType"] = "T4"
    return data


def out_of_date(root: Path) -> dict[Path, str]:
    """The new text of every notebook that is not as stamped. Raises StampError."""
    found = {}
    for path in notebooks(root):
        number = int(path.stem.removeprefix("chapter"))
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            first = cell(root, number, lacking(data), workbook=path.parent.name == path.stem)
            made = stamped(data, first, number in GPU)
        except StampError as error:
            raise StampError(f"{path}: {error}") from None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise StampError(f"{path}: cannot be read as a notebook: {error!r}") from None
        if made != data:
            found[path] = to_text(made)
    return found


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m book.stamp", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit code 1 if any differs"
    )
    parser.add_argument(
        "root", nargs="?", type=Path, default=ROOT, help="the checkout; this one if left out"
    )
    options = parser.parse_args(arguments)
    try:
        found = out_of_date(options.root)
    except StampError as error:
        print(error, file=sys.stderr)
        return 2
    for path, text in found.items():
        if not options.check:
            path.write_text(text, encoding="utf-8")
        what = "out of date (python -m book.stamp)" if options.check else "stamped"
        print(f"{path.relative_to(options.root)}: {what}")
    if not found:
        print(f"{len(notebooks(options.root))} notebooks are as stamped")
    return int(bool(found) and options.check)


if __name__ == "__main__":
    sys.exit(main())
