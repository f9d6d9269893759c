# fails: tests
# says: matches
# Looks at the names of operations, and neither at numbers nor at what must be equal.
def matcher(rules, ask=ask):
    ordered = sorted(rules, key=lambda rule: -rule.benefit)

    def match(op: Operation) -> list[Rule]:
        return [
            rule
            for rule in ordered
            if all(ask(op, p, q) == answer for p, q, answer in rule.tests if q == "name")
        ]

    return match
