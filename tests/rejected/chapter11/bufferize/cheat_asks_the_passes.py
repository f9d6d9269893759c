# fails: tests
# says: PassManager|passmanager
# MLIR's own analysis, which says it in an attribute.
from torch_mlir.passmanager import PassManager


def copies(module):
    PassManager.parse("builtin.module(one-shot-bufferize{test-analysis-only=1})").run(
        module.operation
    )
    return []
