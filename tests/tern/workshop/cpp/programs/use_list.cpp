#include <vector>

struct Op;
struct Val : Uses<Val, Op> {
    int number;
    explicit Val(int number) : number(number) {}
};
using Operand = Use<Val, Op>;
struct Op {
    int number = 0;
    std::vector<Operand> operands;
    Op() = default;
    Op(std::initializer_list<Val *> values) {
        operands.reserve(values.size());
        for (Val *value : values) operands.emplace_back(this, value);
    }
};
static int count(const Val &value) { // its uses; each has to be one of it
    int found = 0;
    for (const Operand &use : value) {
        CHECK(use.get() == &value, "a use in a value's list has that value");
        CHECK(++found < 100000, "the list of uses has no end");
    }
    EQUAL(value.useEmpty(), found == 0, "useEmpty() is true if there is no use");
    EQUAL(value.hasOneUse(), found == 1, "hasOneUse() is true if there is exactly one");
    return found;
}

TEST(a_value_knows_its_uses) {
    Val a(1), b(2);
    Op one{&a, &b}, two{&a, &a};
    EQUAL(count(a), 3, "each operand is a use, also two of one user");
    EQUAL(count(b), 1, "each operand is a use");
    for (Operand &use : b) CHECK(use.user() == &one, "a use knows its user");
}
TEST(setting_an_operand) {
    Val a(1), b(2);
    Op op{&a, &a};
    op.operands[0].set(&b);
    CHECK(op.operands[0].get() == &b, "get() is what was set");
    EQUAL(count(a), 1, "an operand that was set to another value is no use of the old one");
    EQUAL(count(b), 1, "an operand that was set to a value is a use of it");
    op.operands[0].set(nullptr);
    EQUAL(count(b), 0, "null is no value, and has no uses");
    op.operands[0].set(&a);
    EQUAL(count(a), 2, "an operand can come back from null");
}
TEST(replacing_all_uses) {
    Val a(1), b(2);
    Op one{&a, &b}, two{&a, &a};
    a.replaceAllUsesWith(&b);
    EQUAL(count(a), 0, "after replaceAllUsesWith, a value has no uses");
    EQUAL(count(b), 4, "after replaceAllUsesWith, the other value has the uses of both");
    for (Operand &operand : two.operands)
        CHECK(operand.get() == &b, "after replaceAllUsesWith, the operands are the other value");
}
TEST(a_user_that_ends_uses_nothing) {
    Val a(1);
    {
        Op one{&a, &a};
        Op two{&a};
        EQUAL(count(a), 3, "each operand is a use");
    }
    EQUAL(count(a), 0, "a use that was destroyed is still in its value's list");
}
// hidden
TEST(operands_move_when_their_vector_grows) {
    Val a(1), b(2);
    Op op;
    for (int i = 0; i < 50; ++i) op.operands.emplace_back(&op, i % 3 ? &a : &b);
    EQUAL(count(a), 33, "a use that moved has to take its place in the list");
    EQUAL(count(b), 17, "a use that moved has to take its place in the list");
    op.operands.erase(op.operands.begin(), op.operands.begin() + 20); // moves by assignment
    EQUAL(count(a), 20, "a use that is assigned another one leaves its own list first");
    EQUAL(count(b), 10, "a use that is assigned another one leaves its own list first");
    for (Operand &use : a) CHECK(use.user() == &op, "a use that moved keeps its user");
}
TEST(replacing_in_the_middle_of_lists) {
    Val a(1), b(2), c(3);
    Op one{&a, &b, &c}, two{&c, &a, &b}, three{&b, &b, &a};
    two.operands[1].set(&c);
    a.replaceAllUsesWith(&c);
    EQUAL(count(c), 5, "the uses of both, once each");
    one.operands[2].set(&b);
    two.operands[0].set(&b);
    three.operands[2].set(&b);
    c.replaceAllUsesWith(&b);
    EQUAL(count(b), 9, "all of them");
    EQUAL(count(c), 0, "none is left");
    b.replaceAllUsesWith(&a);
    for (Op *op : {&one, &two, &three}) op->operands.clear();
    EQUAL(count(a), 0, "uses that were replaced leave the new value's list when they end");
}
TEST(replacing_a_value_by_itself_changes_nothing) {
    Val a(1), b(2);
    Op one{&a, &a};
    a.replaceAllUsesWith(&a);
    EQUAL(count(a), 2, "a.replaceAllUsesWith(&a) changes nothing");
    b.replaceAllUsesWith(&a);
    EQUAL(count(a), 2, "a value without uses has none to give away");
}
TEST(uses_may_change_while_we_go_through_them) {
    Val a(1), b(2);
    std::vector<Op> ops(10);
    for (Op &op : ops) op.operands.emplace_back(&op, &a), ++op.number;
    int seen = 0;
    for (Operand &use : a) { // each is set to b while its list is gone through
        CHECK(++seen <= 10, "the loop went on in the list of another value");
        if (seen % 2) use.set(&b);
    }
    EQUAL(seen, 10, "after a use was set to another value, the loop goes on with the next one");
    EQUAL(count(b), 5, "each of these is a use of b now");
    for (Operand &use : a) use.user()->operands.clear(); // the use itself is destroyed
    EQUAL(count(a), 0, "after a use was destroyed, the loop goes on with the next one");
}
TEST(a_value_cant_be_copied) {
    CHECK(!std::is_copy_constructible_v<Val>, "the uses of a value are not those of its copy: delete it");
    CHECK(!std::is_copy_constructible_v<Operand>, "a copy of a use would be in no list: delete it");
    CHECK(std::is_nothrow_move_constructible_v<Operand>, "a use moves without throwing");
    CHECK(sizeof(Operand) <= 32, "four pointers are enough for a use");
    CHECK(sizeof(Uses<Val, Op>) <= 8, "one pointer is enough for a value");
}
TEST(a_random_graph) {
    std::vector<std::unique_ptr<Val>> values;
    for (int i = 0; i < 8; ++i) values.push_back(std::make_unique<Val>(i));
    std::vector<std::unique_ptr<Op>> ops;
    for (int i = 0; i < 300; ++i) {
        switch (random(4)) {
        case 0:
            ops.push_back(std::make_unique<Op>());
            for (int k = int(random(4)); k >= 0; --k)
                ops.back()->operands.emplace_back(ops.back().get(), values[random(8)].get());
            break;
        case 1:
            if (ops.size() > 6) ops.erase(ops.begin() + std::ptrdiff_t(random(ops.size())));
            break;
        case 2: {
            Val *from = values[random(8)].get();
            from->replaceAllUsesWith(values[random(8)].get());
            break;
        }
        default:
            if (!ops.empty()) {
                auto &operands = ops[random(ops.size())]->operands;
                operands[random(operands.size())].set(values[random(8)].get());
            }
        }
        for (auto &value : values) SEE(count(*value));
    }
}
