"""What a test cell says. The same cell runs in a plain kernel and under the judge.

    from autograder import check
    check.equal(tokenize("1+2"), ["1", "+", "2"])
    check.forall(programs(), lambda p: parse(show(p)) == p)
    check.keeps_up(tokenize, with_=tern.tokenize, within=3, on=source)
    check.speedup(tiled_matmul, over=loops.naive_matmul, at_least=2, on=matrices)
    check.grows(to_ssa, no_faster_than="n log n", sizes=[1_000, 4_000, 16_000], on=program)
    check.traffic(softmax, on=matrices, at_most=1.1, times="minimum bytes")

Every check raises CheckFailed with a message that says what was asked, what came back, and, where
the author gave one, a sentence that teaches (`because=`). Nothing is returned.

A check's module is imported when the check is first named. A week with checks of its own adds a
package here, and a line in `_FAMILIES`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from autograder.check.failures import CheckFailed, CouldNotMeasure
from autograder.check.properties import forall
from autograder.check.speed import grows, keeps_up, speedup
from autograder.check.values import close, equal, raises, true

if TYPE_CHECKING:
    from autograder.check.counted_costs import costing, costs
    from autograder.check.cpp.costs import (
        cpp_allocations,
        cpp_as_cheap,
        cpp_flat,
        cpp_instructions,
        cpp_speedup,
    )
    from autograder.check.cpp.plugin.checks import plugin_prints, plugin_refines
    from autograder.check.cpp.plugin.costs import plugin_costs, plugin_keeps_up
    from autograder.check.cpp.tests import cpp_tests
    from autograder.check.hardware.predictors import mispredicts, predicting
    from autograder.check.interpreter import interpreted
    from autograder.check.llvm.checks import computes, computes_as_timed, emitting
    from autograder.check.llvm.filechecks import filechecks, finds_bugs
    from autograder.check.llvm.promises import promises
    from autograder.check.llvm.reads import reads_ir
    from autograder.check.mlir.modules import (
        all_operations,
        bufferized,
        lowers,
        operations,
        verifies,
    )
    from autograder.check.mlir.pipelines import pipeline, pipeline_speed
    from autograder.check.mlir.running import counted_modules, modules_run
    from autograder.check.numba.checks import counts
    from autograder.check.triton.builds import compiles, conflicts, uses
    from autograder.check.triton.checks import agrees, sectors, traffic
    from autograder.check.triton.launchers import launching
    from autograder.check.tvm.kernels import generates, runs_opencl
    from autograder.check.tvm.schedules import intermediates, schedule_speed, schedules
    from autograder.check.tvm.search import searches, space
    from autograder.check.xla.modules import rewrites, rewrites_work

_FAMILIES = {
    "counted_costs": "costs costing",
    "cpp.tests": "cpp_tests",
    "cpp.plugin.checks": "plugin_prints plugin_refines",
    "cpp.plugin.costs": "plugin_costs plugin_keeps_up",
    "cpp.costs": "cpp_allocations cpp_as_cheap cpp_flat cpp_instructions cpp_speedup",
    "interpreter": "interpreted",
    "llvm.checks": "computes computes_as_timed emitting",
    "llvm.reads": "reads_ir",
    "llvm.filechecks": "filechecks finds_bugs",
    "llvm.promises": "promises",
    "mlir.modules": "all_operations bufferized lowers operations verifies",
    "mlir.running": "counted_modules modules_run",
    "mlir.pipelines": "pipeline pipeline_speed",
    "numba.checks": "counts",
    "hardware.predictors": "mispredicts predicting",
    "triton.checks": "agrees traffic sectors",
    "triton.builds": "compiles uses conflicts",
    "triton.launchers": "launching",
    "tvm.schedules": "schedules schedule_speed intermediates",
    "tvm.kernels": "generates runs_opencl",
    "tvm.search": "searches space",
    "xla.modules": "rewrites rewrites_work",
}
_MODULE_OF = {name: module for module, names in _FAMILIES.items() for name in names.split()}

__all__ = [
    "CheckFailed", "CouldNotMeasure", "agrees", "all_operations", "bufferized", "close",
    "compiles", "computes", "computes_as_timed", "conflicts", "costing", "costs",
    "counted_modules", "counts", "cpp_allocations", "cpp_as_cheap", "cpp_flat",
    "cpp_instructions", "cpp_speedup", "cpp_tests", "emitting", "equal", "filechecks",
    "finds_bugs", "forall", "generates", "grows", "intermediates", "interpreted", "keeps_up",
    "launching", "lowers", "mispredicts", "modules_run", "operations", "pipeline",
    "pipeline_speed", "plugin_costs", "plugin_keeps_up", "plugin_prints", "plugin_refines",
    "predicting", "promises", "raises", "reads_ir", "rewrites", "rewrites_work", "runs_opencl",
    "schedule_speed", "schedules", "searches", "sectors", "space", "speedup", "traffic", "true",
    "uses", "verifies",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"there is no check.{name}")
    module = importlib.import_module(f"autograder.check.{_MODULE_OF[name]}")
    value = globals()[name] = getattr(module, name)
    return value


def __dir__() -> list[str]:
    return __all__
