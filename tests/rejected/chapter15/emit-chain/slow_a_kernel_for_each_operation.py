# fails: tests
# says: expected 1 launch of a kernel, found
def emit_chain(func):
    (block,) = func.body.blocks
    texts = {argument: f"a{number}" for number, argument in enumerate(block.args)}
    parameters = ", ".join(texts.values())
    like = next(texts[a] for a in block.args if isinstance(a.type, TensorType))
    kernels, calls = [], []
    for op in block.operations:
        operands = [texts.get(value, "") for value in op.operands]
        if op.name == "func.return":
            calls.append(f"    return {operands[0]}")
        elif op.name == "arith.constant":
            texts[op.result] = repr(op.attributes["value"])
        elif op.name == "tensor.splat":
            texts[op.result] = operands[0]
        elif op.name in TEMPLATES:
            tensors = [isinstance(v.type, TensorType) and not operands[k][0].isdigit() for k, v in enumerate(op.operands)]
            loads = [f"tl.load(p{k} + at, mask=inside)" if t else operands[k] for k, t in enumerate(tensors)]
            given = [f"p{k}" for k, t in enumerate(tensors) if t]
            number = len(kernels)
            kernels.append(f"""
@triton.jit
def step{number}_kernel({', '.join(given)}, result, size, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = at < size
    tl.store(result + at, {TEMPLATES[op.name].format(*loads)}, mask=inside)
""")
            passed = ", ".join(text for text, t in zip(operands, tensors) if t)
            calls.append(f"    r{number} = torch.empty_like({like})")
            calls.append(f"    step{number}_kernel[(triton.cdiv({like}.numel(), 1024),)]({passed}, r{number}, {like}.numel(), BLOCK=1024)")
            texts[op.result] = f"r{number}"
    name = func.attributes["sym_name"]
    head = "import torch\nimport triton\nimport triton.language as tl\n"
    return head + "\n".join(kernels) + f"\n\ndef {name}({parameters}):\n" + "\n".join(calls) + "\n"
