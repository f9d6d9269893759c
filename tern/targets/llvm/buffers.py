"""Buffers in LLVM IR: what a function of loops takes, and the address of an element."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from tern.ir import Operation, OpResult, Value
from tern.ir.arrays import dtype_of
from tern.ir.dialects.affine import Row, access
from tern.ir.dialects.forms import element_of
from tern.targets.errors import EmitError
from tern.targets.facts import buffer_words, size_words, subscript_words
from tern.targets.llvm.calls import function_name, leave_after_call
from tern.targets.llvm.guards import leave_if, may_fail
from tern.targets.llvm.text import memory_text, type_text
from tern.targets.llvm.writer import Writer
from tern.targets.parameters import Layout, Parameter, parameters
from tern.types import MemRefType, i1, index


def may_leave(func: Operation, callees: Mapping[str, Operation]) -> bool:
    """Whether a function of loops may stop with a note of a failure, itself or in a callee."""
    return any(
        op.name in ("memref.load", "memref.store")
        or may_fail(op)
        or (op.name == "func.call" and may_leave(callees[op.attributes["callee"]], {}))
        for op in func.walk()
        if op.name != "func.call" or op.attributes["callee"] in callees
    )


class Buffers:
    """The sizes and strides of a function's buffers, as texts.

    Attributes:
        written: the parameters of the function.
        first: lines for its beginning.
    """

    def __init__(self, writer: Writer, layout: Layout, callees: Mapping[str, Operation]) -> None:
        self.writer, self.layout, self.callees = writer, layout, callees
        self.facts = layout.facts
        self.words = buffer_words(writer.func, layout.facts, layout.dense)
        self.sizes: dict[Value, list[str]] = {}
        self.strides: dict[Value, list[str]] = {}
        self.written: list[str] = []
        self.first: list[str] = []
        self.addresses: dict[tuple[Any, ...], str] = {}  # by block, buffer, and subscripts
        named: dict[str, str] = {}
        known = parameters(writer.func, layout)
        for parameter in known:
            text = self._parameter(parameter, named)
            self.written.append(f"{self._type(parameter)} {text}")
        for arg in writer.func.body.only_block.args:
            if isinstance(arg.type, MemRefType):
                for axis, size in enumerate(arg.type.shape):
                    if isinstance(size, str):
                        self.sizes[arg][axis] = named[size]

    def _parameter(self, parameter: Parameter, named: dict[str, str]) -> str:
        """The name of a parameter, which is noted where it is looked for; `named` has the sizes
        with names."""
        value, axis, writer = parameter.value, parameter.axis, self.writer
        if parameter.kind == "value":
            if isinstance(value.type, MemRefType):
                memory_text(value.type.element)  # EmitError if it has no form
                self.sizes[value] = [str(size) for size in value.type.shape]
            return writer[value]
        if parameter.kind == "scratch":
            return writer[value]
        own = writer[value][1:]
        if parameter.kind == "stride":
            text = writer.fresh(f"{own}.stride{axis}")
            self.strides.setdefault(value, []).append(text)
            return text
        name = value.type.shape[axis]
        is_word = isinstance(name, str) and name.isidentifier()
        text = writer.fresh(name.upper() if is_word else f"{own}.{_axis_name(axis)}")
        self.sizes[value][axis] = text
        if isinstance(name, str):
            named[name] = text
        return text

    def _type(self, parameter: Parameter) -> str:
        if parameter.kind in ("size", "stride"):
            return f"i64 {size_words(self.facts) if parameter.kind == 'size' else ''}".rstrip()
        text = type_text(parameter.value.type)
        if text != "ptr":
            return text
        promised = self.layout.separate or parameter.kind == "scratch"
        apart = "noalias " if promised and self.facts.apart else ""
        return f"ptr {apart}{self.words[parameter.value]}".rstrip()

    # what is in the function --------------------------------------------------------------

    def allocate(self, op: Operation) -> None:
        """Nothing but its sizes for a buffer that the caller brings; for an element, its memory."""
        type, sizes = op.result.type, iter(op.operands)
        if not type.shape:
            text = f"{self.writer[op.result]} = alloca {memory_text(type.element)}"
            self.first.append(f"  {text}")  # once, and not in each iteration
        elif op.parent_op.name not in ("func.func", "affine.parallel"):
            raise EmitError(f"{op.name} in a loop has no form in LLVM IR")
        texts = [str(s) if isinstance(s, int) else self.writer[next(sizes)] for s in type.shape]
        self.sizes[op.result] = texts

    def dimension(self, op: Operation) -> None:
        buffer, axis = op.operands
        number = axis.op.attributes.get("value") if isinstance(axis, OpResult) else None
        if not isinstance(number, int) or not 0 <= number < buffer.type.rank:
            raise EmitError("memref.dim along an axis that is not known has no form in LLVM IR")
        self.writer[op.result] = self.sizes[buffer][number]

    def call(self, op: Operation) -> None:
        """A call of an outlined nest, which takes sizes and strides besides."""
        callee = self.callees[op.attributes["callee"]]
        given = dict(zip(callee.body.only_block.args, op.operands))
        arguments = []
        for parameter in parameters(callee, self.layout):
            value, axis = given[parameter.value], parameter.axis
            if parameter.kind == "value":
                text = f"{type_text(value.type)} {self.writer[value]}"
            else:
                of = self.sizes if parameter.kind == "size" else self.strides_of(value)
                text = f"i64 {of[value][axis]}"
            arguments.append(text)
        leaves = may_leave(callee, {})
        name = function_name(op.attributes["callee"])
        arguments += ["ptr %failure"] * leaves
        self.writer.line(f"call void @{name}({', '.join(arguments)})")
        if leaves:
            leave_after_call(self.writer)

    def strides_of(self, buffer: Value) -> dict[Value, list[str]]:
        """Of a buffer that the function allocates, too, which is dense."""
        if buffer in self.strides:
            return self.strides
        step, strides = str(dtype_of(buffer.type.element).itemsize), []
        for size in reversed(self.sizes[buffer]):
            strides.append(step)
            step = self.writer.compute("stride", f"mul i64 {step}, {size}")
        return {buffer: strides[::-1]}

    def load(self, op: Operation) -> None:
        pointer, buffer = self.address(op), op.operands[0]
        element, bytes = op.result.type, memory_text(op.result.type)
        self.writer.hint(op.result, pointer[1:].replace(".ptr", ""))
        text = f"load {bytes}, ptr {pointer}{self._alignment(op, buffer)}"
        if element_of(element) == i1:
            text = f"trunc {bytes} {self.writer.compute('byte', text)} to {type_text(element)}"
        self.writer.define(op.result, text)

    def prefetch(self, op: Operation) -> None:
        """A hint, for an address that may be beyond the buffer."""
        buffer, operands, rows = access(op)
        if buffer in self.strides:
            raise EmitError("affine.prefetch has no form for elements that are not side by side")
        subscripts = [self.affine(row, operands) for row in rows]
        pointer = self._address(buffer, subscripts, inside=False)
        words = f"i32 {int(op.attributes['write'])}, i32 {op.attributes['locality']}, i32 1"
        self.writer.line(f"call void @llvm.prefetch.p0(ptr {pointer}, {words})")

    def store(self, op: Operation) -> None:
        value, buffer = op.operands[:2]
        pointer, text = self.address(op), self.writer[value]
        type = memory_text(value.type)
        if element_of(value.type) == i1:
            extended = f"zext {type_text(value.type)} {text} to {type}"
            text = self.writer.compute("byte", extended)
        self.writer.line(f"store {type} {text}, ptr {pointer}{self._alignment(op, buffer)}")

    def _alignment(self, op: Operation, buffer: Value) -> str:
        """An element is where its size divides its address, and so is the first of several."""
        several = op.name.startswith("affine.vector_")
        if several and buffer in self.strides:
            raise EmitError(f"{op.name} has no form for elements that are not side by side")
        if several:
            return f", align {dtype_of(buffer.type.element).itemsize}"
        return ", align 1" if buffer in self.strides else ""

    # addresses ----------------------------------------------------------------------------

    def address(self, op: Operation) -> str:
        """The address of the element that a load or a store is about, within its buffer.

        The subscripts of memref.load and memref.store are asked about; those of the affine ones
        the caller has checked. So the arithmetic can't overflow, and says so.
        """
        writer = self.writer
        if op.name.startswith("affine"):
            buffer, operands, rows = access(op)
            dense = buffer not in self.strides
            words = [subscript_words(row, operands, dense) for row in rows]
            flags = words if self.facts.affine else [""] * len(words)
            subscripts = [self.affine(row, operands, word) for row, word in zip(rows, flags)]
        else:
            buffer, *operands = op.operands[op.name == "memref.store" :]
            subscripts = [writer[value] for value in operands]
            self._check(op, buffer, subscripts)
        key = (writer.label, buffer, *subscripts)
        if key not in self.addresses:
            self.addresses[key] = self._address(buffer, subscripts)
        return self.addresses[key]

    def _address(self, buffer: Value, subscripts: Sequence[str], inside: bool = True) -> str:
        writer = self.writer
        if not subscripts:
            return writer[buffer]
        own = writer[buffer][1:]
        names = "".join(re.sub(r"\W.*", "", text[1:]) for text in subscripts if text[0] == "%")
        pointer = f"{own}.{names or 'first'}.ptr"
        if buffer in self.strides:
            strides, signed = self.strides[buffer], "nsw " * self.facts.wraps
            steps = [f"mul {signed}i64 {s}, {t}" for s, t in zip(subscripts, strides)]
            at, *others = [writer.compute(f"{own}.step", step) for step in steps]
            for other in others:
                at = writer.compute(f"{own}.at", f"add {signed}i64 {at}, {other}")
            return writer.compute(pointer, f"getelementptr i8, ptr {writer[buffer]}, i64 {at}")
        at, wraps = subscripts[0], "nuw nsw " if inside and self.facts.wraps else ""
        for subscript, size in zip(subscripts[1:], self.sizes[buffer][1:]):
            row = writer.compute(f"{own}.row", f"mul {wraps}i64 {at}, {size}")
            at = row
            if subscript != "0":
                at = writer.compute(f"{own}.at", f"add {wraps}i64 {row}, {subscript}")
        element = memory_text(buffer.type.element)
        bound = "inbounds " if inside and self.facts.inbounds else ""
        where = f"getelementptr {bound}{element}, ptr {writer[buffer]}, i64 {at}"
        return writer.compute(pointer, where)

    def _check(self, op: Operation, buffer: Value, subscripts: Sequence[str]) -> None:
        writer = self.writer
        outside = [
            writer.compute("outside", f"icmp uge i64 {subscript}, {size}")
            for subscript, size in zip(subscripts, self.sizes[buffer])
        ]
        noted = [(index, text) for text in (*subscripts, *self.sizes[buffer])]
        leave_if(writer, outside, op, noted)

    def affine(self, row: Row, operands: Sequence[Value], flags: str = "") -> str:
        """An affine expression, computed; `flags` are of its arithmetic."""
        writer, total = self.writer, ""
        for coefficient, value in zip(row, operands):
            if coefficient:
                term = writer[value]
                if coefficient != 1:
                    term = writer.compute("times", f"mul {flags}i64 {term}, {coefficient}")
                both = f"add {flags}i64 {total}, {term}"
                total = writer.compute("sum", both) if total else term
        if not total or not row[-1]:
            return total or str(row[-1])
        if row[-1] < 0:  # as an unsigned number it is large, and the sum wraps
            flags = flags.replace("nuw ", "")
        return writer.compute("sum", f"add {flags}i64 {total}, {row[-1]}")


def _axis_name(axis: int) -> str:
    return ("rows", "columns")[axis] if axis < 2 else f"size{axis}"
