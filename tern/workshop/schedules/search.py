"""Searching for a schedule: TVM's MetaSchedule (Shao et al., "Tensor Program Optimization with
Probabilistic Programs", NeurIPS 2022), with a budget, and a result that is plain data."""

from __future__ import annotations

import contextlib
import logging
import sys
import tempfile
import types
from collections.abc import Iterator
from typing import Any

from tern.targets.tvm import host, import_tvm
from tern.workshop.schedules.steps import replayed

_SLOW = "tvm.s_tir.tensor_intrin"
_IN_NOTEBOOK = "s_tir.meta_schedule.using_ipython"


def without_intrinsics() -> None:
    """Keep tvm.s_tir.tensor_intrin from being imported, in this process.

    MetaSchedule imports it in every worker that builds candidates, for 40 to 80 CPU seconds, and
    gives a build 30. No rule for plain CPUs uses what is in it.
    """
    sys.modules.setdefault(_SLOW, types.ModuleType(_SLOW))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without the slow module, and without MetaSchedule's tables, while it lasts."""
    stub = _SLOW not in sys.modules
    logger = logging.getLogger("tvm.s_tir.meta_schedule")
    level = logger.level
    without_intrinsics()
    logger.setLevel(logging.ERROR)
    # In a notebook it would show its tables by pandas, which the book does without.
    import tvm.s_tir.meta_schedule.utils  # noqa: F401  (it registers the function)
    from tvm_ffi import get_global_func, register_global_func

    in_notebook = get_global_func(_IN_NOTEBOOK)
    register_global_func(_IN_NOTEBOOK, lambda: False, override=True)
    try:
        yield
    finally:
        register_global_func(_IN_NOTEBOOK, in_notebook, override=True)
        logger.setLevel(level)
        if stub:
            sys.modules.pop(_SLOW, None)


def search(
    mod: Any,
    trials: int = 64,
    *,
    seed: int = 0,
    workers: int = 2,
    cores: int = 1,
    strategy: str = "replay-trace",
) -> dict[str, Any]:
    """The fastest of `trials` random schedules of the function `main`, on this machine's CPU.

    Each is compiled and measured, which takes about a second; before the first, the workers take
    some 20 to import TVM. `workers` processes compile. `cores` scales how far loops are made
    parallel (16 iterations for each core); the threads that run are TVM_NUM_THREADS. `strategy` is
    one of MetaSchedule's: "replay-trace" draws every schedule afresh, "evolutionary" mutates good
    ones. The result is JSON: "trials", "seed", "target", "seconds" (of each trial that ran, the
    fastest first), "drawn" (the factors that each drew for its loops), "best", the least of the
    seconds, and its "trace", for `replay`. Two searches with one seed need not agree: what is drawn
    depends on how the workers' answers come in, and what wins on the clock.

    Raises:
        ValueError: fewer than one trial. RuntimeError: none of the trials ran.
    """
    if trials < 1:
        raise ValueError(f"a search needs at least one trial, not {trials}")
    tvm = import_tvm()
    target = {**host(), "num-cores": cores}
    with _quiet(), tempfile.TemporaryDirectory() as folder:
        from tvm.s_tir import meta_schedule as ms

        space = ms.space_generator.PostOrderApply(
            sch_rules="llvm", postprocs="llvm", mutator_probs="llvm"
        )
        database = ms.tune_tir(
            mod, target=tvm.target.Target(target), work_dir=folder, max_trials_global=trials,
            num_trials_per_iter=min(32, trials), space=space, seed=seed, cost_model="random",
            strategy=strategy, builder=ms.builder.LocalBuilder(
                max_workers=workers, initializer=without_intrinsics
            ),
        )  # fmt: skip
        records = [record for record in database.get_all_tuning_records() if record.run_secs]
        seconds = [min(map(float, record.run_secs or ())) for record in records]
        ran = sorted(
            (s, k) for k, s in enumerate(seconds) if s < 1e9
        )  # a failure counts as very slow
        if not ran:
            raise RuntimeError(f"none of {trials} trials ran")
        traces = [plain_data(records[k].trace.as_json()) for _, k in ran]
    return {
        "trials": trials,
        "seed": seed,
        "target": target,
        "seconds": [s for s, _ in ran],
        "best": ran[0][0],
        "trace": traces[0],
        "drawn": [
            [sizes for _, sizes in decisions if isinstance(sizes, list)] for _, decisions in traces
        ],
    }


def replay(mod: Any, result: dict[str, Any]) -> Any:
    """The schedule that a search found, made anew on the module that it was found for."""
    with _quiet():
        return replayed(mod, result["trace"])


def plain_data(value: Any) -> Any:
    """TVM's arrays, strings, and numbers as lists and values that the module json takes."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return str(value)
    if hasattr(value, "items"):
        return {str(key): plain_data(each) for key, each in value.items()}
    if hasattr(value, "value"):  # an IntImm
        return int(value.value)
    return [plain_data(each) for each in value]
