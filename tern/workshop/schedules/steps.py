"""A schedule that keeps the module after each step, for `tern.draw.scrubber`."""

from __future__ import annotations

import re
from typing import Any

from tern.targets.tvm import import_tvm

_LEFT_OUT = ("# from ", "T.reads(", "T.writes(", "T.func_attr(")


class Recorder:
    """A tvm.s_tir.Schedule that notes what each call changed.

    Use it as the schedule: `sch = Recorder(mod)`, `sch.split(j, [None, 16])`, … . `steps` has
    (title, script) pairs, the module as it came first; a title is the call, in the names of the
    loops and blocks as they were: `split(j, [None, 16])`. Calls that change nothing, such as
    get_loops, are not steps.
    """

    def __init__(self, mod: Any) -> None:
        self.schedule = import_tvm().s_tir.Schedule(mod)
        self.steps: list[tuple[str, str]] = [("the module", readable(self.schedule.mod))]

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.schedule, name)
        if name.startswith("_") or not callable(found):
            return found

        def step(*args: Any, **options: Any) -> Any:
            words = [self._spell(arg) for arg in args]
            words += [f"{key}={self._spell(value)}" for key, value in options.items()]
            result = found(*args, **options)
            script = readable(self.schedule.mod)
            if script != self.steps[-1][1]:
                self.steps.append((f"{name}({', '.join(words)})", script))
            return result

        return step

    def _spell(self, arg: Any) -> str:
        """A loop by its induction variable's name, a block by its own."""
        if isinstance(arg, (list, tuple)):
            return f"[{', '.join(map(self._spell, arg))}]"
        if type(arg).__name__ in ("LoopRV", "SBlockRV"):
            node = self.schedule.get(arg)
            return node.loop_var.name if hasattr(node, "loop_var") else node.name_hint
        return (
            repr(arg)
            if isinstance(arg, (str, int, float, bool, type(None)))
            else type(arg).__name__
        )


def readable(mod: Any) -> str:
    """The script of a module's functions without what schedules keep for themselves: imports,
    attributes, and the regions that blocks read and write."""
    lines = mod.script().splitlines()
    kept = [line for line in lines if not line.strip().startswith(_LEFT_OUT)]
    start = next((n for n, line in enumerate(kept) if "def " in line), 0)
    margin = len(kept[start]) - len(kept[start].lstrip()) if kept else 0
    return "\n".join(_wrapped(line[margin:]) for line in kept[start:]).rstrip() + "\n"


def _wrapped(line: str) -> str:
    """A function's header with a parameter on each line, where it is long."""
    if len(line) <= 88 or not line.startswith("def "):
        return line
    name, _, rest = line.partition("(")
    parameters = re.split(r", (?=\w+: )", rest.removesuffix("):"))
    return "\n".join([f"{name}(", *(f"    {each}," for each in parameters), "):"])


def replayed(mod: Any, trace: Any) -> Any:
    """A schedule of `mod` to which the steps of another schedule's `trace` were applied: a
    tvm.s_tir.schedule.Trace, or its `as_json()`, which can be kept as data."""
    tvm = import_tvm()
    schedule = tvm.s_tir.Schedule(mod)
    if isinstance(trace, tvm.s_tir.schedule.Trace):
        trace.apply_to_schedule(schedule, remove_postproc=False)
    else:
        tvm.s_tir.schedule.Trace.apply_json_to_schedule(trace, schedule)
    return schedule
