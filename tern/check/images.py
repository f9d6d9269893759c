"""The built-in functions of images: convolutions and pooling.

Their layout is that of MLIR's (and TensorFlow's): images are [n, height, width, channels], filters
[height, width, channels, filters].
"""

from __future__ import annotations

from tern.check.arguments import integer
from tern.check.builtins import Checker
from tern.check.rules import Arguments, Wrong, tensor, two
from tern.check.surface import is_float, spell
from tern.text import tree
from tern.types import Dimension, TensorType, Type


def windows(
    extent: Dimension, window: Dimension, stride: int, padding: int, dilation: int, node: tree.Node
) -> int:
    """How many windows fit into an extent."""
    if not isinstance(extent, int) or not isinstance(window, int):
        raise Wrong(f"needs a height and a width that are numbers, found `{extent}`", node)
    left = extent + 2 * padding - dilation * (window - 1) - 1
    if left < 0:
        raise Wrong(
            f"has a window of {window} in {extent + 2 * padding}, where it does not fit", node
        )
    return left // stride + 1


def channels_fit(channels: Dimension, own: Dimension, count: Dimension, groups: int | None) -> bool:
    """Whether so many filters, each of its `own` channels, go over an image's in groups."""
    if groups == 1:
        return own == channels
    if groups is None or groups < 1:
        return False
    if not (isinstance(own, int) and isinstance(channels, int) and isinstance(count, int)):
        return False
    return own * groups == channels and count % groups == 0


def conv2d(checker: Checker, given: Arguments) -> Type:
    four = range(4, 5)
    image, filters = tensor(checker, given["x"], four), tensor(checker, given["filters"], four)
    if image.element != filters.element or not is_float(image.element):
        raise Wrong(f"needs floats of one type, found {spell(image)} and {spell(filters)}")
    groups = integer(given["groups"]) if "groups" in given else 1
    n, height, width, channels = image.shape
    *window, own, count = filters.shape
    if not channels_fit(channels, own, count, groups):
        raise Wrong(
            f"of {spell(image)} with filters {spell(filters)} in {groups} group"
            f"{'s' * (groups != 1)}: the channels do not fit",
            given["filters"],
        )
    stride, padding = (
        two(given.get("stride"), "stride", 1, 1),
        two(given.get("padding"), "padding", 0, 0),
    )
    dilation = two(given.get("dilation"), "dilation", 1, 1)
    out = [
        windows(*each, given["x"])
        for each in zip((height, width), window, stride, padding, dilation)
    ]
    return TensorType((n, *out, count), image.element)


def pool(checker: Checker, given: Arguments) -> Type:
    image = tensor(checker, given["x"], range(4, 5))
    if not is_float(image.element):
        raise Wrong(f"needs floats, found {spell(image)}")
    window = two(given["window"], "window", 1, 1)
    stride = two(given["stride"], "stride", 1, 1) if "stride" in given else window
    padding = two(given.get("padding"), "padding", 0, 0)
    n, height, width, channels = image.shape
    out = [windows(*each, 1, given["x"]) for each in zip((height, width), window, stride, padding)]
    return TensorType((n, *out, channels), image.element)
