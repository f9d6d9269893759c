"""builtin, func and cf: modules, functions, calls, and branches between blocks."""

from __future__ import annotations

from tern.ir.core import Block, Operation, Region, Value, is_private
from tern.ir.dialects.forms import check_counts, parse_cast, print_cast, types_text
from tern.ir.registry import NOTHING, Definition, Parser, Printer, Text, register
from tern.types import FunctionType, Type, i1

# builtin.module -------------------------------------------------------------------------------


def print_module(p: Printer, op: Operation) -> Text:
    return ["module ", op.body]


def parse_module(p: Parser, name: str) -> Operation:
    if p.peek().startswith("@"):
        p.next()
    if p.accept("attributes"):
        p.attributes()
    region = Region()
    p.region(region, isolated=True)
    if not region.blocks:
        region.add_block()
    return Operation("builtin.module", regions=[region])


def check_module(op: Operation) -> str | None:
    if message := check_counts(op, 0, 0, 0, 1):
        return message
    if len(op.body.blocks) != 1 or op.body.blocks[0].args:
        return "a module has one block, without arguments"
    return None


def check_conversion(op: Operation) -> str | None:
    """builtin.unrealized_conversion_cast: somebody will say how the one type becomes the other."""
    return check_counts(op, 1, 1)


# func -----------------------------------------------------------------------------------------


def print_func(p: Printer, op: Operation) -> Text:
    type: FunctionType = op.attributes["function_type"]
    results = ", ".join([p.types[result] for result in type.results])
    if len(type.results) != 1:
        results = f"({results})"
    arrow = f" -> {results}" if type.results else ""
    name = op.attributes["sym_name"]
    if not op.body.blocks:
        inputs = ", ".join([p.types[input] for input in type.inputs])
        return f"func.func private @{name}({inputs}){arrow}"
    p.name_entry(op.body)  # the signature shows the names of the entry's arguments
    args = op.body.blocks[0].args
    inputs = ", ".join([f"{p.values[arg]}: {p.types[arg.type]}" for arg in args])
    private = "private " if is_private(op) else ""
    return [f"func.func {private}@{name}({inputs}){arrow} ", op.body]


def parse_func(p: Parser, name: str) -> Operation:
    private = p.accept("private")
    if not private:
        p.accept("public")
    symbol = p.symbol()
    p.expect("(")
    names: list[str | None] = []
    inputs: list[Type] = []
    while not p.accept(")"):
        if inputs:
            p.expect(",")
        names.append(None)
        if p.peek().startswith("%"):
            names[-1] = p.next()
            p.expect(":")
        inputs.append(p.type())
        p.attributes()
        p.location()
    results = p.result_types() if p.accept("->") else []
    if p.accept("attributes"):
        p.attributes()
    region = Region()
    if p.peek() == "{":
        region.add_block(inputs)
        p.region(region, isolated=True, entry_names=names)
    attributes = {
        "sym_name": symbol,
        "function_type": FunctionType(tuple(inputs), tuple(results)),
    }
    if private and region.blocks:
        attributes["sym_visibility"] = "private"
    return Operation("func.func", (), (), attributes, regions=[region])


def check_func(op: Operation) -> str | None:
    if message := check_counts(op, 0, 0, 0, 1):
        return message
    name, type = op.attributes.get("sym_name"), op.attributes.get("function_type")
    if not isinstance(name, str) or not isinstance(type, FunctionType):
        return "a function needs the attributes sym_name and function_type"
    if op.body.blocks:
        have = tuple(arg.type for arg in op.body.blocks[0].args)
        if have != type.inputs:
            words = ", ".join(map(str, have))
            return f"@{name} is of type {type} but its entry block takes ({words})"
    return None


def print_return(p: Printer, op: Operation) -> str:
    return "return" + operands_text(p, op.operands)


def operands_text(p: Printer, operands: list[Value]) -> str:
    """` %0, %1 : f32, i32`, or nothing."""
    if not operands:
        return ""
    values = ", ".join([p.values[value] for value in operands])
    return f" {values} : {types_text(p, operands)}"


def parse_return(p: Parser, name: str) -> Operation:
    return Operation("func.return", p.typed_values())


def check_return(op: Operation) -> str | None:
    return check_counts(op, len(op.operands), 0)


def print_call(p: Printer, op: Operation) -> str:
    type = FunctionType(
        tuple(operand.type for operand in op.operands),
        tuple(result.type for result in op.results),
    )
    values = ", ".join([p.values[value] for value in op.operands])
    # MLIR leaves out the dialect's name directly in a function, and only there.
    region = op.parent.parent if op.parent is not None else None
    outer = region.parent if region is not None else None
    name = "call" if outer is not None and outer.name == "func.func" else "func.call"
    return f"{name} @{op.attributes['callee']}({values}) : {p.types[type]}"


def parse_call(p: Parser, name: str) -> Operation:
    callee = p.symbol()
    p.expect("(")
    operands = p.values_until(")")
    p.expect(":")
    start = p.at
    type = p.function_type()
    if len(type.inputs) != len(operands):
        p.fail(f"{len(operands)} arguments but {len(type.inputs)} types", start)
    return Operation("func.call", operands, type.results, {"callee": callee})


def check_call(op: Operation) -> str | None:
    if message := check_counts(op, len(op.operands), len(op.results)):
        return message
    return None if isinstance(op.attributes.get("callee"), str) else "the call names no callee"


# cf -------------------------------------------------------------------------------------------


def successor_text(p: Printer, successor: tuple[Block, list[Value]]) -> str:
    block, args = successor
    if not args:
        return p.blocks[block]
    values = ", ".join([p.values[value] for value in args])
    return f"{p.blocks[block]}({values} : {types_text(p, args)})"


def print_br(p: Printer, op: Operation) -> str:
    return f"cf.br {successor_text(p, op.successors[0])}"


def parse_br(p: Parser, name: str) -> Operation:
    return Operation(name, successors=[p.successor()])


def check_br(op: Operation) -> str | None:
    return check_counts(op, 0, 0, 1)


def print_cond_br(p: Printer, op: Operation) -> str:
    then, otherwise = op.successors
    condition = p.values[op.operands[0]]
    return f"cf.cond_br {condition}, {successor_text(p, then)}, {successor_text(p, otherwise)}"


def parse_cond_br(p: Parser, name: str) -> Operation:
    condition = p.value()
    p.expect(",")
    then = p.successor()
    p.expect(",")
    return Operation(name, (condition,), successors=[then, p.successor()])


def check_cond_br(op: Operation) -> str | None:
    if len(op.operands) != 1 or len(op.successors) != 2 or op.results or op.regions:
        return check_counts(op, 1, 0, 2)
    condition = op.operands[0].type
    if condition != i1:
        return f"the condition of cf.cond_br must be i1, not {condition}"
    return None


register(
    Definition("builtin.module", print_module, parse_module, check_module),
    Definition(
        "builtin.unrealized_conversion_cast",
        print_cast,
        parse_cast,
        check_conversion,
        effects=NOTHING,
    ),
    Definition("func.func", print_func, parse_func, check_func),
    Definition("func.return", print_return, parse_return, check_return, terminator=True),
    Definition("func.call", print_call, parse_call, check_call),
    Definition("cf.br", print_br, parse_br, check_br, terminator=True),
    Definition("cf.cond_br", print_cond_br, parse_cond_br, check_cond_br, terminator=True),
)
