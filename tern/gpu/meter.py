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

from tern.gpu.faults import Faults, Stopped
from tern.gpu.memory import Memory
from tern.gpu.traffic import Access, Launch, Traffic, source_name

MOST_PROGRAMS = 256  # a launch with more programs is sampled
MOST_ROUNDS = 1 << 16  # of all loops of one program together
INTERPRETED = "TRITON_INTERPRET is set: unset it and start Python anew; no kernel needs it here"
MOST_GRID = (2**31 - 1, 65_535, 65_535)  # CUDA C++ Programming Guide, compute capabilities
OPTIONS = ("num_warps", "num_stages", "num_ctas")


def measure(
    launcher: Callable,
    *arguments: Any,
    outputs: Sequence[Any] = (),
    most_programs: int | None = MOST_PROGRAMS,
    most_rounds: int = MOST_ROUNDS,
    tf32: bool = False,
    trace: bool = False,
) -> Traffic:
    """What launcher(*arguments) moves and computes, and its faults. Nothing is raised for a fault.

    The arguments are CPU tensors and numbers. Results are the tensors that the launcher returns,
    and those of the arguments that `outputs` lists; these, and what the launcher gets from
    torch.empty and its like, count as not written until a kernel writes them. Of a launch with more
    than `most_programs` programs a sample of that size is run and its counts are scaled up; races and
    unwritten outputs are not looked for then, and `Traffic.unchecked` says so (None runs all). With
    `tf32`, tl.dot reads float32 as tensor cores do. `trace` keeps which lines each program
    loads, for l2.dram_bytes.

    What stays out of sight: pointers that a kernel reads from memory; a race between threads of one
    program, as of a store and a load of the same scratch memory without a barrier between them; and the
    bytes that torch itself moves: `Traffic.computed` names torch's operations, all but those that make or
    fill a tensor or a view.
    An operation takes about 0.1 ms, whatever the size of its block. Raises what the launcher raises,
    and RuntimeError where TRITON_INTERPRET is set.
    """
    if os.environ.get("TRITON_INTERPRET", "0") not in ("", "0"):
        raise RuntimeError(INTERPRETED)
    meter = _Meter(most_programs, most_rounds, tf32, trace)
    for each in outputs:
        meter.memory.poison(each)
    before = [_content(each) for each in arguments]
    with meter.running():
        returned = launcher(*arguments)
    changed = [number for number, each in enumerate(arguments) if _content(each) != before[number]]
    results = [each for each in _items(returned) if _is_tensor(each)]
    results += [each for each in outputs if not any(each is other for other in results)]
    meter.check(results)
    unchecked = ("races and unwritten outputs: only a sample ran",) if meter.sampled else ()
    faults = tuple(meter.faults.found.values())
    minimum = meter.minimum(arguments, results)
    launches = tuple(meter.launches)
    return Traffic(
        launches, faults, minimum, unchecked, tuple(dict.fromkeys(meter.computed)), tuple(changed),
        tuple(results), meter.traces,
    )  # fmt: skip


class _Meter:
    def __init__(self, most_programs: int | None, most_rounds: int, tf32: bool, trace: bool):
        from tern.gpu.builder import MeteredBuilder
        from tern.gpu.interpret import Interpreter

        self.memory, self.faults = Memory(), Faults()
        builder = MeteredBuilder(self.memory, self.faults, tf32, most_rounds, trace)
        self.builder, self.interpreter = builder, Interpreter(builder)
        self.most_programs = most_programs
        self.launches: list[Launch] = []
        self.traces: list[list] | None = [] if trace else None  # of each launch, of each program
        self.sampled = False
        self.computed: list[str] = []
        self.at_work = False  # what torch does now is the meter's own

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        from tern.gpu.interpret import launching

        with launching(self.launch), poisoning(self), _watching(self):
            yield

    # ---- one launch ----

    def launch(self, kernel: Any, arguments: tuple, keywords: dict, grid: Any) -> None:
        self.at_work = True
        try:
            self._launch(kernel, arguments, keywords, grid)
        finally:
            self.at_work = False

    def _launch(self, kernel: Any, arguments: tuple, keywords: dict, grid: Any) -> None:
        from tern.gpu.interpret import bound

        named, options = bound(kernel, arguments, keywords)
        grid = grid(named) if callable(grid) else grid
        grid = tuple(int(size) for size in grid) + (1,) * (3 - len(grid))
        programs = grid[0] * grid[1] * grid[2]
        if any(size > most for size, most in zip(grid, MOST_GRID)):
            most = ", ".join(f"{each:,}" for each in MOST_GRID)
            message = f"{kernel.fn.__name__} is launched with {grid}, and NVIDIA's GPUs take at most ({most})"
            self.faults.add("grid too large", message, at=("", 0))
            self.launches.append(_launch(kernel, grid, programs, 0, Counter(), options))
            return
        chosen = sample(programs, self.most_programs)
        is_sampled = len(chosen) < programs
        python = self.interpreter.python(kernel)
        tensors = dict(_tensors(named))
        for name, tensor in tensors.items():
            if tensor.device.type != "cpu":
                raise ValueError(f"'{name}' is on {tensor.device}: the meter runs on CPU tensors")
        places = self.memory.begin(tensors, races=not is_sampled)
        addresses = {id(tensors[name]): address for name, address in places.items()}
        self.builder.set_grid_dim(*grid)
        edge, inner, traces = Counter(), Counter(), []
        with self.interpreter.language(), quiet():
            constants = {kernel.arg_names[number] for number in kernel.constexprs}
            values = {
                name: value if name in constants else self.interpreter.value(value, addresses)
                for name, value in named.items()
            }
            for ran, number in enumerate(chosen, 1):
                x, rest = number % grid[0], number // grid[0]
                self.builder.start((x, rest % grid[1], rest // grid[1]))
                went_well = self._program(python, values)
                (edge if number in (0, programs - 1) else inner).update(self.builder.counts)
                traces.append(self.builder.trace)
                if not went_well:
                    break
        if is_sampled:
            self.sampled = True
            self.memory.trust()
            weight = (programs - 2, len(chosen) - 2)
            inner = Counter({key: round(n * weight[0] / weight[1]) for key, n in inner.items()})
        if self.traces is not None:
            self.traces.append(traces)
        self.launches.append(
            _launch(kernel, grid, programs, ran if chosen else 0, edge + inner, options)
        )

    def _program(self, python: Callable, values: dict) -> bool:
        """Run one program; False if it cannot have ended as it should."""
        try:
            python(**values)
        except Stopped:
            return False
        except Exception as error:
            frames = traceback.extract_tb(error.__traceback__)
            inside = [each for each in frames if each.filename in self.faults.files]
            at = (source_name(inside[-1].filename), inside[-1].lineno) if inside else ("", 0)
            text = (str(error).strip() or type(error).__name__).splitlines()[0]
            self.faults.add("error", f"{type(error).__name__}: {text}", at=at)
            return False
        return True

    # ---- at the end ----

    def check(self, results: list) -> None:
        """Every result was written by a kernel, and all of it."""
        self.faults.program = None
        ended = any(fault.kind in ENDINGS for fault in self.faults.found.values())
        for number, result in enumerate(results):
            region = self.memory.regions.get(result.untyped_storage().data_ptr())
            if region is None or not region.is_stored:
                if result.numel() and not ended:
                    message = f"result {number} was not written by a Triton kernel"
                    if idle := [str(each.grid) for each in self.launches if not each.programs]:
                        message += f": no program ran, for the grid is {idle[0]}"
                    self.faults.add("not by a kernel", message, at=("", 0))
                continue
            left = self.memory.unwritten(result)
            if left.size and not ended:
                name, index = region.views[0].name, _index(int(left[0]), tuple(result.shape))
                grids = ", ".join(str(each.grid) for each in self.launches)
                message = (
                    f"no program writes {left.size:,} of the {result.numel():,} elements of '{name}': "
                    f"the first is {index} (grid {grids})"
                )
                self.faults.add("unwritten output", message, int(left.size), at=("", 0))

    def minimum(self, arguments: Sequence[Any], results: list) -> int:
        """Bytes of the tensors that were given, read once, and of the results, written once."""
        own = {each.untyped_storage().data_ptr() for each in results}
        total = sum(each.numel() * each.element_size() for each in results)
        for each in _items(arguments):
            if _is_tensor(each):
                address, size = (
                    each.untyped_storage().data_ptr(),
                    each.numel() * each.element_size(),
                )
                region = self.memory.regions.get(address)
                if address not in own:
                    total += size
                    if region is not None and region.is_stored:  # changed in place
                        total += size
                elif address not in self.memory.fresh:  # given, and a result as well
                    total += size
        return total


ENDINGS = ("error", "endless loop", "device assert", "grid too large")


def sample(programs: int, most: int | None) -> list[int]:
    """The numbers of the programs that run: all, or the first, the last, and one of each stretch
    between them, at random but the same every time. What stands at a grid's edge is counted once."""
    if most is None or programs <= max(most, 3):
        return list(range(programs))
    rng, inner = random.Random(programs), max(most, 3) - 2
    bounds = [1 + (programs - 2) * each // inner for each in range(inner + 1)]
    return [0, *(rng.randrange(low, high) for low, high in zip(bounds, bounds[1:])), programs - 1]


def _launch(kernel, grid, programs, ran, counts: Counter, options: dict) -> Launch:
    sums: Counter = Counter()
    lines: dict[tuple, Counter] = {}
    for key, number in counts.items():
        if isinstance(key, tuple):
            kind, tensor, file, line, what = key
            lines.setdefault((kind, tensor, file, line), Counter())[what] += number
            sums[kind, what] += number
    accesses = [Access(*key, n["bytes"], n["sectors"]) for key, n in lines.items()]
    return Launch(
        kernel.fn.__name__, grid, programs, ran,
        loaded=sums["load", "bytes"], stored=sums["store", "bytes"], atomic=sums["atomic", "bytes"],
        load_sectors=sums["load", "sectors"], store_sectors=sums["store", "sectors"],
        atomic_sectors=sums["atomic", "sectors"],
        float_operations=counts["float_operations"], integer_operations=counts["integer_operations"],
        dot_flops=counts["dot_flops"],
        accesses=tuple(sorted(accesses, key=lambda each: (each.file, each.line, each.kind, each.tensor))),
        options=", ".join(f"{name}={options[name]}" for name in OPTIONS if name in options),
    )  # fmt: skip


# ---- tensors ------------------------------------------------------------------------------------


MAKES = frozenset(  # torch's operations that only make a tensor, or fill one with a number
    """empty empty_like empty_strided new_empty new_empty_strided zeros zeros_like new_zeros ones ones_like
    new_ones full full_like new_full fill_ zero_ detach lift_fresh scalar_tensor set_""".split()
)


def _watching(meter: _Meter) -> contextlib.AbstractContextManager:
    """While this lasts, what torch computes, outside of kernels, is noted."""
    from torch.utils._python_dispatch import TorchDispatchMode

    class Watch(TorchDispatchMode):
        def __torch_dispatch__(self, operation, types, arguments=(), keywords=None):
            name = operation._schema.name.split("::")[-1]
            # A view's result is an alias of what it is given, and nothing is written.
            kinds = [each.alias_info for each in operation._schema.returns]
            is_view = kinds and all(each is not None and not each.is_write for each in kinds)
            if not (meter.at_work or is_view or name in MAKES):
                meter.computed.append(name)
            return operation(*arguments, **(keywords or {}))

    return Watch()


def _content(value: Any) -> int | None:
    """A number that changes when a tensor's content does."""
    if not _is_tensor(value) or value.device.type != "cpu":
        return None
    import torch

    if not value.numel():
        return 0
    whole = value.detach().contiguous().reshape(-1).view(torch.uint8).numpy()
    return hash(whole.tobytes())


@contextlib.contextmanager
def poisoning(meter: _Meter) -> Iterator[None]:
    """While this lasts, what torch.empty and its like make is known not to be written."""
    import torch

    places = [(torch, name) for name in ("empty", "empty_like", "empty_strided")]
    places.append((torch.Tensor, "new_empty"))
    before = [(owner, name, getattr(owner, name)) for owner, name in places]

    def poisoned(make: Callable) -> Callable:
        def make_poisoned(*arguments: Any, **keywords: Any) -> Any:
            tensor = make(*arguments, **keywords)
            if tensor.device.type != "cpu":
                return tensor
            meter.at_work, before = True, meter.at_work
            meter.memory.poison(tensor)
            meter.at_work = before
            return tensor

        return make_poisoned

    for owner, name, make in before:
        setattr(owner, name, poisoned(make))
    try:
        yield
    finally:
        for owner, name, make in before:
            setattr(owner, name, make)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Without NumPy's warnings: switched-off lanes hold poison, and a GPU does not warn either."""
    import numpy as np

    with np.errstate(all="ignore"):
        yield


def _tensors(named: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The tensors among a launch's arguments, with those in descriptors and tuples."""
    for name, value in named.items():
        if _is_tensor(value):
            yield name, value
        elif _is_tensor(getattr(value, "base", None)):
            yield name, value.base
        elif isinstance(value, tuple):
            yield from _tensors({f"{name}[{at}]": each for at, each in enumerate(value)})


def _is_tensor(value: Any) -> bool:
    return hasattr(value, "untyped_storage")


def _items(value: Any) -> list:
    """The values in a result or in arguments: nested tuples and lists flattened."""
    if isinstance(value, (tuple, list)):
        return [item for each in value for item in _items(each)]
    return [] if value is None else [value]


def _index(flat: int, shape: tuple[int, ...]) -> str:
    index = []
    for size in reversed(shape):
        index.append(flat % size)
        flat //= size
    return str(list(reversed(index)))
