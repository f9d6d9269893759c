"""Functions of affine loops over buffers as functions in C++17, without headers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from tern.analysis.nests import block_of_whole_part, induction_variable, loop_names, nests
from tern.errors import at
from tern.ir import Block, Operation, OpResult, Value, is_pure
from tern.ir.dialects.affine import (
    LOADS,
    LOOPS,
    STORES,
    Map,
    Row,
    access,
    expression_text,
    lower_bound,
    upper_bound,
)
from tern.ir.dialects.forms import element_of
from tern.targets.cpp import guards
from tern.targets.cpp.operations import as_mask, result_text, spell
from tern.targets.cpp.prelude import RESERVED, prelude
from tern.targets.cpp.text import (
    AND,
    EQUAL,
    NAME,
    PLUS,
    TIMES,
    UNARY,
    Splat,
    Text,
    call,
    element_text,
    infix,
    type_text,
)
from tern.targets.errors import EmitError
from tern.targets.llvm.loops import is_small
from tern.targets.notes import root_of
from tern.targets.parameters import Layout, Parameter, parameters
from tern.targets.statements import Statements
from tern.types import MemRefType, VectorType, i1

DENSE = Layout()
NONE: Mapping[str, Operation] = MappingProxyType({})


def emit_cpp(
    func: Operation, layout: Layout = DENSE, callees: Mapping[str, Operation] = NONE
) -> str:
    """A function of affine loops over buffers as a function in C++, which uses the prelude.

    `void matmul(const float *__restrict a, …, i64 n, …)`: buffers are addresses, which overlap with
    nothing if the `layout` says so; sizes come after all arguments, one for each name, and then the
    memory for what the function allocates. Loops are called as `loop_names` says; a parallel one
    runs in one thread. A function that may fail takes `failure` as its last parameter, where it
    notes at what. Of all functions it may call only `callees`: nests that were outlined, by name.

    Raises:
        EmitError: an operation, or a type, has no form in C++.
    """
    if len(func.body.blocks) != 1 or func.attributes["function_type"].results:
        raise EmitError(f"@{func.attributes['sym_name']} is not a function of loops")
    return _Emitter(func, layout, callees).source()


def complete(functions: str) -> str:
    """The text of functions, after what they use."""
    vectors = dict.fromkeys(re.findall(r"\b([fiu]\d+)x(\d+)\b", functions))
    types = [f"using {e}x{n} = Vector<{element_text(e)}, {n}>;\n" for e, n in vectors]
    body = "".join(sorted(types)) + "\n" * bool(types) + functions
    before = prelude(body)
    return f"{before}\n{body}" if before else body


def function_name(symbol: str) -> str:
    """What a function of the program is called in C++."""
    name = re.sub(r"\W|^(?=\d)", "_", symbol)
    return f"{name}_tern" if name in RESERVED else name


class _Emitter(Statements):
    """Writes one function."""

    long = 56

    def __init__(self, func: Operation, layout: Layout, callees: Mapping[str, Operation]) -> None:
        self.symbol = function_name(func.attributes["sym_name"])
        super().__init__(func, {*map(function_name, callees), self.symbol})
        self.layout, self.callees = layout, callees
        self.sizes: dict[Value, list[str]] = {}
        self.variables: set[Value] = set()  # single elements, which are no addresses
        self.numbers: dict[Operation, int] = {}
        self.leaves = guards.may_leave(func, callees)

    def is_keyword(self, name: str) -> bool:
        return name in RESERVED

    def source(self) -> str:
        written = {op.operands[1] for op in self.func.walk() if _is_store(op)}
        written |= {v for op in self.func.walk() if op.name == "func.call" for v in op.operands}
        known = self.func.attributes.get("argument_names", "abcdefgh")
        for number, arg in enumerate(self.block.args):
            self.texts[arg] = Text(
                self.name(known[number] if number < len(known) else f"a{number}")
            )
            if isinstance(arg.type, MemRefType):
                self.sizes[arg] = [str(size) for size in arg.type.shape]
        named: dict[str, str] = {}
        takes = [
            self.parameter(each, written, named) for each in parameters(self.func, self.layout)
        ]
        for arg in self.sizes:
            for axis, size in enumerate(arg.type.shape):
                if isinstance(size, str):
                    self.sizes[arg][axis] = named[size]
        takes += ["i64 *failure"] * self.leaves
        for nest in nests(self.func):
            for loop, name in loop_names(nest).items():
                self.texts[induction_variable(loop)] = Text(name)
                self.taken.add(name)
        self.operations(self.block)
        head = f"void {self.symbol}({', '.join(takes)})"
        if len(head) > 98:
            head = f"void {self.symbol}(\n    " + ",\n    ".join(takes) + "\n)"
        return "\n".join([f"{head} {{", *self.lines, "}\n"])

    def parameter(self, each: Parameter, written: set[Value], named: dict[str, str]) -> str:
        """A parameter, whose name is noted where it is looked for."""
        value = each.value
        if each.kind == "size":
            size = value.type.shape[each.axis]
            word = size.upper() if isinstance(size, str) and size.isidentifier() else ""
            text = self.name(word or f"{self.texts[value]}_{_axis_name(each.axis)}")
            self.sizes[value][each.axis] = text
            if isinstance(size, str):
                named[size] = text
            return f"i64 {text}"
        if each.kind == "scratch":
            self.texts[value] = Text(self.name("t"))
        if not isinstance(value.type, MemRefType):
            return f"{type_text(value.type)} {self.texts[value]}"
        promised = "__restrict " if self.layout.separate or each.kind == "scratch" else ""
        const = "const " if value not in written else ""
        return f"{const}{type_text(value.type.element)} *{promised}{self.texts[value]}"

    # lines --------------------------------------------------------------------------------

    def assign(self, value: Value, hint: str, text: str) -> None:
        name = self.name(hint)
        self.write(f"const {result_text(value)} {name} = {text};")
        self.texts[value] = Text(name)

    def hint(self, value: OpResult) -> str:
        op = value.op
        if op.name in LOADS:
            buffer, operands, rows = access(op)
            subscripts = "".join(re.sub(r"\W", "", self.affine(row, operands)) for row in rows)
            return f"{self.texts[buffer]}_{subscripts or 'value'}"
        if block_of_whole_part(op) is not None:
            return f"{self.texts[op.operands[0]]}_whole"
        return "t"

    def operations(self, block: Block) -> None:
        for op in block.operations:
            with at(op.location):
                self.operation(op)

    def operation(self, op: Operation) -> None:
        if op.name in LOOPS:
            self.materialize(self.waiting)
            self.loop(op)
        elif op.name in LOADS or op.name == "memref.load":
            self.load(op)
        elif _is_store(op):
            self.store(op)
        elif op.name == "affine.prefetch":
            _, element = self.element(op)
            how = f"{int(op.attributes['write'])}, {op.attributes['locality']}"
            self.write(f"__builtin_prefetch(&{element}, {how});")
        elif op.name in ("memref.alloc", "memref.alloca"):
            self.allocation(op)
        elif op.name == "memref.dim":
            self.dimension(op)
        elif op.name == "func.call":
            self.call(op)
        elif len(op.results) == 1 and not op.regions and is_pure(op):
            self.compute(op)
        elif op.name not in ("affine.yield", "func.return"):
            raise EmitError(f"{op.name} has no form in C++ among loops")

    def compute(self, op: Operation) -> None:
        texts = [_text(self.texts[value]) for value in op.operands]
        if guards.asks(op):
            self.leave_if(guards.condition(op, texts), op, texts)
        self.define(op, spell(op, *texts), self.used(op))

    def leave_if(self, condition: str, op: Operation, noted: Sequence[str]) -> None:
        if not self.numbers:
            self.numbers = {each: n for n, each in enumerate(root_of(op).walk(), 1)}
        note = call("note", "failure", str(self.numbers[op]), *noted)
        self.write(f"if ({condition}) return {note};")

    # loops --------------------------------------------------------------------------------

    def loop(self, op: Operation) -> None:
        name = self.texts[induction_variable(op)]
        low, high = self.bound(lower_bound(op), "max"), self.bound(upper_bound(op), "min")
        if op.name == "affine.parallel":
            self.write("// in any order, or at once:")
        end = high
        if not re.fullmatch(r"\w+", high):
            end = self.name(f"{name}_end")
            self.write(f"const i64 {end} = {high};")
        self.write(f"for (i64 {name} = {low}; {name} < {end}; {self.step(op, name)}) {{")
        self.margin += 1
        self.operations(op.body.only_block)
        self.materialize(self.waiting)
        self.margin -= 1
        self.write("}")

    def step(self, op: Operation, name: str) -> str:
        """`i += 4`: the variable is less than the bound, which is far from the largest number if it
        is one of sizes and small numbers."""
        by = op.attributes["step"]
        if by == 1:
            return f"++{name}"
        return f"{name} += {by}" if is_small(op) else f"{name} = next({name}, {by})"

    def bound(self, bound: tuple[list[Value], Map], word: str) -> str:
        operands, rows = bound
        first, *others = [self.affine(row, operands) for row in rows]
        for other in others:
            first = call(f"{word}<i64>", first, other)
        return first

    def affine(self, row: Row, operands: Sequence[Value]) -> Text:
        for value in operands:
            self.waiting.pop(value, None)  # of sizes alone, which nothing changes
        names = [_text(self.texts[value]).at(TIMES) for value in operands]
        text = expression_text(row, names)
        return Text(text, PLUS if re.search(r" [+-] ", text) else TIMES if " " in text else NAME)

    # buffers ------------------------------------------------------------------------------

    def load(self, op: Operation) -> None:
        buffer, element = self.element(op)
        type = op.result.type
        if op.name != "affine.vector_load":
            text = element
        elif type.element == i1:
            bytes = call(f"load<u8x{type.shape[0]}>", f"(unsigned char *)&{element}")
            text = Text(f"{bytes} != 0", EQUAL)
        else:
            text = call(f"load<{type_text(type)}>", f"&{element}")
        self.define(op, text, {buffer} | self.used(op))

    def store(self, op: Operation) -> None:
        buffer, element = self.element(op)
        value = op.operands[0]
        self.before_store(op, buffer)
        text = self.texts[value]
        if op.name != "affine.vector_store":
            if isinstance(value.type, VectorType) and value.type.element == i1:
                text = as_mask(_text(text), value, 1)
            self.write(self.assignment(element, text, value))
            return
        if element_of(value.type) == i1:
            lanes = value.type.shape[0]
            one = Splat.of(f"u8x{lanes}", Text("1"))
            text = infix(call(f"convert<u8x{lanes}>", text), "&", one, AND)
            element = Text(f"*(unsigned char *)&{element}")
        self.write(f"store({text}, &{element});".replace("&*", ""))

    def assignment(self, element: Text, text: str, value: Value) -> str:
        """`acc += x;` where what is stored is a sum whose first part is the element."""
        sign = _SIGNS.get(value.op.name) if isinstance(value, OpResult) else None
        start = f"{element} {sign} "
        if (
            sign
            and not isinstance(value.type, VectorType)
            and text.startswith(start)
            and self.texts[value.op.operands[0]] == element
        ):
            return f"{element} {sign}= {text[len(start) :]};"
        return f"{element} = {text};"

    def element(self, op: Operation) -> tuple[Value, Text]:
        """The buffer of a load or store, and the element: `c[i * N + j]`.

        The subscripts of memref.load and memref.store are asked about; those of the affine ones
        the caller has checked.
        """
        if op.name.startswith("affine"):
            buffer, operands, rows = access(op)
            subscripts = [self.affine(row, operands) for row in rows]
        else:
            buffer, *operands = op.operands[op.name == "memref.store" :]
            self.materialize([v for v in operands if v in self.waiting])
            subscripts = [_text(self.texts[value]) for value in operands]
            sizes = self.sizes[buffer]
            outside = [f"(u64){s} >= (u64){n}" for s, n in zip(subscripts, sizes)]
            noted = [f"(i64){text}" for text in (*subscripts, *sizes)]
            self.leave_if(" || ".join(outside), op, noted)
        if buffer in self.variables:
            return buffer, _text(self.texts[buffer])
        if not subscripts:
            return buffer, Text(f"*{self.texts[buffer]}", UNARY)
        where = subscripts[0]
        for subscript, size in zip(subscripts[1:], self.sizes[buffer][1:]):
            where = infix(where, "*", Text(size), TIMES) if where != "0" else where
            if subscript != "0":
                where = infix(where, "+", subscript, PLUS) if where != "0" else subscript
        return buffer, Text(f"{self.texts[buffer]}[{where}]")

    def allocation(self, op: Operation) -> None:
        """Nothing but its sizes for a buffer that the caller brings; for an element, a variable."""
        buffer, sizes = op.result, iter(op.operands)
        self.materialize([value for value in op.operands if value in self.waiting])
        if not buffer.type.shape:
            name = self.name("acc")
            self.write(f"{type_text(buffer.type.element)} {name};")
            self.texts[buffer] = Text(name)
            self.variables.add(buffer)
        elif op.parent_op.name not in ("func.func", "affine.parallel"):
            raise EmitError(f"{op.name} in a loop has no form in C++")
        texts = [
            str(s) if isinstance(s, int) else self.texts[next(sizes)] for s in buffer.type.shape
        ]
        self.sizes[buffer] = [str(text) for text in texts]

    def dimension(self, op: Operation) -> None:
        buffer, axis = op.operands
        number = axis.op.attributes.get("value") if isinstance(axis, OpResult) else None
        if not isinstance(number, int) or not 0 <= number < buffer.type.rank:
            raise EmitError("memref.dim along an axis that is not known has no form in C++")
        self.texts[op.result] = Text(self.sizes[buffer][number])

    def call(self, op: Operation) -> None:
        """A call of an outlined nest, which takes sizes besides."""
        if op.attributes["callee"] not in self.callees:
            raise EmitError(f"{op.name} of @{op.attributes['callee']} has no form in C++")
        callee = self.callees[op.attributes["callee"]]
        self.materialize(self.waiting)
        given = dict(zip(callee.body.only_block.args, op.operands))
        arguments = []
        for parameter in parameters(callee, self.layout):
            value = given[parameter.value]
            if parameter.kind == "size":
                arguments.append(self.sizes[value][parameter.axis])
            else:
                address = "&" if value in self.variables else ""
                arguments.append(f"{address}{self.texts[value]}")
        leaves = guards.may_leave(callee, {})
        arguments += ["failure"] * leaves
        self.write(f"{function_name(op.attributes['callee'])}({', '.join(arguments)});")
        if leaves:
            self.write("if (*failure) return;")


_SIGNS = {
    "arith.addf": "+", "arith.subf": "-", "arith.mulf": "*", "arith.addi": "+", "arith.subi": "-",
}  # fmt: skip


def _is_store(op: Operation) -> bool:
    return op.name in STORES or op.name == "memref.store"


def _text(text: str) -> Text:
    return text if isinstance(text, Text) else Text(text)


def _axis_name(axis: int) -> str:
    return ("rows", "columns")[axis] if axis < 2 else f"size{axis}"
