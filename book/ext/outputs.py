"""Keeps notebook outputs true to the packages they show.

The notebook cache is keyed on a notebook's code alone, and Sphinx reads again only the pages
whose source changed. When tern or the autograder changes, both would serve old outputs, so a
digest of the packages goes with the cache and with Sphinx's environment.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

PACKAGES = ("tern", "autograder")  # a change re-executes every notebook
EXTENSION = ("book/ext",)  # a change reads every page again
KEY_FILE = "packages.sha256"
ENVIRONMENT_KEY = "book_key"


def digest(root: Path, folders: Iterable[str]) -> str:
    """A digest of every Python file's path and content under the folders. O(bytes)."""
    hasher = hashlib.sha256()
    for folder in folders:
        for path in sorted((root / folder).rglob("*.py")):
            hasher.update(f"{path.relative_to(root)}\0".encode())
            hasher.update(hashlib.sha256(path.read_bytes()).digest())
    return hasher.hexdigest()


def empty_stale_cache(cache: Path, key: str) -> bool:
    """Empty the notebook cache unless it was filled with these packages. True if emptied."""
    file = cache / KEY_FILE
    if file.exists() and file.read_text() == key:
        return False
    emptied = cache.exists()
    shutil.rmtree(cache, ignore_errors=True)
    cache.mkdir(parents=True)
    file.write_text(key)
    return emptied


def check_cache(app: Sphinx) -> None:
    # Where MyST-NB keeps its cache when the configuration names no other place.
    cache = app.config.nb_execution_cache_path or Path(app.outdir).parent / ".jupyter_cache"
    if empty_stale_cache(Path(cache), digest(Path(app.srcdir), PACKAGES)):
        logging.getLogger(__name__).info("tern or autograder changed: notebooks run again")


def outdated(app: Sphinx, env: BuildEnvironment, added: set, changed: set, removed: set) -> set:
    """Every page, when the packages or this extension changed since the last build."""
    key = digest(Path(app.srcdir), PACKAGES + EXTENSION)
    before = getattr(env, ENVIRONMENT_KEY, key)
    setattr(env, ENVIRONMENT_KEY, key)  # Sphinx keeps it with the environment
    return set() if before == key else set(env.found_docs)


def setup(app: Sphinx) -> None:
    app.connect("builder-inited", check_cache)
    app.connect("env-get-outdated", outdated)
