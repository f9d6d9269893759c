#pragma once
#include "arena.hpp"
#include "casting.hpp"
#include "small_vec.hpp"
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

// What many operations share: types, attributes, and names. Each is made once in a Context, so two
// of them are the same if their addresses are. (MLIR's are unique in an MLIRContext for that
// reason.)

struct MalformedText : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// So many objects in a row, in memory that somebody else owns: LLVM's MutableArrayRef.
template <class T> struct Span {
  T *data = nullptr;
  std::uint32_t count = 0;
  std::size_t size() const { return count; }
  bool empty() const { return count == 0; }
  T &operator[](std::size_t i) const { return data[i]; }
  T *begin() const { return data; }
  T *end() const { return data + count; }
};

// --- types ---------------------------------------------------------------------------------------

struct Type {
  enum class Kind : std::uint8_t { Integer, Float, Index, Tensor, Vector, MemRef, Function };
  const Kind kind;
  std::string_view spelling; // tern's own, which keeps the names of sizes
};
struct IntegerType : Type {
  std::uint32_t width;
  bool isUnsigned;
  static bool classof(const Type *type) { return type->kind == Kind::Integer; }
};
struct FloatType : Type {
  std::uint32_t width;
  static bool classof(const Type *type) { return type->kind == Kind::Float; }
};
struct IndexType : Type {
  static constexpr std::uint32_t width = 64; // tern's choice
  static bool classof(const Type *type) { return type->kind == Kind::Index; }
};

struct Unknown {}; // a size that nobody knows
using Dimension = std::variant<std::int64_t, std::string_view, Unknown>; // 4, {n}, or ?

struct ShapedType : Type { // an abstract class is a range of kinds
  Span<Dimension> shape;
  const Type *element;
  static bool classof(const Type *type) {
    return Kind::Tensor <= type->kind && type->kind <= Kind::MemRef;
  }
};
struct TensorType : ShapedType {
  static bool classof(const Type *type) { return type->kind == Kind::Tensor; }
};
struct VectorType : ShapedType {
  static bool classof(const Type *type) { return type->kind == Kind::Vector; }
};
struct MemRefType : ShapedType {
  static bool classof(const Type *type) { return type->kind == Kind::MemRef; }
};
struct FunctionType : Type {
  Span<const Type *> inputs, results;
  static bool classof(const Type *type) { return type->kind == Kind::Function; }
};

// --- attributes ----------------------------------------------------------------------------------

struct Attribute {
  struct Large { // an integer that 64 bits don't hold
    std::string_view digits;
  };
  using Tuple = Span<const Attribute *>;
  using Value =
      std::variant<bool, std::int64_t, Large, double, std::string_view, const Type *, Tuple>;
  Value value;
  std::string_view text; // as it is in the bytecode: floats by their shortest digits
};
struct NamedAttribute {
  std::string_view name;
  const Attribute *value;
};
struct Dictionary { // an operation's attributes, sorted by name
  Span<NamedAttribute> entries;
  std::string_view text;
  const Attribute *find(std::string_view name) const {
    for (const NamedAttribute &each : entries)
      if (each.name == name) return each.value;
    return nullptr;
  }
};

// --- names ---------------------------------------------------------------------------------------

// What tern.ir.registry knows of a kind of operation.
struct OperationName {
  enum class Fails : std::uint8_t { Never, Division, Shift, Otherwise };
  std::string_view text;
  bool isKnown = false, isPure = false, isCommutative = false;
  Fails fails = Fails::Otherwise;
};

// --- the context ---------------------------------------------------------------------------------

class Context {
  Arena arena_;
  std::unordered_map<std::string_view, const Type *> types_;
  std::unordered_map<std::string_view, const Attribute *> attributes_;
  std::unordered_map<std::string_view, const Dictionary *> dictionaries_;
  std::unordered_map<std::string_view, OperationName *> names_;

public:
  Arena &arena() { return arena_; }

  std::string_view copy(std::string_view text) {
    char *to = static_cast<char *>(arena_.allocate(text.size(), 1));
    if (!text.empty()) std::memcpy(to, text.data(), text.size());
    return {to, text.size()};
  }
  template <class T, class Source> Span<T> copy(const Source &from) {
    static_assert(std::is_trivially_destructible_v<T>, "nobody would run these destructors");
    T *to = static_cast<T *>(arena_.allocate(from.size() * sizeof(T), alignof(T)));
    std::uninitialized_copy(from.begin(), from.end(), to);
    return {to, static_cast<std::uint32_t>(from.size())};
  }

  const Type *type(std::string_view spelling);               // of one whole type
  const Attribute *attribute(std::string_view text);         // of one whole value, as in bytecode
  const Dictionary *dictionary(std::string_view text);       // of {"name":value,…}
  OperationName *name(std::string_view text) {
    auto found = names_.find(text);
    if (found != names_.end()) return found->second;
    auto *made = arena_.create<OperationName>();
    made->text = copy(text);
    return names_[made->text] = made;
  }

  // An object that is made once for each text: `make` gets a copy of the text that stays.
  template <class T, class Make>
  const T *unique(std::unordered_map<std::string_view, const T *> &known, std::string_view text,
                  Make make) {
    auto found = known.find(text);
    if (found != known.end()) return found->second;
    std::string_view kept = copy(text);
    return known[kept] = make(kept);
  }
  friend class TypeReader;
  friend class AttributeReader;
};
