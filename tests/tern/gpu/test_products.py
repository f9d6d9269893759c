"""What surrounds tl.dot: its precisions, descriptors, shared sums, loops that the program bounds.

Each is counted exactly, and each planted fault is found.
"""

from __future__ import annotations

import pytest

pytest.importorskip("triton", reason="tern.gpu needs Triton")

import numpy as np
import torch

from tern.gpu import Traffic, compile_for, measure
from tern.gpu.precision import PRECISIONS, product, round_to_tf32, to_tf32
from tests.tern.gpu import products
from tests.tern.gpu.test_faults import marked


def counted(launcher, *arguments, **how) -> Traffic:
    """The traffic of a launcher that has no fault."""
    traffic = measure(launcher, *arguments, max_programs=None, **how)
    assert not traffic.faults, list(map(str, traffic.faults))
    return traffic


def halves(*shape: int) -> torch.Tensor:
    return torch.randint(-4, 5, shape).half()  # whose products and sums are exact


# ---- the precision of tl.dot ---------------------------------------------------------------------


def test_tf32_drops_13_bits_of_23() -> None:
    one = np.float32(1)
    last, below, half = one + np.float32(2**-10), one + np.float32(2**-11), np.float32(2**-12)
    assert to_tf32(np.array([last, below, -below], np.float32)).tolist() == [last, 1, -1]
    rounded = round_to_tf32(np.array([below, below - half, last + half, -below], np.float32))
    assert rounded.tolist() == [last, 1, last, -last]  # ties away from zero
    large = np.array([3.4e38, np.inf, -np.inf], np.float32)
    assert np.isinf(round_to_tf32(large)[1:]).all() and not np.isinf(to_tf32(large)[0])


def test_three_products_are_nearly_float32() -> None:
    rng = np.random.default_rng(0)
    a, b = (rng.standard_normal((64, 64), np.float32) for _ in range(2))
    exact = a.astype(np.float64) @ b.astype(np.float64)
    ieee, tf32, three = (np.abs(product(a, b, each) - exact).max() for each in PRECISIONS)
    assert ieee < 2e-5 and three < 2e-5 and 5e-3 < tf32 < 1e-1
    with pytest.raises(ValueError, match="'half' is none of ieee, tf32, tf32x3"):
        product(a, b, "half")


def test_infinity_survives_three_products() -> None:
    """What is left of infinity is NaN, and is not added."""
    a, b = np.full((1, 1), np.inf, np.float32), np.ones((1, 1), np.float32)
    assert product(a, b, "tf32x3").item() == np.inf


@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_dot_reads_float32_as_its_precision_says(precision: str) -> None:
    a, b = torch.randn(64, 32), torch.randn(32, 16)
    traffic = counted(lambda a, b: products.one_dot(a, b, precision), a, b, tf32=True)
    expected = product(a.numpy(), b.numpy(), precision)
    assert np.allclose(traffic.results[0].numpy(), expected, rtol=1e-6, atol=1e-6)
    assert traffic.dot_flops == 2 * 64 * 32 * 16
    whole = counted(lambda a, b: products.one_dot(a, b, precision), a, b)
    assert torch.allclose(whole.results[0], a @ b, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("precision", ["bf16x3", "bf16x6"])
def test_a_precision_that_is_not_emulated_is_refused_by_name(precision: str) -> None:
    def launcher(a, b):
        return products.one_dot(a, b, precision)

    (fault,) = measure(launcher, torch.ones(16, 16), torch.ones(16, 16)).faults
    assert fault.kind == "unsupported"
    assert f"input_precision='{precision}' is not measured here: use ieee or" in fault.message


def test_no_compiler_knows_this_precision() -> None:
    launcher = lambda a, b: products.one_dot(a, b, "tf33")  # noqa: E731
    (fault,) = measure(launcher, torch.ones(16, 16), torch.ones(16, 16)).faults
    assert fault.kind == "error" and "input_precision must be one of" in fault.message


@pytest.mark.parametrize(
    "kind", ["float16", "bfloat16", "float8_e4m3fn", "float8_e5m2", "int8", "float64"]
)
def test_short_operands_are_summed_in_a_wide_type(kind: str) -> None:
    a = (3 * torch.randn(64, 32)).to(getattr(torch, kind))
    b = (3 * torch.randn(32, 16)).to(getattr(torch, kind))
    traffic = counted(products.one_dot, a, b, tf32=True)
    expected = a.double() @ b.double()
    assert torch.allclose(traffic.results[0].double(), expected, rtol=1e-5, atol=1e-4)
    assert traffic.loaded == a.element_size() * (64 * 32 + 32 * 16)


def test_a_sum_of_16_bits_is_rounded_once() -> None:
    # float32 holds sums of these exactly, in any order; float16 doesn't
    a, b = (torch.randint(-100, 101, (32, 32)).half() / 64 for _ in range(2))
    expected = (a.float() @ b.float()).half()
    assert torch.equal(counted(products.half_sum, a, b).results[0], expected)


def test_the_compiler_cuts_off_where_the_meter_does() -> None:
    """No rounding stands before a product of TF32, and one stands before each part of three."""
    a = torch.zeros(64, 64)
    plain, three = (
        compile_for("sm_80", lambda a, b: products.one_dot(a, b, each), a, a)[0]  # noqa: B023
        for each in ("tf32", "tf32x3")
    )
    assert "cvt.rna.tf32.f32" not in plain.texts["ptx"]
    assert "cvt.rna.tf32.f32" in three.texts["ptx"]
    assert three.count("HMMA.TF32") == 3 * plain.count("HMMA.TF32") > 0


# ---- descriptors ---------------------------------------------------------------------------------


@pytest.mark.parametrize("m, n, k", [(32, 32, 32), (50, 88, 72), (1, 8, 8), (33, 40, 64)])
def test_a_descriptor_moves_what_is_inside(m: int, n: int, k: int) -> None:
    """Rows are multiples of 16 bytes; what a block covers beyond the tensor costs nothing."""
    a, b = halves(m, k), halves(k, n)
    traffic = counted(products.described, a, b)
    assert torch.equal(traffic.results[0], a @ b)
    across, down = -(-n // 32), -(-m // 32)
    assert traffic.loaded == 2 * (across * m * k + down * k * n) and traffic.stored == 2 * m * n


def test_a_descriptor_that_the_launcher_makes() -> None:
    x = torch.randn(40, 16)
    traffic = counted(products.given_descriptor, x)
    assert torch.equal(traffic.results[0], 2 * x) and traffic.bytes == traffic.minimum


def test_descriptors_have_bounds_of_their_own_and_those_of_the_tensor() -> None:
    (fault,) = measure(products.too_high, torch.ones(40, 16)).faults
    assert (fault.kind, fault.line) == ("out of bounds", marked(products.too_high_kernel))
    assert "reads 16 of 144 lanes outside of 'x', which has 640" in fault.message


def test_descriptors_race_as_pointers_do() -> None:
    (fault,) = measure(products.overlapping, torch.randn(40, 16)).faults
    assert (fault.kind, fault.line) == ("race", marked(products.overlapping_kernel))


def test_a_row_that_16_bytes_do_not_divide() -> None:
    (fault,) = measure(products.described, halves(8, 9), halves(9, 8)).faults
    assert fault.kind == "error" and "16" in fault.message


def test_updates_by_descriptors() -> None:
    for kind in (torch.float32, torch.float16, torch.bfloat16, torch.int32):
        x = torch.randint(-9, 9, (48, 16)).to(kind)
        traffic = counted(products.reducing, x)
        assert torch.equal(traffic.results[0], x.reshape(3, 16, 16).sum(0, dtype=kind))
        assert traffic.atomic == x.element_size() * 48 * 16 and not traffic.stored
    (fault,) = measure(lambda x: products.reducing(x, False), torch.ones(48, 16)).faults
    assert (fault.kind, fault.line) == ("uninitialized read", marked(products.reducing_kernel))


def test_hopper_loads_through_its_own_unit() -> None:
    a = halves(128, 128)
    launcher = lambda a, b: products.described(a, b, 64)  # noqa: E731
    (hopper,) = compile_for("sm_90", launcher, a, a)
    (ampere,) = compile_for("sm_80", launcher, a, a)
    assert hopper.count("UTMALDG") > 0 and hopper.count("UTMASTG") > 0
    assert not ampere.count("UTMALDG") and ampere.count("HMMA") > 0


# ---- sums that programs share --------------------------------------------------------------------


@pytest.mark.parametrize("k", [64, 200, 256])
def test_programs_share_a_sum(k: int) -> None:
    a, b = halves(20, k).float(), halves(k, 40).float()
    parts, loaded = -(-k // 64), 4 * (2 * 20 * k + 2 * k * 40)  # 2 tiles across, 2 down
    atomic = counted(products.shared_sum, a, b)
    assert torch.equal(atomic.results[0], a @ b) and len(atomic.launches) == 1
    assert atomic.launches[0].grid == (2, 2, parts)
    assert (atomic.loaded, atomic.stored, atomic.atomic) == (loaded, 0, 4 * parts * 800)
    kept = counted(lambda a, b: products.shared_sum(a, b, "parts"), a, b)
    assert torch.equal(kept.results[0], a @ b) and len(kept.launches) == 2
    assert (kept.loaded, kept.stored) == (loaded + 4 * parts * 800, 4 * (parts + 1) * 800)


def test_a_shared_sum_without_atomics_races() -> None:
    launcher = lambda a, b: products.shared_sum(a, b, "store")  # noqa: E731
    (fault,) = measure(launcher, torch.randn(16, 128), torch.randn(128, 32)).faults
    assert fault.kind == "race" and "writes what program number 0 writes" in fault.message


def test_parts_that_nobody_wrote() -> None:
    """The second launch reads them; the first one has no fault."""
    launcher = lambda a, b: products.shared_sum(a, b, "half the parts")  # noqa: E731
    (fault,) = measure(launcher, torch.ones(16, 128), torch.ones(128, 32)).faults
    assert fault.kind == "uninitialized read"
    assert "reads 256 elements of 'parts' that nothing wrote" in fault.message
    assert fault.count == 16 * 32


def test_an_update_of_what_nobody_wrote() -> None:
    launcher = lambda a, b: products.shared_sum(a, b, "atomic", is_zero=False)  # noqa: E731
    (fault,) = measure(launcher, torch.ones(16, 128), torch.ones(128, 32)).faults
    assert fault.kind == "uninitialized read"
    assert "updates 512 elements of 'c' that nothing wrote" in fault.message


# ---- loops whose ends depend on the program ------------------------------------------------------


@pytest.mark.parametrize("n", [1, 16, 40, 64])
def test_a_causal_loop_loads_what_is_before_it(n: int) -> None:
    q, k = halves(n, 16).float(), halves(n, 16).float()
    traffic = counted(products.causal, q, k)
    assert torch.equal(traffic.results[0], (torch.relu(q @ k.T).tril()).sum(1))
    tiles = -(-n // 16)
    blocks = sum(min(16 * (tile + 1), n) for tile in range(tiles))  # keys that each tile loads
    assert traffic.loaded == 4 * 16 * (n + blocks)
    assert traffic.dot_flops == 2 * 16**3 * tiles * (tiles + 1) // 2


def test_a_causal_loop_that_forgets_its_mask() -> None:
    launcher = lambda q, k: products.causal(q, k, masked=False)  # noqa: E731
    (fault,) = measure(launcher, torch.ones(40, 16), torch.ones(40, 16)).faults
    assert (fault.kind, fault.line) == ("missing mask", marked(products.causal_kernel))
    assert fault.program == (2, 0, 0)


def test_a_sample_of_a_causal_loop_says_that_it_is_one() -> None:
    q = torch.ones(16 * 32, 16)
    whole, part = (measure(products.causal, q, q, max_programs=most) for most in (None, 10))
    assert "10 of 32 programs, scaled up" in part.how() and part.unchecked
    assert not whole.sampled and abs(part.loaded / whole.loaded - 1) < 0.25


# ---- grids of three axes -------------------------------------------------------------------------


def test_a_grid_of_three_axes() -> None:
    a, b = halves(3, 20, 30).float(), halves(3, 30, 40).float()
    traffic = counted(products.batched, a, b)
    assert torch.equal(traffic.results[0], a @ b) and traffic.launches[0].grid == (3, 2, 3)
    assert traffic.loaded == 4 * 3 * (3 * 20 * 30 + 2 * 30 * 40)
    faults = measure(lambda a, b: products.batched(a, b, True), a, b).faults
    assert [each.kind for each in faults] == ["unwritten output"]
    assert "800 of the 2,400 elements of 'c': the first is [2, 0, 0]" in faults[0].message
