"""What the pages of workbooks and solutions show of their notebooks.

Workbooks: test cells are folded. Solutions: solution cells are folded behind "Show the book's
solution", nbgrader's markers are dropped, and the hidden tests are left out, of the page and of
the notebook that the page offers for download.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from sphinx.application import Sphinx

HIDDEN_TESTS = re.compile(
    r"^[ \t]*### BEGIN HIDDEN TESTS.*?^[ \t]*### END HIDDEN TESTS[^\n]*\n?",
    re.DOTALL | re.MULTILINE,
)
MARKERS = re.compile(r"^[ \t]*(?:// )?### (?:BEGIN|END) SOLUTION[^\n]*\n?", re.MULTILINE)
TITLE = re.compile(r"^(# .*?)\bWorkbook\b", re.MULTILINE)
PYTHON = {"name": "python", "pygments_lexer": "ipython3"}


def without_markers(code: str) -> str:
    """A cell's code without hidden tests and solution markers.

    >>> without_markers("a\\n### BEGIN HIDDEN TESTS\\nsecret\\n### END HIDDEN TESTS")
    'a'
    """
    return MARKERS.sub("", HIDDEN_TESTS.sub("", code)).rstrip("\n")


def fold(cell: dict, prompt: str) -> None:
    """Hide a code cell's input behind a line that reads `Show {prompt}`."""
    metadata = cell.setdefault("metadata", {})
    tags = metadata.setdefault("tags", [])
    if "hide-input" not in tags:
        tags.append("hide-input")
    prompts = {"code_prompt_show": f"Show {prompt}", "code_prompt_hide": f"Hide {prompt}"}
    metadata.setdefault("mystnb", {}).update(prompts)


def for_reading(notebook: dict, solutions: bool) -> dict:
    """The notebook as its page shows it. Changes the notebook in place and returns it."""
    notebook["metadata"].setdefault("language_info", PYTHON)
    cells = []
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown" and solutions:
            # One source makes both pages; its title is the workbook's.
            cell["source"] = TITLE.sub(r"\1Solutions", "".join(cell["source"]))
        if cell["cell_type"] == "code":
            source = "".join(cell["source"])
            cell["source"] = without_markers(source) if solutions else source
            graded = cell.get("metadata", {}).get("nbgrader", {})
            if graded.get("solution") and solutions:
                fold(cell, "the book's solution")
            elif graded.get("grade"):
                fold(cell, "the tests")
            if not cell["source"].strip():
                continue
        cells.append(cell)
    notebook["cells"] = cells
    return notebook


def rewrite(app: Sphinx, docname: str, content: list[str]) -> None:
    """On source-read: `content[0]` is the notebook's JSON."""
    if not str(app.env.doc2path(docname)).endswith(".ipynb"):
        return
    notebook = json.loads(content[0])
    if docname.startswith(("exercises/", "solutions/")):
        notebook = for_reading(notebook, docname.startswith("solutions/"))
    else:
        notebook["metadata"].setdefault("language_info", PYTHON)
    content[0] = json.dumps(notebook)


def rewrite_downloads(app: Sphinx, error: Exception | None) -> None:
    """The copies of the solutions that pages offer for download leave hidden tests out too."""
    if error or app.builder.format != "html":
        return
    for path in Path(app.outdir, "_sources", "solutions").rglob("*.ipynb"):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                cell["source"] = without_markers("".join(cell["source"]))
        path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False), encoding="utf-8")


def setup(app: Sphinx) -> None:
    app.connect("source-read", rewrite)
    app.connect("build-finished", rewrite_downloads)
