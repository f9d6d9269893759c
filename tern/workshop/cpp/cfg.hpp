#pragma once
#include "ir.hpp"
#include "walk.hpp"
#include <algorithm>
#include <vector>

// The control flow graph of a region, its dominators, and the blocks that nothing reaches. As
// tern/ir/cfg.py and tern/ir/dominance.py: block 0 is the entry.

using Graph = std::vector<std::vector<std::uint32_t>>;
constexpr std::uint32_t kNone = ~std::uint32_t(0);

inline std::vector<Block *> numberBlocks(Region &region) {
  std::vector<Block *> blocks;
  for (Block &block : region.blocks) {
    block.number = static_cast<std::uint32_t>(blocks.size());
    blocks.push_back(&block);
  }
  return blocks;
}
// For each block those that it can branch to, each once.
inline Graph successorsOf(const std::vector<Block *> &blocks) {
  Graph successors(blocks.size());
  for (Block *block : blocks) {
    if (block->operations.empty()) continue;
    std::vector<std::uint32_t> &targets = successors[block->number];
    for (Successor *each : terminator(*block).successors)
      if (std::find(targets.begin(), targets.end(), each->block->number) == targets.end())
        targets.push_back(each->block->number);
  }
  return successors;
}
inline Graph predecessorsOf(const Graph &successors) {
  Graph predecessors(successors.size());
  for (std::uint32_t block = 0; block < successors.size(); ++block)
    for (std::uint32_t target : successors[block]) predecessors[target].push_back(block);
  return predecessors;
}

// The blocks that block 0 reaches, each after those that it leads to, but for the back edges of
// loops.
inline std::vector<std::uint32_t> postorder(const Graph &successors) {
  struct Visit {
    std::uint32_t block, next; // `next` is the successor to go to
  };
  std::vector<std::uint32_t> order;
  std::vector<bool> seen(successors.size());
  std::vector<Visit> stack;
  if (!successors.empty()) stack.push_back({0, 0});
  if (!successors.empty()) seen[0] = true;
  while (!stack.empty()) {
    Visit &top = stack.back();
    if (top.next == successors[top.block].size()) {
      order.push_back(top.block);
      stack.pop_back();
      continue;
    }
    const std::uint32_t target = successors[top.block][top.next++];
    if (seen[target]) continue;
    seen[target] = true;
    stack.push_back({target, 0});
  }
  return order;
}

// The immediate dominator of each block; kNone of the entry, and of what it doesn't reach. `order`
// is the postorder. (Cooper, Harvey & Kennedy, "A Simple, Fast Dominance Algorithm", 2001.)
inline std::vector<std::uint32_t> immediateDominators(const Graph &predecessors,
                                                      const std::vector<std::uint32_t> &order) {
  std::vector<std::uint32_t> rank(predecessors.size(), kNone), idom(predecessors.size(), kNone);
  for (std::uint32_t i = 0; i < order.size(); ++i) rank[order[i]] = i;
  if (order.empty()) return idom;
  idom[0] = 0;
  for (bool changed = true; changed;) {
    changed = false;
    for (auto block = order.rbegin() + 1; block != order.rend(); ++block) {
      std::uint32_t found = kNone;
      for (std::uint32_t other : predecessors[*block]) {
        if (rank[other] == kNone || idom[other] == kNone) continue; // not reached, or not yet
        if (found == kNone) found = other;
        for (std::uint32_t above = other; found != above;)
          if (rank[found] < rank[above]) found = idom[found];
          else above = idom[above];
      }
      if (idom[*block] != found) {
        idom[*block] = found;
        changed = true;
      }
    }
  }
  idom[0] = kNone;
  return idom;
}

// Erases an operation with all inside it, whatever uses it.
inline void eraseAll(Operation &root) {
  struct Eraser : Walker<Eraser> {
    void leave(Operation &op) {
      op.forEachOperand([](Operand &operand) { operand.set(nullptr); });
      op.block->operations.erase(op);
      op.block = nullptr;
    }
  };
  Eraser().walk(root);
}
// Erases the blocks that no path from the entry reaches. Gives their number.
inline std::size_t eraseUnreachableBlocks(Region &region) {
  const std::vector<Block *> blocks = numberBlocks(region);
  std::vector<bool> reached(blocks.size());
  for (std::uint32_t block : postorder(successorsOf(blocks))) reached[block] = true;
  std::size_t erased = 0;
  for (Block *block : blocks) {
    if (reached[block->number]) continue;
    while (!block->operations.empty()) eraseAll(block->operations.back());
    region.blocks.erase(*block);
    ++erased;
  }
  return erased;
}
