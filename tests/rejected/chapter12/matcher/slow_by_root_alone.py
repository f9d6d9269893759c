# fails: speed
# says: questions
# Shares the first question, and none of the others.
def matcher(rules, ask=ask):
    by_root = {}
    for rule in sorted(rules, key=lambda rule: -rule.benefit):
        by_root.setdefault(rule.root, []).append(rule)

    def match(op: Operation) -> list[Rule]:
        return [
            rule
            for rule in by_root.get(ask(op, (), "name"), ())
            if all(ask(op, path, question) == answer for path, question, answer in rule.tests)
        ]

    return match
