"""What the six headers' costs are counted on: the work of each, and its bars."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from autograder import check
from autograder.course.cpp_cell import Header

SMALL_VEC = r"""
struct Work { // vectors of 125 elements: five times larger than before, and then gone
    explicit Work(std::size_t) {}
    std::uint64_t run(std::size_t n) {
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < n / 125; ++i) {
            SmallVec<std::uint64_t, 4> v;
            for (std::size_t k = 0; k < 125; ++k) v.push_back(i * k);
            use(v);
            sum += v[124] + v[60] + v.size();
        }
        return sum;
    }
};
struct Short { // as most lists of a compiler are
    explicit Short(std::size_t) {}
    std::uint64_t run(std::size_t n) {
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < n / 3; ++i) {
            SmallVec<std::uint64_t, 4> v;
            for (std::size_t k = 0; k < 3; ++k) v.push_back(i + k);
            use(v);
            sum += v[2];
        }
        return sum;
    }
};
"""
ARENA = r"""
struct Node {
    std::uint64_t value;
    Node *next;
};
struct Work {
    explicit Work(std::size_t) {}
    std::uint64_t run(std::size_t n) {
        Arena arena;
        Node *last = nullptr;
        for (std::size_t i = 0; i < n; ++i) last = arena.create<Node>(Node{i, last});
        return last->value + last->next->value;
    }
};
"""
LIST = r"""
#include <vector>
struct Item : ListNode<Item> {
    std::uint64_t value = 0;
};
struct Work { // any element of a list is taken out, and put in before another one
    std::vector<Item> items;
    IntrusiveList<Item> list;
    std::uint64_t state = 1;
    explicit Work(std::size_t size) : items(size) {
        for (std::size_t i = 0; i < size; ++i) items[i].value = i, list.push_back(items[i]);
    }
    Item &any() {
        state = state * 6364136223846793005u + 1442695040888963407u;
        return items[((state >> 32) * items.size()) >> 32];
    }
    std::uint64_t run(std::size_t n) {
        for (std::size_t i = 0; i < n; ++i) {
            Item &one = any(), &two = any();
            if (&one == &two) continue;
            IntrusiveList<Item>::erase(one);
            IntrusiveList<Item>::insert(IntrusiveList<Item>::at(two), one);
        }
        return list.front().value + list.back().value * 7;
    }
};
struct Splice { // all of a list goes to the end of another, and comes back
    Work a, b{1};
    explicit Splice(std::size_t size) : a(size) {}
    std::uint64_t run(std::size_t n) {
        for (std::size_t i = 0; i < n; ++i) {
            IntrusiveList<Item> &from = i % 2 ? b.list : a.list, &to = i % 2 ? a.list : b.list;
            IntrusiveList<Item>::splice(to.end(), from.begin(), from.end());
        }
        return n + (a.list.empty() ? 1 : 0);
    }
};
"""
CASTING = r"""
#include <vector>
#include <variant>
enum class Kind { Circle, Square, Line };
struct Shape {
    const Kind kind;
    std::uint32_t size;
};
struct Circle : Shape {
    static bool classof(const Shape *shape) { return shape->kind == Kind::Circle; }
};
struct Square : Shape {
    static bool classof(const Shape *shape) { return shape->kind == Kind::Square; }
};
struct Shapes {
    std::vector<Shape> all;
    explicit Shapes(std::size_t) {
        std::uint32_t state = 1;
        for (int i = 0; i < 1024; ++i) {
            state = state * 1103515245u + 12345u;
            all.push_back(Shape{Kind((state >> 16) % 3), state >> 20});
        }
    }
};
struct Work : Shapes {
    using Shapes::Shapes;
    std::uint64_t run(std::size_t n) {
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < n; ++i) {
            const Shape *shape = &all[i % 1024];
            use(shape);
            if (auto *circle = dyn_cast<Circle>(shape)) sum += circle->size;
            else if (isa<Square>(shape)) sum += 3 * cast<Square>(shape)->size;
        }
        return sum;
    }
};
struct Switch : Shapes {
    using Shapes::Shapes;
    std::uint64_t run(std::size_t n) {
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < n; ++i) {
            const Shape *shape = &all[i % 1024];
            use(shape);
            switch (shape->kind) {
            case Kind::Circle: sum += shape->size; break;
            case Kind::Square: sum += 3 * shape->size; break;
            case Kind::Line: break;
            }
        }
        return sum;
    }
};
struct OfVariants {
    std::vector<std::variant<std::uint32_t, double, char>> all;
    explicit OfVariants(std::size_t) {
        std::uint32_t state = 1;
        for (int i = 0; i < 1024; ++i) {
            state = state * 1103515245u + 12345u;
            if (state >> 31) all.emplace_back(state >> 20);
            else if (state >> 30 & 1) all.emplace_back(double(state >> 20));
            else all.emplace_back('x');
        }
    }
};
struct Variants : OfVariants {
    using OfVariants::OfVariants;
    std::uint64_t run(std::size_t n) {
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < n; ++i) {
            const auto *one = &all[i % 1024];
            use(one);
            if (auto *number = dyn_cast<std::uint32_t>(one)) sum += *number;
            else if (isa<double>(*one)) sum += std::uint64_t(cast<double>(*one));
        }
        return sum;
    }
};
struct ByIndex : OfVariants {
    using OfVariants::OfVariants;
    std::uint64_t run(std::size_t n) {
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < n; ++i) {
            const auto *one = &all[i % 1024];
            use(one);
            switch (one->index()) {
            case 0: sum += *std::get_if<0>(one); break;
            case 1: sum += std::uint64_t(*std::get_if<1>(one)); break;
            default: break;
            }
        }
        return sum;
    }
};
"""
USE_LIST = r"""
#include <vector>
struct Op;
struct Val : Uses<Val, Op> {};
using Operand = Use<Val, Op>;
struct Op {
    std::vector<Operand> operands;
};
struct Work { // a value with n uses becomes another one, among `size` other operands
    std::vector<Op> others;
    std::vector<Val> rest;
    Val first, second;
    std::vector<Operand> uses;
    explicit Work(std::size_t size) : others(size), rest(16) {
        for (std::size_t i = 0; i < size; ++i)
            others[i].operands.emplace_back(&others[i], &rest[i % 16]);
        for (int i = 0; i < 100; ++i) uses.emplace_back(&others[0], &first);
    }
    std::uint64_t run(std::size_t n) { // n uses replaced, 100 at a time
        Val *from = &first, *to = &second;
        for (std::size_t i = 0; i < n / 100; ++i) {
            from->replaceAllUsesWith(to);
            std::swap(from, to);
        }
        return n / 100 + (from->useEmpty() ? 0 : 1);
    }
};
struct Set { // one operand after the other changes its value
    Work of;
    explicit Set(std::size_t size) : of(size) {}
    std::uint64_t run(std::size_t n) {
        std::uint64_t state = 1;
        for (std::size_t i = 0; i < n; ++i) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            Op &op = of.others[((state >> 32) * of.others.size()) >> 32];
            op.operands[0].set(&of.rest[i % 16]);
        }
        return state;
    }
};
"""
WALK = r"""
#include <vector>
struct Work { // tern.workshop.cpp.workload.build(size), as it is built there
    IR ir;
    Type i32{Type::Kind::Integer, "i32"};
    OperationName kinds[2], other;
    explicit Work(std::size_t size) {
        kinds[0].isPure = kinds[1].isPure = true;
        std::vector<Value *> none, operands;
        std::vector<const Type *> result{&i32}, noTypes;
        ir.root = ir.create(&other, none, noTypes);
        ir.addRegions(*ir.root, 1);
        Operation *function = ir.create(&other, none, noTypes);
        ir.createBlock(ir.root->regions[0])->append(*function);
        ir.addRegions(*function, 1);
        Block *block = ir.createBlock(function->regions[0]);
        std::vector<Value *> values{ir.addArgument(*block, &i32), ir.addArgument(*block, &i32)};
        std::uint32_t random = 1;
        auto oneBefore = [&] {
            random = random * 1103515245u + 12345u;
            const auto known = std::uint32_t(values.size());
            return values[known - 1 - (random >> 16) % (known < 16 ? known : 16)];
        };
        for (std::size_t i = 0; i < size; ++i) {
            Value *left = oneBefore(), *right = oneBefore();
            operands = {left, right};
            Operation *op = ir.create(&kinds[i % 2], operands, result);
            block->append(*op);
            values.push_back(&op->results[0]);
        }
        operands = {values.back()};
        block->append(*ir.create(&other, operands, noTypes));
    }
    std::uint64_t run(std::size_t) {
        return eraseDead(*ir.root, [](Operation &op) { return op.name->isPure; });
    }
};
struct Visit : Work {
    struct Count : Walker<Count> {
        std::uint64_t found = 0;
        bool enter(Operation &op) {
            found += 1 + op.operands.size();
            return true;
        }
    };
    explicit Visit(std::size_t size) : Work(size) {}
    std::uint64_t run(std::size_t n) { // n operations, the list again and again
        std::uint64_t found = 0;
        for (std::size_t i = 0; i < n / 1000; ++i) {
            Count count;
            count.walk(*ir.root);
            found += count.found;
        }
        return found;
    }
};
"""
SIZE = 10_000


def python_dce() -> Callable[[int], Any]:
    """tern's own, of modules that are built before."""
    from tern.workshop.cpp import workload

    built = [workload.build(SIZE) for _ in range(12)]

    def erase_dead_operations(n: int) -> int:
        return workload.erase_dead(built.pop())

    return erase_dead_operations


def clear(name: str, header: Header, folder: Path) -> Iterator[str]:
    """The bars of an exercise, each told once the header has cleared it. CheckFailed."""
    how: dict[str, Any] = {"book": header, "folder": folder}
    if name == "small_vec":
        check.cpp_instructions(
            header, SMALL_VEC, per="push_back", at_most=25, silver=15, n=20_000, **how
        )
        yield "push_back"
        check.cpp_instructions(
            header, SMALL_VEC, per="push_back", at_most=25, n=20_000, name="Short", **how
        )
        yield "short"
    if name == "arena":
        check.cpp_instructions(header, ARENA, per="allocation", at_most=25, n=20_000, **how)
        yield "instructions"
        check.cpp_allocations(
            header, ARENA, per="allocation", at_most=0.01, silver=0.001, n=20_000, **how
        )
        yield "mallocs"
    if name == "intrusive_list":
        check.cpp_flat(
            header, LIST, per="erase and insert", sizes=(10, 10_000), within=1.5, n=2_000, **how
        )
        yield "erase and insert"
        check.cpp_flat(
            header,
            LIST,
            per="splice",
            sizes=(10, 100_000),
            within=1.5,
            n=2_000,
            name="Splice",
            **how,
        )
        yield "splice"
    if name == "casting":
        check.cpp_as_cheap(
            header, CASTING, than="Switch", what="a switch", within=1.5, n=20_000, rtti=False, **how
        )
        yield "hierarchy"
        check.cpp_as_cheap(
            header,
            CASTING,
            name="Variants",
            than="ByIndex",
            what="a switch over index()",
            within=1.5,
            n=20_000,
            rtti=False,
            **how,
        )
        yield "variant"
    if name == "use_list":
        check.cpp_flat(
            header, USE_LIST, per="use replaced", sizes=(10, 100_000), within=1.5, n=20_000, **how
        )
        yield "replace"
        check.cpp_instructions(
            header, USE_LIST, per="use replaced", at_most=12, size=10, n=20_000, **how
        )
        yield "replace cost"
        check.cpp_flat(
            header,
            USE_LIST,
            per="set",
            sizes=(10, 100_000),
            within=1.5,
            n=20_000,
            name="Set",
            **how,
        )
        yield "set"
    if name == "walk":
        check.cpp_instructions(
            header,
            WALK,
            per="operation visited",
            at_most=40,
            size=1000,
            n=100_000,
            name="Visit",
            **how,
        )
        yield "visit"
        check.cpp_speedup(header, WALK, over=python_dce(), at_least=20, size=SIZE, n=SIZE, **how)
        yield "dce"
