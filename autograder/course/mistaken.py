"""What readers hand in by mistake in place of a notebook, told by its content, in one line."""

from __future__ import annotations

import re

CONFLICT = re.compile(r"^(?:<{7} |={7}$|>{7} )", re.M)
PYTHON = re.compile(r"^\s*(?:def|class|import|from|async def|@\w+|#!|# ?%%)\b|^#", re.M)


def what_it_is(data: bytes) -> str:
    """What a file is that is no JSON, and what to do; empty if that cannot be told."""
    head = data[:4096].lstrip().lower()
    if not data.strip(b"\0 \t\r\n"):
        return "the file is empty: `autograder reset` puts a fresh workbook in place"
    if data[:4] in (b"PK\3\4", b"PK\5\6"):
        return "this is a zip archive: unpack it, and give the notebook inside"
    if data[:2] == b"\x1f\x8b":
        return "this is a compressed archive: unpack it, and give the notebook inside"
    if data[:5] == b"%PDF-":
        return "this is a PDF: download the notebook itself, the file .ipynb"
    if head.startswith((b"<!doctype html", b"<html", b"<?xml", b"<head", b"<!--")):
        return (
            "this is a web page, not the notebook: download the file itself (on GitHub: "
            "`Download raw file`; in Jupyter: File, Download)"
        )
    text = data.decode("utf-8", "replace")
    if CONFLICT.search(text) and "<<<<<<< " in text:
        return (
            "it holds the markers of a merge conflict (<<<<<<<, =======, >>>>>>>): keep one side "
            "of each, or take one version whole with `git checkout --ours` or `--theirs`"
        )
    if head.startswith(b"version https://git-lfs"):
        return "this is a pointer of Git LFS, not the notebook: `git lfs pull` fetches it"
    if not head.startswith(b"{") and PYTHON.search(text):
        return "this is a Python file, not a notebook: put the answers into the workbook's cells"
    return ""


def other_format(data: object) -> str:
    """What JSON is that has no list of cells."""
    if isinstance(data, dict) and isinstance(data.get("worksheets"), list):
        return (
            "a notebook of format 3: open and save it in JupyterLab, or "
            "`jupyter nbconvert --to notebook --inplace` it"
        )
    return "not a notebook: it has no list of cells"
