"""Source text to tokens: a lexer written by hand, as Clang's and MLIR's are.

It takes the longest token that starts at each position, and looks at most two characters past its
end. `tern.text.automata.tokens` has the same tokens as regular expressions, and a test compares
what the two make of a text.
"""

from __future__ import annotations

from typing import NamedTuple

from tern.parts import part
from tern.text.diagnostics import Diagnostic, Source, Span, as_source, combined

KEYWORDS = frozenset("and else false fn for if in let not or return true while".split())


class Token(NamedTuple):
    """A word of the language.

    `kind` is ``"name"``, ``"integer"``, ``"float"`` or ``"end"``; a keyword or a sign is its
    own kind, so that a parser can ask for ``"while"`` or ``"->"``.
    """

    kind: str
    text: str
    span: Span


LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_")
DIGITS = frozenset("0123456789")
WORD = LETTERS | DIGITS
BLANKS = frozenset(" \t\r\n")
SIGNS = frozenset("-> .. == != <= >= - + * / % @ < > = ( ) { } [ ] , : ;".split())

HINTS = {
    "&": "tern spells it `and`",
    "|": "tern spells it `or`",
    "!": "tern spells it `not`",
    "#": "a comment starts with `//`",
    '"': "tern has no strings",
    "'": "tern has no strings",
    ".": "a number has digits on both sides of its point: `1.0`, `0.5`",
}


def _complain(kind: str, span: Span, source: Source) -> Diagnostic:
    """What is wrong with a text that isn't a token: a "number", or "other" characters."""
    text = source.text[slice(*span)]
    shown = text if len(text) <= 40 else text[:37] + "..."
    if kind == "number":
        return Diagnostic(f"`{shown}` is not a number", span, source)
    if len(text) == 1 and not text.isprintable():
        return Diagnostic(f"unexpected character U+{ord(text):04X}", span, source)
    characters = "character" if len(text) == 1 else "characters"
    message = f"unexpected {characters} `{''.join(c if c.isprintable() else '?' for c in shown)}`"
    return Diagnostic(message, span, source, [HINTS[text[0]]] if text[0] in HINTS else [])


def _number(text: str, start: int) -> tuple[str, int]:
    """The kind of the number that starts at `start`, and where it ends."""
    kind, end = "integer", _run(text, start, DIGITS)
    if text[end : end + 1] == "." and text[end + 1 : end + 2] in DIGITS:  # not in `0..n`
        kind, end = "float", _run(text, end + 1, DIGITS)
    if text[end : end + 1] in ("e", "E"):
        signed = end + 1 + (text[end + 1 : end + 2] in ("+", "-"))
        if text[signed : signed + 1] in DIGITS:
            kind, end = "float", _run(text, signed, DIGITS)
    stop = _run(text, end, WORD)
    return (kind, end) if stop == end else ("number", stop)  # `12px` is one mistake, not two tokens


def _run(text: str, start: int, characters: frozenset[str]) -> int:
    """The end of the run of such characters that starts at `start`."""
    end, length = start, len(text)
    while end < length and text[end] in characters:
        end += 1
    return end


@part("text.tokenize", helpers=(_complain, _number, _run))
def tokenize(source: str | Source) -> list[Token]:
    """The tokens of a source text, in order, with one of kind ``"end"`` after the last.

    Blanks and comments stand between tokens and are not tokens themselves. The spans are
    disjoint and increasing, and ``text[start:end]`` is the token's own text. O(length).

    Raises:
        Diagnostic: the text has a number, or characters, that tern does not know. All of these are
            reported together; characters side by side that start no token are one error.
    """
    source = as_source(source)
    text, length = source.text, len(source.text)
    tokens: list[Token] = []
    wrong: list[tuple[str, int, int]] = []
    start = 0
    while start < length:
        first = text[start]
        if first in BLANKS:
            start += 1
            continue
        if first in LETTERS:
            end = _run(text, start + 1, WORD)
            kind = text[start:end]
            tokens.append(Token(kind if kind in KEYWORDS else "name", kind, Span(start, end)))
        elif first in DIGITS:
            kind, end = _number(text, start)
            if kind == "number":
                wrong.append((kind, start, end))
            else:
                tokens.append(Token(kind, text[start:end], Span(start, end)))
        elif text.startswith("//", start):
            end = text.find("\n", start)
            end = length if end < 0 else end
        elif (kind := text[start : start + 2]) in SIGNS or (kind := first) in SIGNS:
            end = start + len(kind)
            tokens.append(Token(kind, kind, Span(start, end)))
        else:
            end = start + 1
            if wrong and wrong[-1][0] == "other" and wrong[-1][2] == start:
                wrong[-1] = "other", wrong[-1][1], end
            else:
                wrong.append(("other", start, end))
        start = end
    if wrong:
        raise combined([_complain(kind, Span(*span), source) for kind, *span in wrong])
    tokens.append(Token("end", "", Span(length, length)))
    return tokens
