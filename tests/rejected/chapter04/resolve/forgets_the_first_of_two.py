# fails: tests
# says: takes both of its definitions along|expected
# A name that is defined twice in a scope is popped once.
def resolve(events: Sequence[Event]) -> tuple[list[int | None], dict[int, str]]:
    """The definition that each use of a name means, and suggestions for names that mean nothing.

    `events` are ("enter", "") and ("leave", ""), the ends of a scope; ("define", name); and
    ("use", name). Scopes nest. What comes before the first "enter" is in a scope, too.

    The first result has an item for each event, by numbers of events: for a use, the definition
    that it means, the last one in the innermost open scope that has one; for a definition, the
    last one of the same name in the same scope; else None. The second one has, for each of the
    first MAX_ERRORS uses that mean nothing, the `nearest` of the names that mean something there,
    if one is near.

    O(events), however deep the scopes; besides, a suggestion looks at all names.
    """
    visible: dict[str, list[tuple[int, int]]] = {}  # definitions, the last innermost: event, depth
    defined: list[list[str]] = [[]]  # in each open scope
    found: list[int | None] = []
    suggestions: dict[int, str] = {}
    unknown = 0
    for number, (kind, name) in enumerate(events):
        meant = None
        if kind == "enter":
            defined.append([])
        elif kind == "leave":
            for gone in defined.pop():
                visible[gone].pop()
                if not visible[gone]:
                    del visible[gone]
        elif kind == "define":
            definitions = visible.setdefault(name, [])
            if definitions and definitions[-1][1] == len(defined):
                meant = definitions[-1][0]
            definitions.append((number, len(defined)))
            if meant is None:
                defined[-1].append(name)
        elif name in visible:
            meant = visible[name][-1][0]
        else:
            unknown += 1
            near = nearest(name, visible) if unknown <= MAX_ERRORS else None
            if near is not None:
                suggestions[number] = near
        found.append(meant)
    return found, suggestions
