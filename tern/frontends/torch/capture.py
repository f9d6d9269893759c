"""A model's graph, captured by PyTorch: by torch.export, or by Dynamo, as for a backend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tern.frontends.torch.decompose import COMPOSITE, decompose
from tern.frontends.torch.names import TorchError
from tern.frontends.torch.registry import ROWS


def exported(model: Any, inputs: Sequence[Any], dynamic_shapes: Any = None) -> Any:
    """The ExportedProgram of a model in inference: torch.export's, with its own arguments."""
    import torch

    with torch.no_grad():
        return torch.export.export(model, tuple(inputs), dynamic_shapes=dynamic_shapes)


def dynamo_graph(model: Any, inputs: Sequence[Any]) -> tuple[Any, dict[str, Any]]:
    """The graph of ATen operations that Dynamo and AOTAutograd hand to a compiler for a call, in
    inference; and by the names of placeholders the tensors that are the model's own.

    Dynamo's own order of inputs is that in which the model uses them. Here it is the caller's, and
    before them come the symbolic sizes: a dimension that torch._dynamo.mark_dynamic marked is one.

    Raises:
        TorchError: Dynamo breaks the call into several graphs, or makes none.
    """
    import torch
    from functorch.compile import make_boxed_func
    from torch._functorch.aot_autograd import aot_module_simplified

    found: list[tuple[Any, list[tuple[Any, Any]]]] = []
    own = {id(each) for each in (*model.parameters(), *model.buffers())}
    given = [id(each) for each in torch.utils._pytree.tree_leaves(tuple(inputs))]

    def backend(graph: Any, examples: Sequence[Any]) -> Any:
        def compiler(core: Any, _: Sequence[Any]) -> Any:
            found.append((core, list(zip(_placeholders(core), examples))))
            return make_boxed_func(core.forward)

        table = core_decompositions()
        return aot_module_simplified(graph, examples, fw_compiler=compiler, decompositions=table)

    torch._dynamo.reset()
    with torch.no_grad():
        torch.compile(model, backend=backend)(*inputs)
    if len(found) != 1:
        raise TorchError(f"Dynamo made {len(found)} graphs of the model, not one")
    graph, pairs = found[0]
    in_order = sorted(pairs, key=lambda pair: _index(given, id(pair[1])))
    _put_first(graph, [node for node, _ in in_order])
    return decompose(graph), {node.name: each for node, each in pairs if id(each) in own}


def _placeholders(graph: Any) -> list[Any]:
    return [node for node in graph.graph.nodes if node.op == "placeholder"]


def _index(given: list[int], identity: int) -> int:
    """Which of the caller's inputs it is; -1 if it is none."""
    return given.index(identity) if identity in given else -1


def _put_first(graph: Any, nodes: Sequence[Any]) -> None:
    """Bring placeholders into an order, for whoever reads the graph, or recompiles it."""
    rest = next(node for node in graph.graph.nodes if node.op != "placeholder")
    for node in nodes:
        rest.prepend(node)


def core_decompositions() -> Mapping[Any, Any]:
    """PyTorch's own decompositions to core ATen, without those of operations that tern's table has
    whole, or the book decomposes itself."""
    from torch._decomp import core_aten_decompositions

    table = core_aten_decompositions()
    kept = {*COMPOSITE, *ROWS}
    return {operation: each for operation, each in table.items() if str(operation) not in kept}
