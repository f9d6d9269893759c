"""The one table of what a target may compute otherwise than the definition, and why.

Anything else that differs, by a bit, is a fault of the target or of tern. So is an entry here
that no case needs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from tern.conformance.cases import Case
from tern.numbers import float_bits, same
from tern.types import FloatType, ScalarType


@dataclass(frozen=True)
class Permitted:
    """Patterns, as those of file names, of the target, the operation, and the types.

    `what` may be: "refused", the target has no form; "near N", a number within N units of the last
    place; "zero", a zero of either sign; "tiny", a zero for a number below the normal ones;
    "flushed", what the definition gives if such numbers are zeros, as operands and as the result;
    "small", anything if an operand is such a number. `only` says on which machines it is found, if
    not on all.
    """

    target: str
    operation: str
    types: str
    what: str
    why: str
    only: str = ""

    def covers(self, target: str, case: Case) -> bool:
        """Whether the entry is about a case."""
        return (
            fnmatchcase(target, self.target)
            and fnmatchcase(case.name, self.operation)
            and fnmatchcase(case.types, self.types)
        )

    def permits(
        self,
        found: Any,
        expected: Any,
        type: ScalarType,
        flushed_to: Any = None,
        small: bool = False,
    ) -> bool:
        """Whether a target may compute `found`, which is not `expected`. `flushed_to` is what would
        be expected if there were no numbers below the normal ones; `small` tells that an operand is
        one."""
        word, _, number = self.what.partition(" ")
        if word in ("flushed", "small"):
            return small if word == "small" else same(found, flushed_to)
        if word == "refused" or not isinstance(type, FloatType) or not isinstance(found, float):
            return False
        if word == "zero":
            return found == expected == 0
        if word == "tiny":
            return found == 0 and abs(expected) <= 2.0 ** (2 - 2 ** (type.exponent - 1))
        return units(found, expected, type) <= int(number)


def flushed(value: Any, type: ScalarType) -> Any:
    """A number; of one below the normal ones a zero of its sign."""
    if not isinstance(type, FloatType) or abs(value) >= 2.0 ** (2 - 2 ** (type.exponent - 1)):
        return value
    return math.copysign(0.0, value) if value == value else value


def units(found: float, expected: float, type: FloatType) -> float:
    """How many numbers of the format lie between two of one sign; infinity of others."""
    if same(found, expected):
        return 0
    if not (math.isfinite(found) and math.isfinite(expected)) or found * expected <= 0:
        return math.inf
    return abs(float_bits(abs(found), type) - float_bits(abs(expected), type))


_LIBRARY = "its library's function is not exact in the last places"
_TWICE = "it rounds the root, and then the quotient; the definition rounds once"
_ZEROS = "its maximum and minimum do not tell the zeros apart, as vector instructions do not"
_POLYNOMIAL = "vectors have tern's own, by expand_math: within 2 of all floats"
_WIDTHS = "its registers hold single bits, 32, and 64"
_CALLED = "there is no instruction for it, and it calls no library"
_NO_INSTRUCTION = [
    f"math.{name}" for name in "exp log rsqrt tanh sin cos erf powf floor ceil roundeven".split()
]
_BITS = "nobody divides or shifts a single bit"

PERMITTED = (
    Permitted(
        "array",
        "math.powf",
        "f64",
        "near 1",
        "NumPy's power is not exact in the last bit",
        only="with AVX-512, for which NumPy has a power of its own",
    ),
    *[Permitted("machine", "*", types, "refused", _WIDTHS) for types in ("*i8*", "*u8*", "*f16*")],
    *[
        Permitted("machine", operation, "f*", "refused", _CALLED)
        for operation in ("arith.remf", "arith.fptoui", *_NO_INSTRUCTION)
    ],
    Permitted("machine", "arith.uitofp", "i64 *", "refused", "it converts signed numbers"),
    Permitted("machine", "arith.fptosi", "* to i1", "refused", _BITS),
    Permitted("llvm", "math.erf", "f32", "near 1", _LIBRARY),
    *[
        Permitted("vectors", f"math.{name}", "f32", "near 1", _POLYNOMIAL)
        for name in ("erf", "rsqrt")
    ],
    *[
        Permitted("cpp", "*", types, "refused", "C++17 has no floats of 16 bits")
        for types in ("f16*", "bf16*", "* to f16", "* to bf16")
    ],
    Permitted("cpp", "math.erf", "f32", "near 1", _LIBRARY),
    Permitted("numba", "*", "f16*", "refused", "Numba has no arithmetic of 16 bits on a CPU"),
    Permitted("numba", "*", "bf16*", "refused", "Numba and NumPy do not know bfloat16"),
    Permitted("numba", "*", "* to f16", "refused", "Numba has no arithmetic of 16 bits on a CPU"),
    Permitted("numba", "*", "* to bf16", "refused", "Numba and NumPy do not know bfloat16"),
    Permitted("numba", "arith.m*imumf", "*", "zero", _ZEROS),
    Permitted("numba", "math.rsqrt", "f32", "near 1", _TWICE),
    Permitted("numba", "math.erf", "f32", "near 1", _LIBRARY),
    Permitted("tvm", "arith.m*imumf", "*", "zero", _ZEROS),
    Permitted("tvm", "math.rsqrt", "f32", "near 1", _TWICE),
    Permitted("tvm", "math.erf", "f32", "near 1", _LIBRARY),
    Permitted("tvm", "math.tanh", "f[36]*", "near 4", "TVM has its own: a quotient"),
    Permitted("tvm", "math.tanh", "*f*", "zero", "TVM's own tanh loses the sign of -0.0"),
    Permitted("tvm", "math.tanh", "*", "tiny", "TVM's own tanh is 0 of the least numbers"),
    Permitted("tvm", "arith.bitcast", "*f16*", "refused", "TVM keeps bf16 as f32 as it computes"),
    Permitted("triton", "arith.m*imumf", "*", "zero", _ZEROS),
    Permitted("triton", "math.rsqrt", "f32", "near 1", _TWICE),
    Permitted("triton", "math.exp", "f32", "near 1", _LIBRARY),
    Permitted("triton", "math.sin", "f32", "near 1", _LIBRARY),
    Permitted("triton", "math.tanh", "f*", "near 16", "made of exp, or a series of small numbers"),
    Permitted("triton", "math.powf", "*", "refused", "Triton's language has no power"),
    Permitted("mlir", "math.rsqrt", "*", "near 1", _TWICE),
    Permitted("mlir", "math.erf", "f32", "near 1", _LIBRARY),
    Permitted("xla", "*", "*", "flushed", "its threads run with such numbers taken for zeros"),
    Permitted("xla", "math.powf", "*", "small", "its logarithm is of the bits of such a number"),
    Permitted("xla", "math.exp", "f64", "near 1", _LIBRARY),
    Permitted("xla", "math.erf", "f32", "near 1", "a quotient of two polynomials"),
    Permitted("xla", "math.tanh", "f*", "near 1", "a quotient of two polynomials"),
    *[
        Permitted(target, "math.fma", "*", "refused", "it has no product and sum, rounded once")
        for target in ("machine", "numba", "tvm", "triton", "xla")
    ],
    *[
        Permitted(target, operation, "i1", "refused", _BITS)
        for target in ("numba", "tvm", "triton", "machine", "xla")
        for operation in ("arith.div?i", "arith.rem?i", "arith.sh*", "math.absi")
        if (target, operation) != ("machine", "math.absi")
    ],
)


@dataclass(frozen=True)
class Failing:
    """What a target does where the definition fails: "raises" an error, or is "undefined"."""

    target: str
    fails: str  # of the Definition
    does: str
    why: str = ""


FAILING = (
    *[
        Failing(target, fails, "raises", "EvaluationError")
        for target in ("array", "loops", "machine", "llvm", "vectors", "cpp", "mlir")
        for fails in ("division", "conversion", "shift")
    ],
    Failing("numba", "division", "raises", "ZeroDivisionError or OverflowError, from a helper"),
    Failing("numba", "conversion", "undefined", "any number, as the machine's instruction has it"),
    Failing("numba", "shift", "undefined", "any number"),
    Failing("tvm", "division", "raises", "an assertion of the script: RuntimeError"),
    Failing("tvm", "conversion", "undefined", "any number"),
    Failing("tvm", "shift", "undefined", "any number"),
    Failing("xla", "division", "undefined", "-1, or all that is left"),
    Failing("xla", "conversion", "undefined", "the nearest number of the type, or any"),
    Failing("xla", "shift", "undefined", "what is left when all bits are out"),
    Failing("triton", "division", "undefined", "any number: a GPU does not trap"),
    Failing("triton", "conversion", "undefined", "any number"),
    Failing("triton", "shift", "undefined", "any number"),
)


def raises(target: str, fails: str) -> bool:
    """Whether a target raises an error where an operation fails that may in this way."""
    return any((e.target, e.fails, e.does) == (target, fails, "raises") for e in FAILING)
