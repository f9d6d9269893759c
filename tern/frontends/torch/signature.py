"""What a captured program takes and gives, told apart: inputs, parameters, buffers that change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tern.frontends.torch.names import TorchError


@dataclass(frozen=True)
class State:
    """A buffer, or an input, that a program changes: it goes in as one value and out as another.

    Attributes:
        name: the buffer's in the model, `cache.keys`, or the input's.
        input: the placeholder that it is before.
        output: the node that it is after.
        given: whether it is one of the user's inputs, which is not listed twice.
    """

    name: str
    input: str
    output: str
    given: bool = False


@dataclass(frozen=True)
class Signature:
    """Names of nodes. An output that is a number is itself; `constants` are tensors."""

    inputs: tuple[str, ...]
    outputs: tuple[Any, ...]
    states: tuple[State, ...] = ()
    constants: dict[str, Any] = field(default_factory=dict)


def signature_of(program: Any) -> Signature:
    """What an ExportedProgram or a GraphModule takes and gives.

    Of a GraphModule every placeholder is an input, and it changes nothing.

    Raises:
        TorchError: an input is neither a tensor nor a number.
    """
    if hasattr(program, "graph_signature"):
        return _exported(program)
    nodes = program.graph.nodes
    inputs = tuple(node.name for node in nodes if node.op == "placeholder")
    return Signature(inputs, tuple(_returned(program)))


def _returned(graph: Any) -> list[Any]:
    """What a graph gives: names of nodes, and what else its `output` lists."""
    (given,) = next(node.args for node in reversed(graph.graph.nodes) if node.op == "output")
    listed = given if isinstance(given, (list, tuple)) else [given]
    return [getattr(each, "name", each) for each in listed]


def _exported(program: Any) -> Signature:
    """By torch.export's graph_signature, which knows what each input and output is for."""
    from torch.export.graph_signature import InputKind, OutputKind

    inputs: list[str] = []
    buffers: dict[str, str] = {}
    constants: dict[str, Any] = {}
    for spec in program.graph_signature.input_specs:
        name = getattr(spec.arg, "name", None)
        if spec.kind == InputKind.USER_INPUT:
            if hasattr(spec.arg, "value") or name is None:
                continue  # a number that the graph was made for: it is written into the graph
            inputs.append(name)
        elif spec.kind in (InputKind.PARAMETER, InputKind.BUFFER, InputKind.CONSTANT_TENSOR):
            kept = program.state_dict if spec.target in program.state_dict else program.constants
            constants[name] = kept[spec.target]
            buffers[spec.target] = name
        else:
            raise TorchError(f"the input {name} is a {spec.kind.name.lower()}, not a tensor")
    outputs: list[Any] = []
    states: list[State] = []
    # By their order, since decompositions give nodes other names.
    for spec, name in zip(program.graph_signature.output_specs, _returned(program.graph_module)):
        if spec.kind == OutputKind.USER_OUTPUT:
            outputs.append(name)
        elif spec.kind == OutputKind.BUFFER_MUTATION:
            states.append(State(spec.target, buffers[spec.target], name))
            constants.pop(buffers[spec.target], None)
        elif spec.kind == OutputKind.USER_INPUT_MUTATION:
            states.append(State(spec.target, spec.target, name, given=True))
    return Signature(tuple(inputs), tuple(outputs), tuple(states), constants)
