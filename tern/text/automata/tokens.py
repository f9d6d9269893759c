"""tern's tokens as regular expressions: what a generator would make tern's lexer from.

tern's own lexer is written by hand (`tern/text/lexer.py`). Here is its specification, and the lexer
that follows from it; `tests/tern/text/test_tokens.py` proves that they agree.
"""

from __future__ import annotations

from tern.parts import cached_with_parts
from tern.text.automata.dfa import DFA
from tern.text.automata.nfa import NONE
from tern.text.automata.rules import compile_rules
from tern.text.automata.scanner import scan
from tern.text.lexer import KEYWORDS

RULES: tuple[tuple[str, str], ...] = (
    ("gap", r"[ \t\r\n]+|//[^\n]*"),
    *((word, word) for word in sorted(KEYWORDS)),
    ("name", r"[A-Za-z_]\w*"),
    ("float", r"\d+\.\d+([eE][+\-]?\d+)?|\d+[eE][+\-]?\d+"),
    ("integer", r"\d+"),
    ("number", r"(\d+(\.\d+)?([eE][+\-]?\d+)?)\w+"),  # what starts as one and goes on as a word
    ("sign", r"->|\.\.|[=!<>]=|[\-+*/%@<>=(){}\[\],:;]"),
)
"""Kinds and their patterns, the first of two that match the same text first."""

WRONG = ("number", "other")  # kinds that are no tokens


@cached_with_parts
def token_automaton() -> DFA:
    """The smallest automaton for tern's tokens; rule i is RULES[i]."""
    return compile_rules(pattern for _, pattern in RULES)


def pieces(text: str) -> list[tuple[str, int, int]]:
    """A text cut into tokens by the specification: (kind, start, end), without gaps.

    What is no token has the kind "number" or "other"; of the latter, neighbors are one.
    """
    found: list[tuple[str, int, int]] = []
    for rule, start, end in scan(token_automaton(), text):
        kind = "other" if rule == NONE else RULES[rule][0]
        if kind == "sign":
            kind = text[start:end]
        if kind == "other" and found and found[-1][0] == kind and found[-1][2] == start:
            found[-1] = kind, found[-1][1], end
        elif kind != "gap":
            found.append((kind, start, end))
    return found
