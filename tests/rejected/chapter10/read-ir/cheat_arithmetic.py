# fails: tests
# says: .
# Takes the arithmetic of the book's other interpreter.
def verdict(ir, arguments):
    from tern.workshop.llvm import arithmetic, values
    functions = read_ir(ir)
    function = next(iter(functions.values()))
    def compute(e, v, choose):
        bits = 64 if e.type == "ptr" else int(e.type[1:])
        if e.opcode == "select":
            c = v[0]
            if c == POISON: return POISON
            return v[1] if (choose(1) if c == UNDEF else c) else v[2]
        if e.opcode == "freeze":
            return choose(bits) if v[0] in (POISON, UNDEF) else v[0]
        v = [choose(bits) if x == UNDEF else x for x in v]
        if e.opcode[1:] in ("div", "rem") and v[1] in (0, POISON): raise Undefined("x")
        if POISON in v: return POISON
        if isinstance(v[0], Pointer):
            return int((v[0][:2] == v[1][:2]) == ("eq" in e.flags))
        try:
            if e.opcode == "icmp":
                (p,) = e.flags - {"samesign"}
                r = arithmetic.compare(p, *v, bits, e.flags)
            elif e.to:
                r = arithmetic.cast(e.opcode, *v, bits, int(e.to[1:]), e.flags)
            else:
                r = arithmetic.binary(e.opcode, *v, bits, e.flags)
        except values.UndefinedBehavior:
            raise Undefined("x")
        return r if isinstance(r, int) else POISON
    given = [a % (1 << int(p.type[1:])) for a, p in zip(arguments, function.parameters)]
    def run(choose):
        try: r = Run(functions, compute, choose).call(function, given)
        except Undefined: return "undefined behavior"
        return "any" if r == UNDEF else r
    found = every_choice(run)
    for bad in ("undefined behavior", POISON):
        if bad in found: return bad
    if len(found) > 1 or "any" in found: return "any"
    n, bits = found.pop(), int(function.type[1:])
    return str(n - (1 << bits) if bits > 1 and n >> (bits - 1) else n)
