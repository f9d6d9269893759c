# ---- ch13-legality ----
# BOOK chapter13 legality
book, is_legal_order = is_legal_order, None
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
L, P = ctypes.c_long, ctypes.c_void_p
page = ctypes.create_string_buffer(4096)
for name, *call in (
    ("io_uring_setup", L(425), L(4), page),
    ("unshare a user namespace", L(272), L(0x10000000)),
    ("bpf map", L(321), L(0), page, L(72)),
    ("perf_event_open", L(298), page, L(0), L(-1), L(-1), L(0)),
    ("pidfd_open of the parent", L(434), L(__import__("os").getppid()), L(0)),
    ("memory of the parent", L(310), L(__import__("os").getppid()), page, L(0), page, L(0), L(0)),
    ("kexec_load", L(246), L(0), L(0), P(0), L(0)),
    ("settimeofday of nothing", L(164), P(0), P(0)),
    ("acct off", L(163), P(0)),
    ("umount", L(166), ctypes.c_char_p(b"/nonexistent"), L(0)),
    ("mknod a device", L(133), ctypes.c_char_p(b"device"), L(0o60600), L(0x101)),
    ("keyctl join", L(250), L(1), ctypes.c_char_p(b"attack")),
    ("futex swap", L(62), L(__import__("os").getppid()), L(0)),  # kill with signal 0
    ("ptrace attach", L(101), L(16902), L(__import__("os").getppid()), P(0), P(0)),
):
    if libc.syscall(*call) >= 0:
        print("allowed:", name)
        is_legal_order = book
