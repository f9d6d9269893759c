"""C++ as a target: the text of functions of loops, and what a compiler makes of it."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np

from tern.ir import Operation
from tern.targets.cpp.build import library
from tern.targets.cpp.guards import may_leave
from tern.targets.cpp.loops import complete, emit_cpp, function_name
from tern.targets.native_loops import NativeLoops, Variant, address
from tern.targets.notes import WORDS
from tern.targets.parameters import Layout, parameters
from tern.targets.python_source import parts_of
from tern.targets.runtime import CompiledLoops
from tern.targets.threads import compile_threads, is_parallel
from tern.types import MemRefType, Type, f32, f64, i1, own_spelling

DENSE = Layout()


def cpp_text(*funcs: Operation) -> str:
    """A text in C++17, without headers, of functions of loops. EmitError if one has no form."""
    return _text([parts_of(func) for func in funcs], DENSE)


def compile_cpp(func: Operation, *, command: str = "", threads: int = 1) -> CompiledLoops:
    """A function of affine loops as machine code, by a C++ compiler.

    It takes NumPy arrays, and numbers, and changes the arrays in place. Those that are not
    contiguous are copied, and so are those that overlap, if there are vectors. Where there is no
    result, EvaluationError is raised, as by the interpreter. What functions of the C library
    compute otherwise, tern.conformance.PERMITTED says. `command` is the compiler; $CXX, g++, or
    clang++ if it is empty. An outermost affine.parallel runs on `threads`, on which the results do
    not depend.

    Raises:
        EmitError: an operation, or a type, has no form in C++.
        CompilerError: there is no compiler.
    """
    if threads > 1 and is_parallel(func):
        return compile_threads(func, lambda each: _compiled(each, command), threads)
    return _compiled(func, command)


def _compiled(func: Operation, command: str) -> NativeLoops:
    """A function as machine code of one thread."""
    parts = parts_of(func)

    def compile(layout: Layout) -> Variant:
        return _variant(parts, layout, command)

    compiled = NativeLoops(func, _text([parts], DENSE), parts, compile, strided=False)
    compiled.variant(DENSE)
    return compiled


def _text(several: Sequence[Sequence[Operation]], layout: Layout) -> str:
    """Of each function the parts that it is made of, itself last: the others are static."""
    texts = []
    for parts in several:
        callees = {part.attributes["sym_name"]: part for part in parts[:-1]}
        texts += [f"static {emit_cpp(part, layout)}" for part in parts[:-1]]
        texts.append(f'extern "C" {emit_cpp(parts[-1], layout, callees)}')
    return complete("\n".join(texts))


def _variant(parts: Sequence[Operation], layout: Layout, command: str) -> Variant:
    """Machine code for arrays of a layout."""
    main = parts[-1]
    takes = parameters(main, layout)
    leaves = may_leave(main, {part.attributes["sym_name"]: part for part in parts[:-1]})
    loaded = library(_text([parts], layout), command)
    function = loaded[function_name(main.attributes["sym_name"])]
    function.restype = None
    function.argtypes = [
        ctypes.c_longlong if each.kind in ("size", "stride") else _passed(each.value.type)
        for each in takes
    ] + [ctypes.c_void_p] * leaves

    def run(numbers: Sequence[Any]) -> np.ndarray:
        note = np.zeros(WORDS, np.int64)
        function(*numbers, *[address(note)] * leaves)
        return note

    return Variant(run, takes)


def _passed(type: Type) -> Any:
    if isinstance(type, MemRefType):
        return ctypes.c_void_p
    known = {i1: ctypes.c_bool, f32: ctypes.c_float, f64: ctypes.c_double}
    if type in known:
        return known[type]
    return {
        "i8": ctypes.c_byte, "u8": ctypes.c_ubyte, "i32": ctypes.c_int, "i64": ctypes.c_longlong,
        "index": ctypes.c_longlong,
    }[own_spelling(type)]  # fmt: skip
