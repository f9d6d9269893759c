"""Executes lessons before the book is built, into the cache where the build finds their outputs.

    python -m book.execute chapter05 --to FILE    # execute one, as the build would
    python -m book.execute --fill FOLDER          # put what is there into the cache

The build executes one lesson after another and knows nothing of what has been executed elsewhere;
so .ci/run can execute a lesson once for the same content.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import nbformat
import yaml
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.executors.utils import single_nb_execution

from book.ext.outputs import PACKAGES, digest, empty_stale_cache

ROOT = Path(__file__).resolve().parent.parent
CACHE = Path("_build") / ".jupyter_cache"  # where Jupyter Book's build looks


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Execute lessons for the build.")
    parser.add_argument("chapter", nargs="?")
    parser.add_argument("--to", type=Path, metavar="FILE", help="where the executed lesson goes")
    parser.add_argument("--fill", type=Path, metavar="FOLDER", help="of executed lessons")
    options = parser.parse_args(arguments)
    if options.fill and not options.chapter:
        print(f"{fill(ROOT, options.fill)} lessons in the cache")
        return 0
    if not options.chapter or not options.to:
        parser.error("name a chapter and a file with --to, or a folder with --fill")
    return execute(ROOT, options.chapter, options.to)


def execute(root: Path, chapter: str, target: Path) -> int:
    """Execute a lesson in its own folder and write it with its outputs. 1 if a cell raised."""
    path = root / "chapters" / f"{chapter}.ipynb"
    settings = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))["execute"]
    notebook = nbformat.read(path, as_version=4)
    result = single_nb_execution(
        notebook,
        cwd=str(path.parent),
        timeout=settings["timeout"],
        allow_errors=settings["allow_errors"],
    )
    if result.err is not None:
        print(result.exc_string, file=sys.stderr)
        return 1
    target.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, target)
    return 0


def fill(root: Path, folder: Path) -> int:
    """Put executed lessons into the cache of the build, emptied of what other packages made."""
    empty_stale_cache(root / CACHE, digest(root, PACKAGES))
    cache = get_cache(str(root / CACHE))
    executed = sorted(folder.glob("*.ipynb"))
    for path in executed:
        notebook = nbformat.read(path, as_version=4)
        uri = str(root / "chapters" / path.name)
        cache.cache_notebook_bundle(CacheBundleIn(notebook, uri), False, overwrite=True)
    return len(executed)


if __name__ == "__main__":
    sys.exit(main())
