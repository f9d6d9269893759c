# fails: tests
# says: that one is gone
def resolve(events):
    ever, scopes, found, suggestions, unknown = set(), [{}], [], {}, 0
    for number, (kind, name) in enumerate(events):
        meant = None
        if kind == "enter":
            scopes.append({})
        elif kind == "leave":
            scopes.pop()
        elif kind == "define":
            meant = scopes[-1].get(name)
            scopes[-1][name] = number
            ever.add(name)
        else:
            for scope in reversed(scopes):
                if name in scope:
                    meant = scope[name]
                    break
            else:
                unknown += 1
                if unknown <= MAX_ERRORS:
                    near = nearest(name, ever)
                    if near is not None:
                        suggestions[number] = near
        found.append(meant)
    return found, suggestions
