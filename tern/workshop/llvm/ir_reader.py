"""What LLVM IR's text is made of: tokens, types, values, and the objects that they become.

Source: the LLVM Language Reference Manual, https://llvm.org/docs/LangRef.html.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tern.errors import TernError

MAX_BYTES = 1 << 23
MAX_WIDTH = 4096


class IRTextError(TernError, ValueError):
    """A text that is no LLVM IR of this kind: the line, and why."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(f"line {line}: {why}")
        self.line, self.why = line, why


@dataclass(frozen=True)
class Array:
    """[count x element]"""

    count: int
    element: Type


Type = int | str | Array
"""An integer's width in bits, "ptr", "void", or an array."""


@dataclass(frozen=True)
class Operand:
    """A use of a value: `%name` (kind "local"), `@name` ("global"), or a constant.

    `value` is the name, the constant as a non-negative int, or "undef" or "poison".
    """

    kind: str
    type: Type
    value: str | int


@dataclass
class Instruction:
    """One instruction. What an opcode hasn't is empty."""

    opcode: str
    line: int
    result: str = ""
    type: Type = "void"
    """Of the result; of an alloca and a getelementptr what is allocated, and stepped over."""
    operands: list[Operand] = field(default_factory=list)
    flags: frozenset[str] = frozenset()
    predicate: str = ""
    labels: list[str] = field(default_factory=list)
    """Where a terminator goes, and where a phi's operands come from."""
    callee: str = ""


@dataclass
class Parameter:
    name: str
    type: Type
    attributes: frozenset[str]


@dataclass
class Function:
    """A function with a body: blocks in order, by name, the entry first."""

    name: str
    result: Type
    result_attributes: frozenset[str]
    parameters: list[Parameter]
    blocks: dict[str, list[Instruction]]

    def instructions(self) -> list[Instruction]:
        return [each for block in self.blocks.values() for each in block]


def element_size(type: Type) -> int:
    """How many bytes a value takes in an array, as on x86-64: 4 for i32, 4 for i24 too."""
    if isinstance(type, Array):
        return type.count * element_size(type.element)
    size = 8 if type == "ptr" else (int(type) + 7) // 8
    return 1 << (size - 1).bit_length() if size <= 8 else (size + 7) // 8 * 8


# ---- tokens -------------------------------------------------------------------------------------

TOKEN = re.compile(
    r"(?P<space>[ \t\r]+|;[^\n]*)|(?P<newline>\n)"
    r'|(?P<label>^(?:[\w.$-]+|"[^"\n]*"):(?!:))'
    r'|(?P<name>[%@](?:[\w.$-]+|"[^"\n]*"))|(?P<metadata>!(?:[\w.]+|(?=\{)|"[^"\n]*")|\#\d+)'
    r'|(?P<string>c?"[^"\n]*")|(?P<number>-?\d+(?![\w.]))|(?P<word>[\w.$]+)|(?P<other>.)',
    re.M,
)


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    line: int


class Reader:
    def __init__(self, text: str) -> None:
        self.tokens: list[Token] = []
        self.at = 0
        line = 1
        for found in TOKEN.finditer(text):
            kind = found.lastgroup or ""
            if kind != "space":
                self.tokens.append(Token(kind, found[0], line))
            line += kind == "newline"
        self.tokens.append(Token("end", "", line))

    def skip_to_definition(self) -> bool:
        """To behind the next `define` that begins a line; False if there is none."""
        while (token := self.tokens[self.at]).kind != "end":
            first = self.at == 0 or self.tokens[self.at - 1].kind == "newline"
            self.at += 1
            if first and token.text == "define":
                return True
        return False

    def peek(self, ahead: int = 0) -> Token:
        """The next token of this line."""
        return self.tokens[min(self.at + ahead, len(self.tokens) - 1)]

    def take(self) -> Token:
        token = self.peek()
        self.at += token.kind != "end"
        return token

    def skip(self, text: str) -> bool:
        """Take the next token if it is this one."""
        if self.peek().text == text:
            self.at += 1
            return True
        return False

    def need(self, text: str) -> None:
        if not self.skip(text):
            self.fail(f"expected '{text}'")

    def skip_newlines(self) -> None:
        while self.peek().kind == "newline":
            self.at += 1

    def skip_line(self) -> None:
        while self.peek().kind not in ("newline", "end"):
            self.at += 1

    def skip_parentheses(self) -> None:
        """Over a balanced (…), if one is next."""
        if self.peek().text != "(":
            return
        depth = 0
        while (token := self.take()).kind != "end":
            depth += (token.text == "(") - (token.text == ")")
            if not depth:
                return

    def name(self, sigil: str) -> str:
        token = self.take()
        if token.kind != "name" or token.text[0] != sigil:
            self.fail(f"expected a name that begins with {sigil}", token)
        return token.text[1:].strip('"')

    def fail(self, why: str, token: Token | None = None) -> None:
        token = token or self.peek()
        raise IRTextError(token.line, f"{why}, got {token.text[:40]!r}")


# ---- types, values ------------------------------------------------------------------------------


def read_type(reader: Reader) -> Type:
    token = reader.take()
    if found := re.fullmatch(r"i(\d+)", token.text):
        if not 0 < int(found[1][:6]) <= MAX_WIDTH:
            reader.fail(f"expected a width up to {MAX_WIDTH}", token)
        return int(found[1])
    if token.text in ("ptr", "void"):
        return token.text
    if token.text == "[":
        count = reader.take()
        if count.kind != "number" or reader.take().text != "x":
            reader.fail("expected [count x type]", count)
        element = read_type(reader)
        reader.need("]")
        return Array(int(count.text), element)
    reader.fail("expected the type of an integer, a pointer, or an array", token)
    raise AssertionError


def read_value(reader: Reader, type: Type) -> Operand:
    token = reader.take()
    text = token.text
    if token.kind == "name":
        kind = "local" if text[0] == "%" else "global"
        return Operand(kind, type, text[1:].strip('"'))
    if text in ("undef", "poison"):
        return Operand("constant", type, text)
    if text in ("true", "false") and type == 1:
        return Operand("constant", 1, int(text == "true"))
    if text == "null" and type == "ptr":
        return Operand("constant", "ptr", 0)
    if token.kind == "number" and isinstance(type, int):
        return Operand("constant", type, int(text) % (1 << type))
    reader.fail("expected a value", token)
    raise AssertionError


def read_words(reader: Reader) -> frozenset[str]:
    """Attributes or flags: words, perhaps with something in parentheses, and numbers of groups."""
    found = set()
    while (token := reader.peek()).kind in ("word", "metadata", "string"):
        if re.fullmatch(r"i\d+|ptr|void|x|null|undef|poison|true|false", token.text):
            break
        found.add(reader.take().text)
        reader.skip_parentheses()
        if reader.peek().kind == "number" and token.text == "align":
            reader.take()
    return frozenset(found)
