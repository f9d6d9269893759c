"""Reading tokens: what every rule of the IR's grammar starts from."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, NoReturn

from tern.ir.core import Operation
from tern.numbers import parse_number
from tern.text.diagnostics import Diagnostic, Source
from tern.types import FunctionType, TensorType, Type, VectorType, f64, i32, parse_type

# Comments and spaces, then one token. Whatever else there is becomes a token of one
# character, which no rule of the grammar takes.
_TOKEN = re.compile(
    r"""
    (?:\s++|//[^\n]*+)*+
    ( (?:tensor|memref|vector)<(?:[^<>\n]|<[^<>\n]*+>)*+>
    | [%^@][A-Za-z_$](?:[\w$.]|-(?!>))*+(?:\#\d++)?
    | [A-Za-z_][\w$.]*+
    | [%^@]\d++(?:\#\d++)?
    | 0x[0-9A-Fa-f]++
    | -?\d++(?:\.\d*+(?:[eE][-+]?\d++)?)?
    | "(?:[^"\\\n]|\\.)*+"
    | ->
    | [^\s]
    )
    """,
    re.VERBOSE | re.ASCII,
)

_MAX_NESTING = 100  # of regions, lists and types; a level takes a few of Python's own frames


class Reader:
    """The tokens of a text, and which of them comes next."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.tokens: list[str] = _TOKEN.findall(source.text)
        self.tokens.append("")  # the end
        self.at = 0
        self._depth = 0
        self._types: dict[str, Type] = {}

    def peek(self) -> str:
        return self.tokens[self.at]

    def next(self) -> str:
        token = self.tokens[self.at]
        if not token:
            self.fail("the text ends too early")
        self.at += 1
        return token

    def accept(self, token: str) -> bool:
        if self.tokens[self.at] == token:
            self.at += 1
            return True
        return False

    def expect(self, token: str) -> None:
        if self.tokens[self.at] != token:
            self.fail(f"expected {token!r}")
        self.at += 1

    def fail(self, message: str, at: int | None = None) -> NoReturn:
        """Raise a Diagnostic at token number `at`, by default the next one."""
        at = self.at if at is None else at
        start = end = len(self.source.text)
        # Positions are needed only here, so the text is scanned for them only now.
        for number, match in enumerate(_TOKEN.finditer(self.source.text)):
            if number == at:
                start, end = match.span(1)
                break
        raise Diagnostic(message, (start, end), self.source)

    def offsets(self) -> list[int]:
        """Where in the text each token begins. O(n)."""
        return [match.start(1) for match in _TOKEN.finditer(self.source.text)]

    # types and numbers --------------------------------------------------------------------

    def type(self) -> Type:
        token = self.tokens[self.at]
        if token == "(":
            return self.function_type()
        type = self._types.get(token)
        if type is None:
            try:
                type = self._types[token] = parse_type(token)
            except ValueError as error:
                shaped = token[:6] in ("tensor", "memref", "vector")
                self.fail(str(error) if shaped else "expected a type")
        self.at += 1
        return type

    def function_type(self) -> FunctionType:
        self.expect("(")
        inputs = self._types_until_close()
        self.expect("->")
        return FunctionType(tuple(inputs), tuple(self.result_types()))

    def result_types(self) -> list[Type]:
        """One type, or several in parentheses."""
        return self._types_until_close() if self.accept("(") else [self.type()]

    def _types_until_close(self) -> list[Type]:
        self.enter()
        types: list[Type] = []
        while not self.accept(")"):
            if types:
                self.expect(",")
            types.append(self.type())
        self.leave()
        return types

    def enter(self) -> None:
        """Go one level deeper; Diagnostic where that is one too many."""
        self._depth += 1
        if self._depth > _MAX_NESTING:
            self.fail("nested too deeply")

    def leave(self) -> None:
        self._depth -= 1

    def number(self, text: str, type: Type, at: int) -> int | float | bool:
        try:
            return parse_number(text, type)
        except ValueError as error:
            self.fail(f"not a constant of type {type}: {error}", at)

    def integer(self) -> int:
        return int(self.number(self.next(), i32, self.at - 1))

    def int_lists(self) -> tuple[Any, ...]:
        """`[1, 0]` or `[[0, 1], [2]]` as tuples."""
        return self._list(lambda: self.int_lists() if self.peek() == "[" else self.integer())

    def _list(self, item: Callable[[], Any]) -> tuple[Any, ...]:
        self.expect("[")
        self.enter()
        items: list[Any] = []
        while not self.accept("]"):
            if items:
                self.expect(",")
            items.append(item())
        self.leave()
        return tuple(items)

    def dense_constant(self, name: str) -> Operation:
        """`<1.0> : tensor<4xf32>`, `<[1, 2]> : tensor<2xi32>`, or, as MLIR prints many numbers,
        `<"0x0000803F…"> : tensor<…>`: their bytes."""
        self.expect("<")

        def item() -> Any:  # the type comes last, so numbers wait as token numbers
            if self.peek() == "[":
                return self._list(item)
            self.next()
            return self.at - 1

        tokens = () if self.peek() == ">" else item()
        self.expect(">")
        self.expect(":")
        start = self.at
        type = self.type()
        if not isinstance(type, (TensorType, VectorType)):
            self.fail(f"a dense constant has a tensor type, not {type}", start)

        if isinstance(tokens, int) and self.tokens[tokens][:1] == '"':
            return Operation(name, (), (type,), {"value": self._of_bytes(tokens, type)})

        def convert(found: Any) -> Any:
            if isinstance(found, tuple):
                return tuple(convert(inner) for inner in found)
            return self.number(self.tokens[found], type.element, found)

        return Operation(name, (), (type,), {"value": convert(tokens)})

    def _of_bytes(self, at: int, type: Any) -> Any:
        """Numbers of which the token `at` has the bytes, little-endian: as `value_of` has them."""
        from tern.ir.arrays import numbers_of_bytes  # NumPy, which most texts do without

        try:
            return numbers_of_bytes(bytes.fromhex(self.tokens[at][3:-1]), type)
        except ValueError:
            self.fail(f"these are not the bytes of a {type}", at)

    def symbol(self) -> str:
        token = self.next()
        if token[0] != "@" or len(token) == 1:
            self.fail("expected a symbol, such as @main", self.at - 1)
        return token[1:]

    def attribute(self) -> Any:
        token = self.peek()
        if token == "[":
            return self._list(self.attribute)
        if token == "(" or not re.match(r'"|-?\d|true$|false$', token):
            return self.type()
        self.at += 1
        try:
            if token in ("true", "false"):
                return token == "true"
            if token[0] == '"':
                return json.loads(token)
            if "." in token or token.startswith("0x"):
                return parse_number(token, f64)
            return int(token)
        except ValueError as error:
            self.fail(f"not an attribute: {error}", self.at - 1)
