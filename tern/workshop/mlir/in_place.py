"""What must be copied, if results are to get the memory of their destinations."""

from __future__ import annotations

from torch_mlir import ir

from tern.parts import part
from tern.workshop.mlir.buffers import Memory, Step, steps


def _overlap(one: Memory, other: Memory) -> bool:
    return one[0] == other[0] and max(one[1], other[1]) < min(one[2], other[2])


def _is_right(sizes: list[int], program: list[Step], copied: set[int]) -> bool:
    """Whether everything that is read is still what it was when it was computed."""
    memory = [(value, 0, size) for value, size in enumerate(sizes)]  # a buffer, from, to
    since = [-1] * len(sizes)  # the step that computed a value; of a view, what it is a view of
    written: list[tuple[int, Memory]] = []

    def overwritten(where: Memory, after: int) -> bool:
        return any(at > after and _overlap(where, target) for at, target in written)

    for at, step in enumerate(program):
        if any(overwritten(memory[value], since[value]) for value in step.reads):
            return False
        if step.result is None:
            continue
        new = step.result, 0, step.size
        if step.destination is None:
            memory.append(new)
            since.append(at)
            continue
        (buffer, start, _), known = memory[step.destination], since[step.destination]
        offset, size = step.slice or (0, step.size)
        target = buffer, start + offset, start + offset + size
        if step.name == "tensor.extract_slice":
            if at in copied and overwritten(target, known):
                return False
            memory.append(new if at in copied else target)
            since.append(known)
            continue
        if step.name == "tensor.insert_slice":
            around = [(buffer, start, target[1]), (buffer, target[2], start + step.size)]
            if any(overwritten(part, known) for part in around):
                return False
        if at in copied:
            buffer, start = step.result, 0
            target = buffer, offset, offset + size
        elif buffer < len(sizes):
            return False  # an argument's memory
        memory.append((buffer, start, start + step.size))
        since.append(at)
        there = [memory[value] for value in step.reads]
        if step.name == "tensor.insert_slice" and there == [target]:
            continue  # what it puts back is in place already
        if any(one != target and _overlap(one, target) for one in there):
            return False
        written.append((at, target))
    return True


@part("workshop.mlir.copies", helpers=(_is_right, _overlap))
def copies(module: ir.Module) -> list[int]:
    """Which destinations of a function must be copied, so that no result overwrites too early.

    The module has one function of one block, of tensors of one axis, as `steps` describes it: it
    gives the sizes of the arguments, and a Step for each operation. A step that has a destination
    writes its result into the destination's memory, in place, or, if it is copied, into new memory
    that begins as a copy of the destination. An extract_slice gives a view of that memory, or a
    copy of the part. A tensor.empty is new memory.

    Returns the numbers of the steps whose destination is copied, in ascending order: numbers in the
    list of steps, from 0. With them, the function returns what it does if every destination is
    copied, and no argument's memory is written to: that is its caller's. A returned value counts as
    read by the last step. An operation writes element after element, and reads the elements that
    have the same number just before: so it may write over what it reads if both are the same
    elements of the same memory, and not if they overlap otherwise.

    The fewer copies the better; the fewest are not asked for. A few dozen steps take milliseconds.

        >>> from tern.workshop.mlir import module_of
        >>> copies(
        ...     module_of('''
        ...     func.func @f(%a: tensor<8xf32>, %c: f32) -> (tensor<8xf32>, tensor<8xf32>) {
        ...       %0 = linalg.negf ins(%a : tensor<8xf32>) outs(%a : tensor<8xf32>) -> tensor<8xf32>
        ...       %1 = linalg.negf ins(%0 : tensor<8xf32>) outs(%0 : tensor<8xf32>) -> tensor<8xf32>
        ...       %2 = linalg.fill ins(%c : f32) outs(%1 : tensor<8xf32>) -> tensor<8xf32>
        ...       return %1, %2 : tensor<8xf32>, tensor<8xf32>
        ...     }''')
        ... )
        [0, 2]
    """
    sizes, program = steps(module)
    copied = {at for at, step in enumerate(program) if step.destination is not None}
    for at in sorted(copied, reverse=True):
        if _is_right(sizes, program, copied - {at}):
            copied.remove(at)
    return sorted(copied)
