"""The book's English is an engineer's: phrases that read as translated stay out of it.

Each pattern is a turn that is correct and that nobody says: *a kernel is no function* (isn't a
function), *some hundred steps* (about a hundred), *such a tile* (a tile like this), and a clause
hung on *of which*.
"""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted(
    [*(ROOT / "chapters").glob("*.ipynb"), *(ROOT / "solutions").glob("*/*.ipynb")],
)
TEXTS = sorted(
    [
        *(ROOT / "chapters").glob("*.md"),
        *(ROOT / "solutions").glob("*/*.toml"),
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
    ]
)

TRANSLATED = re.compile(
    r"""
      (?<!there\ )\b(?:is|are|was|were)\ no\ (?!(?:longer|more|less|fewer|better|worse|greater)\b)
    | \bsuch\ an?\ (?!(?:good|bad|small|large|long|short)\b)
    | \bsome\ (?:ten|twenty|thirty|dozen|hundred|thousand)s?\b(?!\ of\ the)
    | ,\ of\ which\b
    """,
    re.VERBOSE | re.IGNORECASE,
)
FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)


def prose(path: Path) -> str:
    """What a reader reads of a page: its Markdown, without the code in fences, on single spaces."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        text = "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    return " ".join(FENCE.sub("", text).split())


def translated(text: str) -> list[str]:
    """Every phrase of `text` that reads as translated, with the words around it."""
    return [text[max(0, m.start() - 30) : m.end() + 30] for m in TRANSLATED.finditer(text)]


def messages(path: Path) -> str:
    """What a notebook's Python says to readers: its strings and docstrings, a line each."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    sources = [source for source in sources if not source.lstrip().startswith("%%")]
    found = (node for source in sources for node in ast.walk(ast.parse(source)))
    texts = (node.value for node in found if isinstance(node, ast.Constant))
    return "\n".join(" ".join(text.split()) for text in texts if isinstance(text, str))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_no_message_reads_as_translated(path: Path) -> None:
    assert translated(messages(path)) == []


@pytest.mark.parametrize("path", [*NOTEBOOKS, *TEXTS], ids=lambda path: path.name)
def test_nothing_reads_as_translated(path: Path) -> None:
    assert translated(prose(path)) == []


@pytest.mark.parametrize(
    "sentence",
    [
        "Twenty is no multiple of 8.",
        "Such a tile stays in the cache.",
        "It takes some hundred steps.",
        "Twenty candidates, of which three are legal.",
    ],
)
def test_a_translated_phrase_is_found(sentence: str) -> None:
    assert translated(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "There is no best order.",
        "The list is no longer sorted.",
        "It is such a good test.",
        "The loop of which we spoke.",
    ],
)
def test_plain_english_is_left_alone(sentence: str) -> None:
    assert translated(sentence) == []
