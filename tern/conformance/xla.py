"""XLA beside the definitions: functions of tensors, each of many cases, for their sizes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tern.conformance.cases import Case, expected
from tern.conformance.runners import Arrays, Refusal, Run, arrays_of
from tern.errors import TernError
from tern.ir import Builder, Operation, new_function, new_module
from tern.types import TensorType

TOGETHER = 48
"""Cases in a function: XLA needs a tenth of a second for each function, however small."""


def tensors_function(together: Sequence[Case]) -> Operation:
    """A function of tensors of one axis whose results are the operations, of operands of their
    own."""
    module = new_module()
    inputs = [TensorType((None,), type) for case in together for type in case.operands]
    results = [TensorType((None,), case.result) for case in together]
    func = new_function("f", inputs, results)
    block = module.body.only_block.append(func).body.only_block
    builder, given = Builder(block), iter(block.args)
    made = [
        builder.op(case.name, [next(given) for _ in case.operands], [result], case.attributes)
        for case, result in zip(together, results)
    ]
    builder.ret([each.result for each in made])
    return func


def inputs_of(case: Case) -> list[np.ndarray]:
    return arrays_of(case, expected(case).inputs)


class XlaRunner:
    """XLA, of what tern writes in StableHLO."""

    def prepare(self, chosen: Sequence[Case]) -> dict[Case, Run | Refusal]:
        from tern.passes.specialize import specialize
        from tern.targets.stablehlo import compile_xla, stablehlo_text

        found: dict[Case, Run | Refusal] = {}
        fine = []
        for case in chosen:
            try:
                stablehlo_text(specialize(tensors_function([case]), inputs_of(case)))
                fine.append(case)
            except TernError as error:
                found[case] = Refusal(str(error))
        for start in range(0, len(fine), TOGETHER):
            together = fine[start : start + TOGETHER]
            call = compile_xla(tensors_function(together))
            runs = {case: self.run_of(call, together, at) for at, case in enumerate(together)}
            found.update(runs)
        return found

    def run_of(self, call: Callable[..., Any], together: Sequence[Case], number: int) -> Run:
        """One case of several; the others get their own inputs, so that all runs are of one size,
        and are compiled once."""

        def run(arrays: Arrays) -> np.ndarray:
            given = [
                list(arrays) if at == number else inputs_of(case)
                for at, case in enumerate(together)
            ]
            results = call(*[array for each in given for array in each])
            return results[number] if len(together) > 1 else results

        return run
