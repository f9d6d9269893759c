"""LLVM IR's text, read into plain objects: integers, pointers, and control flow.

What LLVM 14 to 22 print is read, if pointers are `ptr`. Floats, vectors, and structures are not:
IRTextError says so, with the line. Nothing is verified but what a reader of text has to know.

Source: the LLVM Language Reference Manual, https://llvm.org/docs/LangRef.html.
"""

from __future__ import annotations

from tern.workshop.llvm.ir_instructions import instruction
from tern.workshop.llvm.ir_reader import (
    MAX_BYTES,
    Array,
    Function,
    Instruction,
    IRTextError,
    Operand,
    Parameter,
    Reader,
    Type,
    element_size,
    read_type,
    read_words,
)

__all__ = [
    "Array",
    "Function",
    "IRTextError",
    "Instruction",
    "Operand",
    "Parameter",
    "Type",
    "element_size",
    "parse_functions",
]


def parse_functions(text: str) -> dict[str, Function]:
    """The functions that a module defines, by name. IRTextError.

    What stands between them (declarations, attributes, metadata) is passed over.
    """
    if len(text) > MAX_BYTES:
        raise IRTextError(1, f"a text of more than {MAX_BYTES:,} characters")
    reader, found = Reader(text), {}
    while reader.skip_to_definition():
        function = _function(reader)
        found[function.name] = function
    return found


def _function(reader: Reader) -> Function:
    attributes = read_words(reader)  # linkage and the like
    result = read_type(reader)
    name = reader.name("@")
    parameters = _parameters(reader)
    while reader.peek().text != "{":
        if reader.take().kind == "end":
            reader.fail("expected the function's body")
    reader.need("{")
    function = Function(name, result, attributes, parameters, {})
    numbered = sum(each.name.isdecimal() for each in parameters)
    block: list[Instruction] | None = None
    reader.skip_newlines()
    while not reader.skip("}"):
        if reader.peek().kind == "label":
            label = reader.take().text[:-1].strip('"')
            if label in function.blocks:
                reader.fail(f"the label {label} is there twice")
            block = function.blocks[label] = []
        elif block is None:
            block = function.blocks[str(numbered)] = []
            block.append(instruction(reader))
        elif reader.peek().text == "#":  # a record of the debugger's
            reader.skip_line()
        else:
            block.append(instruction(reader))
        reader.skip_newlines()
    if not function.blocks:
        reader.fail(f"@{name} has no blocks")
    return function


def _parameters(reader: Reader) -> list[Parameter]:
    reader.need("(")
    found: list[Parameter] = []
    while not reader.skip(")"):
        if reader.peek().text == ".":
            reader.fail("expected a parameter")
        type = read_type(reader)
        attributes = read_words(reader)
        named = reader.peek().kind == "name"
        found.append(Parameter(reader.name("%") if named else str(len(found)), type, attributes))
        if not reader.skip(",") and reader.peek().text != ")":
            reader.fail("expected , or )")
    return found
