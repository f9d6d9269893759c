"""A simulator of both machines: it runs the assembly text that the back end writes, and counts.

It reads the text and nothing else, so it knows nothing of values, tiles, or intervals: what runs
here is what the processor would run. It has registers, flags, and a stack. Flags that an
instruction leaves undefined, or that tern never relies on, are forgotten, and reading them is an
error.
"""

from __future__ import annotations

from typing import Any

from tern.ir import EvaluationError
from tern.ir.scalar import check_scalar
from tern.machine import simulate_aarch64, simulate_x86_64
from tern.machine.compile import Program
from tern.machine.description import is_float
from tern.machine.load import error_of, from_word, word_of
from tern.machine.nodes import TYPES
from tern.machine.processor import MASK, STACK, Counts, Decode, State

END = -1  # where the outermost function returns to
_DECODERS: dict[str, Decode] = {
    "x86_64": simulate_x86_64.decode,
    "aarch64": simulate_aarch64.decode,
}


class Simulator:
    """A program, decoded. `call` runs one of its functions; `counts` says what that took."""

    def __init__(self, program: Program, max_instructions: int = 10_000_000) -> None:
        self.program, self.max_instructions = program, max_instructions
        self.counts = Counts()
        rows = [self._split(line) for line in program.lines if line]
        code = [row for row in rows if not row[0].endswith(":")]
        self.labels: dict[str, int] = {}
        at = 0
        for mnemonic, _, _ in rows:
            if mnemonic.endswith(":"):
                self.labels[mnemonic[:-1]] = at
            else:
                at += 1
        self.labels["tern_stop"] = self.stop = at
        decode = _DECODERS[program.machine.name]
        self.steps = [decode(mnemonic, operands, self.labels) for mnemonic, operands, _ in code]
        self.notes = [note for _, _, note in code]
        self.is_move = [mnemonic in ("mov", "movaps", "fmov") for mnemonic, _, _ in code]

    def _split(self, line: str) -> tuple[str, list[str], str]:
        """A line's mnemonic, its operands, and its comment."""
        text, _, note = line.partition(self.program.machine.text["comment"] + " ")
        mnemonic, _, rest = text.strip().partition(" ")
        return mnemonic, _operands(rest), note.strip()

    def call(self, name: str, *args: Any) -> Any:
        """The function's result, or a tuple of them if it has none or several.

        Raises:
            EvaluationError: what the program did has no defined result, or it takes too many
                instructions.
        """
        (func,) = [f for f in self.program.functions if f.attributes["sym_name"] == name]
        kinds, machine = func.attributes["function_type"], self.program.machine
        state = State()
        self.counts = state.counts
        for registers in machine.registers.values():
            for register in (*registers.allocatable, *registers.scratch):
                state.registers[register] = 0xDEAD_BEEF_DEAD_BEEF
        left = {name: list(r.arguments) for name, r in machine.registers.items()}
        for arg, type in zip(args, kinds.inputs):
            kind = "float" if is_float(TYPES[type]) else "general"
            word = word_of(check_scalar(arg, type), TYPES[type])
            state.registers[left[kind].pop(0)] = word
        self._start(state)
        self._run(state, self.labels[f"tern_{name}"])
        left = {name: list(r.results) for name, r in machine.registers.items()}
        values = []
        for type in kinds.results:
            kind = "float" if is_float(TYPES[type]) else "general"
            values.append(from_word(state.registers[left[kind].pop(0)], TYPES[type]))
        return values[0] if len(values) == 1 else tuple(values)

    def _start(self, state: State) -> None:
        top = STACK - 64
        if self.program.machine.link:
            state.registers.update(sp=top, x28=top, x30=END & MASK, x29=0)
        else:
            state.registers.update(rsp=top - 8, r15=top)
            state.memory[top - 8 : top] = (END & MASK).to_bytes(8, "little")

    def _run(self, state: State, at: int) -> None:
        steps, notes, is_move, counts = self.steps, self.notes, self.is_move, state.counts
        left = self.max_instructions
        while at != END:
            if at == self.stop:
                status = state.registers["x0" if self.program.machine.link else "rax"]
                raise error_of(self.program, (status & 0xFFFF_FFFF) - 1)
            left -= 1
            if left < 0:
                raise EvaluationError("the function takes too many instructions")
            before = counts.loads + counts.stores
            jumped = steps[at](state, at + 1)
            touched = counts.loads + counts.stores - before
            if touched and notes[at] == "saved":
                counts.saved += touched
            elif touched and notes[at] != "call":
                counts.spilled += touched
            counts.instructions += 1
            counts.moves += is_move[at] and not touched
            at = at + 1 if jumped is None else jumped


def _operands(text: str) -> list[str]:
    """Operands are separated by commas outside of brackets."""
    found, depth, start = [], 0, 0
    for i, sign in enumerate(text):
        depth += (sign == "[") - (sign == "]")
        if sign == "," and depth == 0:
            found.append(text[start:i].strip())
            start = i + 1
    last = text[start:].strip()
    return [*found, last] if last else found
