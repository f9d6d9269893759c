"""How functions in LLVM IR take values and give them back, and how they are called."""

from __future__ import annotations

from collections.abc import Sequence

from tern.ir import Operation, functions
from tern.targets.errors import EmitError
from tern.targets.llvm.guards import leave_if, may_fail
from tern.targets.llvm.text import type_text
from tern.targets.llvm.writer import Writer
from tern.targets.notes import root_of
from tern.types import Type

# Functions of the C library that LLVM knows, or calls by itself: a program's of such a name is
# called otherwise.
_OF_C = """
    abs acos acosh asin asinh atan atan2 atanh bcmp bcopy bsearch bzero cabs calloc cbrt ceil
    copysign cos cosh erf erfc exp exp10 exp2 expm1 fabs fdim ffs floor fma fmax fmin fmod free
    frexp hypot ilogb index labs ldexp lgamma llabs llrint llround log log10 log1p log2 logb
    lrint lround malloc memccpy memchr memcmp memcpy memmove memset modf nearbyint pow printf
    putchar puts qsort realloc remainder remquo rindex rint round roundeven scalbn sin sincos
    sinh sqrt stpcpy strcat strchr strcmp strcpy strlen strncmp strncpy strstr strtol tan tanh
    tgamma trunc valloc write
""".split()
TAKEN = frozenset(name + ending for name in _OF_C for ending in ("", "f", "l"))
STACK = 1 << 18
"""Bytes of stack that calls of a program, one in another, may use."""


def function_name(symbol: str) -> str:
    """What a function of the program is called in LLVM IR."""
    return f"{symbol}.tern" if symbol in TAKEN else symbol


def results_text(types: Sequence[Type]) -> str:
    """The type of what a function gives back: a structure of several results."""
    texts = [type_text(type) for type in types]
    return texts[0] if len(texts) == 1 else f"{{ {', '.join(texts)} }}" if texts else "void"


class CallGraph:
    """Which functions of a module call which, and which of them may fail."""

    def __init__(self, func: Operation) -> None:
        self.functions = {func.attributes["sym_name"]: func}
        for each in functions(root_of(func)):
            self.functions.setdefault(each.attributes["sym_name"], each)
        self._callees: dict[str, frozenset[str]] = {}
        self._fails: dict[str, bool] = {}

    def callees(self, name: str) -> frozenset[str]:
        """The functions that one calls itself. EmitError for one that the module has not."""
        if name not in self._callees:
            if name not in self.functions:
                raise EmitError(f"there is no function @{name}")
            ops = [op for op in self.functions[name].walk() if op.name == "func.call"]
            self._callees[name] = frozenset(op.attributes["callee"] for op in ops)
        return self._callees[name]

    def reached(self, name: str) -> set[str]:
        """All functions that a call of one may call, itself only if it is recursive."""
        found: set[str] = set()
        work = [*self.callees(name)]
        while work:
            if (each := work.pop()) not in found:
                found.add(each)
                work += self.callees(each)
        return found

    def may_call(self, name: str, other: str) -> bool:
        """Whether a function is another one, or may call it."""
        return name == other or other in self.reached(name)

    def may_fail(self, name: str) -> bool:
        """Whether a function may note a failure: of an operation, or for want of stack."""
        if name not in self._fails:
            among = {name} | self.reached(name)
            self._fails[name] = any(each in self.reached(each) for each in among) or any(
                may_fail(op) for each in among for op in self.functions[each].walk()
            )
        return self._fails[name]


def signature(writer: Writer) -> str:
    """`define float @power(float %x, i32 %n) {`"""
    func = writer.func
    writer.calls = CallGraph(func)
    results = results_text(func.attributes["function_type"].results)
    writer.failed = results if results == "void" else f"{results} poison"
    parameters = [f"{type_text(arg.type)} {writer[arg]}" for arg in func.body.blocks[0].args]
    if writer.calls.may_fail(func.attributes["sym_name"]):
        parameters.append("ptr %failure")
    name = function_name(func.attributes["sym_name"])
    return f"define {results} @{name}({', '.join(parameters)}) {writer.attached}{{"


def prologue(writer: Writer) -> None:
    """At the start of a function that calls itself, by whatever way: is there stack left?"""
    name = writer.func.attributes["sym_name"]
    for op in writer.func.walk():
        if op.name == "func.call" and writer.calls.may_call(op.attributes["callee"], name):
            frame = writer.compute("frame", "call ptr @llvm.frameaddress.p0(i32 0)")
            here = writer.compute("here", f"ptrtoint ptr {frame} to i64")
            slot = writer.compute("slot", "getelementptr i64, ptr %failure, i64 1")
            limit = writer.compute("limit", f"load i64, ptr {slot}")
            too_deep = writer.compute("too.deep", f"icmp ult i64 {here}, {limit}")
            leave_if(writer, [too_deep], op, ())
            return


def call(writer: Writer, op: Operation) -> None:
    """A call, and if the callee may fail, the question whether it has."""
    texts = [f"{type_text(value.type)} {writer[value]}" for value in op.operands]
    fails = writer.calls.may_fail(op.attributes["callee"])
    arguments = ", ".join([*texts, *["ptr %failure"] * fails])
    name = function_name(op.attributes["callee"])
    text = f"call {results_text([r.type for r in op.results])} @{name}({arguments})"
    if len(op.results) == 1:
        writer.define(op.result, text)
    elif op.results:
        whole = writer.compute("call", text)
        type = results_text([r.type for r in op.results])
        for number, result in enumerate(op.results):
            writer.define(result, f"extractvalue {type} {whole}, {number}")
    else:
        writer.line(text)
    if fails:
        leave_after_call(writer)


def leave_after_call(writer: Writer) -> None:
    """Leave the function if what it has called has noted a failure."""
    note = writer.compute("note", "load i64, ptr %failure")
    failed = writer.compute("failed", f"icmp ne i64 {note}, 0")
    leave, stay = writer.fresh_label("fail"), writer.fresh_label("good")
    writer.line(f"br i1 {failed}, label %{leave}, label %{stay}")
    writer.last += [f"{leave}:", f"  ret {writer.failed}"]
    writer.open(stay)
