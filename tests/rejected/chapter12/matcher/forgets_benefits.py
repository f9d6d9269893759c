# fails: tests
# says: best first
def matcher(rules, ask=ask):
    ordered = list(rules)

    def match(op: Operation) -> list[Rule]:
        return [
            rule
            for rule in ordered
            if all(ask(op, path, question) == answer for path, question, answer in rule.tests)
        ]

    return match
