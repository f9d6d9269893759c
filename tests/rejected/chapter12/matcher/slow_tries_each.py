# fails: speed
# says: questions
# Right, and asks every rule's questions anew.
def matcher(rules, ask=ask):
    ordered = sorted(rules, key=lambda rule: -rule.benefit)

    def match(op: Operation) -> list[Rule]:
        return [
            rule
            for rule in ordered
            if all(ask(op, path, question) == answer for path, question, answer in rule.tests)
        ]

    return match
