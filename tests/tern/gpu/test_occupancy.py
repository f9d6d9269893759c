"""Occupancy: against NVIDIA's own calculator, and for kernels that were compiled."""

from __future__ import annotations

import itertools
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

from tern.gpu import DATASHEETS, occupancy, occupancy_of
from tern.gpu.multiprocessor import MULTIPROCESSORS, warps_to_hide


def header() -> Path | None:
    """NVIDIA's cuda_occupancy.h, which Triton brings along."""
    spec = find_spec("triton")
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / "backends/nvidia/include/cuda_occupancy.h"
    return path if path.exists() else None


NVIDIA = pytest.mark.skipif(
    not (header() and shutil.which("g++")),
    reason="NOT CHECKED against NVIDIA's calculator: it needs Triton and g++",
)
GRID = list(
    itertools.product(
        MULTIPROCESSORS,
        (32, 64, 96, 128, 160, 256, 384, 512, 768, 1024),
        (0, 16, 24, 32, 33, 40, 48, 64, 72, 96, 128, 168, 200, 255),
        (0, 1, 1024, 5_000, 16_384, 32_768, 49_152, 65_536, 100_000, 166_912, 232_448),
    )
)
# What cudaDeviceProp says of each: shared memory of a block without asking, and at most.
OPT_IN = {"sm_75": 65_536, "sm_80": 166_912, "sm_90": 232_448, "sm_100": 232_448}

PROGRAM = """
#include <cstdio>
#include <climits>
#include "cuda_occupancy.h"
int main() {
  int major, minor, threads, registers, warps; size_t shared, all, most, reserved;
  while (scanf("%d %d %d %d %d %zu %zu %zu %zu", &major, &minor, &warps, &threads, &registers,
               &shared, &all, &most, &reserved) == 9) {
    cudaOccDeviceProp device;
    device.computeMajor = major; device.computeMinor = minor;
    device.maxThreadsPerBlock = 1024; device.maxThreadsPerMultiprocessor = 32 * warps;
    device.regsPerBlock = device.regsPerMultiprocessor = 65536; device.warpSize = 32;
    device.sharedMemPerBlock = 49152; device.sharedMemPerMultiprocessor = all;
    device.numSms = 1; device.sharedMemPerBlockOptin = most;
    device.reservedSharedMemPerBlock = reserved;
    cudaOccFuncAttributes kernel;
    kernel.maxThreadsPerBlock = INT_MAX; kernel.numRegs = registers; kernel.sharedSizeBytes = 0;
    kernel.partitionedGCConfig = PARTITIONED_GC_OFF;
    kernel.shmemLimitConfig = FUNC_SHMEM_LIMIT_OPTIN;
    kernel.maxDynamicSharedSizeBytes = most; kernel.numBlockBarriers = 1;
    cudaOccDeviceState state;
    cudaOccResult result;
    cudaOccError error = cudaOccMaxActiveBlocksPerMultiprocessor(
        &result, &device, &kernel, &state, threads, shared);
    printf("%d\\n", error == CUDA_OCC_SUCCESS ? result.activeBlocksPerMultiprocessor : -1);
  }
}
"""


@NVIDIA
def test_nvidias_calculator_says_the_same(tmp_path: Path) -> None:
    source, program = tmp_path / "ask.cpp", tmp_path / "ask"
    source.write_text(PROGRAM)
    found = header()
    assert found
    subprocess.run(["g++", "-w", f"-I{found.parent}", source, "-o", program], check=True)
    lines = []
    for device, threads, registers, shared in GRID:
        major, minor = divmod(int(device.removeprefix("sm_")), 10)
        has = MULTIPROCESSORS[device]
        numbers = (major, minor, has.warps, threads, registers, shared, has.shared)
        lines.append(" ".join(map(str, (*numbers, OPT_IN[device], has.reserved))))
    done = subprocess.run(
        [program], input="\n".join(lines), text=True, capture_output=True, check=True
    )
    expected = list(map(int, done.stdout.split()))
    actual = [occupancy(*each).blocks for each in GRID]
    differ = [
        (case, mine, theirs) for case, mine, theirs in zip(GRID, actual, expected) if mine != theirs
    ]
    assert len(expected) == len(GRID) and not differ


def test_what_runs_out_first() -> None:
    half = occupancy("sm_80", 256, 64, 0)
    assert (half.blocks, half.warps, half.share) == (4, 32, 0.5)
    assert half.limited_by == ["registers"]
    assert occupancy("sm_80", 32, 16, 0).limited_by == ["blocks"]
    assert occupancy("sm_90", 128, 32, 100_000).limited_by == ["shared"]
    assert occupancy("sm_75", 1024, 32, 0).limited_by == ["warps"]
    assert occupancy("sm_90", 1024, 255, 0).blocks == 0
    for wrong in (("sm_1", 32, 1, 0), ("sm_80", 0, 1, 0), ("sm_80", 32, 256, 0)):
        with pytest.raises(ValueError):
            occupancy(*wrong)


def test_little_knows_how_many_warps() -> None:
    assert warps_to_hide(latency=400, interval=10) == 40
    with pytest.raises(ValueError, match="interval > 0"):
        warps_to_hide(1, 0)


def test_a_compiled_kernel_has_an_occupancy() -> None:
    torch = pytest.importorskip("torch")
    from tern.gpu import compile_for, offline
    from tern.workshop import triton as kernels

    if not offline.has_assembler():
        pytest.skip("NOT CHECKED: Triton brings no assembler here")
    (build,) = compile_for("sm_80", kernels.add, torch.ones(4096), torch.ones(4096))
    found = occupancy_of(build)
    assert found == occupancy("sm_80", 32 * build.warps, build.registers, build.shared)
    assert 0 < found.share <= 1


@pytest.mark.parametrize("sheet", DATASHEETS, ids=lambda sheet: sheet.name)
def test_datasheets_add_up(sheet) -> None:
    """Units x FLOP a clock x clock is the dense number; the headline is it, or twice as much."""
    assert sheet.matrix_peak == pytest.approx(sheet.matrix, rel=0.005)
    assert sheet.headline == pytest.approx(sheet.matrix * (2 if sheet.sparse else 1), rel=0.001)
