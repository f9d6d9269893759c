"""How tern's own classes cross between judge and worker: one codec for each kind of value."""

from __future__ import annotations

import sys

from autograder.worker import wire


def register_tern() -> None:
    """Teach wire.py the classes that this chapter's functions take and return."""
    from autograder.worker.codecs import cursor, ir, tree
    from tern.ir import Operation, Violation
    from tern.text import Cursor, Source

    wire.register(Operation, ir.OperationCodec())
    wire.register(Violation, ir.ViolationCodec())
    trees = tree.TreeCodec()
    for kind in trees.shapes.classes:
        wire.register(kind, trees)
    wire.register(Source, tree.SourceCodec())
    wire.register(Cursor, cursor.CursorCodec())
    if costs := sys.modules.get("tern.cost"):
        from autograder.worker.codecs.cache import CacheCodec

        wire.register(costs.Cache, CacheCodec())
