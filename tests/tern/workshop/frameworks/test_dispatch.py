"""The dispatcher against rules written out plainly, and against PyTorch's order of keys."""

from __future__ import annotations

import random
import threading
from typing import Any

import numpy as np
import pytest

import tern
from tern import parts
from tern.workshop.frameworks import FALLTHROUGH, Key, Machine, NoKernelError, backward, dispatch


class Argument:
    def __init__(self, keys) -> None:
        self.key_set = sum({key.bit for key in keys})


def expected(keys, kernels, catch_all, fallbacks, included, excluded) -> Any:
    """Which kernel answers, by the rules of the contract, one key after another."""
    for key in sorted(Key, reverse=True):
        if key not in (keys | included) - excluded:
            continue
        kernel = kernels.get(key) or catch_all or fallbacks.get(key)
        if kernel is None:
            return NoKernelError
        if kernel != "fallthrough":
            return kernel, key
    return kernels.get(Key.BACKEND) or catch_all or fallbacks.get(Key.BACKEND) or NoKernelError


def some(rng, chance=0.4) -> Any:
    return {key for key in Key if rng.random() < chance}


def draw_kernels(rng, kind) -> Any:
    return {key: rng.choice([f"{kind} {key.name}", "fallthrough"]) for key in some(rng)}


@pytest.mark.parametrize("seed", range(150), indirect=True)
def test_the_kernel_of_the_highest_key_answers(seed) -> None:
    rng = random.Random(seed)
    kernels, fallbacks = draw_kernels(rng, "kernel"), draw_kernels(rng, "fallback")
    fallbacks.pop(Key.BACKEND, None)
    kernels.pop(Key.BACKEND, None) if rng.random() < 0.5 else None
    if kernels.get(Key.BACKEND) == "fallthrough":
        kernels[Key.BACKEND] = "kernel"
    catch_all = "catch-all" if rng.random() < 0.3 else None
    included, excluded = some(rng, 0.2), some(rng, 0.2)
    arguments = [some(rng, 0.3) for _ in range(rng.randrange(4))]

    def program(dispatcher):
        registrations = [("register", key, name) for key, name in [*kernels.items()]]
        registrations += [("fallback", key, name) for key, name in fallbacks.items()]
        if catch_all:
            registrations.append(("register", None, catch_all))
        rng.shuffle(registrations)
        early = rng.random() < 0.5
        operator = dispatcher.define("f") if early else None
        if not early:
            for kind, key, name in registrations:
                if kind == "fallback":
                    dispatcher.fallback(key, boxed(name))
            operator = dispatcher.define("f")
        for kind, key, name in registrations:
            if kind == "register":
                dispatcher.register("f", key, plain(name))
            elif early:
                dispatcher.fallback(key, boxed(name))
        values = [Argument(keys) for keys in arguments]
        if len(values) > 1:
            values[-1] = [values[-1], 2.0]  # a list among the arguments
        with dispatcher.including(*included), dispatcher.excluding(*excluded):
            return operator(*values, 3, flag=True)

    keys = set().union(*arguments) if arguments else set()
    answer = expected(keys, kernels, catch_all, fallbacks, included, excluded)
    if answer is NoKernelError:
        with pytest.raises(NoKernelError):
            dispatch(program)
        return
    found, bits = dispatch(program)
    if isinstance(answer, tuple):
        answer, key = answer
        assert bits.bit_length() - 1 == key
    assert found == answer


def plain(name) -> Any:
    if name == "fallthrough":
        return FALLTHROUGH

    def kernel(keys, *arguments, **params):
        assert params == {"flag": True} and arguments[-1] == 3
        return name, keys

    return kernel


def boxed(name) -> Any:
    if name == "fallthrough":
        return FALLTHROUGH

    def kernel(operator, keys, arguments, params):
        assert operator.name == "f" and type(arguments) is tuple and params == {"flag": True}
        return name, keys

    return kernel


def test_layers_hand_a_call_on() -> None:
    log = []

    def program(dispatcher):
        f = dispatcher.define("f")

        def layer(operator, keys, arguments, params):
            key = Key(keys.bit_length() - 1)
            log.append(key.name)
            return operator.redispatch(keys & key.below, *arguments, **params)

        for key in (Key.TRACING, Key.AUTOGRAD):
            dispatcher.fallback(key, layer)
        dispatcher.register("f", Key.BACKEND, lambda keys, x: log.append("computed"))
        with dispatcher.excluding(Key.AUTOGRAD):  # a redispatch does not ask what is excluded
            f.redispatch(Key.AUTOGRAD.bit | Key.TRACING.bit | 1, Argument([]))
        with pytest.raises(ZeroDivisionError), dispatcher.including(Key.TRACING):
            f(1 / 0)
        f(Argument([Key.AUTOGRAD, Key.BACKEND]))

    dispatch(program)
    assert log == ["AUTOGRAD", "TRACING", "computed", "AUTOGRAD", "computed"]


def test_each_thread_has_its_own_keys() -> None:
    def program(dispatcher):
        f = dispatcher.define("f")
        dispatcher.register("f", None, lambda keys, *_: keys)
        found = []
        with dispatcher.including(Key.TRACING):
            thread = threading.Thread(target=lambda: found.append(f(1)))
            thread.start()
            thread.join()
            return f(1), found[0]

    assert dispatch(program) == (Key.TRACING.bit, 0)


def test_names_are_defined_once() -> None:
    def program(dispatcher):
        dispatcher.define("f")
        with pytest.raises(KeyError):
            dispatcher.register("g", Key.META, FALLTHROUGH)
        dispatcher.define("f")

    with pytest.raises(ValueError, match="f"):
        dispatch(program)


def test_the_order_of_keys_is_pytorchs() -> None:
    torch = pytest.importorskip("torch")
    names = ["CPU", "Meta", "Python", "Functionalize", "AutogradFunctionality"]
    here = [torch._C._dispatch_key_parse(name) for name in names[2:]]
    assert [int(key) for key in here] == sorted(int(key) for key in here)
    assert list(Key) == sorted(Key) == [Key(n) for n in range(5)]


def test_the_machine_runs_on_whoever_is_in_force() -> None:
    asked = []
    original = parts.original("workshop.frameworks.dispatch")

    def mine(program):
        asked.append(program)
        return original(program)

    with tern.using({"workshop.frameworks.dispatch": mine}):
        here = dispatch(Machine)
    assert asked == [Machine]
    value, (g,) = backward(lambda x: x * x, here.tensor(np.array([3.0])))
    assert (value.data, g.data) == ([9.0], [6.0]) and g.machine is here
