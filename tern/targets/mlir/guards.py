"""Guards: where an operation has no result, compiled code says so instead of ending the process.

Before each operation that may fail a call of a helper is put into MLIR's module, which hands on
what is harmless. A helper that finds something wrong calls @tern_fail with the operation's number
and two words, which Python makes an EvaluationError of.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from tern.targets.mlir.package import mlir

FAIL = "tern_fail"
_NUMBER = re.compile(r'"tern":(\d+):1\b')

_DIVISIONS = {"arith.divsi", "arith.remsi", "arith.divui", "arith.remui"}
_SHIFTS = {"arith.shli", "arith.shrsi", "arith.shrui"}
_CONVERSIONS = {"arith.fptosi", "arith.fptoui"}
_ACCESSES = {"tensor.extract": 0, "memref.load": 0, "memref.store": 1}  # which operand is the whole


def guard(module: Any) -> None:
    """Put guards into a module, in place, whose locations have the numbers of operations."""
    ir = mlir()
    found: list[Any] = []

    def note(op: Any) -> Any:
        found.append(op)
        return ir.WalkResult.ADVANCE

    module.operation.walk(note)
    helpers: dict[str, str] = {}
    for op in found:
        rewrite = _rewrite_of(op.name)
        number = _NUMBER.search(str(op.location))
        if rewrite is not None and number is not None:
            with ir.InsertionPoint(op), op.location:
                rewrite(_Inserter(helpers, int(number[1])), op)
    if helpers:
        declared = f"func.func private @{FAIL}(i64, i64, i64) attributes {{llvm.emit_c_interface}}"
        library = ir.Module.parse("\n".join([declared, *helpers.values()]))
        for op in list(library.body.operations):
            op.operation.detach_from_parent()
            module.body.append(op)


class _Inserter:
    """Inserts calls at the insertion point that is open."""

    def __init__(self, helpers: dict[str, str], number: int) -> None:
        self.helpers, self.number = helpers, number

    def call(self, name: str, text: str, operands: list[Any], result: Any) -> Any:
        """A call of a helper, which also takes the number of the operation."""
        ir = mlir()
        self.helpers.setdefault(name, text)
        i64 = ir.IntegerType.get_signless(64)
        value = {"value": ir.IntegerAttr.get(i64, self.number)}
        number = ir.Operation.create("arith.constant", [i64], [], value).result
        callee = {"callee": ir.FlatSymbolRefAttr.get(name)}
        return ir.Operation.create("func.call", [result], [*operands, number], callee).result

    def index(self, axis: int) -> Any:
        ir = mlir()
        type = ir.IndexType.get()
        value = {"value": ir.IntegerAttr.get(type, axis)}
        return ir.Operation.create("arith.constant", [type], [], value).result


def _rewrite_of(name: str) -> Callable[[_Inserter, Any], None] | None:
    if name in _DIVISIONS or name in _SHIFTS:
        return _second
    if name in _CONVERSIONS:
        return _converted
    return _accessed if name in _ACCESSES else None


# of integers ------------------------------------------------------------------------------------


def _second(insert: _Inserter, op: Any) -> None:
    """A divisor, or by how much is shifted."""
    type, name = str(op.operands[1].type), op.name.partition(".")[2]
    if not _is_number(type):
        return
    helper = f"tern_{name}_{type}"
    text = _helper(helper, [type, type], type, _bad_integers(name, type), 1)
    op.operands[1] = insert.call(helper, text, list(op.operands), op.operands[1].type)


def _is_number(type: str) -> bool:
    return re.fullmatch(r"i\d+|index|f\d+|bf16", type) is not None


def _bad_integers(name: str, type: str) -> Iterator[str]:
    width = 64 if type == "index" else int(type[1:])
    if name.startswith("sh"):
        if width == 1:
            yield from (_constant("%zero", 0, type), f"%bad = arith.cmpi ne, %b, %zero : {type}")
        else:
            yield _constant("%width", width, type)
            yield f"%bad = arith.cmpi uge, %b, %width : {type}"
        return
    yield _constant("%zero", 0, type)
    if name.endswith("ui"):
        yield f"%bad = arith.cmpi eq, %b, %zero : {type}"
        return
    yield from (_constant("%minus", -1, type), _constant("%least", -(1 << (width - 1)), type))
    yield f"%nothing = arith.cmpi eq, %b, %zero : {type}"
    yield f"%negated = arith.cmpi eq, %b, %minus : {type}"
    yield f"%lowest = arith.cmpi eq, %a, %least : {type}"
    yield "%large = arith.andi %negated, %lowest : i1"
    yield "%bad = arith.ori %nothing, %large : i1"


# of floats --------------------------------------------------------------------------------------


def _converted(insert: _Inserter, op: Any) -> None:
    before, after = str(op.operands[0].type), str(op.results[0].type)
    name = op.name.partition(".")[2]
    if not _is_number(before):
        return
    helper = f"tern_{name}_{before}_{after}"
    text = _helper(helper, [before], before, _bad_floats(name, before, after), 0)
    op.operands[0] = insert.call(helper, text, list(op.operands), op.operands[0].type)


def _bad_floats(name: str, before: str, after: str) -> Iterator[str]:
    """Between these bounds, of which both are beyond what fits, a number fits once it is cut. Next
    to -2**63 no float is a fraction less: that bound is inside."""
    width = int(after[1:])
    signed = name == "fptosi"
    least = -(1 << (width - 1)) if signed else 0
    inside = signed and width == 64
    low, high = least if inside else least - 1, 1 << (width - 1 if signed else width)
    wide = "%a"
    if before != "f64":
        wide = "%wide"
        yield f"%wide = arith.extf %a : {before} to f64"
    yield f"%low = arith.constant {float(low)!r} : f64"
    yield f"%high = arith.constant {float(high)!r} : f64"
    yield f"%above = arith.cmpf {'oge' if inside else 'ogt'}, {wide}, %low : f64"
    yield f"%below = arith.cmpf olt, {wide}, %high : f64"
    yield "%good = arith.andi %above, %below : i1"
    yield "%true = arith.constant true"
    yield "%bad = arith.xori %good, %true : i1"


# of subscripts ----------------------------------------------------------------------------------


def _accessed(insert: _Inserter, op: Any) -> None:
    first = _ACCESSES[op.name]
    whole = op.operands[first]
    dim = f"{str(whole.type).partition('<')[0]}.dim"
    index = mlir().IndexType.get()
    bad = [_constant("%zero", 0, "index")]
    bad += ["%low = arith.cmpi slt, %a, %zero : index", "%high = arith.cmpi sge, %a, %b : index"]
    bad.append("%bad = arith.ori %low, %high : i1")
    text = _helper("tern_subscript", ["index", "index"], "index", iter(bad), 0)
    for axis in range(len(op.operands) - first - 1):
        size = mlir().Operation.create(dim, [index], [whole, insert.index(axis)]).result
        at = op.operands[first + 1 + axis]
        op.operands[first + 1 + axis] = insert.call("tern_subscript", text, [at, size], index)


# helpers ----------------------------------------------------------------------------------------


def _constant(name: str, value: int, type: str) -> str:
    if type == "i1":
        return f"{name} = arith.constant {'true' if value else 'false'}"
    return f"{name} = arith.constant {value} : {type}"


def _helper(name: str, types: list[str], result: str, bad: Iterator[str], given: int) -> str:
    """A function of %a, or %a and %b, and a number: it gives on the operand `given`, or 1 or 0
    after it has called @tern_fail."""
    names = ["%a", "%b"][: len(types)]
    arguments = ", ".join(f"{each}: {type}" for each, type in zip(names, types))
    lines = [f"func.func private @{name}({arguments}, %number: i64) -> {result} {{", *bad]
    lines.append(f"%result = scf.if %bad -> ({result}) {{")
    words = []
    for each, type in zip(names, types):
        found, made = _word(each, type)
        lines += found
        words.append(made)
    words += words[:1] if len(words) == 1 else []
    lines.append(f"func.call @{FAIL}(%number, {', '.join(words)}) : (i64, i64, i64) -> ()")
    harmless = 1 if ("div" in name or "rem" in name) else 0
    if result.startswith(("f", "b")):
        lines.append(f"%safe = arith.constant 0.0 : {result}")
    else:
        lines.append(_constant("%safe", harmless, result))
    lines += [
        f"scf.yield %safe : {result}",
        "} else {",
        f"scf.yield {names[given]} : {result}",
        "}",
    ]
    lines += [f"return %result : {result}", "}"]
    return "\n".join(lines)


def _word(value: str, type: str) -> tuple[list[str], str]:
    """A number as 64 bits: of a float, those of it in f64."""
    word = f"{value}_word"
    if type == "index":
        return [f"{word} = arith.index_cast {value} : index to i64"], word
    if type.startswith("i"):
        return (
            ([], value)
            if type == "i64"
            else ([f"{word} = arith.extsi {value} : {type} to i64"], word)
        )
    lines, wide = [], value
    if type != "f64":
        wide = f"{value}_wide"
        lines.append(f"{wide} = arith.extf {value} : {type} to f64")
    return [*lines, f"{word} = arith.bitcast {wide} : f64 to i64"], word
