# fails: speed
# says: \bn\b|bar
# Right, but a use looks into every scope there is.
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
            for scope in reversed(scopes):
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
