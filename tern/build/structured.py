"""Functions in structured form: scf.if, scf.while and scf.for in place of branches.

A region gives values to the operation around it by yielding them. So a variable that a branch
or a loop assigns becomes one more result of that operation, and of a loop one more value that
goes from each iteration to the next. No slots are needed: where values meet is plain from the
program's own structure.

A region has one way out, its end. A `return` that is not at the end of its function therefore
has to be moved there: `if c { return a; } rest` becomes `if c { a } else { rest }`. A `return`
inside a loop has no such place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from tern.build.expressions import ExpressionBuilder
from tern.build.tensors import TensorBuilder
from tern.check import Checked, Signature, Variable
from tern.ir import Block, Builder, Operation, Value
from tern.text import tree
from tern.text.diagnostics import Diagnostic
from tern.types import i1, i32

MAX_DEPTH = 64
"""How deep the regions of a function may nest: an early `return` nests what follows it."""


def build_structured(signature: Signature, checked: Checked, module: Builder) -> Operation:
    """Append one function, in structured form.

    Raises:
        Diagnostic: a `return` stands where the structured form has no place for it.
    """
    return _StructuredBuilder(signature, checked, module).run()


class _StructuredBuilder:
    """Builds one function. `now` has the value of each variable at the insertion point."""

    def __init__(self, signature: Signature, checked: Checked, module: Builder) -> None:
        self.function = signature.function
        self.result_type = signature.result
        self.checked = checked
        self.func = module.func(
            self.function.name.text,
            list(signature.parameters),
            [self.result_type],
        )
        self.func.location = self.function.span
        self.entry = self.func.body.blocks[0]
        self.builder = Builder(self.entry)
        self.now: dict[Variable, Value] = {}
        self.depth = 0
        tensors = TensorBuilder(self.builder, signature.parameters, self.entry.args)
        self.sizes = tensors.entry
        self.value = ExpressionBuilder(
            self.builder, tensors, checked, signature.source, self.now.__getitem__, self.choose
        ).value

    def run(self) -> Operation:
        for parameter, argument in zip(self.function.parameters, self.entry.args):
            self.now[self.checked.variable_of(parameter.name)] = argument
        result = self.returning(self.function.body.statements)
        self.builder.ret([result])
        for operation in self.sizes.operations:
            operation.parent = self.entry
        self.entry.operations[:0] = self.sizes.operations
        return self.func

    # --- regions ------------------------------------------------------------------------------

    def inside(self, block: Block, fill: Callable[[], Sequence[Value]]) -> None:
        """Build in another block: what `fill` builds, then a yield of what it returns."""
        outer, location = self.builder.block, self.builder.location
        self.builder.block = block
        values = fill()
        self.builder.location = location
        self.builder.yield_(values)
        self.builder.block = outer

    def choose(self, operator: str, left: Value, right: Callable[[], Value]) -> Value:
        """`left and right()`, or `left or right()`, where `right` runs only if it matters."""
        op = self.builder.if_(left, [i1])
        then, otherwise = (region.blocks[0] for region in op.regions)
        evaluate, decide = (then, otherwise) if operator == "and" else (otherwise, then)
        self.inside(evaluate, lambda: [right()])
        self.inside(decide, lambda: [self.builder.constant(operator == "or", i1)])
        return op.result

    # --- statements that end in a return ------------------------------------------------------

    def returning(self, statements: Sequence[tree.Statement]) -> Value:
        """Build statements of which one returns on every path; what they return."""
        for position, statement in enumerate(statements):
            self.builder.location = statement.span
            if isinstance(statement, tree.Return):
                return self.value(statement.value)
            if isinstance(statement, tree.If) and first_return(statement) is not None:
                return self.returning_if(statement, statements[position + 1 :])
            self.statement(statement)
        raise AssertionError("the checker lets no path end without a return")

    def returning_if(self, statement: tree.If, rest: Sequence[tree.Statement]) -> Value:
        then, otherwise = statement.then.statements, _statements(statement.otherwise)
        if not returns(then) and not returns(otherwise):
            # Both branches would need a copy of the rest.
            self.refuse(first_return(statement), "one branch of its `if` must always return")
        if self.depth >= MAX_DEPTH:
            self.refuse(first_return(statement), "too many nest in each other")
        op = self.builder.if_(self.value(statement.condition), [self.result_type])
        before = dict(self.now)
        self.depth += 1
        for region, branch in zip(op.regions, (then, otherwise)):
            whole = branch if returns(branch) else (*branch, *rest)
            self.inside(region.blocks[0], lambda whole=whole: [self.returning(whole)])
            self.now.update(before)
        self.depth -= 1
        return op.result

    def refuse(self, where: tree.Return | None, why: str) -> None:
        assert where is not None
        raise Diagnostic(
            "this `return` has no structured form",
            where.span,
            self.checked.tree.source,
            [why, "the flat form can have it"],
        )

    # --- statements that go on ----------------------------------------------------------------

    def after(self, statements: Sequence[tree.Statement], variables: list[Variable]) -> list[Value]:
        """Build statements; the values that the variables have after them."""
        for statement in statements:
            self.builder.location = statement.span
            self.statement(statement)
        return self.take(variables)

    def statement(self, statement: tree.Statement) -> None:
        match statement:
            case tree.Let(name, value) | tree.Assign(name, value):
                self.now[self.checked.variable_of(name)] = self.value(value)
            case tree.If():
                self.if_(statement)
            case tree.While() | tree.For():
                found = first_return(statement)
                if found is not None:
                    self.refuse(found, "it leaves a loop")
                (self.while_ if isinstance(statement, tree.While) else self.for_)(statement)

    def carried(self, statement: tree.Statement) -> list[Variable]:
        """The variables from outside that a statement assigns, in order of declaration."""
        found = {
            self.checked.variable_of(nested.name)
            for nested in walk(statement)
            if isinstance(nested, tree.Assign)
        }
        # Of those declared inside, `now` knows nothing yet.
        outside = [variable for variable in found if variable in self.now]
        return sorted(outside, key=lambda variable: variable.span.start)

    def take(self, variables: list[Variable]) -> list[Value]:
        return [self.now[variable] for variable in variables]

    def give(self, variables: list[Variable], values: Sequence[Value]) -> None:
        self.now.update(zip(variables, values))

    def if_(self, statement: tree.If) -> None:
        condition = self.value(statement.condition)
        variables = self.carried(statement)
        before = self.take(variables)
        op = self.builder.if_(condition, [value.type for value in before])
        branches = (statement.then.statements, _statements(statement.otherwise))
        for region, branch in zip(op.regions, branches):
            self.inside(region.blocks[0], lambda branch=branch: self.after(branch, variables))
            self.give(variables, before)
        self.give(variables, op.results)

    def while_(self, statement: tree.While) -> None:
        variables = self.carried(statement)
        before = self.take(variables)
        op = self.builder.while_(before, [value.type for value in before])
        test, body = (region.blocks[0] for region in op.regions)
        outer, location = self.builder.block, self.builder.location
        self.builder.block = test
        self.give(variables, test.args)
        self.builder.condition(self.value(statement.condition), test.args)
        self.builder.block, self.builder.location = outer, location
        self.give(variables, body.args)
        self.inside(body, lambda: self.after(statement.body.statements, variables))
        self.give(variables, op.results)

    def for_(self, statement: tree.For) -> None:
        start, stop = self.value(statement.start), self.value(statement.stop)
        variables = self.carried(statement)
        step = self.builder.constant(1, i32)
        op = self.builder.for_(start, stop, step, self.take(variables))
        variable, *carried = op.regions[0].blocks[0].args
        self.now[self.checked.variable_of(statement.name)] = variable
        self.give(variables, carried)
        body = op.regions[0].blocks[0]
        self.inside(body, lambda: self.after(statement.body.statements, variables))
        self.give(variables, op.results)


# --- questions about statements ---------------------------------------------------------------


def _statements(otherwise: tree.Block | tree.If | None) -> tuple[tree.Statement, ...]:
    """The statements of an `else`, whether it is a block, an `else if` or not there."""
    if otherwise is None:
        return ()
    return (otherwise,) if isinstance(otherwise, tree.If) else otherwise.statements


def walk(statement: tree.Statement) -> Iterator[tree.Statement]:
    """This statement and all inside it, in the order of the text. No recursion."""
    stack: list[tree.Statement] = [statement]
    while stack:
        current = stack.pop()
        yield current
        match current:
            case tree.If(_, then, otherwise):
                stack += reversed((*then.statements, *_statements(otherwise)))
            case tree.While(_, body) | tree.For(_, _, _, body):
                stack += reversed(body.statements)


def first_return(statement: tree.Statement) -> tree.Return | None:
    """The first `return` in a statement, if it has one."""
    return next((s for s in walk(statement) if isinstance(s, tree.Return)), None)


def returns(statements: Sequence[tree.Statement]) -> bool:
    """Whether every path through these statements returns."""
    for statement in statements:
        match statement:
            case tree.Return():
                return True
            case tree.If(_, then, otherwise):
                if returns(then.statements) and returns(_statements(otherwise)):
                    return True
    return False
