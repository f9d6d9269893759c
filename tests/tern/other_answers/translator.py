"""StableHLO by a class with a method for each operation; conditions are made whole tensors."""

from dataclasses import replace

from tern.errors import at
from tern.frontends.stablehlo import StableHloError
from tern.frontends.stablehlo.bodies import combiner_of
from tern.frontends.stablehlo.further import further
from tern.frontends.stablehlo.names import ELEMENTWISE, own_type, predicate
from tern.frontends.stablehlo.shaping import broadcast_in_dim, dot_general, reduced, transposed
from tern.ir import Builder, Operation, Value, new_function
from tern.ir.dialects.forms import element_of


class _Translator:
    """Translates one function: a method for each operation that is not elementwise."""

    def __init__(self, func: Operation):
        self.old = func
        type = func.attributes["function_type"]
        inputs, results = (
            [own_type(each) for each in side] for side in (type.inputs, type.results)
        )
        self.new = new_function(func.attributes["sym_name"], inputs, results)
        self.new.location = func.location
        self.b = Builder(self.new.body.only_block)
        self.known = dict(zip(func.body.only_block.args, self.new.body.only_block.args))

    def run(self) -> Operation:
        for op in self.old.body.only_block.operations:
            self.b.location = op.location
            values = [self.known[value] for value in op.operands]
            with at(op.location):
                results = self.translate(op, values)
                if results is None:
                    results = further(self.b, op, values)
                if results is None:
                    raise StableHloError(f"{op.name} has no form in tern")
            self.known.update(zip(op.results, results))
        return self.new

    def translate(self, op: Operation, values: list[Value]):
        name = op.name.removeprefix("stablehlo.")
        if name in ELEMENTWISE and op.operands:
            mine = ELEMENTWISE[name].of(element_of(op.operands[0].type))
            if not mine:
                return None
            return self.b.op(mine, values, [own_type(r.type) for r in op.results]).results
        rule = getattr(self, "of_" + name.replace(".", "_"), None)
        return None if rule is None else rule(op, *values)

    def of_func_return(self, op, *values):
        self.b.ret(values)
        return []

    def of_func_call(self, op, *values):
        types = [own_type(result.type) for result in op.results]
        return self.b.call(op.attributes["callee"], values, types).results

    def of_constant(self, op):
        old, new = op.results[0].type, own_type(op.results[0].type)
        value = op.attributes["value"]
        before, after = element_of(old), element_of(new)
        if getattr(before, "unsigned", False) and not getattr(after, "unsigned", False):
            value = _signed(value, before.width)
        return [self.b.constant(value, new)]

    def of_compare(self, op, left, right):
        element = element_of(op.operands[0].type)
        return [
            self.b.compare(predicate(op.attributes["comparison_direction"], element), left, right)
        ]

    def of_select(self, op, condition, yes, no):
        if not condition.type.shape and yes.type.shape:
            type = replace(yes.type, element=condition.type.element)
            condition = broadcast_in_dim(self.b, condition, type, ())
        return [self.b.select(condition, yes, no)]

    def of_broadcast_in_dim(self, op, value):
        dims = op.attributes.get("broadcast_dimensions", ())
        return [broadcast_in_dim(self.b, value, own_type(op.results[0].type), dims)]

    def of_transpose(self, op, value):
        return [transposed(self.b, value, op.attributes["permutation"])]

    def of_dot_general(self, op, left, right):
        return [dot_general(self.b, op, left, right)]

    def of_reduce(self, op, *values):
        if len(values) != 2:
            return None
        combiner = combiner_of(op)
        if not combiner:
            return None
        return [reduced(self.b, combiner, *values, op.attributes["dimensions"])]


def _signed(value, width):
    """Numbers without sign as those with one that have the same bits."""
    if isinstance(value, tuple):
        return tuple(_signed(each, width) for each in value)
    return value - (1 << width) if value >= 1 << (width - 1) else value


def to_tern(func: Operation) -> Operation:
    """A function of StableHLO as one of tern's."""
    return _Translator(func).run()
