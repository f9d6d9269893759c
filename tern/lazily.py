"""Modules that are imported when they are first used: `import tern` takes milliseconds."""

from __future__ import annotations

import importlib
from typing import Any


class Lazily:
    """Stands for a module; its attributes are the module's."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        found = getattr(importlib.import_module(self._name), attribute)
        setattr(self, attribute, found)  # the next time, nothing is in between
        return found
