"""AArch64, and the calling convention of its Procedure Call Standard (AAPCS64), as tables."""

from __future__ import annotations

from tern.machine.description import LETTERS, Machine, Pattern, Registers, Shape, leaves

_P = Pattern
_ANY = (-(2**63), 2**63 - 1)


def _between(t: str, least: int, greatest: int) -> Shape:
    return (f"constant.{t}", least, greatest)


def _integers() -> list[Pattern]:
    rows = []
    for t in ("i1", "i32", "i64"):
        for op, name in (("andi", "and"), ("ori", "orr"), ("xori", "eor")):
            rows.append(_P((f"{op}.{t}", "reg", "reg"), f"{name} {{d}}, {{a}}, {{b}}", 1))
            # A constant is a pattern of bits that repeats; of those, 2**k - 1 is the common one.
            for k in range(1, 8):
                shape = (f"{op}.{t}", "reg", _between(t, 2**k - 1, 2**k - 1))
                rows.append(_P(shape, f"{name} {{d}}, {{a}}, #{{b}}", 1))
    for t, width in (("i32", 32), ("i64", 64)):
        small, negative = _between(t, 0, 4095), _between(t, -4095, -1)
        shifted = (f"shli.{t}", "reg", _between(t, 0, width - 1))
        product = (f"muli.{t}", "reg", "reg")
        for op, name, other in (("addi", "add", "sub"), ("subi", "sub", "add")):
            rows += [
                _P((f"{op}.{t}", "reg", "reg"), f"{name} {{d}}, {{a}}, {{b}}", 1),
                _P((f"{op}.{t}", "reg", small), f"{name} {{d}}, {{a}}, #{{b}}", 1),
                _P((f"{op}.{t}", "reg", negative), f"{other} {{d}}, {{a}}, #{{b:neg}}", 1),
                _P((f"{op}.{t}", "reg", shifted), f"{name} {{d}}, {{a}}, {{b}}, lsl #{{c}}", 1),
            ]
        rows += [
            _P((f"addi.{t}", shifted, "reg"), "add {d}, {c}, {a}, lsl #{b}", 1),
            _P((f"subi.{t}", _between(t, 0, 0), "reg"), "neg {d}, {b}", 1),
            _P(product, "mul {d}, {a}, {b}", 3),
            _P((f"addi.{t}", "reg", product), "madd {d}, {b}, {c}, {a}", 3),
            _P((f"addi.{t}", product, "reg"), "madd {d}, {a}, {b}, {c}", 3),
            _P((f"subi.{t}", "reg", product), "msub {d}, {b}, {c}, {a}", 3),
            _P((f"divsi.{t}", "reg", "reg"), "sdiv {d}, {a}, {b}", 12),
            _P((f"divui.{t}", "reg", "reg"), "udiv {d}, {a}, {b}", 12),
        ]
        for op, name in (("shli", "lsl"), ("shrsi", "asr"), ("shrui", "lsr")):
            by = _between(t, 0, width - 1)
            rows += [
                _P((f"{op}.{t}", "reg", by), f"{name} {{d}}, {{a}}, #{{b}}", 1),
                _P((f"{op}.{t}", "reg", "reg"), f"{name} {{d}}, {{a}}, {{b}}", 1),
            ]
    return rows


def _comparisons() -> list[tuple[Shape, str, str]]:
    """Of each comparison its shape, its text, and its condition code."""
    codes = dict(zip("eq ne slt sle sgt sge ult ule ugt uge".split(),
                     "eq ne lt le gt ge lo ls hi hs".split()))  # fmt: skip
    found: list[tuple[Shape, str, str]] = []
    for t in ("i1", "i32", "i64"):
        for predicate, code in codes.items():
            shape = f"cmpi.{predicate}.{t}"
            found += [
                ((shape, "reg", "reg"), "cmp {a}, {b}", code),
                ((shape, "reg", _between(t, 0, 4095)), "cmp {a}, #{b}", code),
                ((shape, "reg", _between(t, -4095, -1)), "cmn {a}, #{b:neg}", code),
            ]
        for predicate in ("eq", "ne"):
            masked = (f"andi.{t}", "reg", "reg")
            shape = (f"cmpi.{predicate}.{t}", masked, _between(t, 0, 0))
            found.append((shape, "tst {a}, {b}", codes[predicate]))
            for k in range(1, 8):
                masked = (f"andi.{t}", "reg", _between(t, 2**k - 1, 2**k - 1))
                shape = (f"cmpi.{predicate}.{t}", masked, _between(t, 0, 0))
                found.append((shape, "tst {a}, #{b}", codes[predicate]))
    # fcmp clears N and Z and sets C and V if one is NaN: mi and ls are false then, lt and le true.
    codes = dict(zip("oeq une olt ole ogt oge ult ule ugt uge ord uno".split(),
                     "eq ne mi ls gt ge lt le hi pl vc vs".split()))  # fmt: skip
    for t in ("f32", "f64"):
        for predicate, code in codes.items():
            found.append(((f"cmpf.{predicate}.{t}", "reg", "reg"), "fcmp {a}, {b}", code))
    return found


def _conditions() -> list[Pattern]:
    """What is done with a comparison: keep it as 0 or 1, jump, stop the program, or select."""
    rows = []
    compared = _comparisons()
    for shape, text, code in compared:
        rows.append(_P(shape, f"{text}\ncset {{d:4}}, {code}", 2))
    for shape, text, code in [*compared, ("reg", "cmp {a}, #0", "ne")]:
        jump = f"{text}\nb.{{cc}} {{then}}"
        rows += [_P((name, shape), jump, 2, condition=code) for name in ("branch", "check")]
        at = len(leaves(shape))
        then, otherwise = LETTERS[at : at + 2]
        for t in ("i1", "i32", "i64", "f32", "f64"):
            name = "fcsel" if t[0] == "f" else "csel"
            choose = f"{text}\n{name} {{d}}, {{{then}}}, {{{otherwise}}}, {code}"
            rows.append(_P((f"select.{t}", shape, "reg", "reg"), choose, 2))
    for name in ("branch", "check"):
        zero = "cb{cc} {a}, {then}"  # compares with zero and jumps, in one
        rows.append(_P((name, "reg"), zero, 1, condition="nz"))
        for t in ("i32", "i64"):
            for predicate, code in (("eq", "z"), ("ne", "nz")):
                shape = (f"cmpi.{predicate}.{t}", "reg", _between(t, 0, 0))
                rows.append(_P((name, shape), zero, 1, condition=code))
    return rows


def _floats() -> list[Pattern]:
    rows = []
    for t, i, bits in (("f32", "i32", 32), ("f64", "i64", 64)):
        for op, name, cost in (
            ("addf", "fadd", 4), ("subf", "fsub", 4), ("mulf", "fmul", 4), ("divf", "fdiv", 13),
            ("maximumf", "fmax", 2), ("minimumf", "fmin", 2),
        ):  # fmt: skip
            rows.append(_P((f"{op}.{t}", "reg", "reg"), f"{name} {{d}}, {{a}}, {{b}}", cost))
        for op, name, cost in (("sqrt", "fsqrt", 15), ("negf", "fneg", 2), ("absf", "fabs", 2)):
            rows.append(_P((f"{op}.{t}", "reg"), f"{name} {{d}}, {{a}}", cost))
        width, zero = (4, "wzr") if t == "f32" else (8, "xzr")
        parts = _wide("s", width, bits // 16)
        rows += [
            _P(_between(t, 0, 2**bits - 1), f"{parts}\nfmov {{d}}, {{s:{width}}}", bits // 16 + 1),
            _P(_between(t, 0, 0), f"fmov {{d}}, {zero}", 1),
            _P((f"bitcast.{t}.{i}", "reg"), "fmov {d}, {a}", 2),
            _P((f"bitcast.{i}.{t}", "reg"), "fmov {d}, {a}", 2),
        ]
        for i in ("i32", "i64"):
            rows += [
                _P((f"sitofp.{i}.{t}", "reg"), "scvtf {d}, {a}", 5),
                _P((f"fptosi.{t}.{i}", "reg"), "fcvtzs {d}, {a}", 5),
            ]
    rows += [
        _P(("extf.f32.f64", "reg"), "fcvt {d}, {a}", 3),
        _P(("truncf.f64.f32", "reg"), "fcvt {d}, {a}", 3),
    ]
    return rows


def _wide(register: str, width: int, groups: int) -> str:
    """A constant, 16 bits at a time: an instruction of four bytes has room for no more."""
    target = f"{{{register}:{width}}}"
    later = [f"movk {target}, #{{a:h{k}}}, lsl #{16 * k}" for k in range(1, groups)]
    return "\n".join([f"movz {target}, #{{a:h0}}", *later])


def _moves() -> list[Pattern]:
    rows = [
        _P(("value",), "", 0),
        _P(("call",), "", 0),
        _P(_between("i1", 0, 1), "mov {d}, #{a}", 1),
    ]
    for t, width in (("i32", 4), ("i64", 8)):
        rows += [
            _P(_between(t, -(2**16), 2**16 - 1), "mov {d}, #{a}", 1),
            _P(_between(t, *_ANY), _wide("d", width, width // 2), width // 2),
        ]
    same = "mov {d:4}, {a:4}"  # writing the lower half clears the upper one
    return rows + [
        _P(("extsi.i32.i64", "reg"), "sxtw {d:8}, {a:4}", 1),
        _P(("extui.i32.i64", "reg"), same, 1),
        _P(("extui.i1.i32", "reg"), same, 1),
        _P(("extui.i1.i64", "reg"), same, 1),
        _P(("trunci.i64.i32", "reg"), same, 1),
        _P(("trunci.i32.i1", "reg"), "and {d:4}, {a:4}, #1", 1),
        _P(("trunci.i64.i1", "reg"), "and {d:4}, {a:4}, #1", 1),
    ]


def _spelling() -> dict[str, dict[int, str]]:
    names = {f"x{number}": {8: f"x{number}", 4: f"w{number}"} for number in range(31)}
    names.update({f"d{number}": {8: f"d{number}", 4: f"s{number}"} for number in range(32)})
    return names


def _inverse() -> dict[str, str]:
    pairs = ["eq ne", "lt ge", "le gt", "lo hs", "ls hi", "mi pl", "vs vc", "z nz"]
    both = [pair.split() for pair in pairs]
    return {**dict(both), **{b: a for a, b in both}}


GENERAL = Registers(
    # x18 is the platform's. x28 has the stack pointer of whoever called the program: an error
    # returns there at once.
    allocatable=tuple(f"x{number}" for number in (*range(14), *range(19, 28))),
    saved=frozenset(f"x{number}" for number in range(19, 28)),
    scratch=("x14", "x15", "x16", "x17"),
    arguments=tuple(f"x{number}" for number in range(8)),
    results=tuple(f"x{number}" for number in range(8)),
)
FLOAT = Registers(
    allocatable=tuple(f"d{number}" for number in (*range(8), *range(16, 28), *range(8, 16))),
    saved=frozenset(f"d{number}" for number in range(8, 16)),
    scratch=("d28", "d29", "d30", "d31"),
    arguments=tuple(f"d{number}" for number in range(8)),
    results=tuple(f"d{number}" for number in range(8)),
)

AARCH64 = Machine(
    name="aarch64",
    patterns=tuple(_moves() + _integers() + _conditions() + _floats()),
    registers={"general": GENERAL, "float": FLOAT},
    spelling=_spelling(),
    inverse=_inverse(),
    expanded={"one": ("olt", "ogt", "ori"), "ueq": ("oeq", "uno", "ori")},
    native=frozenset({"maximumf", "minimumf"}),
    text={
        "comment": "//",
        "class d": "float",
        "slot": "[sp, #{at}]",
        "enter": "sub sp, sp, #{size}",
        "leave": "add sp, sp, #{size}",
        "move general": "mov {to}, {from_}",
        "move float": "fmov {to}, {from_}",
        "load general": "ldr {to}, {from_}",
        "load float": "ldr {to}, {from_}",
        "store general": "str {from_}, {to}",
        "store float": "str {from_}, {to}",
        "jump": "b {target}",
        "call": "bl {target}",
        "ret": "ret",
        "trap": "mov w0, #{number}\nb tern_stop",
        "deep": "sub x14, x28, #{limit}\ncmp sp, x14\nb.lo {target}",
    },
    max_frame=4080,
    link="x30",
)
