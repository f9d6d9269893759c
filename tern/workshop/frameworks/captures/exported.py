"""Capture by the real thing: torch.export, torch.fx, and torch.compile, on the same programs.

PyTorch is imported when a function here is called. ImportError where there is none.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from tern.workshop.frameworks.programs import Program


def to_torch(value: Any) -> Any:
    """An array as a tensor of its own memory; all else as it is."""
    import torch

    return torch.tensor(value) if isinstance(value, np.ndarray) else value


def from_torch(value: Any) -> Any:
    """A tensor as an array; tuples and lists as tuples."""
    import torch

    if isinstance(value, list | tuple):
        return tuple(map(from_torch, value))
    return value.detach().numpy() if isinstance(value, torch.Tensor) else value


def module_of(function: Callable) -> Any:
    """A torch.nn.Module whose `forward` is the function."""
    import torch

    class Module(torch.nn.Module):
        def forward(self, *arguments: Any) -> Any:
            return function(*arguments)

    return Module()


def exported(program: Program, *arguments: Any) -> Any:
    """What torch.export makes of a program: an ExportedProgram. Raises what it refuses with."""
    import torch

    renamed = _renamed(program)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.export.export(
            module_of(renamed.for_torch()), tuple(map(to_torch, arguments)), strict=False
        )


def traced_by_fx(program: Program) -> Any:
    """What torch.fx.symbolic_trace makes of a program: a GraphModule, whose nodes know lines."""
    import torch.fx

    tracer = torch.fx.Tracer()
    tracer.record_stack_traces = True
    graph = tracer.trace(_renamed(program).for_torch())
    return torch.fx.GraphModule(tracer.root, graph)


def _renamed(program: Program) -> Program:
    """The same, called `forward`: of functions with another name a node keeps no lines."""
    text = program.text.replace("def program(", "def forward(") + "program = forward\n"
    renamed = Program(text)
    renamed.scopes = program.scopes
    return renamed


def lines_of(graph: Any) -> set[int]:
    """The lines of the program that the nodes of a real FX graph come from."""
    import re

    found = set()
    for node in graph.nodes:
        trace = node.meta.get("stack_trace") or ""
        found |= {int(n) for n in re.findall(r'File "<program>", line (\d+)', trace)[-1:]}
    return found
