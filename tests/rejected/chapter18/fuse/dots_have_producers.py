# fails: tests
# says: has a kernel for itself
# A producer goes into the kernel of its only user, whatever that is.
def fuse(computation):
    users = {}
    for name in needed(computation):
        for each in set(operands(computation, name)):
            users.setdefault(each, []).append(name)
    kernels = [[name] for name in needed(computation)]
    for name in reversed(needed(computation)):
        if len(users.get(name, [])) == 1 and name not in results(computation):
            rest = [each for each in kernels if name not in each and users[name][0] not in each]
            both = [each for each in kernels if name in each or users[name][0] in each]
            tried = in_order(computation, [*rest, sum(both, [])])
            wrong = mistake(computation, tried) if tried else "cycle"
            if not wrong or "kernel for itself" in wrong:
                kernels = tried
    return kernels
