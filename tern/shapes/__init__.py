"""The arithmetic of shapes: sums of sizes, broadcasting, unification, and tests at run time."""

from tern.shapes.broadcasting import broadcast
from tern.shapes.guards import Guard, Place, guards, refusal, refuted
from tern.shapes.sizes import Shape, Size, names_in, replaced, terms, total
from tern.shapes.unification import unify

__all__ = [
    "Guard",
    "Place",
    "Shape",
    "Size",
    "broadcast",
    "guards",
    "names_in",
    "refusal",
    "refuted",
    "replaced",
    "terms",
    "total",
    "unify",
]
