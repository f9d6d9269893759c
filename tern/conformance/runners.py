"""How each target computes cases: many of them compiled together, and then run on arrays.

A runner makes of a case a function that takes one array for each operand, and returns one. What a
target refuses it refuses with an EmitError or LoweringError, in `why_not` or when it prepares.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tern.conformance.cases import Case, expected
from tern.errors import TernError
from tern.ir import Builder, Operation, new_function, new_module
from tern.ir.arrays import array_evaluator, dtype_of
from tern.ir.dialects.affine import new_for, new_load, new_store
from tern.ir.loops import run_loops
from tern.types import MemRefType, TensorType, index

Arrays = Sequence[np.ndarray]
Run = Callable[[Arrays], np.ndarray]


@dataclass(frozen=True)
class Refusal:
    """A target has no form for a case, and why."""

    reason: str


def run_or_refusal(
    chosen: Sequence[Case], run_of: Callable[[Case], Run]
) -> dict[Case, Run | Refusal]:
    """How each case is run; or why not, where that raises a TernError."""
    found: dict[Case, Run | Refusal] = {}
    for case in chosen:
        try:
            found[case] = run_of(case)
        except TernError as error:
            found[case] = Refusal(str(error))
    return found


def arrays_of(case: Case, inputs: Sequence[tuple[Any, ...]]) -> list[np.ndarray]:
    """One array for each operand."""
    columns = zip(*inputs) if inputs else [()] * len(case.operands)
    return [np.array(c, dtype_of(type)) for c, type in zip(columns, case.operands)]


# functions of the cases -------------------------------------------------------------------------


def tensor_function(case: Case) -> Operation:
    """A function of tensors of one axis that is the operation."""
    module = new_module()
    inputs = [TensorType((None,), type) for type in case.operands]
    result = TensorType((None,), case.result)
    func = new_function("f", inputs, [result])
    module.body.only_block.append(func)
    builder = Builder(func.body.blocks[0])
    made = builder.op(case.name, func.body.blocks[0].args, [result], case.attributes)
    builder.ret([made.result])
    return func


def scalar_function(case: Case) -> Operation:
    """A function of numbers that is the operation."""
    module, func = new_module(), new_function("f", case.operands, [case.result])
    module.body.only_block.append(func)
    builder = Builder(func.body.blocks[0])
    made = func.body.only_block.append(case.operation(list(func.body.only_block.args)))
    builder.ret([made.result])
    return func


def loop_function(together: Sequence[Case]) -> Operation:
    """A function of buffers, those of one case after the other, with a nest for each case."""
    types = [
        MemRefType((None,), element)
        for case in together
        for element in (*case.operands, case.result)
    ]
    module, func = new_module(), new_function("f", types, [])
    module.body.only_block.append(func)
    block = func.body.blocks[0]
    builder, buffers = Builder(block), iter(block.args)
    zero = builder.constant(0, index)
    for case in together:
        read, written = [next(buffers) for _ in case.operands], next(buffers)
        size = builder.op("memref.dim", [written, zero], [index]).result
        loop = builder.block.append(new_for(([], [(0,)]), ([size], [(1, 0)])))
        inner = loop.body.only_block
        last = inner.operations.pop()
        loads = [inner.append(new_load(buffer, [inner.args[0]], [(1, 0)])) for buffer in read]
        made = inner.append(case.operation([load.result for load in loads]))
        inner.append(new_store(made.result, written, [inner.args[0]], [(1, 0)]))
        inner.append(last)
    builder.ret()
    return func


# the interpreters -------------------------------------------------------------------------------


class ArrayRunner:
    """tern's interpreter of tensors, on NumPy arrays."""

    name = "array"

    def prepare(self, chosen: Sequence[Case]) -> dict[Case, Run | Refusal]:
        return {case: self.run_of(case) for case in chosen}

    def run_of(self, case: Case) -> Run:
        compute = array_evaluator(tensor_function(case).body.blocks[0].operations[0])

        def run(arrays: Arrays) -> np.ndarray:
            with np.errstate(all="ignore"):
                return compute(*arrays)

        return run


class BatchRunner:
    """What compiles a function of loops, and so many cases at once."""

    name = ""
    size = 16  # cases in a function

    def compile(self, func: Operation) -> Callable[..., Any]:
        raise NotImplementedError

    def check(self, func: Operation) -> None:
        """Raise what compiling would, sooner."""

    def prepare(self, chosen: Sequence[Case]) -> dict[Case, Run | Refusal]:
        found: dict[Case, Run | Refusal] = {}
        fine = []
        for case in chosen:
            try:
                self.check(loop_function([case]))
                fine.append(case)
            except TernError as error:
                found[case] = Refusal(str(error))
        for start in range(0, len(fine), self.size):
            found.update(self.compiled(fine[start : start + self.size]))
        return found

    def compiled(self, together: Sequence[Case]) -> dict[Case, Run | Refusal]:
        try:
            call = self.compile(loop_function(together))
        except TernError as error:
            if len(together) == 1:
                return {together[0]: Refusal(str(error))}
            halves = together[: len(together) // 2], together[len(together) // 2 :]
            return {**self.compiled(halves[0]), **self.compiled(halves[1])}
        return {case: self.run_of(call, together, number) for number, case in enumerate(together)}

    def run_of(self, call: Callable[..., Any], together: Sequence[Case], number: int) -> Run:
        """One case of a compiled function: the others get an input that they are defined for."""

        def run(arrays: Arrays) -> np.ndarray:
            result = np.zeros(len(arrays[0]), dtype_of(together[number].result))
            given: list[np.ndarray] = []
            for at, case in enumerate(together):
                if at == number:
                    given += [*arrays, result]
                else:
                    given += arrays_of(case, expected(case).inputs[:1])
                    given.append(np.zeros(1, dtype_of(case.result)))
            call(*given)
            return result

        return run


class LoopRunner(BatchRunner):
    """tern's interpreter of loops."""

    name, size = "loops", 1

    def compile(self, func: Operation) -> Callable[..., Any]:
        return lambda *arrays: run_loops(func, arrays)


# the compilers ------------------------------------------------------------------------------------


class LlvmRunner(BatchRunner):
    name = "llvm"

    def check(self, func: Operation) -> None:
        from tern.targets.llvm import llvm_text

        llvm_text(func)

    def compile(self, func: Operation) -> Callable[..., Any]:
        from tern.targets.llvm import compile_llvm

        return compile_llvm(func)


class CppRunner(BatchRunner):
    """C++, by the compiler that is here."""

    name = "cpp"

    def check(self, func: Operation) -> None:
        from tern.targets.cpp import cpp_text

        cpp_text(func)

    def compile(self, func: Operation) -> Callable[..., Any]:
        from tern.targets.cpp import compile_cpp

        return compile_cpp(func)


class VectorRunner(BatchRunner):
    """LLVM, of loops that tern has vectorized: its vectors, and its own exp and the like."""

    name = "vectors"

    def check(self, func: Operation) -> None:
        from tern.targets.llvm import llvm_text

        llvm_text(_vectorized(func))

    def compile(self, func: Operation) -> Callable[..., Any]:
        from tern.targets.llvm import compile_llvm

        return compile_llvm(_vectorized(func))

    def run_of(self, call: Callable[..., Any], together: Sequence[Case], number: int) -> Run:
        """The inputs again and again, until they fill vectors and leave some over."""
        alone = super().run_of(call, together, number)

        def run(arrays: Arrays) -> np.ndarray:
            count = len(arrays[0])
            wide = [np.resize(array, count + 2 * self.widest - 1) for array in arrays]
            found = alone(wide)
            again = alone([array[::-1].copy() for array in wide])[::-1]
            if not np.array_equal(found.view(np.uint8), again.copy().view(np.uint8)):
                raise AssertionError(f"{together[number]} depends on where in a vector it is")
            return found[:count]

        return run

    widest = 128  # lanes, of numbers of 8 bits


def _vectorized(func: Operation) -> Operation:
    from tern.cost import AVX2
    from tern.ir import function
    from tern.passes.for_machine import for_machine

    module = func.parent_op
    assert module is not None
    for_machine(module, AVX2)
    return function(module, func.attributes["sym_name"])


class MachineRunner:
    """tern's own back end: a function of numbers for each case, as machine code of this machine."""

    def prepare(self, chosen: Sequence[Case]) -> dict[Case, Run | Refusal]:
        from tern.targets.machine import compile_machine

        return run_or_refusal(
            chosen, lambda case: self.run_of(compile_machine(scalar_function(case)), case)
        )

    def run_of(self, call: Callable[..., Any], case: Case) -> Run:
        def run(arrays: Arrays) -> np.ndarray:
            columns = [array.tolist() for array in arrays]
            return np.array([call(*given) for given in zip(*columns)], dtype_of(case.result))

        return run


class NumbaRunner(BatchRunner):
    name = "numba"

    def check(self, func: Operation) -> None:
        from tern.targets.numba import emit_python

        emit_python(func)

    def compile(self, func: Operation) -> Callable[..., Any]:
        from tern.targets.numba import compile_numba

        return compile_numba(func)


class TvmRunner(BatchRunner):
    name = "tvm"

    def check(self, func: Operation) -> None:
        from tern.targets.tvm import emit_tvm

        emit_tvm(func)

    def compile(self, func: Operation) -> Callable[..., Any]:
        from tern.targets.tvm import compile_tvm

        return compile_tvm(func)


class MlirRunner(BatchRunner):
    """The real MLIR, by its own passes and JIT."""

    name, size = "mlir", 32

    def check(self, func: Operation) -> None:
        from tern.targets.mlir import mlir_text

        mlir_text(func)

    def compile(self, func: Operation) -> Callable[..., Any]:
        from tern.targets.mlir import compile_mlir

        return compile_mlir(func, level=1)


class TritonRunner:
    """Triton's own interpreter of kernels, on the CPU."""

    name = "triton"

    def prepare(self, chosen: Sequence[Case]) -> dict[Case, Run | Refusal]:
        from tern.targets.triton import compile_triton

        return run_or_refusal(
            chosen, lambda case: self.run_of(compile_triton(tensor_function(case)), case)
        )

    def run_of(self, launcher: Callable[..., Any], case: Case) -> Run:
        from tern.gpu import measure

        def run(arrays: Arrays) -> np.ndarray:
            with np.errstate(all="ignore"):
                traffic = measure(launcher, *map(to_torch, arrays))
            return from_torch(traffic.results[0], dtype_of(case.result))

        return run


def to_torch(array: np.ndarray) -> Any:
    import torch

    if array.dtype.name == "bfloat16":
        return torch.from_numpy(array.view(np.int16).copy()).view(torch.bfloat16)
    return torch.from_numpy(array.copy())


def from_torch(tensor: Any, dtype: np.dtype) -> np.ndarray:
    import torch

    if tensor.dtype == torch.bfloat16:
        return tensor.view(torch.int16).numpy().view(dtype)
    return tensor.numpy()
