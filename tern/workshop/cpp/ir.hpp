#pragma once
#include "arena.hpp"
#include "casting.hpp"
#include "context.hpp"
#include "intrusive_list.hpp"
#include "small_vec.hpp"
#include "use_list.hpp"
#include <cstdint>
#include <iterator>

// tern's IR: operations hold regions, regions blocks, blocks operations. As tern/ir/core.py, but
// that a value knows its uses, and an operation its neighbors.

struct Operation;
struct Block;
struct Region;

// What an operation computes or a block receives.
struct Value : Uses<Value, struct Operation> {
  enum class Kind : std::uint8_t { OpResult, BlockArgument };
  const Kind kind;
  std::uint32_t index;      // which result, or which argument
  const Type *type;
  // what it was in the IR that was read: whoever knows its name finds it so
  std::uint32_t origin;
  std::uint32_t number = 0; // of the last numbering, whose it is
  Value(Kind kind, std::uint32_t index, const Type *type, std::uint32_t origin)
      : kind(kind), index(index), type(type), origin(origin) {}
};

using Operand = Use<Value, Operation>;
constexpr std::uint32_t kNew = ~std::uint32_t(0); // the origin of what was not read

struct OpResult : Value {
  Operation *op;
  OpResult(Operation *op, std::uint32_t index, const Type *type, std::uint32_t origin)
      : Value(Kind::OpResult, index, type, origin), op(op) {}
  static bool classof(const Value *value) { return value->kind == Kind::OpResult; }
};

struct BlockArgument : Value {
  Block *block;
  BlockArgument(Block *block, std::uint32_t index, const Type *type, std::uint32_t origin)
      : Value(Kind::BlockArgument, index, type, origin), block(block) {}
  static bool classof(const Value *value) { return value->kind == Kind::BlockArgument; }
};

// A block that a terminator leads to, and what it passes to the arguments.
struct Successor {
  Block *block;
  SmallVec<Operand, 2> args;
};

// One operation: results = name(operands). Made by IR::create, in the arena, and never freed alone.
// What a walk looks at comes first: down to the number of operands it's 64 bytes, a cache line.
struct Operation : ListNode<Operation> {
  const OperationName *name;
  // where it stands; null before it is inserted, and once it's erased
  Block *block = nullptr;
  Span<Region> regions;
  SmallVec<Operand, 2> operands;  // these can grow and shrink
  Span<Successor *> successors;
  Span<OpResult> results;         // these can't: users point to them
  const Dictionary *attributes = nullptr;
  std::uint32_t origin = kNew;    // which operation it was in the IR that was read
  explicit Operation(const OperationName *name) : name(name) {}

  bool useEmpty() const { // whether nobody uses its results
    for (const OpResult &result : results)
      if (!result.useEmpty()) return false;
    return true;
  }
  template <class Do> void forEachOperand(Do action) { // those passed to successors, too
    for (Operand &operand : operands) action(operand);
    for (Successor *successor : successors)
      for (Operand &operand : successor->args) action(operand);
  }
};

// A straight line of operations; the last one says where to go next.
struct Block : ListNode<Block> {
  Region *region = nullptr;
  SmallVec<BlockArgument *, 2> args;
  IntrusiveList<Operation> operations;
  std::uint32_t number = 0;      // of the last numbering
  std::uint32_t origin = ~std::uint32_t(0); // which block it was in the IR that was read
  void append(Operation &op) {
    op.block = this;
    operations.push_back(op);
  }
};

// A list of blocks, the first of which is the entry.
struct Region {
  Operation *parent = nullptr;
  IntrusiveList<Block> blocks;
  void append(Block &block) {
    block.region = this;
    blocks.push_back(block);
  }
};

// The operation whose result a value is; null for a block's argument, and for no value.
inline Operation *definingOp(const Value *value) {
  const auto *result = dyn_cast_if_present<OpResult>(value);
  return result ? result->op : nullptr;
}
inline Block *definingBlock(Value *value) {
  if (auto *argument = dyn_cast<BlockArgument>(value)) return argument->block;
  return cast<OpResult>(value)->op->block;
}
inline Operation &terminator(Block &block) { return block.operations.back(); }

// --- from one operation to the next, in the order of the text ------------------------------------

// The first operation in a region, from a block on, or in the regions after it; or null.
inline Operation *firstFrom(Region *region, IntrusiveList<Block>::iterator block) {
  for (Region *end = region->parent->regions.end();;) {
    for (; block != region->blocks.end(); ++block)
      if (!block->operations.empty()) return &block->operations.front();
    if (++region == end) return nullptr;
    block = region->blocks.begin();
  }
}
// The first operation inside of this one; or null.
inline Operation *firstInside(Operation &op) {
  return op.regions.empty() ? nullptr : firstFrom(&op.regions[0], op.regions[0].blocks.begin());
}
// The next operation inside of the same one as `op`, which must be in a block; or null.
inline Operation *nextInside(Operation &op) {
  auto next = std::next(IntrusiveList<Operation>::at(op));
  if (next != op.block->operations.end()) return &*next;
  return firstFrom(op.block->region, std::next(IntrusiveList<Block>::at(*op.block)));
}

// --- a whole program -----------------------------------------------------------------------------

// The root, and the memory of everything in it.
struct IR {
  Context context;
  Operation *root = nullptr;

  template <class T> Span<T> room(std::size_t count) { // for objects that the arena needn't destroy
    static_assert(std::is_trivially_destructible_v<T>);
    void *memory = context.arena().allocate(count * sizeof(T), alignof(T));
    return {static_cast<T *>(memory), static_cast<std::uint32_t>(count)};
  }
  template <class Operands, class Types>
  Operation *create(const OperationName *name, const Operands &operands, const Types &types,
                    const Dictionary *attributes = nullptr, std::uint32_t origin = kNew,
                    std::uint32_t firstResult = kNew) {
    auto *op = context.arena().create<Operation>(name);
    op->attributes = attributes;
    op->origin = origin;
    for (Value *value : operands) op->operands.emplace_back(op, value);
    op->results = room<OpResult>(types.size());
    for (std::uint32_t i = 0; i < op->results.count; ++i) {
      const std::uint32_t number = firstResult == kNew ? kNew : firstResult + i;
      ::new (&op->results[i]) OpResult(op, i, types[i], number);
    }
    return op;
  }
  void addRegions(Operation &op, std::size_t count) {
    op.regions = room<Region>(count);
    for (Region &region : op.regions) (::new (&region) Region)->parent = &op;
  }
  Block *createBlock(Region &region) {
    auto *block = context.arena().create<Block>();
    region.append(*block);
    return block;
  }
  BlockArgument *addArgument(Block &block, const Type *type, std::uint32_t origin = kNew) {
    const auto index = static_cast<std::uint32_t>(block.args.size());
    auto *argument = context.arena().create<BlockArgument>(&block, index, type, origin);
    block.args.push_back(argument);
    return argument;
  }
  void setSuccessors(Operation &op, std::size_t count) {
    op.successors = room<Successor *>(count);
    for (Successor *&each : op.successors) each = context.arena().create<Successor>();
  }
};
