"""From one level of the IR to the next one down."""

from tern.lower.loops import LoweringError, lower_source, lower_to_loops

__all__ = ["LoweringError", "lower_source", "lower_to_loops"]
