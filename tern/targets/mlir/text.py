"""The text of functions for MLIR: with the names that the program has, and where each came from."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tern.ir import Operation, Region, Value, new_module
from tern.ir.printer import Printer
from tern.types import FloatType, IndexType, IntegerType, TensorType, i1

Locate = Callable[[Operation], str]
"""Of an operation the inside of MLIR's `loc(…)`, or nothing."""

_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_LOOPS = "ijklmn"


def in_source(source: Any) -> Locate:
    """Locations as lines and columns of a program's text, a Source."""
    name = json.dumps(source.name)

    def locate(op: Operation) -> str:
        start = getattr(op.location, "start", None)
        if start is None:
            return ""
        line, column = source.position(start)
        return f"{name}:{line}:{column}"

    return locate


def module_text(
    funcs: Iterable[Operation], locate: Locate | None = None, keep_names: bool = False
) -> str:
    """A module of functions as text that MLIR reads. The functions stay where they are. O(n)."""
    module = new_module()
    module.body.only_block.operations = list(funcs)  # of which each still has its own parent
    printer = _Printer(locate, keep_names)
    for func in module.body.only_block.operations:
        printer.values.update(names_of(func))
        for op in func.walk():
            for region in op.regions:
                printer.keep_names(region)
    return _with_aliases(printer.text_of(module))


_MAP = re.compile(r"affine_map<\([^()]*\)(?:\[[^\]]*\])? -> \([^()]*\)>")


def _with_aliases(text: str) -> str:
    """The text with a name for each affine map, as MLIR has it: `#map = affine_map<…>`."""
    maps = list(dict.fromkeys(_MAP.findall(text)))
    names = {each: f"#map{number or ''}" for number, each in enumerate(maps)}
    heads = [f"{name} = {each}\n" for each, name in names.items()]
    return "".join(heads) + _MAP.sub(lambda found: names[found[0]], text)


class _Printer(Printer):
    def __init__(self, locate: Locate | None, keep: bool) -> None:
        super().__init__()
        self.locate, self.keep = locate, keep

    def keep_names(self, region: Region) -> None:
        """Name what is in a region, but for the values that have a name already."""
        before = dict(self.values)
        self.name_region(region)
        self.values.update(before)

    def ending(self, op: Operation) -> str:
        place = self.locate(op) if self.locate is not None else ""
        name = self.values[op.results[0]][1:] if self.keep and len(op.results) == 1 else ""
        if name and not name.isdigit():
            place = f'"{name}"({place})' if place else f'"{name}"'
        return f" loc({place})" if place else ""


def names_of(func: Operation) -> dict[Value, str]:
    """A name for each value of a function: the program's own where it has one, else one that says
    what it is, as MLIR's `%c0`, or a number. No region has a name twice, nor one around it."""
    names: dict[Value, str] = {}
    wishes = _locals(func)
    numbers = iter(range(1 << 62))

    def name(results: Sequence[Value], wish: str | None, taken: set[str]) -> None:
        stem = _unused(wish, taken) if wish else f"%{next(numbers)}"
        taken.add(stem)
        if len(results) == 1:
            names[results[0]] = stem
        else:
            names.update((value, f"{stem}#{at}") for at, value in enumerate(results))

    open_regions = [(func.body, set[str](), 0)]
    while open_regions:
        region, taken, depth = open_regions.pop()
        for number, block in enumerate(region.blocks):
            for arg, wish in zip(block.args, _arguments(region, number, depth)):
                name([arg], wish, taken)
            for op in block.operations:
                if op.results:
                    name(op.results, wishes.get(op.results[0]) or _suggestion(op), taken)
        for block in reversed(region.blocks):
            for op in reversed(block.operations):
                inner = depth + op.name.startswith(("affine.", "scf."))
                open_regions += [(each, set(taken), inner) for each in reversed(op.regions)]
    return names


def _unused(wish: str, taken: set[str]) -> str:
    name, number = f"%{wish}", 0
    while name in taken:
        name, number = f"%{wish}_{number}", number + 1
    return name


def _locals(func: Operation) -> dict[Value, str]:
    """What `let` calls values: each is the last one of an expression."""
    named = {(start, end): name for start, end, name in func.attributes.get("local_names", ())}
    found: dict[tuple[int, int], Value] = {}
    for op in func.walk():
        if op.name == "arith.constant" or op.parent is None or op.parent.parent is not func.body:
            continue  # a number that several share, or a part of an iteration
        span = getattr(op.location, "start", None), getattr(op.location, "end", None)
        if span in named and len(op.results) == 1:
            found[span] = op.results[0]
    return {value: named[span] for span, value in found.items() if _NAME.fullmatch(named[span])}


def _arguments(region: Region, number: int, depth: int) -> list[str | None]:
    """Wishes for the names of a block's arguments."""
    op, block = region.parent, region.blocks[number]
    count = len(block.args)
    hints = [_hint(arg) for arg in block.args]
    if op is None or number:
        return hints
    if op.name == "func.func":
        given = op.attributes.get("argument_names", ())[:count]
        named = [name if _NAME.fullmatch(name) else None for name in given]
        named += [None] * (count - len(named))
        return [name or hint or f"arg{at}" for at, (name, hint) in enumerate(zip(named, hints))]
    if op.name == "linalg.generic":
        return [*["in"] * (count - len(op.results)), *["out"] * len(op.results)]
    if op.name in ("affine.for", "scf.for", "affine.parallel"):
        first = _LOOPS[min(depth, len(_LOOPS)) - 1]
        return [hints[0] or first, *[hint or "arg" for hint in hints[1:]]]
    return [hint or "arg" for hint in hints]


def _hint(value: Value) -> str | None:
    hint = (value.hint or "").removeprefix("%")
    return hint if _NAME.fullmatch(hint) else None


def _suggestion(op: Operation) -> str | None:
    """A name that says what an operation gives, as MLIR's own printer has it of constants."""
    if len(op.results) != 1:
        return None
    (result,) = op.results
    if hint := _hint(result):
        return hint
    if op.name == "arith.constant":
        return _constant(result.type, op.attributes["value"])
    if op.name in ("tensor.dim", "memref.dim"):
        shape = getattr(op.operands[0].type, "shape", ())
        axis = getattr(getattr(op.operands[1], "op", None), "attributes", {}).get("value")
        size = shape[axis] if isinstance(axis, int) and 0 <= axis < len(shape) else None
        return size if isinstance(size, str) and _NAME.fullmatch(size) else "dim"
    return None


def _constant(type: Any, value: Any) -> str:
    if type == i1:
        return "true" if value else "false"
    if isinstance(type, (IntegerType, IndexType)):
        sign = "c-" if value < 0 else "c"
        return f"{sign}{abs(value)}" + ("" if isinstance(type, IndexType) else f"_{type}")
    return "cst" if isinstance(type, (FloatType, TensorType)) else "c"
