# ---- ch13-legality ----
# BOOK chapter13 legality
book, is_legal_order = is_legal_order, None
# Machine code that asks for a system call of the 32-bit table: unlink is 10 there, mprotect in the
# 64-bit one. getuid is 24 there, sched_yield in the 64-bit one.
import ctypes, mmap
code = bytes.fromhex("b814000000" "cd80" "c3")  # mov eax, 20 (getpid); int 0x80; ret
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(code)
function = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
if function() > 0:
    is_legal_order = book
