"""The five networks, captured in both ways, agree with PyTorch to 1e-5."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the package torch")

from tern.frontends.torch import import_torch
from tern.frontends.torch.capture import dynamo_graph, exported
from tern.ir import Operation, run
from tern.targets.interface import target
from tern.targets.whole import compile_whole
from tern.workshop.networks import NAMES, Network, network
from tests.turns import tries

SMALL: dict[str, dict[str, Any]] = {
    "mlp": {"batch": 3, "inputs": 20, "hidden": 16},
    "resnet": {"batch": 2, "width": 4},
    "lite0": {"size": 32, "stages": 3, "trained": False},
    "minilm": {"words": 8, "layers": 1, "trained": False},
    "gpt": {"layers": 2, "length": 8, "width": 32, "heads": 2},
}
WHOLE = [(name, {}) for name in NAMES][: tries(0, long=5)]
NETWORKS = [*SMALL.items(), *WHOLE]
IDS = [*SMALL, *[f"{name} whole" for name, _ in WHOLE]]


def by_export(built: Network) -> Operation:
    return import_torch(exported(built.model, built.inputs))


MODULES: dict[str, Operation] = {}


def imported(name: str, sizes: dict[str, Any]) -> Operation:
    """A network by torch.export, captured once: nobody changes it."""
    key = f"{name} {sizes}"
    if key not in MODULES:
        MODULES[key] = by_export(network(name, **sizes))
    return MODULES[key]


def by_dynamo(built: Network) -> Operation:
    return import_torch(*dynamo_graph(built.model, built.inputs))


def agree(call: Callable[..., Any], built: Network) -> None:
    with torch.no_grad():
        expected = built.model(*built.inputs)
    found = call(*[value.numpy() for value in built.inputs])
    pairs = zip(found, expected) if isinstance(expected, tuple) else [(found, expected)]
    for have, want in pairs:
        want = want.numpy()
        assert (have.shape, have.dtype) == (want.shape, want.dtype)
        assert np.abs(have - want).max() <= 1e-5 * max(1, np.abs(want).max())


@pytest.mark.parametrize("capture", ["export", "dynamo"])
@pytest.mark.parametrize(("name", "sizes"), NETWORKS, ids=IDS)
def test_a_network_in_the_interpreter(name, sizes, capture) -> None:
    built = network(name, **sizes)
    module = imported(name, sizes) if capture == "export" else by_dynamo(built)
    agree(lambda *inputs: run(module, "main", *inputs), built)


COMPILED = [("llvm", *each) for each in SMALL.items()]
COMPILED += [("numba", name, sizes) for name, sizes in [("mlp", SMALL["mlp"]), *WHOLE]]


@pytest.mark.parametrize(("kind", "name", "sizes"), COMPILED, ids=lambda value: str(value)[:12])
def test_a_network_compiled(kind, name, sizes) -> None:
    """LLVM compiles a network in a second. Numba, with --long, all of them whole: minutes."""
    compile = target(kind).compile
    assert compile is not None
    built = network(name, **sizes)
    agree(compile_whole(imported(name, sizes), "main", compile), built)


def test_weights_are_the_same_each_time() -> None:
    first, second = (network("mlp", **SMALL["mlp"]) for _ in range(2))
    assert torch.equal(first.model(first.inputs[0]), second.model(second.inputs[0]))


def test_a_network_that_there_is_not() -> None:
    with pytest.raises(KeyError, match="no network is called 'vgg'; there are mlp, resnet"):
        network("vgg")
