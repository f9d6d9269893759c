"""Text that others have written, as it can be shown: what would steer a terminal is made visible.

A reader's code chooses what it prints, what its exceptions say, and the names of its files. None of
it may draw a line of the report: escape sequences, carriage returns, and marks that turn the
direction of writing are shown as escapes, as Python writes them, and a line's end as ⏎.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator

# Controls, but for the tab; marks of direction and width; line and paragraph separators; halves of
# characters; tags.
STEERING = re.compile(
    "[\\x00-\\x08\\x0a-\\x1f\\x7f-\\x9f\\xad\\u061c\\u180e\\u200b\\u200e\\u200f\\u2028-\\u202e"
    "\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb\\ud800-\\udfff\\U000e0000-\\U000e007f]"
)
LINE_END = "⏎"
# What stands for a character where the terminal's encoding lacks it.
INSTEAD = {
    "✓": "+", "✗": "x", "·": "-", "×": "x", "…": "...", "–": "-", "—": "-", "●": "*", "→": "->",
    "←": "<-", "█": "#", "░": ".", "⏎": "\\n", "²": "^2", "³": "^3", "½": "1/2",
    "’": "'", "‘": "'", "“": '"', "”": '"', "\u00a0": " ",
}  # fmt: skip
ERRORS = "autograder-instead"


def visible(text: str) -> str:
    """The text as one line.

    >>> visible("a\\x1b[2J\\nb")
    'a\\\\x1b[2J⏎b'
    """
    return STEERING.sub(_escaped, text)


def visible_in_json(text: str) -> str:
    """JSON that says the same, without a character that steers a terminal: all stand in strings."""
    return STEERING.sub(lambda found: found[0] if found[0] == "\n" else _in_json(found[0]), text)


def _escaped(found: re.Match[str]) -> str:
    return LINE_END if found[0] == "\n" else ascii(found[0])[1:-1]


def _in_json(one: str) -> str:
    units = one.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def shortened(text: str, longest: int) -> str:
    """The text without its middle if it is longer than so many characters."""
    if len(text) <= longest:
        return text
    half = longest // 2
    return f"{text[:half]} … ({len(text) - 2 * half:,} characters) … {text[-half:]}"


def wrapped(text: str, width: int) -> Iterator[str]:
    """The text in pieces, each for a terminal's line of so many columns; at least one."""
    from rich.cells import cell_len, chop_cells

    text = text.expandtabs(4)
    if cell_len(text) <= width:
        yield text
        return
    yield from chop_cells(text, width)


# ---- encodings that lack characters -------------------------------------------------------------


def forgiving(streams: Iterable[object]) -> None:
    """Let text streams write something else for each character that their encoding lacks."""
    codecs.register_error(ERRORS, _replaced)
    for stream in streams:
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors=ERRORS)


def writes_unicode(stream: object) -> bool:
    """Whether a text stream's encoding has every character."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return encoding.lower().replace("-", "").startswith("utf")


def _replaced(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(INSTEAD.get(one, "?") for one in lacking), error.end
