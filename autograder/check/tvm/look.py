"""What can be read off a scheduled module: threads, bytes loaded, intermediate buffers."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

AXES = tuple(f"{kind}.{axis}" for kind in ("blockIdx", "threadIdx") for axis in "xyz")
UNROLLED = 3  # tvm.tirx.ForKind.UNROLLED
# TVM's own passes that shrink a buffer to what one iteration of the loops around it needs.
COMPACTING = (
    "LowerInitBlock",
    "PlanAndUpdateBufferAllocationLocation",
    "ConvertBlocksToOpaque",
    "CompactBufferAllocation",
)


def intermediates(module: Any, scope: str = "") -> dict[str, int]:
    """The buffers that the program allocates, after TVM has shrunk them: bytes by name.

    Of one kind of `scope` if it is given: "global", "shared" ("shared.dyn" is one), or "local".
    """
    found: Counter[str] = Counter()  # two may have the same name
    for buffer in _allocated(module):
        if buffer.scope().startswith(scope):
            found[str(buffer.name)] += 4 * math.prod(int(size) for size in buffer.shape)
    return dict(found)


def scopes(module: Any) -> dict[str, str]:
    """The scopes of the buffers that the program allocates, by name: {"A_shared": "shared", …}"""
    return {str(buffer.name): str(buffer.scope()) for buffer in _allocated(module)}


def _allocated(module: Any) -> Iterator[Any]:
    import tvm.s_tir.transform

    for name in COMPACTING:
        module = getattr(tvm.s_tir.transform, name)()(module)
    for node, _ in _walk(module["main"].body, {}):
        yield from getattr(node, "alloc_buffers", ())


def misplaced(module: Any) -> str:
    """What is wrong with where loops are bound, in one line; empty if they make one kernel."""
    lengths: dict[str, int] = {}
    for node, loops in _walk(module["main"].body, {}):
        if type(node).__name__ != "For" or node.thread_binding is None:
            continue
        axis, length = str(node.thread_binding.thread_tag), int(node.extent)
        if axis not in AXES:
            return f"a loop is bound to {axis}: there are {', '.join(AXES)}"
        if axis in loops and not (axis.startswith("threadIdx") and _only_copies(node)):
            return (
                f"{axis} is bound to two loops, one inside the other: bind them to different axes"
            )
        if not any(isinstance(around, str) for around in loops):
            unbound = [str(around.name) for around, trips in loops.items() if trips > 1]
            if unbound:
                return (
                    f"the loop {unbound[0]} is around all that are bound, so the CPU runs it: "
                    "bind it as well"
                )
        if lengths.setdefault(axis, length) != length:
            both = f"of {min(length, lengths[axis])} and of {max(length, lengths[axis])} iterations"
            return f"{axis} is bound to loops {both}: give it loops of one length"
    return ""


def _only_copies(loop: Any) -> bool:
    """Whether all that a loop does is write to shared memory: there the threads take new loops."""
    writes = [
        region.source.scope()
        for node, _ in _walk(loop, {})
        if type(node).__name__ == "SBlock"
        for region in node.writes
    ]
    return all(str(scope).startswith("shared") for scope in writes)


def threads(module: Any) -> dict[str, int]:
    """The sizes of a GPU schedule's grid and blocks, by axis: {"threadIdx.x": 16, …}"""
    found: dict[str, int] = {}
    for _, loops in _walk(module["main"].body, {}):
        for axis, extent in loops.items():
            if isinstance(axis, str):
                found[axis] = max(extent, found.get(axis, 0))
    return found


def copies(module: Any) -> int:
    """How many copies of a statement unrolling makes: of the one with the most."""
    nodes = list(_walk(module["main"].body, {}))
    unrolled = {
        node.loop_var
        for node, _ in nodes
        if type(node).__name__ == "For" and int(node.kind) == UNROLLED
    }
    return max(
        math.prod(extent for loop, extent in loops.items() if loop in unrolled)
        for _, loops in nodes
    )


def loaded(module: Any) -> dict[str, int]:
    """Bytes that all iterations of all threads load from each buffer in global memory, by name.

    Iterations that a condition leaves out are counted as well: exact where every split divides.
    What no loop around it gives to threads, every thread does.
    """
    import tvm
    import tvm_ffi

    total: Counter[str] = Counter()
    axes = threads(module)
    for node, loops in _walk(module["main"].body, {}):
        if type(node).__name__ == "BufferStore":
            times = math.prod({**axes, **loops}.values())

            def count(load: Any, times: int = times) -> None:
                if load.source.scope() == "global":
                    total[str(load.source.name)] += 4 * times

            tvm_ffi.structural_walk(node.value, [(tvm.ir.TensorLoad, count)])
    return dict(total)


def _walk(node: Any, loops: dict) -> Iterator[tuple[Any, dict]]:
    """Every statement, with the loops around it: extents by loop variable, or by thread axis.

    Two loops bound to the same axis are one: the threads are the same.
    """
    yield node, loops
    if type(node).__name__ == "For":
        bound = node.thread_binding
        axis = node.loop_var if bound is None else str(bound.thread_tag)
        loops = {**loops, axis: int(node.extent)}
    for field in ("block", "init", "body", "then_case", "else_case"):
        if (inside := getattr(node, field, None)) is not None:
            yield from _walk(inside, loops)
    for inside in getattr(node, "seq", ()):
        yield from _walk(inside, loops)
