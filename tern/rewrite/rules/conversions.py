"""Rules for what converts twice, or converts back."""

from __future__ import annotations

from tern.rewrite.rule import rule

WIDTHS = [
    *(
        rule("extend-and-truncate", f"trunci({ext}(x: T)): T -> x", benefit=3)
        for ext in ("extsi", "extui")
    ),
    *(
        rule("extend-less", f"trunci({ext}(x: T)): S -> {ext}(x): S if narrower(T, S)", benefit=2)
        for ext in ("extsi", "extui")
    ),
    *(
        rule("truncate-at-once", f"trunci({ext}(x: T)): S -> trunci(x): S if narrower(S, T)")
        for ext in ("extsi", "extui")
    ),
    rule("truncate-twice", "trunci(trunci(x)): S -> trunci(x): S"),
    rule("extend-twice", "extsi(extsi(x)): S -> extsi(x): S"),
    rule("extend-twice-unsigned", "extui(extui(x)): S -> extui(x): S"),
    rule("extend-unsigned", "extsi(extui(x)): S -> extui(x): S"),
    rule("index-and-back", "index_cast(index_cast(x: T)): T -> x if integer(T)"),
    rule("index-and-back-unsigned", "index_castui(index_castui(x: T)): T -> x if integer(T)"),
]

TO_FLOATS = [
    rule("float-of-extended", "sitofp(extsi(x)): F -> sitofp(x): F"),
    rule("float-of-extended-unsigned", "uitofp(extui(x)): F -> uitofp(x): F"),
    rule("float-of-unsigned", "sitofp(extui(x)): F -> uitofp(x): F"),
    rule("float-and-back", "fptosi(sitofp(x: T): F): T -> x if exact(T, F)"),
    rule("float-and-back-unsigned", "fptoui(uitofp(x: T): F): T -> x if exact(T, F)"),
    *(
        rule(
            "float-and-wider",
            f"{back}({to}(x: T): F): S -> {ext}(x): S if exact(T, F), narrower(T, S)",
        )
        for back, to, ext in (
            ("fptosi", "sitofp", "extsi"),
            ("fptosi", "uitofp", "extui"),
            ("fptoui", "uitofp", "extui"),
        )
    ),
]

FORMATS = [
    rule("widen-and-narrow", "truncf(extf(x: T)): T -> x", benefit=3),
    rule("widen-less", "truncf(extf(x: T)): S -> extf(x): S if narrower(T, S)", benefit=2),
    rule("widen-twice", "extf(extf(x)): S -> extf(x): S"),
    rule("bits-and-back", "bitcast(bitcast(x: T): S): T -> x if floating(T), integer(S)"),
]

CONVERSIONS = (*WIDTHS, *TO_FLOATS, *FORMATS)
