"""x86-64 with SSE2, and System V's calling convention, as tables. The syntax is Intel's."""

from __future__ import annotations

from tern.machine.description import LETTERS, Machine, Pattern, Registers, Shape, leaves

IMM = (-(2**31), 2**31 - 1)  # what fits an instruction as its constant
_P = Pattern


def _imm(t: str) -> Shape:
    return (f"constant.{t}", *IMM)


def _exactly(t: str, value: int) -> Shape:
    return (f"constant.{t}", value, value)


def _integers() -> list[Pattern]:
    rows = []
    for t in ("i1", "i32", "i64"):
        for op in ("andi", "ori", "xori"):
            rows += _two_address(op, op[:-1], t)
    for t in ("i32", "i64"):
        rows += _two_address("addi", "add", t)
        rows += _two_address("subi", "sub", t, commutes=False)
        rows += [
            _P((f"subi.{t}", _exactly(t, 0), "reg"), "neg {d}", 1, tied="b", memory="d"),
            _P((f"muli.{t}", "reg", "reg"), "imul {d}, {b}", 3, "a", True, memory="b"),
            _P((f"muli.{t}", "reg", _imm(t)), "imul {d}, {a}, {b}", 3, memory="a"),
        ]
        for op, name in (("shli", "shl"), ("shrsi", "sar"), ("shrui", "shr")):
            by = (f"constant.{t}", 0, 63)
            text = f"mov ecx, {{b:4}}\n{name} {{d}}, cl"
            rows += [
                _P((f"{op}.{t}", "reg", by), f"{name} {{d}}, {{b}}", 1, tied="a", memory="d"),
                _P((f"{op}.{t}", "reg", "reg"), text, 3, "a", memory="b d", clobbers=("rcx",)),
            ]
        rows += _addresses(t) + _divisions(t)
    return rows


def _two_address(op: str, name: str, t: str, commutes: bool = True) -> list[Pattern]:
    """`add d, b` replaces d by d + b: the first operand's register becomes the result's."""
    text = f"{name} {{d}}, {{b}}"
    return [
        _P((f"{op}.{t}", "reg", "reg"), text, 1, "a", commutes, memory="bd"),
        _P((f"{op}.{t}", "reg", _imm(t)), text, 1, "a", memory="d"),
    ]


def _addresses(t: str) -> list[Pattern]:
    """`lea` computes an address, base + index * scale + offset, and never looks at the memory."""
    add, scaled = f"addi.{t}", (f"shli.{t}", "reg", (f"constant.{t}", 1, 3))
    rows = [
        _P((add, "reg", _imm(t)), "lea {d}, [{a:8} + {b}]", 1),
        _P((add, "reg", scaled), "lea {d}, [{a:8} + {b:8}*{c:scale}]", 1),
        _P((add, scaled, "reg"), "lea {d}, [{c:8} + {a:8}*{b:scale}]", 1),
        _P((add, (add, "reg", "reg"), _imm(t)), "lea {d}, [{a:8} + {b:8} + {c}]", 1),
        _P((add, (add, "reg", _imm(t)), "reg"), "lea {d}, [{a:8} + {c:8} + {b}]", 1),
        _P((add, (add, "reg", scaled), _imm(t)), "lea {d}, [{a:8} + {b:8}*{c:scale} + {e}]", 1),
        _P((add, scaled, _imm(t)), "lea {d}, [{a:8}*{b:scale} + {c}]", 1),
    ]
    for factor in (3, 5, 9):
        text = f"lea {{d}}, [{{a:8}} + {{a:8}}*{factor - 1}]"
        rows.append(_P((f"muli.{t}", "reg", _exactly(t, factor)), text, 1))
    return rows


def _divisions(t: str) -> list[Pattern]:
    """`idiv` divides rdx:rax, and leaves the quotient in rax and the remainder in rdx."""
    a, d, extend = ("eax", "edx", "cdq") if t == "i32" else ("rax", "rdx", "cqo")
    cost = 26 if t == "i32" else 42
    rows = []
    for op, widen, divide, result in (
        ("divsi", extend, "idiv", a),
        ("remsi", extend, "idiv", d),
        ("divui", "xor edx, edx", "div", a),
        ("remui", "xor edx, edx", "div", d),
    ):
        text = f"mov {a}, {{a}}\n{widen}\n{divide} {{b}}\nmov {{d}}, {result}"
        rows.append(
            _P((f"{op}.{t}", "reg", "reg"), text, cost, late="b", memory="a b d",
               clobbers=("rax", "rdx"))
        )  # fmt: skip
    return rows


def _comparisons() -> list[tuple[Shape, str, str, str]]:
    """Of each comparison its shape, its text, its condition code, and what may be in memory."""
    codes = dict(zip("eq ne slt sle sgt sge ult ule ugt uge".split(),
                     "e ne l le g ge b be a ae".split()))  # fmt: skip
    found: list[tuple[Shape, str, str, str]] = []
    for t in ("i1", "i32", "i64"):
        for predicate, code in codes.items():
            shape = f"cmpi.{predicate}.{t}"
            found += [
                ((shape, "reg", "reg"), "cmp {a}, {b}", code, "ab"),
                ((shape, "reg", _imm(t)), "cmp {a}, {b}", code, "a"),
            ]
        for predicate in ("eq", "ne"):
            for mask in ("reg", _imm(t)):
                masked = (f"cmpi.{predicate}.{t}", (f"andi.{t}", "reg", mask), _exactly(t, 0))
                found.append((masked, "test {a}, {b}", codes[predicate], "a"))
    # ucomisd sets the flags as an unsigned comparison does, and all of them if one is NaN.
    for t, compare in (("f32", "ucomiss"), ("f64", "ucomisd")):
        straight = "ogt a oge ae ult b ule be one ne ueq e ord np uno p".split()
        for predicate, code in zip(straight[::2], straight[1::2]):
            shape = (f"cmpf.{predicate}.{t}", "reg", "reg")
            found.append((shape, f"{compare} {{a}}, {{b}}", code, "b"))
        for predicate, code in (("olt", "a"), ("ole", "ae"), ("ugt", "b"), ("uge", "be")):
            shape = (f"cmpf.{predicate}.{t}", "reg", "reg")
            found.append((shape, f"{compare} {{b}}, {{a}}", code, "a"))
    return found


def _conditions() -> list[Pattern]:
    """What is done with a comparison: keep it as 0 or 1, jump, stop the program, or select."""
    rows = []
    compared = _comparisons()
    for shape, text, code, memory in compared:
        keep = f"{text}\nset{code} {{d:1}}\nmovzx {{d:4}}, {{d:1}}"
        rows.append(_P(shape, keep, 3, memory=memory))
    for shape, text, code, memory in [*compared, ("reg", "test {a}, {a}", "ne", "")]:
        jump = f"{text}\nj{{cc}} {{then}}"
        rows += [
            _P((name, shape), jump, 2, memory=memory, condition=code)
            for name in ("branch", "check")
        ]
        compared_leaves = len(leaves(shape))
        then, otherwise = LETTERS[compared_leaves : compared_leaves + 2]
        for t in ("i1", "i32", "i64"):
            move = f"{text}\ncmov{code} {{d}}, {{{then}}}"
            words = f"{memory} {then}" if memory else then
            rows.append(_P((f"select.{t}", shape, "reg", "reg"), move, 2, otherwise, memory=words))
    for t in ("f32", "f64"):
        text = "test {a}, {a}\njne {label}\nmovaps {d}, {c}\n{label}:"
        rows.append(_P((f"select.{t}", "reg", "reg", "reg"), text, 3, tied="b"))
    return rows


def _floats() -> list[Pattern]:
    rows = []
    for t, s in (("f32", "ss"), ("f64", "sd")):
        for op, name, commutes, cost in (
            ("addf", "add", True, 4), ("subf", "sub", False, 4),
            ("mulf", "mul", True, 4), ("divf", "div", False, 13),
        ):  # fmt: skip
            text = f"{name}{s} {{d}}, {{b}}"
            rows.append(_P((f"{op}.{t}", "reg", "reg"), text, cost, "a", commutes, memory="b"))
        rows.append(_P((f"sqrt.{t}", "reg"), f"sqrt{s} {{d}}, {{a}}", 15, memory="a"))
        bits, move, wide = (32, "movd", 4) if t == "f32" else (64, "movq", 8)
        mov = "mov" if t == "f32" else "movabs"
        for op, mask, name in (("negf", 1 << (bits - 1), "xorps"),
                               ("absf", (1 << (bits - 1)) - 1, "andps")):  # fmt: skip
            text = f"{mov} {{s:{wide}}}, {mask}\n{move} {{fs}}, {{s:{wide}}}\n{name} {{d}}, {{fs}}"
            rows.append(_P((f"{op}.{t}", "reg"), text, 4, tied="a"))
        constant = f"{mov} {{s:{wide}}}, {{a}}\n{move} {{d}}, {{s:{wide}}}"
        i = "i32" if t == "f32" else "i64"
        rows += [
            _P((f"constant.{t}", 0, 2**bits - 1), constant, 2),
            _P(_exactly(t, 0), "xorps {d}, {d}", 1),
            _P((f"bitcast.{t}.{i}", "reg"), f"{move} {{d}}, {{a}}", 2),
            _P((f"bitcast.{i}.{t}", "reg"), f"{move} {{d}}, {{a}}", 2),
        ]
        for i in ("i32", "i64"):
            rows += [
                _P((f"sitofp.{i}.{t}", "reg"), f"cvtsi2{s} {{d}}, {{a}}", 5, memory="a"),
                _P((f"fptosi.{t}.{i}", "reg"), f"cvtt{s}2si {{d}}, {{a}}", 6, memory="a"),
            ]
    rows += [
        _P(("extf.f32.f64", "reg"), "cvtss2sd {d}, {a}", 5, memory="a"),
        _P(("truncf.f64.f32", "reg"), "cvtsd2ss {d}, {a}", 5, memory="a"),
    ]
    return rows


def _moves() -> list[Pattern]:
    same = "mov {d:4}, {a:4}"  # writing the lower half clears the upper one
    return [
        _P(("value",), "", 0),
        _P(("call",), "", 0),
        _P(("constant.i1", 0, 1), "mov {d}, {a}", 1, memory="d"),
        _P(("constant.i32", *IMM), "mov {d}, {a}", 1, memory="d"),
        _P(("constant.i64", *IMM), "mov {d}, {a}", 1, memory="d"),
        _P(("constant.i64", -(2**63), 2**63 - 1), "movabs {d}, {a}", 2),
        _P(("extsi.i32.i64", "reg"), "movsxd {d}, {a:4}", 1, memory="a"),
        _P(("extui.i32.i64", "reg"), same, 1, memory="a"),
        _P(("extui.i1.i32", "reg"), same, 1, memory="a"),
        _P(("extui.i1.i64", "reg"), same, 1, memory="a"),
        _P(("trunci.i64.i32", "reg"), same, 1, memory="a"),
        _P(("trunci.i32.i1", "reg"), f"{same}\nand {{d:4}}, 1", 2, memory="a"),
        _P(("trunci.i64.i1", "reg"), f"{same}\nand {{d:4}}, 1", 2, memory="a"),
    ]


def _spelling() -> dict[str, dict[int, str]]:
    names = {}
    for letter in "abcd":
        names[f"r{letter}x"] = {8: f"r{letter}x", 4: f"e{letter}x", 1: f"{letter}l"}
    for name in ("si", "di", "bp", "sp"):
        names[f"r{name}"] = {8: f"r{name}", 4: f"e{name}", 1: f"{name}l"}
    for number in range(8, 16):
        names[f"r{number}"] = {8: f"r{number}", 4: f"r{number}d", 1: f"r{number}b"}
    for number in range(16):
        names[f"xmm{number}"] = dict.fromkeys((4, 8), f"xmm{number}")
    return names


def _inverse() -> dict[str, str]:
    pairs = ["e ne", "l ge", "le g", "b ae", "be a", "p np"]
    both = [pair.split() for pair in pairs]
    return {**dict(both), **{b: a for a, b in both}}


GENERAL = Registers(
    # r15 has the stack pointer of whoever called the program: an error returns there at once.
    allocatable=("rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "rbx", "rbp", "r12", "r13", "r14"),
    saved=frozenset({"rbx", "rbp", "r12", "r13", "r14"}),
    scratch=("r10", "r11"),
    arguments=("rdi", "rsi", "rdx", "rcx", "r8", "r9"),
    results=("rax", "rdx", "rcx"),
)
FLOAT = Registers(
    allocatable=tuple(f"xmm{number}" for number in range(14)),
    saved=frozenset(),
    scratch=("xmm14", "xmm15"),
    arguments=tuple(f"xmm{number}" for number in range(8)),
    results=("xmm0", "xmm1", "xmm2", "xmm3"),
)

X86_64 = Machine(
    name="x86_64",
    patterns=tuple(_moves() + _integers() + _conditions() + _floats()),
    registers={"general": GENERAL, "float": FLOAT},
    spelling=_spelling(),
    inverse=_inverse(),
    expanded={"oeq": ("ueq", "ord", "andi"), "une": ("one", "uno", "ori")},
    native=frozenset({"remsi", "remui"}),
    text={
        "comment": "#",
        "class x": "float",
        "slot": "{size} ptr [rsp + {at}]",
        "enter": "sub rsp, {size}",
        "leave": "add rsp, {size}",
        "move general": "mov {to}, {from_}",
        "move float": "movaps {to}, {from_}",
        "load general": "mov {to}, {from_}",
        "load float": "movsd {to}, {from_}",
        "store general": "mov {to}, {from_}",
        "store float": "movsd {to}, {from_}",
        "jump": "jmp {target}",
        "call": "call {target}",
        "ret": "ret",
        "trap": "mov eax, {number}\njmp tern_stop",
        "deep": "lea r10, [rsp - {room}]\nadd r10, {limit}\ncmp r10, r15\njb {target}",
    },
    max_frame=1 << 20,
)
