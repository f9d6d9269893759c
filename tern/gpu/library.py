"""libdevice, NVIDIA's library of functions of numbers, in NumPy.

The types that a function takes are Triton's own table's. Floats are computed in float64 and rounded
once, so that float32 is right to the last bit or nearly so; the library's is within a few.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import triton.language as tl
from triton.runtime import interpreter
from triton.runtime.interpreter import TensorHandle, _get_np_dtype
from triton.runtime.jit import ConstexprFunction

from tern.gpu.conversions import number, to_integers
from tern.gpu.refusals import Failure, named, refused, refusing


def _each(function: Callable, nowhere: float = math.nan) -> Callable:
    """A function of single numbers on blocks, with what it is where it is undefined."""

    def one(*numbers: Any) -> float:
        try:
            return function(*numbers)
        except ValueError:
            return nowhere
        except OverflowError:
            return math.inf

    return np.vectorize(one, otypes=[np.float64])


def _gamma(x: np.ndarray) -> np.ndarray:
    return np.where(x == 0, np.copysign(np.inf, x), _each(math.gamma)(x))


def _round(x: np.ndarray) -> np.ndarray:
    return np.copysign(np.floor(np.abs(x) + 0.5), x)


def _ilogb(x: np.ndarray) -> np.ndarray:
    return np.frexp(x)[1] - 1


# By the name of the symbol, without the f of float32. All floats come in float64.
FLOAT: dict[str, Callable] = {
    **{name: getattr(np, name) for name in "cbrt ceil cos cosh exp exp2 expm1 fabs floor".split()},
    **{name: getattr(np, name) for name in "log log10 log1p log2 rint sin sinh sqrt".split()},
    **{name: getattr(np, name) for name in "tan tanh trunc fmod hypot copysign fmax fmin".split()},
    **{f"a{name}": getattr(np, f"arc{name}") for name in "cos cosh sin sinh tan tanh".split()},
    **{f"fast_{name}": getattr(np, name) for name in "cos exp log log10 log2 sin tan".split()},
    **{name: _each(getattr(math, name)) for name in ("erf", "erfc", "remainder")},
    "lgamma": _each(math.lgamma, math.inf),
    "atan2": np.arctan2,
    "cospi": lambda x: np.cos(np.pi * np.fmod(x, 2)),
    "exp10": lambda x: np.power(10.0, x),
    "fast_exp10": lambda x: np.power(10.0, x),
    "fast_fdivide": np.divide,
    "fast_pow": np.power,
    "fdim": lambda x, y: np.where(np.isnan(x - y), x - y, np.maximum(x - y, 0)),
    "finite": np.isfinite,
    "fma": lambda x, y, z: x * y + z,
    "ilogb": _ilogb,
    "isfinited": np.isfinite,
    "isinf": np.isinf,
    "isinfd": np.isinf,
    "isnan": np.isnan,
    "isnand": np.isnan,
    "ldexp": lambda x, n: np.ldexp(x, n),
    "llrint": np.rint,
    "llround": _round,
    "logb": lambda x: np.where(x == 0, -np.inf, np.where(np.isfinite(x), _ilogb(x), np.abs(x))),
    "nearbyint": np.rint,
    "norm3d": lambda x, y, z: np.sqrt(x * x + y * y + z * z),
    "norm4d": lambda x, y, z, w: np.sqrt(x * x + y * y + z * z + w * w),
    "normcdf": lambda x: 0.5 * _each(math.erfc)(-x / math.sqrt(2)),
    "pow": np.power,
    "powi": np.power,
    "rcbrt": lambda x: 1 / np.cbrt(x),
    "rhypot": lambda x, y: 1 / np.hypot(x, y),
    "round": _round,
    "rsqrt": lambda x: 1 / np.sqrt(x),
    "saturate": lambda x: np.fmin(np.fmax(x, 0), 1),
    "scalbn": lambda x, n: np.ldexp(x, n),
    "signbit": np.signbit,
    "signbitd": np.signbit,
    "sinpi": lambda x: np.sin(np.pi * np.fmod(x, 2)),
    "tgamma": _gamma,
}
for _name, _function in [
    ("add", "add"),
    ("sub", "subtract"),
    ("mul", "multiply"),
    ("div", "divide"),
    ("rcp", "reciprocal"),
    ("sqrt", "sqrt"),
]:
    FLOAT[f"f{_name}_rn"] = FLOAT[f"d{_name}_rn"] = getattr(np, _function)
ROUNDINGS = {"rn": np.rint, "rz": np.trunc, "rd": np.floor, "ru": np.ceil}
TO_INTEGER = re.compile("(?:float|double)2(?:u?int|u?ll)_(r[nzdu])")
TO_FLOAT = re.compile("(?:double|u?int|u?ll)2(?:float|double)_rn")
SAME_BITS = re.compile(r"\w+_as_\w+")


def _bits(x: np.ndarray) -> np.ndarray:
    return x.view(f"u{x.itemsize}")


def _popc(x: np.ndarray) -> np.ndarray:
    return np.vectorize(lambda bits: int(bits).bit_count(), otypes=[np.int64])(_bits(x))


def _clz(x: np.ndarray) -> np.ndarray:
    size = 8 * x.itemsize
    return np.vectorize(lambda bits: size - int(bits).bit_length(), otypes=[np.int64])(_bits(x))


def _ffs(x: np.ndarray) -> np.ndarray:
    lowest = np.vectorize(lambda bits: (int(bits) & -int(bits)).bit_length(), otypes=[np.int64])
    return lowest(_bits(x))


def _brev(x: np.ndarray) -> np.ndarray:
    size = 8 * x.itemsize
    turn = np.vectorize(lambda bits: int(f"{int(bits):0{size}b}"[::-1], 2), otypes=[np.uint64])
    return turn(_bits(x))


def _wide(function: Callable) -> Callable:
    """A function of integers of any size."""
    return lambda *values: function(*(each.astype(object) for each in values))


INTEGER: dict[str, Callable] = {
    "abs": np.abs,
    "llabs": np.abs,
    "brev": _brev,
    "brevll": _brev,
    "clz": _clz,
    "clzll": _clz,
    "ffs": _ffs,
    "ffsll": _ffs,
    "popc": _popc,
    "popcll": _popc,
    "hadd": _wide(lambda x, y: (x + y) >> 1),
    "uhadd": _wide(lambda x, y: (x + y) >> 1),
    "rhadd": _wide(lambda x, y: (x + y + 1) >> 1),
    "urhadd": _wide(lambda x, y: (x + y + 1) >> 1),
    "mulhi": _wide(lambda x, y: (x * y) >> 32),
    "umulhi": _wide(lambda x, y: (x * y) >> 32),
    "mul64hi": _wide(lambda x, y: (x * y) >> 64),
    "umul64hi": _wide(lambda x, y: (x * y) >> 64),
    "sad": _wide(lambda x, y, z: abs(x - y) + z),
    "usad": _wide(lambda x, y, z: abs(x - y) + z),
}


def compute(symbol: str, kind: tl.dtype, handles: list[TensorHandle]) -> TensorHandle:
    """What a function of the library makes of these blocks, of the type that it returns."""
    name = symbol.removeprefix("__nv_")
    target, values = _get_np_dtype(kind), [number(each) for each in handles]
    if SAME_BITS.fullmatch(name):
        return TensorHandle(np.ascontiguousarray(values[0]).view(target), kind)
    if how := TO_INTEGER.fullmatch(name):
        rounded = ROUNDINGS[how[1]](values[0].astype(np.float64))
        return TensorHandle(to_integers(rounded, target), kind)
    if name in ("nextafter", "nextafterf"):
        return TensorHandle(np.nextafter(*values), kind)
    if TO_FLOAT.fullmatch(name):
        return TensorHandle(values[0].astype(target), kind)
    table = FLOAT if any(each.dtype.scalar.is_floating() for each in handles) else INTEGER
    function = table.get(name) or table.get(name.removesuffix("f"))
    if function is None:
        raise refused(name, "write it with what triton.language has")
    if table is FLOAT:
        values = [v.astype(np.float64) if v.dtype.kind == "f" else v for v in values]
    result = np.asarray(function(*values))
    if result.dtype == object:  # integers that may be too large, as no mask hides them
        result = np.vectorize(lambda n: n & ((1 << 64) - 1), otypes=[np.uint64])(result)
    return TensorHandle(result.astype(target), kind)


def install(replace: Callable[[Any, str, Any], None]) -> None:
    """Put the library's functions in the place of what only the compiler can call."""
    replace(tl.core, "extern_elementwise", _checking(tl.core.extern_elementwise))
    for module, name, function in _replacements():
        replace(module, name, function)


@functools.cache
def _replacements() -> list[tuple[ModuleType, str, Callable]]:
    from triton.language import extra
    from triton.language.extra.cuda import libdevice

    own = {name: each for name, each in vars(libdevice).items() if tl.core.is_builtin(each)}
    calls = {name: named(f"libdevice.{name}", _calling(own[name])) for name in own}
    found = [(libdevice, name, call) for name, call in calls.items()]
    for name, stub in vars(extra.libdevice).items():
        if callable(stub) and not name.startswith("_"):
            call = calls.get(name) or refusing(f"libdevice.{name}")
            found.append((extra.libdevice, name, call))
    for module in _modules(extra):
        home = module.__name__.removeprefix("triton.language.").removeprefix("extra.")
        for name, member in vars(module).items():
            if tl.core.is_builtin(member) or _is_of_target(member):
                found.append((module, name, refusing(f"tl.{home}.{name}")))
    return found


def _checking(upstream: Callable) -> Callable:
    """A call of a library's function, whose types are among those that it takes."""

    def elementwise(
        library: str, path: str, arguments: list, table: dict, is_pure: bool, **keywords: Any
    ) -> Any:
        semantic = interpreter.interpreter_semantic
        given = tuple(semantic.to_tensor(each).dtype for each in arguments)
        if given not in table:
            kinds = " or ".join(f"({', '.join(map(str, each))})" for each in table)
            raise Failure(f"it takes {kinds}")
        return upstream(library, path, arguments, table, is_pure, **keywords)

    return elementwise


def _calling(function: Callable) -> Callable:
    """A function of the compiler's, for the interpreter that runs."""
    return lambda *arguments, **keywords: function(
        *arguments, **keywords, _semantic=interpreter.interpreter_semantic
    )


def _is_of_target(member: Any) -> bool:
    """Whether a function looks at which GPU a kernel is compiled for."""
    home = getattr(getattr(member, "fn", None), "__module__", "")
    return isinstance(member, ConstexprFunction) and home.endswith("target_info")


def _modules(extra: ModuleType) -> list[ModuleType]:
    """What is beside libdevice: what only one GPU's maker has."""
    makers = [each for each in (getattr(extra, "cuda", None), getattr(extra, "hip", None)) if each]
    inner = [each for maker in makers for each in vars(maker).values() if type(each) is ModuleType]
    inner += [each] if (each := getattr(tl, "target_info", None)) else []
    return [*makers, *(each for each in inner if not each.__name__.endswith("cuda.libdevice"))]
