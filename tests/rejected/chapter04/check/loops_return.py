# fails: tests
# says: A loop may not run at all
def check_program(module: tree.Module) -> Checked:
    """The types and variables of a program, which must be a correct one.

    Correct: names are declared before they are used and once in a scope; the types and
    shapes of operands, arguments and results fit; every path through a function returns.
    O(size of the tree).

    Raises:
        Diagnostic: the program is not correct. One run reports several errors, each once.
    """
    checked, errors = Checked(module), Errors(module.source)
    try:
        signatures = [declare(function, checked, errors) for function in module.functions]
        for signature in signatures:
            _function(signature, checked, errors)
        for signature in checked.each_instance():  # what the program needs of the library
            assert signature.source is not None
            _function(signature, checked, Errors(signature.source))
    except TooManyErrors:
        pass
    if errors.found:
        raise combined(errors.found)
    return checked


def _function(signature: Signature, checked: Checked, errors: Errors) -> None:
    """Check the body of a function."""
    function = signature.function
    resolve_names(function, checked, errors)
    for parameter, type_ in zip(function.parameters, signature.parameters):
        variable = checked.variable_of(parameter.name)
        variable.type = None if variable.again else type_
    body, context = function.body, Context(function, checked, errors)
    if not _block(body, signature, context):
        closing = Span(max(body.span.end - 1, body.span.start), body.span.end)
        message = f"`{function.name.text}` can reach its end without a `return`"
        errors.add(message, closing)


def _block(block: tree.Block, signature: Signature, context: Context) -> bool:
    """Check the statements of a block, those that a `return` leaves unreachable as well.

    This and what follows say whether a `return` always ends it.
    """
    returns = [_statement(statement, signature, context) for statement in block.statements]
    return any(returns)


def _statement(statement: tree.Statement, signature: Signature, context: Context) -> bool:
    match statement:
        case tree.Let(name, value):
            variable, type_ = context.checked.variable_of(name), infer(value, context)
            variable.type = None if variable.again else type_
        case tree.Assign():
            _assign(statement, context)
        case tree.Return(value):
            note = Note("the function says so here", signature.function.result.span)
            _expect(value, signature.result, "the result is", context, note)
            return True
        case tree.If(condition, then, otherwise):
            _condition(condition, "if", context)
            returns = _block(then, signature, context)
            if otherwise is None:
                return False
            if isinstance(otherwise, tree.If):
                return _statement(otherwise, signature, context) and returns
            return _block(otherwise, signature, context) and returns
        case tree.While(condition, body):
            _condition(condition, "while", context)
            return _block(body, signature, context)
        case tree.For(name, start, stop, body):
            for bound in (start, stop):
                _expect(bound, i32, "the bounds of a range are", context)
            context.checked.variable_of(name).type = i32
            _block(body, signature, context)
    return False


def _assign(statement: tree.Assign, context: Context) -> None:
    name = statement.name
    variable = context.checked.variables.get(id(name))
    if variable is None:  # the name means nothing
        infer(statement.value, context)
    elif variable.kind == "loop":
        infer(statement.value, context, variable.type)
        context.error(
            f"`{name.text}` counts a loop and cannot be assigned to",
            name,
            Note("the loop is here", variable.span),
            "a `while` loop can count as it likes",
        )
    else:
        variable.assigned = True
        note = Note(f"`{name.text}` is declared here", variable.span)
        _expect(statement.value, variable.type, f"`{name.text}` is", context, note)


def _condition(condition: tree.Expression, keyword: str, context: Context) -> None:
    found = infer(condition, context)
    if found is not None and found != i1:
        hint = "compare it with something: `x != 0`" if found in ELEMENTS.values() else None
        message = f"the condition of `{keyword}` must be a bool, found {spell(found)}"
        context.error(message, condition, hint)


def _expect(
    value: tree.Expression,
    expected: Type | None,
    what: str,
    context: Context,
    note: Note | None = None,
) -> None:
    """Find the type of a value, and report it if it is not the expected one."""
    found = infer(value, context, expected)
    if found is None or expected is None or agrees(found, expected):
        return
    hint = None
    if not shape_of(found) and not shape_of(expected) and i1 not in (found, expected):
        hint = None if is_literal(value) else f"convert it with `{spell(expected)}(...)`"
    context.error(f"{what} {spell(expected)}, found {spell(found)}", value, note, hint)
