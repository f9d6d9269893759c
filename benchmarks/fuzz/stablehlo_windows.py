"""Random convolutions and windows in StableHLO."""

from __future__ import annotations

from benchmarks.fuzz.stablehlo_text import FLOATS, INTEGERS, Writer, tensor

_WINDOW = """"stablehlo.reduce_window"({x}, {zero}) <{{{known}}}> ({{
    ^bb0(%a: {number}, %b: {number}):
      %s = stablehlo.{name} %a, %b : {number}
      stablehlo.return %s : {number}
    }}) : ({type}, {number}) -> {to}"""


class Windows(Writer):
    """Operations that go over their operand with a window."""

    def reduce_window(self) -> None:
        rng = self.rng
        x, shape, element = self.some(*FLOATS, *INTEGERS)
        if not shape:
            return
        window = [rng.choice((1, 1, 2, 3)) for _ in shape]
        strides, dilations = ([rng.choice((1, 1, 2)) for _ in shape] for _ in range(2))
        padding = [[rng.choice((0, 0, 1, 2)) for _ in "lh"] for _ in shape]
        to = [
            (n + low + high - (w - 1) * d - 1) // s + 1
            for n, w, s, d, (low, high) in zip(shape, window, strides, dilations, padding)
        ]
        if min(to) < 1:
            return
        zero = self.constant(element)
        known = f"padding = dense<{padding}> : tensor<{len(shape)}x2xi64>"
        for key, numbers in (
            ("window_dilations", dilations),
            ("window_dimensions", window),
            ("window_strides", strides),
        ):
            known += f", {key} = array<i64: {', '.join(map(str, numbers))}>"
        text = _WINDOW.format(
            x=x,
            zero=zero,
            known=known,
            number=tensor(((), element)),
            name=rng.choice("add maximum minimum multiply".split()),
            type=tensor((shape, element)),
            to=tensor((tuple(to), element)),
        )
        self.add(text, (tuple(to), element))

    def convolution(self) -> None:
        """Of images in the usual order, all channels in one group: of others the specification's
        interpreter ends the process; and it sums up in the operands' type."""
        rng = self.rng
        element = rng.choice((*FLOATS, "i8", "ui8", "i32"))
        window, strides, dilations = (
            [rng.choice(few), rng.choice(few)] for few in ((1, 2, 3), (1, 1, 2), (1, 1, 2))
        )
        padding = [[rng.choice((0, 0, 1)) for _ in "lh"] for _ in "yx"]
        sizes = [rng.randint(1, 6) for _ in "yx"]
        to = [
            (n + low + high - (w - 1) * d - 1) // s + 1
            for n, w, s, d, (low, high) in zip(sizes, window, strides, dilations, padding)
        ]
        if min(to) < 1:
            return
        batch, channels, features = rng.randint(1, 2), rng.randint(1, 3), rng.randint(1, 3)
        image, filter = (batch, *sizes, channels), (*window, channels, features)
        type = ((batch, *to, features), element)
        x, w = self.like(image, element), self.like(filter, element)
        self.add(
            f"convolution({x}, {w}) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window "
            f"= {{stride = {strides}, pad = {padding}, rhs_dilate = {dilations}}} "
            f"{{batch_group_count = 1 : i64, feature_group_count = 1 : i64}} : "
            f"({tensor((image, element))}, {tensor((filter, element))}) -> {tensor(type)}",
            type,
        )
