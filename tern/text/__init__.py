"""Source text to tokens to syntax tree, and diagnostics that point at the source."""

from tern.text.diagnostics import Diagnostic, Diagnostics, Note, Source, Span
from tern.text.expressions import parse_expression
from tern.text.lexer import Token, tokenize
from tern.text.parser import parse
from tern.text.show import show

__all__ = [
    "Diagnostic",
    "Diagnostics",
    "Note",
    "Source",
    "Span",
    "Token",
    "parse",
    "parse_expression",
    "show",
    "tokenize",
]
