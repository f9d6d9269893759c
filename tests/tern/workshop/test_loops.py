"""The kernels in Numba against NumPy, on sizes that no tile divides."""

import numpy as np
import pytest

from tern.cost import Cache, choose_tile
from tern.workshop import loops

EMPTY_PRODUCTS = [(0, 3, 4), (3, 0, 4), (3, 4, 0)]
SHAPES = [*EMPTY_PRODUCTS, (1, 1, 1), (5, 3, 7), (17, 19, 18), (33, 35, 259), (2, 300, 515)]
EMPTY_LAYERS = [(0, 2, 4, 5), (3, 0, 4, 5), (1, 1, 0, 3), (1, 1, 3, 0)]
LAYERS = [*EMPTY_LAYERS, (1, 1, 1, 1), (9, 3, 5, 257), (17, 2, 3, 515)]


def random(shape, seed=1) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", ["naive_matmul", "ikj_matmul", "tiled_matmul"])
def test_products_are_added(name, shape) -> None:
    n, p, m = shape
    a, b, c = random((n, p)), random((p, m), 2), random((n, m), 3)
    expected = c + a.astype(np.float64) @ b.astype(np.float64)
    getattr(loops, name)(a, b, c)
    np.testing.assert_allclose(c, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("shape", SHAPES)
def test_products_round_alike(shape) -> None:
    """Whatever the order of the loops, an element's products are added in the order of k."""
    n, p, m = shape
    a, b = random((n, p)), random((p, m), 2)
    results = [random((n, m), 3) for _ in range(3)]
    for name, c in zip(["naive_matmul", "ikj_matmul", "tiled_matmul"], results, strict=True):
        getattr(loops, name)(a, b, c)
    assert np.array_equal(results[0], results[1]) and np.array_equal(results[0], results[2])


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("name", ["naive_conv", "planes_conv", "tiled_conv"])
def test_convolutions(name, layer) -> None:
    inputs, outputs, h, w = layer
    x, filters = random((inputs, h + 2, w + 2)), random((outputs, inputs, 3, 3), 2)
    y = np.full((outputs, h, w), np.nan, np.float32)
    expected = np.zeros((outputs, h, w))
    for di in range(3):
        for dj in range(3):
            shifted = x[:, di : di + h, dj : dj + w].astype(np.float64)
            expected += np.einsum("oc,chw->ohw", filters[:, :, di, dj], shifted)
    getattr(loops, name)(x, filters, y)
    np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-4)


def test_the_tile_with_the_fewest_misses() -> None:
    cache = Cache(size=2048, ways=4, line=64)
    assert choose_tile(48, cache, [4, 8, 16, 32]) == 16
    assert choose_tile(48, cache, [32, 16, 4]) == 16
    assert choose_tile(8, Cache(), [4, 8, 16]) == 16  # all fits: as few as can be, so the largest
    with pytest.raises(ValueError, match="no tile size"):
        choose_tile(8, Cache(), [])
