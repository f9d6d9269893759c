"""Programs for a dispatcher: what they register and call is drawn, and what they give is data."""

from __future__ import annotations

import random

from tern.workshop.frameworks.dispatch import Key
from tern.workshop.frameworks.programs import Program

_HEAD = """
from tern.workshop.frameworks import FALLTHROUGH, Key, NoKernelError

class Value:
    def __init__(self, keys):
        self.key_set = keys

def kernel(name, onward):
    def run(keys, *operands, **params):
        log.append((name, keys, len(operands), sorted(params)))
        if onward and keys & (keys - 1):
            highest = Key(keys.bit_length() - 1)
            return F.redispatch(keys & highest.below, *operands, **params)
        return name
    return run

def fallback(name):
    def run(operator, keys, operands, params):
        log.append((name, operator.name, keys, type(operands).__name__, sorted(params)))
        highest = Key(keys.bit_length() - 1)
        if keys & highest.below:
            return operator.redispatch(keys & highest.below, *operands, **params)
        return name
    return run

def attempt(*operands, **params):
    try:
        return F(*operands, **params)
    except NoKernelError as error:
        return str(error)

def again(keys, *operands, **params):
    try:
        return F.redispatch(keys, *operands, **params)
    except NoKernelError as error:
        return str(error)

def program(dispatcher):
    global F, log
    log = []
"""


def random_scenario(rng: random.Random, calls: int = 8) -> Program:
    """A program for `dispatch`: one operator, some registrations, and calls between them.

    It gives the results of the calls, and a log of which kernels ran with which keys.
    """
    lines = ["F = dispatcher.define('f')", "found = []"]
    for _ in range(calls):
        for _ in range(rng.randrange(3)):
            lines.append(_registration(rng))
        lines += _call(rng)
    body = "\n".join(f"    {line}" for line in [*lines, "return found, log"])
    return Program(f"{_HEAD}{body}\n")


def _key(rng: random.Random, lowest: int = 0) -> str:
    return f"Key.{Key(rng.randrange(lowest, len(Key))).name}"


def _registration(rng: random.Random) -> str:
    number = rng.randrange(100)
    if rng.random() < 0.35:
        name = "FALLTHROUGH" if rng.random() < 0.4 else f"fallback('boxed {number}')"
        return f"dispatcher.fallback({_key(rng, 1)}, {name})"
    if rng.random() < 0.1:
        return f"dispatcher.register('f', None, kernel('any {number}', False))"
    name = f"kernel('{number}', {rng.random() < 0.7})"
    if rng.random() < 0.2:
        return f"dispatcher.register('f', {_key(rng, 1)}, FALLTHROUGH)"
    return f"dispatcher.register('f', {_key(rng)}, {name})"


def _call(rng: random.Random) -> list[str]:
    values = [f"Value({rng.getrandbits(len(Key)) & rng.getrandbits(len(Key))})" for _ in range(2)]
    operands = rng.choice(
        (
            [*values],
            [f"[{values[0]}, 2.0]", "3"],
            [f"({values[0]}, {values[1]})"],
            ["2.0"],
            values[:1],
        )
    )
    call = f"found.append(attempt({', '.join(operands)}, scale={values[1]}))"
    if rng.random() < 0.3:
        keys = rng.getrandbits(len(Key))
        call = f"found.append(again({keys}, {', '.join(operands)}, scale={values[1]}))"
    contexts = []
    for _ in range(rng.randrange(3)):
        keys = ", ".join(_key(rng) for _ in range(rng.randint(1, 2)))
        contexts.append(f"dispatcher.{rng.choice(('including', 'excluding'))}({keys})")
    lines = [f"{'    ' * depth}with {each}:" for depth, each in enumerate(contexts)]
    return [*lines, "    " * len(contexts) + call, call]
