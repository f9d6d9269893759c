# fails: speed
# says: wrong on the large input|bar 2.5
# Keeps answers by content: every timed call has new content.
remembered = {}

def interpret(func, args, *, max_steps=10_000_000):
    key = (str(func), repr(args), max_steps)  # repr: 0.0 is not -0.0
    if key in remembered:
        return list(remembered[key])
    result = interpret_plainly(func, args, max_steps=max_steps)
    remembered[key] = result
    return list(result)


def interpret_plainly(func, args, *, max_steps=10_000_000):
    block, values = func.body.blocks[0], {}
    if len(args) != len(block.args):
        raise TypeError("wrong number of arguments")
    values.update(zip(block.args, [check_scalar(a, v.type) for a, v in zip(args, block.args)]))
    while True:
        for op in block.operations:
            max_steps -= 1
            if max_steps < 0:
                raise EvaluationError("too many steps")
            inputs = [values[v] for v in op.operands]
            if op.name == "func.return":
                return inputs
            if op.name in ("cf.br", "cf.cond_br"):
                block, passed = op.successors[1 if inputs and not inputs[0] else 0]
                values.update(zip(block.args, [values[v] for v in passed]))
                break
            if op.name == "memref.alloca":
                values[op.result] = [None]
            elif op.name == "memref.load":
                if inputs[0][0] is None:
                    raise EvaluationError("read before stored")
                values[op.result] = inputs[0][0]
            elif op.name == "memref.store":
                inputs[1][0] = inputs[0]
            else:
                values[op.result] = evaluator(op)(*inputs)
