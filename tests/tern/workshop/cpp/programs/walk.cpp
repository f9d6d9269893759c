#include <string>
#include <vector>

// IR is made by these: v = program.add({a, b}) and so on. Names are what the tests see.
struct Program {
    IR ir;
    Type type{Type::Kind::Integer, "i32"};
    OperationName pure, effect;
    Operation *function;
    Block *block;

    Program() {
        pure.text = "pure", pure.isPure = true;
        effect.text = "effect";
        ir.root = ir.create(&effect, SmallVec<Value *, 1>(), SmallVec<const Type *, 1>());
        ir.addRegions(*ir.root, 1);
        function = in(*ir.createBlock(ir.root->regions[0]), effect, {}, 0);
        ir.addRegions(*function, 1);
        block = ir.createBlock(function->regions[0]);
    }
    Operation *in(Block &where, const OperationName &name, std::vector<Value *> operands, int results = 1) {
        std::vector<const Type *> types(std::size_t(results), &type);
        Operation *op = ir.create(&name, operands, types);
        op->origin = next++;
        where.append(*op);
        return op;
    }
    Operation *add(std::vector<Value *> operands) { return in(*block, pure, operands); }
    Operation *keep(std::vector<Value *> operands) { return in(*block, effect, operands, 0); }
    Operation *nest(const OperationName &name, std::size_t regions) {
        Operation *op = in(*block, name, {}, 1);
        ir.addRegions(*op, regions);
        for (Region &region : op->regions) ir.createBlock(region);
        return op;
    }
    std::size_t erase() {
        return eraseDead(*ir.root, [](Operation &op) { return op.name->isPure; });
    }
    std::uint32_t next = 0;
};
static Value *of(Operation *op) { return &op->results[0]; }

// What a walk does, as text: "(" and the number on entering, ")" on leaving.
struct Trace : Walker<Trace> {
    std::string text;
    int skip = -2; // the number of an operation whose inside is left out
    bool enter(Operation &op) {
        text += "(" + (op.origin == kNew ? std::string("r") : std::to_string(op.origin));
        return int(op.origin) != skip;
    }
    void leave(Operation &) { text += ")"; }
};
static std::string trace(Operation &root, int skip = -2) {
    Trace trace;
    trace.skip = skip;
    trace.walk(root);
    return trace.text;
}

TEST(a_walk_goes_in_the_order_of_the_text) {
    Program program;
    Operation *loop = program.nest(program.effect, 2); // 1
    program.in(loop->regions[0].blocks.front(), program.effect, {}, 0); // 2
    program.in(loop->regions[1].blocks.front(), program.effect, {}, 0); // 3
    program.keep({}); // 4
    EQUAL(trace(*program.ir.root), "(r(0(1(2)(3))(4)))", "an operation, then what is inside, then what follows");
    EQUAL(trace(*program.ir.root, 1), "(r(0(1)(4)))", "what is inside is left out where enter gives false");
    EQUAL(trace(*loop), "(1(2)(3))", "a walk ends with its root, though more follows after that");
}
TEST(what_nobody_uses_goes) {
    Program program;
    Operation *a = program.add({});
    Operation *b = program.add({of(a), of(a)});
    program.add({of(b), of(a)});
    program.keep({of(a)});
    EQUAL(program.erase(), 2u, "an operation that only a dead one used is dead too");
    EQUAL(trace(*program.function), "(0(1)(4))", "what is used stays");
    EQUAL(program.erase(), 0u, "a second time there is nothing left to do");
}
TEST(what_may_not_go_stays) {
    Program program;
    Operation *a = program.add({});
    program.in(*program.block, program.effect, {of(a)});
    EQUAL(program.erase(), 0u, "an operation with an effect stays, and what it uses");
}
// hidden
TEST(empty_blocks_and_regions) {
    Program program;
    Operation *loop = program.nest(program.effect, 3); // 1
    program.in(*program.ir.createBlock(loop->regions[1]), program.effect, {}, 0); // 2, after an empty block
    program.ir.createBlock(loop->regions[1]);
    Operation *empty = program.in(*program.block, program.effect, {}, 0); // 3
    program.ir.addRegions(*empty, 2); // regions without a block
    EQUAL(trace(*program.function), "(0(1(2))(3))", "blocks and regions may be empty, at the start and in between");
}
TEST(deep_nesting) {
    Program program;
    Block *block = program.block;
    for (int i = 0; i < 200000; ++i) {
        Operation *op = program.in(*block, program.effect, {}, 0);
        program.ir.addRegions(*op, 1);
        block = program.ir.createBlock(op->regions[0]);
    }
    CHECK(trace(*program.ir.root).size() > 400000, "200,000 operations inside of each other: no recursion");
    EQUAL(program.erase(), 0u, "200,000 operations inside of each other: no recursion");
}
TEST(leave_may_erase) {
    struct EraseEven : Walker<EraseEven> {
        int left = 0;
        void leave(Operation &op) {
            if (!op.block || op.origin % 2) return;
            op.forEachOperand([](Operand &operand) { operand.set(nullptr); });
            op.block->operations.erase(op);
            op.block = nullptr;
            ++left;
        }
    } erase;
    Program program;
    for (int i = 1; i < 6; ++i) program.keep({}); // 1 … 5
    erase.walk(program.function->regions[0].blocks.front().operations.front());
    EQUAL(trace(*program.function), "(0(1)(2)(3)(4)(5))", "a walk of one operation is of that alone");
    erase.walk(*program.ir.root);
    EQUAL(erase.left, 3, "each is left once: 0, and 2 and 4 inside it");
}
TEST(an_operation_goes_with_all_inside) {
    Program program;
    Operation *a = program.add({});                                                    // 1
    Operation *loop = program.nest(program.pure, 1);                                   // 2
    Block &body = loop->regions[0].blocks.front();
    Operation *inner = program.in(body, program.pure, {of(a)});                        // 3
    program.in(body, program.effect, {of(inner)}, 0);                                  // 4
    EQUAL(program.erase(), 4u, "a dead operation goes with all inside, and so does what only that used");
    EQUAL(trace(*program.function), "(0)", "nothing is left");
    CHECK(of(a)->useEmpty(), "an operand of an operation that is gone is still a use");
}
TEST(what_is_dead_inside_goes) {
    Program program;
    Operation *a = program.add({});                                                    // 1
    Operation *loop = program.nest(program.effect, 1);                                 // 2
    Block &body = loop->regions[0].blocks.front();
    Operation *inner = program.in(body, program.pure, {of(a)});                        // 3
    program.in(body, program.pure, {of(inner)});                                       // 4
    EQUAL(program.erase(), 3u, "what is dead inside of a region goes, and outside what only that used");
    EQUAL(trace(*program.function), "(0(2))", "the operation around it stays");
}
TEST(dead_inside_of_dead) {
    Program program;
    Operation *loop = program.nest(program.pure, 1);                                   // 1
    Block &body = loop->regions[0].blocks.front();
    program.in(body, program.pure, {});                                                // 2: dead from the start
    program.add({of(loop)});                                                           // 3: its only user
    EQUAL(program.erase(), 3u, "each operation is erased, and counted, once");
}
TEST(users_before_and_after) { // a block may come before the one that dominates it
    Program program;
    Block *second = program.ir.createBlock(program.function->regions[0]);
    Operation *a = program.in(*second, program.pure, {});
    program.in(*program.block, program.pure, {of(a)});
    EQUAL(program.erase(), 2u, "the user may come first in the text");
}
TEST(values_around_a_loop_stay) {
    Program program;
    Block *loop = program.ir.createBlock(program.function->regions[0]);
    Value *arg = program.ir.addArgument(*loop, &program.type);
    Operation *next = program.in(*loop, program.pure, {arg});
    Operation *branch = program.in(*loop, program.effect, {}, 0);
    program.ir.setSuccessors(*branch, 1);
    branch->successors[0]->block = loop;
    branch->successors[0]->args.emplace_back(branch, of(next));
    EQUAL(program.erase(), 0u, "what is passed to a block is used");
    for (Operand &use : *of(next)) CHECK(use.user() == branch, "a successor's operand is the branch's");
}
TEST(several_results) {
    Program program;
    Operation *pair = program.in(*program.block, program.pure, {}, 2);
    Operation *user = program.in(*program.block, program.effect, {&pair->results[1]}, 0);
    EQUAL(program.erase(), 0u, "an operation stays if any of its results is used");
    user->operands[0].set(nullptr);
    EQUAL(program.erase(), 1u, "and goes once none is");
}
TEST(random_programs) {
    for (int round = 0; round < 20; ++round) {
        Program program;
        std::vector<Operation *> made;
        std::vector<Block *> blocks{program.block};
        for (int i = 0; i < 80; ++i) {
            Block *block = blocks[random(blocks.size())];
            std::vector<Value *> operands;
            for (std::uint64_t k = random(6); k && !made.empty(); --k) {
                Operation *op = made[random(made.size())];
                Block *at = block; // a value is known in its block, and in those inside
                while (at && at != op->block) at = at->region->parent->block;
                if (at && operands.size() < 2) operands.push_back(&op->results[random(op->results.size())]);
            }
            const bool keep = random(6) == 0;
            Operation *op = program.in(*block, keep ? program.effect : program.pure, operands, 1 + int(random(2)));
            if (random(8) == 0) {
                program.ir.addRegions(*op, 1);
                blocks.push_back(program.ir.createBlock(op->regions[0]));
            }
            made.push_back(op);
        }
        SEE(program.erase());
        SEE(trace(*program.ir.root));
        SEE(program.erase());
    }
}
