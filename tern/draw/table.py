"""A table of short texts, code among them."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from html import escape

from tern.draw.picture import Picture, picture

STYLE = """
.tern-table { overflow-x: auto; }
.tern .tern-table table { border-collapse: collapse; font: 0.84rem/1.45 var(--tern-ui); margin: 0;
  width: 100%; min-width: 34rem; table-layout: auto; }
.tern .tern-table th, .tern .tern-table td { text-align: left; vertical-align: top; border: 0;
  padding: 0.45em 0.7em; border-bottom: 1px solid var(--tern-rule); background: none; max-width:
  none; }
.tern .tern-table th { font-weight: 600; white-space: nowrap; }
.tern .tern-table code { font-size: 0.95em; overflow-wrap: break-word; white-space: pre-wrap; }
.tern .tern-table code.whole { display: inline-block; white-space: pre; }
"""


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    label: str = "table",
    whole: Collection[int] = (),
) -> Picture:
    """A table with a head. What stands in backticks is code; a line break stays one, and in columns
    that are `whole`, by their numbers, no other line of code breaks.

    ValueError if a row is not as long as the head.
    """
    if any(len(row) != len(head) for row in rows):
        raise ValueError(f"every row needs {len(head)} cells")
    top = "".join(f'<th scope="col">{cell(text)}</th>' for text in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{cell(x, n in whole)}</td>" for n, x in enumerate(row)) + "</tr>"
        for row in rows
    )
    html = (
        f'<div class="tern-table" tabindex="0"><table><thead><tr>{top}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )
    plain = "\n".join(" | ".join(text.replace("\n", " ") for text in row) for row in (head, *rows))
    return picture(html, plain, label, STYLE)


def cell(text: str, whole: bool = False) -> str:
    """The HTML of a cell, of which code may be `whole`.

    >>> cell("`a < b`: never")
    '<code>a &lt; b</code>: never'
    """
    parts = re.split(r"`([^`]*)`", text)
    kind = ' class="whole"' if whole else ""
    shown = [
        f"<code{kind}>{escape(part)}</code>" if at % 2 else escape(part).replace("\n", "<br/>")
        for at, part in enumerate(parts)
    ]
    return "".join(shown)
