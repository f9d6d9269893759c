"""tern's intermediate representation: data structure, text form, verifier, interpreter."""

from tern.ir import dialects  # noqa: F401  (this registers their operations)
from tern.ir.builder import Builder, new_function, new_module
from tern.ir.bytecode import read_bytecode, write_bytecode
from tern.ir.cfg import (
    control_flow_graph,
    erase_unreachable_blocks,
    postorder,
    predecessors_of,
    reachable_blocks,
)
from tern.ir.core import (
    Block,
    BlockArgument,
    Operation,
    OpResult,
    Region,
    Value,
    captured_values,
    defined_functions,
    defining_block,
    function,
    functions,
    is_private,
    known_integer,
    public_functions,
    replace_uses,
    uses,
)
from tern.ir.dominance import (
    dominance_frontiers,
    dominator_intervals,
    dominator_tree,
    immediate_dominators,
)
from tern.ir.errors import EvaluationError, OutOfSteps, VerifyError
from tern.ir.interpreter import interpret
from tern.ir.machine import run
from tern.ir.outcomes import Outcome, outcome
from tern.ir.parser import parse
from tern.ir.printer import StableNames, print_ir, value_names
from tern.ir.registry import DEFINITIONS, check_operation, is_pure, is_terminator
from tern.ir.scalar import check_scalar, evaluator
from tern.ir.speculation import is_speculatable, may_fail
from tern.ir.ssa import to_ssa
from tern.ir.verify import verify
from tern.ir.violations import Violation, violations

__all__ = [
    "DEFINITIONS",
    "Block",
    "BlockArgument",
    "Builder",
    "EvaluationError",
    "OpResult",
    "OutOfSteps",
    "Outcome",
    "Operation",
    "Region",
    "StableNames",
    "Value",
    "VerifyError",
    "Violation",
    "captured_values",
    "check_operation",
    "check_scalar",
    "control_flow_graph",
    "defining_block",
    "dominance_frontiers",
    "dominator_intervals",
    "dominator_tree",
    "erase_unreachable_blocks",
    "evaluator",
    "function",
    "defined_functions",
    "functions",
    "immediate_dominators",
    "interpret",
    "is_private",
    "known_integer",
    "is_pure",
    "is_speculatable",
    "is_terminator",
    "may_fail",
    "new_function",
    "new_module",
    "outcome",
    "parse",
    "postorder",
    "predecessors_of",
    "print_ir",
    "reachable_blocks",
    "public_functions",
    "read_bytecode",
    "replace_uses",
    "run",
    "to_ssa",
    "uses",
    "value_names",
    "verify",
    "violations",
    "write_bytecode",
]
