# ---- ch13-legality ----

import ctypes, os, errno
libc = ctypes.CDLL(None, use_errno=True)
def sc(name, *a):
    ctypes.set_errno(0)
    r = libc.syscall(*a)
    e = ctypes.get_errno()
    print(name, r, errno.errorcode.get(e, e) if r < 0 else "ALLOWED")
    return r
L = ctypes.c_long
judge = None
import sys
ppid = os.getppid()   # the nursery

# O_ASYNC: SIGIO/any signal to a process of one's choice
import fcntl, signal
a, b = os.pipe()
for who in (ppid,):
    try:
        fcntl.fcntl(a, fcntl.F_SETOWN, who)
        fcntl.fcntl(a, 10, int(signal.SIGURG))   # F_SETSIG: what is ignored by default
        fcntl.fcntl(a, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
        print("F_SETOWN nursery: set, owner", fcntl.fcntl(a, fcntl.F_GETOWN))
        os.write(b, b"x")
    except OSError as error:
        print("F_SETOWN", error)
for path in ("/proc/self/mem", "/proc/self/maps", f"/proc/{ppid}/environ", "/etc/shadow", "/sys/kernel/mm", "/etc/hostname", "/dev/shm", "/tmp",
             "PLACE/solutions/chapter13/chapter13.ipynb", "PLACE/tests/rejected", "PLACE", "PLACE/.git/HEAD",
             "PLACE/tern/workshop/loops/matmul.py", "PLACE/tern/analysis/dependence.py", "/dev/mem", "/dev/vda", "/dev/kvm", "/run", "/var/log"):
    try:
        d = os.open(path, os.O_RDONLY)
        print("OPENED", path)
        os.close(d)
    except OSError as error:
        print("no", path, error.strerror)
for path in ("/sys/kernel/mm/transparent_hugepage/enabled", "/dev/null"):
    try:
        d = os.open(path, os.O_WRONLY); print("OPENED for writing", path); os.close(d)
    except OSError as error:
        print("no writing", path, error.strerror)
import linecache
print("linecache:", [k for k in linecache.cache if "tern" in k])
print("fds:", [d for d in range(64) if not libc.fcntl(d, 1) < 0])
try:
    os.chmod("PLACE", 0o644); print("CHMOD of a file outside ALLOWED")
except OSError as error: print("chmod", error)
try:
    os.utime("PLACE"); print("UTIME of a file outside ALLOWED")
except OSError as error: print("utime", error)
try:
    os.setxattr("PLACE", "user.attack", b"1"); print("SETXATTR of a file outside ALLOWED")
except OSError as error: print("setxattr", error)
try:
    os.chown("PLACE", 0, 0); print("CHOWN outside ALLOWED")
except OSError as error: print("chown", error)
try:
    print("STAT outside ALLOWED", os.stat("PLACE/solutions/chapter13/chapter13.ipynb").st_size)
except OSError as error: print("stat", error)

print("nice of the nursery 5:", os.setpriority(os.PRIO_PROCESS, ppid, 5))
print("sys.path:", sys.path[:3], "cwd", os.getcwd())
sys.stdout.flush()
def is_legal_order(v, p):
    raise ValueError("done")

