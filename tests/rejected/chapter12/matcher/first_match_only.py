# fails: tests
# says: matches
# The driver needs the others, when a condition of the first does not hold.
def matcher(rules, ask=ask):
    ordered = sorted(rules, key=lambda rule: -rule.benefit)

    def match(op: Operation) -> list[Rule]:
        for rule in ordered:
            if all(ask(op, path, question) == answer for path, question, answer in rule.tests):
                return [rule]
        return []

    return match
