"""Does every target compute what the definitions say? Each operation, each type, edge values."""

from tern.conformance.cases import Case, cases, edges, expected, same
from tern.conformance.compare import NEEDS, RUNNERS, Outcome, compare, table
from tern.conformance.permitted import FAILING, PERMITTED, Failing, Permitted

__all__ = [
    "FAILING",
    "NEEDS",
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
    "same",
    "table",
]
