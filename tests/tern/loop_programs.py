"""Programs on tensors, drawn by Hypothesis, and their arguments."""

import numpy as np
from hypothesis import strategies as st

PARAMETERS = {
    "x": ("n", "m"),
    "y": ("m",),
    "w": ("m", "k"),
    "c": ("n", 1),
    "s": (),
}


def broadcast(left, right) -> tuple | None:
    """The shape of an elementwise operation, or None."""
    rank = max(len(left), len(right))
    left, right = ((1,) * (rank - len(shape)) + shape for shape in (left, right))
    if all(a == b or 1 in (a, b) for a, b in zip(left, right)):
        return tuple(b if a == 1 else a for a, b in zip(left, right))
    return None


@st.composite
def programs(draw, element="f32", operations=5) -> tuple[str, tuple]:
    """A source text of one function `f`, and the shape of its result."""
    known = list(PARAMETERS.items())
    lines = []
    for number in range(draw(st.integers(1, operations))):
        name, shape = draw(st.sampled_from(known))
        other, second = draw(st.sampled_from(known))
        choices = [(f"abs({name})", shape)]
        if element == "f32":
            choices.append((f"tanh({name})", shape))
        if (together := broadcast(shape, second)) is not None:
            for text in ("{} + {}", "{} - {}", "{} * {}", "max({}, {})", "min({}, {})"):
                choices.append((text.format(name, other), together))
        if len(shape) == 2:
            choices.append((f"transpose({name})", shape[::-1]))
            for axis in (0, 1):
                kept = tuple(1 if a == axis else size for a, size in enumerate(shape))
                choices += [(f"{r}({name}, axis={axis})", kept) for r in ("sum", "max")]
            if len(second) == 2 and shape[1] == second[0]:
                choices += [(f"{name} @ {other}", (shape[0], second[1]))] * 3
        if shape:
            choices.append((f"sum({name})", ()))
        text, result = draw(st.sampled_from(choices))
        lines.append(f"let t{number} = {text};")
        known.append((f"t{number}", result))
    returned, shape = known[-1]

    def spell(shape):
        return f"{element}[{', '.join(map(str, shape))}]" if shape else element

    parameters = ", ".join(f"{name}: {spell(shape)}" for name, shape in PARAMETERS.items())
    body = " ".join(lines)
    return f"fn f({parameters}) -> {spell(shape)} {{ {body} return {returned}; }}", shape


sizes = st.fixed_dictionaries({name: st.integers(1, 5) for name in "nmk"})


def arguments(sizes, seed, element="f32") -> list:
    """Small whole numbers, whose sums and products are exact while they stay small."""
    random = np.random.default_rng(seed)
    dtype = {"f32": "float32", "i32": "int32"}[element]
    made = []
    for shape in PARAMETERS.values():
        array = random.integers(-4, 5, [sizes.get(size, size) for size in shape]).astype(dtype)
        made.append(array if shape else array.item())
    return made


def same(have, want) -> bool:
    """Equal, or for floating-point numbers as near as sums in another order can be."""
    if have.dtype.kind != "f":
        return np.array_equal(have, want)
    scale = max(1.0, float(np.max(np.abs(want), initial=0.0)))
    return np.allclose(have, want, rtol=1e-4, atol=1e-4 * scale, equal_nan=True)
