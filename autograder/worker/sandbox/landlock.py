"""Landlock: a process gives up, for good, all files but some (Linux 5.13 or newer)."""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Callable
from pathlib import Path

from autograder.worker.system import PR_SET_NO_NEW_PRIVS, libc, prctl

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same numbers on every architecture
READ_FILE, READ_DIRECTORY, EXECUTE = 1 << 2, 1 << 3, 1 << 0
WRITE_FILE, TRUNCATE = 1 << 1, 1 << 14
# Rights on files that each version of Landlock knows; the fourth adds TCP, the sixth signals.
FILE_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
TCP_RIGHTS, SCOPES = 0b11, 0b11


def version() -> int:
    """The Landlock version of this kernel, 0 if it has none."""
    if sys.platform != "linux":
        return 0
    return max(0, libc().syscall(CREATE_RULESET, None, 0, 1))


def readable_roots(secret: frozenset[str]) -> list[str]:
    """The Python installation and the system's libraries, less what is secret."""
    roots = {sys.prefix, sys.base_prefix, "/usr", "/lib", "/lib64", "/etc", "/opt", "/sys"}
    roots |= {"/dev/null", "/dev/zero", "/dev/urandom", "/proc/cpuinfo", "/proc/meminfo"}
    roots |= {path for path in sys.path if path}
    for name in ("tern", "autograder"):  # an editable install is on no path of its own
        if file := getattr(sys.modules.get(name), "__file__", None):
            roots.add(os.path.dirname(file))
    checkout = Path(__file__).resolve().parents[3]
    allowed: list[str] = []
    for root in sorted({os.path.realpath(root) for root in roots if os.path.exists(root)}):
        if root == str(checkout):
            continue  # the checkout holds the solutions; its packages are listed on their own
        allowed += without(root, secret)
    return allowed


def without(path: str, secret: frozenset[str]) -> list[str]:
    """`path`, or the parts of it that leave out everything secret."""
    if not os.path.exists(path) or any(
        path == one or path.startswith(one + os.sep) for one in secret
    ):
        return []
    if not any(one.startswith(path.rstrip(os.sep) + os.sep) for one in secret):
        return [path]
    return [
        piece
        for entry in os.scandir(path)
        for piece in without(os.path.join(path, entry.name), secret)
    ]


def lock_files(readable: list[str], writable: list[str]) -> bool:
    """Let this process and its children open only these files and folders, for good."""
    known_version = version()
    if known_version < 1:
        return False
    import ctypes

    call = libc().syscall
    rights = FILE_RIGHTS[max(known for known in FILE_RIGHTS if known <= known_version)]
    attributes = struct.pack("<Q", rights)
    attributes += struct.pack("<Q", TCP_RIGHTS) if known_version >= 4 else b""
    attributes += struct.pack("<Q", SCOPES) if known_version >= 6 else b""
    ruleset = call(CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0)
    if ruleset < 0:
        return False
    try:
        for path in readable:
            _allow(call, ruleset, path, READ_FILE | READ_DIRECTORY | EXECUTE)
        for path in writable:
            _allow(call, ruleset, path, rights)
        prctl(PR_SET_NO_NEW_PRIVS)
        return call(RESTRICT_SELF, ruleset, 0) == 0
    finally:
        os.close(ruleset)


def _allow(call: Callable, ruleset: int, path: str, access: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    if not os.path.isdir(path):
        access &= READ_FILE | EXECUTE | WRITE_FILE | TRUNCATE
    call(ADD_RULE, ruleset, 1, struct.pack("<Qi", access, descriptor), 0)
    os.close(descriptor)
