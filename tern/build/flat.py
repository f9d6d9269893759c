"""Functions in flat form: basic blocks and branches, and a memory slot for each variable.

A variable that is assigned after its `let` lives in a slot, `memref.alloca() : memref<T>` at
the top of the function; reading it is a load and assigning to it a store. That is how Clang
hands C to LLVM, too: the front end need not know where values meet, and the part `ir.to_ssa`
finds out. A variable that is never assigned again is its value.
"""

from __future__ import annotations

from collections.abc import Callable

from tern.build.expressions import ExpressionBuilder
from tern.build.tensors import TensorBuilder
from tern.check import Checked, Signature, Variable
from tern.ir import Block, Builder, Operation, Value
from tern.text import tree
from tern.types import i1, i32


def build_flat(signature: Signature, checked: Checked, module: Builder) -> Operation:
    """Append one function, with its variables in slots. O(size of the tree)."""
    return _FlatBuilder(signature, checked, module).run()


class _FlatBuilder:
    """Builds one function. Each statement's method says whether control can go on after it."""

    def __init__(self, signature: Signature, checked: Checked, module: Builder) -> None:
        self.function = signature.function
        self.checked = checked
        self.func = module.func(
            self.function.name.text,
            list(signature.parameters),
            [signature.result],
        )
        self.func.location = self.function.span
        self.entry = self.func.body.blocks[0]
        self.builder = Builder(self.entry)
        self.allocas = Block()  # moved to the top of the entry block in the end
        self.slots: dict[Variable, Value] = {}
        self.values: dict[Variable, Value] = {}
        tensors = TensorBuilder(self.builder, signature.parameters, self.entry.args)
        self.sizes = tensors.entry
        self.value = ExpressionBuilder(
            self.builder, tensors, checked, signature.source, self.read, self.choose
        ).value

    def run(self) -> Operation:
        for parameter, argument in zip(self.function.parameters, self.entry.args):
            self.builder.location = parameter.span
            self.declare(self.checked.variable_of(parameter.name), argument)
        self.block(self.function.body)
        top = [*self.allocas.operations, *self.sizes.operations]
        for operation in top:
            operation.parent = self.entry
        self.entry.operations[:0] = top
        return self.func

    # --- variables ----------------------------------------------------------------------------

    def declare(self, variable: Variable, value: Value) -> None:
        # A loop counts its variable up, which is an assignment nobody wrote.
        if not variable.assigned and variable.kind != "loop":
            self.values[variable] = value
            return
        slot = Builder(self.allocas, variable.span).alloca(value.type)
        slot.hint = f"%{variable.name}"
        self.slots[variable] = slot
        self.builder.store(value, slot)

    def read(self, variable: Variable) -> Value:
        slot = self.slots.get(variable)
        return self.values[variable] if slot is None else self.builder.load(slot)

    # --- control flow -------------------------------------------------------------------------

    def begin(self, block: Block) -> None:
        """Put a block after those there are, and go on building in it."""
        region = self.func.body
        block.parent = region
        region.blocks.append(block)
        self.builder.block = block

    def choose(self, operator: str, left: Value, right: Callable[[], Value]) -> Value:
        """`left and right()`, or `left or right()`, where `right` runs only if it matters."""
        evaluate, join = Block(), Block([i1])
        decided = [self.builder.constant(operator == "or", i1)]
        if operator == "and":
            self.builder.cond_br(left, evaluate, [], join, decided)
        else:
            self.builder.cond_br(left, join, decided, evaluate, [])
        self.begin(evaluate)
        self.builder.br(join, [right()])
        self.begin(join)
        return join.args[0]

    def block(self, block: tree.Block) -> bool:
        for statement in block.statements:
            self.builder.location = statement.span
            if not self.statement(statement):
                return False  # what follows a `return` is dropped: nothing can reach it
        return True

    def statement(self, statement: tree.Statement) -> bool:
        match statement:
            case tree.Let(name, value):
                self.declare(self.checked.variable_of(name), self.value(value))
            case tree.Assign(name, value):
                new = self.value(value)
                self.builder.store(new, self.slots[self.checked.variable_of(name)])
            case tree.Return(value):
                self.builder.ret([self.value(value)])
                return False
            case tree.If():
                return self.if_(statement)
            case tree.While(condition, body):
                self.loop(lambda: self.value(condition), lambda: self.block(body))
            case tree.For():
                self.for_(statement)
        return True

    def if_(self, statement: tree.If) -> bool:
        then, join = Block(), Block()
        otherwise = Block() if statement.otherwise is not None else join
        self.builder.cond_br(self.value(statement.condition), then, [], otherwise, [])
        self.begin(then)
        goes_on = self.block(statement.then)
        if goes_on:
            self.builder.br(join)
        if statement.otherwise is None:
            goes_on = True
        else:
            self.begin(otherwise)
            nested = isinstance(statement.otherwise, tree.If)
            if (self.statement if nested else self.block)(statement.otherwise):
                self.builder.br(join)
                goes_on = True
        if goes_on:
            self.begin(join)
        return goes_on

    def loop(self, condition: Callable[[], Value], body: Callable[[], bool]) -> None:
        """`while condition() { body() }`"""
        head, inside, after = Block(), Block(), Block()
        location = self.builder.location
        self.builder.br(head)
        self.begin(head)
        self.builder.cond_br(condition(), inside, [], after, [])
        self.begin(inside)
        if body():
            self.builder.location = location
            self.builder.br(head)
        self.begin(after)

    def for_(self, statement: tree.For) -> None:
        variable = self.checked.variable_of(statement.name)
        start, stop = self.value(statement.start), self.value(statement.stop)
        self.declare(variable, start)

        def condition() -> Value:
            return self.builder.compare("slt", self.read(variable), stop)

        def body() -> bool:
            if not self.block(statement.body):
                return False
            self.builder.location = statement.span
            one = self.builder.constant(1, i32)
            following = self.builder.binary("arith.addi", self.read(variable), one)
            self.builder.store(following, self.slots[variable])
            return True

        self.loop(condition, body)
