"""PyTorch's graphs, as tern's IR.

`import_torch` reads what torch.export gives, or what Dynamo hands to a backend. The table has one
row for each operation of core ATen; `decompose` makes operations of these. PyTorch itself is
imported when a graph is there to read, and not before.
"""

from tern.frontends.torch.decompose import decompose, decompositions
from tern.frontends.torch.importer import core_program, import_torch
from tern.frontends.torch.names import TorchError
from tern.frontends.torch.signature import Signature, State, signature_of
from tern.frontends.torch.table import rows

__all__ = [
    "Signature",
    "State",
    "TorchError",
    "core_program",
    "decompose",
    "decompositions",
    "import_torch",
    "rows",
    "signature_of",
]
