#include <iterator>
#include <vector>

struct Item : ListNode<Item> {
    int value;
    explicit Item(int value) : value(value) {}
};
using List = IntrusiveList<Item>;

// What a list has, as digits; read backwards as well, so that both directions agree.
static int digits(List &list) {
    unsigned forwards = 0, backwards = 0, weight = 1, count = 0;
    for (Item &each : list) {
        CHECK(++count <= 20, "a list goes round in a circle and has no end");
        forwards = 10 * forwards + each.value;
    }
    for (auto at = list.end(); at != list.begin();) {
        CHECK(count-- > 0, "backwards, a list has other elements than forwards");
        --at;
        backwards += weight * at->value;
        weight *= 10;
    }
    EQUAL(backwards, forwards, "backwards, a list has the same elements in the other order");
    return int(forwards);
}
struct Items { // 1 … count, in a list
    std::vector<Item> items;
    List list;
    explicit Items(int count, int first = 1) {
        items.reserve(count);
        for (int i = 0; i < count; ++i) items.emplace_back(first + i);
        for (Item &each : items) list.push_back(each);
    }
};

TEST(elements_in_order) {
    List list;
    CHECK(list.empty() && list.begin() == list.end(), "a new list is empty");
    Item one(1), two(2), three(3);
    list.push_back(two);
    list.push_front(one);
    list.push_back(three);
    EQUAL(digits(list), 123, "push_back adds at the end, and push_front at the front");
    CHECK(list.front().value == 1 && list.back().value == 3, "front() is the first, back() the last");
    CHECK(&list.front() == &one, "the list has the element itself, not a copy");
}
TEST(insert_before) {
    Items has(3);
    Item four(4), five(5);
    auto at = List::insert(List::at(has.items[1]), four);
    CHECK(&*at == &four, "insert gives an iterator to the new element");
    EQUAL(digits(has.list), 1423, "insert puts the element before the one that the iterator is at");
    List::insert(has.list.end(), five);
    EQUAL(digits(has.list), 14235, "before the end is at the back");
}
TEST(erase_while_going_through) {
    Items has(9);
    for (auto at = has.list.begin(); at != has.list.end();) {
        if (at->value % 3) at = List::erase(*at);
        else ++at;
    }
    EQUAL(digits(has.list), 369, "erase gives an iterator to the next element");
    CHECK(!has.items[0].isLinked() && has.items[2].isLinked(), "an element that was erased is in no list");
    has.list.push_front(has.items[0]);
    EQUAL(digits(has.list), 1369, "an element that was erased can be put in again");
}
TEST(splice_moves_a_range) {
    Items a(5), b(3, 6);
    List::splice(b.list.begin(), std::next(a.list.begin()), std::prev(a.list.end()));
    EQUAL(digits(a.list), 15, "splice takes what it moves from the first list");
    EQUAL(digits(b.list), 234678, "splice puts the range before the iterator, in order");
}
// hidden
TEST(the_last_element_can_go) {
    Items has(1);
    CHECK(List::erase(has.items[0]) == has.list.end(), "after the last element comes the end");
    CHECK(has.list.empty(), "a list is empty once its last element is erased");
    has.list.push_back(has.items[0]);
    EQUAL(digits(has.list), 1, "an empty list can be filled again");
}
TEST(splice_at_the_ends) {
    Items a(3), b(3, 4);
    List::splice(a.list.end(), b.list.begin(), b.list.end());
    EQUAL(digits(a.list), 123456, "a whole list can be moved to the end of another");
    CHECK(b.list.empty() && b.list.begin() == b.list.end(), "a list is empty once all of it was moved");
    List::splice(b.list.begin(), a.list.begin(), a.list.begin());
    CHECK(b.list.empty(), "an empty range moves nothing");
    List::splice(b.list.end(), a.list.begin(), std::next(a.list.begin(), 2));
    EQUAL(digits(a.list), 3456, "the first elements can be moved to an empty list");
    EQUAL(digits(b.list), 12, "the first elements can be moved to an empty list");
}
TEST(splice_within_a_list) {
    Items has(6);
    auto two = List::at(has.items[1]), four = List::at(has.items[3]);
    List::splice(has.list.begin(), two, four);
    EQUAL(digits(has.list), 231456, "a range can move to the front of its own list");
    List::splice(has.list.end(), two, List::at(has.items[0]));
    EQUAL(digits(has.list), 145623, "a range can move to the end of its own list");
    List::splice(List::at(has.items[0]), List::at(has.items[0]), List::at(has.items[4]));
    EQUAL(digits(has.list), 145623, "a range that is where it should go stays there");
    List::splice(List::at(has.items[4]), List::at(has.items[0]), List::at(has.items[4]));
    EQUAL(digits(has.list), 145623, "a range that is where it should go stays there");
}
TEST(a_copy_of_an_element_is_in_no_list) {
    Items has(3);
    Item copy = has.items[1];
    CHECK(!copy.isLinked(), "the copy of an element has the links of the original");
    copy.value = 9;
    has.items[0] = copy;
    EQUAL(digits(has.list), 923, "assigning to an element moved it out of its list");
    Item other(8);
    has.items[2] = other;
    EQUAL(digits(has.list), 928, "assigning to an element moved it out of its list");
}
TEST(nothing_is_allocated) {
    std::vector<Item> items(100, Item(1));
    const std::size_t before = allocations();
    List list;
    for (Item &each : items) list.push_back(each);
    EQUAL(allocations() - before, 0u, "the links are in the elements: a list allocates nothing");
    CHECK(sizeof(Item) <= 24, "two links and a number are 24 bytes");
}
TEST(what_the_standard_library_asks_for) {
    Items has(4);
    using Iterator = List::iterator;
    CHECK((std::is_same_v<std::iterator_traits<Iterator>::iterator_category,
                          std::bidirectional_iterator_tag>), "an iterator goes both ways");
    EQUAL(std::distance(has.list.begin(), has.list.end()), 4, "std::distance counts the elements");
    auto at = has.list.begin();
    EQUAL((at++)->value, 1, "at++ gives the old position");
    EQUAL((at--)->value, 2, "at-- gives the old position");
    CHECK(at == List::at(has.items[0]), "iterators at the same element are equal");
    CHECK(!std::is_copy_constructible_v<List>, "a copy of a list would have the same elements: delete it");
}
TEST(like_a_vector_of_pointers) {
    Items has(9), other(0);
    for (int i = 0; i < 400; ++i) {
        Item &one = has.items[random(9)], &two = has.items[random(9)];
        List &list = random(2) ? has.list : other.list;
        switch (random(3)) {
        case 0:
            List::erase(one);
            list.push_back(one);
            break;
        case 1:
            if (&one != &two) List::erase(one), List::insert(List::at(two), one);
            break;
        case 2:
            if (!has.list.empty()) List::splice(other.list.begin(), has.list.begin(), std::next(has.list.begin()));
            break;
        }
        if (!random(10)) List::splice(has.list.end(), other.list.begin(), other.list.end());
        SEE(digits(has.list));
        SEE(digits(other.list));
    }
}
