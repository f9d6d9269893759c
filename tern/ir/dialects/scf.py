"""scf: structured control flow, whose bodies are regions of one block."""

from __future__ import annotations

from tern.ir.core import Operation, Region
from tern.ir.dialects.forms import check_counts, types_text
from tern.ir.dialects.func import operands_text
from tern.ir.registry import Definition, Parser, Printer, Text, is_terminator, register
from tern.types import IndexType, IntegerType, Type, i1


def check_bodies(op: Operation, *terminators: str) -> str | None:
    """Each region must be one block that ends in the terminator named for it."""
    for region, name in zip(op.regions, terminators):
        if len(region.blocks) != 1:
            return f"each region of {op.name} is one block, not {len(region.blocks)}"
        last = region.blocks[0].terminator
        if last is None or last.name != name:
            return f"a region of {op.name} must end in {name}"
    return None


def types_of(values: list) -> tuple[Type, ...]:
    return tuple(value.type for value in values)


def words(types: tuple[Type, ...]) -> str:
    return f"({', '.join(map(str, types))})"


def results_text(p: Printer, op: Operation) -> str:
    return f" -> ({types_text(p, op.results)})" if op.results else ""


def parse_body(p: Parser, region: Region, **options: object) -> Region:
    """A region that may leave out its terminator, when that is a yield of nothing."""
    p.region(region, **options)
    if not region.blocks:
        region.add_block()
    block = region.blocks[0]
    last = block.terminator
    if len(region.blocks) == 1 and (last is None or not is_terminator(last)):
        block.append(Operation("scf.yield"))
    return region


# scf.if ---------------------------------------------------------------------------------------


def print_if(p: Printer, op: Operation) -> Text:
    then, otherwise = op.regions
    condition = p.values[op.operands[0]]
    text: list[str | Region] = [f"scf.if {condition}{results_text(p, op)} ", then]
    if op.results or len(otherwise.blocks[0].operations) > 1:
        text += [" else ", otherwise]
    return text


def parse_if(p: Parser, name: str) -> Operation:
    condition = p.value()
    results = p.result_types() if p.accept("->") else []
    then = parse_body(p, Region())
    otherwise = Region()
    if p.accept("else"):
        parse_body(p, otherwise)
    else:
        otherwise.add_block().append(Operation("scf.yield"))
    return Operation(name, (condition,), results, regions=[then, otherwise])


def check_if(op: Operation) -> str | None:
    if message := check_counts(op, 1, len(op.results), 0, 2):
        return message
    if op.operands[0].type != i1:
        return f"the condition of scf.if must be i1, not {op.operands[0].type}"
    if any(block.args for region in op.regions for block in region.blocks):
        return "the blocks of scf.if take no arguments"
    return check_bodies(op, "scf.yield", "scf.yield")


# scf.for --------------------------------------------------------------------------------------


def print_for(p: Printer, op: Operation) -> Text:
    p.name_entry(op.body)
    variable, *carried = op.body.blocks[0].args
    lower, upper, step = [p.values[value] for value in op.operands[:3]]
    text = f"scf.for {p.values[variable]} = {lower} to {upper} step {step} "
    if carried:
        pairs = zip(carried, op.operands[3:])
        inits = ", ".join([f"{p.values[arg]} = {p.values[value]}" for arg, value in pairs])
        text += f"iter_args({inits}){results_text(p, op)} "
    if not isinstance(variable.type, IndexType):
        text += f" : {p.types[variable.type]} "
    return [text, op.body]


def parse_for(p: Parser, name: str) -> Operation:
    names = [p.new_name()]
    p.expect("=")
    operands = [p.value()]
    p.expect("to")
    operands.append(p.value())
    p.expect("step")
    operands.append(p.value())
    results: list[Type] = []
    if p.accept("iter_args"):
        p.expect("(")
        while not p.accept(")"):
            if len(names) > 1:
                p.expect(",")
            names.append(p.new_name())
            p.expect("=")
            operands.append(p.value())
        p.expect("->")
        start = p.at
        results = p.result_types()
        if len(results) != len(names) - 1:
            p.fail(f"{len(names) - 1} iter_args but {len(results)} result types", start)
    type: Type = IndexType()
    if p.accept(":"):
        type = p.type()
    region = Region()
    region.add_block([type, *results])
    parse_body(p, region, entry_names=names)
    return Operation(name, operands, results, regions=[region])


def check_for(op: Operation) -> str | None:
    if message := check_counts(op, len(op.results) + 3, len(op.results), 0, 1):
        return message
    variable = op.operands[0].type
    if not isinstance(variable, (IntegerType, IndexType)):
        return f"scf.for counts in integers or index, not in {variable}"
    results = types_of(op.results)
    given = types_of(op.operands)
    if given != (variable, variable, variable, *results):
        return f"scf.for that gives {words(results)} takes {words(given)}"
    if message := check_bodies(op, "scf.yield"):
        return message
    block = types_of(op.body.blocks[0].args)
    if block != (variable, *results):
        return f"the block of scf.for takes {words(block)}, not {words((variable, *results))}"
    return None


# scf.while ------------------------------------------------------------------------------------


def print_while(p: Printer, op: Operation) -> Text:
    before, after = op.regions
    p.name_entry(before)
    pairs = zip(before.blocks[0].args, op.operands)
    inits = ", ".join([f"{p.values[arg]} = {p.values[value]}" for arg, value in pairs])
    inits = f"({inits}) " if inits else ""
    results = types_text(p, op.results)
    if len(op.results) != 1:
        results = f"({results})"
    text = f"scf.while {inits}: ({types_text(p, op.operands)}) -> {results} "
    return [text, before, " do ", after]


def parse_while(p: Parser, name: str) -> Operation:
    names: list[str | None] = []
    operands = []
    if p.accept("("):
        while not p.accept(")"):
            if names:
                p.expect(",")
            names.append(p.new_name())
            p.expect("=")
            operands.append(p.value())
    p.expect(":")
    start = p.at
    type = p.function_type()
    if len(type.inputs) != len(operands):
        p.fail(f"{len(operands)} values but {len(type.inputs)} types", start)
    before = Region()
    before.add_block(type.inputs)
    p.region(before, entry_names=names)
    p.expect("do")
    after = Region()
    p.region(after)
    if not after.blocks:
        after.add_block()
    return Operation(name, operands, type.results, regions=[before, after])


def check_while(op: Operation) -> str | None:
    if message := check_counts(op, len(op.operands), len(op.results), 0, 2):
        return message
    if message := check_bodies(op, "scf.condition", "scf.yield"):
        return message
    before, after = [types_of(region.blocks[0].args) for region in op.regions]
    if before != types_of(op.operands):
        return f"scf.while starts with {words(types_of(op.operands))} but takes {words(before)}"
    if after != types_of(op.results):
        results = words(types_of(op.results))
        return f"scf.while gives {results} but continues with {words(after)}"
    return None


# terminators ----------------------------------------------------------------------------------


def enclosing(op: Operation) -> Operation | None:
    block = op.parent
    region = block.parent if block is not None else None
    return region.parent if region is not None else None


def print_yield(p: Printer, op: Operation) -> Text | None:
    outer = enclosing(op)
    if not op.operands and outer is not None and outer.name in ("scf.if", "scf.for"):
        return None
    return "scf.yield" + operands_text(p, op.operands)


def parse_yield(p: Parser, name: str) -> Operation:
    return Operation(name, p.typed_values())


def check_yield(op: Operation) -> str | None:
    if message := check_counts(op, len(op.operands), 0):
        return message
    outer = enclosing(op)
    if outer is None or outer.name not in ("scf.if", "scf.for", "scf.while"):
        return "scf.yield stands only in scf.if, scf.for and scf.while"
    want = types_of(outer.operands if outer.name == "scf.while" else outer.results)
    have = types_of(op.operands)
    if have != want:
        return f"{outer.name} needs a yield of {words(want)}, not {words(have)}"
    return None


def print_condition(p: Printer, op: Operation) -> Text:
    condition, *values = op.operands
    return f"scf.condition({p.values[condition]})" + operands_text(p, values)


def parse_condition(p: Parser, name: str) -> Operation:
    p.expect("(")
    condition = p.value()
    p.expect(")")
    return Operation(name, [condition, *p.typed_values()])


def check_condition(op: Operation) -> str | None:
    if not op.operands or op.results or op.successors or op.regions:
        return check_counts(op, max(1, len(op.operands)), 0)
    if op.operands[0].type != i1:
        return f"scf.condition must be i1, not {op.operands[0].type}"
    outer = enclosing(op)
    if outer is None or outer.name != "scf.while":
        return "scf.condition stands only in scf.while"
    have, want = types_of(op.operands[1:]), types_of(outer.results)
    return None if have == want else f"scf.while gives {words(want)}, not {words(have)}"


register(
    Definition("scf.if", print_if, parse_if, check_if),
    Definition("scf.for", print_for, parse_for, check_for),
    Definition("scf.while", print_while, parse_while, check_while),
    Definition("scf.yield", print_yield, parse_yield, check_yield, terminator=True),
    Definition("scf.condition", print_condition, parse_condition, check_condition, terminator=True),
)
