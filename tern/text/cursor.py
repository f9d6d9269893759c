"""A position in the token list that the parser moves forward."""

from __future__ import annotations

from collections.abc import Sequence

from tern.text.diagnostics import MAX_ERRORS, Diagnostic, Note, Source, Span, TooManyErrors
from tern.text.lexer import KEYWORDS, Token, tokenize

MAX_DEPTH = 200
"""How deep blocks and expressions may nest, together.

Whoever walks the tree may then recurse: the parser, the checker, the builder, `==`. A
statement with a block, or a call, counts two levels. A chain such as `a + b + c + ...`, whose
tree leans to the left, counts one level an operator.
"""


class Cursor:
    """The tokens of a source, the current one, and the errors found so far."""

    __slots__ = ("source", "tokens", "position", "token", "depth", "height", "errors")

    def __init__(self, source: Source, tokens: Sequence[Token] | None = None) -> None:
        """At the start of a source; whoever has its tokens already may hand them in."""
        self.source = source
        self.tokens = tokenize(source) if tokens is None else [*tokens]
        self.position = 0
        self.token: Token = self.tokens[0]
        self.depth = 0  # of what is being parsed
        self.height = 0  # of the expression parsed last
        self.errors: list[Diagnostic] = []

    def __str__(self) -> str:
        """The text, with a mark where the cursor stands."""
        text, at = self.source.text, self.token.span.start
        return f"{text[:at]}\u2038{text[at:]}"

    # --- moving -------------------------------------------------------------------------------

    def advance(self) -> Token:
        """The current token, stepping over it. The last token is never stepped over."""
        token = self.token
        if self.position + 1 < len(self.tokens):
            self.position += 1
            self.token = self.tokens[self.position]
        return token

    def following(self) -> Token:
        """The token after the current one."""
        return self.tokens[min(self.position + 1, len(self.tokens) - 1)]

    def accept(self, kind: str) -> Token | None:
        """The current token, stepping over it, if it is of this kind; else None."""
        return self.advance() if self.token.kind == kind else None

    def expect(self, kind: str, context: str = "") -> Token:
        """The current token, stepping over it, which must be of this kind.

        Raises:
            Diagnostic: it is not. `context` says what the token is needed for.
        """
        if self.token.kind == kind:
            return self.advance()
        what = {"name": "a name", "integer": "a number"}.get(kind, f"`{kind}`")
        raise self.expected(f"{what} {context}".rstrip(), after=kind == ";")

    def span_from(self, start: int) -> Span:
        """From the offset `start` to the end of the token before the current one."""
        return Span(start, self.end_of_previous())

    def end_of_previous(self) -> int:
        return self.tokens[self.position - 1].span.end if self.position else 0

    # --- errors -------------------------------------------------------------------------------

    def error(
        self, message: str, span: Span | None = None, notes: list[str | Note] | None = None
    ) -> Diagnostic:
        """An error at `span`, by default the current token's, for the caller to raise."""
        return Diagnostic(message, span or self.token.span, self.source, notes or [])

    def expected(self, what: str, after: bool = False) -> Diagnostic:
        """The error "expected `what`, found the current token".

        With `after` it points behind the token before: a forgotten `;` is missing there, not
        where the next statement begins.
        """
        span = self.token.span
        if after:
            span = Span(self.end_of_previous(), self.end_of_previous())
        message = f"expected {what}, found {describe(self.token)}"
        reserved = what.startswith("a name") and self.token.kind in KEYWORDS
        notes = [f"`{self.token.text}` is a word of the language"] if reserved else []
        return Diagnostic(message, span, self.source, notes)

    def report(self, error: Diagnostic) -> None:
        """Keep an error and go on.

        An error that starts where the last one did, or before it, is an echo, and is dropped.

        Raises:
            TooManyErrors: this one is the last that anyone would read.
        """
        if self.errors and self.errors[-1].span.start >= error.span.start:
            return
        self.errors.append(error)
        if len(self.errors) >= MAX_ERRORS:
            raise TooManyErrors

    def enter(self) -> None:
        """Go one level deeper; `depth` is for the caller to lower again.

        Raises:
            Diagnostic: that is deeper than MAX_DEPTH.
        """
        self.depth += 1
        self.check_depth(0)

    def check_depth(self, height: int) -> None:
        """Complain if something `height` levels high is too much here."""
        if self.depth + height > MAX_DEPTH:
            raise self.error(f"nested too deeply: more than {MAX_DEPTH} levels")


def describe(token: Token) -> str:
    """A token as a message calls it."""
    if token.kind == "end":
        return "the end of the text"
    kinds = {"name": "the name ", "integer": "the number ", "float": "the number "}
    text = token.text if len(token.text) <= 40 else token.text[:37] + "..."
    return f"{kinds.get(token.kind, '')}`{text}`"
