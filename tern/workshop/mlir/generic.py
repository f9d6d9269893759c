"""tern's functions of tensors as text of MLIR, in which linalg.generic computes everything."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tern.ir import Operation
from tern.parts import part


def _renamed(tree: Any, axes: list[int]) -> Any:
    """A tree whose axis number a is now axis axes[a]."""
    name, *rest = tree
    if name == "read":
        value, old = rest
        return name, value, tuple(axes[a] for a in old)
    return (name, *[_renamed(child, axes) for child in rest])


def _axes(tree: Any) -> set[int]:
    """The axes that a tree's reads depend on."""
    name, *rest = tree
    return set(rest[1]) if name == "read" else set[int]().union(*map(_axes, rest))


def _written(tree: Any, reads: dict[Any, str], lines: list[str]) -> str:
    """The number that a tree computes, after its operations have been added to a body's lines."""
    name, *rest = tree
    if name == "read":
        return reads.setdefault(tuple(rest), f"%in{len(reads)}")
    numbers = [_written(child, reads, lines) for child in rest]
    made = f"%n{len(lines)}"
    lines.append(f"      {made} = {name} {', '.join(numbers)} : f32")
    return made


def _affine_map(rank: int, axes: Any) -> str:
    loops = ", ".join(f"d{n}" for n in range(rank))
    return f"affine_map<({loops}) -> ({', '.join(f'd{a}' for a in axes)})>"


def _generic(
    result: str, tree: Any, kept: list[int], rank: int, types: dict[str, str], sums: bool
) -> list[str]:
    """The lines of one linalg.generic of `rank` loops, whose result has the axes `kept`. The other
    loops add up, if it `sums`."""
    reads: dict[Any, str] = {}
    lines: list[str] = []
    number, out = _written(tree, reads, lines), types[result]
    if sums:
        lines.append(f"      %sum = arith.addf %out, {number} : f32")
        number = "%sum"
    maps = [_affine_map(rank, axes) for axes in [*[axes for _, axes in reads], kept]]
    kinds = ['"parallel"' if axis in kept else '"reduction"' for axis in range(rank)]
    names = ", ".join(value for value, _ in reads)
    ins = f"ins({names} : {', '.join(types[value] for value, _ in reads)})"
    arguments = ", ".join(f"{each}: f32" for each in [*reads.values(), "%out"])
    into = f"{result}_empty"
    before = [f"    {into} = tensor.empty() : {out}"]
    if sums:
        before.append(f"    {result}_zero = arith.constant 0.0 : f32")
        fill = f"linalg.fill ins({result}_zero : f32) outs({into} : {out}) -> {out}"
        into = f"{result}_filled"
        before.append(f"    {into} = {fill}")
    traits = f"indexing_maps = [{', '.join(maps)}], iterator_types = [{', '.join(kinds)}]"
    return [
        *before,
        f"    {result} = linalg.generic {{{traits}}} {ins} outs({into} : {out}) {{",
        f"    ^body({arguments}):",
        *lines,
        f"      linalg.yield {number} : f32",
        f"    }} -> {out}",
    ]


@part("workshop.mlir.emit_generic", helpers=(_renamed, _axes, _written, _affine_map, _generic))
def emit_generic(func: Operation) -> str:
    """MLIR's text of a function of tensors, in which linalg.generic computes everything.

    `func` is a func.func of tern's with one block, all of whose tensors are of float32 and of sizes
    that are known. Its operations are

    - arith.addf, subf, mulf, and maximumf of two tensors of one shape;
    - linalg.transpose and linalg.broadcast, with the attribute `permutation` or `dimensions`, as in
      MLIR: axis a of a transpose's result is axis permutation[a] of its operand; `dimensions` are
      the axes that a broadcast adds;
    - linalg.matmul of two matrices, and linalg.reduce, which adds along the axes `dimensions` (its
      combiner is arith.addf): their last operand is a tensor of zeros, where sums begin;
    - tensor.empty, linalg.fill, and arith.constant, which make destinations and zeros;
    - func.return.

    Returns the text of a module with one function of the same name and type. Of linalg, there are
    linalg.generic, with indexing_maps and iterator_types, linalg.yield, and linalg.fill. arith
    computes single numbers alone, and constants. Sums may be in any order.

    What matters is how many linalg.generic there are: each of them writes a tensor to memory.

        >>> from tern.ir import functions, parse
        >>> T = "tensor<3xf32>"
        >>> text = (
        ...     f"func.func @f(%a: {T}) -> {T} {{ %b = arith.addf %a, %a : {T} return %b : {T} }}"
        ... )
        >>> emit_generic(functions(parse(text))[0]).count("linalg.generic")
        1
    """
    block, type = func.body.only_block, func.attributes["function_type"]
    counts = Counter(operand for op in block.operations for operand in op.operands)
    types = {f"%a{n}": str(each) for n, each in enumerate(type.inputs)}
    shown = ", ".join(f"{name}: {each}" for name, each in types.items())
    lines: list[str] = []
    # What each value is: a tree of operations over ("read", name, axes of its own axes).
    trees: dict[Any, Any] = {
        arg: ("read", f"%a{n}", tuple(range(arg.type.rank))) for n, arg in enumerate(block.args)
    }

    def store(tree: Any, kept: list[int], rank: int, result: Any, sums: bool = False) -> Any:
        """Compute a tree into a tensor: what reads that."""
        name = f"%t{len(types)}"
        types[name] = str(result)
        lines.extend(_generic(name, tree, kept, rank, types, sums))
        return "read", name, tuple(range(len(kept)))

    def stored(value: Any, whole: Any = ()) -> Any:
        """A value as something that is only read, and that has the axes `whole`: a loop that no map
        mentions would have no trip count."""
        tree, rank = trees[value], value.type.rank
        if tree[0] != "read" or not _axes(tree).issuperset(whole):
            trees[value] = store(tree, list(range(rank)), rank, value.type)
        return trees[value]

    for op in block.operations:
        result = op.results[0] if op.results else None
        for operand in op.operands:
            if operand in trees and counts[operand] > 1:
                stored(operand)  # else everyone who uses it would compute it again
        if op.name.startswith("arith.") and op.operands:
            trees[result] = (op.name, *[trees[operand] for operand in op.operands])
        elif op.name == "linalg.transpose":
            permutation = op.attributes["permutation"]
            axes = [permutation.index(axis) for axis in range(len(permutation))]
            trees[result] = _renamed(trees[op.operands[0]], axes)
        elif op.name == "linalg.broadcast":
            added = op.attributes["dimensions"]
            axes = [axis for axis in range(result.type.rank) if axis not in added]
            trees[result] = _renamed(trees[op.operands[0]], axes)
        elif op.name == "linalg.reduce":
            rank = op.operands[0].type.rank
            summed = set(op.attributes["dimensions"])
            kept = [axis for axis in range(rank) if axis not in summed]
            if not summed <= _axes(trees[op.operands[0]]):
                stored(op.operands[0], summed)
            trees[result] = store(trees[op.operands[0]], kept, rank, result.type, sums=True)
        elif op.name == "linalg.matmul":  # loops i, j, k
            left, right = stored(op.operands[0], [1]), stored(op.operands[1])
            tree = ("arith.mulf", _renamed(left, [0, 2]), _renamed(right, [2, 1]))
            trees[result] = store(tree, [0, 1], 3, result.type, sums=True)
    names = []
    for value in block.terminator.operands:
        read = stored(value)
        if types[read[1]] != str(value.type) or list(read[2]) != list(range(value.type.rank)):
            rank = value.type.rank
            read = store(read, list(range(rank)), rank, value.type)
        names.append(read[1])
    given = ", ".join(map(str, type.results))
    lines.append(f"    return {', '.join(names)} : {given}")
    head = f"  func.func @{func.attributes['sym_name']}({shown}) -> ({given}) {{"
    return "\n".join(["module {", head, *lines, "  }", "}"]) + "\n"


def tensor_function(rng: Any, operations: int) -> Operation:
    """A function @f for `emit_generic`, drawn at random, with about so many operations."""
    from tern.ir import functions, parse

    def spelled(shape: tuple[int, ...]) -> str:
        return f"tensor<{''.join(f'{n}x' for n in shape)}f32>"

    sizes = (2, 3, 5)
    shapes = [tuple(rng.choice(sizes) for _ in range(rng.randrange(1, 4))) for _ in range(3)]
    values = [(f"%a{n}", shape) for n, shape in enumerate(shapes)]
    arguments = ", ".join(f"{name}: {spelled(shape)}" for name, shape in values)
    lines = ["  %zero = arith.constant 0.0 : f32"]

    def destination(shape: tuple[int, ...], filled: bool) -> str:
        name, type = f"%e{len(lines)}", spelled(shape)
        lines.append(f"  {name} = tensor.empty() : {type}")
        if not filled:
            return f"outs({name} : {type})"
        fill = f"linalg.fill ins(%zero : f32) outs({name} : {type}) -> {type}"
        lines.append(f"  {name}z = {fill}")
        return f"outs({name}z : {type})"

    def fresh(shape: tuple[int, ...], text: str) -> None:
        name = f"%v{len(lines)}"
        lines.append(f"  {name} = {text}")
        values.append((name, shape))

    for _ in range(operations):
        name, shape = rng.choice(values[-3:])
        type, kind = spelled(shape), rng.randrange(7)
        alike = [other for other, its in values if its == shape]
        right = [each for each in values if len(each[1]) == 2 and each[1][0] == shape[-1]]
        if kind == 0 and len(shape) > 1:
            order = rng.sample(range(len(shape)), len(shape))
            to = tuple(shape[axis] for axis in order)
            out = destination(to, filled=False)
            fresh(to, f"linalg.transpose ins({name} : {type}) {out} permutation = {order}")
        elif kind == 1 and len(shape) < 3:
            axis = rng.randrange(len(shape) + 1)
            to = (*shape[:axis], rng.choice(sizes), *shape[axis:])
            out = destination(to, filled=False)
            fresh(to, f"linalg.broadcast ins({name} : {type}) {out} dimensions = [{axis}]")
        elif kind == 2 and len(shape) > 1:
            axis = rng.randrange(len(shape))
            to = (*shape[:axis], *shape[axis + 1 :])
            out = destination(to, filled=True)
            adds = "linalg.reduce {arith.addf}"
            fresh(to, f"{adds} ins({name} : {type}) {out} dimensions = [{axis}]")
        elif kind == 3 and len(shape) == 2 and right:
            other, its = rng.choice(right)
            to = (shape[0], its[1])
            out = destination(to, filled=True)
            operands = f"ins({name}, {other} : {type}, {spelled(its)})"
            fresh(to, f"linalg.matmul {operands} {out} -> {spelled(to)}")
        else:
            op = rng.choice(("addf", "subf", "mulf", "maximumf"))
            fresh(shape, f"arith.{op} {name}, {rng.choice(alike)} : {type}")
    results = [values[-1], *([rng.choice(values)] if rng.random() < 0.4 else [])]
    types = ", ".join(spelled(shape) for _, shape in results)
    names = ", ".join(name for name, _ in results)
    head = f"func.func @f({arguments}) -> ({types}) {{"
    return functions(parse("\n".join([head, *lines, f"  return {names} : {types}", "}"])))[0]
