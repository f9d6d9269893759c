"""Operations of networks on tensors of every type, in loops, and compiled; and MLIR's own text."""

from __future__ import annotations

import random
from collections.abc import Callable
from fnmatch import fnmatchcase
from importlib import import_module
from typing import Any

import numpy as np

from benchmarks.fuzz.family import EQUAL, REFUSED, Disagreement, drawn
from benchmarks.fuzz.targets import Call, results
from tern.conformance.permitted import PERMITTED
from tern.frontends.mlir import read_mlir
from tern.ir import Operation, functions, new_module, run, verify
from tern.lower import lower_to_loops
from tests.tern.tensor_programs import any_program, close

PERMISSION = "permitted"


def by_loops(rng: random.Random, target: str, compile: Callable[[Operation], Call]) -> str:
    """Lowered to loops, and compiled."""
    return _compared(rng, target, compile, lowered=True)


def by_tensors(rng: random.Random, target: str, compile: Callable[[Operation], Call]) -> str:
    return _compared(rng, target, compile, lowered=False)


def _compared(rng: random.Random, target: str, compile: Any, lowered: bool) -> str:
    program = any_program(rng)
    module = drawn(rng, program.module)
    verify(module)
    with np.errstate(all="ignore"):
        whole = run(module, "f", *program.arguments)
        wanted = list(whole) if isinstance(whole, tuple) else [whole]
        if lowered:
            given = [np.ascontiguousarray(a) if np.ndim(a) else a for a in program.arguments]
            found: Any = [
                results([element], shape)[0]
                for element, shape in zip(program.elements, program.shapes)
            ]
            compile(functions(lower_to_loops(module))[0])(*given, *found)
        else:
            found = compile(functions(module)[0])(*program.arguments)
            found = list(found) if isinstance(found, tuple) else [found]
    if all(map(close, map(np.asarray, found), wanted)):
        return EQUAL
    if _permitted(target, module):
        return REFUSED
    raise Disagreement(target, module, f"{program.arguments}\n{wanted}\n{found}")


def _permitted(target: str, module: Operation) -> bool:
    """Whether an operation of the program may differ in the target."""
    names = {op.name for op in module.walk()}
    names |= {op.attributes["combiner"] for op in module.walk() if "combiner" in op.attributes}
    return any(
        fnmatchcase(target, entry.target) and any(fnmatchcase(n, entry.operation) for n in names)
        for entry in PERMITTED
        if entry.what != "refused"
    )


# MLIR's text --------------------------------------------------------------------------------------

FORMS: tuple[dict[str, bool], ...] = (
    {},
    {"print_generic_op_form": True},
    {"enable_debug_info": True},
    {"print_generic_op_form": True, "enable_debug_info": True},
    {"enable_debug_info": True, "use_local_scope": True},
)


def texts(rng: random.Random) -> str:
    """What tern prints, MLIR parses, verifies, and prints in five forms; each is read again."""
    mlir: Any = import_module("torch_mlir.ir")
    module = drawn(rng, _module(rng))
    text = str(module)
    with mlir.Context():
        try:
            theirs = mlir.Module.parse(text)
        except mlir.MLIRError as error:
            raise Disagreement("MLIR refuses", text, error) from None
        for form in FORMS:
            printed = theirs.operation.get_asm(**form)
            again = str(read_mlir(printed))
            if again != text:
                raise Disagreement(f"read {form}", text, f"{printed}\n\n{again}")
    return EQUAL


def _module(rng: random.Random) -> Operation:
    from benchmarks.fuzz import expressions
    from tern.ir.samples import write_function
    from tern.targets.mlir import to_linalg

    kind = rng.randrange(5)
    if kind < 2:
        module = any_program(rng, 5).module
        return (module, to_linalg(module), lower_to_loops(module))[rng.randrange(3)]
    if kind == 2:
        module = new_module()
        module.body.only_block.append(write_function(rng.randrange, rng.randint(0, 30)))
        return module
    drawn = expressions.draw(rng, "array", 20, known=True)
    if kind == 3:
        return expressions.of_numbers(drawn)
    return expressions.of_tensors(drawn, (2, 0, 3)[: rng.randint(0, 3)])
