"""The IR's data structure, MLIR's: operations hold regions, regions blocks, blocks operations.

Everything here is plain and mutable, and identity is equality: two operations with the same
text are still two operations. A value does not know its uses; a pass that needs them asks
`uses(root)`, one walk for all values. That keeps `operands` an ordinary list, which any code
may change without further ceremony.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from tern.ir.collector import collector_paused
from tern.types import Type

Successor = tuple["Block", list["Value"]]

_text_of: Callable[[Operation], str] = repr


_Printer = TypeVar("_Printer", bound=Callable[["Operation"], str])


def printed_by(function: _Printer) -> _Printer:
    """A decorator: `str` of an operation is what the function gives. The printer says so."""
    global _text_of
    _text_of = function
    return function


class Value:
    """What an operation computes or a block receives. Compared and hashed by identity.

    `hint` is a name for messages, such as `%x`: what the text that was parsed, or the variable in
    the source, called it. The printer numbers values, whatever their hints.
    """

    __slots__ = ("type", "hint")

    def __init__(self, type: Type) -> None:
        self.type = type
        self.hint: str | None = None


class OpResult(Value):
    """Result number `index` of the operation `op`."""

    __slots__ = ("op", "index")

    def __init__(self, op: Operation, index: int, type: Type) -> None:
        self.op = op
        self.index = index
        self.type = type
        self.hint = None

    def __repr__(self) -> str:
        return f"<result {self.index} of {self.op.name} : {self.type}>"


class BlockArgument(Value):
    """Argument number `index` of `block`: what other compilers call a phi."""

    __slots__ = ("block", "index")

    def __init__(self, block: Block, index: int, type: Type) -> None:
        self.block = block
        self.index = index
        self.type = type
        self.hint = None

    def __repr__(self) -> str:
        return f"<block argument {self.index} : {self.type}>"


class Operation:
    """One operation: `results = name(operands)`, with attributes, successors and regions.

    A successor is a block together with the values that the branch gives to its arguments.
    Attributes are plain Python values (int, float, bool, str, Type, tuples of these).
    """

    __slots__ = (
        "name",
        "operands",
        "results",
        "attributes",
        "successors",
        "regions",
        "parent",
        "location",
    )

    def __init__(
        self,
        name: str,
        operands: Iterable[Value] = (),
        result_types: Iterable[Type] = (),
        attributes: Mapping[str, Any] | None = None,
        successors: Iterable[Successor] = (),
        regions: Iterable[Region] = (),
        location: Any = None,
    ) -> None:
        self.name = name
        self.operands: list[Value] = list(operands)
        self.results = [OpResult(self, i, type) for i, type in enumerate(result_types)]
        self.attributes: dict[str, Any] = dict(attributes) if attributes else {}
        self.successors: list[Successor] = list(successors)
        self.regions: list[Region] = list(regions)
        for region in self.regions:
            region.parent = self
        self.parent: Block | None = None
        self.location = location

    @property
    def result(self) -> OpResult:
        """The only result; ValueError if there are none or several."""
        if len(self.results) != 1:
            raise ValueError(f"{self.name} has {len(self.results)} results, not one")
        return self.results[0]

    @property
    def parent_op(self) -> Operation | None:
        """The operation whose region this one is in; None for one that stands alone."""
        return self.parent.parent_op if self.parent is not None else None

    @property
    def body(self) -> Region:
        """The first region: of a function its blocks, of a module its single block."""
        return self.regions[0]

    def walk(self) -> Iterator[Operation]:
        """This operation and all inside it, in the order of the text. No recursion.

        The tree must not change during the walk; wrap it in `list` to change it.
        """
        stack = [iter((self,))]
        while stack:
            op = next(stack[-1], None)
            if op is None:
                stack.pop()
                continue
            yield op
            for region in reversed(op.regions):
                for block in reversed(region.blocks):
                    stack.append(iter(block.operations))

    def clone(self) -> Operation:
        """A deep copy. Values defined outside of this operation are shared with the copy."""
        with collector_paused():
            return self._clone()

    def __deepcopy__(self, memo: dict[int, Any]) -> Operation:
        return self.clone()  # which needs no recursion, however long the function

    def _clone(self) -> Operation:
        values: dict[Value, Value] = {}
        blocks: dict[Block, Block] = {}
        copies: list[tuple[Operation, Operation]] = []

        def note(old: Iterable[Value], new: Iterable[Value]) -> None:
            for value, its_copy in zip(old, new):
                values[value] = its_copy
                its_copy.hint = value.hint

        def copy(op: Operation) -> Operation:
            new = Operation(
                op.name,
                (),
                [r.type for r in op.results],
                op.attributes,
                regions=[Region() for _ in op.regions],
                location=op.location,
            )
            note(op.results, new.results)
            copies.append((op, new))
            return new

        root = copy(self)
        for old, new in copies:  # `copies` grows while we read it
            for old_region, new_region in zip(old.regions, new.regions):
                for block in old_region.blocks:
                    blocks[block] = twin = new_region.add_block(a.type for a in block.args)
                    note(block.args, twin.args)
                    for op in block.operations:
                        twin.append(copy(op))
        for old, new in copies:  # every definition is known now, also of later uses
            new.operands = [values.get(v, v) for v in old.operands]
            new.successors = [
                (blocks.get(block, block), [values.get(v, v) for v in args])
                for block, args in old.successors
            ]
        return root

    def __str__(self) -> str:
        return _text_of(self)

    def __repr__(self) -> str:
        label = self.attributes.get("sym_name")
        return f"<{self.name}{f' @{label}' if label else ''}>"


class Block:
    """A straight line of operations; the last one, the terminator, says where to go next."""

    __slots__ = ("args", "operations", "parent")

    def __init__(self, arg_types: Iterable[Type] = ()) -> None:
        self.args = [BlockArgument(self, i, type) for i, type in enumerate(arg_types)]
        self.operations: list[Operation] = []
        self.parent: Region | None = None

    @property
    def terminator(self) -> Operation | None:
        """The last operation, whatever it is; None in an empty block."""
        return self.operations[-1] if self.operations else None

    @property
    def parent_op(self) -> Operation | None:
        """The operation whose region the block is in; None if there is none."""
        return self.parent.parent if self.parent is not None else None

    def add_arg(self, type: Type) -> BlockArgument:
        """Append an argument. Branches to this block must then pass one value more."""
        arg = BlockArgument(self, len(self.args), type)
        self.args.append(arg)
        return arg

    def append(self, op: Operation) -> Operation:
        op.parent = self
        self.operations.append(op)
        return op

    def insert(self, index: int, op: Operation) -> Operation:
        """Insert before operation number `index`. O(length of the block)."""
        op.parent = self
        self.operations.insert(index, op)
        return op

    def insert_all(self, index: int, ops: Sequence[Operation]) -> None:
        """Insert several before operation number `index`, in order. O(length of the block)."""
        for op in ops:
            op.parent = self
        self.operations[index:index] = ops

    def __repr__(self) -> str:
        return f"<block of {len(self.operations)} operations>"


class Region:
    """A list of blocks, the first of which is the entry."""

    __slots__ = ("blocks", "parent")

    def __init__(self, blocks: Iterable[Block] = ()) -> None:
        self.blocks: list[Block] = list(blocks)
        for block in self.blocks:
            block.parent = self
        self.parent: Operation | None = None

    @property
    def only_block(self) -> Block:
        """The only block, as of a loop or a module; ValueError if there are none or several."""
        if len(self.blocks) != 1:
            raise ValueError(f"a region of {len(self.blocks)} blocks, not one")
        return self.blocks[0]

    def add_block(self, arg_types: Iterable[Type] = ()) -> Block:
        block = Block(arg_types)
        block.parent = self
        self.blocks.append(block)
        return block

    def __repr__(self) -> str:
        return f"<region of {len(self.blocks)} blocks>"


def known_integer(value: Value) -> int | None:
    """The integer that a value is known to be, as an arith.constant; of a tensor or a vector, that
    all its elements are. None for any other, and for a bool."""
    if not isinstance(value, OpResult) or value.op.name != "arith.constant":
        return None
    number = value.op.attributes["value"]
    return number if type(number) is int else None


def functions(module: Operation) -> list[Operation]:
    """The func.func operations of a module, in order."""
    return [op for op in module.body.blocks[0].operations if op.name == "func.func"]


def defined_functions(module: Operation) -> list[Operation]:
    """The functions of a module that have a body, in order."""
    return [func for func in functions(module) if func.body.blocks]


def is_private(func: Operation) -> bool:
    """Whether a function is only for the others of its module, MLIR's visibility."""
    return func.attributes.get("sym_visibility") == "private"


def public_functions(module: Operation) -> list[Operation]:
    """The functions of a module that are for the world outside, in order."""
    return [func for func in functions(module) if not is_private(func)]


def function(module: Operation, name: str) -> Operation:
    """The function called `name`. KeyError if the module has none."""
    for func in functions(module):
        if func.attributes.get("sym_name") == name:
            return func
    raise KeyError(f"the module has no function @{name}")


def uses(root: Operation) -> dict[Value, list[Operation]]:
    """The operations inside `root` that use each value, in order, once for each use. O(n)."""
    found: dict[Value, list[Operation]] = {}
    for op in root.walk():
        for value in op.operands:
            found.setdefault(value, []).append(op)
        for _, args in op.successors:
            for value in args:
                found.setdefault(value, []).append(op)
    return found


def replace_uses(root: Operation, replacements: Mapping[Value, Value]) -> None:
    """Make every use inside `root` of a key of `replacements` a use of its value. O(n).

    Replaces once: a replacement that is itself a key is not followed further.
    """
    if not replacements:
        return
    get = replacements.get
    for op in root.walk():
        op.operands = [get(v, v) for v in op.operands]
        op.successors = [(block, [get(v, v) for v in args]) for block, args in op.successors]


def captured_values(op: Operation) -> list[Value]:
    """What the regions of an operation use from outside of it, each once, in order of first use.

    O(what is inside).
    """
    inside: set[Value] = set()
    used: dict[Value, None] = {}
    for inner in op.walk():
        inside.update(inner.results)
        for region in inner.regions:
            for block in region.blocks:
                inside.update(block.args)
        if inner is not op:
            used.update(dict.fromkeys(inner.operands))
            used.update(dict.fromkeys(value for _, args in inner.successors for value in args))
    return [value for value in used if value not in inside]


def defining_block(value: Value) -> Block | None:
    """The block that defines a value: whose argument it is, or whose operation computes it."""
    if isinstance(value, BlockArgument):
        return value.block
    return value.op.parent if isinstance(value, OpResult) else None
