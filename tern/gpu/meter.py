"""Measures a launcher: runs its kernels in the interpreter and counts what they do.

>>> traffic = measure(add, x, y)
>>> traffic.loaded, traffic.stored, traffic.faults
(8000, 4000, ())
"""

from __future__ import annotations

import contextlib
import os
import random
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tern.gpu import given
from tern.gpu.faults import Faults, Stopped
from tern.gpu.hidden import Hidden
from tern.gpu.memory import Memory
from tern.gpu.tally import MAX_GRID, Plan, Tally
from tern.gpu.tensors import (
    address,
    content,
    index_text,
    is_same,
    is_tensor,
    items,
    named_tensors,
    size,
)
from tern.gpu.traffic import Launch, Traffic, source_name
from tern.gpu.watch import Watch

MAX_PROGRAMS = 256  # a launch with more programs is sampled
MAX_ITERATIONS = 1 << 16  # of all loops of one program together
INTERPRETED = "TRITON_INTERPRET is set: unset it and start Python anew; no kernel needs it here"
ENDINGS = ("error", "unsupported", "endless loop", "device assert", "grid too large", "not Triton")


def measure(
    launcher: Callable,
    *arguments: Any,
    outputs: Sequence[Any] = (),
    max_programs: int | None = MAX_PROGRAMS,
    max_iterations: int = MAX_ITERATIONS,
    tf32: bool = False,
    trace: bool = False,
    trusted: bool = False,
    compiler: Any = None,
) -> Traffic:
    """What launcher(*arguments) moves and computes, and its faults. Nothing is raised for a fault.

    The arguments are CPU tensors and numbers. Results are the tensors that the launcher returns,
    and those of the arguments that `outputs` lists; these, and what the launcher gets from
    torch.empty and its like, count as not written until a kernel writes them. Of a launch with
    more than `max_programs` programs a sample of that size is run, another one each time, and its
    counts are scaled up; races and unwritten outputs are not looked for then, and
    `Traffic.unchecked` says so (None runs all). `Traffic.settled` says which elements of the
    results those programs wrote. With `tf32`, tl.dot reads float32 as its input_precision says
    (tern/gpu/precision.py), and whole without it. `trace` keeps which lines each program
    loads, for l2.dram_bytes.

    As on a GPU, only kernels and torch get at the numbers: the launcher's tensors are blank, and
    what Python writes to them is a fault. A `trusted` launcher holds the tensors themselves. A
    `compiler` (tern/gpu/front.py) compiles every launch at once.

    Every type is computed with as a GPU does, sums of 16-bit floats rounded after each addition.
    tl.dot multiplies floats of 16 and 8 bits in float32, and adds up in it; that a GPU may keep
    fewer bits of a sum of 8-bit floats (max_num_imprecise_acc) is not emulated.
    What Triton has and the meter has not is an "unsupported" fault, with its name and its line.

    What stays out of sight: pointers that a kernel reads from memory; a race between threads of
    one program, as of a store and a load of the same scratch memory without a barrier between
    them; and the bytes that torch itself moves: `Traffic.computed` names torch's operations, all
    but those that make or fill a tensor or a view. An operation takes about 0.1 ms, whatever the
    size of its block. Raises what the launcher raises, and RuntimeError where TRITON_INTERPRET
    is set.
    """
    if os.environ.get("TRITON_INTERPRET", "0") not in ("", "0"):
        raise RuntimeError(INTERPRETED)
    meter = Meter(max_programs, max_iterations, tf32, trace, trusted, compiler)
    for each in outputs:
        meter.memory.poison(each)
    before = [content(each) for each in arguments]
    held = arguments if meter.hidden is None else meter.hidden.hide(arguments)
    with meter.running():
        returned = launcher(*held)
    results = meter.results(returned, [*items(arguments), *outputs])
    changed = [number for number, each in enumerate(arguments) if content(each) != before[number]]
    results += [each for each in outputs if not any(each is other for other in results)]
    meter.check(results)
    return Traffic(
        launches=tuple(meter.launches),
        faults=tuple(meter.faults.found.values()),
        minimum=meter.minimum(arguments, results),
        written=sum(meter.stores[each] for each in {address(each) for each in results}),
        unchecked=("races and unwritten outputs: only a sample ran",) if meter.sampled else (),
        computed=tuple(dict.fromkeys(meter.watch.computed)),
        changed=tuple(changed),
        strided=tuple(n for n, each in enumerate(results) if not each.is_contiguous()),
        results=tuple(results),
        settled=tuple(meter.memory.settled(each) for each in results),
        trace=meter.traces,
    )


class Meter:
    """One measurement. Each launch is planned, run, and tallied; faults are collected."""

    def __init__(
        self,
        max_programs: int | None,
        max_iterations: int,
        tf32: bool,
        trace: bool,
        trusted: bool,
        compiler: Any,
    ) -> None:
        from tern.gpu.builder import MeteredBuilder
        from tern.gpu.interpret import Interpreter

        self.memory, self.faults = Memory(), Faults()
        self.builder = MeteredBuilder(self.memory, self.faults, tf32, max_iterations, trace)
        self.interpreter = Interpreter(self.builder)
        self.hidden = None if trusted else Hidden()
        self.watch = Watch(self.memory, self.hidden)
        self.compiler = compiler
        self.max_programs, self.seed = max_programs, random.SystemRandom().getrandbits(64)
        self.launches: list[Launch] = []
        self.stores: Counter[int] = Counter()  # bytes that all launches store, by storage
        self.traces: list[list] | None = [] if trace else None  # of each launch, of each program
        self.storages: dict[str, int] = {}  # of the launch: where a parameter's tensor is
        self.sampled = False

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """While this lasts, every launch of a kernel comes here."""
        from tern.gpu.interpret import launching

        with launching(self.launch), self.watch.running():
            yield

    # ---- one launch ----

    def launch(self, kernel: Any, arguments: tuple, keywords: dict, grid: Any) -> None:
        from tern.gpu.interpret import bound

        with self.watch.paused():
            named, options = bound(kernel, arguments, keywords)
            grid = grid(named) if callable(grid) else grid
            grid = tuple(int(extent) for extent in grid) + (1,) * (3 - len(grid))
            plan = Plan.of(grid, self.max_programs, self.seed)
            name = kernel.fn.__name__
            if plan.fits:
                edge, inner = self.run(kernel, named, plan)
            else:
                edge, inner = Tally(), Tally()
                limits = ", ".join(f"{each:,}" for each in MAX_GRID)
                message = (
                    f"{name} is launched with {grid}, and NVIDIA's GPUs take at most ({limits})"
                )
                self.faults.add("grid too large", message, at=("", 0))
            self.launches.append(Launch.of(name, plan, edge, inner, options))
            for access in self.launches[-1].accesses:
                if access.kind == "store" and access.tensor in self.storages:
                    self.stores[self.storages[access.tensor]] += access.bytes
            if self.compiler is not None:
                why = self.compiler.launch(kernel, arguments, keywords)
                if why and not self.faults.found:
                    self.faults.add("does not compile", why, at=("", 0))

    def run(self, kernel: Any, named: dict[str, Any], plan: Plan) -> tuple[Tally, Tally]:
        """Run the programs of a plan until one fails.

        What they count: the first and the last of the grid, and apart from them all others.
        """
        tensors = dict(named_tensors(named))
        try:
            given.only_plain(kernel.fn.__name__, named, self.faults)
            real = given.numbers(tensors, self.hidden, self.faults)
            python = self.interpreter.python(kernel)
        except Stopped:
            return Tally(), Tally()
        begins = self.memory.begin(real, races=not plan.sampled)
        self.storages = {name: address(tensor) for name, tensor in real.items()}
        self.builder.races.is_sampled = plan.sampled
        addresses = {id(tensors[name]): begin for name, begin in begins.items()}
        self.builder.set_grid_dim(*plan.grid)
        edge, inner, traces = Tally(), Tally(), []
        with self.interpreter.language(), quiet():
            constants = {each.name for each in kernel.params if each.is_constexpr}
            values = {
                name: value if name in constants else self.interpreter.value(value, addresses)
                for name, value in named.items()
            }
            for number in plan.chosen:
                self.builder.start(plan.index(number))
                went_well = self.program(python, values)
                self.builder.tally.end()
                (edge if plan.is_edge(number) else inner).add(self.builder.tally)
                traces.append(self.builder.trace)
                if not went_well:
                    break
        if plan.sampled:
            self.sampled = True
            self.memory.trust()
        if self.traces is not None:
            self.traces.append(traces)
        return edge, inner

    def program(self, python: Callable, values: dict) -> bool:
        """Run one program; False if it cannot have ended as it should."""
        from tern.gpu.refusals import Failure

        try:
            python(**values)
        except Stopped:
            return False
        except Exception as error:
            frames = traceback.extract_tb(error.__traceback__)
            inside = [each for each in frames if each.filename in self.faults.files]
            at = (source_name(inside[-1].filename), inside[-1].lineno) if inside else ("", 0)
            text = (str(error).strip() or type(error).__name__).splitlines()[0]
            if isinstance(error, Failure):
                self.faults.add("unsupported" if error.is_refused else "error", text, at=at)
            else:
                self.faults.add("error", f"{type(error).__name__}: {text}", at=at)
            return False
        return True

    # ---- at the end ----

    def results(self, returned: Any, arguments: list) -> list:
        """The tensors that the launcher returned, with their numbers; arguments as they are."""
        found = [each for each in items(returned) if is_tensor(each)]
        if self.hidden is None:
            return found
        with self.watch.paused():
            if self.hidden.changed():
                self.faults.add("not by a kernel", given.CHANGED_LAST, at=("", 0))
            found = [self.hidden.real(each) for each in found]
        tensors = [each for each in arguments if is_tensor(each)]
        return [next((t for t in tensors if is_same(t, each)), each) for each in found]

    def check(self, results: list) -> None:
        """Every result was written by a kernel, and all of it."""
        self.faults.program = None
        ended = any(fault.kind in ENDINGS for fault in self.faults.found.values())
        for number, result in enumerate(results):
            region = self.memory.regions.get(address(result))
            if region is None or not region.is_stored:
                if result.numel() and not ended:
                    message = f"result {number} was not written by a Triton kernel"
                    if idle := [str(each.grid) for each in self.launches if not each.programs]:
                        message += f": no program ran, for the grid is {idle[0]}"
                    self.faults.add("not by a kernel", message, at=("", 0))
                continue
            left = self.memory.unwritten(result)
            if left.size and not ended:
                name = region.views[0].name
                index = index_text(int(left[0]), tuple(result.shape))
                grids = ", ".join(str(each.grid) for each in self.launches)
                message = (
                    f"no program writes {left.size:,} of the {result.numel():,} elements of "
                    f"'{name}': the first is {index} (grid {grids})"
                )
                self.faults.add("unwritten output", message, int(left.size), at=("", 0))

    def minimum(self, arguments: Sequence[Any], results: list) -> int:
        """Bytes of the tensors that were given, read once, and of the results, written once."""
        own = {address(each) for each in results}
        total = sum(size(each) for each in results)
        for each in items(arguments):
            if is_tensor(each):
                region = self.memory.regions.get(address(each))
                if address(each) not in own:
                    total += size(each)
                    if region is not None and region.is_stored:  # changed in place
                        total += size(each)
                elif address(each) not in self.memory.fresh:  # given, and a result as well
                    total += size(each)
        return total


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Without NumPy's warnings: switched-off lanes hold poison, and a GPU does not warn either."""
    import numpy as np

    with np.errstate(all="ignore"):
        yield
