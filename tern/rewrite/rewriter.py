"""Changes of IR, one at a time, by one who knows the users of every value, and tells of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from tern.ir import Block, Operation, Region, Value
from tern.ir.dialects.forms import SHAPED
from tern.types import Type

Listener = Callable[[str, Operation], None]
"""Is told "inserted", "modified", or "erased", and of which operation, after each change. What is
erased still has its operands then."""


def _nobody(event: str, op: Operation) -> None:
    return None


class Rewriter:
    """Changes the operations inside `root`, a function or a module.

    It keeps the users of every value, so that each change costs as much as what it touches. So
    while there is one, all changes go through it. Where operations stand in their blocks is put
    right by `finish`, in one pass over each block that changed: a pattern asks for operands and
    users, and never looks at `block.operations`.
    """

    def __init__(self, root: Operation, listener: Listener = _nobody) -> None:
        self.root = root
        self.listener = listener
        self._users: dict[Value, dict[Operation, int]] = {}
        self._before: dict[Operation, list[Operation]] = {}
        self._erased: set[Operation] = set()
        self._changed: dict[Block, None] = {}
        for op in root.walk():
            self._uses(op, 1)

    # questions --------------------------------------------------------------------------------

    def users(self, value: Value) -> list[Operation]:
        """The operations that use a value, each once, those that began to first."""
        return list(self._users.get(value, ()))

    def use_count(self, value: Value) -> int:
        """How often a value is used: an operation that takes it twice counts twice."""
        return sum(self._users.get(value, {}).values())

    def is_unused(self, op: Operation) -> bool:
        """Whether nobody uses a result of the operation. O(results)."""
        return not any(self._users.get(result) for result in op.results)

    def is_erased(self, op: Operation) -> bool:
        return op in self._erased

    # changes ----------------------------------------------------------------------------------

    def insert(
        self,
        anchor: Operation,
        name: str,
        operands: Iterable[Value] = (),
        result_types: Iterable[Type] = (),
        attributes: Mapping[str, Any] | None = None,
        regions: Iterable[Region] = (),
    ) -> Operation:
        """A new operation right before `anchor`."""
        op = Operation(name, operands, result_types, attributes, (), regions)
        return self.place(anchor, op)

    def place(self, anchor: Operation, op: Operation) -> Operation:
        """Put an operation that is in no block yet right before `anchor`, as of its place in the
        source if it knows none."""
        op.location = anchor.location if op.location is None else op.location
        op.parent = anchor.parent
        self._before.setdefault(anchor, []).append(op)
        self._note(op)
        for each in op.walk():
            self._uses(each, 1)
        self.listener("inserted", op)
        return op

    def constant(self, anchor: Operation, value: Any, type: Type) -> Value | None:
        """An arith.constant right before `anchor`, for a tensor one whose elements are all `value`.
        None for a tensor whose sizes are not known."""
        if isinstance(type, SHAPED) and not all(isinstance(size, int) for size in type.shape):
            return None
        return self.insert(anchor, "arith.constant", (), [type], {"value": value}).result

    def replace(self, op: Operation, values: Sequence[Value]) -> None:
        """Make the uses of the results uses of `values`, one for each, of the same types; and erase
        the operation. ValueError if their number or types differ."""
        if [value.type for value in values] != [result.type for result in op.results]:
            given = ", ".join(str(value.type) for value in values)
            raise ValueError(f"{op.name} is not to be replaced by ({given})")
        for result, value in zip(op.results, values):
            value.hint = value.hint or result.hint
            for user in self.users(result):
                self.set_operands(
                    user,
                    [value if each is result else each for each in user.operands],
                    [[value if v is result else v for v in args] for _, args in user.successors],
                )
        self.erase(op)

    def erase(self, op: Operation) -> None:
        """Take an operation out, with all inside it. ValueError if somebody uses a result."""
        if not self.is_unused(op):
            raise ValueError(f"a result of {op.name} is still used")
        self._note(op)
        for each in op.walk():
            self._uses(each, -1)
            self._erased.add(each)
        self.listener("erased", op)

    def set_operands(
        self,
        op: Operation,
        operands: Iterable[Value],
        passed: Sequence[Sequence[Value]] | None = None,
    ) -> None:
        """Give an operation other operands, in place; and `passed` to its successors."""
        self._uses(op, -1)
        op.operands = list(operands)
        if passed is not None:
            op.successors = [(to, list(args)) for (to, _), args in zip(op.successors, passed)]
        self._uses(op, 1)
        self.listener("modified", op)

    def modify(
        self,
        op: Operation,
        name: str | None = None,
        attributes: Mapping[str, Any] | None = None,
        result_types: Iterable[Type] = (),
    ) -> None:
        """Give an operation another name, other attributes, or results of other types, in place."""
        op.name = name or op.name
        op.attributes = dict(op.attributes if attributes is None else attributes)
        for result, type in zip(op.results, result_types):
            result.type = type
        self.listener("modified", op)

    def finish(self) -> None:
        """Put the operations of the blocks that changed in their order. O(their operations)."""
        for block in self._changed:
            block.operations = [
                op for each in block.operations for op in self._in_order(each, block)
            ]
        self._before.clear()
        self._changed.clear()

    # on the inside ----------------------------------------------------------------------------

    def _in_order(self, op: Operation, block: Block) -> Iterable[Operation]:
        """What was inserted before an operation, and what before that, and the operation itself;
        but for what is erased."""
        stack = [iter((op,))]
        path: list[Operation] = []
        while stack:
            each = next(stack[-1], None)
            if each is not None:
                path.append(each)
                stack.append(iter(self._before.get(each, ())))
                continue
            stack.pop()
            if path:
                done = path.pop()
                if done not in self._erased:
                    done.parent = block
                    yield done

    def _note(self, op: Operation) -> None:
        if op.parent is not None:
            self._changed[op.parent] = None

    def _uses(self, op: Operation, change: int) -> None:
        """Count the uses of an operation, or take them back."""
        for values in (op.operands, *(args for _, args in op.successors)):
            for value in values:
                users = self._users.setdefault(value, {})
                users[op] = users.get(op, 0) + change
                if not users[op]:
                    del users[op]
