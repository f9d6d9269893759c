#include <stdexcept>
#include <string>

TEST(elements_stay_in_order_while_it_grows) {
    SmallVec<int, 4> v;
    CHECK(v.empty(), "a new vector is empty");
    for (int i = 0; i < 1000; ++i) v.push_back(i * i);
    EQUAL(v.size(), 1000u, "size() counts the elements");
    for (int i = 0; i < 1000; ++i) EQUAL(v[i], i * i, "an element changed while the vector grew");
    EQUAL(v.back(), 999 * 999, "back() is the last element");
}
TEST(the_first_elements_are_inside) {
    SmallVec<int, 4> v;
    for (int i = 0; i < 4; ++i) v.push_back(i);
    CHECK(inside(&v[0], v) && inside(&v[3], v), "the first N elements live inside the object");
    EQUAL(v.capacity(), 4u, "there is room for N elements before the first allocation");
    v.push_back(4);
    CHECK(!inside(&v[0], v), "N + 1 elements don't fit inside the object");
}
TEST(a_copy_is_another_vector) {
    SmallVec<Probe, 2> v;
    for (int i = 0; i < 5; ++i) v.emplace_back(i);
    SmallVec<Probe, 2> w = v;
    w[0] = Probe(42);
    w.pop_back();
    EQUAL(v[0], Probe(0), "changing a copy changed the original");
    EQUAL(v.size(), 5u, "taking an element from a copy took one from the original");
}
TEST(a_move_takes_the_buffer) {
    SmallVec<Probe, 2> v;
    for (int i = 0; i < 8; ++i) v.emplace_back(i);
    const Probe *buffer = v.begin();
    const int moves = Probe::moves;
    SmallVec<Probe, 2> w = std::move(v);
    CHECK(w.begin() == buffer, "moving a vector on the heap takes its buffer");
    EQUAL(Probe::moves, moves, "moving a vector on the heap moves no element");
    EQUAL(v.size(), 0u, "a vector that was moved from is empty");
    v.push_back(Probe(7));
    EQUAL(v[0], Probe(7), "a vector that was moved from can be used again");
}
TEST(an_element_of_its_own_can_be_added) {
    SmallVec<std::string, 2> v;
    v.push_back("a string that is too long to be inside of a std::string");
    for (int i = 0; i < 100; ++i) v.push_back(v[0]);
    for (const std::string &each : v)
        EQUAL(each, v[0], "v.push_back(v[0]): the old elements were gone before the new one was made");
}
// hidden
TEST(growing_moves_and_copies_nothing) {
    SmallVec<Probe, 2> v;
    for (int i = 0; i < 100; ++i) v.push_back(Probe(i));
    EQUAL(Probe::copies, 0, "growing copied elements: move them");
    CHECK(Probe::moves < 400, "every element was moved again and again: double the room");
}
TEST(what_cannot_be_copied_can_be_in_it) {
    SmallVec<MoveOnly, 2> v;
    for (int i = 0; i < 20; ++i) v.emplace_back(i);
    SmallVec<MoveOnly, 2> w = std::move(v);
    EQUAL(w[19].value, 19, "elements that only move, move with the vector");
}
TEST(every_element_is_destroyed_once) {
    {
        SmallVec<Probe, 4> small, large;
        for (int i = 0; i < 3; ++i) small.emplace_back(i);
        for (int i = 0; i < 30; ++i) large.emplace_back(i);
        EQUAL(Probe::live, 33, "there are objects that nobody put there: room isn't elements");
        large.pop_back();
        EQUAL(Probe::live, 32, "pop_back() destroys the element");
        small.clear();
        EQUAL(Probe::live, 29, "clear() destroys the elements");
        CHECK(small.empty(), "clear() leaves none");
    }
    EQUAL(Probe::live, 0, "an element was not destroyed, or was destroyed twice");
}
TEST(assignment_replaces_the_old_elements) {
    {
        SmallVec<Probe, 2> few, many;
        few.emplace_back(1);
        for (int i = 0; i < 9; ++i) many.emplace_back(i);
        SmallVec<Probe, 2> target = many;
        target = few;
        EQUAL(target.size(), 1u, "assignment gives the size of the other vector");
        target = many;
        EQUAL(target[8], Probe(8), "assignment gives the elements of the other vector");
        target = std::move(few);
        EQUAL(target[0], Probe(1), "a vector inside its object moves by its elements");
        target = std::move(many);
        EQUAL(target.size(), 9u, "move assignment gives the size of the other vector");
    }
    EQUAL(Probe::live, 0, "assignment forgot to destroy the old elements, or destroyed them twice");
}
TEST(assigning_it_to_itself_changes_nothing) {
    SmallVec<Probe, 2> v, w;
    v.emplace_back(5);
    for (int i = 0; i < 5; ++i) w.emplace_back(i);
    SmallVec<Probe, 2> &same = v, &other = w;
    v = same;
    w = other;
    CHECK(v.size() == 1 && v[0] == Probe(5), "v = v destroyed v");
    CHECK(w.size() == 5 && w[4] == Probe(4), "v = v destroyed v");
    w = std::move(other);
    CHECK(w.size() == 5 && w[4] == Probe(4), "v = std::move(v) destroyed v");
}
TEST(elements_are_aligned) {
    SmallVec<OverAligned, 2> v;
    for (int i = 0; i < 20; ++i) {
        v.emplace_back(i);
        for (const OverAligned &each : v)
            CHECK(each.lies_well(), "a T is at an address that is not a multiple of alignof(T)");
    }
}
TEST(vectors_in_a_vector) {
    SmallVec<SmallVec<int, 2>, 2> rows;
    for (int i = 0; i < 10; ++i) {
        rows.emplace_back();
        for (int j = 0; j <= i; ++j) rows[i].push_back(i * j);
    }
    for (int i = 0; i < 10; ++i) {
        EQUAL(rows[i].size(), std::size_t(i + 1), "a vector inside a vector changed when it moved");
        CHECK((i < 2) == inside(rows[i].begin(), rows[i]),
              "after a move, a vector still points into the object that it was moved from");
    }
}
TEST(a_copy_that_throws_leaks_nothing) {
    bool thrown = false;
    {
        SmallVec<Throwing, 2> v;
        for (int i = 0; i < 6; ++i) v.emplace_back(i);
        Throwing::countdown = 4;
        try {
            SmallVec<Throwing, 2> w = v;
        } catch (const Throwing::Error &) {
            thrown = true;
        }
        Throwing::countdown = 0;
    }
    CHECK(thrown, "an element that throws is for the caller to catch");
    EQUAL(Probe::live, 0, "a copy that threw kept the elements that it had made");
}
TEST(anything_in_any_order) {
    SmallVec<Probe, 3> v, w;
    for (int i = 0; i < 400; ++i) {
        switch (random(8)) {
        case 0: if (!v.empty()) v.pop_back(); break;
        case 1: w = v; break;
        case 2: std::swap(v, w); break;
        case 3: v = std::move(w); w.clear(); break;
        case 4: if (!v.empty()) v.push_back(v[random(v.size())]); break;
        default: v.emplace_back(int(random(1000)));
        }
        SEE(v.size());
        SEE(w.size());
        if (!v.empty()) SEE(v[random(v.size())].value);
        if (!w.empty()) SEE(w.back().value);
    }
}
static_assert(alignof(SmallVec<OverAligned, 2>) >= alignof(OverAligned),
              "room for a T inside of the object has to be aligned for a T: alignas(T)");
static_assert(std::is_nothrow_move_constructible_v<SmallVec<Probe, 4>>,
              "the move constructor has to be noexcept: else a vector of vectors would copy them");
static_assert(std::is_nothrow_move_assignable_v<SmallVec<Probe, 4>>,
              "move assignment has to be noexcept");
static_assert(sizeof(SmallVec<int, 4>) <= 40, "sizes of 32 bits are enough, and nothing else is needed");
