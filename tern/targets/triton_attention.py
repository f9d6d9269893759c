"""Attention, recognized in a function on tensors, and its online form as one Triton kernel.

    scores = queries @ transpose(keys) * scale
    weights = exp(scores - max(scores)); return weights / sum(weights) @ values

**The rewrite.** The kernel goes through the keys in blocks. It keeps of each row the largest score
so far, the sum of the exponentials less that largest, and the sum of the values by their weights;
where the largest grows from p to q, both sums are multiplied by exp(p - q).

**Why it may.** exp(s - q) = exp(s - p) exp(p - q), a row's result is a quotient of two sums over
keys, and neither an order of addition nor a common factor changes it: in real numbers the two are
equal. In floats they differ as sums in another order do, and in one rounding for each block; where
the program rounds weights or scores to 16 bits on the way, the kernel does not. As the largest is
taken off in both, nothing overflows that does not in the program; and as NaN, and infinity less
infinity, are in the sums, a row that has one is NaN in both. So is a row whose scores are all -inf.

**When it may not.** The pattern must be whole: the softmax over the last axis, of a product with a
transpose, that nothing but a number scales, and whose result only the second product reads. A mask
is known in one form, `where(rows >= columns, scores, -inf)` of two `arange`: then blocks that no
row of a tile sees are skipped, which needs -inf, whose exponential is zero whatever the maximum.
"""

from __future__ import annotations

from dataclasses import dataclass

from tern.ir import Operation, Value, function, parse
from tern.passes.inline import inline
from tern.passes.simplify_cfg import simplify_cfg
from tern.types import FloatType, TensorType, Type, bf16, f16, f32, f64

_MOVES = ("tensor.cast", "tensor.expand_shape", "tensor.collapse_shape")
PRODUCTS = ("linalg.matmul", "linalg.batch_matmul")
_ROUNDS = ("arith.truncf", "arith.extf")


@dataclass(frozen=True)
class Attention:
    """What a function that is attention computes: the numbers of its parameters, and the scale.

    `scale` is Python text of a number, in which the sizes are n, m, d, e, and heads, and parameter
    number i is `{i}`.
    """

    queries: int
    keys: int
    values: int
    scale: str
    causal: bool
    rank: int
    element: Type
    result: Type
    numbers: frozenset[int]  # parameters that are in the scale


class _Differs(Exception):
    """Why a function with two products is no attention."""


def has_two_products(func: Operation) -> bool:
    """Whether a function computes more than one matrix product, with those of what it calls."""
    return _products(func, {}) > 1


def _products(func: Operation, known: dict[str, int]) -> int:
    """The products of a function; `known` are those of functions that were looked at before."""
    name, module = func.attributes["sym_name"], func.parent_op
    if name not in known:
        known[name] = 0  # of a function that calls itself
        total = 0
        for op in func.walk():
            total += op.name in PRODUCTS
            if op.name == "func.call" and module is not None:
                total += _products(function(module, op.attributes["callee"]), known)
        known[name] = total
    return known[name]


def recognize(func: Operation) -> Attention | str:
    """The attention that a function is, or in a few words why it is none.

    The function is left as it is: what it calls is inlined in a copy. O(operations).
    """
    name, module = func.attributes["sym_name"], func.parent_op
    # Read from text, sizes have no names, and a callee's need not be its caller's.
    copy = parse(str(func if module is None else module))
    inline(copy, budget=1000)
    copied = function(copy, name)
    simplify_cfg(copied)
    if len(copied.body.blocks) != 1:
        return "it has branches"
    try:
        return _Match(copied).attention()
    except _Differs as why:
        return str(why)


class _Match:
    def __init__(self, func: Operation) -> None:
        self.block = func.body.blocks[0]
        self.rank = 0
        self.numbers: set[int] = set()

    def attention(self) -> Attention:
        if len(self.block.terminator.operands) != 1:
            raise _Differs("it has several results")
        result = self.block.terminator.operands[0]
        last = self.op(self.peeled(result), *PRODUCTS, what="the result is no matrix product")
        self.rank = result.type.rank
        weights, values = last.operands[:2]
        self.zero(last.operands[2])
        exps, total = self.op(
            self.peeled(weights), "arith.divf", what="no softmax is multiplied"
        ).operands
        shifted = self.op(
            self.reduced(total, "arith.addf", exps),
            "math.exp",
            what="what is divided is no exponential",
        )
        difference = self.op(
            self.peeled(shifted.operands[0]), "arith.subf", what="no maximum is taken off"
        )
        scores, largest = difference.operands
        scores = self.reduced(largest, "arith.maximumf", scores, is_value=True)
        causal, scores = self.mask(self.peeled(scores))
        scale, scores = self.scaled(scores)
        first = self.op(scores, *PRODUCTS, what="the scores are no matrix product")
        self.zero(first.operands[2])
        queries, turned = first.operands[:2]
        swap = [*range(self.rank - 2), self.rank - 1, self.rank - 2]
        transpose = self.op(
            self.peeled(turned), "linalg.transpose", what="the keys are not transposed"
        )
        if list(transpose.attributes["permutation"]) != swap:
            raise _Differs("the keys are transposed otherwise")
        keys = transpose.operands[0]
        element = queries.type.element
        if element not in (f16, bf16, f32):
            raise _Differs(f"its numbers are {element}, and tl.dot here takes f16, bf16, f32")
        return Attention(
            self.argument(queries),
            self.argument(keys),
            self.argument(values),
            scale,
            causal,
            self.rank,
            element,
            result.type.element,
            frozenset(self.numbers),
        )

    # values ---------------------------------------------------------------------------------

    def op(self, value: Value, *names: str, what: str) -> Operation:
        op = getattr(value, "op", None)
        if op is None or op.name not in names:
            raise _Differs(what)
        return op

    def peeled(self, value: Value) -> Value:
        """The value before it was rounded, or shown with other sizes of the same rank."""
        while (op := getattr(value, "op", None)) is not None and (
            op.name in _ROUNDS or op.name == "tensor.cast"
        ):
            value = op.operands[0]
            if getattr(value.type, "element", value.type) == f64:
                raise _Differs("it computes in f64 on the way")
        return value

    def reduced(self, value: Value, combiner: str, of: Value, is_value: bool = False) -> Value:
        """`of`, if the value is its reduction over the last axis, in every element of it."""
        op = self.op(
            self.peeled(value), "linalg.broadcast", what=f"{combiner} is not of whole rows"
        )
        if list(op.attributes["dimensions"]) != [self.rank - 1]:
            raise _Differs(f"{combiner} is not over the last axis")
        inner = op.operands[0]
        while (move := getattr(inner, "op", None)) is not None and move.name in (*_MOVES, *_ROUNDS):
            inner = move.operands[0]
            if sum(size != 1 for size in inner.type.shape) > self.rank - 1:
                raise _Differs("rows are put together")
        reduce = self.op(inner, "linalg.reduce", what=f"{combiner} is not of whole rows")
        same = self.peeled(reduce.operands[0]) is self.peeled(of)
        if (
            not same
            or reduce.attributes["combiner"] != combiner
            or list(reduce.attributes["dimensions"]) != [self.rank - 1]
        ):
            raise _Differs(f"{combiner} is not over the last axis of the same rows")
        self.start(reduce.operands[1], combiner)
        return of if is_value else self.peeled(of)

    def start(self, value: Value, combiner: str) -> None:
        number = self.number(value)
        if number != (0.0 if combiner == "arith.addf" else float("-inf")):
            raise _Differs("a reduction starts from another number")

    def zero(self, value: Value) -> None:
        if self.number(value) != 0.0:
            raise _Differs("a product is added to something")

    def number(self, value: Value) -> float | None:
        """The one number that all elements of a value are, if it is known."""
        op = getattr(self.peeled(value), "op", None)
        if op is None:
            return None
        if op.name in ("linalg.fill", "tensor.splat"):
            return self.number(op.operands[0])
        if op.name == "arith.constant":
            found = op.attributes["value"]
            return None if isinstance(found, (tuple, bool)) else float(found)
        if op.name == "arith.divf":
            one, other = map(self.number, op.operands)
            return float("-inf") if one is not None and one < 0 and other == 0 else None
        if op.name == "arith.negf":
            inner = self.number(op.operands[0])
            return None if inner is None else -inner
        return None

    def argument(self, value: Value) -> int:
        value = self.peeled(value)
        if value not in self.block.args:
            raise _Differs("queries, keys, and values are not all parameters")
        return self.block.args.index(value)

    # scores ---------------------------------------------------------------------------------

    def mask(self, scores: Value) -> tuple[bool, Value]:
        """Whether rows see the columns up to their own only, and the scores before that."""
        select = getattr(scores, "op", None)
        if select is None or select.name != "arith.select":
            return False, scores
        condition, seen, hidden = select.operands
        if self.number(hidden) != float("-inf"):
            raise _Differs(
                "what is masked is not -inf, and weighs something in a row of small scores"
            )
        compare = self.op(condition, "arith.cmpi", what="its mask is no comparison of two arange")
        one, other = compare.operands
        predicate = compare.attributes["predicate"]
        if predicate in ("sle", "ule"):
            one, other, predicate = other, one, "sge"
        if predicate not in ("sge", "uge") or (self.axis(one), self.axis(other)) != (
            self.rank - 2, self.rank - 1,
        ):  # fmt: skip
            raise _Differs("its mask is not rows >= columns")
        return True, self.peeled(seen)

    def axis(self, value: Value) -> int | None:
        """The axis along which a value counts from zero, if it does."""
        op = self.op(value, "linalg.broadcast", what="its mask is no comparison of two arange")
        kept = [axis for axis in range(self.rank) if axis not in op.attributes["dimensions"]]
        inner = op.operands[0]
        while (move := getattr(inner, "op", None)) is not None and move.name in _MOVES:
            inner = move.operands[0]
        generic = getattr(inner, "op", None)
        if len(kept) != 1 or generic is None or generic.name != "linalg.generic":
            return None
        names = [each.name for each in generic.regions[0].blocks[0].operations]
        return kept[0] if names == ["linalg.index", "arith.index_cast", "linalg.yield"] else None

    def scaled(self, scores: Value) -> tuple[str, Value]:
        """The factor of the scores as text, and the product before it."""
        factors = []
        while (op := getattr(scores, "op", None)) is not None and op.name in (
            "arith.mulf",
            "arith.divf",
        ):
            one, other = op.operands
            if op.name == "arith.mulf" and self.is_splat(one):
                one, other = other, one
            if not self.is_splat(other):
                raise _Differs("its scores are scaled by more than a number")
            text = self.text(other.op.operands[0])
            factors.append(f"/ {text}" if op.name == "arith.divf" else f"* {text}")
            scores = self.peeled(one)
        return " ".join(["1.0", *reversed(factors)]).removeprefix("1.0 * "), scores

    def is_splat(self, value: Value) -> bool:
        op = getattr(value, "op", None)
        return op is not None and op.name in ("tensor.splat", "linalg.fill")

    def text(self, value: Value) -> str:
        """A number that is known when the kernel is launched, as Python."""
        if value in self.block.args:
            if not isinstance(value.type, FloatType):
                raise _Differs("its scale is no number")
            self.numbers.add(self.block.args.index(value))
            return f"{{{self.block.args.index(value)}}}"
        op = self.op(value, *_TEXTS, what="its scale is computed otherwise")
        if op.name == "arith.constant":
            return repr(op.attributes["value"])
        if op.name == "tensor.dim":
            return self.size(op)
        return _TEXTS[op.name].format(*map(self.text, op.operands))

    def size(self, op: Operation) -> str:
        tensor, axis = op.operands
        if self.number(axis) is None or not isinstance(tensor.type, TensorType):
            raise _Differs("its scale is computed otherwise")
        known = tensor.type.shape[int(self.number(axis) or 0)]
        if isinstance(known, int):
            return str(known)
        return f"{{{self.argument(tensor)}}}.shape[{int(self.number(axis) or 0)}]"


_TEXTS = {
    "arith.constant": "",
    "tensor.dim": "",
    "arith.index_cast": "{}",
    "arith.sitofp": "{}",
    "arith.truncf": "{}",
    "arith.extf": "{}",
    "math.rsqrt": "({} ** -0.5)",
    "math.sqrt": "({} ** 0.5)",
    "arith.mulf": "({} * {})",
    "arith.divf": "({} / {})",
}
