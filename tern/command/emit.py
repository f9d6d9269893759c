"""What `--emit` prints: a program, or its functions, at some stage of compilation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tern.command.loops import Arrange
from tern.command.middle import MiddleEnd
from tern.errors import TernError, UsageError
from tern.ir import Operation
from tern.text import Source, parse, tokenize
from tern.text.tree import outline

# What --emit prints: of the program, of its functions as loops, of its functions of tensors.
FORMS = ["tokens", "tree", "slots", "scf", "ir"]
OF_LOOPS = ["loops", "llvm", "opt", "cpp", "numba", "tvm"]
OF_TENSORS = ["triton", "ptx"]
OF_MLIR = ["mlir", "llvm-dialect"]
OF_XLA = ["stablehlo"]
OF_SCALARS = ["asm"]

Texts = tuple[str, Sequence[TernError]]
"""What is printed, and the errors of functions that it is without."""


def emit(
    source: Source,
    what: str,
    schedule: Sequence[Any],
    kinds: dict[str, Any],
    optimize: MiddleEnd,
    arrange: Arrange,
) -> Texts:
    """A program in the form `what`; `schedule` and `kinds` are what the command line chose. What
    comes after the middle end has been through `optimize`, and loops through `arrange`."""
    belong = {"device": "ptx", "machine": "asm", "locations": "mlir", "sizes": "stablehlo"}
    for option, form in belong.items():
        if kinds.get(option) is not None and what != form:
            raise UsageError(f"--{option} goes with --emit {form}")
    options = {option: kind for option, kind in kinds.items() if kind is not None}
    if what in OF_LOOPS:
        return _emit_loops(source, what, schedule, optimize, arrange)
    if any(each is not None for each in schedule):
        raise UsageError(f"--order, --tile, and --unroll go with --emit {', '.join(OF_LOOPS)}")
    if what in OF_TENSORS:
        return _emit_tensors(source, what, options, optimize)
    if what in OF_SCALARS:
        return _emit_scalars(source, what, options, optimize)
    if what in OF_MLIR:
        return _emit_mlir(source, what, options, optimize)
    if what in OF_XLA:
        return _emit_stablehlo(source, options.get("sizes", {}), optimize)
    if what == "tokens":
        return "\n".join(_show_token(source, token) for token in tokenize(source)), ()
    if what == "tree":
        return outline(parse(source)), ()
    from tern.build import build

    module = build(source, slots=what == "slots", structured=what == "scf")
    if what == "ir":
        optimize(module)
    return str(module), ()


def _emit_loops(
    source: Source, what: str, chosen: Sequence[Any], optimize: MiddleEnd, arrange: Arrange
) -> Texts:
    """The functions that have a form as loops, and as such in the target's language."""
    from tern.targets.interface import target

    scalars = scalar_functions(source, optimize) if what in ("llvm", "opt") else []
    loops, refused = loop_functions(source, scalars, chosen, optimize, arrange)
    if what == "loops":
        return str(loops[0].parent_op) if loops else "", refused
    emitted = target(what).emit([*scalars, *loops])
    return emitted.text, [*refused, *emitted.refused]


def loop_functions(
    source: Source,
    scalars: Sequence[Operation],
    chosen: Sequence[Any],
    optimize: MiddleEnd,
    arrange: Arrange,
) -> tuple[list[Operation], list[TernError]]:
    """The functions but `scalars` as loops, arranged, all in one module, and the errors of others.

    `chosen` is a schedule: an order, sizes of tiles, and how often each loop is unrolled.
    """
    from tern.ir import functions, new_module
    from tern.lower import LoweringError, lower_source
    from tern.passes.schedule import schedule

    done = {func.attributes["sym_name"] for func in scalars}
    module, refused = new_module(), []
    for function in parse(source).functions:
        if function.name.text in done:
            continue
        try:
            (func,) = functions(lower_source(source, [function.name.text], optimize))
            module.body.only_block.append(func)
        except LoweringError as error:
            refused.append(error)
    if functions(module):
        schedule(module, *chosen)
        arrange(module)
    return functions(module), refused


def scalar_functions(source: Source, optimize: MiddleEnd) -> list[Operation]:
    """The functions that take and give numbers, which know the names of their parameters."""
    from tern.build import build
    from tern.ir import function
    from tern.targets.llvm.scalars import is_scalar

    module, found = build(source), []
    optimize(module)
    for tree in parse(source).functions:
        func = function(module, tree.name.text)
        func.attributes["argument_names"] = tuple(p.name.text for p in tree.parameters)
        if is_scalar(func):
            found.append(func)
    return found


def _emit_tensors(source: Source, what: str, options: dict[str, str], optimize: MiddleEnd) -> Texts:
    """The functions that have a form in Triton."""
    from tern.ir import public_functions
    from tern.targets.interface import target
    from tern.targets.named import named

    emitted = target(what, **options).emit(public_functions(named(source, optimize)))
    return emitted.text, emitted.refused


def _emit_scalars(source: Source, what: str, options: dict[str, str], optimize: MiddleEnd) -> Texts:
    """The functions that take and give numbers, in assembly."""
    from tern.build import build
    from tern.ir import functions
    from tern.targets.interface import target

    module = build(source)
    optimize(module)
    emitted = target(what, **options).emit(functions(module))
    return emitted.text, emitted.refused


def _emit_mlir(source: Source, what: str, options: dict[str, Any], optimize: MiddleEnd) -> Texts:
    """The functions that have a form in MLIR: of tensors, as linalg, and of numbers, as blocks."""
    from tern.ir import public_functions
    from tern.targets.interface import target
    from tern.targets.mlir import in_source
    from tern.targets.named import named

    if what == "llvm-dialect":
        from tern.targets.mlir import missing

        if why := missing():
            raise UsageError(f"--emit {what}: {why}")
    chosen = {"locate": in_source(source)} if options.get("locations") else {}
    emitted = target(what, **chosen).emit(public_functions(named(source, optimize)))
    return emitted.text, emitted.refused


def _emit_stablehlo(source: Source, sizes: dict[str, int], optimize: MiddleEnd) -> Texts:
    """The functions that have a form in StableHLO, for these numbers in place of named sizes."""
    from tern.errors import TernError
    from tern.ir import public_functions
    from tern.passes.specialize import specialize
    from tern.shapes import replaced
    from tern.targets.interface import target
    from tern.targets.named import named

    chosen, refused = [], []
    for func in public_functions(named(source, optimize)):
        inputs = func.attributes["function_type"].inputs
        shapes = [[replaced(s, sizes) for s in getattr(type, "shape", ())] for type in inputs]
        if all(isinstance(size, int) for shape in shapes for size in shape):
            try:
                func = specialize(func, [tuple(shape) for shape in shapes])
            except TernError as error:
                refused.append(error)
                continue
        chosen.append(func)
    emitted = target("stablehlo").emit(chosen)
    return emitted.text, [*refused, *emitted.refused]


def _show_token(source: Source, token: Any) -> str:
    line, column = source.position(token.span.start)
    text = f" {token.text}" if token.text != token.kind else ""
    return f"{line}:{column}: {token.kind}{text}".rstrip()
