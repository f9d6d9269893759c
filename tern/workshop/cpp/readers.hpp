#pragma once
#include "context.hpp"

// The texts of types and of attributes. Both are recursive descent, and both are read once for each
// text that differs.

// What is left of a text, from the left.
struct Cursor {
  const char *at, *end;
  explicit Cursor(std::string_view text) : at(text.data()), end(at + text.size()) {}
  bool done() const { return at == end; }
  char peek() const { return at < end ? *at : '\0'; }
  bool accept(std::string_view word) {
    if (std::size_t(end - at) < word.size() || std::memcmp(at, word.data(), word.size()))
      return false;
    at += word.size();
    return true;
  }
  void expect(std::string_view word) {
    if (!accept(word)) fail(("expected '" + std::string(word) + "'").c_str());
  }
  [[noreturn]] void fail(const char *what) const {
    const std::string_view rest(at, std::min<std::size_t>(end - at, 20));
    throw MalformedText(std::string(what) + " before '" + std::string(rest) + "'");
  }
  template <class Number> Number number() {
    Number read{};
    auto [after, error] = std::from_chars(at, end, read);
    if (error != std::errc()) fail("expected a number that fits");
    at = after;
    return read;
  }
  // A string of JSON, with its quotes; its escapes stay as they are.
  std::string_view quoted() {
    const char *start = at;
    expect("\"");
    for (; at < end && *at != '"'; ++at)
      if (*at == '\\' && at + 1 < end) ++at;
    if (done()) fail("a string without an end");
    ++at;
    return {start, std::size_t(at - start)};
  }
  // Many things between brackets, with commas.
  template <class Each> void list(std::string_view open, std::string_view close, Each each) {
    expect(open);
    if (accept(close)) return;
    do each();
    while (accept(","));
    expect(close);
  }
};

// --- types ---------------------------------------------------------------------------------------

class TypeReader {
  static constexpr int kDeepest = 64; // as tern.types: nobody can make the stack overflow
  Context &context_;
  Cursor cursor_;
  int depth_ = 0;

  template <class T, class... Parts> const Type *make(const char *start, Parts... parts) {
    const std::string_view text(start, cursor_.at - start);
    return context_.unique<Type>(context_.types_, text, [&](std::string_view kept) -> const Type * {
      return context_.arena().create<T>(T{Type{kindOf<T>(), kept}, parts...});
    });
  }
  template <class T> static constexpr Type::Kind kindOf() {
    if constexpr (std::is_same_v<T, IntegerType>) return Type::Kind::Integer;
    if constexpr (std::is_same_v<T, FloatType>) return Type::Kind::Float;
    if constexpr (std::is_same_v<T, FunctionType>) return Type::Kind::Function;
    return Type::Kind::Index;
  }
  template <class T> const Type *shaped(const char *start, Type::Kind kind) {
    SmallVec<Dimension, 4> shape;
    cursor_.expect("<");
    for (char c = cursor_.peek(); c == '?' || c == '{' || ('0' <= c && c <= '9');
         c = cursor_.peek()) {
      shape.push_back(dimension());
      cursor_.expect("x");
    }
    const Type *element = read();
    cursor_.expect(">");
    const std::string_view text(start, cursor_.at - start);
    return context_.unique<Type>(context_.types_, text, [&](std::string_view kept) -> const Type * {
      auto sizes = context_.copy<Dimension>(shape);
      return context_.arena().create<T>(T{ShapedType{Type{kind, kept}, sizes, element}});
    });
  }
  Dimension dimension() {
    if (cursor_.accept("?")) return Unknown{};
    if (!cursor_.accept("{")) return cursor_.number<std::int64_t>();
    const char *start = cursor_.at;
    while (!cursor_.done() && cursor_.peek() != '}') ++cursor_.at;
    const std::string_view name(start, cursor_.at - start);
    cursor_.expect("}");
    return context_.copy(name);
  }
  void list(SmallVec<const Type *, 4> &into) {
    cursor_.expect("(");
    if (cursor_.accept(")")) return;
    do into.push_back(read());
    while (cursor_.accept(", "));
    cursor_.expect(")");
  }
  const Type *function(const char *start) {
    SmallVec<const Type *, 4> inputs, results;
    list(inputs);
    cursor_.expect(" -> ");
    if (cursor_.peek() == '(') list(results);
    else results.push_back(read());
    return make<FunctionType>(start, context_.copy<const Type *>(inputs),
                              context_.copy<const Type *>(results));
  }
  const Type *any(const char *start) {
    if (cursor_.accept("tensor")) return shaped<TensorType>(start, Type::Kind::Tensor);
    if (cursor_.accept("vector")) return shaped<VectorType>(start, Type::Kind::Vector);
    if (cursor_.accept("memref")) return shaped<MemRefType>(start, Type::Kind::MemRef);
    if (cursor_.accept("index")) return make<IndexType>(start);
    if (cursor_.accept("bf16")) return make<FloatType>(start, 16u);
    if (cursor_.accept("f")) return make<FloatType>(start, cursor_.number<std::uint32_t>());
    const bool isUnsigned = cursor_.accept("u");
    if (!isUnsigned && !cursor_.accept("i")) cursor_.fail("expected a type");
    const auto width = cursor_.number<std::uint32_t>();
    return make<IntegerType>(start, width, isUnsigned);
  }

public:
  TypeReader(Context &context, std::string_view text) : context_(context), cursor_(text) {}
  const Type *read() {
    if (++depth_ > kDeepest) cursor_.fail("a type inside of too many others");
    const char *start = cursor_.at;
    const Type *type = cursor_.peek() == '(' ? function(start) : any(start);
    --depth_;
    return type;
  }
  const Type *whole() {
    const Type *type = read();
    if (!cursor_.done()) cursor_.fail("expected the end of a type");
    return type;
  }
};

// --- attributes ----------------------------------------------------------------------------------

class AttributeReader {
  static constexpr int kDeepest = 64;
  Context &context_;
  Cursor &cursor_;
  int depth_ = 0;

  Attribute::Value number() {
    const char *start = cursor_.at;
    while (!cursor_.done() && std::strchr("+-.0123456789eEINaftniy", cursor_.peek())) ++cursor_.at;
    const std::string text(start, cursor_.at);
    if (text.empty()) cursor_.fail("expected a value");
    if (text.find_first_of(".eIN") != text.npos) return std::strtod(text.c_str(), nullptr);
    std::int64_t read = 0;
    auto [after, error] = std::from_chars(text.data(), text.data() + text.size(), read);
    if (error == std::errc()) return read;
    if (error != std::errc::result_out_of_range) cursor_.fail("expected a number");
    return Attribute::Large{context_.copy(text)};
  }
  Attribute::Value value() {
    if (cursor_.accept("true")) return true;
    if (cursor_.accept("false")) return false;
    if (cursor_.peek() == '"') {
      const std::string_view quoted = cursor_.quoted();
      return context_.copy(quoted.substr(1, quoted.size() - 2));
    }
    if (cursor_.accept("{\"type\":")) {
      const std::string_view quoted = cursor_.quoted();
      cursor_.expect("}");
      return context_.type(quoted.substr(1, quoted.size() - 2));
    }
    if (cursor_.accept("{\"bits\":\"")) { // a NaN: there are many
      std::uint64_t bits = 0;
      cursor_.at = std::from_chars(cursor_.at, cursor_.end, bits, 16).ptr;
      cursor_.expect("\"}");
      double nan;
      std::memcpy(&nan, &bits, sizeof nan);
      return nan;
    }
    if (cursor_.peek() != '[') return number();
    SmallVec<const Attribute *, 4> elements;
    cursor_.list("[", "]", [&] { elements.push_back(read()); });
    return context_.copy<const Attribute *>(elements);
  }

public:
  AttributeReader(Context &context, Cursor &cursor) : context_(context), cursor_(cursor) {}
  const Attribute *read() {
    if (++depth_ > kDeepest) cursor_.fail("an attribute inside of too many others");
    const char *start = cursor_.at;
    const Attribute::Value value = this->value();
    --depth_;
    const std::string_view text(start, cursor_.at - start);
    return context_.unique<Attribute>(context_.attributes_, text, [&](std::string_view kept) {
      return context_.arena().create<Attribute>(Attribute{value, kept});
    });
  }
  const Dictionary *dictionary() {
    const char *start = cursor_.at;
    SmallVec<NamedAttribute, 4> entries;
    cursor_.list("{", "}", [&] {
      const std::string_view name = cursor_.quoted();
      cursor_.expect(":");
      entries.push_back({context_.copy(name.substr(1, name.size() - 2)), read()});
    });
    const std::string_view text(start, cursor_.at - start);
    return context_.unique<Dictionary>(context_.dictionaries_, text, [&](std::string_view kept) {
      return context_.arena().create<Dictionary>(
          Dictionary{context_.copy<NamedAttribute>(entries), kept});
    });
  }
};

inline const Type *Context::type(std::string_view spelling) {
  auto found = types_.find(spelling);
  return found != types_.end() ? found->second : TypeReader(*this, spelling).whole();
}
inline const Dictionary *Context::dictionary(std::string_view text) {
  auto found = dictionaries_.find(text);
  if (found != dictionaries_.end()) return found->second;
  Cursor cursor(text);
  return AttributeReader(*this, cursor).dictionary();
}
inline const Attribute *Context::attribute(std::string_view text) {
  auto found = attributes_.find(text);
  if (found != attributes_.end()) return found->second;
  Cursor cursor(text);
  return AttributeReader(*this, cursor).read();
}
