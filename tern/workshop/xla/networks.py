"""Small functions of the kinds that people compile, in JAX, and what XLA made of them.

`python -m tern.workshop.xla.networks` compiles them and writes what `recorded` gives.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tern.workshop import recorded as workshop_recorded
from tern.workshop.recorded import recorded as record
from tern.workshop.xla import real
from tern.workshop.xla.hlo import Module
from tern.workshop.xla.hlo_text import read_module

RECORD = "xla"


def networks() -> dict[str, tuple[Callable, list[tuple[int, ...]]]]:
    """By name: a function of JAX, and the shapes of its arguments, all float32. Needs jax."""
    import jax
    import jax.numpy as jnp

    def softmax(x: Any) -> Any:
        e = jnp.exp(x - x.max(1, keepdims=True))
        return e / e.sum(1, keepdims=True)

    def layer_norm(x: Any, scale: Any, shift: Any) -> Any:
        mean = x.mean(1, keepdims=True)
        variance = ((x - mean) ** 2).mean(1, keepdims=True)
        return (x - mean) * jax.lax.rsqrt(variance + 1e-5) * scale + shift

    def moments(x: Any) -> Any:
        return x.sum(1), (x * x).sum(1)

    def two_exponentials(x: Any) -> Any:
        return jnp.exp(x) + 1, jnp.exp(x) * 2

    def mlp(x: Any, w: Any, b: Any, v: Any, c: Any) -> Any:
        return jax.nn.gelu(x @ w + b) @ v + c

    def attention(q: Any, k: Any, v: Any) -> Any:
        return jax.nn.softmax(q @ k.T * 0.125, axis=-1) @ v

    def adam(p: Any, g: Any, m: Any, v: Any) -> Any:
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g * g
        return p - 0.001 * m / (jnp.sqrt(v) + 1e-8), m, v

    def batch_norm(x: Any, scale: Any, shift: Any) -> Any:
        mean, variance = x.mean(0), x.var(0)
        return (x - mean) * jax.lax.rsqrt(variance + 1e-5) * scale + shift, mean, variance

    def cross_entropy(z: Any, y: Any) -> Any:
        log_p = z - jax.nn.logsumexp(z, axis=1, keepdims=True)
        return -(log_p * y).sum(1).mean(), jnp.exp(log_p) - y

    def black_scholes(s: Any, k: Any, t: Any) -> Any:
        d = (jnp.log(s / k) + 0.05 * t) / (0.2 * jnp.sqrt(t))
        e = d - 0.2 * jnp.sqrt(t)
        delta = 0.5 * (1 + jnp.tanh(0.8 * d))
        return s * delta - k * jnp.exp(-0.03 * t) * 0.5 * (1 + jnp.tanh(0.8 * e)), delta

    def swiglu(x: Any, w: Any, u: Any, scale: Any) -> Any:
        r = x * jax.lax.rsqrt((x * x).mean(1, keepdims=True) + 1e-6) * scale
        a = r @ w
        return a * jax.nn.sigmoid(a) * (r @ u), r

    def lstm(gates: Any, cell: Any) -> Any:
        i, f, o, u = jnp.split(gates, 4, axis=1)
        cell = jax.nn.sigmoid(f) * cell + jax.nn.sigmoid(i) * jnp.tanh(u)
        return cell, jax.nn.sigmoid(o) * jnp.tanh(cell)

    def covariance(x: Any, y: Any) -> Any:
        a, b = x.mean(1), y.mean(1)
        return (x * y).mean(1) - a * b, (x * x).mean(1) - a * a, (y * y).mean(1) - b * b

    def rotary(q: Any, k: Any, cosines: Any, sines: Any) -> Any:
        def turned(x: Any) -> Any:
            return jnp.concatenate([-x[:, 32:], x[:, :32]], 1)

        return q * cosines + turned(q) * sines, k * cosines + turned(k) * sines

    return {
        "softmax": (softmax, [(64, 128)]),
        "layer_norm": (layer_norm, [(64, 128), (128,), (128,)]),
        "moments": (moments, [(64, 128)]),
        "two_exponentials": (two_exponentials, [(64, 128)]),
        "mlp": (mlp, [(64, 128), (128, 256), (256,), (256, 64), (64,)]),
        "attention": (attention, [(64, 32), (96, 32), (96, 32)]),
        "adam": (adam, [(128, 64)] * 4),
        "batch_norm": (batch_norm, [(64, 128), (128,), (128,)]),
        "cross_entropy": (cross_entropy, [(64, 100), (64, 100)]),
        "black_scholes": (black_scholes, [(4096,)] * 3),
        "swiglu": (swiglu, [(64, 128), (128, 96), (128, 96), (128,)]),
        "lstm": (lstm, [(32, 256), (32, 64)]),
        "covariance": (covariance, [(64, 128), (64, 128)]),
        "rotary": (rotary, [(64, 64)] * 4),
    }


def lowered(name: str) -> Any:
    """JAX's `Lowered` of a network: `.as_text("hlo")`, `.compile(options)`."""
    import jax

    function, shapes = networks()[name]
    return jax.jit(function).lower(*[jax.ShapeDtypeStruct(each, "float32") for each in shapes])


def compiled(name: str) -> dict[str, str]:
    """HLO text of a network: "lowered" from JAX, "unfused" behind all other passes of XLA:CPU, and
    "fused" by XLA's own fusion pass."""
    text = lowered(name).as_text("hlo")
    found = {"lowered": text}
    for key, options in (("unfused", real.WITHOUT_FUSION), ("fused", real.WITHOUT_LIBRARIES)):
        found[key] = real.Executable(text, options).optimized()
    return {key: str(read_module(each)) for key, each in found.items()}


def recorded() -> dict[str, dict[str, Module]]:
    """What `compiled` gave for each network when the book was made, without asking XLA."""
    texts = record(RECORD)["networks"]
    return {
        name: {key: read_module(text) for key, text in each.items()} for name, each in texts.items()
    }


def main() -> None:
    """Write the record, with the release that it is of."""
    made = {"made_with": real.TRIED_WITH, "networks": {name: compiled(name) for name in networks()}}
    path = Path(workshop_recorded.__file__).parent / f"{RECORD}.json"
    path.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
