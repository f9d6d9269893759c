"""Makes the reader's workbook from a chapter's source notebook, by nbgrader's own preprocessors."""

from __future__ import annotations

import json
from typing import Any

from autograder.course.layout import Chapter


def workbook(chapter: Chapter, source: str | None = None) -> str:
    """The reader's workbook as JSON text."""
    import logging

    import nbformat
    from nbgrader import preprocessors

    from autograder.course.cleared import ClearSolutions

    logging.getLogger("traitlets").setLevel(logging.ERROR)
    text = source or chapter.source.read_text(encoding="utf-8")
    notebook = nbformat.reads(text, as_version=4)
    resources: Any = {}
    for step in (
        preprocessors.LockCells,
        ClearSolutions,
        preprocessors.ClearOutput,
        preprocessors.CheckCellMetadata,
        preprocessors.ClearHiddenTests,
        preprocessors.ClearMarkScheme,
        preprocessors.ComputeChecksums,
        preprocessors.CheckCellMetadata,
    ):
        notebook, resources = step().preprocess(notebook, resources)
    return to_text(json.loads(nbformat.writes(notebook)))


def to_text(data: dict) -> str:
    """A notebook as it is committed: no outputs, one way of writing it."""
    for cell in data["cells"]:
        if isinstance(cell["source"], str):
            cell["source"] = cell["source"].splitlines(keepends=True)
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    return json.dumps(data, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
