"""The functions that emitted text calls: tern's own, which are defined, and others, declared.

tern's own are arithmetic of 16 bits, which is done in wider types and rounded once, and the
reciprocal root. They are inlined before anything else happens.
"""

from __future__ import annotations

import re
from functools import cache

from tern.ir import Operation, Value
from tern.targets.llvm.operations import spell, suffix, wide
from tern.targets.llvm.text import type_text
from tern.types import SCALARS, Type, bf16, f16, f32, f64, i1

_CALL = re.compile(r"call (\w+|<[^>]+>) @([\w.]+)\(((?:[^()]|\([^()]*\))*)\)")
_ARGUMENT = re.compile(r"(\w+|<\d+ x \w+>) (?:<[^>]*>|splat \([^()]*\)|[^,]*)")
_BY_NAME = {suffix(type): type for type in SCALARS}
_ATTRIBUTES = "nounwind willreturn"

TRUNCATE_TO_BF16 = """\
  %bits = bitcast float %a to i32
  %above = lshr i32 %bits, 16
  %odd = and i32 %above, 1
  %half = add i32 %odd, 32767
  %rounded = add i32 %bits, %half
  %nan = fcmp uno float %a, %a
  %kept = select i1 %nan, i32 2143289344, i32 %rounded
  %high = lshr i32 %kept, 16
  %r = trunc i32 %high to i16
"""
"""To the nearest, of two the even one: half of the last bit is added before the rest is cut off."""

EXTEND_BF16 = """\
  %low = zext i16 %a to i32
  %bits = shl i32 %low, 16
  %r = bitcast i32 %bits to float
"""

TO_ODD = """\
  %near = fptrunc double %a to float
  %back = fpext float %near to double
  %inexact = fcmp one double %back, %a
  %size = call double @llvm.fabs.f64(double %a)
  %back.size = call double @llvm.fabs.f64(double %back)
  %up = fcmp ogt double %back.size, %size
  %one = zext i1 %up to i32
  %bits = bitcast float %near to i32
  %toward.zero = sub i32 %bits, %one
  %marked = or i32 %toward.zero, 1
  %kept = select i1 %inexact, i32 %marked, i32 %bits
  %r = bitcast i32 %kept to float
"""
"""To odd, which keeps in the last bit that something was cut off, so that to round once more is to
round once (Boldo and Melquiond, "Emulation of FMA and Correctly-Rounded Sums", 2008)."""


def complete(functions: str) -> str:
    """The text of functions, followed by what they call and do not define."""
    defined = set(re.findall(r"^(?:define|declare) [^@]*@([\w.$\"-]+)\(", functions, re.MULTILINE))
    parts, work = [functions.rstrip()], [functions]
    declared: dict[str, str] = {}
    while work:
        for result, name, arguments in _CALL.findall(work.pop()):
            if name in defined:
                continue
            defined.add(name)
            if name.startswith("tern."):
                parts.append(definition(name).rstrip())
                work.append(parts[-1])
            else:
                declared[name] = declaration(result, name, arguments)
    return "\n\n".join([*parts, *["\n".join(sorted(declared.values()))] * bool(declared)]) + "\n"


def declaration(result: str, name: str, arguments: str) -> str:
    types = ", ".join(_ARGUMENT.findall(arguments))
    attributes = "" if name.startswith("llvm.") else f" {_ATTRIBUTES} readnone"
    return f"declare {result} @{name}({types}){attributes}"


@cache
def definition(name: str) -> str:
    """One of tern's own functions: `tern.addf.bf16`, `tern.sitofp.i32.f16`."""
    if name == "tern.to_odd":
        return _define("float", name, [("double", "%a")], TO_ODD, "float")
    _, word, *rest = name.split(".")
    if word == "cmpf":
        return _compare(name, rest[0])
    source, result = _BY_NAME[rest[0]], _BY_NAME[rest[-1]]
    if word in _CONVERSIONS:
        body = _conversion(word, source, result)
        arguments = [(type_text(source), "%a")]
    else:
        prefix = "math" if f"math.{word}" in _MATH else "arith"
        return _elementwise(f"{prefix}.{word}", name, result)
    return _define(type_text(result), name, arguments, body, type_text(result))


_CONVERSIONS = frozenset("extf truncf sitofp uitofp fptosi fptoui".split())
_MATH = frozenset(
    f"math.{n}"
    for n in "absf exp log sqrt rsqrt tanh sin cos erf powf floor ceil roundeven".split()
)


def _define(
    result: str, name: str, arguments: list[tuple[str, str]], body: str, returned: str
) -> str:
    parameters = ", ".join(f"{type} {text}" for type, text in arguments)
    head = f"define private {result} @{name}({parameters}) alwaysinline nounwind {{"
    return f"{head}\n{body}  ret {returned} %r\n}}\n"


def _cast(word: str, source: Type, result: Type, text: str) -> str:
    return spell(Operation(f"arith.{word}", [Value(source)], [result]), text)


def _conversion(word: str, source: Type, result: Type) -> str:
    """By way of the types that LLVM converts exactly."""
    if (word, source, result) == ("extf", bf16, f32):
        return EXTEND_BF16
    if (word, source, result) == ("truncf", f32, bf16):
        return TRUNCATE_TO_BF16
    if (word, source, result) == ("truncf", f32, f16):
        return "  %r = fptrunc float %a to half\n"
    if word == "truncf":
        rounded = _cast("truncf", f32, result, "%odd")
        return f"  %odd = call float @tern.to_odd(double %a)\n  %r = {rounded}\n"
    if word in ("extf", "fptosi", "fptoui"):  # all from 16 bits
        first = _cast("extf", source, f32, "%a")
        return f"  %wide = {first}\n  %r = {_cast(word, f32, result, '%wide')}\n"
    return _from_integer(word, source, result)


def _from_integer(word: str, source: Type, result: Type) -> str:
    """By way of a double, which holds 53 bits; of more, the last one says whether others follow."""
    type, last = type_text(source), _cast("truncf", f64, result, "%wide")
    if type != "i64":
        return f"  %wide = {word} {type} %a to double\n  %r = {last}\n"
    size = "%a" if word == "uitofp" else "%size"
    absolute = "" if word == "uitofp" else "  %size = call i64 @llvm.abs.i64(i64 %a, i1 false)\n"
    return f"""\
{absolute}  %long = icmp ugt i64 {size}, 9007199254740992
  %below = and i64 %a, 4095
  %some = icmp ne i64 %below, 0
  %mark = select i1 %some, i64 2048, i64 0
  %above = and i64 %a, -4096
  %marked = or i64 %above, %mark
  %kept = select i1 %long, i64 %marked, i64 %a
  %wide = {word} i64 %kept to double
  %r = {last}
"""


def _elementwise(op_name: str, name: str, type: Type) -> str:
    """An operation whose operands and result are of one type, in a wider one."""
    if op_name == "math.rsqrt" and type in (f32, f64):
        return _reciprocal_root(name, type)
    between = wide(type, op_name)
    assert between is not None
    arity = 1 if op_name in _MATH - {"math.powf"} or op_name == "arith.negf" else 2
    texts = ["%a", "%b"][:arity]
    lines = [f"  {text}.wide = {_cast('extf', type, between, text)}\n" for text in texts]
    op = Operation(op_name, [Value(between) for _ in texts], [between])
    lines.append(f"  %wide = {spell(op, *[f'{text}.wide' for text in texts])}\n")
    lines.append(f"  %r = {_cast('truncf', between, type, '%wide')}\n")
    written = type_text(type)
    return _define(written, name, [(written, text) for text in texts], "".join(lines), written)


def _reciprocal_root(name: str, type: Type) -> str:
    """Of a double, the quotient of 1 and the root; a float's is a double's, rounded once."""
    if type == f64:
        body = "  %root = call double @llvm.sqrt.f64(double %a)\n  %r = fdiv double 1.0, %root\n"
    else:
        body = (
            "  %wide = fpext float %a to double\n"
            "  %root = call double @tern.rsqrt.f64(double %wide)\n"
            "  %r = fptrunc double %root to float\n"
        )
    written = type_text(type)
    return _define(written, name, [(written, "%a")], body, written)


def _compare(name: str, predicate: str) -> str:
    lines = [f"  {text}.wide = {_cast('extf', bf16, f32, text)}\n" for text in ("%a", "%b")]
    op = Operation("arith.cmpf", [Value(f32)] * 2, [i1], {"predicate": predicate})
    lines.append(f"  %r = {spell(op, '%a.wide', '%b.wide')}\n")
    return _define("i1", name, [("i16", "%a"), ("i16", "%b")], "".join(lines), "i1")


SOFT = {
    "__truncsfhf2": """\
define half @__truncsfhf2(float %a) nounwind {
  %bits = bitcast float %a to i32
  %sign.high = lshr i32 %bits, 16
  %sign = and i32 %sign.high, 32768
  %size = and i32 %bits, 2147483647
  %rounds = lshr i32 %size, 13
  %odd = and i32 %rounds, 1
  %half = add i32 %odd, 4095
  %up = add i32 %size, %half
  %short = lshr i32 %up, 13
  %normal = sub i32 %short, 114688
  %large = icmp uge i32 %size, 1199566848
  %normal.or.inf = select i1 %large, i32 31744, i32 %normal
  %value = bitcast i32 %size to float
  %scaled = fadd float %value, 0.5
  %scaled.bits = bitcast float %scaled to i32
  %small = sub i32 %scaled.bits, 1056964608
  %tiny = icmp ult i32 %size, 947912704
  %number = select i1 %tiny, i32 %small, i32 %normal.or.inf
  %nan = icmp ugt i32 %size, 2139095040
  %known = select i1 %nan, i32 32256, i32 %number
  %signed = or i32 %known, %sign
  %r16 = trunc i32 %signed to i16
  %r = bitcast i16 %r16 to half
  ret half %r
}
""",
    "__extendhfsf2": """\
define float @__extendhfsf2(half %a) nounwind {
  %bits16 = bitcast half %a to i16
  %bits = zext i16 %bits16 to i32
  %sign.low = and i32 %bits, 32768
  %sign = shl i32 %sign.low, 16
  %size = and i32 %bits, 32767
  %shifted = shl i32 %size, 13
  %value = bitcast i32 %shifted to float
  %scaled = fmul float %value, 0x46F0000000000000
  %number = bitcast float %scaled to i32
  %special = icmp uge i32 %size, 31744
  %full = or i32 %shifted, 2139095040
  %known = select i1 %special, i32 %full, i32 %number
  %signed = or i32 %known, %sign
  %r = bitcast i32 %signed to float
  ret float %r
}
""",
}
"""What LLVM calls on processors that cannot convert 16 bits; the C library has them not."""


def soft(text: str) -> str:
    """The functions of SOFT, if a text may need them."""
    return "\n".join(SOFT.values()) if re.search(r"\bhalf\b", text) else ""
