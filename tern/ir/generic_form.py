"""MLIR's generic form of the operations that tern has: what its properties are in tern.

`"arith.cmpi"(%0, %1) <{predicate = 2 : i64}> : (i32, i32) -> i1` is `arith.cmpi slt, %0, %1 : i32`.
MLIR's properties are numbers, maps, and segments of operands; its named operations of linalg carry
their bodies, and branches give their operands to their successors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tern.ir.core import Operation, Region, Successor, Value
from tern.ir.dialects.affine_maps import rows_of
from tern.ir.dialects.arith.comparisons import FLOAT_PREDICATES, INTEGER_PREDICATES
from tern.ir.dialects.forms import FASTMATH, kept_fastmath
from tern.ir.dialects.linalg import NOT_ONE, combiner_of
from tern.ir.dialects.slice_arrays import DYNAMIC
from tern.ir.dialects.structures import STRUCTURED, structure_of
from tern.ir.mlir_attributes import Enum
from tern.types import Type

UNKNOWN = -(1 << 63)
"""What stands for a size that is an operand."""


class NoForm(Exception):
    """Why an operation of MLIR's has no form in tern: in one line."""


@dataclass
class Generic:
    """An operation as it was read. `given` are its properties and attributes."""

    name: str
    operands: list[Value]
    results: Sequence[Type]
    given: Mapping[str, Any]
    successors: list[Successor]
    regions: list[Region]

    def made(self, attributes: Mapping[str, Any] | None = None, **other: Any) -> Operation:
        """tern's operation, of the same operands and regions unless others are named."""
        parts = {"operands": self.operands, "regions": self.regions, "results": self.results}
        parts |= {"successors": self.successors, **other}
        return Operation(
            self.name,
            parts["operands"],
            parts["results"],
            attributes,
            parts["successors"],
            parts["regions"],
        )

    def get(self, key: str, kind: type | tuple[type, ...] = object, default: Any = None) -> Any:
        """A property. NoForm if it is not there, and has no default, or is of another kind."""
        found = self.given.get(key, default)
        if found is None or not isinstance(found, kind):
            raise NoForm(f"{self.name} needs the property {key}")
        return found

    def segments(self, count: int) -> list[list[Value]]:
        """The operands in groups, as operandSegmentSizes says."""
        sizes = self.get("operandSegmentSizes", tuple)
        if len(sizes) != count or sum(sizes) != len(self.operands):
            raise NoForm(f"operandSegmentSizes of {self.name} do not fit its operands")
        starts = [sum(sizes[:number]) for number in range(count)]
        return [self.operands[at : at + size] for at, size in zip(starts, sizes)]


def from_generic(op: Generic) -> Operation:
    """tern's operation. NoForm."""
    convert = _CONVERT.get(op.name, _structured if op.name in STRUCTURED else _plain)
    try:
        return convert(op)
    except (TypeError, ValueError, IndexError, AttributeError):  # a list of other things than maps
        raise NoForm(f"a property of {op.name} is not of the kind that it has") from None


def _plain(op: Generic) -> Operation:
    return op.made(kept_fastmath(op.name, _flags(op)))


def _flags(op: Generic) -> tuple[str, ...]:
    found = op.given.get("fastmath")
    words = set(found.words) if isinstance(found, Enum) else set()
    return tuple(flag for flag in FASTMATH if flag in words or "fast" in words)


# func, cf, scf ----------------------------------------------------------------------------------


def _func(op: Generic) -> Operation:
    attributes = {"sym_name": op.get("sym_name", str), "function_type": op.get("function_type")}
    if op.given.get("sym_visibility") == "private" and op.regions and op.regions[0].blocks:
        attributes["sym_visibility"] = "private"
    return op.made(attributes)


def _br(op: Generic) -> Operation:
    if len(op.successors) != 1 or op.successors[0][1]:
        return op.made()
    return op.made(operands=[], successors=[(op.successors[0][0], op.operands)])


def _cond_br(op: Generic) -> Operation:
    if len(op.successors) != 2 or any(args for _, args in op.successors):
        return op.made()
    condition, *given = op.segments(3)
    blocks = [block for block, _ in op.successors]
    return op.made(operands=condition, successors=list(zip(blocks, given)))


def _if(op: Generic) -> Operation:
    for region in op.regions:
        if not region.blocks:
            region.add_block().append(Operation("scf.yield"))
    return op.made()


# tensor, vector ---------------------------------------------------------------------------------


def _slice(op: Generic) -> Operation:
    keys = [f"static_{part}" for part in ("offsets", "sizes", "strides")]
    return op.made({key: _mixed(op.get(key, tuple)) for key in keys})


def _mixed(numbers: Sequence[int]) -> tuple[Any, ...]:
    return tuple(DYNAMIC if number == UNKNOWN else number for number in numbers)


def _pad(op: Generic) -> Operation:
    return op.made({key: _mixed(op.get(key, tuple)) for key in ("static_low", "static_high")})


def _position(op: Generic) -> Operation:
    found = op.get("static_position", tuple)
    if len(found) != 1 or found[0] == UNKNOWN:
        raise NoForm(f"{op.name} is of one element, at a position that is a number")
    return op.made({"position": found[0]})


def _vector_reduction(op: Generic) -> Operation:
    kind = op.get("kind", Enum).words[0]
    return op.made({"kind": kind, **kept_fastmath(op.name, _flags(op))})


# linalg -----------------------------------------------------------------------------------------


def _structured(op: Generic) -> Operation:
    """A named operation, whose body says nothing that its name does not."""
    attributes: dict[str, Any] = {}
    for key in ("permutation", "dimensions"):
        if key in op.given:
            attributes[key] = op.get(key, tuple)
    if "conv" in op.name or "pooling" in op.name:
        for key in ("dilations", "strides"):
            found = op.given.get(key, 1)
            attributes[key] = found if isinstance(found, tuple) else (found, found)
    if op.name == "linalg.reduce":
        attributes["combiner"] = _combiner(op)
        attributes = {key: attributes[key] for key in ("combiner", "dimensions")}
    made = op.made(attributes, regions=[])
    if "indexing_maps" in op.given:
        maps = tuple(rows for _, rows in op.get("indexing_maps", tuple))
        if maps != structure_of(made).maps:
            raise NoForm(f"{op.name} with indexing maps of its own has no form in tern")
    return made


def _combiner(op: Generic) -> str:
    found = combiner_of(op.regions[0]) if op.regions else None
    if found is None:
        raise NoForm(NOT_ONE)
    return found


def _generic(op: Generic) -> Operation:
    maps = tuple(rows for _, rows in op.get("indexing_maps", tuple))
    iterators = tuple(each.words[0] for each in op.get("iterator_types", tuple))
    return op.made({"indexing_maps": maps, "iterator_types": iterators})


# affine -----------------------------------------------------------------------------------------


def _applied(op: Generic, key: str, values: Sequence[Value]) -> tuple[list[Value], Any]:
    """A map that is applied to values, each once."""
    found = op.get(key, tuple)
    if len(found) != 2 or found[0] != len(values):
        raise NoForm(f"{key} of {op.name} does not fit its operands")
    sums = []
    for row in found[1]:
        total: dict[Any, int] = {None: row[-1]}
        for value, coefficient in zip(values, row):
            total[value] = total.get(value, 0) + coefficient
        sums.append(total)
    return rows_of(sums)


def _for(op: Generic) -> Operation:
    lower, upper, carried = op.segments(3)
    if carried or op.results:
        raise NoForm(f"{op.name} with values that it carries has no form in tern")
    return _loop(op, ("lowerBoundMap", lower), ("upperBoundMap", upper), op.get("step", int))


def _parallel(op: Generic) -> Operation:
    steps, dims = op.get("steps", tuple), op.get("lowerBoundsMap", tuple)[0]
    if len(steps) != 1 or op.results:
        raise NoForm(f"{op.name} of several loops, or with results, has no form in tern")
    lower, upper = ("lowerBoundsMap", op.operands[:dims]), ("upperBoundsMap", op.operands[dims:])
    return _loop(op, lower, upper, steps[0])


def _loop(op: Generic, lower: Any, upper: Any, step: int) -> Operation:
    below, rows_below = _applied(op, *lower)
    above, rows_above = _applied(op, *upper)
    attributes = {"lower": rows_below, "upper": rows_above, "step": step}
    return op.made(attributes, operands=[*below, *above])


def _access(op: Generic) -> Operation:
    first = 2 if op.name.endswith("store") else 1
    operands, rows = _applied(op, "map", op.operands[first:])
    attributes: dict[str, Any] = {"map": rows}
    if op.name == "affine.prefetch":
        attributes["write"] = op.get("isWrite", bool)
        attributes["locality"] = op.get("localityHint", int)
    return op.made(attributes, operands=[*op.operands[:first], *operands])


def _compared(predicates: Sequence[str]) -> Callable[[Generic], Operation]:
    def convert(op: Generic) -> Operation:
        number = op.get("predicate", int)
        if not 0 <= number < len(predicates):
            raise NoForm(f"{op.name} has no predicate number {number}")
        return op.made({"predicate": predicates[number]})

    return convert


def _with(*keys: str) -> Callable[[Generic], Operation]:
    """An operation whose properties of these names are its attributes."""
    return lambda op: op.made({key: op.get(key) for key in keys})


def _allocated(op: Generic) -> Operation:
    sizes, symbols = op.segments(2)
    if symbols:
        raise NoForm(f"{op.name} of a layout has no form in tern")
    return op.made(operands=sizes)


_CONVERT: dict[str, Callable[[Generic], Operation]] = {
    "builtin.module": lambda op: op.made(),
    "func.func": _func,
    "func.call": _with("callee"),
    "cf.br": _br,
    "cf.cond_br": _cond_br,
    "scf.if": _if,
    "arith.constant": _with("value"),
    "arith.cmpi": _compared(INTEGER_PREDICATES),
    "arith.cmpf": _compared(FLOAT_PREDICATES),
    "tensor.expand_shape": _with("reassociation"),
    "tensor.collapse_shape": _with("reassociation"),
    "tensor.extract_slice": _slice,
    "tensor.insert_slice": _slice,
    "tensor.concat": _with("dim"),
    "tensor.pad": _pad,
    "linalg.generic": _generic,
    "linalg.index": _with("dim"),
    "memref.alloc": _allocated,
    "memref.alloca": _allocated,
    "affine.for": _for,
    "affine.parallel": _parallel,
    **dict.fromkeys(
        [
            "affine.load", "affine.store", "affine.vector_load", "affine.vector_store",
            "affine.prefetch",
        ],
        _access,
    ),
    "vector.extract": _position,
    "vector.insert": _position,
    "vector.reduction": _vector_reduction,
}  # fmt: skip
