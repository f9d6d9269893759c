# ---- a cell of the reader ----
import io, textwrap
from collections import ChainMap

class Emitter:
    """Writes lines, and remembers what a value is called."""
    def __init__(self):
        self.out, self.names, self.count = io.StringIO(), ChainMap({}), 0
    def fresh(self, text):
        name = f"t{self.count}"
        self.count += 1
        print(f"{name} = {text}", file=self.out)
        return name

# ---- ch15-emit-chain ----
def emit_chain(func):
    e = Emitter()
    block = func.body.blocks[0]
    params = [f"a{i}" for i, _ in enumerate(block.args)]
    for arg, name in zip(block.args, params, strict=True):
        tensor = type(arg.type) is TensorType
        e.names[arg] = e.fresh(f"tl.load({name} + at, mask=inside)") if tensor else name
    like = next(p for a, p in zip(block.args, params) if isinstance(a.type, TensorType))
    for op in block.operations:
        args = [e.names[v] for v in op.operands if v in e.names]
        match op.name.split("."):
            case ["func", "return"]:
                print(f"tl.store(result + at, {args[0]}, mask=inside)", file=e.out)
            case ["arith", "constant"]:
                e.names[op.result] = repr(op.attributes["value"])
            case ["tensor", "splat"]:
                e.names[op.result] = args[0]
            case ["tensor", "dim"]:
                pass
            case _:
                e.names[op.result] = e.fresh(TEMPLATES[op.name].format(*args))
    return FRAME.format(
        name=func.attributes["sym_name"], parameters=", ".join(params), like=like,
        body=textwrap.indent(e.out.getvalue(), "    "),
    )
