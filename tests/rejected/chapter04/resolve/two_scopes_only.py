# fails: tests
# says: smallest counterexample|After a scope
# Right for the visible tests, which never nest twice.
def resolve(events):
    scopes, found, suggestions, unknown = [{}], [], {}, 0
    for number, (kind, name) in enumerate(events):
        meant = None
        if kind == "enter":
            scopes.append({})
        elif kind == "leave":
            scopes.pop()
        elif kind == "define":
            meant = scopes[-1].get(name)
            scopes[-1][name] = number
        else:
            for scope in (scopes[-1], scopes[0]):
                if name in scope:
                    meant = scope[name]
                    break
            else:
                unknown += 1
                if unknown <= MAX_ERRORS:
                    near = nearest(name, {each for scope in scopes for each in scope})
                    if near is not None:
                        suggestions[number] = near
        found.append(meant)
    return found, suggestions
