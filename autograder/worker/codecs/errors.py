"""The diagnostics that a cursor or a context keeps, as plain data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from autograder.worker.codecs.tree import are_ints
from tern.text import Diagnostic, Note, Source, Span


def encoded(errors: Iterable[Diagnostic]) -> list[list[Any]]:
    """Each error's message, span, and notes."""
    return [
        [e.message, *e.span, [[n.message, n.span and [*n.span]] for n in e.notes]] for e in errors
    ]


def decoded(data: list, source: Source) -> Diagnostic:
    """An error of a source, as `encoded` made it. Raises ValueError over anything else."""
    message, start, end, notes = data
    spans = [[start, end], *(span for _, span in notes if span is not None)]
    if type(message) is not str or not all(map(are_ints, spans)):
        raise ValueError("a damaged error")
    noted = [Note(str(text), span and Span(*span)) for text, span in notes]
    return Diagnostic(message, (start, end), source, tuple(noted))
