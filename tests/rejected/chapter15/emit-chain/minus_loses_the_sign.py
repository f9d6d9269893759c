# fails: tests
# says: use the template of negf
def emit_chain(func):
    (block,) = func.body.blocks
    texts = {argument: f"a{number}" for number, argument in enumerate(block.args)}
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
            text = TEMPLATES[op.name].format(*operands).replace("-1.0 * ", "0.0 - ")
            lines.append(f"v{len(lines)} = {text}")
            texts[op.result] = f"v{len(lines) - 1}"
    body = "\n".join(f"    {line}" for line in lines)
    return FRAME.format(
        name=func.attributes["sym_name"], parameters=parameters, like=like, body=body
    )
