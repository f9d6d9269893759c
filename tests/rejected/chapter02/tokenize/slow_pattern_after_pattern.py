# fails: speed
# says: bar|still running
# Tries one pattern after another on each character.
import re

PATTERNS = [
    ("gap", r"[ \t\r\n]"),
    ("comment", r"//[^\n]*"),
    *[(word, word + r"(?![A-Za-z_0-9])") for word in sorted(KEYWORDS)],
    ("bad", r"[0-9]++(?:\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+[A-Za-z_0-9]+"),
    ("float", r"[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+"),
    ("integer", r"[0-9]+"),
    ("name", r"[A-Za-z_][A-Za-z_0-9]*"),
    *[(sign, re.escape(sign)) for sign in sorted(SIGNS, key=len, reverse=True)],
]


def tokenize(source):
    source = as_source(source)
    text, start, tokens, wrong = source.text, 0, [], []
    while start < len(text):
        for kind, pattern in PATTERNS:
            match = re.compile(pattern).match(text, start)
            if match:
                end = match.end()
                if kind == "bad":
                    wrong.append((start, end))
                elif kind not in ("gap", "comment"):
                    tokens.append(Token(kind, match.group(), Span(start, end)))
                start = end
                break
        else:
            if wrong and wrong[-1][1] == start and text[wrong[-1][0]] not in DIGITS:
                wrong[-1] = wrong[-1][0], start + 1
            else:
                wrong.append((start, start + 1))
            start += 1
    if wrong:
        raise combined([Diagnostic("not tern", span, source) for span in wrong])
    tokens.append(Token("end", "", Span(len(text), len(text))))
    return tokens
