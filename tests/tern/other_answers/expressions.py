"""Expressions by one loop and a stack of what is unfinished: nothing recurses."""

from tern.text import Cursor
from tern.text.expressions import BINDING_POWER, COMPARISON, MINUS, NOT
from tern.text.literals import parse_leaf, parse_name
from tern.text.tree import Binary, Call, Expression, Keyword, Name, Unary


class _Pending:
    """What waits on the stack for the operand that is being read."""

    def __init__(self, what, start, power=0, **more):
        self.what, self.start, self.power = what, start, power
        self.__dict__.update(more)


def parse_expression(cursor: Cursor) -> Expression:
    """The expression at the cursor, by a stack of what is unfinished: nothing here recurses."""
    stack: list[_Pending] = []

    def begin_argument(call):
        """A level more, and the name of the argument, if it has one."""
        call.keyword = None
        if cursor.token.kind == "name" and cursor.following().kind == "=":
            call.keyword = parse_name(cursor, "")
            cursor.advance()
        elif call.keywords:
            raise cursor.error("an argument without a name can't follow one with a name")
        cursor.enter()

    def fold(power, left, start, height):
        """Finish the operators on top of the stack that bind at least as tightly as `power`."""
        while stack and stack[-1].power >= power and stack[-1].power:
            top = stack.pop()
            cursor.depth -= 1
            span = cursor.span_from(top.start)
            if top.what == "unary":
                left, height = Unary(top.operator, left, span=span), height + 1
            else:
                left = Binary(top.operator, top.left, left, span=span)
                height = 1 + max(height, top.height)
                cursor.check_depth(height)
                if power == COMPARISON == top.power:
                    raise cursor.error("comparisons don't chain")
            start = top.start
        return left, start, height

    cursor.enter()
    while True:
        # An operand is expected.
        token = cursor.token
        start = token.span.start
        if token.kind in ("-", "not"):
            power = MINUS if token.kind == "-" else NOT
            top = stack[-1] if stack else None
            lowest = 0 if top is None else top.power + (top.what == "binary")
            if power < lowest:
                raise cursor.expected("an operand; `not` needs parentheses here")
            cursor.advance()
            cursor.enter()
            stack.append(_Pending("unary", start, power, operator=token.kind))
            continue
        if token.kind == "(":
            cursor.advance()
            cursor.enter()
            stack.append(_Pending("parentheses", start))
            continue
        node = parse_leaf(cursor)
        if node is None:
            raise cursor.expected("an expression")
        height = cursor.height
        if type(node) is Name and cursor.token.kind == "(":
            cursor.enter()
            cursor.advance()
            call = _Pending("call", start, name=node, plain=[], keywords=[], height=0)
            if cursor.token.kind != ")":
                begin_argument(call)
                stack.append(call)
                continue
            cursor.advance()
            cursor.depth -= 1
            node, height = Call(node, (), (), span=cursor.span_from(start)), 2
        # An operand is complete.
        while True:
            kind = cursor.token.kind
            power = BINDING_POWER.get(kind)
            if power is not None:
                node, start, height = fold(power, node, start, height)
                cursor.advance()
                cursor.enter()
                stack.append(
                    _Pending("binary", start, power, operator=kind, left=node, height=height)
                )
                break
            node, start, height = fold(1, node, start, height)
            if not stack:
                cursor.depth -= 1
                cursor.height = height
                return node
            top = stack[-1]
            if top.what == "parentheses":
                cursor.expect(")", "to close the parenthesis")
                cursor.depth -= 1
                stack.pop()
                start = top.start
                continue
            cursor.depth -= 1
            top.height = max(top.height, height)
            if top.keyword is None:
                top.plain.append(node)
            else:
                span = cursor.span_from(top.keyword.span.start)
                top.keywords.append(Keyword(top.keyword, node, span=span))
            if cursor.accept(",") and cursor.token.kind != ")":
                begin_argument(top)
                break
            cursor.expect(")", "to close the call")
            cursor.depth -= 1
            stack.pop()
            start, height = top.start, top.height + 2
            node = Call(
                top.name, tuple(top.plain), tuple(top.keywords), span=cursor.span_from(start)
            )
