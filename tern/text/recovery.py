"""Where to go on after an error: "panic mode".

Source: Aho, Lam, Sethi, and Ullman, "Compilers", 2nd ed., section 4.1.4.
"""

from __future__ import annotations

from tern.parts import part
from tern.text.cursor import Cursor

STATEMENT_STARTS = frozenset(["let", "return", "if", "while", "for"])
"""The words that only a statement starts with."""


def _skip_one(cursor: Cursor) -> str:
    """Step over one token, or over all of `{ ... }`; the kind of the first one."""
    kind = cursor.advance().kind
    open_braces = 1 if kind == "{" else 0
    while open_braces and cursor.token.kind not in ("end", "fn"):
        step = cursor.advance().kind
        open_braces += (step == "{") - (step == "}")
    return kind


@part("text.recover", helpers=(_skip_one,))
def recover(cursor: Cursor, start: int) -> None:
    """Step from a mistake in a statement to where the next statement may begin.

    That is after a `;`, after a whole `{ ... }`, or before a word that only a statement
    starts with. `start` is the position at which the broken statement began: a cursor that is
    still there steps over that word too, or the same statement would be tried forever. The
    cursor never leaves the enclosing block: it stops before a `}` whose `{` it has not seen,
    before `fn`, and before the end of the text, even at `start`. O(tokens stepped over).
    """
    while cursor.token.kind not in ("}", "fn", "end"):
        if cursor.position != start and cursor.token.kind in STATEMENT_STARTS:
            return
        if _skip_one(cursor) in (";", "{"):
            return
