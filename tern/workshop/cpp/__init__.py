"""tern's IR core in C++, made of the chapter's six headers.

    small_vec.hpp       a vector whose first elements are inside of it
    arena.hpp           memory for what ends together
    intrusive_list.hpp  a list whose links are in its elements
    casting.hpp         isa, cast, dyn_cast
    use_list.hpp        values that know their uses
    context.hpp         types, attributes, and names, each once; readers.hpp reads their texts
    ir.hpp              operations, blocks, regions, values
    walk.hpp            going through them, and erasing what is dead
    bytecode.hpp        tern's bytecode, read and written
    cfg.hpp, gvn.hpp, dead_code.hpp, dead_loops.hpp     tern's passes gvn and dce
    c_api.cpp           what Python calls

A C++17 compiler is all that it needs, and only when it is asked for.
"""

from tern.workshop.cpp.core import CHECKED, Core, CoreError, load_core
from tern.workshop.cpp.sources import FOLDER, HEADERS, check_folder, header_path, single_text

__all__ = [
    "CHECKED",
    "FOLDER",
    "HEADERS",
    "Core",
    "CoreError",
    "check_folder",
    "header_path",
    "load_core",
    "single_text",
]
