"""Short cuts that an exercise forbids: `A @ B` where the reader is to write the loops.

Looked for twice. In the text of every cell that reaches the worker, where operators, names and
attributes are compared, and whatever could spell a name at run time (`eval`, `getattr`, …) is no
way around. A name that the text itself gives to something is the reader's own: a loop may be
called `outer`; and so is a function's that another cell defines. `**` is the library's power,
unless its exponent is a whole number, as the text shows. And while it runs: in the worker
the functions and methods of these names are gone from NumPy and `math`, under whatever alias, so
that Numba cannot compile a call of them either, and no other library that has them can be imported
or loaded. A name can also be a symbol's, in LLVM IR: nobody writes that by hand, where short cuts
are forbidden, and what a kernel's object file calls by such a name can be asked for (`is_symbol`).
"""

from __future__ import annotations

import ast
import contextlib
import gc
import importlib
import os
import re
import sys
from collections.abc import Iterable
from types import ModuleType
from typing import Any

# An exercise may name a whole group.
GROUPS = {
    "products": frozenset(
        """@ dot vdot inner outer matmul einsum einsum_path c_einsum tensordot kron multi_dot vecdot
        matvec vecmat convolve correlate sliding_window_view as_strided matrix_power linalg
        mm bmm mv addmm baddbmm addmv chain_matmul conv1d conv2d conv3d linear bilinear
        fftconvolve oaconvolve correlate2d convolve2d gemm sgemm dgemm blas cblas lapack""".split()
    ),
    # and what is made of one: powers, and the random numbers of a distribution without deviation
    "exponentials": frozenset(
        """exp exp2 expm1 sinh cosh tanh logaddexp logaddexp2 power float_power pow logspace
        geomspace sin cos tan i0 kaiser lognormal lognormvariate pareto paretovariate weibull
        weibullvariate vonmises vonmisesvariate NormalDist cmath statistics decimal""".split()
    ),
}
# Where the functions of a group can be had as well.
LIBRARIES = {
    "products": frozenset("torch scipy tensorflow jax cupy numexpr mkl onnxruntime tvm".split()),
}
HOMES = (  # where the functions stand that are taken away
    "numpy numpy.linalg numpy.random numpy._core.multiarray numpy._core.umath math cmath".split()
)
NUMBAS = (  # where Numba looks functions up, by their names in these, when it first compiles
    "numba.core.typing.mathdecl numba.core.typing.cmathdecl"
    " numba.cpython.mathimpl numba.cpython.cmathimpl numba.cpython.randomimpl"
    " numba.cpython.numbers".split()
)
BUILTINS = frozenset("eval exec compile getattr globals vars locals __import__".split())
WHOLE = (ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.LShift, ast.RShift)
INDIRECT = BUILTINS | frozenset(
    """importlib import_module operator attrgetter methodcaller __dict__ __getattribute__
    __subclasses__ __builtins__ builtins bltns builtin_mod modules ctypes ctypeslib load_library
    cffi pickle marshal runpy llvmlite cgutils intrinsic ExternalFunction ExternalFunctionPointer
    lower_builtin load_library_permanently add_symbol address_of_symbol""".split()
)


def named(forbidden: Iterable[str]) -> frozenset[str]:
    """The names that are forbidden, those of groups among them."""
    return frozenset(name for each in forbidden for name in GROUPS.get(each, {each}))


def found(
    source: str, forbidden: Iterable[str], functions: frozenset[str] = frozenset()
) -> str | None:
    """The first forbidden short cut in `source`, in words with its line; None if there is none.

    `forbidden` holds names such as "dot", "@" for the operator, and GROUPS; `functions` are those
    that other cells define. Text that does not parse has none.
    """
    forbidden = tuple(forbidden)
    if not forbidden:
        return None
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):  # it will not run either
        return None
    except (RecursionError, MemoryError):  # the worker might get through it even so
        return "the cell is nested too deeply to be looked through for short cuts"
    libraries = frozenset[str]().union(*(LIBRARIES.get(each, ()) for each in forbidden))
    names = named(forbidden) | libraries | INDIRECT
    nodes = list(ast.walk(tree))
    own = {*_bound(nodes), *functions}
    if any(isinstance(node, ast.alias) and node.name == "*" for node in nodes):
        own -= names  # `from math import *` gives these names to others' things again
    # A function called `eval` may be another scope's, so the name stays forbidden; as an attribute
    # only the module `builtins` has the real one, and no name of that is left.
    methods, own = own & BUILTINS, own - BUILTINS
    wholes = _wholes(nodes) if "**" in names else frozenset()
    plain = {id(node.func) for node in nodes if isinstance(node, ast.Call) and _says(node, names)}
    for node in nodes:
        if (isinstance(node, ast.Name) and node.id in own) or id(node) in plain:
            continue
        if isinstance(node, ast.Attribute) and node.attr in methods:
            continue
        if "**" in names and _is_power(node, wholes):
            line = getattr(node, "lineno", 0)
            why = "unless its exponent is a whole number: `r ** 2`, `2.0 ** np.int32(n)`"
            return f"`**` (line {line}) is a short cut that this exercise forbids, {why}"
        for spelled in _spellings(node):
            if not names.isdisjoint([spelled, *spelled.strip("_").split(".")]):
                line = getattr(node, "lineno", 0)
                return f"`{spelled}` (line {line}) is a short cut that this exercise forbids"
    return None


def defined(sources: Iterable[str]) -> frozenset[str]:
    """The functions that texts define at their top level; those that do not parse define none."""
    names = set[str]()
    for source in sources:
        try:
            body = ast.parse(source).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        names |= {node.name for node in body if isinstance(node, ast.FunctionDef)}
    return frozenset(names)


def _spellings(node: ast.AST) -> list[str]:
    if isinstance(node, (ast.BinOp, ast.AugAssign)) and isinstance(node.op, ast.MatMult):
        return ["@"]
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Attribute):
        return [] if node.attr == "compile" and _is(node.value, "re") else [node.attr]
    if isinstance(node, ast.MatchClass):  # `case object(dot=f)`
        return node.kwd_attrs
    if isinstance(node, ast.alias):
        return [node.name]
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return []


def _is_power(node: ast.AST, wholes: frozenset[str]) -> bool:
    """Whether it is `a ** b` for a b that may be any number: `r ** 2` is two products at most."""
    if not isinstance(node, (ast.BinOp, ast.AugAssign)) or not isinstance(node.op, ast.Pow):
        return False
    exponent = node.right if isinstance(node, ast.BinOp) else node.value
    base = node.left if isinstance(node, ast.BinOp) else node.target
    return not (_is_whole(exponent, wholes) or (_is_number(base) and _is_number(exponent)))


def _is_whole(node: ast.AST, wholes: frozenset[str]) -> bool:
    """Whether it is made of whole numbers: of the text's, of names that hold such, and of casts."""
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, WHOLE) and all(
            _is_whole(each, wholes) for each in (node.left, node.right)
        )
    if isinstance(node, ast.UnaryOp):
        return _is_whole(node.operand, wholes)
    if isinstance(node, ast.Name):
        return node.id in wholes
    if isinstance(node, ast.Call):  # int(t), np.int32(t)
        name = node.func.attr if isinstance(node.func, ast.Attribute) else None
        return name in ("int32", "int64") or (_is(node.func, "int") and "int" in wholes)
    return isinstance(node, ast.Constant) and isinstance(node.value, int)


def _is_number(node: ast.AST) -> bool:
    node = node.operand if isinstance(node, ast.UnaryOp) else node
    return isinstance(node, ast.Constant) and isinstance(node.value, (int, float))


def _wholes(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """The names that hold nothing but whole numbers, and `int` and `range`, if they are Python's.

    A name holds what each assignment and each `for NAME in range(…)` gives it; one that anything
    else binds, an argument for one, may hold any number.
    """
    nodes = list(nodes)
    given: dict[str, list[ast.AST]] = {}
    known = set[int]()
    for node in nodes:
        pairs: list[tuple[ast.AST, ast.AST]] = []
        if isinstance(node, ast.Assign):
            pairs = [(target, node.value) for target in node.targets]
        elif isinstance(node, (ast.AnnAssign, ast.NamedExpr, ast.AugAssign)) and node.value:
            is_whole = not isinstance(node, ast.AugAssign) or isinstance(node.op, WHOLE)
            pairs = [(node.target, node.value if is_whole else node)]
        elif isinstance(node, (ast.For, ast.comprehension)) and isinstance(node.iter, ast.Call):
            is_range = _is(node.iter.func, "range")
            pairs = [(node.target, ast.Constant(0) if is_range else node)]
        for target, value in pairs:
            if isinstance(target, ast.Name):
                given.setdefault(target.id, []).append(value)
                known.add(id(target))
    others = {*_bound([node for node in nodes if id(node) not in known])}
    wholes = frozenset({*given, "int", "range"} - others - ({"int", "range"} & {*given}))
    if "range" not in wholes:
        return frozenset()
    while True:
        kept = {
            name for name in wholes if all(_is_whole(each, wholes) for each in given.get(name, ()))
        }
        if kept == wholes:
            return wholes
        wholes = frozenset(kept)


def _bound(nodes: Iterable[ast.AST]) -> Iterable[str]:
    """The names that a text gives to something of its own; imports give names to others' things."""
    for node in nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name


def _is(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _says(call: ast.Call, names: frozenset[str]) -> bool:
    """Whether it is a `getattr` whose text begins as no forbidden name does: `"visit_" + kind`."""
    if not _is(call.func, "getattr") or len(call.args) < 2:
        return False
    text: ast.AST = call.args[1]
    while isinstance(text, ast.BinOp) and isinstance(text.op, (ast.Add, ast.Mod)):
        text = text.left  # "visit_" + kind, "visit_%s" % kind
    if isinstance(text, ast.Call) and isinstance(text.func, ast.Attribute):
        if text.func.attr != "format":  # "visit_{}".format(kind)
            return False
        text = text.func.value
    if isinstance(text, ast.JoinedStr) and text.values:
        text = text.values[0]
    if not isinstance(text, ast.Constant) or not isinstance(text.value, str):
        return False
    start = re.split("[%{]", text.value)[0]
    return bool(start) and start[0] != "_" and not any(name.startswith(start) for name in names)


def take_away(forbidden: tuple[str, ...]) -> None:
    """Make NumPy's functions of these names raise, for this process, and close other libraries."""
    if not forbidden:
        return
    import math  # noqa: F401  (its functions are among those that go)

    import numpy

    for module in NUMBAS if "numba" in sys.modules else ():
        with contextlib.suppress(ImportError):
            importlib.import_module(module)
    names = named(forbidden)
    taken = {
        id(function): f"{home.removeprefix('numpy._core.')}.{name}"
        for home in reversed(HOMES)
        for name in names
        if callable(function := getattr(sys.modules.get(home), name, None))
    }
    modules = [
        each for name, each in sys.modules.items() if name.split(".")[0] in ("numpy", "math")
    ]
    for module in modules:
        for alias, value in list(getattr(module, "__dict__", {}).items()):
            if id(value) in taken:
                setattr(module, alias, _forbidden(taken[id(value)], value))
    for group in forbidden:
        for library in LIBRARIES.get(group, ()):
            for name in list(sys.modules):
                if name.split(".")[0] == library:
                    del sys.modules[name]
            sys.modules[library] = None  # type: ignore[assignment]  # what makes an import fail
    for method in ("dot", "__matmul__", "__rmatmul__", "__imatmul__"):
        if method in names or (method != "dot" and "@" in names):
            _replace(numpy.ndarray, method, _forbidden(f"numpy.ndarray.{method}"))
    if "**" in names:
        for method in ("__pow__", "__rpow__", "__ipow__"):
            _replace(numpy.ndarray, method, _forbidden(f"numpy.ndarray.{method}"))
        _make_whole_powers_of_products()
    sys.addaudithook(_no_libraries)
    _no_code_by_hand()


def _make_whole_powers_of_products() -> None:
    """Of `x ** n` with a whole n Numba makes products, but for a large n asks the library's power:
    now it multiplies then as well, and only a kernel that asks for that power calls it."""
    if (numbers := sys.modules.get("numba.cpython.numbers")) is None:
        return
    from numba import njit

    @njit
    def by_products(base: float, exponent: float) -> float:
        left, product = int(abs(exponent)), 1.0
        while left:
            if left & 1:
                product *= base
            left >>= 1
            base *= base
        return product if exponent >= 0 else 1.0 / product

    standing_in = ModuleType("math")
    vars(standing_in).update({**vars(numbers.math), "pow": by_products})
    vars(numbers)["math"] = standing_in


def is_symbol(symbol: str, forbidden: Iterable[str]) -> bool:
    """Whether an object file that calls this function takes a short cut: `expf`, `cblas_sgemm`,
    `_ZGVdN8v_expf` of a library for vectors."""
    names = named(forbidden)
    words = [word for word in re.split("[_.@]+", symbol) if word]
    return any(word in names or word[:-1] in names for word in words)


def _no_code_by_hand() -> None:
    """From now on nobody but Numba and tern writes LLVM IR for a kernel, and LLVM loads nothing."""
    if (extending := sys.modules.get("numba.core.extending")) is not None:
        folders = tuple(
            os.path.join(os.path.dirname(file), "")
            for name in ("numba", "tern")
            if name in sys.modules and (file := sys.modules[name].__file__)
        )
        kind = extending._Intrinsic
        begin = kind.__init__

        def checked(self: Any, name: str, defn: Any, *args: Any, **more: Any) -> None:
            if not defn.__code__.co_filename.startswith(folders):
                raise PermissionError("code by hand is a short cut that this exercise forbids")
            begin(self, name, defn, *args, **more)

        kind.__init__ = checked
    if (loading := sys.modules.get("llvmlite.binding.dylib")) is not None:
        load = loading.load_library_permanently
        for name in [name for name in sys.modules if name.split(".")[0] in ("llvmlite", "numba")]:
            for alias, value in list(getattr(sys.modules[name], "__dict__", {}).items()):
                if value is load:
                    setattr(sys.modules[name], alias, _no_library)
        loading.ffi.lib._fntab["LLVMPY_LoadLibraryPermanently"] = _no_library


def _no_library(*_: Any) -> None:
    raise PermissionError("loading a library is a short cut that this exercise forbids")


def _replace(built_in: type, name: str, value: Any) -> None:
    """Give a type that is made in C another attribute."""
    import ctypes

    (attributes,) = gc.get_referents(built_in.__dict__)
    attributes[name] = value
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(built_in))


def _no_libraries(event: str, arguments: tuple) -> None:
    if event == "ctypes.dlopen" and arguments[0] is not None:  # None is this very program
        _no_library()


def _forbidden(name: str, function: Any = None) -> Any:
    """What stands in for a function; of a ufunc, with what Numba asks of it when it compiles."""

    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(f"{name} is a short cut that this exercise forbids")

    for attribute in ("nin", "nout", "nargs", "types", "signature", "identity"):
        if hasattr(function, attribute):
            setattr(refuse, attribute, getattr(function, attribute))
    return refuse
