"""Source text to tokens to syntax tree, and diagnostics that point at the source."""

from tern.text.cursor import Cursor
from tern.text.diagnostics import Diagnostic, Diagnostics, Note, Source, Span
from tern.text.expressions import parse_expression
from tern.text.lexer import Token, tokenize
from tern.text.parser import parse
from tern.text.recovery import recover
from tern.text.show import show
from tern.text.statements import parse_block

__all__ = [
    "Cursor",
    "Diagnostic",
    "Diagnostics",
    "Note",
    "Source",
    "Span",
    "Token",
    "parse",
    "parse_block",
    "parse_expression",
    "recover",
    "show",
    "tokenize",
]
