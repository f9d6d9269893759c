#pragma once
#include <cassert>
#include <type_traits>
#include <variant>

// isa<To>(x), cast<To>(x), and dyn_cast<To>(x): what an object is, without the compiler's RTTI. A
// class of a hierarchy says it itself, in `static bool classof(const Base *)`; a std::variant
// knows. (LLVM's is llvm/include/llvm/Support/Casting.h.)
// ### BEGIN SOLUTION
template <class T> constexpr bool isVariant = false;
template <class... Ts> constexpr bool isVariant<std::variant<Ts...>> = true;

// From's const is To's: cast<Circle>(const Shape &) gives a const Circle &.
template <class To, class From>
using SameConst = std::conditional_t<std::is_const_v<From>, const To, To>;

template <class To, class From> bool isaOne(const From &from) {
  if constexpr (isVariant<From>) {
    return std::holds_alternative<To>(from);
  } else if constexpr (std::is_base_of_v<To, From>) {
    return true; // upwards: the compiler knows, and nothing has to be asked
  } else {
    return To::classof(&from);
  }
}

// Whether an object is one of these. Of a pointer, whether what it points to is.
template <class... To, class From> bool isa(const From &from) {
  if constexpr (std::is_pointer_v<From>) {
    assert(from && "isa of a null pointer");
    return (isaOne<To>(*from) || ...);
  } else {
    return (isaOne<To>(from) || ...);
  }
}

// The object as a To. It has to be one: a program that is wrong about that stops in a build with
// assertions, and has undefined behavior in one without them.
template <class To, class From> SameConst<To, From> &cast(From &from) {
  assert(isa<To>(from) && "cast to a class that the object isn't");
  if constexpr (isVariant<std::remove_const_t<From>>) {
    return *std::get_if<To>(&from); // std::get would check again, and throw
  } else {
    return static_cast<SameConst<To, From> &>(from);
  }
}
template <class To, class From> SameConst<To, From> *cast(From *from) { return &cast<To>(*from); }

// A pointer to the object as a To, or null if it isn't one: if (auto *c = dyn_cast<Circle>(shape))
// …
template <class To, class From> SameConst<To, From> *dyn_cast(From *from) {
  return isa<To>(from) ? &cast<To>(*from) : nullptr;
}
// The same where there may be no object.
template <class To, class From> SameConst<To, From> *dyn_cast_if_present(From *from) {
  return from ? dyn_cast<To>(from) : nullptr;
}
// ### END SOLUTION
