"""One rung of a ladder: all that can be counted of one way to compute something, without a GPU."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tern.gpu.build import Build, BuildError
from tern.gpu.devices import DEVICES
from tern.gpu.meter import measure
from tern.gpu.multiprocessor import MULTIPROCESSORS, Occupancy, occupancy_of
from tern.gpu.offline import compile_for

SAMPLE = 4  # programs of a launch that run at the large size
SECONDS = 60.0  # wall-clock limit of one compilation


@dataclass(frozen=True)
class Rung:
    """What is known of one way to compute something. Bytes and FLOP are those of the large size.

    `counted` says in words whether all programs ran there, or a sample. `error` and `faults` are of
    the small sizes, where every program ran: the largest difference from what was expected, over
    the largest number expected.
    """

    name: str
    launches: int
    programs: int
    bytes: int  # that the kernels request
    sector_bytes: int
    minimum: int  # each argument read once, each result written once
    bound: int  # what the form of the kernel must request; 0 if nothing is known
    dot_flops: int
    counted: str
    error: float
    faults: tuple[str, ...]
    builds: dict[str, tuple[Build, ...]] = field(repr=False)  # of each device, one for a kernel
    refused: dict[str, str] = field(default_factory=dict)  # by a device's compiler: why

    @property
    def over_bound(self) -> float:
        return self.bytes / self.bound if self.bound else float("inf")

    def matrix_instructions(self, device: str) -> dict[str, int]:
        """The instructions of tensor cores that all kernels have for a device: name, how many."""
        found: dict[str, int] = {}
        for build in self.builds.get(device, ()):
            for name, count in build.matrix_instructions.items():
                found[name] = found.get(name, 0) + count
        return found

    def worst(self, device: str, what: str) -> int:
        """The most that a kernel has for a device of "registers", "spills", "stack", "shared"."""
        return max((getattr(build, what) for build in self.builds.get(device, ())), default=0)

    def fits(self, device: str) -> bool:
        """Whether every kernel compiles for a device, and finds enough shared memory on it."""
        builds = self.builds.get(device, ())
        return bool(builds) and all(build.fits for build in builds)

    def occupancy(self, device: str) -> Occupancy | None:
        """The occupancy of the first kernel on a device of MULTIPROCESSORS; None elsewhere."""
        builds = self.builds.get(device)
        return occupancy_of(builds[0]) if builds and device in MULTIPROCESSORS else None


def rung(
    name: str,
    launcher: Callable,
    large: Sequence[Any],
    small: Sequence[Sequence[Any]],
    expected: Callable,
    bound: int = 0,
    devices: Sequence[str] = tuple(DEVICES),
    max_programs: int | None = SAMPLE,
    tf32: bool = False,
) -> Rung:
    """Count launcher(*large), check it for each of `small`, and compile it for some devices.

    Of the large size only `max_programs` programs of each launch run, and their counts are scaled
    up (`Rung.counted` says so): exact where programs load alike, an estimate where they do not, as
    in causal attention (None runs all). Small sizes run in full: races, unwritten elements, and
    `expected(*arguments)`, a tensor in float64, are looked at there. A compilation takes about 1 s
    of CPU time; what a compiler refuses, or does not end in a minute, is in `Rung.refused`.
    """
    error, faults = 0.0, []
    for arguments in small:
        traffic = measure(launcher, *arguments, max_programs=None, tf32=tf32)
        faults += [str(each) for each in traffic.faults]
        if traffic.results:
            error = max(error, _error(traffic.results[0], expected(*arguments)))
    counted = measure(launcher, *large, max_programs=max_programs, tf32=tf32)
    builds, refused = {}, {}
    for device in devices:
        try:
            builds[device] = compile_for(device, launcher, *large, timeout=SECONDS)
        except BuildError as why:
            refused[device] = str(why)
    return Rung(
        name,
        len(counted.launches),
        counted.programs,
        counted.bytes,
        counted.sector_bytes,
        counted.minimum,
        bound,
        counted.dot_flops,
        counted.how(),
        error,
        tuple(dict.fromkeys([*faults, *map(str, counted.faults)])),
        builds,
        refused,
    )


def _error(result: Any, expected: Any) -> float:
    """The largest difference over the largest number; infinite where one is NaN."""
    import torch

    if tuple(result.shape) != tuple(expected.shape):
        return float("inf")
    if not result.numel():
        return 0.0
    difference = (result.to(torch.float64) - expected.to(torch.float64)).abs().max().item()
    size = expected.to(torch.float64).abs().max().item()
    return difference / max(size, 1e-300) if difference == difference else float("inf")
