"""HLO text to `Module`: what `lowered.as_text("hlo")` and `compiled.as_text()` print, and dumps."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tern.errors import TernError
from tern.workshop.xla.hlo import BYTES, Computation, Instruction, Module, Shape

NAMES = "a name is a letter or _, then letters, digits, _, ., and -, all of them ASCII"
_NAME = r"[A-Za-z_][\w.\-]*"  # with re.ASCII, as XLA has it
_NAMED = rf"%?({_NAME})"
# No pattern tries a line's characters more than a few times each, whatever the line is.
_HEADER = re.compile(r"HloModule\s+" + _NAMED, re.ASCII)
_COMPUTATION = re.compile(r"(ENTRY\s+)?" + _NAMED + r"\s*(\{|\(.*\{)$", re.ASCII)
_INSTRUCTION = re.compile(r"(ROOT\s+)?" + _NAMED + r"\s+=\s+(.*)$", re.ASCII)
_ARRAY = re.compile(r"([a-z]\w*)\[([\d,\s]*)\](\{[^}]*\})?", re.ASCII)
_IS_NAME = re.compile(_NAME, re.ASCII).fullmatch
_IS_LAYOUT = re.compile(r"\{[\d,]*(:[\w(),*]*)?\}", re.ASCII).fullmatch
_OPCODE = re.compile(r"\s*([a-z][\w\-]*)\(", re.ASCII)
_OPENING, _CLOSING = "([{", ")]}"
# What a compiler notes for people and for its own back end: it changes no meaning.
DROPPED = ("metadata", "backend_config", "frontend_attributes", "origin")
PLAIN_TEXT = ("constant", "parameter")  # their parentheses hold no operands


class HloError(TernError, ValueError):
    """A text is not HLO, or has what the book does not read. The message says on which line."""


def is_name(text: str) -> bool:
    """Whether an instruction, a computation, or a module may be called so."""
    return _IS_NAME(text) is not None


def is_layout(text: str) -> bool:
    """Whether a shape may have this layout: {0,1}, or with tiles, {1,0:T(8,128)}."""
    return _IS_LAYOUT(text) is not None


def read_module(text: str) -> Module:
    """The module that a text of HLO is, without its layouts and metadata.

    Reads instructions with or without `%` and with or without their operands' shapes. HloError with
    the line: what cannot be read, a name that nothing defines, or that two define. Time is linear
    in the text.
    """
    header = _HEADER.search(text)
    if header is None:
        raise HloError("line 1: expected HloModule and a name")
    computations: dict[str, Computation] = {}
    entry, open_one, root = "", None, ""
    for number, line in enumerate(text.splitlines(), 1):
        line = _without_comments(line).strip()
        try:
            if open_one is None:
                found = _COMPUTATION.match(line)
                if found and (found[3] == "{" or "->" in found[3]):
                    open_one, root = Computation(found[2], {}, ""), ""
                    entry = found[2] if found[1] else entry
            elif line == "}":
                _close(open_one, root)
                computations[open_one.name] = open_one
                open_one = None
            elif line:
                instruction, is_root = read_instruction(line)
                _add(open_one, instruction)
                root = instruction.name if is_root else root
        except ValueError as error:  # HloError, or a number that is none
            raise HloError(f"line {number}: {error}") from None
    if open_one is not None:
        raise HloError(f"the text ends inside of {open_one.name}")
    if not entry:
        raise HloError("the text has no ENTRY computation")
    return Module(header[1], computations, entry)


def _without_comments(line: str) -> str:
    """A line without /*index=5*/ and the like. Linear."""
    parts, at = [], 0
    while (begin := line.find("/*", at)) >= 0 and (end := line.find("*/", begin + 2)) >= 0:
        parts.append(line[at:begin])
        at = end + 2
    return "".join(parts) + line[at:]


def _add(computation: Computation, instruction: Instruction) -> None:
    if instruction.name in computation.instructions:
        raise HloError(f"{instruction.name} is defined twice")
    for operand in instruction.operands:
        if operand not in computation.instructions:
            raise HloError(f"{instruction.name} uses {operand}, which nothing before it defines")
    computation.instructions[instruction.name] = instruction


def _close(computation: Computation, root: str) -> None:
    if not computation.instructions:
        raise HloError(f"{computation.name} has no instructions")
    computation.root = root or list(computation.instructions)[-1]


def read_instruction(line: str) -> tuple[Instruction, bool]:
    """The instruction of a line, and whether it is its computation's ROOT. HloError."""
    found = _INSTRUCTION.match(line)
    if found is None:
        name, equals, _ = line.removeprefix("ROOT ").partition(" = ")
        if equals and not is_name(name):
            raise HloError(f"{name[:60]!r} is no name: {NAMES}")
        raise HloError(f"expected `name = shape opcode(operands)`, and got {line[:60]!r}")
    shape, rest = _shape(found[3])
    called = _OPCODE.match(rest)
    if called is None:
        raise HloError(f"{found[2]} has no opcode")
    end = _matching(rest, called.end() - 1)
    inside, opcode = rest[called.end() : end], called[1]
    literal = inside.strip() if opcode in PLAIN_TEXT else ""
    operands = () if literal else tuple(_operand(each) for each in _split(inside))
    attributes = {}
    for each in _split(rest[end + 1 :]):
        key, _, value = each.partition("=")
        if key not in DROPPED:
            attributes[key] = value.replace("%", "")
    made = Instruction(found[2], opcode, shape, operands, attributes, literal)
    return made, bool(found[1])


def _operand(text: str) -> str:
    """The name of an operand, which its shape may stand before."""
    return text.split()[-1].lstrip("%")


def _shape(text: str) -> tuple[Shape | tuple[Shape, ...], str]:
    """The shape at the beginning of a text, and the rest."""
    if text.startswith("("):
        end = _matching(text, 0)
        parts = _split(text[1:end])
        if any(each.startswith("(") for each in parts):
            raise HloError("a tuple inside of a tuple")
        shapes = [_shape(each)[0] for each in parts]
        return tuple(each for each in shapes if isinstance(each, Shape)), text[end + 1 :]
    found = _ARRAY.match(text)
    if found is None or found[1] not in BYTES:
        raise HloError(f"expected a shape such as f32[2,3], and got {text[:30]!r}")
    dimensions = tuple(int(each) for each in found[2].split(",") if each.strip())
    layout = (found[3] or "").replace(" ", "")
    if layout == "{" + ",".join(map(str, reversed(range(len(dimensions))))) + "}":
        layout = ""
    return Shape(found[1], dimensions, layout), text[found.end() :]


def _matching(text: str, start: int) -> int:
    """Where the bracket at `start` is closed."""
    depth = 0
    for at, character in _outside_strings(text, start):
        depth += (character in _OPENING) - (character in _CLOSING)
        if depth == 0:
            return at
    raise HloError("a bracket is not closed")


def _split(text: str) -> list[str]:
    """The parts between the commas that stand in no bracket."""
    parts, depth, begin = [], 0, 0
    for at, character in _outside_strings(text, 0):
        depth += (character in _OPENING) - (character in _CLOSING)
        if character == "," and depth == 0:
            parts.append(text[begin:at])
            begin = at + 1
    parts.append(text[begin:])
    return [part.strip() for part in parts if part.strip()]


def _outside_strings(text: str, start: int) -> Iterator[tuple[int, str]]:
    """The characters from `start` on that stand in no string, with their positions."""
    inside = False
    for at in range(start, len(text)):
        if text[at] == '"' and text[at - 1 : at] != "\\":
            inside = not inside
        elif not inside:
            yield at, text[at]
