"""The ladder of the matrix product: what is counted of each rung, and for five devices compiled."""

from __future__ import annotations

import pytest

pytest.importorskip("triton", reason="tern.gpu needs Triton")

import torch

from tern.gpu.configurations import Configuration
from tern.gpu.devices import DEVICES
from tern.gpu.ladder import Rung, rung
from tern.gpu.tile_bound import tile_bound
from tern.workshop.triton import matmul
from tests.tern.gpu import faulty, kernels, products

RAGGED = [(torch.randn(m, k).half(), torch.randn(k, n).half()) for m, n, k in [(70, 50, 90)]]
LARGE = torch.randn(2048, 2048).half(), torch.randn(2048, 2048).half()


def exact(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return a.double() @ b.double()


def product_by(how: Configuration, devices: tuple[str, ...]) -> Rung:
    tile = how.block_m, how.block_n
    bound = tile_bound((2048, 2048, 2048), tile, 2)
    return rung(
        "tiles", lambda a, b: matmul(a, b, how), LARGE, RAGGED, exact, bound, devices=devices
    )


def test_a_rung() -> None:
    """Tiles of 128 x 128 by 8 warps, on each device."""
    found = product_by(Configuration(128, 128, 32, 8, 3), tuple(DEVICES))
    assert not found.faults and not found.refused and found.error < 1e-3
    assert found.counted == "counted in Triton's interpreter, 4 of 256 programs, scaled up"
    assert found.bytes == found.sector_bytes == found.bound == 11 * found.minimum
    assert (found.launches, found.programs, found.over_bound) == (1, 256, 1)
    assert found.dot_flops == 2 * 2048**3
    first = {device: list(found.matrix_instructions(device)) for device in DEVICES}
    assert first.pop("sm_75") == [] and found.worst("sm_75", "spills") > 0
    assert first["sm_80"] == ["HMMA.16816.F32"] and first["gfx942"] == ["v_mfma_f32_32x32x8_f16"]
    assert first["sm_90"][0].startswith("HGMMA.64x128x16") and first["sm_100"] == ["UTCHMMA"]
    for device in ("sm_80", "sm_90", "sm_100", "gfx942"):
        assert found.worst(device, "spills") == 0 and found.fits(device)
    shared = {device: found.worst(device, "shared") for device in DEVICES}
    step = 256 * 32 * 2
    assert (shared["sm_80"], shared["sm_90"]) == (2 * step, 3 * step)
    assert found.occupancy("sm_80").blocks == 2 and found.occupancy("gfx942") is None


def test_without_tl_dot_there_is_nothing_to_count_for_tensor_cores() -> None:
    a, b = torch.randn(16, 24), torch.randn(24, 256)
    found = rung("rows", kernels.rowwise, (a, b), [(a, b)], exact, devices=("sm_80",))
    assert found.bytes == 4 * (32 * 24 * (1 + 128) + 16 * 256) and found.error < 1e-6
    assert not found.matrix_instructions("sm_80") and found.dot_flops == 0 and not found.faults
    assert found.over_bound == float("inf") and found.worst("sm_80", "spills") == 0


def test_what_is_wrong_at_a_small_size_is_told() -> None:
    x = torch.ones(1000)
    found = rung("no mask", faulty.no_mask, [x], [[x]], lambda x: 2.0 * x, devices=())
    assert "missing mask" in found.faults[0] and found.error == 0
    wrong = rung("wrong", faulty.double_all, [x], [[x]], lambda x: 3.0 * x, devices=())
    assert wrong.error == pytest.approx(1 / 3) and not wrong.faults
    other = rung("shape", faulty.double_all, [x], [[x]], lambda x: x[:5], devices=())
    assert other.error == float("inf")


def test_what_a_compiler_refuses_is_told_beside_the_others() -> None:
    a = torch.randn(64, 64)
    found = rung(
        "tf32x3", lambda a, b: products.one_dot(a, b, "tf32x3"), (a, a), [(a, a)], exact,
        devices=("sm_80", "gfx942"), tf32=True,
    )  # fmt: skip
    assert list(found.builds) == ["sm_80"] and "must be one of" in found.refused["gfx942"]
    assert found.error < 1e-6 and not found.fits("gfx942") and found.worst("gfx942", "stack") == 0
