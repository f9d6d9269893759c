"""What cells may ask for that would make no sense where they are judged, or go wrong there."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
import types
import warnings
from collections.abc import Callable
from typing import Any


def prepare(folder: str) -> None:
    """Before the cells run: checks that say nothing, no caches, no warnings but those of the cells,
    and `folder` for settings."""
    os.environ["MPLCONFIGDIR"], os.environ["MPLBACKEND"] = folder, "Agg"
    _quiet_checks()
    _no_numba_cache()
    _no_warnings_of_libraries()
    shutil.copymode = shutil.copystat = _do_nothing  # a copy's mode cannot be changed here


def _do_nothing(*_: Any, **__: Any) -> None:
    pass


def _quiet_checks() -> None:
    """Checks in the reader's cells pass, at once: what counts is what the judge's say.

    A test cell may have been merged with the answer, and would measure speed here.
    """

    class Quiet(types.ModuleType):
        def __getattr__(self, name: str) -> Callable:
            if name.startswith("__"):
                raise AttributeError(name)
            if name in ("CheckFailed", "CouldNotMeasure"):
                return AssertionError
            return lambda *_, **__: None

    quiet = Quiet("autograder.check")
    sys.modules["autograder.check"] = quiet
    if (package := sys.modules.get("autograder")) is not None:
        setattr(package, "check", quiet)  # noqa: B010  (a name that type checkers know as a package)


def _no_numba_cache() -> None:
    """`cache=True` keeps what is compiled beside the source file, and a cell has none."""
    if (dispatcher := sys.modules.get("numba.core.dispatcher")) is None:
        return
    dispatcher.Dispatcher.enable_caching = _do_nothing  # type: ignore[attr-defined]
    if (ufunc := sys.modules.get("numba.np.ufunc.ufuncbuilder")) is not None:
        ufunc.UFuncDispatcher.enable_caching = _do_nothing  # type: ignore[attr-defined]


def _no_warnings_of_libraries() -> None:
    """A warning at a library's own line is about this place, where it may not lock or write.

    What a library warns its caller of has the caller's line, and is shown; and so are NumPy's
    RuntimeWarnings, which are about numbers.
    """
    show = warnings.showwarning
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    roots = {os.path.join(os.path.realpath(sysconfig.get_path(name)), "") for name in names}
    book = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
    roots |= {os.path.join(book, package, "") for package in ("autograder", "tern")}

    def shown(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: Any = None,
        line: str | None = None,
    ) -> None:
        ours = os.path.realpath(filename).startswith(tuple(roots))
        if not ours or issubclass(category, RuntimeWarning):
            show(message, category, filename, lineno, file, line)

    warnings.showwarning = shown
