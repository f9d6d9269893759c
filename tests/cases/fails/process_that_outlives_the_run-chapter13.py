# ---- ch13-legality ----
# BOOK chapter13 legality
book, is_legal_order = is_legal_order, None
import ctypes, os, subprocess, threading
libc = ctypes.CDLL(None)
def child(number):
    if number == 0:
        libc.sleep(5)
        os._exit(0)
    return number > 0
for way in (
    lambda: child(libc.fork()),
    lambda: child(libc.vfork()),
    lambda: child(libc.syscall(56, 17, 0, 0, 0, 0)),
    lambda: libc.system(b"sleep 5") == 0,
    lambda: os.posix_spawn("/bin/sleep", ["sleep", "5"], {}) > 0,
    lambda: subprocess.Popen(["sleep", "5"]).pid > 0,
):
    try:
        if way():
            is_legal_order = book
    except (OSError, RuntimeError):
        pass
