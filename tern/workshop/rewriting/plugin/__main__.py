"""`python -m tern.workshop.rewriting.plugin [--save] [FOLDER]`: build the plugin, and test it."""

from __future__ import annotations

import sys

from tern.workshop.mlir_standalone.__main__ import show
from tern.workshop.rewriting.plugin import RECORDED, fingerprint, ran

if __name__ == "__main__":
    sys.exit(show(ran, RECORDED, fingerprint))
