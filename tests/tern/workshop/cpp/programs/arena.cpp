#include <vector>

struct Point {
    int x, y;
};
struct Note { // says in which order its kind is destroyed
    std::vector<int> *order;
    int number;
    Note(std::vector<int> *order, int number) : order(order), number(number) {}
    ~Note() { order->push_back(number); }
};
static std::uintptr_t address(const void *pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }

TEST(objects_keep_their_values) {
    Arena arena;
    std::vector<Point *> points;
    for (int i = 0; i < 5000; ++i) points.push_back(arena.create<Point>(Point{i, -i}));
    for (int i = 0; i < 5000; ++i)
        CHECK(points[i]->x == i && points[i]->y == -i, "two objects share memory");
    auto *big = static_cast<char *>(arena.allocate(5000000, 1)); // larger than any slab
    big[0] = big[4999999] = 1;
}
TEST(addresses_are_multiples_of_the_alignment) {
    Arena arena;
    for (int i = 0; i < 200; ++i)
        for (std::size_t align : {1, 2, 8, 16, 64, 256, 4096}) {
            arena.allocate(1, 1); // so that the next address is an odd one
            EQUAL(address(arena.allocate(24, align)) % align, 0u,
                  "an address is not a multiple of the alignment");
        }
    CHECK(arena.create<OverAligned>(1)->lies_well(), "create<T> has to ask for alignof(T)");
}
TEST(destructors_run_with_the_arena_s) {
    std::vector<int> order;
    {
        Arena arena;
        for (int i = 0; i < 3; ++i) arena.create<Note>(&order, i);
        CHECK(order.empty(), "an object was destroyed before the arena");
    }
    EQUAL(order.size(), 3u, "each object is destroyed once, with the arena");
    CHECK(order[0] == 2 && order[2] == 0, "the newest object is destroyed first");
}
TEST(few_calls_of_malloc) {
    Arena arena;
    const std::size_t before = allocations();
    for (int i = 0; i < 10000; ++i) arena.allocate(16, 8);
    CHECK(allocations() - before <= 100, "160,000 bytes in pieces of 16 need no more than 100 calls of malloc");
}
// hidden
TEST(memory_is_ours_to_write_to) {
    Arena arena;
    std::vector<std::pair<unsigned char *, std::size_t>> pieces;
    for (int i = 0; i < 600; ++i) {
        const std::size_t size = random(20) ? 1 + random(200) : 3000 + random(100000);
        auto *piece = static_cast<unsigned char *>(arena.allocate(size, std::size_t(1) << random(7)));
        std::memset(piece, i & 255, size);
        pieces.emplace_back(piece, size);
    }
    for (int i = 0; i < 600; ++i)
        for (std::size_t at = 0; at < pieces[i].second; ++at)
            EQUAL(int(pieces[i].first[at]), i & 255, "two allocations overlap");
}
TEST(a_big_object_doesnt_waste_the_slab) {
    Arena arena;
    arena.allocate(16, 8);
    const std::size_t before = allocations();
    for (int i = 0; i < 6; ++i) {
        auto *big = static_cast<char *>(arena.allocate(3000000, 16));
        big[0] = big[2999999] = 1;
        arena.allocate(16, 8);
    }
    CHECK(allocations() - before <= 8, "after a big object, small ones go on in the slab from before it");
}
TEST(a_size_that_cant_be_is_refused) {
    Arena arena;
    arena.allocate(8, 8);
    for (std::size_t size : {SIZE_MAX, SIZE_MAX - 8, SIZE_MAX - 4096, SIZE_MAX / 2 + 2}) {
        bool refused = false;
        try {
            arena.allocate(size, 64);
        } catch (const std::bad_alloc &) {
            refused = true;
        }
        CHECK(refused, "a size near the largest number wraps around: std::bad_alloc, not a small piece");
    }
}
TEST(nothing_is_an_allocation_too) {
    Arena arena;
    CHECK(arena.allocate(0, 1) != nullptr, "0 bytes have an address: null is for no memory");
}
TEST(what_has_no_destructor_costs_no_note) {
    Arena arena;
    arena.create<Point>(Point{0, 0});
    char *first = reinterpret_cast<char *>(arena.create<Point>(Point{1, 1}));
    char *second = reinterpret_cast<char *>(arena.create<Point>(Point{2, 2}));
    EQUAL(second - first, std::ptrdiff_t(sizeof(Point)),
          "an object without a destructor takes its own bytes, and none beside");
}
TEST(an_object_whose_constructor_throws_is_not_destroyed) {
    {
        Arena arena;
        arena.create<Probe>(1);
        Throwing whole(2);
        Throwing::countdown = 1;
        try {
            arena.create<Throwing>(static_cast<const Throwing &>(whole));
        } catch (const Throwing::Error &) {
        }
        Throwing::countdown = 0;
        arena.create<Probe>(3);
    }
    EQUAL(Probe::live, 0, "an object was not destroyed, or one was that its constructor never finished");
}
TEST(arguments_are_handed_on) {
    Arena arena;
    Probe kept(4);
    MoveOnly moved(5);
    arena.create<Probe>(std::move(kept));
    EQUAL(Probe::copies, 0, "create<T>(std::move(x)) copied x: forward the arguments");
    EQUAL(arena.create<MoveOnly>(std::move(moved))->value, 5, "what only moves can be created");
}
TEST(an_arena_cant_be_copied) {
    CHECK(!std::is_copy_constructible_v<Arena> && !std::is_copy_assignable_v<Arena>,
          "a copy of an arena would free the same memory twice: delete it");
}
TEST(a_random_mixture) {
    Arena arena;
    std::uint64_t sum = 0;
    for (int i = 0; i < 300; ++i) {
        const std::size_t align = std::size_t(1) << random(8);
        void *piece = arena.allocate(1 + random(i % 10 ? 64 : 20000), align);
        SEE(address(piece) % align);
        Probe *probe = arena.create<Probe>(int(random(1000)));
        sum += probe->value;
        SEE(sum);
    }
    SEE(int(Probe::live));
}
