"""PyTorch's graphs as tern's IR: what torch.export gives, and what Dynamo hands to a backend."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tern.errors import at
from tern.frontends.torch import elementwise, indexing, reducing, shaping  # noqa: F401  (rows)
from tern.frontends.torch.constants import Constants
from tern.frontends.torch.decompose import COMPOSITE, decompose
from tern.frontends.torch.names import TorchError, own_type, place_of
from tern.frontends.torch.registry import ROWS, Row
from tern.frontends.torch.signature import Signature, signature_of
from tern.frontends.torch.sizes import Sizes, names_of
from tern.frontends.torch.table import rows
from tern.frontends.torch.tensors import Tensors
from tern.ir import Builder, Operation, Value, new_function, new_module, verify
from tern.passes.dead_code import erase_dead_operations


def import_torch(
    program: Any, constants: Mapping[str, Any] | None = None, name: str = "main"
) -> Operation:
    """The module of tern that a captured program of PyTorch's is: a function `name`.

    `program` is an ExportedProgram, whose operations are first made those of core ATen, or a
    GraphModule of ATen operations whose nodes know their results (`meta["val"]`). It is left as it
    is. The function's arguments are the user's inputs, and then the buffers that the program
    changes; its results are the user's outputs, and then what those buffers, and inputs, become:
    `signature_of(core_program(program))` names them all. Parameters, other buffers, and attributes
    are constants, and so is what is computed of constants alone. `constants` has the tensors of a
    GraphModule's placeholders that are such, by name. A symbolic size has the name that the
    model's author gave it.

    Raises:
        TorchError: a node has no form in tern. One line names the operation, the node, and the
            line of the model; `location` is that line.

    Time is linear in the number of nodes, and in the numbers of the constants.
    """
    if hasattr(program, "graph_signature"):
        program = core_program(program)
        graph = program.graph_module
    else:
        program = graph = _decomposed(program)
    signature = signature_of(program)
    known = {**signature.constants, **(constants or {})}
    importer = _Importer(graph, known, signature)
    module = new_module()
    module.body.only_block.append(importer.function(name))
    erase_dead_operations(module)
    verify(module)
    return module


def core_program(program: Any) -> Any:
    """An ExportedProgram whose operations are functional, and in the table if tern has a form for
    them: PyTorch's decompositions, and the book's. One that is so already is given back."""
    import torch

    called = {str(node.target) for node in program.graph.nodes if node.op == "call_function"}
    called = {name for name in called if name.startswith("aten.") and "aten.sym_" not in name}
    if called <= {*ROWS, *rows()}:
        return program
    table: Any = torch.export.default_decompositions()
    kept = {*COMPOSITE, *ROWS}
    for operation in [each for each in table if str(each) in kept]:
        table.pop(operation)
    found = program.run_decompositions(table)
    decompose(found.graph_module)
    return found


def _decomposed(graph: Any) -> Any:
    """A GraphModule without composite operations: itself, or a copy."""
    if not any(str(node.target) in COMPOSITE for node in graph.graph.nodes):
        return graph
    import torch

    copy = torch.fx.Graph()
    copy.output(copy.graph_copy(graph.graph, {}))
    return decompose(torch.fx.GraphModule(graph, copy))


class _Importer:
    """Makes the function of one graph."""

    def __init__(self, graph: Any, constants: Mapping[str, Any], signature: Signature) -> None:
        self.nodes = list(graph.graph.nodes)
        self.signature = signature
        self.sizes = Sizes(names_of(_shape_env(self.nodes)))
        self.rows: Mapping[str, Row] = {**ROWS, **rows()}
        self.constants = Constants(graph, constants)
        self.now: dict[Any, Any] = {}  # a node's Value, or Values; a symbolic size's name

    def function(self, name: str) -> Operation:
        constant = self.constants.tensors
        inputs = [each for each in self.signature.inputs if each not in constant]
        states = [state for state in self.signature.states if not state.given]
        by_name = {node.name: node for node in self.nodes}
        arguments = [by_name[each] for each in (*inputs, *(state.input for state in states))]
        types = [self._typed(node) for node in arguments]
        func = new_function(name, types, ())
        func.attributes["argument_names"] = (*inputs, *(state.name for state in states))
        block = func.body.only_block
        self.now.update(zip(arguments, block.args))
        self.tensors = Tensors(Builder(block), self.sizes, block.args)
        self._symbolic_arguments(arguments)
        for node in self.nodes:
            if node.op == "placeholder" and node not in self.now and node.name not in constant:
                raise TorchError(f"nobody says what the input {node.name} is")
            if node.op == "output":
                self._return(func, node)
            else:
                self._translate(node)
        block.insert_all(0, self.tensors.entry.operations)
        return func

    def _symbolic_arguments(self, arguments: Iterable[Any]) -> None:
        """A placeholder that is a size is where the size's value comes from."""
        for node in arguments:
            if not hasattr(node.meta.get("val"), "shape"):
                size = self.sizes.dimension(node.meta["val"])
                self.tensors.sizes[size] = self.now[node]

    def _typed(self, node: Any) -> Any:
        try:
            return own_type(node.meta.get("val"), self.sizes.dimension)
        except TorchError as error:
            raise _located(error, node) from None

    def _translate(self, node: Any) -> None:
        """Note what a node's results are, in operations that are appended, or as a constant."""
        if self.constants.evaluate(node) or node.op == "placeholder":
            return
        value = node.meta.get("val")
        if type(value).__name__ in ("SymInt", "SymFloat") or isinstance(value, int):
            self.now[node] = self.sizes.dimension(value)
            return
        target = str(node.target)
        if node.op != "call_function" or value is None and target.startswith("aten._assert"):
            return
        if node.target is operator.getitem:
            source, number = node.args
            self.now[node] = self._given(source)[number]
            return
        row = self.rows.get(target)
        place, _ = place_of(node.meta.get("stack_trace"))
        self.tensors.builder.location = place
        try:
            with at(place):
                args, keywords = self._given(node.args), self._given(node.kwargs)
                type_ = self._typed(node)
                found = row(self.tensors, type_, *args, **keywords) if row else None
                if found is None:
                    raise TorchError(f"{target} has no form in tern")
        except TorchError as error:
            raise _located(error, node) from None
        self.now[node] = found

    def _given(self, argument: Any) -> Any:
        """An argument of a node with Values in the place of nodes; tuples are lists."""
        if isinstance(argument, (list, tuple)):
            return [self._given(each) for each in argument]
        if isinstance(argument, dict):
            return {key: self._given(each) for key, each in argument.items()}
        if argument in self.now:
            return self.now[argument]
        if self.constants.has(argument):
            return self.constants.value(argument, self.tensors.builder)
        return argument

    def _return(self, func: Operation, node: Any) -> None:
        signature, b = self.signature, self.tensors.builder
        b.location = None
        by_name = {each.name: each for each in self.nodes}
        outputs = [*signature.outputs, *(state.output for state in signature.states)]
        values = []
        for output in outputs:
            found = self._given(by_name[output]) if isinstance(output, str) else output
            if isinstance(found, Value):
                values.append(found)
            else:
                values.append(self.tensors.number(found, _result_element(found)))
        b.ret(values)
        known = func.attributes["function_type"]
        results = tuple(value.type for value in values)
        func.attributes["function_type"] = type(known)(known.inputs, results)


def _result_element(value: Any) -> Any:
    from tern.types import f64, i1, index

    return i1 if isinstance(value, bool) else f64 if isinstance(value, float) else index


def _shape_env(nodes: Sequence[Any]) -> Any:
    for node in nodes:
        mode = getattr(node.meta.get("val"), "fake_mode", None)
        if mode is not None and mode.shape_env is not None:
            return mode.shape_env
    return None


def _located(error: TorchError, node: Any) -> TorchError:
    """The error with the node that it is about, and the line of the model where that comes from."""
    place, line = place_of(node.meta.get("stack_trace"))
    where = f", of {place.file}:{place.line}: {line}" if place is not None else ""
    found = TorchError(f"{error}: node {node.name}{where}")
    found.location = place
    return found
