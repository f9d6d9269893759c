"""The text of one instruction of LLVM IR: ir_text.py's other half."""

from __future__ import annotations

from collections.abc import Callable

from tern.workshop.llvm.ir_reader import (
    Instruction,
    Operand,
    Reader,
    Type,
    read_type,
    read_value,
    read_words,
)

BINARY = frozenset("add sub mul udiv sdiv urem srem shl lshr ashr and or xor".split())
CASTS = frozenset("trunc zext sext ptrtoint inttoptr bitcast".split())
CALL_KINDS = ("tail", "musttail", "notail")


def instruction(reader: Reader) -> Instruction:
    """The next instruction, with the rest of its line. IRTextError."""
    result = ""
    if reader.peek().kind == "name":
        result = reader.name("%")
        reader.need("=")
    token = reader.take()
    if token.text in CALL_KINDS:
        token = reader.take()
    read = READERS.get(token.text)
    if read is None:
        reader.fail("an operation that is not read here", token)
        raise AssertionError
    made = Instruction(token.text, token.line, result)
    read(reader, made)
    reader.skip_line()  # alignment and metadata
    return made


def _typed(reader: Reader) -> Operand:
    type = read_type(reader)
    read_words(reader)  # attributes of an argument
    return read_value(reader, type)


def _binary(reader: Reader, made: Instruction) -> None:
    made.flags = read_words(reader)
    left = _typed(reader)
    reader.need(",")
    made.type, made.operands = left.type, [left, read_value(reader, left.type)]


def _compare(reader: Reader, made: Instruction) -> None:
    words = read_words(reader)
    made.flags = words & {"samesign"}
    made.predicate = "".join(words - made.flags)
    left = _typed(reader)
    reader.need(",")
    made.type, made.operands = 1, [left, read_value(reader, left.type)]


def _select(reader: Reader, made: Instruction) -> None:
    read_words(reader)
    made.operands = [_typed(reader)]
    for _ in range(2):
        reader.need(",")
        made.operands.append(_typed(reader))
    made.type = made.operands[1].type


def _freeze(reader: Reader, made: Instruction) -> None:
    made.operands = [_typed(reader)]
    made.type = made.operands[0].type


def _cast(reader: Reader, made: Instruction) -> None:
    made.flags = read_words(reader)
    made.operands = [_typed(reader)]
    reader.need("to")
    made.type = read_type(reader)


def _phi(reader: Reader, made: Instruction) -> None:
    read_words(reader)
    made.type = read_type(reader)
    while True:
        reader.need("[")
        made.operands.append(read_value(reader, made.type))
        reader.need(",")
        made.labels.append(reader.name("%"))
        reader.need("]")
        if reader.peek().text != "," or reader.peek(1).text != "[":
            return
        reader.take()


def _branch(reader: Reader, made: Instruction) -> None:
    if reader.skip("label"):
        made.labels = [reader.name("%")]
        return
    made.operands = [_typed(reader)]
    for _ in range(2):
        reader.need(",")
        reader.need("label")
        made.labels.append(reader.name("%"))


def _switch(reader: Reader, made: Instruction) -> None:
    """Operands are the value and the cases; labels the default, and one for each case."""
    made.operands = [_typed(reader)]
    reader.need(",")
    reader.need("label")
    made.labels = [reader.name("%")]
    reader.need("[")
    reader.skip_newlines()
    while not reader.skip("]"):
        made.operands.append(_typed(reader))
        reader.need(",")
        reader.need("label")
        made.labels.append(reader.name("%"))
        reader.skip_newlines()


def _return(reader: Reader, made: Instruction) -> None:
    if not reader.skip("void"):
        made.operands = [_typed(reader)]


def _unreachable(reader: Reader, made: Instruction) -> None:
    pass


def _alloca(reader: Reader, made: Instruction) -> None:
    read_words(reader)
    made.type = read_type(reader)
    if reader.peek().text == "," and reader.peek(1).text.startswith("i"):
        reader.take()
        made.operands = [_typed(reader)]


def _load(reader: Reader, made: Instruction) -> None:
    made.flags = read_words(reader)
    made.type = read_type(reader)
    reader.need(",")
    made.operands = [_typed(reader)]


def _store(reader: Reader, made: Instruction) -> None:
    made.flags = read_words(reader)
    made.operands = [_typed(reader)]
    reader.need(",")
    made.operands.append(_typed(reader))


def _element(reader: Reader, made: Instruction) -> None:
    made.flags = read_words(reader)
    made.type = read_type(reader)
    while reader.peek().text == "," and reader.peek(1).kind != "metadata":
        reader.take()
        made.operands.append(_typed(reader))


def _call(reader: Reader, made: Instruction) -> None:
    made.flags = read_words(reader)
    made.type = read_type(reader)
    made.callee = reader.name("@")
    reader.need("(")
    while not reader.skip(")"):
        made.operands.append(_argument(reader))
        reader.skip(",")


def _argument(reader: Reader) -> Operand:
    type: Type = read_type(reader)
    read_words(reader)
    return read_value(reader, type)


READERS: dict[str, Callable[[Reader, Instruction], None]] = {
    **dict.fromkeys(BINARY, _binary),
    **dict.fromkeys(CASTS, _cast),
    "icmp": _compare,
    "select": _select,
    "freeze": _freeze,
    "phi": _phi,
    "br": _branch,
    "switch": _switch,
    "ret": _return,
    "unreachable": _unreachable,
    "alloca": _alloca,
    "load": _load,
    "store": _store,
    "getelementptr": _element,
    "call": _call,
}
