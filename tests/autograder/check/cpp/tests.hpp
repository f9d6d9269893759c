template <class T> using V = SmallVec<T, 4>;

TEST(the_first_elements_lie_inside) {
    V<int> v;
    for (int i = 0; i < 4; ++i) v.push_back(i);
    CHECK(lies_inside(&v[0], v), "the first 4 elements do not lie inside the object");
}
TEST(growing_keeps_every_element) {
    V<int> v;
    for (int i = 0; i < 1000; ++i) v.push_back(i);
    for (int i = 0; i < 1000; ++i) EQUAL(v[i], i, "an element changed while the vector grew");
}
TEST(an_element_of_its_own) {
    V<int> v;
    v.push_back(3);
    for (int i = 0; i < 9; ++i) v.push_back(v[0]);
    EQUAL(v[9], 3, "push_back(v[0]) while growing did not push v[0]");
}
TEST(every_element_is_destroyed_once) {
    {
        V<Probe> v, w;
        for (int i = 0; i < 9; ++i) v.push_back(Probe(i));
        w.push_back(Probe(1));
        w = v;
        EQUAL(w.size(), 9u, "an assignment copies all elements");
    }
    EQUAL(Probe::live, 0, "an element was not destroyed, or was destroyed twice");
}
TEST(a_copy_is_its_own) {
    V<Probe> v;
    for (int i = 0; i < 9; ++i) v.push_back(Probe(i));
    V<Probe> w(v);
    w[0].value = 77;
    EQUAL(v[0].value, 0, "a copy shares its elements with the original");
}
TEST(moving_takes_the_buffer) {
    V<Probe> v;
    for (int i = 0; i < 9; ++i) v.push_back(Probe(i));
    Probe *first = &v[0];
    int moves = Probe::moves, copies = Probe::copies;
    V<Probe> w(std::move(v));
    CHECK(&w[0] == first && Probe::moves == moves && Probe::copies == copies,
          "moving a vector on the heap must take its buffer, not its elements");
    EQUAL(v.size(), 0u, "the vector that was moved from is not empty");
    v.push_back(Probe(5));
    EQUAL(v[0].value, 5, "the vector that was moved from can't be used again");
}
TEST(moving_inline_elements) {
    V<Probe> v;
    for (int i = 0; i < 3; ++i) v.push_back(Probe(i));
    int copies = Probe::copies;
    V<Probe> w(std::move(v));
    EQUAL(w[2].value, 2, "moving an inline vector lost its elements");
    EQUAL(Probe::copies, copies, "moving an inline vector copied its elements");
}
TEST(growing_moves) {
    V<Probe> v;
    for (int i = 0; i < 9; ++i) v.push_back(Probe(i));
    int copies = Probe::copies;
    for (int i = 0; i < 90; ++i) v.push_back(Probe(i));
    EQUAL(Probe::copies, copies, "growing copied the elements: move them");
}
TEST(onto_itself) {
    V<int> v;
    for (int i = 0; i < 9; ++i) v.push_back(i);
    V<int> &same = v;
    v = same;
    EQUAL(v.size(), 9u, "v = v destroyed v");
    EQUAL(v[8], 8, "v = v destroyed v");
}
TEST(over_aligned) {
    V<OverAligned> v;
    for (int i = 0; i < 9; ++i) {
        v.push_back(OverAligned(i));
        CHECK(v[i].lies_well(), "an element lies at an address that isn't aligned for it");
    }
}
TEST(like_the_books) {
    V<int> v;
    for (int i = 0; i < 200; ++i) {
        v.push_back(static_cast<int>(random(1000)));
        SEE(v.size());
        SEE(v[random(v.size())]);
    }
}
static_assert(std::is_nothrow_move_constructible_v<V<Probe>>, "the move constructor is not noexcept");
