"""How each scalar operation is spelled in LLVM IR: one table, an instruction or a call each.

What LLVM leaves undefined (a division by zero, a shift too far, a float too large for its integer)
is guarded where it may happen: guards.py. No instruction has a flag such as `nsw`, or `fast`.
"""

from __future__ import annotations

from collections.abc import Callable

from tern.ir import Operation
from tern.ir.dialects.forms import element_of
from tern.targets.errors import EmitError
from tern.targets.llvm.text import constant_text, type_text
from tern.targets.spelling import Spelling
from tern.types import Type, VectorType, bf16, f16, f32, f64, i1

SPELLING: Spelling[Operation] = Spelling("LLVM IR", {}, {}, single_bits=True)

INSTRUCTIONS = {
    "arith.addi": "add",
    "arith.subi": "sub",
    "arith.muli": "mul",
    "arith.divsi": "sdiv",
    "arith.divui": "udiv",
    "arith.remsi": "srem",
    "arith.remui": "urem",
    "arith.andi": "and",
    "arith.ori": "or",
    "arith.xori": "xor",
    "arith.shli": "shl",
    "arith.shrsi": "ashr",
    "arith.shrui": "lshr",
    "arith.addf": "fadd",
    "arith.subf": "fsub",
    "arith.mulf": "fmul",
    "arith.divf": "fdiv",
    "arith.remf": "frem",
    "arith.negf": "fneg",
}
"""`add i32 %a, %b`"""

INTRINSICS = {
    "arith.maxsi": "smax",
    "arith.minsi": "smin",
    "arith.maxui": "umax",
    "arith.minui": "umin",
    "arith.maximumf": "maximum",
    "arith.minimumf": "minimum",
    "math.absf": "fabs",
    "math.floor": "floor",
    "math.ceil": "ceil",
    "math.roundeven": "roundeven",
    "math.sqrt": "sqrt",
    "math.exp": "exp",
    "math.log": "log",
    "math.sin": "sin",
    "math.cos": "cos",
    "math.powf": "pow",
    "math.fma": "fma",
}
"""`call float @llvm.sqrt.f32(float %a)`"""

LIBRARY = {"math.tanh": "tanh", "math.erf": "erf"}
"""`call float @tanhf(float %a)`: of the C library, because LLVM has, or had, no word for it."""

CASTS = {
    "arith.sitofp": "sitofp",
    "arith.uitofp": "uitofp",
    "arith.fptosi": "fptosi",
    "arith.fptoui": "fptoui",
    "arith.extsi": "sext",
    "arith.extui": "zext",
    "arith.trunci": "trunc",
    "arith.extf": "fpext",
    "arith.truncf": "fptrunc",
    "arith.bitcast": "bitcast",
}
"""`sext i32 %a to i64`"""

OF_DOUBLES = {*LIBRARY} | {f"math.{name}" for name in "exp log sin cos powf rsqrt sqrt".split()}
"""The functions that of 16 bits are those of doubles, rounded once: as they are defined."""


def spell(op: Operation, *texts: str) -> str:
    """What computes the result of a scalar operation from the texts of its operands.

    One instruction, `fadd float %x, 1.0`, or one call; of an operation that changes no bit, the
    operand. EmitError if it has no form.
    """
    return SPELLING.text(op.name, op.result.type, op, texts)


def wide(type: Type, name: str) -> Type | None:
    """The type in which an operation of 16 bits is computed; None if it needs no other."""
    type = element_of(type)
    if type in (f16, bf16) and name in OF_DOUBLES:
        return f64
    return f32 if type == bf16 else None


def suffix(type: Type) -> str:
    """How names of functions tell types apart: i32, f32, bf16."""
    if isinstance(type, VectorType):
        return f"v{type.shape[0]}{suffix(type.element)}"
    text = type_text(type)
    return "bf16" if type == bf16 else text if text[0] == "i" else f"f{type.width}"


def _arguments(op: Operation, texts: tuple[str, ...]) -> str:
    pairs = zip(op.operands, texts, strict=True)
    return ", ".join(f"{type_text(value.type)} {text}" for value, text in pairs)


def helper(op: Operation, *texts: str) -> str:
    """A call of tern's own function for the operation, which helpers.py defines."""
    types = dict.fromkeys([suffix(op.operands[-1].type), suffix(op.result.type)])
    name = ".".join(["tern", op.name.partition(".")[2], *types])
    return f"call {type_text(op.result.type)} @{name}({_arguments(op, texts)})"


def _elementwise(plain: Callable[..., str]) -> Callable[..., str]:
    """`plain`, or what computes 16 bits in a wider type."""

    def spell_it(op: Operation, *texts: str) -> str:
        type = op.operands[-1].type
        narrow = wide(type, op.name) is not None
        if isinstance(type, VectorType) and (narrow or op.name in LIBRARY):
            raise EmitError(f"{op.name} of {type} has no form in LLVM IR: it is a function's call")
        return helper(op, *texts) if narrow else plain(op, *texts)

    return spell_it


def _instruction(word: str) -> Callable[..., str]:
    return lambda op, *texts: f"{word} {type_text(op.result.type)} {', '.join(texts)}"


def _intrinsic(word: str) -> Callable[..., str]:
    def spell_it(op: Operation, *texts: str) -> str:
        called = f"@llvm.{word}.{suffix(op.result.type)}"
        return f"call {type_text(op.result.type)} {called}({_arguments(op, texts)})"

    return spell_it


def _library(word: str) -> Callable[..., str]:
    def spell_it(op: Operation, *texts: str) -> str:
        called = f"@{word}{'' if op.result.type == f64 else 'f'}"
        return f"call {type_text(op.result.type)} {called}({_arguments(op, texts)})"

    return spell_it


for _name, _word in INSTRUCTIONS.items():
    SPELLING.form(_name)(_elementwise(_instruction(_word)))
for _name, _word in INTRINSICS.items():
    SPELLING.form(_name)(_elementwise(_intrinsic(_word)))
for _name, _word in LIBRARY.items():
    SPELLING.form(_name)(_elementwise(_library(_word)))


@SPELLING.form("math.absi")
def _size(op: Operation, a: str) -> str:
    """Of the least number itself."""
    if op.result.type == i1:
        return a
    type = type_text(op.result.type)
    return f"call {type} @llvm.abs.{suffix(op.result.type)}({type} {a}, i1 false)"


@SPELLING.form("math.rsqrt")
def _reciprocal_root(op: Operation, a: str) -> str:
    if isinstance(op.result.type, VectorType):
        raise EmitError(f"math.rsqrt of {op.result.type} has no form in LLVM IR")
    return helper(op, a)


@SPELLING.form("arith.constant")
def _constant(op: Operation) -> str:
    return constant_text(op.attributes["value"], op.result.type)


@SPELLING.form("arith.select")
def _choose(op: Operation, condition: str, a: str, b: str) -> str:
    type, mask = type_text(op.result.type), type_text(op.operands[0].type)
    return f"select {mask} {condition}, {type} {a}, {type} {b}"


@SPELLING.form("arith.cmpi", "arith.cmpf")
def _compare(op: Operation, a: str, b: str) -> str:
    """The predicates are LLVM's own."""
    type, predicate = op.operands[0].type, op.attributes["predicate"]
    if type == bf16:
        name = f"tern.cmpf.{predicate}.bf16"
        return f"call i1 @{name}({_arguments(op, (a, b))})"
    word = "icmp" if op.name == "arith.cmpi" else "fcmp"
    return f"{word} {predicate} {type_text(type)} {a}, {b}"


@SPELLING.form(*CASTS)
def _cast(op: Operation, a: str) -> str:
    before, after = op.operands[0].type, op.result.type
    if op.name == "arith.bitcast":
        return a if type_text(before) == type_text(after) else _plain_cast("bitcast", op, a)
    if isinstance(after, VectorType) and _is_a_call(element_of(before), element_of(after)):
        raise EmitError(f"{op.name} from {before} to {after} has no form in LLVM IR")
    if bf16 in (before, after) or f16 in (before, after) and (before, after) != (f16, f32):
        return helper(op, a)
    return _plain_cast(CASTS[op.name], op, a)


@SPELLING.form("arith.index_cast", "arith.index_castui")
def _cast_index(op: Operation, a: str) -> str:
    before, after = type_text(op.operands[0].type), type_text(op.result.type)
    if isinstance(op.result.type, VectorType):
        raise EmitError(f"{op.name} of vectors has no form in LLVM IR")
    if before == after:
        return a
    narrower = int(after[1:]) < int(before[1:])
    wider = "zext" if op.name.endswith("ui") else "sext"
    return _plain_cast("trunc" if narrower else wider, op, a)


def _is_a_call(before: Type, after: Type) -> bool:
    """Whether a conversion is one of tern's own functions, or one that the C library lacks."""
    return bf16 in (before, after) or f16 in (before, after) and {before, after} != {f16, f32}


def _plain_cast(word: str, op: Operation, a: str) -> str:
    return f"{word} {type_text(op.operands[0].type)} {a} to {type_text(op.result.type)}"
