#pragma once
#include "cfg.hpp"
#include "walk.hpp"
#include <unordered_set>
#include <vector>

// Dead code elimination as tern/passes/dead_code.py has it: block arguments that only feed each
// other around a loop go too, and variables that are only stored to.

// The integer that a value is known to be, as an arith.constant; null for any other.
inline const std::int64_t *knownInteger(const Value *value) {
  const Operation *op = definingOp(value);
  if (!op || op->name->text != "arith.constant") return nullptr;
  const Attribute *attribute = op->attributes->find("value");
  return attribute ? dyn_cast<std::int64_t>(&attribute->value) : nullptr;
}
inline std::uint32_t widthOf(const Type *type) {
  if (auto *shaped = dyn_cast<ShapedType>(type)) type = shaped->element;
  if (auto *integer = dyn_cast<IntegerType>(type)) return integer->width;
  if (auto *number = dyn_cast<FloatType>(type)) return number->width;
  return IndexType::width;
}

// Whether it makes no difference how often an operation runs, and whether at all: as
// tern/ir/speculation.py.
class Speculation : public Walker<Speculation> {
  bool mayFail_ = false;

  static bool alwaysWorks(const Operation &op) {
    using Fails = OperationName::Fails;
    if (op.name->fails == Fails::Never) return true;
    if (op.name->fails == Fails::Otherwise) return false;
    const std::int64_t *right = knownInteger(op.operands[1].get());
    if (!right) return false;
    if (op.name->fails == Fails::Shift)
      return 0 <= *right && *right < widthOf(op.operands[0].get()->type);
    const std::string_view name = op.name->text;
    const bool isUnsigned = name.size() >= 2 && name.substr(name.size() - 2) == "ui";
    return *right != 0 && (isUnsigned || *right != -1); // the least number by -1 does not fit
  }

public:
  bool enter(Operation &op) {
    if (!alwaysWorks(op)) mayFail_ = true;
    return !mayFail_;
  }
  static bool possible(Operation &op) {
    if (!op.name->isPure) return false;
    Speculation speculation;
    speculation.walk(op);
    return !speculation.mayFail_;
  }
};

inline bool isVariable(const Value *value) {
  const Operation *op = definingOp(value);
  return op && op->name->text == "memref.alloca";
}
inline bool isStoreToVariable(const Operation &op) {
  return op.name->text == "memref.store" && isVariable(op.operands[1].get());
}
// Whether an operation stays although nobody uses its results.
inline bool isNeededForItself(Operation &op) {
  if (Speculation::possible(op) || op.name->text == "memref.alloca") return false;
  return !(op.name->text == "memref.load" && isVariable(op.operands[0].get()));
}

// Marks what is needed, and sweeps the rest.
class LiveValues : public Walker<LiveValues> {
  Region &region_;
  std::vector<Operation *> work_;
  std::vector<std::vector<Successor *>> incoming_; // of each block
  // Marks are numbers of a numbering: 1 for what is needed.
  static constexpr std::uint32_t kDead = 0, kLive = 1;
  std::unordered_set<Operation *> live_;

  void need(Operation *op) {
    if (live_.insert(op).second) work_.push_back(op);
  }
  void need(Value *value) {
    SmallVec<Value *, 8> needed;
    needed.push_back(value);
    while (!needed.empty()) {
      Value *each = needed.back();
      needed.pop_back();
      if (Operation *op = definingOp(each)) {
        need(op);
        if (isVariable(each)) // who uses a variable may read what is stored in it
          for (Operand &use : *each)
            if (isStoreToVariable(*use.user()) && isOurs(*use.user())) need(use.user());
        continue;
      }
      auto *arg = cast<BlockArgument>(each);
      if (arg->number == kLive) continue;
      arg->number = kLive;
      if (arg->block->region != &region_) continue; // of a region inside
      for (Successor *successor : incoming_[arg->block->number])
        needed.push_back(successor->args[arg->index].get());
    }
  }
  bool isOurs(const Operation &op) const { return op.block->region == &region_; }

public:
  explicit LiveValues(Region &region) : region_(region) {}
  bool enter(Operation &op) { // one that is needed, and all inside it
    for (Operand &operand : op.operands) need(operand.get());
    return true;
  }

  // Gives how many operations and block arguments went.
  std::size_t sweep() {
    const std::vector<Block *> blocks = numberBlocks(region_);
    incoming_.resize(blocks.size());
    for (Block *block : blocks) {
      for (BlockArgument *arg : block->args) arg->number = block == blocks[0] ? kLive : kDead;
      for (Successor *each : terminator(*block).successors)
        incoming_[each->block->number].push_back(each);
    }
    for (Block *block : blocks)
      for (Operation &op : block->operations)
        if (!isStoreToVariable(op) && isNeededForItself(op)) need(&op);
    while (!work_.empty()) {
      Operation *op = work_.back();
      work_.pop_back();
      walk(*op);
    }

    std::size_t erased = 0;
    for (Block *block : blocks) erased += dropArguments(*block);
    for (Block *block : blocks) // dead stores are what still uses a dead variable
      for (auto at = block->operations.begin(); at != block->operations.end();) {
        Operation &op = *at++;
        if (!isStoreToVariable(op) || live_.count(&op)) continue;
        eraseAll(op);
        ++erased;
      }
    return erased + eraseDead(*region_.parent, [this](Operation &op) {
             return isOurs(op) && !live_.count(&op);
           });
  }

private:
  template <class T, class Keep> static void keepOnly(T &many, Keep keep) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < many.size(); ++i)
      if (keep(i)) {
        if (kept != i) many[kept] = std::move(many[i]);
        ++kept;
      }
    while (many.size() > kept) many.pop_back();
  }
  std::size_t dropArguments(Block &block) {
    std::vector<bool> live;
    for (BlockArgument *arg : block.args) live.push_back(arg->number == kLive);
    const auto isLive = [&live](std::size_t i) { return live[i]; };
    for (Successor *each : incoming_[block.number]) keepOnly(each->args, isLive);
    const std::size_t before = block.args.size();
    keepOnly(block.args, isLive);
    for (std::uint32_t i = 0; i < block.args.size(); ++i) block.args[i]->index = i;
    return before - block.args.size();
  }
};

// One round: blocks that the entry doesn't reach, and what makes no difference. Gives how many
// blocks, operations, and block arguments went.
inline std::size_t eraseWhatMakesNoDifference(Operation &function) {
  Region &region = function.regions[0];
  const std::size_t blocks = eraseUnreachableBlocks(region);
  return blocks + LiveValues(region).sweep();
}
