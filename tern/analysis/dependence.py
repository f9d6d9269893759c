"""Dependences: which iterations of a loop nest must stay before which others.

Two accesses to one element, one of them a store, must keep their order. For two accesses in a
nest the *distance vector* says how many iterations of each loop lie between them. Where a
distance is not one number the vector has a direction: "<" for forward, ">" for backward, "*" for
any. A reordering of the loops is legal when every vector stays lexicographically positive.

Sources: R. Allen and K. Kennedy, "Automatic Translation of FORTRAN Programs to Vector Form",
TOPLAS 9(4), 1987 (directions, the GCD test, and Banerjee's inequalities); M. Wolf and M. Lam,
"A Data Locality Optimizing Algorithm", PLDI 1991 (legality on vectors, uniformly generated
accesses).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from tern.analysis.nests import (
    accesses,
    band,
    induction_variable,
    interval,
    is_tile_of,
    residue,
    value_range,
    whole_part,
)
from tern.ir import Operation, OpResult, Value, uses
from tern.ir.dialects.affine import access, lower_bound

Distance = int | str
Vector = tuple[Distance, ...]


@dataclass(frozen=True)
class Dependence:
    """`target` must stay after `source`, `vector` iterations later in each loop of the band.

    Its `kind` is flow (store, load), anti (load, store) or output (store, store). A
    `reduction` is between the load and the store of one `x = x + …`.
    """

    source: Operation
    target: Operation
    vector: Vector
    kind: str
    reduction: bool

    def __str__(self) -> str:
        return f"{self.kind} dependence {vector_text(self.vector)}"


def vector_text(vector: Vector) -> str:
    return f"({', '.join(map(str, vector))})"


def is_permutable(vectors: Iterable[Vector], loops: Iterable[int]) -> bool:
    """Whether no dependence goes backward in any of the loops: then every order of these is
    legal, and so is tiling them (Wolf & Lam 1991, section 2.3)."""
    return not any(may_go_back(vector[loop]) for vector in vectors for loop in loops)


def may_go_back(distance: Distance) -> bool:
    """Whether a distance is negative, or may be."""
    return distance < 0 if isinstance(distance, int) else distance != "<"


def dependence_vectors(nest: Operation, reassociate: bool = False) -> list[Vector]:
    """The vectors that a reordering of the band of `nest` must keep positive, each once.

    With `reassociate`, floating-point sums and products may be formed in any order, which
    changes how they round. Without, only reductions that are exact in any order (of integers,
    and max and min) are free. Interchanging and tiling a matrix product needs no
    reassociation: its sum over k stays in the order of k for each element.
    """
    found = [d for d in dependences(nest) if not (d.reduction and _is_free(d, reassociate))]
    return list(dict.fromkeys(d.vector for d in found))


def dependences(nest: Operation) -> list[Dependence]:
    """The dependences between iterations of the band of `nest`, in the order of the text.

    Buffers that are different values are taken not to overlap. Exact for accesses whose
    subscripts differ by constants only ("uniformly generated"), as far as one vector can be;
    else "*" where nothing is known, unless the GCD test or Banerjee's inequalities show that
    the two never meet. O(accesses squared).

    Raises:
        NestError: the nest touches memory by something else than affine loads and stores.
    """
    loops = band(nest)
    found: list[Dependence] = []
    ops = accesses(nest)
    pairs = reductions(nest)
    inside = {induction_variable(op) for op in nest.walk() if op.name == "affine.for"}
    for number, first in enumerate(ops):
        for second in ops[number:]:
            if "affine.store" not in (first.name, second.name):
                continue
            for vector, forward in _oriented(_distance(first, second, loops, inside)):
                source, target = (first, second) if forward else (second, first)
                reduction = first in pairs and pairs[first] is pairs.get(second)
                made = Dependence(source, target, vector, _kind(source, target), reduction)
                if made not in found:
                    found.append(made)
    return found


def _kind(source: Operation, target: Operation) -> str:
    if source.name == target.name:
        return "output"
    return "flow" if source.name == "affine.store" else "anti"


def _distance(
    first: Operation, second: Operation, loops: list[Operation], inside: set[Value]
) -> Vector | None:
    """`distance` in iterations of a band, and what the loops over tiles add to it."""
    variables = [induction_variable(loop) for loop in loops]
    found = distance(first, second, variables, variables, inside)
    if found is None:
        return None
    vector = list(found)
    for axis, loop in enumerate(loops):
        step = loop.attributes["step"]
        if isinstance(vector[axis], int) and _starts_alike(loop, variables):
            if vector[axis] % step:
                return None
            vector[axis] //= step
        if vector[axis] == 0:  # the same element is in the same tile
            for outer in range(axis):
                if vector[outer] == "*" and is_tile_of(loops[outer], loop):
                    vector[outer] = 0
    return tuple(vector)


def _starts_alike(loop: Operation, variables: list[Value]) -> bool:
    """Whether all starts of a loop of the band are whole steps apart, so that all its iterations
    are.
    """
    operands, rows = lower_bound(loop)
    step = loop.attributes["step"]
    moves = any(value in variables for value in operands)
    return not moves or (
        len(rows) == 1 and residue(rows[0], operands, step, whole_part) is not None
    )


def _oriented(vector: Vector | None) -> Iterator[tuple[Vector, bool]]:
    """The vector as forward ones: of a "*" in front both halves count, one turned around.

    Each comes with whether it goes from the first access to the second. A vector of zeros
    stays within an iteration, whose operations keep their order anyway.
    """
    if vector is None:
        return
    for axis, entry in enumerate(vector):
        rest = vector[axis + 1 :]
        if entry == "*":
            yield (*vector[:axis], "<", *rest), True
            yield (*vector[:axis], "<", *map(_negated, rest)), False
            vector = (*vector[:axis], 0, *rest)
        elif entry != 0:
            forward = not may_go_back(entry)
            yield (vector if forward else tuple(map(_negated, vector))), forward
            return


def _negated(distance: Distance) -> Distance:
    return -distance if isinstance(distance, int) else distance


# one pair of accesses -------------------------------------------------------------------------


def distance(
    first: Operation,
    second: Operation,
    here: Sequence[Value],
    there: Sequence[Value],
    inside: set[Value],
) -> Vector | None:
    """How far after `first` an iteration of `second` meets the same element, in each loop.

    `here` are the induction variables of the common loops as `first` knows them, `there` as
    `second` does; `inside` are these and those of further loops around either. All other values are
    fixed. An entry is a number, or "*" if not known; None if the two never meet.
    """
    buffer, values1, rows1 = access(first)
    other, values2, rows2 = access(second)
    if buffer is not other:
        return None
    equations = []
    for row1, row2 in zip(rows1, rows2):
        terms1, terms2 = dict(zip(values1, row1)), dict(zip(values2, row2))
        gap = row1[-1] - row2[-1]
        fixed = {*terms1, *terms2} - inside
        if any(terms1.get(value, 0) != terms2.get(value, 0) for value in fixed):
            continue  # nothing is known: the gap depends on the sizes
        moving1 = {v: c for v, c in terms1.items() if v in inside and c}
        moving2 = {v: c for v, c in terms2.items() if v in inside and c}
        if _never_meet(moving1, moving2, gap):
            return None
        coefficients = [moving1.pop(value, 0) for value in here]
        if coefficients == [moving2.pop(value, 0) for value in there]:
            if not moving1 and not moving2:
                equations.append([*coefficients, gap])
    vector = _solved(equations, len(here))
    if vector is not None:
        for value, entry in zip(here, vector):
            low, high = value_range(value)
            if isinstance(entry, int) and abs(entry) > high - low:
                return None
        return tuple(0 if _is_fixed(value) else entry for value, entry in zip(here, vector))
    return None


def _is_fixed(value: Value) -> bool:
    """Whether a loop has one iteration at most."""
    low, high = value_range(value)
    return high <= low


def _never_meet(terms1: dict[Value, int], terms2: dict[Value, int], gap: int) -> bool:
    """Whether no integers make `terms2 - terms1` equal `gap`, by divisibility or by range."""
    divisor = math.gcd(*terms1.values(), *terms2.values())
    if divisor == 0:
        return gap != 0
    if gap % divisor:
        return True
    values = [*terms2, *terms1]
    row = (*terms2.values(), *[-c for c in terms1.values()], 0)
    low, high = interval(row, values)
    return not low <= gap <= high


def _solved(equations: list[list[int]], loops: int) -> Vector | None:
    """The integer solutions of `coefficients . distance = gap`, loop by loop; None if none.

    Gauss-Jordan elimination: a row with a single coefficient left gives its number.
    """
    rows = [list(map(Fraction, equation)) for equation in equations]
    done = 0
    for column in range(loops):
        pivot = next((r for r in range(done, len(rows)) if rows[r][column]), None)
        if pivot is None:
            continue
        rows[done], rows[pivot] = rows[pivot], rows[done]
        rows[done] = [x / rows[done][column] for x in rows[done]]
        for r in range(len(rows)):
            if r != done and rows[r][column]:
                factor = rows[r][column]
                rows[r] = [x - factor * y for x, y in zip(rows[r], rows[done])]
        done += 1
    vector: list[Distance] = ["*"] * loops
    for *coefficients, gap in rows:
        used = [axis for axis, c in enumerate(coefficients) if c]
        if not used and gap:
            return None
        if len(used) == 1:
            if gap.denominator != 1:
                return None
            vector[used[0]] = int(gap)
    return tuple(vector)


# reductions -----------------------------------------------------------------------------------

EXACT = frozenset(
    f"arith.{n}" for n in "addi subi muli andi ori xori maxsi minsi maximumf minimumf".split()
)
_ROUNDED = frozenset({"arith.addf", "arith.subf", "arith.mulf"})


def reductions(nest: Operation) -> dict[Operation, Operation]:
    """The loads and stores of each `x = x + …` in the nest, with the + that is between them."""
    users = uses(nest)
    found: dict[Operation, Operation] = {}
    for store in nest.walk():
        if store.name != "affine.store" or not isinstance(store.operands[0], OpResult):
            continue
        combine = store.operands[0].op
        if combine.name not in EXACT | _ROUNDED or len(users[combine.result]) != 1:
            continue
        first = combine.name.startswith("arith.sub")  # a - x is none
        for value in combine.operands[:1] if first else combine.operands:
            load = value.op if isinstance(value, OpResult) else None
            if load is not None and load.name == "affine.load" and len(users[value]) == 1:
                if load.parent is store.parent and access(load) == access(store):
                    found[load] = found[store] = combine
                    break
    return found


def _is_free(dependence: Dependence, reassociate: bool) -> bool:
    store = dependence.source if dependence.source.name == "affine.store" else dependence.target
    return reassociate or store.operands[0].op.name in EXACT
