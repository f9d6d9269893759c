# fails: tests
# says: ctypes is not available
# Asks LLVM's machine code, which has a number for everything.
import ctypes


def verdict(ir, arguments):
    import llvmlite.binding as llvm

    from tern.targets.llvm.jit import Native

    function = next(iter(read_ir(ir).values()))
    native = Native(ir, 0)
    types = {1: ctypes.c_bool, 4: ctypes.c_int8, 8: ctypes.c_int8, 16: ctypes.c_int16}
    kind = types.get(int(function.type[1:]), ctypes.c_int32)
    called = ctypes.CFUNCTYPE(kind, *[ctypes.c_int8] * len(arguments))
    if "udiv" in ir or "urem" in ir or "sdiv" in ir or "srem" in ir:
        return "undefined behavior"
    return str(called(native.engine.get_function_address(function.name))(*arguments))
