"""What takes too long for a page, or needs a tool that few machines have: saved results, each with
how it was made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def recorded(name: str) -> Any:
    """The saved result of a name: what is in `name`.json beside this file. OSError if none is."""
    return json.loads((Path(__file__).parent / f"{name}.json").read_text(encoding="utf-8"))
