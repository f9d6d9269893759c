"""An exercise's forbidden short cuts: found in the text, and gone while the code runs."""

from __future__ import annotations

import re

import numpy
import pytest

from autograder.worker import errors, shortcuts

FORBIDDEN = ("@", "dot", "matmul", "einsum")

HONEST = """
import numba
import numpy as np
from numba import njit, prange

@njit
def tiled_matmul(A, B, C):
    '''C += A @ B, without np.dot'''
    dots = 0.0
    for i in range(A.shape[0]):
        for k in prange(A.shape[1]):
            C[i, 0] += A[i, k] * B[k, 0] + dots  # not A @ B
"""

SHORT = {
    "the operator": "C += A @ B",
    "the operator in place": "A @= B",
    "a function": "np.dot(A, B, C)",
    "a method": "A.dot(B)",
    "a name of its own": "from numpy import matmul as product",
    "a module's": "import numpy.linalg.einsum",
    "its name in an alias": "f = np.matmul",
    "by eval": "eval('A' + chr(64) + 'B')",
    "by exec": "exec('C[:] = A' + chr(64) + 'B')",
    "by getattr": "getattr(np, 'd' + 'ot')(A, B)",
    "by getattr, joined": "getattr(np, ''.join('dot'))(A, B)",
    "by getattr, turned": "getattr(np, 'xtod'[::-1])(A, B)",
    "by getattr, replaced": "getattr(np, 'x'.replace('x', 'dot'))(A, B)",
    "by operator": "import operator\noperator.matmul(A, B)",
    "by a part of operator": "from operator import matmul",
    "by importlib": "import importlib.util",
    "by the method of the operator": "A.__matmul__(B)",
    "by a pattern": "match A:\n    case object(dot=f): f(B)",
    "by an import under a name of one's own": "from numpy import dot as outer; outer = outer",
    "by an import of everything": "dot = None\nfrom numpy import *\ndot(A, B)",
    "by LLVM": "from llvmlite import binding",
    "by LLVM's loader": "lanes.ll.load_library_permanently('libmvec.so.1')",
    "by code of one's own": "from numba.extending import intrinsic",
    "by a symbol": "product = types.ExternalFunction('cblas_' + 'sgemm', signature)",
}

OWN = {
    "a loop": "for operator in A: C += operator",
    "an argument": "lambda dot: dot + 1",
    "a function": "def dot(a, b): return 0\ndot(A, B)",
    "a visitor": "getattr(self, 'visit_' + kind)",
    "a visitor, formatted": "getattr(self, f'on_{kind}')",
    "a visitor, by format": "getattr(self, 'on_{}'.format(kind))(getattr(self, 'on_%s' % kind))",
    "an attribute with a default": "getattr(A, 'shape', None)",
    "a method": "class Walk:\n    def eval(self, n): return self.eval(n)\nWalk().eval(A)",
    "a regular expression": "re.compile('a')",
}


def test_loops_are_no_short_cut() -> None:
    assert shortcuts.found(HONEST, FORBIDDEN) is None


@pytest.mark.parametrize("how", SHORT)
def test_a_short_cut_is_found_with_its_line(how: str) -> None:
    source = HONEST + SHORT[how] + "\n"
    said = shortcuts.found(source, FORBIDDEN)
    last = len(source.splitlines()) - SHORT[how].count("\n")
    assert said is not None and "short cut" in said
    assert f"(line {last})" in said or f"(line {last + 1})" in said


@pytest.mark.parametrize("how", OWN)
def test_a_name_of_the_readers_own_is_no_short_cut(how: str) -> None:
    assert shortcuts.found(OWN[how], FORBIDDEN) is None


def test_a_function_of_another_cell_is_no_short_cut() -> None:
    functions = shortcuts.defined(["def dot(a, b): return 0\ndef eval(): pass", "def f(:"])
    assert functions == {"dot", "eval"}
    assert shortcuts.found("dot(A, B)", FORBIDDEN, functions) is None
    for short in ("dot(A, B)", "A.dot(B)", "from numpy import dot", "np.dot", "eval('A')"):
        allowed = functions if short != "dot(A, B)" else frozenset[str]()
        assert shortcuts.found(short, FORBIDDEN, allowed) is not None, short


def test_nothing_is_forbidden_where_the_exercise_forbids_nothing() -> None:
    for short in SHORT.values():
        assert shortcuts.found(short, ()) is None


POWERS = (
    "y[i] = 2.718281828459045 ** x[i]",
    "y[i] = E ** np.float64(x[i])",
    "y[i] **= x[i]",
    "y[i] = x[i] ** 0.5",
    "n = np.rint(x[0])\ny = 2.0 ** n",
    "n = 3\nn = x[0]\ny = 2.0 ** n",
    "n = 3\nn += x[0]\ny = 2.0 ** n",
    "n = k = 3\nk = n / 2\ny = 2.0 ** k",
    "def f(x, n): return x ** n",
    "def f(x, n):\n    n = 3\n    return x ** n",
    "n, m = 3, x[0]\ny = 2.0 ** m",
    "int = float\ny = 2.0 ** int(x[0])",
    "def range(n): return x\nfor k in range(3): y = 2.0 ** k",
    "with f() as n: y = 2.0 ** n",
    "for k in range(9): k = x[0]; y = 2.0 ** k",
    "for k in x: y = 2.0 ** k",
    "y = x.__pow__(2)",
)
PRODUCTS = (
    "y[i] = r + r ** 2 * P0 + r**3 * P1",
    "y[i] = r ** -1",
    "TINY = 2.0 ** -149 + 2 ** 0.5",
    "for k in range(5): total += P[k] * r ** (k + 2)",
    "total = sum(P[k] * r ** k for k in range(5))",
    "r **= 2",
    "n = 3\ny = 2.0 ** n",
    "n = np.int32(np.rint(x[0]))\nhalf = n >> 1\ny = 2.0 ** half * 2.0 ** (n - half)",
    "y = 2.0 ** int(x[0])",
    "k: int = 4\nk -= 1\ny = r ** k",
)


@pytest.mark.parametrize("source", POWERS)
def test_a_power_is_the_librarys(source: str) -> None:
    said = shortcuts.found(source, ("**", "pow"))
    assert said is not None and "short cut" in said
    assert "pow" in said or "whole number" in said
    assert shortcuts.found(source, ("dot",)) is None


@pytest.mark.parametrize("source", PRODUCTS)
def test_a_power_that_is_products_is_not(source: str) -> None:
    assert shortcuts.found(source, ("**", "pow")) is None


def test_text_that_does_not_parse_is_the_readers_own_error() -> None:
    assert shortcuts.found("def f(:", FORBIDDEN) is None


def test_an_arrays_own_methods_are_gone_in_the_worker() -> None:
    from autograder.judge import workers

    source = (
        "import string\ndef f(a):\n    return string.Formatter().get_field('0.d' + 'ot', [a], {})"
    )
    with workers.ForkServer(frozenset()) as server:
        worker = server.spawn(forbidden=("products",), limits={})
        worker.load([{"id": "cell", "source": source + "[0](a)"}])
        with pytest.raises(errors.RemoteError, match="ndarray.dot is a short cut"):
            worker.function("f")(numpy.ones(2))
        worker.close()


def test_numpys_own_functions_are_gone_in_the_worker() -> None:
    from autograder.judge import workers

    with workers.ForkServer(frozenset()) as server:
        for forbidden in ((), ("dot",)):
            worker = server.spawn(forbidden=forbidden, limits={})
            source = "import numpy\ndef f(a):\n    return float(numpy.dot(a, a))\n"
            worker.load([{"id": "cell", "source": source}])
            if forbidden:
                with pytest.raises(errors.RemoteError, match="numpy.dot is a short cut"):
                    worker.function("f")([3.0, 4.0])
            else:
                assert worker.function("f")([3.0, 4.0]) == 25.0
            worker.close()


def test_numba_compiles_where_a_ufunc_is_gone_and_not_a_call_of_it() -> None:
    from autograder.judge import workers

    pytest.importorskip("numba")  # and it's loaded before the worker is forked

    source = """
import numba, numpy as np
@numba.njit
def honest(x):
    return abs(x[0]) + np.float32(1)
@numba.njit
def short(x):
    return np.exp(x[0])
"""
    with workers.ForkServer(frozenset()) as server:
        worker = server.spawn(forbidden=("exp",), limits={}, native=True)
        worker.load([{"id": "cell", "source": source}])
        one = numpy.ones(1, numpy.float32)
        assert worker.function("honest")(one) == 2
        with pytest.raises(errors.RemoteError, match=r"numpy\.exp"):
            worker.function("short")(one)
        worker.close()


def test_a_whole_power_is_made_of_products() -> None:
    """It's no short cut, and what Numba makes of it calls no library."""
    from autograder.judge import workers

    pytest.importorskip("numba")  # and it's loaded before the worker is forked
    source = """
import numba, numpy as np
@numba.njit
def power(base, exponent):
    return base ** np.int32(exponent)
def assembly():
    power(2.0, 3)
    return power.inspect_asm()[power.signatures[0]]
"""
    with workers.ForkServer(frozenset()) as server:
        worker = server.spawn(forbidden=("exponentials", "**"), limits={}, native=True)
        worker.load([{"id": "cell", "source": source}])
        power = worker.function("power")
        for base, exponent in (
            (2.0, -1074),
            (2.0, 1023),
            (-3.0, 5),
            (1 + 2.0**-20, -(2**20)),
            (7.0, 0),
        ):
            assert power(base, exponent) == pytest.approx(base**exponent, rel=1e-9)
        assert not re.search(r"\bpow\b", worker.function("assembly")())
        worker.close()


def test_pythons_own_functions_are_gone_and_others_are_there() -> None:
    from autograder.judge import workers

    source = "import math\ndef f(x):\n    return math.log(x)\ndef g(x):\n    return math.exp(x)\n"
    with workers.ForkServer(frozenset()) as server:
        worker = server.spawn(forbidden=("exponentials",), limits={})
        worker.load([{"id": "cell", "source": source}])
        assert worker.function("f")(1.0) == 0
        with pytest.raises(errors.RemoteError, match="math.exp is a short cut"):
            worker.function("g")(1.0)
        worker.close()


def test_nobody_writes_code_by_hand_and_llvm_loads_no_library() -> None:
    from autograder.judge import workers

    pytest.importorskip("numba.core.codegen")

    source = """
import numba, numba.extending
from numba.core import codegen
def load():
    codegen.ll.load_library_permanently("libm.so.6")
def by_c():
    codegen.ll.dylib.ffi.lib.LLVMPY_LoadLibraryPermanently(b"libm.so.6", None)
def code():
    @numba.extending.intrinsic
    def two(typing):
        return numba.types.int64(), lambda context, builder, signature, args: args
@numba.njit
def honest(x):
    return len(str(x))  # for which Numba has code by hand
"""
    with workers.ForkServer(frozenset()) as server:
        worker = server.spawn(forbidden=("dot",), limits={}, native=True)
        assert worker.load([{"id": "cell", "source": source}]).problems == []
        for name in ("load", "by_c", "code"):
            with pytest.raises(errors.RemoteError, match="short cut"):
                worker.function(name)()
        assert worker.function("honest")(123) == 3
        worker.close()


@pytest.mark.parametrize("symbol", "exp expf __exp_finite _ZGVdN8v_expf cblas_sgemm64_".split())
def test_a_symbol_is_a_name_as_well(symbol: str) -> None:
    assert shortcuts.is_symbol(symbol, ("products", "exponentials"))
    assert not shortcuts.is_symbol(symbol, ("dot",))


@pytest.mark.parametrize("symbol", "memset logf _ZN4main6kernelE floorf expect_f".split())
def test_a_symbol_of_another_name(symbol: str) -> None:
    assert not shortcuts.is_symbol(symbol, ("products", "exponentials"))
