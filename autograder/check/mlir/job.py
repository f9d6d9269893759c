"""What is done with modules of MLIR in a process that a wrong one may end.

A request has items; each is a text, and what to do with it: verify it, count its operations, run
passes, count again, compile a function and call it; or bring a program down by a pipeline.
`python -m autograder.check.mlir.job` does what job.json in the current folder asks, and leaves
reply.json. at.txt says which item it is at, and what it does with it.
"""

from __future__ import annotations

import functools
import importlib
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autograder.check import arrays
from autograder.check.mlir import replay
from autograder.check.mlir.replay import counted


def perform(request: dict[str, Any]) -> list[dict[str, Any]]:
    """A reply for each item: {"wrong", "place", "notes"}, or what was asked for."""
    from tern.targets.mlir.package import MlirError

    found = []
    for number, item in enumerate(request["items"]):
        try:
            found.append((_lowered if "pipeline" in item else _performed)(item, number))
        except MlirError as error:
            found.append({"wrong": str(error), "place": error.place, "notes": list(error.notes)})
    return found


def _doing(number: int, what: str) -> None:
    Path("at.txt").write_text(json.dumps([number, what]))


def _lowered(item: dict[str, Any], number: int) -> dict[str, Any]:
    _doing(number, "the passes")
    try:
        text = replay.lowered(item["text"], item["name"], item["pipeline"], item["script"])
    except replay.PipelineError as error:
        return {"refused": str(error)}
    return {"lowered": text}


def _performed(item: dict[str, Any], number: int) -> dict[str, Any]:
    from tern.targets.mlir.package import MlirError, context, parsed, run_passes

    def doing(what: str) -> None:
        _doing(number, what)

    reply: dict[str, Any] = {}
    is_counted = not any(item.get(key) for key in ("dialect", "unregistered", "passes", "name"))
    with _for_counting() if is_counted else context() as made:
        if item.get("dialect"):
            doing("loading the dialect")
            module_name, _, function = item["dialect"].partition(":")
            loaded = getattr(importlib.import_module(module_name), function)()
            loaded.load()
            reply["loaded"] = loaded.DIALECT_NAMESPACE
        if item.get("unregistered"):
            made.allow_unregistered_dialects = True
        doing("reading and verifying it")
        module = parsed(item["text"])
        reply["operations"], reply["outside"] = counted(module), declared(module)
        reply["on_tensors"] = on_tensors(module)
        if item.get("passes"):
            doing("running passes")
            run_passes(module, item["passes"])
            reply["after"] = counted(module)
        if item.get("calls") is not None and not reply["outside"]:
            try:
                reply["results"] = _called(module, item, doing)
            except MlirError as error:
                reply["refused"], reply["place"] = str(error), error.place
    return reply


@functools.cache
def _for_counting() -> Any:
    """A context for all modules that are only read: it takes forty times as long as reading one."""
    made = importlib.import_module("torch_mlir.ir").Context()
    made.enable_multithreading(False)
    return made


def on_tensors(module: Any) -> dict[str, int]:
    """How many operations of each name give a tensor."""
    names = (
        op.name
        for op in replay.inside(module)
        if any(str(result.type).startswith("tensor<") for result in op.results)
    )
    return dict(Counter(names).most_common(replay.MAX_NAMES))


def declared(module: Any) -> list[str]:
    """The functions, and whatever else has a name, that are declared without a body: they would be
    somebody else's."""
    return [
        op.operation.attributes["sym_name"].value
        for op in module.body.operations
        if "sym_name" in op.operation.attributes
        and all(not list(region.blocks) for region in op.operation.regions)
        and op.operation.name != "memref.global"
    ]


def _called(module: Any, item: dict[str, Any], doing: Any) -> list[list[Any]]:
    """What a function of the module gives in each of the calls."""
    from tern.targets.mlir.engine import Engine
    from tern.targets.mlir.lowering import printed
    from tern.targets.mlir.package import MlirError, run_passes
    from tern.targets.mlir.pipelines import PIPELINES
    from tern.types import TensorType, parse_type

    name, ir = item["name"], importlib.import_module("torch_mlir.ir")
    func = next(
        (
            op
            for op in module.body.operations
            if op.operation.name == "func.func"
            and op.operation.attributes["sym_name"].value == name
        ),
        None,
    )
    if func is None:
        raise MlirError(f"the module has no function @{name}")
    type = ir.FunctionType(func.operation.attributes["function_type"].value)
    try:
        inputs, results = ([parse_type(str(each)) for each in types] for types in _types(type))
    except ValueError as error:
        raise MlirError(f"@{name} takes or gives what no test has: {error}") from None
    _seal(ir, func, [isinstance(each, TensorType) for each in inputs])
    doing("bringing arithmetic on tensors to linalg")
    run_passes(module, "func.func(convert-elementwise-to-linalg)")
    for stage in PIPELINES["tensors"]:
        doing(f"bringing it down to {stage.name}")
        if stage.passes:
            run_passes(module, stage.passes)
    doing("compiling it")
    engine = Engine(printed(module), level=0)  # it runs once: optimizing it takes longer
    pointer = engine.pointer(name)
    found = []
    for given in item["calls"]:
        values = [arrays.unpacked(each) for each in given]
        _check_arguments(name, values, inputs)
        doing("running it")
        found.append(
            [arrays.packed(value) for value in engine.call(pointer, values, inputs, results)]
        )
    return found


def _types(type: Any) -> tuple[Sequence[Any], Sequence[Any]]:
    return type.inputs, type.results


def _seal(ir: Any, func: Any, tensors: Sequence[bool]) -> None:
    """Let C call a function, and no pass write to its tensors: they are the caller's."""
    func.attributes["llvm.emit_c_interface"] = ir.UnitAttr.get()
    false = ir.BoolAttr.get(False)
    each = [ir.DictAttr.get({"bufferization.writable": false} if t else {}) for t in tensors]
    func.attributes["arg_attrs"] = ir.ArrayAttr.get(each)


def _check_arguments(name: str, values: Sequence[Any], inputs: Sequence[Any]) -> None:
    """MlirError unless arrays are of the shapes and types that a function takes: nothing else would
    look."""
    from tern.ir.arrays import check_array
    from tern.ir.scalar import check_scalar
    from tern.targets.mlir.package import MlirError
    from tern.types import TensorType

    if len(values) != len(inputs):
        raise MlirError(f"@{name} takes {len(inputs)} arguments, and the test has {len(values)}")
    for value, type in zip(values, inputs):
        try:
            check = check_array if isinstance(type, TensorType) else check_scalar
            check(value, type)  # type: ignore[operator]
        except (TypeError, ValueError, OverflowError) as error:
            raise MlirError(f"@{name} does not take what the test has: {error}") from None


def main() -> None:
    request = json.loads(Path("job.json").read_text())
    Path("reply.json").write_text(json.dumps({"found": perform(request)}))


if __name__ == "__main__":
    main()
