"""What emitted C++ is built on: functions that it calls, and a type of vectors. No headers.

C++17 has no vectors. GCC has, and Clang knows them too: a type with the attribute `vector_size`,
for which all operators work lane by lane. `Vector` puts several of these side by side where the
lanes are more than a register has. A function that the language has not, such as a root, is a loop
over lanes there: compilers make one instruction of it.
"""

from __future__ import annotations

import re

OF_ONE = ("fabs", "sqrt", "floor", "ceil", "rint", "exp", "log", "sin", "cos", "tanh", "erf")
"""Functions of a float and of a double, which the compiler knows, or a library has."""

OF_TWO = ("fmod", "pow")

VECTOR = """\
// N numbers side by side: in one register, or else as two halves.
#if defined(__AVX512F__)
constexpr int REGISTER = 64;  // bytes
#elif defined(__AVX__)
constexpr int REGISTER = 32;
#else
constexpr int REGISTER = 16;
#endif
template <class T, int N, bool split = (N * sizeof(T) > REGISTER)> struct Vector;

template <int bytes> struct Integer { using type = i64; };
template <> struct Integer<4> { using type = int; };
template <> struct Integer<1> { using type = signed char; };

#define OPERATOR(sign) \\
    friend INLINE Vector operator sign(Vector a, Vector b) { return of(a.v sign b.v); }
#define COMPARE(sign) \\
    friend INLINE Mask operator sign(Vector a, Vector b) { \\
        return Mask::of((typename Mask::Native)(a.v sign b.v)); \\
    }
#define ARRAY(of_v, x) T of_v[N]; __builtin_memcpy(of_v, &x.v, sizeof of_v)
#define IN_LANES(name) \\
    friend INLINE Vector name(Vector x) { \\
        ARRAY(of_x, x); \\
        for (int k = 0; k < N; ++k) of_x[k] = name(of_x[k]); \\
        __builtin_memcpy(&x.v, of_x, sizeof of_x); \\
        return x; \\
    }
#define IN_LANES_OF_TWO(name) \\
    friend INLINE Vector name(Vector x, Vector y) { \\
        for (int k = 0; k < N; ++k) x.v[k] = name(x.v[k], y.v[k]); \\
        return x; \\
    }
template <class T, int N> struct Vector<T, N, false> {
    typedef T Native __attribute__((vector_size(N * sizeof(T))));
    using Element = T;
    using Mask = Vector<typename Integer<sizeof(T)>::type, N>;  // 0 or -1 in each lane
    static constexpr int lanes = N;
    static constexpr bool is_split = false;
    Native v;

    Vector() = default;
    INLINE Vector(T x) : v(x - Native{}) {}
    static INLINE Vector of(Native x) {
        Vector r;
        r.v = x;
        return r;
    }
    OPERATOR(+) OPERATOR(-) OPERATOR(*) OPERATOR(/) OPERATOR(%)
    OPERATOR(&) OPERATOR(|) OPERATOR(^) OPERATOR(<<) OPERATOR(>>)
    COMPARE(==) COMPARE(!=) COMPARE(<) COMPARE(<=) COMPARE(>) COMPARE(>=)
    friend INLINE Vector operator-(Vector a) { return of(-a.v); }
    friend INLINE Vector select(Mask m, Vector a, Vector b) { return of(m.v ? a.v : b.v); }
    friend INLINE Vector fma(Vector a, Vector b, Vector c) {
#if defined(__clang__) && (defined(__FMA__) || defined(__aarch64__))
#pragma STDC FP_CONTRACT ON
        return of(a.v * b.v + c.v);
#else
        ARRAY(of_a, a);
        ARRAY(of_b, b);
        ARRAY(of_c, c);
        for (int k = 0; k < N; ++k) of_c[k] = fma(of_a[k], of_b[k], of_c[k]);
        __builtin_memcpy(&c.v, of_c, sizeof of_c);
        return c;
#endif
    }
    EACH_IN_LANES
};
#undef OPERATOR
#undef COMPARE
#undef ARRAY
#undef IN_LANES
#undef IN_LANES_OF_TWO

#define OPERATOR(Result, sign) \\
    friend INLINE Result operator sign(Vector a, Vector b) { \\
        return Result(a.low sign b.low, a.high sign b.high); \\
    }
#define IN_LANES(name) \\
    friend INLINE Vector name(Vector a) { return Vector(name(a.low), name(a.high)); }
#define IN_LANES_OF_TWO(name) \\
    friend INLINE Vector name(Vector a, Vector b) { \\
        return Vector(name(a.low, b.low), name(a.high, b.high)); \\
    }
template <class T, int N> struct Vector<T, N, true> {
    using Half = Vector<T, N / 2>;
    using Element = T;
    using Mask = Vector<typename Integer<sizeof(T)>::type, N>;
    static constexpr int lanes = N;
    static constexpr bool is_split = true;
    Half low, high;

    Vector() = default;
    INLINE Vector(T x) : low(x), high(x) {}
    INLINE Vector(Half a, Half b) : low(a), high(b) {}
    OPERATOR(Vector, +) OPERATOR(Vector, -) OPERATOR(Vector, *) OPERATOR(Vector, /)
    OPERATOR(Vector, %) OPERATOR(Vector, &) OPERATOR(Vector, |) OPERATOR(Vector, ^)
    OPERATOR(Vector, <<) OPERATOR(Vector, >>) OPERATOR(Mask, ==) OPERATOR(Mask, !=)
    OPERATOR(Mask, <) OPERATOR(Mask, <=) OPERATOR(Mask, >) OPERATOR(Mask, >=)
    friend INLINE Vector operator-(Vector a) { return Vector(-a.low, -a.high); }
    friend INLINE Vector select(Mask m, Vector a, Vector b) {
        return Vector(select(m.low, a.low, b.low), select(m.high, a.high, b.high));
    }
    friend INLINE Vector fma(Vector a, Vector b, Vector c) {
        return Vector(fma(a.low, b.low, c.low), fma(a.high, b.high, c.high));
    }
    EACH_IN_LANES
};
#undef OPERATOR
#undef IN_LANES
#undef IN_LANES_OF_TWO

template <class T, int N> INLINE Vector<T, N / 2> lower(Vector<T, N, true> x) { return x.low; }
template <class T, int N> INLINE Vector<T, N / 2> upper(Vector<T, N, true> x) { return x.high; }
template <class T, int N> INLINE Vector<T, N / 2> lower(Vector<T, N, false> x) {
    Vector<T, N / 2> r;
    for (int k = 0; k < N / 2; ++k) r.v[k] = x.v[k];
    return r;
}
template <class T, int N> INLINE Vector<T, N / 2> upper(Vector<T, N, false> x) {
    Vector<T, N / 2> r;
    for (int k = 0; k < N / 2; ++k) r.v[k] = x.v[k + N / 2];
    return r;
}
"""

REDUCTION = """\
// The lanes combined, halves with halves.
#define REDUCTION(name, both) \\
    template <class V> INLINE typename V::Element name(V x) { \\
        if constexpr (V::lanes == 1) return x.v[0]; \\
        else { \\
            auto a = lower(x), b = upper(x); \\
            return name(both); \\
        } \\
    }
"""

OF_LANES = {
    "sum": "a + b",
    "product": "a * b",
    "greatest": "maximum(a, b)",
    "least": "minimum(a, b)",
    "all_of": "a & b",
    "any_of": "a | b",
    "odd_of": "a ^ b",
}

# Each may use those above it.
_PIECES: list[tuple[str, str]] = [
    ("i64", "using i64 = long long;\n"),
    ("u64", "using u64 = unsigned long long;\n"),
    ("INLINE", "#define INLINE inline __attribute__((always_inline))\n"),
    (
        "fma",
        """\
INLINE float fma(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
INLINE double fma(double a, double b, double c) { return __builtin_fma(a, b, c); }
""",
    ),
    *[
        (
            name,
            f"INLINE float {name}(float x) {{ return __builtin_{name}f(x); }}\n"
            f"INLINE double {name}(double x) {{ return __builtin_{name}(x); }}\n",
        )
        for name in OF_ONE
    ],
    *[
        (
            name,
            f"INLINE float {name}(float x, float y) {{ return __builtin_{name}f(x, y); }}\n"
            f"INLINE double {name}(double x, double y) {{ return __builtin_{name}(x, y); }}\n",
        )
        for name in OF_TWO
    ],
    (
        "rsqrt",
        """\
INLINE double rsqrt(double x) { return 1.0 / sqrt(x); }
INLINE float rsqrt(float x) { return (float)(1.0 / sqrt((double)x)); }  // rounded once
""",
    ),
    ("Vector", VECTOR),
    (
        "load",
        """\
template <class V> INLINE V load(const typename V::Element *p) {
    V r;
    if constexpr (V::is_split) {
        r.low = load<typename V::Half>(p);
        r.high = load<typename V::Half>(p + V::lanes / 2);
    } else __builtin_memcpy(&r.v, p, sizeof r.v);
    return r;
}
""",
    ),
    (
        "store",
        """\
template <class V> INLINE void store(V x, typename V::Element *p) {
    if constexpr (V::is_split) {
        store(x.low, p);
        store(x.high, p + V::lanes / 2);
    } else __builtin_memcpy(p, &x.v, sizeof x.v);
}
""",
    ),
    (
        "bits",
        """\
// The same bits, as numbers of another type.
template <class V, class W> INLINE V bits(W x) {
    if constexpr (V::is_split) {
        using Half = typename V::Half;
        return V(bits<Half>(x.low), bits<Half>(x.high));
    } else return V::of((typename V::Native)x.v);
}
""",
    ),
    (
        "convert",
        """\
// The same numbers, of another type.
template <class V, class W> INLINE V convert(W x) {
    if constexpr (V::is_split) {
        using Half = typename V::Half;
        return V(convert<Half>(lower(x)), convert<Half>(upper(x)));
    } else if constexpr (W::is_split) {
        using Half = Vector<typename V::Element, V::lanes / 2>;
        Half low = convert<Half>(x.low), high = convert<Half>(x.high);
        V r;
        for (int k = 0; k < V::lanes / 2; ++k) r.v[k] = low.v[k], r.v[k + V::lanes / 2] = high.v[k];
        return r;
    } else return V::of(__builtin_convertvector(x.v, typename V::Native));
}
""",
    ),
    (
        "maximum",
        """\
// NaN if one is, and -0.0 is less than 0.0.
template <class T> INLINE T maximum(T a, T b) {
    return a > b ? a : a < b ? b : a == b ? (__builtin_signbit(a) ? b : a) : a + b;
}
""",
    ),
    (
        "minimum",
        """\
// NaN if one is, and -0.0 is less than 0.0.
template <class T> INLINE T minimum(T a, T b) {
    return a < b ? a : a > b ? b : a == b ? (__builtin_signbit(a) ? a : b) : a + b;
}
""",
    ),
    *[
        (
            f"{name} Vector",
            f"""\
template <class T, int N, bool s> INLINE Vector<T, N, s> {name}(Vector<T, N, s> a,
                                                               Vector<T, N, s> b) {{
    using V = Vector<T, N, s>;
    if constexpr (T(0.5) == 0) return select(a {sign} b, a, b);
    else {{
        using I = typename V::Mask;
        V zero = bits<V>(bits<I>(a) {join} bits<I>(b));  // of equal numbers, which differ in a sign
        return select(a == a, select(a == b, zero, select(a {sign} b, a, b)), a);
    }}
}}
""",
        )
        for name, sign, join in (("maximum", ">", "&"), ("minimum", "<", "|"))
    ],
    ("REDUCTION", REDUCTION),
    *[(name, f"REDUCTION({name}, {both})\n") for name, both in OF_LANES.items()],
    *[
        (
            f"{name}_in_order",
            f"""\
template <class V> INLINE typename V::Element {name}_in_order(V x) {{
    typename V::Element lanes[V::lanes];
    store(x, lanes);
    for (int k = 1; k < V::lanes; ++k) lanes[0] = lanes[0] {sign} lanes[k];
    return lanes[0];
}}
""",
        )
        for name, sign in (("sum", "+"), ("product", "*"))
    ],
    (
        "lane",
        """\
template <class V> INLINE typename V::Element lane(V x, int k) {
    typename V::Element lanes[V::lanes];
    store(x, lanes);
    return lanes[k];
}
""",
    ),
    (
        "with_lane",
        """\
template <class V> INLINE V with_lane(V x, int k, typename V::Element number) {
    typename V::Element lanes[V::lanes];
    store(x, lanes);
    lanes[k] = number;
    return load<V>(lanes);
}
""",
    ),
    ("max", "template <class T> INLINE T max(T a, T b) { return a > b ? a : b; }\n"),
    ("min", "template <class T> INLINE T min(T a, T b) { return a < b ? a : b; }\n"),
    (
        "next",
        """\
// The largest number instead of one beyond it.
INLINE i64 next(i64 i, i64 step) {
    i64 sum;
    return __builtin_add_overflow(i, step, &sum) ? 0x7fffffffffffffff : sum;
}
""",
    ),
    (
        "note",
        """\
// Which operation failed, and on what.
template <class... T> INLINE void note(i64 *failure, i64 operation, T... operands) {
    *failure = operation;
    failure += 2;
    (..., __builtin_memcpy(failure++, &operands, sizeof operands));
}
""",
    ),
]

RESERVED = frozenset(
    """
    alignas alignof and and_eq asm auto bitand bitor bool break case catch char class co_await
    co_return co_yield compl concept const const_cast consteval constexpr constinit continue
    decltype default delete do double dynamic_cast else enum explicit export extern false float for
    friend goto if inline int long main mutable namespace new noexcept not not_eq nullptr operator
    or or_eq private protected public register reinterpret_cast requires return short signed sizeof
    static static_assert static_cast struct switch template this thread_local throw true try
    typedef typeid typename typeof union unsigned using virtual void volatile wchar_t while xor
    xor_eq linux unix Half Integer Native OPERATOR COMPARE ARRAY IN_LANES IN_LANES_OF_TWO
    REDUCTION REGISTER lower upper select failure
    """.split()
) | {word for names, _ in _PIECES for word in names.split()}
"""Words that a program's names must not be."""


def prelude(text: str) -> str:
    """Definitions of what a text in C++ uses, and of what these use."""
    found: list[str] = []
    words = set(re.findall(r"\w+", text))
    for names, piece in reversed(_PIECES):
        if words >= set(names.split()):
            if piece is VECTOR:
                calls = [f"IN_LANES({name})" for name in (*OF_ONE, "rsqrt") if name in words]
                calls += [f"IN_LANES_OF_TWO({name})" for name in OF_TWO if name in words]
                line = f"    {' '.join(calls)}\n" if calls else ""
                piece = piece.replace("    EACH_IN_LANES\n", line)
            found.append(piece)
            words |= set(re.findall(r"\w+", piece))
    return "".join(reversed(found))
