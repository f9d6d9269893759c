# fails: tests
# says: PassManager|passmanager
from torch_mlir.passmanager import PassManager

PASSES = "convert-elementwise-to-linalg, linalg-generalize-named-ops, linalg-fuse-elementwise-ops"


def emit_generic(func):
    module = new_module()
    module.body.only_block.append(func.clone())
    with ir.Context():
        made = ir.Module.parse(str(module))
        PassManager.parse(f"builtin.module(func.func({PASSES}))").run(made.operation)
        return str(made)
