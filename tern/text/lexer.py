"""Source text to tokens."""

from __future__ import annotations

import re
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


# The alternatives are tried from left to right and each takes as much as it can: the rule of
# "longest match, then first rule" that a generated lexer follows. A float comes before an
# integer; the point in it needs a digit after it, which leaves `0..n` an integer and a `..`.
_TOKEN = re.compile(
    r"""
      (?P<gap>     [ \t\r\n]+ | //[^\n]* )
    | (?P<name>    [A-Za-z_][A-Za-z_0-9]* )
    | (?P<float>   (?: [0-9]+\.[0-9]+ (?:[eE][+-]?[0-9]+)? | [0-9]+[eE][+-]?[0-9]+ )
                   (?![A-Za-z_0-9]) )
    | (?P<integer> [0-9]+ (?![A-Za-z_0-9]|\.[0-9]) )
    | (?P<sign>    -> | \.\. | [=!<>]= | [-+*/%@<>=(){}\[\],:;] )
    | (?P<number>  [0-9]+ (?:\.[0-9]+)? [A-Za-z_0-9]* )   # anything else that starts as one
    | (?P<other>   . )
    """,
    re.VERBOSE | re.DOTALL,
)

_HINTS = {
    "&": "tern spells it `and`",
    "|": "tern spells it `or`",
    "!": "tern spells it `not`",
    "#": "a comment starts with `//`",
    '"': "tern has no strings",
    "'": "tern has no strings",
    ".": "a number has digits on both sides of its point: `1.0`, `0.5`",
}


def _complain(kind: str, text: str, span: Span, source: Source) -> Diagnostic:
    if kind == "number":
        return Diagnostic(f"`{text}` is not a number", span, source)
    shown = f"`{text}`" if text.isprintable() else f"U+{ord(text):04X}"
    notes = [_HINTS[text]] if text in _HINTS else []
    return Diagnostic(f"unexpected character {shown}", span, source, notes)


@part("text.tokenize", helpers=(_complain,))
def tokenize(source: str | Source) -> list[Token]:
    """The tokens of a source text, in order, with one of kind ``"end"`` after the last.

    Blanks and comments stand between tokens and are not tokens themselves. The spans are
    disjoint and increasing, and ``text[start:end]`` is the token's own text. O(length).

    Raises:
        Diagnostic: the text has a character, or a number, that tern does not know. All of these are
            reported together.
    """
    source = as_source(source)
    tokens: list[Token] = []
    errors: list[Diagnostic] = []
    for match in _TOKEN.finditer(source.text):
        kind = match.lastgroup
        if kind == "gap":
            continue
        text = match.group()
        if kind == "sign" or (kind == "name" and text in KEYWORDS):
            kind = text
        elif kind == "number" or kind == "other":
            errors.append(_complain(kind, text, Span(*match.span()), source))
            continue
        tokens.append(Token(kind, text, Span(*match.span())))
    if errors:
        raise combined(errors)
    end = len(source.text)
    tokens.append(Token("end", "", Span(end, end)))
    return tokens
