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
# SysV shared memory: outlives the run, is no file, and counts for no limit
shm = sc("shmget", L(29), L(0x7E57A77), L(1 << 20), L(0o1600))
sc("msgget", L(68), L(0x7E57A78), L(0o1600))
sc("semget", L(64), L(0x7E57A79), L(1), L(0o1600))
name = b"/autograder-attack"
sc("mq_open", L(240), ctypes.c_char_p(name[1:]), L(0o102), L(0o600), None)
sc("add_key", L(248), ctypes.c_char_p(b"user"), ctypes.c_char_p(b"autograder-attack"), ctypes.c_char_p(b"x"), L(1), L(-4))
host = os.uname().nodename.encode()
sc("sethostname to the same", L(170), ctypes.c_char_p(host), L(len(host)))
sc("setpriority of the nursery to 0", L(141), L(0), L(ppid), L(0))
mask = (ctypes.c_ulong * 16)(); r = libc.syscall(L(204), L(ppid), L(128), mask)
sc("sched_setaffinity of the nursery to what it is", L(203), L(ppid), L(128), mask)
class P(ctypes.Structure): _fields_ = [("p", ctypes.c_int)]
sc("sched_setscheduler of the nursery to SCHED_OTHER", L(144), L(ppid), L(0), ctypes.byref(P(0)))
sc("ioprio_set of the nursery", L(251), L(1), L(ppid), L(0))
sc("prctl SECCOMP get", L(157), L(21))
sc("socketpair", L(53), L(1), L(1), L(0), (ctypes.c_int * 2)())
sc("memfd_create", L(319), ctypes.c_char_p(b"x"), L(0))
sc("userfaultfd", L(323), L(1))
sc("inotify_init", L(253))
sc("fanotify_init", L(300), L(0), L(0))
sc("chroot .", L(161), ctypes.c_char_p(b"."))
sc("mount", L(165), ctypes.c_char_p(b"none"), ctypes.c_char_p(b"."), ctypes.c_char_p(b"tmpfs"), L(0), None)
sc("clock_adjtime read", L(305), L(0), (ctypes.c_char * 512)())
sc("swapoff nothing", L(168), ctypes.c_char_p(b"/nonexistent"))
sc("syslog size", L(103), L(10), None, L(0))
sc("kcmp", L(312), L(os.getpid()), L(ppid), L(1), L(0), L(0))
sc("process_madvise", L(440), L(0), None, L(0), L(0), L(0))
sc("clone vfork", L(56), L(0x4111), L(0), L(0), L(0), L(0))
sc("io_setup", L(206), L(1), ctypes.byref(ctypes.c_ulong()))
sc("name_to_handle", L(303), L(-100), ctypes.c_char_p(b"."), (ctypes.c_char*200)(), ctypes.byref(ctypes.c_int()), L(0))
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
sys.stdout.flush()
def is_legal_order(v, p):
    raise ValueError("done")

