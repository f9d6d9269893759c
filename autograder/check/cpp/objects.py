"""Looks at an object file: what runs before `main`, what it takes the name of, whom it calls.

Source: the System V ABI's ELF chapters, https://refspecs.linuxfoundation.org/elf/elf.pdf. An object
in another format (macOS) is not looked at.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from autograder.check.failures import fail
from autograder.course.cpp_cell import Header

LOCAL, GLOBAL, WEAK, UNIQUE = 0, 1, 2, 10  # of a symbol's binding
VARIABLE, IFUNC = 1, 10  # of its kind; the second is a function that is chosen before main
INIT_ARRAY, PREINIT_ARRAY, SYMTAB = 14, 16, 2
SANITIZERS_OWN = (".init_array.00099", ".init_array.1")  # what ASan adds: one entry of 8 bytes
# operator new and delete as every program has them, mangled; placement new is another
OPERATORS = re.compile(r"(?:_Zn[wa]m|_Zd[la]Pvm?)(?:St11align_val_t)?(?:RKSt9nothrow_t)?$")
OWN = re.compile(r"_Z|tern_|\.L|DW\.ref\.|__odr_asan|__asan_|__clang_call_terminate|_GLOBAL__")
# Variables of the C library's, which aren't mangled either.
LIBRARYS = re.compile(
    r"_.*|std(?:in|out|err)|environ|errno|opt(?:arg|ind|err|opt)|tzname|timezone|daylight|signgam"
    r"|sys_\w+|program_invocation\w*|error_\w+|argp_\w+|obstack_\w+|h_errno|loc[12s]|re_syntax\w*"
)
# Functions that a header has no reason to call; what they would do is refused by the sandbox too.
CALLS = {
    "ends the program": """exit _exit _Exit quick_exit _ZSt9terminatev_ at_quick_exit atexit
        on_exit __cxa_atexit_ pthread_exit raise kill""",
    "runs another program": "system popen fork vfork execve execv execvp posix_spawn clone",
    "reads files or asks the system": """open open64 openat fopen fopen64 freopen freopen64 read
        write writev pread pwrite dup dup2 syscall mmap mmap64 mprotect munmap getenv
        secure_getenv environ ptrace prctl dlopen dlsym dl_iterate_phdr signal sigaction
        setjmp _setjmp longjmp __sigsetjmp siglongjmp fdopen process_vm_readv socket
        dprintf vdprintf remove rename unlink tmpfile""",
    "starts a thread": "pthread_create _ZNSt6thread thrd_create",
}


class Malformed(Exception):
    """No object file as a compiler makes it."""


@dataclass(frozen=True)
class Symbol:
    name: str
    binding: int
    kind: int
    section: int  # 0: it is somebody else's


@dataclass(frozen=True)
class Object:
    """What an ELF object file has: sections (name, type, size), and symbols."""

    sections: list[tuple[str, int, int]]
    symbols: list[Symbol]


def parse(data: bytes) -> Object | None:
    """A 64-bit little-endian ELF object file; None for another format. Malformed."""
    if data[:6] != b"\x7fELF\x02\x01":
        return None
    try:
        return _parsed(data)
    except (struct.error, IndexError, ValueError, UnicodeDecodeError) as error:
        raise Malformed(str(error)) from None


def _parsed(data: bytes) -> Object:
    (offset,) = struct.unpack_from("<Q", data, 40)
    size, count, names_at = struct.unpack_from("<HHH", data, 58)
    first = struct.unpack_from("<IIQQQQIIQQ", data, offset)
    count = count or first[5]  # so many sections that their number stands elsewhere
    names_at = names_at if names_at != 0xFFFF else first[6]
    headers = [struct.unpack_from("<IIQQQQIIQQ", data, offset + size * at) for at in range(count)]
    sections = [
        (_string(data, headers[names_at], one[0]), one[1], one[5] if one[1] != 8 else 0)
        for one in headers
    ]
    symbols = []
    for one in headers:
        if one[1] == SYMTAB:
            for at in range(one[4], one[4] + one[5], 24):
                name, info, _, section = struct.unpack_from("<IBBH", data, at)
                text = _string(data, headers[one[6]], name)
                symbols.append(Symbol(text, info >> 4, info & 15, section))
    return Object(sections, symbols)


def _string(data: bytes, table: tuple, at: int) -> str:
    begin = table[4] + at
    return data[begin : data.index(b"\0", begin)].decode("utf-8", "replace")


def look_at(data: bytes, header: Header) -> None:
    """CheckFailed for an object that does more than a header should."""
    try:
        found = parse(data)
    except Malformed:
        fail("the compiler has made no proper object file")
    if found is None:
        return
    _before_main(found, header)
    for symbol in found.symbols:
        if symbol.section and symbol.binding != LOCAL:
            _defines(symbol)
        elif not symbol.section:
            _uses(symbol, header)


def _before_main(found: Object, header: Header) -> None:
    for name, kind, size in found.sections:
        is_one = kind in (INIT_ARRAY, PREINIT_ARRAY) or name.startswith((".init_array", ".ctors"))
        allowed = 8 if name in SANITIZERS_OWN else 0
        if is_one and size > allowed:
            fail(
                f"{header.file} runs code before main: a global or static object needs a "
                "constructor. LLVM's coding standards forbid static constructors, and so does "
                "this check: make it constexpr, or a local of a function"
            )
    for symbol in found.symbols:
        if symbol.kind == IFUNC:
            fail(f"{symbol.name} would be chosen before main runs: a plain function will do")


def _defines(symbol: Symbol) -> None:
    if OPERATORS.match(symbol.name):
        fail("it replaces operator new or delete for the whole program: leave these alone")
    if symbol.kind == VARIABLE and not OWN.match(symbol.name):
        _variable(symbol)
    elif not OWN.match(symbol.name):
        fail(f"it defines {symbol.name} for the whole program: that name is somebody else's")


def _variable(symbol: Symbol) -> None:
    """An inline variable outside of all classes is the header's own, and its name is as it is."""
    if LIBRARYS.fullmatch(symbol.name):
        fail(f"it defines {symbol.name} for the whole program: that name is somebody else's")
    if symbol.binding not in (WEAK, UNIQUE):
        fail(
            f"each file that includes it would define the variable {symbol.name}: make it inline, "
            "or constexpr"
        )


def _uses(symbol: Symbol, header: Header) -> None:
    for what, names in CALLS.items():
        if symbol.name in names.split() or symbol.name.startswith("_ZNSt6thread"):
            fail(f"it calls {symbol.name}, which {what}: {header.file} needs nothing of the kind")
