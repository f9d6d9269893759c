"""Does every target compute what the definitions say? Each operation, each type, edge values."""

from tern.conformance.cases import Case, cases, edges, expected
from tern.conformance.compare import RUNNERS, Outcome, compare, missing, table
from tern.conformance.permitted import FAILING, PERMITTED, Failing, Permitted

__all__ = [
    "FAILING",
    "PERMITTED",
    "RUNNERS",
    "Case",
    "Failing",
    "Outcome",
    "Permitted",
    "cases",
    "compare",
    "edges",
    "expected",
    "missing",
    "table",
]
