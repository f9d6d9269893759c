# fails: speed
# says: bar 3
# Right, but asks the left operand again: exponential in the depth.
def infer(
    expression: tree.Expression, context: Context, expected: Type | None = None
) -> Type | None:
    """The type of an expression, which is recorded with that of every expression in it.

    A literal takes the element type of `expected`, where it can have it. Nothing else does: the
    caller compares the result with what it expects. None means that an error in the expression has
    been reported; whoever gets it reports no other. After two sizes that don't fit, which is an
    error as well, the type has the size None there.

    O(nodes), recursion as deep as the tree, which the parser bounds.
    """
    return _infer(expression, context, expected)


def _literal(
    node: tree.Integer | tree.Float, context: Context, expected: Type | None, negative: bool = False
) -> ScalarType:
    """The type of a literal: the expected one where it can have it, else i32 or f32."""
    whole = isinstance(node, tree.Integer)
    element: ScalarType = i32 if whole else f32
    if expected is not None:
        other = element_of(expected)
        if is_float(other) or (whole and is_integer(other)):
            element = other
    if not fits(-node.value if negative else node.value, element):
        sign = "-" if negative else ""
        context.error(f"`{sign}{node.value}` does not fit in {spell(element)}", node)
    context.record(node, element)
    return element


def _unary(node: tree.Unary, context: Context) -> Type | None:
    type_ = _infer(node.operand, context)
    if type_ is not None and (element_of(type_) == i1) != (node.operator == "not"):
        wants = "a bool" if node.operator == "not" else "a number"
        context.error(f"`{node.operator}` needs {wants}, found {spell(type_)}", node)
        return None
    return type_


def _binary(node: tree.Binary, context: Context) -> Type | None:
    left, right = context.operands(node.left, node.right, _infer)
    if isinstance(node.left, tree.Binary) and not context.errors.found:
        left = _infer(node.left, context)
    if left is None or right is None:
        return None
    operator = node.operator
    if operator == "@":
        return _product(node, context, left, right)
    element = element_of(left)
    if element != element_of(right):
        context.different_elements(f"`{operator}`", node, left, right)
        return None
    if operator in ("and", "or"):
        good, wants = element == i1, "bools"
    else:
        good, wants = element != i1 or operator in ("==", "!="), "numbers"
    if not good:
        context.error(f"`{operator}` needs {wants}, found {spell(left)}", node)
        return None
    if operator in "/%" and is_integer(element) and node.right == tree.Integer(0):
        context.error("division by zero", node.right)
    shape = context.common_shape(f"`{operator}`", node, left, right)
    return shaped(shape, i1 if operator in COMPARISONS else element)


def _product(node: tree.Binary, context: Context, left: Type, right: Type) -> Type | None:
    if min(len(shape_of(left)), len(shape_of(right))) < 2:
        context.error(f"`@` needs two matrices, found {spell(left)} and {spell(right)}", node)
        return None
    element = element_of(left)
    if element != element_of(right):
        context.different_elements("`@`", node, left, right)
        return None
    if element == i1:
        context.error(f"`@` needs numbers, found {spell(left)}", node)
        return None
    if element in (i8, u8):
        hint = "add up in a wider type: `matmul(a, b, dtype=i32)`"
        context.error(f"`@` of {spell(element)} would not fit", node, hint)
        return None
    try:
        return TensorType(product_shape(left, right), element)
    except Wrong as wrong:
        sizes = shape_of(left)[-1], shape_of(right)[-2]
        context.error(f"`@` {wrong}", node, *map(context.origin, sizes), *wrong.notes)
        return TensorType((*shape_of(left)[:-1], shape_of(right)[-1]), element)


def _infer(
    expression: tree.Expression, context: Context, expected: Type | None = None
) -> Type | None:
    match expression:
        case tree.Name():
            type_ = context.lookup(expression)
        case tree.Boolean():
            type_ = i1
        case tree.Integer() | tree.Float():
            type_ = _literal(expression, context, expected)
        case tree.Unary("-", (tree.Integer() | tree.Float()) as operand):
            type_ = _literal(operand, context, expected, negative=True)
        case tree.Unary():
            type_ = _unary(expression, context)
        case tree.Binary():
            type_ = _binary(expression, context)
        case tree.Call():
            type_ = context.call(expression, _infer)
        case tree.Subscript():
            type_ = context.subscript(expression, _infer)
        case tree.List():
            context.error("a list can only be an argument of a built-in function", expression)
            type_ = None
    if type_ is not None:
        context.record(expression, type_)
    return type_
