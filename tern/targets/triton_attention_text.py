"""The text of attention's online form: one Triton kernel, and its launcher."""

from __future__ import annotations

from tern.ir import Operation
from tern.targets.triton_attention import Attention
from tern.targets.triton_expressions import DTYPES, dtype
from tern.targets.triton_kernel import Names
from tern.types import f32

MAX_WIDTH = 256  # of a query, or a value: a program keeps a tile of each
_KERNEL = """\
@triton.jit
def {kernel}(
    queries_ptr, keys_ptr, values_ptr, out_ptr, scale, n, m, d, e, ROWS: tl.constexpr,
    COLUMNS: tl.constexpr, DEPTH: tl.constexpr, WIDTH: tl.constexpr,
):
    head = tl.program_id(1).to(tl.int64)
    rows = tl.program_id(0) * ROWS + tl.arange(0, ROWS)[:, None]
    depth, width = tl.arange(0, DEPTH)[None, :], tl.arange(0, WIDTH)[None, :]
    inside = (rows < n) & (depth < d)
    queries = tl.load(queries_ptr + (head * n + rows) * d + depth, mask=inside, other=0.0)
    largest = tl.full((ROWS, 1), float("-inf"), tl.float32)
    total = tl.zeros((ROWS, 1), tl.float32)
    product = tl.zeros((ROWS, WIDTH), tl.float32)
    for start in range(0, {end}, COLUMNS):
        columns = start + tl.arange(0, COLUMNS)
        key = head * m + columns[:, None]
        in_keys = (columns[:, None] < m) & (depth < d)
        in_values = (columns[:, None] < m) & (width < e)
        keys = tl.load(keys_ptr + key * d + depth, mask=in_keys, other=0.0)
        scores = tl.dot(queries, tl.trans(keys), input_precision="{precision}") * scale
        seen = {seen}
        scores = tl.where(seen, scores, float("-inf"))
        # A row whose scores are -inf so far has no largest to take off: -inf less -inf is NaN.
        before = largest
        largest = tl.maximum(before, tl.max(scores, axis=1, keep_dims=True))
        shift = tl.where(largest == float("-inf"), 0.0, largest)
        powers = tl.exp(scores - shift)
        shrink = tl.exp(before - shift)
        total = total * shrink + tl.sum(powers, axis=1, keep_dims=True)
        values = tl.load(values_ptr + key * e + width, mask=in_values, other=0.0)
        product *= shrink
        product = tl.dot(powers.to(values.dtype), values, product, input_precision="{precision}")
    out = {out}
    tl.store(out_ptr + (head * n + rows) * e + width, out, mask=(rows < n) & (width < e))
"""
_LAUNCH = """\
    if not (0 < {d} <= {most} and 0 < {e} <= {most} and 0 < {m}):
        sizes = f"{{{d}}} and {{{e}}} numbers, and {{{m}}} keys"
        raise ValueError(f"{name}: a query and a value have 1 to {most} numbers: {{sizes}}")
    {out} = torch.empty({shape}, dtype={result}, device={queries}.device)
    if {out}.numel() == 0:
        return {out}
    DEPTH, WIDTH = (max(triton.next_power_of_2(size), 16) for size in ({d}, {e}))
    # What a thread keeps of a tile's queries, scores, and sums fits in its registers.
    ROWS = {rows} if max(DEPTH, WIDTH) <= 64 else {half}
    COLUMNS = {columns} if max(DEPTH, WIDTH) <= 128 else 16
    {kernel}[(triton.cdiv({n}, ROWS), {heads})](
        {queries}, {keys}, {values}, {out}, {scale}, {n}, {m}, {d}, {e},
        ROWS=ROWS, COLUMNS=COLUMNS, DEPTH=DEPTH, WIDTH=WIDTH, num_warps=4, num_stages=2,
    )
    return {out}
"""


def attention_text(func: Operation, found: Attention, taken: set[str], precision: str) -> str:
    """The kernel and the launcher of a function that is attention; `taken` are names in use."""
    names = Names()
    name = names.new(func.attributes["sym_name"])
    inputs = func.attributes["function_type"].inputs
    given = func.attributes.get("argument_names", "abcdefgh")
    parameters = [names.new(given[i] if i < len(given) else f"a{i}") for i in range(len(inputs))]
    roles = {role: names.new(role) for role in (*("heads",) * (found.rank - 2), "n", "m", "d", "e")}
    out = names.new("out")
    names.taken |= taken
    kernel = names.new(f"{func.attributes['sym_name']}_kernel")
    lines, known = [], {}
    whats = {"queries": "nd", "keys": "md", "values": "me"}
    for what, axes in whats.items():
        number = getattr(found, what)
        own = [*(["heads"] if found.rank == 3 else []), *axes]
        lines.append(
            _check(parameters[number], inputs[number], [roles[role] for role in own], known)
        )
    lines += [f"{parameters[number]} = float({parameters[number]})" for number in found.numbers]
    seen = "columns[None, :] < m"
    if found.causal:
        seen = "(columns[None, :] < m) & (columns[None, :] <= rows)"
    quotient = "product / total"
    if found.result != f32:
        quotient = f"({quotient}).to({dtype(found.result)})"
    wide = found.element == f32
    shape = ", ".join([*([roles["heads"]] if found.rank == 3 else []), roles["n"], roles["e"]])
    text = _KERNEL.format(
        kernel=kernel,
        end="tl.minimum(m, (tl.program_id(0) + 1) * ROWS)" if found.causal else "m",
        precision=precision,
        seen=seen,
        out=quotient,
    )
    launch = _LAUNCH.format(
        **{"heads": "1", **roles},
        **{what: parameters[getattr(found, what)] for what in whats},
        most=MAX_WIDTH, name=func.attributes["sym_name"], out=out, shape=f"({shape})",
        result=f"torch.{DTYPES[found.result]}", kernel=kernel,
        scale=found.scale.format(*parameters),
        rows=32 if wide else 64, half=16 if wide else 32, columns=32,
    )  # fmt: skip
    body = "\n".join(f"    {line}" for line in lines)
    return f"{text}\n\ndef {name}({', '.join(parameters)}):\n{body}\n{launch}"


def _check(name: str, type: object, own: list[str], known: dict) -> str:
    """The line that checks a parameter's shape, and learns the sizes that are new."""
    texts, targets = [], []
    for size, role in zip(type.shape, own):
        same = known.get(size) if isinstance(size, str) else None
        if role in known.values() or role in known:
            texts.append(role)
        else:
            texts.append(str(size) if isinstance(size, int) else same or "None")
        targets.append("_" if role in known else role)
        known.setdefault(role, role)
        if isinstance(size, str):
            known.setdefault(size, role)
    call = f'shape_of({name}, "{name}", torch.{DTYPES[type.element]}, {", ".join(texts)})'
    return f"{', '.join(targets)} = {call}"
