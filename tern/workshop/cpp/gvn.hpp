#pragma once
#include "cfg.hpp"
#include <functional>
#include <unordered_set>

// The same expression twice: computed once. As tern/passes/number_values.py, but that uses are
// replaced at once: a value knows them.

// Operations that compute the same are equal here: by name, operands, attributes, and type.
struct SameExpression {
  static SmallVec<Value *, 4> operands(const Operation *op) {
    SmallVec<Value *, 4> values;
    for (const Operand &operand : op->operands) values.push_back(operand.get());
    if (op->name->isCommutative) std::sort(values.begin(), values.end(), std::less<>());
    return values;
  }
  std::size_t operator()(const Operation *op) const { // its hash
    std::size_t hash = 0;
    auto mix = [&hash](const void *what) {
      hash = (hash ^ reinterpret_cast<std::uintptr_t>(what)) * 0x9E3779B97F4A7C15u;
      hash ^= hash >> 29;
    };
    mix(op->name);
    mix(op->attributes);
    mix(op->results[0].type);
    for (Value *value : operands(op)) mix(value);
    return hash;
  }
  bool operator()(const Operation *a, const Operation *b) const {
    if (a->name != b->name || a->attributes != b->attributes ||
        a->results[0].type != b->results[0].type || a->operands.size() != b->operands.size())
      return false;
    const auto left = operands(a), right = operands(b);
    return std::equal(left.begin(), left.end(), right.begin());
  }
};

class ValueNumbering {
  using Table = std::unordered_set<Operation *, SameExpression, SameExpression>;
  std::size_t erased_ = 0;

  static bool isExpression(const Operation &op) {
    return op.name->isPure && op.regions.empty() && op.results.size() == 1;
  }

  // Erases what the table has; gives what is new in it.
  std::vector<Operation *> numberBlock(Block &block, Table &table) {
    std::vector<Operation *> added;
    for (auto at = block.operations.begin(); at != block.operations.end();) {
      Operation &op = *at++;
      if (isExpression(op)) {
        auto [first, isNew] = table.insert(&op);
        if (isNew) {
          added.push_back(&op);
        } else {
          op.results[0].replaceAllUsesWith(&(*first)->results[0]);
          eraseAll(op);
          ++erased_;
        }
        continue;
      }
      Table fresh; // what a pure operation's regions compute, they keep to themselves
      Table &inner = op.name->isPure ? fresh : table;
      for (Region &region : op.regions)
        for (Block &inside : region.blocks)
          for (Operation *each : numberBlock(inside, inner)) inner.erase(each);
    }
    return added;
  }

  // Arguments that are another value: one that every branch passes, or an earlier argument that
  // gets the same from each. All are found before the first is replaced.
  static void mergeArguments(Block &block, const std::vector<Successor *> &passed) {
    if (passed.empty()) return; // the entry's, which nobody knows
    std::vector<std::pair<BlockArgument *, Value *>> merged;
    std::vector<BlockArgument *> kept;
    for (BlockArgument *arg : block.args) {
      Value *only = nullptr;
      bool several = false;
      for (Successor *each : passed) {
        Value *value = each->args[arg->index].get();
        if (value == arg) continue;
        several |= only && only != value;
        only = value;
      }
      if (only && !several) {
        merged.emplace_back(arg, only);
        continue;
      }
      auto same = std::find_if(kept.begin(), kept.end(), [&](BlockArgument *other) {
        return other->type == arg->type &&
               std::all_of(passed.begin(), passed.end(), [&](Successor *each) {
                 return each->args[other->index].get() == each->args[arg->index].get();
               });
      });
      if (same != kept.end()) merged.emplace_back(arg, *same);
      else kept.push_back(arg);
    }
    for (auto [arg, value] : merged) arg->replaceAllUsesWith(value);
  }

public:
  std::size_t run(Region &region) {
    eraseUnreachableBlocks(region);
    const std::vector<Block *> blocks = numberBlocks(region);
    const Graph predecessors = predecessorsOf(successorsOf(blocks));
    const std::vector<std::uint32_t> order = postorder(successorsOf(blocks));
    Graph children(blocks.size()); // of the dominator tree, in postorder
    const auto idom = immediateDominators(predecessors, order);
    for (std::uint32_t block : order)
      if (idom[block] != kNone) children[idom[block]].push_back(block);

    struct Visit {
      std::uint32_t block;
      std::vector<Operation *> added;
      bool done;
    };
    Table table;
    std::vector<Visit> work;
    work.push_back({0, {}, false});
    while (!work.empty()) {
      Visit visit = std::move(work.back());
      work.pop_back();
      if (visit.done) { // back from all children: dominance ends here
        for (Operation *each : visit.added) table.erase(each);
        continue;
      }
      std::vector<Successor *> passed;
      for (std::uint32_t other : predecessors[visit.block])
        for (Successor *each : terminator(*blocks[other]).successors)
          if (each->block == blocks[visit.block]) passed.push_back(each);
      mergeArguments(*blocks[visit.block], passed);
      work.push_back({visit.block, numberBlock(*blocks[visit.block], table), true});
      // The last of a postorder comes first: where paths meet, both have been numbered.
      for (std::uint32_t child : children[visit.block]) work.push_back({child, {}, false});
    }
    return erased_;
  }
};

// Erases operations of a function that compute what a dominating one has computed. Gives how many.
inline std::size_t gvn(Operation &function) { return ValueNumbering().run(function.regions[0]); }
