"""The real PyTorch asked what it sees: its dispatcher, its autograd, Dynamo, and AOTAutograd.

Each function returns plain data for a figure. Of the names that begin with an underscore, some are
PyTorch's own business: they were tried with 2.13. ImportError where there is no torch.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple


class Registration(NamedTuple):
    """One row of an operator's table: a key, the file that its kernel comes from, and of which
    kind it is: "kernel", "default backend kernel", "backend fallback", "fallthrough", and so on."""

    key: str
    source: str
    kind: str


def operator_table(name: str) -> list[Registration]:
    """What runs for each key of an operator, such as "aten::add.Tensor".

    Source: torch._C._dispatch_dump_table; OperatorEntry::computeDispatchTableEntryWithDebug.
    """
    import torch

    text = torch._C._dispatch_dump_table(name)
    rows = re.findall(r"^(\w+): (?:registered at )?(\S+).* \[([^\]]*)\]$", text, re.MULTILINE)
    return [Registration(key, re.sub(r":\d+$", "", at), kind) for key, at, kind in rows]


def keys_of(tensor: Any) -> list[str]:
    """The keys of a tensor, from the highest priority down."""
    import torch

    text = str(torch._C._dispatch_keys(tensor))
    names = re.findall(r"\w+", text.partition("(")[2])
    return names[::-1]


def keys_in_force() -> tuple[list[str], list[str]]:
    """The keys that are included and excluded in this thread now."""
    import torch

    sets = torch._C._dispatch_tls_local_include_set(), torch._C._dispatch_tls_local_exclude_set()
    included, excluded = (re.findall(r"\w+", str(each).partition("(")[2]) for each in sets)
    return included, excluded


class Step(NamedTuple):
    """A node of autograd's graph: its name, the numbers of the nodes it hands gradients to, and
    what it has saved, as names and shapes."""

    name: str
    next: tuple[int, ...]
    saved: tuple[tuple[str, Any], ...]


def autograd_graph(tensor: Any) -> list[Step]:
    """The nodes behind a tensor's `grad_fn`, numbered in the order in which they are found.

    Each has the tensors that it keeps for its formula: attributes that begin with `_saved_`. One
    that was overwritten since raises when it is asked for, and is "overwritten" here.
    """
    numbers: dict[Any, int] = {tensor.grad_fn: 0}
    order = [tensor.grad_fn]
    for node in order:
        for each, _ in node.next_functions:
            if each is not None and each not in numbers:
                numbers[each] = len(order)
                order.append(each)
    return [
        Step(
            node.name(),
            tuple(numbers[each] for each, _ in node.next_functions if each is not None),
            tuple(_saved(node)),
        )
        for node in order
    ]


def _saved(node: Any) -> Any:
    for name in dir(node):
        if not name.startswith("_saved_"):
            continue
        try:
            value = getattr(node, name)
        except RuntimeError:
            yield name[7:], "overwritten"
            continue
        if hasattr(value, "shape"):
            yield name[7:], tuple(value.shape)


class Compilation(NamedTuple):
    """What Dynamo made of the calls of a function: the code of each graph, why graphs broke, and
    the guards of each, as texts."""

    graphs: list[str]
    breaks: list[str]
    guards: list[str]


def dynamo(function: Callable, calls: Sequence[tuple]) -> Compilation:
    """Call a function under torch.compile with a backend that keeps graphs, and runs them as they
    are. About 2 s of CPU for the first, 0.1 s for each graph after it."""
    import torch
    from torch._dynamo import explain, reset

    graphs: list[str] = []

    def backend(module: Any, _: Any) -> Callable:
        graphs.append(module.code.strip())
        return module.forward

    reset()
    compiled = torch.compile(function, backend=backend)
    for arguments in calls:
        compiled(*arguments)
    reset()
    told = explain(function)(*calls[0])
    reset()
    guards = [str(guard.code_list) for guard in told.out_guards or [] if guard.code_list]
    reasons = [each.reason.splitlines()[0] for each in told.break_reasons]
    return Compilation(graphs, reasons, sorted(set(guards)))


def joint_graph(function: Callable, *arguments: Any) -> tuple[str, str]:
    """The code of AOTAutograd's graphs of a function: forward and backward. About 1 s of CPU."""
    from functorch.compile import aot_function, make_boxed_func

    found: list[str] = []

    def keep(module: Any, _: Any) -> Callable:
        found.append(module.code.strip())
        return make_boxed_func(module.forward)

    result = aot_function(function, fw_compiler=keep, bw_compiler=keep)(*arguments)
    result.sum().backward()
    forward, backward = found
    return forward, backward


def functionalized(function: Callable, *arguments: Any) -> tuple[str, str]:
    """The code of a function traced by make_fx: as it is, and functionalized."""
    import torch
    from torch.fx.experimental.proxy_tensor import make_fx

    plain = make_fx(function)(*[each.clone() for each in arguments])
    functional = torch.func.functionalize(function, remove="mutations_and_views")
    return plain.code.strip(), make_fx(functional)(*arguments).code.strip()


def layers_of_an_addition(repeats: int = 20_000) -> dict[str, float]:
    """CPU nanoseconds of one addition of tensors of one element, layer by layer.

    Each entry has what those before it have, and one layer more: NumPy's kernel for scale, the
    kernel below all keys, the dispatcher, autograd's node, and a mode that sees every call.
    """
    import time

    import numpy as np
    import torch
    from torch.utils._python_dispatch import TorchDispatchMode

    class Seeing(TorchDispatchMode):
        def __torch_dispatch__(
            self, function: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            return function(*args, **(kwargs or {}))

    x, y = torch.ones(1), torch.ones(1)
    tracked = torch.ones(1, requires_grad=True)
    a, b = np.ones(1), np.ones(1)

    def timed(call: Callable, times: int) -> float:
        best = float("inf")
        for _ in range(5):
            start = time.thread_time_ns()
            for _ in range(times):
                call()
            best = min(best, (time.thread_time_ns() - start) / times)
        return best

    found = {"numpy": timed(lambda: a + b, repeats)}
    with torch.inference_mode():
        i, j = torch.ones(1), torch.ones(1)
        found["below autograd"] = timed(lambda: i + j, repeats)
    found["no gradient"] = timed(lambda: x + y, repeats)
    found["with a gradient"] = timed(lambda: tracked + y, repeats)
    with Seeing():
        found["seen by a Python mode"] = timed(lambda: x + y, repeats // 10)
    return found
