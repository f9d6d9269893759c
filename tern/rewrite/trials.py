"""The numbers that rules are tried on: all of them, or those where something happens."""

from __future__ import annotations

import functools
import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tern.ir.dialects.evaluate import dtype_of
from tern.lazily import Lazily
from tern.numbers import float_of_bits, integer_range, round_to, width_of, wrap_to
from tern.types import FloatType, Type, i1

if TYPE_CHECKING:
    import numpy as np
else:
    np = Lazily("numpy")


def numbers_of(
    type: Type, chance: random.Random, several: int = 1, named: Sequence[str] = ()
) -> list[Any]:
    """All numbers of a type of up to 8 bits, and of a float of 16; of others, and of such a float
    if there are `several` variables, those where something happens, random bits, and what is
    `named`, the numbers that a rule's text has, with their neighbors."""
    if isinstance(type, FloatType):
        if type.width == 16 and several == 1:
            return _every(type)
        drawn = [float_of_bits(chance.getrandbits(type.width), type) for _ in range(64 // several)]
        return _special_floats(type) + drawn + [round_to(float(text), type) for text in named]
    width = width_of(type)
    least, greatest = integer_range(type)
    if type == i1:
        return [False, True]
    if width <= 8 and several < 3:
        return list(range(least, greatest + 1))
    near = {
        k + e for k in (0, least, greatest, least // 2, greatest // 2) for e in (-2, -1, 0, 1, 2)
    }
    near |= {width, width - 1, 85, -86, 100}
    near |= {chance.getrandbits(chance.randint(1, width)) for _ in range(24 // several)}
    near |= {int(text) + e for text in named if text.lstrip("-").isdigit() for e in (-1, 0, 1)}
    return sorted({wrap_to(number, type) for number in near})


@functools.cache
def _every(type: FloatType) -> list[float]:
    """All numbers of a float of 16 bits."""
    return [float_of_bits(bits, type) for bits in range(1 << 16)]


@functools.cache
def _special_floats(type: FloatType) -> list[float]:
    """Zeros, infinities, NaN; ones, halves, thirds; the ends of the normal and the subnormal
    numbers; where integers end to be exact; of either sign."""
    one = ((1 << type.exponent - 1) - 1) << type.fraction
    infinite = ((1 << type.exponent) - 1) << type.fraction
    smallest = 1 << type.fraction  # normal
    precise = one + (type.fraction + 1 << type.fraction)  # 2 to the number of digits
    bits = {0, 1, 2, smallest - 1, smallest, smallest + 1, one - 1, one, one + 1, infinite - 1}
    bits |= {infinite, infinite + 1, one + smallest, one - smallest, precise - 1, precise}
    bits |= {one + smallest // 3, one + 3 * smallest // 2, smallest * 2, infinite - smallest}
    sign = 1 << type.width - 1
    return [float_of_bits(each, type) for b in sorted(bits) for each in (b, b | sign)]


def lanes_of(
    types: Sequence[Type], chance: random.Random, everything: bool, named: Sequence[str] = ()
) -> list[Any]:
    """For each variable an array of its numbers, lane by lane. See `numbers_of`."""
    several = len(types)
    narrow = all(not isinstance(type, FloatType) and width_of(type) <= 8 for type in types)
    if several < 3 or (narrow and everything):
        return _product(types, [numbers_of(type, chance, min(several, 2), named) for type in types])
    special = [numbers_of(type, chance, 3, named) for type in types]
    if several > 3 or not narrow:  # some of their combinations
        drawn = np.random.default_rng(chance.getrandbits(32))
        lanes = [np.array(numbers, dtype_of(type)) for numbers, type in zip(special, types)]
        return [drawn.choice(lane, 1 << (18 if everything else 13)) for lane in lanes]
    every = [numbers_of(type, chance, 2, named) for type in types]
    parts = [
        _product(types, [special[i] if i == left else every[i] for i in range(several)])
        for left in range(several)  # each in turn is the one of which only some are tried
    ]
    return [np.concatenate(lanes) for lanes in zip(*parts)]


def _product(types: Sequence[Type], choices: Sequence[list[Any]]) -> list[Any]:
    arrays = [np.array(each, dtype_of(type)) for each, type in zip(choices, types)]
    return [lanes.ravel() for lanes in np.meshgrid(*arrays, indexing="ij")]
