"""The tokens of a text in C++, as a compiler finds them: ISO C++17, [lex.phases] and [lex.pptoken].

Where a comment, or a string, begins and ends has to be found exactly as the compilers do it: a text
that only one side takes for a comment is a text that nobody has looked at. What a pattern has gone
over it takes, so any text takes time in proportion to its length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

JOINED = "\x01"  # stands where a backslash joins two lines; a raw string keeps it
SPLICE = re.compile(r"\\[ \t]*\n")
PREFIX = r"(?:(?:u\x01*8|[uUL])\x01*)?"
# An unterminated string ends with its line, an unterminated comment with the text.
TOKEN = re.compile(
    r"(?P<newline>\n)"
    r"|(?P<comment>/\x01*/[^\n]*|/\x01*\*.*?(?:\*\x01*/|\Z))"
    rf'|(?P<string>{PREFIX}R\x01*"(?P<raw>[^()\\\s"\x01]{{0,16}})\(.*?(?:\)(?P=raw)"|\Z)'
    rf'|{PREFIX}"(?:[^"\\\n]|\\\x01*.)*+(?:"|(?=\n)|\Z)'
    rf"|{PREFIX}'(?:[^'\\\n]|\\\x01*.)*+(?:'|(?=\n)|\Z))"
    r"|(?P<word>[A-Za-z_][A-Za-z_0-9\x01]*)"
    r"|(?P<number>\.?\x01*[0-9](?:\x01*(?:[eEpP]\x01*[+-]|'\x01*[A-Za-z_0-9]|[A-Za-z_0-9.]))*+)"
    r"|(?P<other>%\x01*:|\?\x01*\?\x01*=|<\x01*:(?!\x01*:)|[^\s\x01])",
    re.S,
)
MEANT = {"%:": "#", "??=": "#", "<:": "["}
PLAIN = frozenset("{}[]#()<>%:;.?*+-/^&|~!=,")


@dataclass(frozen=True, slots=True)
class Token:
    kind: str  # newline, comment, string, word, number, other
    text: str  # of a word or of what is other: joined, and without digraphs
    at: int

    @property
    def is_strange(self) -> bool:
        """Whether compilers differ on what it belongs to: `$`, a backslash, an é."""
        return self.kind == "other" and self.text not in PLAIN


def joined(text: str) -> str:
    """The text whose joined lines are one; JOINED stands where they were joined."""
    return SPLICE.sub(JOINED, text)


def line_of(text: str, at: int) -> int:
    """The line, from 0, of a place in a text that was `joined`."""
    return text.count("\n", 0, at) + text.count(JOINED, 0, at)


def tokens(text: str) -> Iterator[Token]:
    """All of them, one after the other. The text holds no control characters but those above."""
    for found in TOKEN.finditer(text):
        kind = found.lastgroup or "string"
        if kind == "raw":
            kind = "string"
        plain = found[0].replace(JOINED, "") if kind in ("word", "other") else found[0]
        yield Token(kind, MEANT.get(plain, plain), found.start())
