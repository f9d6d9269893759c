"""From a chain of element-wise operations to one kernel: tern.targets.triton in small."""

from __future__ import annotations

from tern.ir import Operation, Value
from tern.parts import part
from tern.types import TensorType

TEMPLATES = {
    "arith.negf": "-1.0 * {}",  # -x is 0 - x in Triton, which makes 0.0 of 0.0
    "arith.addf": "{} + {}",
    "arith.subf": "{} - {}",
    "arith.mulf": "{} * {}",
    "arith.divf": "{} / {}",
    "arith.maximumf": "tl.maximum({}, {}, propagate_nan=tl.PropagateNan.ALL)",
    "arith.minimumf": "tl.minimum({}, {}, propagate_nan=tl.PropagateNan.ALL)",
    "math.exp": "tl.exp({})",
    "math.sqrt": "tl.sqrt({})",
}

FRAME = """\
import torch
import triton
import triton.language as tl


@triton.jit
def {name}_kernel({parameters}, result, size, BLOCK: tl.constexpr):
    at = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = at < size
{body}


def {name}({parameters}):
    result = torch.empty_like({like})
    size = result.numel()
    {name}_kernel[(triton.cdiv(size, 1024),)]({parameters}, result, size, BLOCK=1024)
    return result
"""


@part("workshop.triton.emit_chain")
def emit_chain(func: Operation) -> str:
    """Source of one Triton kernel, and its launcher, for a function of element-wise operations.

    The parameters of `func` are tensors of one size, `tensor<?xf32>`, or numbers, `f32`; the
    result is a tensor like that. Its operations are those of TEMPLATES, constants,
    `tensor.splat`, and `tensor.dim`, which only splats need. The launcher, defined last, has the
    function's name, and its parameters are a0, a1, …, in order. Each tensor is loaded once, the
    result stored once, and all between stays in registers. The text's length is O(operations).
    """
    (block,) = func.body.blocks
    texts: dict[Value, str] = {each: f"a{number}" for number, each in enumerate(block.args)}
    parameters = ", ".join(texts.values())
    tensors = [each for each in block.args if isinstance(each.type, TensorType)]
    like, lines = texts[tensors[0]], []
    for argument in tensors:
        lines.append(f"v{len(lines)} = tl.load({texts[argument]} + at, mask=inside)")
        texts[argument] = f"v{len(lines) - 1}"
    for op in block.operations:
        operands = [texts.get(value, "") for value in op.operands]
        if op.name == "func.return":
            lines.append(f"tl.store(result + at, {operands[0]}, mask=inside)")
        elif op.name == "arith.constant":
            texts[op.result] = repr(op.attributes["value"])
        elif op.name == "tensor.splat":
            texts[op.result] = operands[0]
        elif op.name in TEMPLATES:
            lines.append(f"v{len(lines)} = {TEMPLATES[op.name].format(*operands)}")
            texts[op.result] = f"v{len(lines) - 1}"
    body = "\n".join(f"    {line}" for line in lines)
    return FRAME.format(
        name=func.attributes["sym_name"], parameters=parameters, like=like, body=body
    )
