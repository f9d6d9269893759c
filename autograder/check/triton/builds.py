"""Checks of what the compiler makes of a kernel, without a GPU: compiles, uses, conflicts.

Under the judge what is compiled is what is counted (runs.py): no kernel has a fault, and with the
book's `with_` the results are right. To say something of the kernels whose bytes `check.traffic`
counts, give the same `on` and `max_programs`: at another size there could be others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from autograder.check.failures import CouldNotMeasure, fail
from autograder.check.session import current
from autograder.check.triton.runs import DEVICES, MAX_PROGRAMS, On, Run, run_of
from autograder.report.measurement import Note, describe
from autograder.report.words import because_of


def compiles(
    launcher: Callable | str,
    *,
    on: On,
    devices: Sequence[str] = DEVICES,
    with_: Callable | None = None,
    max_spills: int | None = None,
    max_programs: int | None = MAX_PROGRAMS,
) -> None:
    """Every kernel of the launcher compiles for these devices, without a GPU.

    It has the shared memory that a launch asks for; with `max_spills` it spills at most so many
    bytes of registers.
    """
    run = _run(launcher, on, devices, with_, max_programs)
    for device in devices:
        for build in run.build(device):
            who = f"{build.kernel} for {device}"
            if not build.fits:
                shared = f"{build.shared:,} bytes of shared memory, of {build.max_shared:,}"
                fail(f"{who} compiles, but cannot be launched: it needs {shared}")
            if max_spills is not None and build.spills > max_spills:
                given = [("called with", describe(run.arguments))]
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
    with_: Callable | None = None,
    at_least: int = 1,
    at_most: int | None = None,
    max_programs: int | None = MAX_PROGRAMS,
    because: str = "",
) -> None:
    """The kernels' machine code for `device` has this instruction: "HMMA", "LDG.128", "v_mfma".

    `at_most=0` with `at_least=0` forbids it.
    """
    builds = _run(launcher, on, [device], with_, max_programs).build(device)
    number = sum(build.count(instruction) for build in builds)
    if number < at_least or (at_most is not None and number > at_most):
        expected = f"at least {at_least}" if number < at_least else f"at most {at_most}"
        loads = {width: n for build in builds for width, n in build.load_widths.items()}
        details = [("bits of a load", str(loads))] if instruction.startswith("LD") else []
        message = f"{number} {instruction} instructions in the machine code for {device}"
        message = f"{message}, expected {expected}"
        fail(message, details + because_of(because))
    note(f"{number} {instruction} in the machine code for {device}")


def conflicts(
    launcher: Callable | str,
    *,
    on: On,
    device: str = "sm_80",
    with_: Callable | None = None,
    at_most: int = 0,
    max_programs: int | None = MAX_PROGRAMS,
) -> None:
    """Loads and stores of shared memory wait at most `at_most` times, a warp, for a bank.

    Counted in the PTX (tern/gpu/banks.py), for every warp of a program. CouldNotMeasure where an
    address cannot be known there.
    """
    from tern.gpu.banks import bank_conflicts

    for build in _run(launcher, on, [device], with_, max_programs).build(device):
        try:
            found = bank_conflicts(build.texts["ptx"], build.warps)
        except ValueError as error:
            whose = f"the bank conflicts of {build.kernel} for {device}"
            raise CouldNotMeasure(f"{whose} cannot be counted: {error}") from None
        waits = sum(access.conflicts for access in found)
        if waits > at_most:
            worst = max(found, key=lambda access: access.conflicts)
            turns = f"{worst.wavefronts} turns, {worst.min_wavefronts} would do"
            detail = [("the worst", f"{worst.instruction}: {turns}")]
            fail(
                f"{build.kernel} for {device} has {waits} bank conflicts, {at_most} are allowed",
                detail,
            )
        note(f"{waits} bank conflicts in {len(found)} accesses to shared memory, for {device}")


def note(sentence: str) -> None:
    """What was read from the compiler's output: a line of the report, or of a notebook's output."""
    current().record(Note(text=sentence))


def _run(
    launcher: Callable | str,
    on: On,
    devices: Sequence[str],
    with_: Callable | None,
    max_programs: int | None,
) -> Run:
    """The launches whose machine code is asked for: they compile, and have no fault."""
    run = run_of(launcher, on, devices, max_programs, counts=False)
    for device in devices:
        run.build(device)
    run.check(with_, None)
    return run
