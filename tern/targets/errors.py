"""What keeps a function from having a form in a target's language."""

from __future__ import annotations

from tern.errors import TernError


class EmitError(TernError, ValueError):
    """Something has no form in the language of the target. The message is one line."""
