"""Inside the frameworks: a dispatcher, autograd, four ways to capture a graph, passes on FX graphs.

Importing this package imports NumPy alone. What asks the real PyTorch imports it when it's called.
"""

from tern.workshop.frameworks.autograd import backward
from tern.workshop.frameworks.captures.guards import Captured, Guard, refuted
from tern.workshop.frameworks.captures.proxies import capture
from tern.workshop.frameworks.dispatch import FALLTHROUGH, Key, NoKernelError, dispatch, no_kernel
from tern.workshop.frameworks.expressions import Expression, Symbolic, evaluate, kind_of
from tern.workshop.frameworks.functionalize import FunctionalizeError, functional
from tern.workshop.frameworks.graph import Graph, GraphNode
from tern.workshop.frameworks.kernels import Spec, spec_of
from tern.workshop.frameworks.machine import Machine, machine
from tern.workshop.frameworks.nodes import GradientError, Node, leaf
from tern.workshop.frameworks.programs import Program, random_program
from tern.workshop.frameworks.tensor import DataDependentError, Tensor
from tern.workshop.frameworks.tracing import make_graph

__all__ = [
    "Captured",
    "Guard",
    "refuted",
    "capture",
    "Expression",
    "Symbolic",
    "evaluate",
    "kind_of",
    "FALLTHROUGH",
    "DataDependentError",
    "FunctionalizeError",
    "GradientError",
    "Graph",
    "GraphNode",
    "Key",
    "Machine",
    "NoKernelError",
    "Node",
    "Program",
    "Spec",
    "Tensor",
    "backward",
    "dispatch",
    "functional",
    "leaf",
    "machine",
    "make_graph",
    "no_kernel",
    "random_program",
    "spec_of",
]
