"""Places in a source text, and messages that point at them."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import NamedTuple

from tern.errors import TernError


class Span(NamedTuple):
    """The half-open range ``text[start:end]`` of a source, counted in characters."""

    start: int
    end: int


@dataclass(eq=False, slots=True)
class Source:
    """A text and the name people know it by, usually that of its file.

    With `brackets` the parser reads lists and subscripts, `[1, 2]` and `x[0:4]`. Whoever compiles
    a program has it do so (`whole_language`); the grammar that week 3 builds has none.
    """

    text: str
    name: str = "<text>"
    brackets: bool = field(default=False, kw_only=True)
    _line_starts: list[int] | None = field(default=None, init=False, repr=False)

    @property
    def line_starts(self) -> list[int]:
        """The offset at which each line begins, found when first asked for."""
        if self._line_starts is None:
            starts = [0]
            position = self.text.find("\n")
            while position >= 0:
                starts.append(position + 1)
                position = self.text.find("\n", position + 1)
            self._line_starts = starts
        return self._line_starts

    def position(self, offset: int) -> tuple[int, int]:
        """The line and the column of an offset, both counted from 1. O(log lines)."""
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of line `number`, counted from 1, without its line break."""
        starts = self.line_starts
        end = starts[number] - 1 if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r")


def as_source(source: str | Source) -> Source:
    """`source` itself, or a nameless Source around a plain string."""
    return source if isinstance(source, Source) else Source(source)


def whole_language(source: str | Source) -> Source:
    """The text, to be read with all that the language has."""
    source = as_source(source)
    return source if source.brackets else Source(source.text, source.name, brackets=True)


class Note(NamedTuple):
    """A second message under a diagnostic; with a span it shows its location too."""

    message: str
    span: Span | None = None


class Diagnostic(TernError):
    """An error in a program, and where in its text it is.

    `str(diagnostic)` is what a user sees::

        power.tern:3:12: error: unknown name `acx`
            return acx;
                   ^~~
        note: did you mean `acc`?

    Raising and collecting are both fine: a Diagnostic is an exception and a value.
    """

    def __init__(
        self,
        message: str,
        span: Span | tuple[int, int],
        source: Source,
        notes: tuple[str | Note, ...] | list[str | Note] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.span = Span(*span)
        self.source = source
        self.notes = tuple(n if isinstance(n, Note) else Note(n) for n in notes)

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """Every error that this stands for: itself, or all of a Diagnostics."""
        return (self,)

    @property
    def line(self) -> int:
        """The line at which the span starts, counted from 1."""
        return self.source.position(self.span.start)[0]

    @property
    def column(self) -> int:
        """The column at which the span starts, counted from 1."""
        return self.source.position(self.span.start)[1]

    def report(self) -> str:
        return str(self)

    def __str__(self) -> str:
        parts = [_locate(self.source, self.span, f"error: {self.message}")]
        for note in self.notes:
            text = f"note: {note.message}"
            parts.append(text if note.span is None else _locate(self.source, note.span, text))
        return "\n".join(parts)


class Diagnostics(Diagnostic):
    """Several errors of one program, in the order of the text; the first stands for all.

    `str()` shows every one of them. Catching Diagnostic catches this too.
    """

    def __init__(self, errors: list[Diagnostic]) -> None:
        first = errors[0]
        super().__init__(first.message, first.span, first.source, first.notes)
        self._errors = tuple(errors)

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        return self._errors

    def __str__(self) -> str:
        return "\n".join(map(str, self._errors))


MAX_ERRORS = 20
"""After this many errors a check stops: the rest would be noise.

The lexer alone goes to the end.
"""


class TooManyErrors(Exception):
    """Raised on reaching MAX_ERRORS, to stop; whoever collects the errors has them."""


def combined(errors: list[Diagnostic]) -> Diagnostic:
    """One exception for one or more errors: `raise combined(errors)`."""
    ordered = sorted(errors, key=lambda error: error.span.start)
    return ordered[0] if len(ordered) == 1 else Diagnostics(ordered)


_WIDEST = 160


def _locate(source: Source, span: Span, message: str) -> str:
    """`message` under its location in the source: file, line, column, the line, a caret."""
    line, column = source.position(span.start)
    text = source.line(line)
    before, rest = text[: column - 1], text[column - 1 :]
    if len(text) > _WIDEST:  # a generated line: show what is around the caret
        before = "..." + before[-_WIDEST // 2 :] if len(before) > _WIDEST // 2 else before
        rest = rest[: _WIDEST // 2] + "..." if len(rest) > _WIDEST // 2 else rest
    # Copying tabs keeps the caret under its character whatever width a tab is shown at.
    margin = "".join("\t" if c == "\t" else " " for c in before)
    caret = "^" + "~" * (min(span.end - span.start, len(rest)) - 1)
    return f"{source.name}:{line}:{column}: {message}\n{before}{rest}\n{margin}{caret}"
