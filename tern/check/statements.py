"""Checking functions and statements, and with them a whole program."""

from __future__ import annotations

from tern.check.builtins import BUILTINS
from tern.check.expressions import ExpressionChecker, is_literal
from tern.check.facts import Checked, Errors, Signature, did_you_mean
from tern.check.scopes import Scopes
from tern.check.surface import ELEMENTS, shape_of, shaped, spell
from tern.parts import part
from tern.text import tree
from tern.text.diagnostics import Note, Span, TooManyErrors, combined
from tern.types import Type, i1, i32

LARGEST_SIZE = 2**63 - 1


@part("check.check")
def check(module: tree.Module) -> Checked:
    """The types and variables of a program, which must be a correct one.

    Correct: names are declared before they are used and once in a scope; the types and
    shapes of operands, arguments and results fit; every path through a function returns.
    O(size of the tree).

    Raises:
        Diagnostic: the program is not correct. One run reports several errors.
    """
    checked = Checked(module)
    errors = Errors(module.source)
    try:
        for function in module.functions:
            _declare(function, checked, errors)
        for function in module.functions:
            FunctionChecker(function, checked, errors).run()
        check_instances(checked)
    except TooManyErrors:
        pass
    if errors.found:
        raise combined(errors.found)
    return checked


def check_instances(checked: Checked) -> None:
    """Find the types in what the program needs of the library, and what that needs in its turn."""
    done = 0
    while done < len(checked.instances):  # which becomes longer
        signature = checked.instances[done]
        assert signature.source is not None
        errors = Errors(signature.source)
        FunctionChecker(signature.function, checked, errors).run()
        assert not errors.found, combined(errors.found)
        done += 1


# --- signatures -------------------------------------------------------------------------------


def _declare(function: tree.Function, checked: Checked, errors: Errors) -> None:
    name = function.name.text
    if name in BUILTINS:
        errors.add(f"`{name}` is built in", function.name.span, "choose another name")
    first = checked.signatures.get(name)
    if first is not None:
        note = Note("the first time is here", first.function.name.span)
        errors.add(f"function `{name}` is declared twice", function.name.span, note)
        return
    parameters = tuple(_resolve(p.type, errors) for p in function.parameters)
    result = _resolve(function.result, errors)
    known = {size for type_ in parameters if type_ for size in shape_of(type_)}
    for size in function.result.shape if None not in parameters else ():
        if isinstance(size.value, str) and size.value not in known:
            errors.add(
                f"the size `{size.value}` of the result is in no parameter",
                size.span,
                did_you_mean(size.value, [k for k in known if isinstance(k, str)]),
            )
            result = None
    checked.signatures[name] = Signature(function, parameters, result, errors.source)


def _resolve(name: tree.TypeName, errors: Errors) -> Type | None:
    """The type that a program's spelling means; None after reporting that it means none."""
    element = ELEMENTS.get(name.element)
    if element is None:
        span = Span(name.span.start, name.span.start + len(name.element))
        note = did_you_mean(name.element, ELEMENTS) or f"the types are {', '.join(ELEMENTS)}"
        errors.add(f"unknown type `{name.element}`", span, note)
        return None
    for size in name.shape:
        if isinstance(size.value, int) and size.value > LARGEST_SIZE:
            errors.add(f"the size `{size.value}` is too large", size.span)
            return None
    return shaped(tuple(size.value for size in name.shape), element)


# --- function bodies --------------------------------------------------------------------------


class FunctionChecker:
    """Checks one function. Each statement's method says whether it always returns."""

    def __init__(self, function: tree.Function, checked: Checked, errors: Errors) -> None:
        self.function = function
        self.checked = checked
        self.errors = errors
        self.scopes = Scopes(checked, errors)
        self.expressions = ExpressionChecker(checked, self.scopes, errors)
        # Of a function declared twice, the second body is checked against its own types.
        signature = checked.signatures.get(function.name.text)
        if signature is None or signature.function is not function:
            silent = Errors(errors.source)
            parameters = tuple(_resolve(p.type, silent) for p in function.parameters)
            signature = Signature(function, parameters, _resolve(function.result, silent))
        self.signature = signature

    def run(self) -> None:
        for parameter, type_ in zip(self.function.parameters, self.signature.parameters):
            self.scopes.declare(parameter.name, type_, "parameter")
        # The parameters and the body are one scope: a `let` cannot hide a parameter.
        body = self.function.body
        if not self.statements(body):
            name = self.function.name.text
            closing = Span(max(body.span.end - 1, body.span.start), body.span.end)
            message = f"`{name}` can reach its end without a `return`"
            self.errors.add(message, closing)

    def block(self, block: tree.Block) -> bool:
        self.scopes.enter()
        returns = self.statements(block)
        self.scopes.leave()
        return returns

    def statements(self, block: tree.Block) -> bool:
        # Every statement is checked, also one that a `return` leaves unreachable.
        returns = [self.statement(statement) for statement in block.statements]
        return any(returns)

    def statement(self, statement: tree.Statement) -> bool:
        match statement:
            case tree.Let(name, value):
                # The value comes first: in `let x = x + 1;` it reads an outer `x`.
                self.scopes.declare(name, self.expressions.check(value), "let")
            case tree.Assign():
                self.assign(statement)
            case tree.Return(value):
                expected = self.signature.result
                found = self.expressions.check(value, expected)
                note = Note("the function says so here", self.function.result.span)
                self.compare(value, found, expected, "the result is", note)
                return True
            case tree.If(condition, then, otherwise):
                self.condition(condition, "if")
                returns = self.block(then)
                if otherwise is None:
                    return False
                nested = isinstance(otherwise, tree.If)
                return (self.statement if nested else self.block)(otherwise) and returns
            case tree.While(condition, body):
                self.condition(condition, "while")
                self.block(body)
            case tree.For():
                self.for_loop(statement)
        return False

    def assign(self, statement: tree.Assign) -> None:
        variable = self.scopes.find(statement.name)
        expected = variable.type if variable is not None else None
        found = self.expressions.check(statement.value, expected)
        if variable is None:
            return
        name = statement.name
        if variable.kind == "loop":
            self.errors.add(
                f"`{name.text}` counts a loop and cannot be assigned to",
                name.span,
                Note("the loop is here", variable.span),
                "a `while` loop can count as it likes",
            )
            return
        variable.assigned = True
        note = Note(f"`{name.text}` is declared here", variable.span)
        self.compare(statement.value, found, expected, f"`{name.text}` is", note)

    def for_loop(self, statement: tree.For) -> None:
        for bound in (statement.start, statement.stop):
            found = self.expressions.check(bound, i32)
            self.compare(bound, found, i32, "the bounds of a range are")
        self.scopes.enter()
        self.scopes.declare(statement.name, i32, "loop")
        self.block(statement.body)
        self.scopes.leave()

    def condition(self, condition: tree.Expression, keyword: str) -> None:
        found = self.expressions.check(condition)
        if found is None or found == i1:
            return
        hint = None
        if found in ELEMENTS.values():
            hint = "compare it with something: `x != 0`"
        self.errors.add(
            f"the condition of `{keyword}` must be a bool, found {spell(found)}",
            condition.span,
            hint,
        )

    def compare(
        self,
        value: tree.Expression,
        found: Type | None,
        expected: Type | None,
        what: str,
        note: Note | None = None,
    ) -> None:
        """Report a value whose type is not the expected one."""
        if found is None or expected is None or found == expected:
            return
        hint = None
        if shape_of(found) == shape_of(expected) and expected != i1 != found:
            if not shape_of(found) and not is_literal(value):
                hint = f"convert it with `{spell(expected)}(...)`"
        message = f"{what} {spell(expected)}, found {spell(found)}"
        self.errors.add(message, value.span, note, hint)
