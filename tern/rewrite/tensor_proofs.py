"""Rules on tensors, tried on tensors of random shapes, before and after, by the interpreter.

There are too many shapes for a proof. So each rule is tried on many small tensors, of ranks from 0
to 3, whose sizes, 0 and 1 among them, are known, unknown, or have names.
"""

from __future__ import annotations

import random
from typing import Any

from tern.ir import Builder, Operation, Value, new_function, outcome, violations
from tern.ir.dialects.evaluate import dtype_of
from tern.lazily import Lazily
from tern.rewrite.rewriter import Rewriter
from tern.rewrite.rule import Rule
from tern.rewrite.samples import returning
from tern.rewrite.terms import Apply, Term, Variable
from tern.types import FloatType, TensorType, Type, f32, f64, i8, i32, index

np = Lazily("numpy")

Shape = tuple[int, ...]


def try_on_tensors(rule: Rule, seed: int, times: int = 300) -> tuple[int, str]:
    """How often of `times` the rule could be tried, and what it did wrong: a text that has the
    module; empty if nothing."""
    tried = 0
    for number in range(times):
        writer = _Writer(random.Random(seed * 1_000_003 + number), rule)
        module, root = writer.module()
        if violations(writer.func) or root.op.name != rule.root:
            continue
        before = module.clone()
        rewriter = Rewriter(module)
        try:
            if not rule.rewrite(root.op, rewriter):
                continue
        except (IndexError, TypeError, ValueError) as error:  # of an attribute that can't be made
            return tried, f"{error}\n{before}"
        rewriter.finish()
        tried += 1
        if wrong := violations(writer.func):
            return tried, f"{wrong[0]}\n{before}\n{module}"
        expected = outcome(before, "f", *writer.arguments)
        found = outcome(module, "f", *writer.arguments)
        failed = expected.results is None and found.results is None  # wherever
        if not failed and not found.same(expected):
            return tried, f"{writer.arguments}\n{before}\n{module}"
    return tried, ""


class _Writer:
    """Writes a function that a rule's left side matches, if the shapes happen to be right."""

    def __init__(self, chance: random.Random, rule: Rule) -> None:
        self.chance = chance
        self.rule = rule
        self.func = new_function("f", (), ())
        self.block = self.func.body.blocks[0]
        self.builder = Builder(self.block)
        self.arguments: list[Any] = []
        self.shapes: dict[Value, Shape] = {}
        self.known: dict[str, Any] = {}
        self.element = self._element()
        self.cube = chance.choice((0, 0, 0, 2, 3))  # the size of all axes: all orders have one type

    def module(self) -> tuple[Operation, Value]:
        root = self.write(self.rule.left)
        module = returning(self.func, [root])
        return module, root

    def _element(self) -> Any:
        real = any(str(self.rule.left).startswith(f) for f in _REAL)
        return self.chance.choice((f32, f64) if real else (i8, i32, f32))

    # leaves -----------------------------------------------------------------------------------

    def argument(self, type: Type, value: Any) -> Value:
        self.arguments.append(value)
        return self.block.add_arg(type)

    def scalar(self, name: str) -> Value:
        if name not in self.known or name == "_":
            number = self.chance.choice((0, 1, -1, 3, 100))
            given = float(number) if isinstance(self.element, FloatType) else number
            self.known[name] = self.argument(self.element, given)
        return self.known[name]

    def tensor(self, name: str, shape: Shape | None = None, like: Any = None) -> Value:
        """An argument; of the sizes of the type `like`, or some known, and some not."""
        if shape is None:
            rank = self.chance.choice((2, 3, 3) if self.cube else (0, 1, 1, 2, 2, 2, 3))
            sizes = (self.cube,) if self.cube else (0, 1, 1, 2, 2, 3, 4, 6)
            shape = tuple(self.chance.choice(sizes) for _ in range(rank))
        known = like if like is not None else self.sizes(shape)
        dtype = dtype_of(self.element)
        numbers = np.array(
            [self.chance.randrange(-4, 5) for _ in range(int(np.prod(shape)))], dtype
        )
        value = self.argument(TensorType(tuple(known), self.element), numbers.reshape(shape))
        self.shapes[value] = shape
        return value

    def sizes(self, shape: Shape) -> tuple[Any, ...]:
        if self.chance.random() < 0.4:
            return shape
        return tuple(self.chance.choice((n, n, None, f"n{n}")) for n in shape)

    # terms ------------------------------------------------------------------------------------

    def write(self, term: Term, shape: Shape | None = None, like: Any = None) -> Value:
        """The value of a term that is a tensor, of this shape, and of the sizes of the type `like`,
        where that can be chosen."""
        if isinstance(term, Variable):
            return self.tensor(term.name, shape, like)
        made = getattr(self, term.op.partition(".")[2], self.elementwise)(term, shape, like)
        return made

    def attribute(self, term: Apply, chosen: Any) -> Any:
        if not isinstance(term.attribute, str) or term.attribute == "_":
            return chosen
        return self.known.setdefault(f"[{term.attribute}]", chosen)

    def made(self, op: Operation, shape: Shape) -> Value:
        self.shapes[op.result] = shape
        return op.result

    def transpose(self, term: Apply, shape: Any, like: Any) -> Value:
        x = self.write(term.args[0])
        rank = len(self.shapes[x])
        axes = tuple(self.chance.sample(range(rank), rank))
        after = tuple(self.shapes[x][axis] for axis in axes)
        out = self.write(term.args[1], after, tuple(x.type.shape[axis] for axis in axes))
        attributes = {"permutation": self.attribute(term, axes)}
        return self.made(
            self.builder.op("linalg.transpose", [x, out], [out.type], attributes), after
        )

    def broadcast(self, term: Apply, shape: Any, like: Any) -> Value:
        x = self.write(term.args[0])
        rank = len(self.shapes[x])
        more = self.chance.choice((0, 1, 1, 2))
        axes = tuple(sorted(self.chance.sample(range(rank + more), more)))
        after, sizes = list(self.shapes[x]), list(x.type.shape)
        for axis in axes:
            after.insert(axis, self.chance.randrange(4))
            sizes.insert(axis, self.chance.choice((after[axis], None)))
        out = self.write(term.args[1], tuple(after), tuple(sizes))
        attributes = {"dimensions": self.attribute(term, axes)}
        return self.made(
            self.builder.op("linalg.broadcast", [x, out], [out.type], attributes), tuple(after)
        )

    def fill(self, term: Apply, shape: Any, like: Any) -> Value:
        v = self.scalar(term.args[0].name)
        out = self.write(term.args[1], shape, like)
        return self.made(self.builder.op("linalg.fill", [v, out], [out.type]), self.shapes[out])

    def splat(self, term: Apply, shape: Any, like: Any) -> Value:
        v = self.scalar(term.args[0].name)
        rest = term.args[1].name if len(term.args) > 1 else ""
        if rest in self.known and rest != "_...":
            type, sizes, shape = self.known[rest]
        else:
            if shape is None:
                rank = self.chance.randrange(3) if rest else 0
                shape = tuple(self.chance.randrange(4) for _ in range(rank))
            type = TensorType(tuple(like or self.sizes(shape)), self.element)
            unknown = [n for n, size in zip(shape, type.shape) if not isinstance(size, int)]
            sizes = [self.argument(index, n) for n in unknown]
            self.known[rest] = type, sizes, shape
        return self.made(self.builder.op("tensor.splat", [v, *sizes], [type]), shape)

    def collapse_shape(self, term: Apply, shape: Any, like: Any) -> Value:
        x = self.write(term.args[0])
        before = self.shapes[x]
        groups = self.attribute(term, self.groups(len(before)))
        after, sizes = [], []
        for group in groups:
            if max(group, default=0) >= len(before):
                return x  # of another rank than the group is for: tried in vain
            after.append(int(np.prod([before[axis] for axis in group])))
            known = all(isinstance(x.type.shape[axis], int) for axis in group)
            one = x.type.shape[group[0]] if len(group) == 1 else None
            sizes.append(after[-1] if known else one)
        attributes = {"reassociation": groups}
        type = TensorType(tuple(sizes), self.element)
        return self.made(
            self.builder.op("tensor.collapse_shape", [x], [type], attributes), tuple(after)
        )

    def groups(self, rank: int) -> tuple[tuple[int, ...], ...]:
        """Neighboring axes, grouped."""
        groups: list[list[int]] = []
        for axis in range(rank):
            if groups and self.chance.random() < 0.5:
                groups[-1].append(axis)
            else:
                groups.append([axis])
        return tuple(map(tuple, groups))

    def expand_shape(self, term: Apply, shape: Any, like: Any) -> Value:
        inner = term.args[0]
        x = self.write(inner)
        same = isinstance(inner, Apply) and inner.attribute == term.attribute
        if same and x.op.name == "tensor.collapse_shape":
            source = x.op.operands[0]
            after, sizes = list(self.shapes[source]), source.type.shape
            groups = x.op.attributes["reassociation"]
            for group in groups:  # sizes that are not known may be others, of the same product
                unknown = [axis for axis in group if not isinstance(sizes[axis], int)]
                mixed = self.chance.sample(unknown, len(unknown))
                for axis, n in zip(unknown, [after[other] for other in mixed]):
                    after[axis] = n
        else:
            groups, after, sizes = self.split(x)
            self.attribute(term, groups)
        unknown = [n for n, size in zip(after, sizes) if not isinstance(size, int)]
        values = [self.argument(index, n) for n in unknown]
        type = TensorType(tuple(sizes), self.element)
        attributes = {"reassociation": groups}
        op = self.builder.op("tensor.expand_shape", [x, *values], [type], attributes)
        return self.made(op, tuple(after))

    def split(self, x: Value) -> tuple[Any, Any, Any]:
        """Each axis as some axes, whose sizes have its size as their product."""
        groups: list[tuple[int, ...]] = []
        after: list[int] = []
        sizes: list[Any] = []
        for n, size in zip(self.shapes[x], x.type.shape):
            factors = [n]
            if self.chance.random() < 0.6:
                by = self.chance.choice([d for d in (1, 2, 3) if n % d == 0])
                factors = self.chance.choice(([n // by, by], [by, n // by], [1, n // by, by]))
            groups.append(tuple(range(len(after), len(after) + len(factors))))
            whole = isinstance(size, int)
            hidden = -1 if whole else self.chance.randrange(len(factors))
            names = [
                size if len(factors) == 1 else None if i == hidden else f
                for i, f in enumerate(factors)
            ]
            after += factors
            sizes += names
        return tuple(groups), after, sizes

    def cast(self, term: Apply, shape: Any, like: Any) -> Value:
        x = self.write(term.args[0])
        sizes = list(x.type.shape)
        if self.chance.random() < 0.5:  # which fails where a number is another than the size
            for axis, n in enumerate(self.shapes[x]):
                other = self.chance.choice((n, n, n, None, n + 1))
                sizes[axis] = other if sizes[axis] is None else self.chance.choice((n, None))
        type = TensorType(tuple(sizes), self.element)
        return self.made(self.builder.op("tensor.cast", [x], [type]), self.shapes[x])

    def concat(self, term: Apply, shape: Any, like: Any) -> Value:
        x = self.write(term.args[0])
        axis = self.chance.randrange(max(1, len(self.shapes[x])))
        op = self.builder.op("tensor.concat", [x], [x.type], {"dim": axis})
        return self.made(op, self.shapes[x])

    def extract(self, term: Apply, shape: Any, like: Any) -> Value:
        x = self.write(term.args[0])
        return self.made(self.builder.op("tensor.extract", [x], [self.element]), ())

    def elementwise(self, term: Apply, shape: Any, like: Any) -> Value:
        operands = [self.write(arg) for arg in term.args]
        op = self.builder.op(term.op, operands, [operands[0].type])
        return self.made(op, self.shapes[operands[0]])


_REAL = tuple("addf subf mulf divf maximumf minimumf negf absf exp log sqrt rsqrt tanh".split()) + (
    "sin", "cos", "erf", "floor", "ceil", "roundeven",
)  # fmt: skip
