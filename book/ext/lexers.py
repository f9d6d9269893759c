"""Colors for tern's source and MLIR's text in code blocks, ```tern and ```mlir, and for the C++ of
a notebook's `%%cpp` cells."""

from __future__ import annotations

from ipython_pygments_lexers import IPython3Lexer
from pygments.lexer import RegexLexer, bygroups, using, words
from pygments.lexers.c_cpp import CppLexer
from pygments.token import (
    Comment,
    Keyword,
    Name,
    Number,
    Operator,
    Punctuation,
    String,
    Text,
)
from sphinx.application import Sphinx


class TernLexer(RegexLexer):
    name = "tern"
    aliases = ["tern"]
    tokens = {
        "root": [
            (r"\s+", Text),
            (r"//.*", Comment.Single),
            (
                words(
                    (
                        "fn",
                        "let",
                        "return",
                        "if",
                        "else",
                        "while",
                        "for",
                        "in",
                        "and",
                        "or",
                        "not",
                    ),
                    suffix=r"\b",
                ),
                Keyword,
            ),
            (r"\b(?:i32|i64|f32|f64|bool)\b", Keyword.Type),
            (r"\b(?:true|false)\b", Keyword.Constant),
            (r"(?<=fn )\w+", Name.Function),
            (r"\d+\.\d*(?:e[+-]?\d+)?|\d+e[+-]?\d+", Number.Float),
            (r"\d+", Number.Integer),
            (r"\w+(?=\()", Name.Function),
            (r"\w+", Name),
            (r"[-+*/%@=<>!]+", Operator),
            (r"[][(){},;:.]", Punctuation),
        ]
    }


class MLIRLexer(RegexLexer):
    name = "MLIR"
    aliases = ["mlir"]
    tokens = {
        "root": [
            (r"\s+", Text),
            (r"//.*", Comment.Single),
            (r"%[\w.$-]+(?:#\d+)?", Name.Variable),
            (r"\^\w+", Name.Label),
            (r"@[\w.$-]+", Name.Function),
            (r"#\w+|![\w.]+", Name.Decorator),
            (r'"[^"\n]*"', String),
            (r"\b(?:tensor|memref|vector)<[^>\n]*>?>", Keyword.Type),
            (r"\b(?:[if]\d+|bf16|index|none)\b", Keyword.Type),
            (
                r"\b(?:true|false|dense|loc|attributes|to|step|iter_args|ins|outs|dimensions)\b",
                Keyword.Constant,
            ),
            (r"\b[a-z]\w*\.[\w.]+", Keyword),
            (r"\bmodule\b", Keyword),
            (r"-?\d+\.\d*(?:[eE][+-]?\d+)?", Number.Float),
            (r"0x[0-9A-Fa-f]+|-?\d+", Number.Integer),
            (r"->|[-+*=<>?]", Operator),
            (r"\w+", Name),
            (r"[][(){},:.|]", Punctuation),
        ]
    }


class CellLexer(IPython3Lexer):
    """Python as IPython has it, and C++ below `%%cpp NAME`, which IPython's own leaves plain."""

    name = "IPython with cells in C++"
    aliases = ["ipython3"]
    tokens = {
        **IPython3Lexer.tokens,
        "root": [
            (
                r"(?s)\A(\s*)(%%cpp)([^\n]*\n)(.*)",
                bygroups(Text, Operator, Name, using(CppLexer)),
            ),
            *IPython3Lexer.tokens["root"],
        ],
    }


def setup(app: Sphinx) -> None:
    app.add_lexer("ipython3", CellLexer)  # the name that myst-nb asks for,
    app.add_lexer("python", CellLexer)  # and that of a notebook that no kernel has run
    app.add_lexer("tern", TernLexer)
    app.add_lexer("mlir", MLIRLexer)
