"""What a test cell says of a Triton kernel: agrees, traffic, sectors, compiles, uses, conflicts.

    check.agrees(softmax, with_=book.softmax, on=[matrices(3, 5), matrices(90, 1000)])
    check.traffic(softmax, on=matrices, at_most=1.1, times="minimum bytes")
    check.sectors(softmax, on=matrices, at_most=1.25, times="bytes")
    check.compiles(softmax, on=matrices)
    check.uses(matmul, "HMMA", on=halves, device="sm_80")
    check.conflicts(transpose, on=matrices, at_most=0)

The first argument is a launcher: it is given tensors, launches kernels, and returns tensors. Or it is
source text that defines one, the last function in it: what a compiler has emitted. None of this needs a
GPU (tern/gpu); it is counted, or read from what the compiler makes.

Under the judge a launcher is a reader's, and no step trusts it: it runs apart (apart.py). Code
that reached for the meter in its own process could forge its counts. What is guarded is the machine
and the solutions, and the results are there to be checked.
"""

from __future__ import annotations

import ast
import random
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

from autograder.check.failures import CheckFailed, CouldNotMeasure, fail
from autograder.check.session import current
from autograder.check.speed import settle
from autograder.check.triton import apart
from autograder.check.values import close
from autograder.report.measurement import Bars, Note, Traffic, describe
from autograder.report.words import because_of

On = Callable[[random.Random], tuple]


def agrees(
    launcher: Callable | str,
    *,
    with_: Callable,
    on: On | Sequence[On],
    same: Callable[[Any, Any], None] | None = None,
    launches: int | None = None,
    because: str = "",
) -> None:
    """The launcher's kernels have no fault, and give what `with_`, the book's, gives.

    Each of `on` makes the arguments of one call: arrays, tensors, and numbers. All programs run.
    `with_` may launch kernels or just call torch; `same(actual, expected)` compares results, as NumPy arrays.
    `launches` is how many kernels a call has to launch.
    """
    launcher = _launcher(launcher)
    rng = random.Random()
    calls = [make(rng) for make in (on if isinstance(on, Sequence) else [on])]
    for arguments, counted in zip(calls, _count(launcher, calls, None), strict=True):
        try:
            _faultless(counted)
            _same_results(counted, with_, arguments, same)
            if launches is not None and len(counted.launches) != launches:
                fail(f"expected {launches} launch of a kernel, found {len(counted.launches)}")
        except CheckFailed as failed:
            failed.details += [("called with", describe(arguments)), *because_of(because)]
            raise


def traffic(
    launcher: Callable | str,
    *,
    on: On,
    at_most: float,
    times: str | Callable[[tuple], float] = "minimum bytes",
    with_: Callable | None = None,
    same: Callable[[Any, Any], None] | None = None,
    programs: int = 80,
    max_programs: int | None = 256,
    silver: float | None = None,
    gold: float | None = None,
    within: float | None = None,
) -> None:
    """The launcher's kernels have no fault and move at most `at_most` times so many bytes.

    `on(rng)` makes fresh arguments: arrays, tensors, and numbers. `times` is "minimum bytes" (every
    tensor given is read once, every result written once), or computes a number of bytes from the
    arguments. With the book's `with_` all programs run, and `same(actual, expected)` compares results, as
    NumPy arrays. At least `programs` programs run, or most of a GPU would idle
    (80 is twice a T4's multiprocessors). Grids of
    more than `max_programs` are sampled, and the report says so.

    In a notebook with a GPU it is timed as well, in turn with `with_`; with `within`, it
    has to take at most so many times the book's time there.
    """
    launcher, arguments = _launcher(launcher), on(random.Random())
    (counted,) = _count(launcher, [arguments], max_programs if with_ is None else None)
    _faultless(counted)
    if with_ is not None:
        _same_results(counted, with_, arguments, same)
    if counted.programs < programs:
        fail(f"programs: {counted.programs} are too few to keep a GPU busy, which needs {programs}")
    base = times(arguments) if callable(times) else _base(times, counted)
    what = "allowed bytes" if callable(times) else times
    if times == "minimum bytes" and counted.bytes < 0.99 * base:
        share = counted.bytes / max(base, 1)
        fail(
            f"{share:.3g}× the minimum bytes are too few: not every input was read, or result written"
        )
    _settle(counted, counted.bytes, base, what, Bars(at_most, silver, gold), arguments)
    if with_ is not None and current().processes is None:
        _timed(launcher, with_, arguments, within)


def sectors(
    launcher: Callable | str,
    *,
    on: On,
    at_most: float,
    times: str = "bytes",
    max_programs: int | None = 256,
    silver: float | None = None,
    gold: float | None = None,
) -> None:
    """The 32-byte sectors that the kernels touch hold at most `at_most` times so many bytes.

    `times` is "bytes" (those that are used: a coalesced kernel comes to 1) or "minimum bytes".
    """
    launcher, arguments = _launcher(launcher), on(random.Random())
    (counted,) = _count(launcher, [arguments], max_programs)
    _faultless(counted)
    what = f"{times} in sectors of 32 bytes"
    base = _base(times, counted)
    _settle(counted, counted.sector_bytes, base, what, Bars(at_most, silver, gold), arguments)


def compiles(
    launcher: Callable | str,
    *,
    on: On,
    devices: Sequence[str] = ("sm_75", "sm_80"),
    max_spills: int | None = None,
) -> None:
    """Every kernel of the launcher compiles for these devices, without a GPU.

    It has the shared memory that a launch asks for; with `max_spills` it spills at most so many bytes of
    registers.
    """
    launcher, arguments = _launcher(launcher), on(random.Random())
    for device in devices:
        for build in _builds(launcher, arguments, device):
            who = f"{build.kernel} for {device}"
            if not build.fits:
                shared = f"{build.shared:,} bytes of shared memory, of {build.max_shared:,}"
                fail(f"{who} compiles, but cannot be launched: it needs {shared}")
            if max_spills is not None and build.spills > max_spills:
                given = [("called with", describe(arguments))]
                fail(
                    f"{who} spills {build.spills:,} bytes of registers, {max_spills:,} are allowed",
                    given,
                )
            current().say(
                f"{who}: {build.registers} registers, {build.shared:,} bytes of shared memory"
            )


def uses(
    launcher: Callable | str,
    instruction: str,
    *,
    on: On,
    device: str = "sm_80",
    at_least: int = 1,
    at_most: int | None = None,
    because: str = "",
) -> None:
    """The kernels' machine code for `device` has this instruction: "HMMA", "LDG.128", "v_mfma".

    `at_most=0` with `at_least=0` forbids it.
    """
    launcher = _launcher(launcher)
    builds = _builds(launcher, on(random.Random()), device)
    number = sum(build.count(instruction) for build in builds)
    if number < at_least or (at_most is not None and number > at_most):
        expected = f"at least {at_least}" if number < at_least else f"at most {at_most}"
        loads = {width: n for build in builds for width, n in build.load_widths.items()}
        details = [("bits of a load", str(loads))] if instruction.startswith("LD") else []
        message = f"{number} {instruction} instructions in the machine code for {device}, expected {expected}"
        fail(message, details + because_of(because))
    note(f"{number} {instruction} in the machine code for {device}")


def conflicts(launcher: Callable | str, *, on: On, device: str = "sm_80", at_most: int = 0) -> None:
    """The kernels' loads and stores of shared memory wait at most `at_most` times, a warp, for a bank.

    Counted in the PTX (tern/gpu/banks.py), for every warp of a program. CouldNotMeasure where an address
    cannot be known there.
    """
    from tern.gpu.banks import bank_conflicts

    launcher = _launcher(launcher)
    for build in _builds(launcher, on(random.Random()), device):
        try:
            found = bank_conflicts(build.texts["ptx"], build.warps)
        except ValueError as error:
            whose = f"the bank conflicts of {build.kernel} for {device}"
            raise CouldNotMeasure(f"{whose} cannot be counted: {error}") from None
        waits = sum(access.conflicts for access in found)
        if waits > at_most:
            worst = max(found, key=lambda access: access.conflicts)
            detail = [
                (
                    "the worst",
                    f"{worst.instruction}: {worst.wavefronts} turns, {worst.min_wavefronts} would do",
                )
            ]
            fail(
                f"{build.kernel} for {device} has {waits} bank conflicts, {at_most} are allowed",
                detail,
            )
        note(f"{waits} bank conflicts in {len(found)} accesses to shared memory, for {device}")


# ---- verdicts -------------------------------------------------------------------------------------------


def note(sentence: str) -> None:
    """What was read from the compiler's output: a line of the report, or of a notebook's output."""
    current().record(Note(text=sentence))


def _base(times: str, counted: Any) -> int:
    if times not in ("bytes", "minimum bytes"):
        raise ValueError(f'times is "bytes" or "minimum bytes", not {times!r}')
    return counted.minimum if times == "minimum bytes" else counted.bytes


def _settle(
    counted: Any, moved: float, base: float, what: str, bars: Bars, arguments: tuple
) -> None:
    inputs = f"{moved:,} against {base:,.0f} bytes; {describe(arguments)}"
    traffic = Traffic.of(moved, base, what, bars, inputs=inputs, clock=counted.how())
    if traffic.verdict == "failed":
        current().say("\n".join(_lines(counted)))
    settle(traffic)


def _lines(counted: Any) -> list[str]:
    """What each line of the kernels moves."""
    return [
        f"  {a.file}:{a.line}: {a.kind} {a.tensor}: {a.bytes:,} bytes in {a.sectors:,} sectors"
        for launch in counted.launches
        for a in launch.accesses
    ]


def _launcher(given: Callable | str) -> Any:
    """The launcher itself; of source text, the last function that it defines."""
    if not isinstance(given, str):
        return given
    try:
        names = [each.name for each in ast.parse(given).body if isinstance(each, ast.FunctionDef)]
    except SyntaxError as error:
        fail(
            f"the source is no Python: line {error.lineno}: {error.msg}", [("source", "\n" + given)]
        )
    if not names:
        fail("the source defines no function", [("source", "\n" + given)])
    cells = [{"id": "emitted", "source": given}]
    if current().processes is None:
        from tern.gpu.job import load_text

        return load_text(given, names[-1])
    return SimpleNamespace(__name__=names[-1], cells=cells)


def _count(launcher: Any, calls: Sequence[tuple], max_programs: int | None) -> list:
    """What each call moves."""
    _require()
    how = {"max_programs": max_programs}
    if processes := current().processes:
        return apart.counted(processes, launcher, calls, how)
    from tern.gpu import measure

    return [measure(launcher, *_fresh(arguments), **how) for arguments in calls]


def _faultless(counted: Any) -> None:
    if faults := [str(each)[:1000] for each in counted.faults]:
        fail(faults[0], [("also", each) for each in faults[1:5]])
    if counted.computed:
        why = "What torch computes in the launcher is a launch of its own, and moves bytes of its own."
        names = ", ".join(f"torch's {name}" for name in counted.computed[:3])
        fail(f"the launcher has {names} at work: that belongs in the kernel", [("why", why)])
    if counted.changed:
        fail(f"argument {counted.changed[0]} was changed: the result is a new tensor")


def _same_results(
    counted: Any, book: Callable, arguments: Sequence[Any], same: Callable | None
) -> None:
    from tern.gpu import measure

    expected = measure(book, *_fresh(arguments), max_programs=None).results
    if len(counted.results) != len(expected):
        fail(f"expected {len(expected)} results, got {len(counted.results)}")
    for one, other in zip(counted.results, expected, strict=True):
        (same or _near)(_array(one), _array(other))


def _near(actual: Any, expected: Any) -> None:
    import numpy as np

    tolerance = 2e-2 if expected.dtype.itemsize == 2 else 1e-4
    sizes = np.abs(expected[np.isfinite(expected)]) if expected.dtype.kind == "f" else expected
    usual = (
        float(np.median(sizes)) if sizes.size else 0.0
    )  # results may all be small, as softmax's are
    close(actual, expected, rtol=tolerance, atol=tolerance * min(usual, 1.0))


def _array(tensor: Any) -> Any:
    """As NumPy, which has neither bfloat16 nor FP8."""
    known = (
        tensor.dtype.itemsize > 2
        or str(tensor.dtype) == "torch.float16"
        or not tensor.is_floating_point()
    )
    return (tensor if known else tensor.float()).numpy()


def _timed(launcher: Any, book: Callable, arguments: tuple, within: float | None) -> None:
    """Where there is a GPU: say, or demand, how long a launch takes beside the book's."""
    from tern.gpu import timing

    if name := timing.gpu():
        time, baseline = timing.compare(launcher, book, _fresh(arguments))
        sentence = f"timed on {name}: {time / baseline:.2f}× the book's time ({time:.3g} ms of {baseline:.3g} ms)"
        if within is not None and time > within * baseline:
            fail(f"{sentence}, bar {within:g}×")
        print(sentence)


def _fresh(arguments: Sequence[Any]) -> list:
    from tern.gpu.job import pack, unpack

    return unpack(*pack(arguments))


def _require() -> None:
    try:
        import torch  # noqa: F401
        import triton  # noqa: F401
    except ImportError as error:
        raise CouldNotMeasure(f"counting needs Triton and PyTorch: {error}") from None


def _builds(launcher: Any, arguments: Sequence[Any], device: str) -> tuple:
    _require()
    from tern.gpu import BuildError, compile_for

    try:
        if processes := current().processes:
            return apart.built(processes, launcher, arguments, device)
        return compile_for(device, launcher, *_fresh(arguments), timeout=apart.BUILD_SECONDS)
    except BuildError as error:
        fail(f"{launcher.__name__} does not compile for {device}: {error}")
