#include <string>
#include <variant>

struct Shape {
    enum class Kind { Circle, Square, Rectangle, Line };
    const Kind kind;
    explicit Shape(Kind kind) : kind(kind) {}
};
struct Circle : Shape {
    int radius = 3;
    Circle() : Shape(Kind::Circle) {}
    static bool classof(const Shape *shape) { return shape->kind == Kind::Circle; }
};
struct Box : Shape { // of two kinds: an abstract class is a range
    int width = 4;
    explicit Box(Kind kind) : Shape(kind) {}
    static bool classof(const Shape *shape) {
        return Kind::Square <= shape->kind && shape->kind <= Kind::Rectangle;
    }
};
struct Square : Box {
    Square() : Box(Kind::Square) {}
    static bool classof(const Shape *shape) { return shape->kind == Kind::Square; }
};
struct Rectangle : Box {
    int height = 5;
    Rectangle() : Box(Kind::Rectangle) {}
    static bool classof(const Shape *shape) { return shape->kind == Kind::Rectangle; }
};
using Number = std::variant<bool, long, double, std::string>;

TEST(isa_asks_the_class) {
    Circle circle;
    Shape *shape = &circle;
    CHECK(isa<Circle>(shape) && isa<Circle>(*shape), "isa takes a pointer or a reference");
    CHECK(!isa<Square>(shape), "a circle is not a square");
    CHECK(!isa<Box>(*shape), "a circle is not a box");
    Rectangle rectangle;
    shape = &rectangle;
    CHECK(isa<Box>(shape) && isa<Rectangle>(shape) && !isa<Square>(shape),
          "a rectangle is a box, and not a square");
}
TEST(dyn_cast_gives_the_object_or_null) {
    Rectangle rectangle;
    Shape *shape = &rectangle;
    Rectangle *same = dyn_cast<Rectangle>(shape);
    CHECK(same == &rectangle, "dyn_cast gives the object");
    CHECK(dyn_cast<Circle>(shape) == nullptr, "dyn_cast to another class gives null");
    Box *box = dyn_cast<Box>(shape);
    CHECK(box && box->width == 4, "dyn_cast to a class between");
}
TEST(cast_gives_the_object) {
    Circle circle;
    Shape &shape = circle;
    cast<Circle>(shape).radius = 7;
    EQUAL(circle.radius, 7, "cast of a reference gives a reference to the same object");
    EQUAL(cast<Circle>(&shape)->radius, 7, "cast of a pointer gives a pointer");
}
TEST(a_variant_knows_what_it_holds) {
    Number number = 2.5;
    CHECK(isa<double>(number) && !isa<long>(number), "isa of a variant asks for the alternative");
    CHECK(dyn_cast<long>(&number) == nullptr, "dyn_cast to another alternative gives null");
    *dyn_cast<double>(&number) = 3.5;
    EQUAL(cast<double>(number), 3.5, "dyn_cast gives what is inside of the variant, not a copy");
}
// hidden
TEST(const_stays_const) {
    const Circle circle;
    const Shape *shape = &circle;
    static_assert(std::is_same_v<decltype(dyn_cast<Circle>(shape)), const Circle *>,
                  "dyn_cast of a pointer to const gives a pointer to const");
    static_assert(std::is_same_v<decltype(cast<Circle>(*shape)), const Circle &>,
                  "cast of a const reference gives a const reference");
    static_assert(std::is_same_v<decltype(cast<Circle>(shape)), const Circle *>,
                  "cast of a pointer to const gives a pointer to const");
    EQUAL(cast<Circle>(*shape).radius, 3, "cast of a const reference");
    const Number number = 5l;
    static_assert(std::is_same_v<decltype(cast<long>(number)), const long &>,
                  "cast of a const variant gives a const reference");
    static_assert(std::is_same_v<decltype(dyn_cast<long>(&number)), const long *>,
                  "dyn_cast of a const variant gives a pointer to const");
    EQUAL(*dyn_cast<long>(&number), 5l, "dyn_cast of a const variant");
    Circle changing;
    Shape *plain = &changing;
    static_assert(std::is_same_v<decltype(dyn_cast<Circle>(plain)), Circle *>, "no const from nowhere");
}
TEST(one_of_several) {
    Square square;
    const Shape &shape = square;
    CHECK((isa<Circle, Square>(shape)), "isa<A, B> is true of a B");
    CHECK((isa<Square, Circle>(&shape)), "isa<A, B> of a pointer");
    CHECK((!isa<Circle, Rectangle>(shape)), "isa<A, B> is false of a C");
    const Number number = true;
    CHECK((isa<long, bool>(number)) && !(isa<long, double>(number)), "isa<A, B> of a variant");
}
TEST(upwards_nothing_is_asked) { // Shape has no classof: if it is asked for, this doesn't compile
    Square square;
    CHECK(isa<Shape>(square) && isa<Shape>(&square), "everything derived from Shape is a Shape");
    CHECK(isa<Square>(square), "an object is of its own class");
    Shape *shape = dyn_cast<Shape>(&square);
    CHECK(shape == &square, "dyn_cast upwards is a conversion");
    CHECK(&cast<Box>(square) == &square, "cast upwards is a conversion");
}
TEST(there_may_be_nothing) {
    Shape *nothing = nullptr;
    CHECK(dyn_cast_if_present<Circle>(nothing) == nullptr, "dyn_cast_if_present of null is null");
    Circle circle;
    Shape *something = &circle;
    CHECK(dyn_cast_if_present<Circle>(something) == &circle, "dyn_cast_if_present gives the object");
    CHECK(dyn_cast_if_present<Square>(something) == nullptr, "or null, if it is another class");
}
struct Left {
    int left = 1;
};
struct Both : Left, Shape { // the Shape in it isn't at its start
    Both() : Shape(Kind::Line) {}
    static bool classof(const Shape *shape) { return shape->kind == Kind::Line; }
};
TEST(the_base_may_be_in_the_middle) {
    Both both;
    Shape *shape = &both;
    CHECK(dyn_cast<Both>(shape) == &both, "a cast to a class moves the pointer: static_cast does it");
    EQUAL(cast<Both>(*shape).left, 1, "a cast to a class moves the pointer: static_cast does it");
}
TEST(any_shape) {
    Circle circle;
    Square square;
    Rectangle rectangle;
    Both both;
    Shape *shapes[] = {&circle, &square, &rectangle, &both};
    for (int i = 0; i < 100; ++i) {
        Shape *shape = shapes[random(4)];
        SEE(isa<Circle>(shape));
        SEE(isa<Box>(*shape));
        SEE(dyn_cast<Rectangle>(shape) ? cast<Rectangle>(shape)->height : 0);
        Number number;
        if (random(2)) number = long(random(100));
        else number = double(random(100));
        SEE(isa<long>(number) ? cast<long>(number) : -1);
        SEE(dyn_cast<double>(&number) ? *dyn_cast<double>(&number) : -1.0);
    }
}
