"""The builder's part for the dialect linalg."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from tern.ir.core import Block, OpResult, Region, Value
from tern.ir.dialects.affine_maps import Map
from tern.ir.dialects.forms import element_of
from tern.ir.dialects.structures import PARALLEL, REDUCTION, projection
from tern.ir.tensor_builder import TensorBuilder
from tern.numbers import is_unsigned
from tern.types import FloatType, IndexType, i1, index

Body = Callable[..., "Value | Sequence[Value]"]


class LinalgBuilder(TensorBuilder):
    """What a Builder appends that is of linalg."""

    def generic(
        self,
        inputs: Sequence[Value],
        outputs: Sequence[Value],
        maps: Sequence[Map],
        iterators: Sequence[str],
        body: Body,
    ) -> list[OpResult]:
        """A linalg.generic; `body` appends one iteration, and gives what it yields.

        It is called with a builder and then one value for each input and output. `maps` has for
        each of these the rows over the loops (tern.ir.dialects.affine_maps), and `iterators`
        "parallel" or "reduction" for each loop.
        """
        block = Block([element_of(value.type) for value in (*inputs, *outputs)])
        inner = type(self)(block, self.location)  # type: ignore[call-arg]
        yielded = body(inner, *block.args)
        inner.op("linalg.yield", [yielded] if isinstance(yielded, Value) else yielded)
        return self.op(
            "linalg.generic",
            [*inputs, *outputs],
            [out.type for out in outputs],
            {"indexing_maps": tuple(maps), "iterator_types": tuple(iterators)},
            regions=[Region([block])],
        ).results

    def loop_index(self, loop: int) -> OpResult:
        """linalg.index: inside of a linalg.generic, where one of its loops is."""
        return self.op("linalg.index", (), [index], {"dim": loop}).results[0]

    def fill(self, value: Value, out: Value) -> OpResult:
        return self.op("linalg.fill", [value, out], [out.type]).results[0]

    def matmul(self, left: Value, right: Value, out: Value) -> OpResult:
        """out + left @ right, as in MLIR: start from a filled `out`.

        The inputs may be of narrower types than `out`. MLIR has no matmul of index numbers: of
        these it is a linalg.generic.
        """
        if isinstance(out.type.element, IndexType):
            maps = (projection((0, 2), 3), projection((2, 1), 3), projection((0, 1), 3))
            iterators = (PARALLEL, PARALLEL, REDUCTION)
            return self.generic([left, right], [out], maps, iterators, _multiply_add)[0]
        return self._named("linalg.matmul", [left, right, out])

    def batch_matmul(self, left: Value, right: Value, out: Value) -> OpResult:
        """out[b] + left[b] @ right[b]."""
        return self._named("linalg.batch_matmul", [left, right, out])

    def conv_2d(
        self,
        image: Value,
        filter: Value,
        out: Value,
        strides: tuple[int, int] = (1, 1),
        dilations: tuple[int, int] = (1, 1),
    ) -> OpResult:
        """out + the convolution of an image (nhwc) with a filter (height, width, c, f); with one
        of three axes (height, width, c), of each channel with its own."""
        depthwise = filter.type.rank == 3
        name = "linalg.depthwise_conv_2d_nhwc_hwc" if depthwise else "linalg.conv_2d_nhwc_hwcf"
        attributes = {"strides": strides, "dilations": dilations}
        return self._named(name, [image, filter, out], attributes)

    def pooling(
        self,
        kind: str,
        image: Value,
        window: Value,
        out: Value,
        strides: tuple[int, int] = (1, 1),
        dilations: tuple[int, int] = (1, 1),
    ) -> OpResult:
        """The "max", "max_unsigned" or "sum" of each window and `out`; of the tensor `window`
        only the two sizes count."""
        attributes = {"strides": strides, "dilations": dilations}
        return self._named(f"linalg.pooling_nhwc_{kind}", [image, window, out], attributes)

    def _named(
        self, name: str, operands: list[Value], attributes: Mapping[str, Any] | None = None
    ) -> OpResult:
        return self.op(name, operands, [operands[-1].type], attributes).results[0]

    def transpose(self, tensor: Value, out: Value, permutation: Iterable[int]) -> OpResult:
        attributes = {"permutation": tuple(permutation)}
        return self.op("linalg.transpose", [tensor, out], [out.type], attributes).results[0]

    def broadcast(self, tensor: Value, out: Value, dimensions: Iterable[int]) -> OpResult:
        """Repeat `tensor` along `dimensions`, which are the ones that `out` has besides."""
        attributes = {"dimensions": tuple(dimensions)}
        return self.op("linalg.broadcast", [tensor, out], [out.type], attributes).results[0]

    def reduce(
        self, combiner: str, tensor: Value, out: Value, dimensions: Iterable[int]
    ) -> OpResult:
        """Combine along `dimensions`, which the result lacks, starting from `out`.

        Of a tensor of a narrower type than `out` it is a linalg.generic, which extends (integers
        as signed, for arith.maxui and minui as unsigned ones): MLIR's linalg.reduce names an
        operation on one type.
        """
        axes = tuple(dimensions)
        if tensor.type.element != out.type.element:
            return self._reduce_wide(combiner, tensor, out, axes)
        attributes = {"combiner": combiner, "dimensions": axes}
        return self.op("linalg.reduce", [tensor, out], [out.type], attributes).results[0]

    def _reduce_wide(
        self, combiner: str, tensor: Value, out: Value, axes: tuple[int, ...]
    ) -> OpResult:
        rank, wide = tensor.type.rank, out.type.element
        kept = [axis for axis in range(rank) if axis not in axes]
        name = "arith.extui" if combiner in ("arith.maxui", "arith.minui") else "arith.extsi"
        if isinstance(wide, FloatType):
            name = "arith.extf"

        def body(b: Any, value: Value, total: Value) -> Value:
            return b.binary(combiner, total, b.cast(name, value, wide))

        iterators = [REDUCTION if axis in axes else PARALLEL for axis in range(rank)]
        maps = [projection(range(rank), rank), projection(kept, rank)]
        return self.generic([tensor], [out], maps, iterators, body)[0]

    # made of others -----------------------------------------------------------------------

    def iota(self, out: Value, axis: int) -> OpResult:
        """`out`, whose elements are of an integer type or index, with the numbers 0, 1, … along
        `axis`: a linalg.generic of linalg.index."""
        rank, element = out.type.rank, out.type.element

        def body(b: Any, _: Value) -> Value:
            at = b.loop_index(axis)
            return at if element == index else b.cast("arith.index_cast", at, element)

        maps = [projection(range(rank), rank)]
        return self.generic([], [out], maps, [PARALLEL] * rank, body)[0]

    def gather(self, table: Value, ids: Value, out: Value) -> OpResult:
        """table[ids]: for each number of `ids` a row of `table`, after the dimensions of `ids`.

        A linalg.generic of tensor.extract. MLIR's own tensor.gather has no lowering to loops.
        """
        before, loops = ids.type.rank, out.type.rank

        def body(b: Any, row: Value, _: Value) -> Value:
            at = row if row.type == index else b.cast("arith.index_cast", row, index)
            rest = [b.loop_index(loop) for loop in range(before, loops)]
            return b.extract(table, [at, *rest])

        maps = [projection(range(before), loops), projection(range(loops), loops)]
        return self.generic([ids], [out], maps, [PARALLEL] * loops, body)[0]

    def argmax(self, tensor: Value, best: Value, where: Value, axis: int) -> list[OpResult]:
        """The greatest along `axis`, which the results lack, and the first index where it is.

        A linalg.generic of two results. `best` starts with the least number of the type, `where`
        (an integer type or index) with 0; a NaN counts as greater than all, as in PyTorch.
        """
        rank, element = tensor.type.rank, where.type.element
        kept = [dimension for dimension in range(rank) if dimension != axis]

        def body(b: Any, value: Value, most: Value, at: Value) -> list[Value]:
            here = b.loop_index(axis)
            here = here if element == index else b.cast("arith.index_cast", here, element)
            if isinstance(value.type, FloatType):
                greater = b.compare("ugt", value, most)
                number = b.compare("oeq", most, most)  # after a NaN nothing is greater
                better = b.binary("arith.andi", greater, number)
            else:
                signed = not is_unsigned(value.type) and value.type != i1
                better = b.compare("sgt" if signed else "ugt", value, most)
            return [b.select(better, value, most), b.select(better, here, at)]

        iterators = [REDUCTION if dimension == axis else PARALLEL for dimension in range(rank)]
        maps = [projection(range(rank), rank), *[projection(kept, rank)] * 2]
        return self.generic([tensor], [best, where], maps, iterators, body)


def _multiply_add(b: Any, left: Value, right: Value, out: Value) -> Value:
    return b.binary("arith.addi", out, b.binary("arith.muli", left, right))
