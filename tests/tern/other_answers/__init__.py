"""Right answers that are not the book's, in other styles: tern has to work with them, too."""

from collections.abc import Callable
from typing import Any

from tests.tern.other_answers.dead_code import dce
from tests.tern.other_answers.expressions import parse_expression
from tests.tern.other_answers.guards import guards
from tests.tern.other_answers.promotion import to_ssa
from tests.tern.other_answers.translator import to_tern
from tests.tern.other_answers.votes import decision_tree

ANSWERS: dict[str, Callable[..., Any]] = {
    "text.parse_expression": parse_expression,
    "shapes.guards": guards,
    "ir.to_ssa": to_ssa,
    "passes.dce": dce,
    "rewrite.decision_tree": decision_tree,
    "frontends.stablehlo.to_tern": to_tern,
}
"""By the names of the parts that they replace."""
