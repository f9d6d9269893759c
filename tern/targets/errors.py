"""What keeps a function from having a form in a target's language."""

from tern.errors import EmitError

__all__ = ["EmitError"]
