"""From tern's IR to the plain data that the figures draw."""

from __future__ import annotations

from tern.ir.core import Operation


def blocks_of(func: Operation) -> tuple[list[list[int]], list[str], list[str]]:
    """Successors, labels, and texts of a function's blocks, as the printer writes them.

    The label is the block's header with its arguments, the text its operations. A value that has a
    hint, such as a variable's slot, is called by it.
    """
    from tern.ir import StableNames

    blocks = func.body.blocks
    number = {block: i for i, block in enumerate(blocks)}
    successors: list[list[int]] = []
    for block in blocks:
        last = block.operations[-1] if block.operations else None
        targets = [number[target] for target, _ in last.successors] if last else []
        successors.append(list(dict.fromkeys(targets)))
    labels, texts = split(StableNames().text(func.clone()))  # which leaves `func` as it is
    return successors, labels, texts


def split(text: str) -> tuple[list[str], list[str]]:
    """The printed form of a flat function, cut at its block headers.

    >>> split("func.func @f() {\\n  cf.br ^bb1\\n^bb1:\\n  return\\n}")
    (['^bb0', '^bb1'], ['cf.br ^bb1', 'return'])
    """
    head, *lines = text.strip("\n").split("\n")
    arguments = head[head.index("(") : head.index(")") + 1].removesuffix("()")
    labels, bodies = [f"^bb0{arguments}"], [[]]
    indent = min(
        (len(x) - len(x.lstrip()) for x in lines if x.strip()[:1] not in ("", "^", "}")),
        default=0,
    )
    for line in lines:
        if line.lstrip().startswith("^"):
            labels.append(line.strip().partition("//")[0].rstrip().removesuffix(":"))
            bodies.append([])
        elif line.strip() and not line.startswith("}"):
            bodies[-1].append(line[indent:].rstrip())
    return labels, ["\n".join(body) for body in bodies]
