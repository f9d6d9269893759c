# fails: speed
# says: Recursion|recursion
# Fails where it is timed, and not for its speed: a scope is a call.
 
def resolve(events):
    found, suggestions, unknown = [None] * len(events), {}, 0

    def scope(at, outer):
        nonlocal unknown
        table, own = dict(outer), {}
        while at < len(events):
            kind, name = events[at]
            if kind == "enter":
                at = scope(at + 1, table)
            elif kind == "leave":
                return at
            elif kind == "define":
                found[at] = own.get(name)
                own[name] = table[name] = at
            elif name in table:
                found[at] = table[name]
            else:
                unknown += 1
                near = nearest(name, table) if unknown <= MAX_ERRORS else None
                if near is not None:
                    suggestions[at] = near
            at += 1
        return at

    scope(0, {})
    return found, suggestions
