#pragma once
#include "cfg.hpp"
#include "dead_code.hpp"
#include <map>
#include <optional>
#include <string_view>
#include <utility>

// Loops that nobody would miss: without effects, without results, and sure to end. As
// tern/passes/dead_loops.py.

// A natural loop: its header dominates all of it. (tern/analysis/loops.py)
struct Loop {
  Block *header;
  std::vector<Block *> blocks, latches; // in reverse postorder; and those that branch to the header
  std::vector<bool> members;            // by number
  bool has(const Block *block) const {
    return block->region == header->region && members[block->number];
  }
  bool defines(Value *value) const { return has(definingBlock(value)); }
};

class DeadLoops {
  using Step = __int128; // of numbers with 64 bits the sums and the opposites, too
  using Exit = std::pair<Block *, std::vector<Value *>>; // where an edge leads, with which values
  std::vector<Block *> blocks_;
  std::vector<std::uint32_t> idom_, rank_;
  std::map<Block *, std::pair<Loop, Exit>> bypassed_; // by the header

  static Exit exitOf(const Successor &successor) {
    Exit exit(successor.block, {});
    for (const Operand &operand : successor.args) exit.second.push_back(operand.get());
    return exit;
  }
  bool dominates(std::uint32_t above, std::uint32_t block) const {
    while (block != above && idom_[block] != kNone) block = idom_[block];
    return block == above;
  }

  std::vector<Loop> naturalLoops() {
    const Graph successors = successorsOf(blocks_), predecessors = predecessorsOf(successors);
    const std::vector<std::uint32_t> order = postorder(successors);
    idom_ = immediateDominators(predecessors, order);
    rank_.assign(blocks_.size(), 0);
    for (std::uint32_t i = 0; i < order.size(); ++i) rank_[order[i]] = i;
    std::vector<Loop> loops;
    for (std::uint32_t header : order) { // inner loops first
      Loop loop{blocks_[header], {}, {}, std::vector<bool>(blocks_.size())};
      std::vector<std::uint32_t> work;
      for (std::uint32_t latch : predecessors[header])
        if (dominates(header, latch)) work.push_back(latch);
      if (work.empty()) continue;
      for (std::uint32_t latch : work) loop.latches.push_back(blocks_[latch]);
      loop.members[header] = true;
      while (!work.empty()) {
        const std::uint32_t block = work.back();
        work.pop_back();
        if (loop.members[block]) continue;
        loop.members[block] = true;
        work.insert(work.end(), predecessors[block].begin(), predecessors[block].end());
      }
      for (auto each = order.rbegin(); each != order.rend(); ++each)
        if (loop.members[*each]) loop.blocks.push_back(blocks_[*each]);
      loops.push_back(std::move(loop));
    }
    return loops;
  }

  // Where a loop leaves to, with which values, if that is the same for all its exits.
  static std::optional<Exit> onlyExit(const Loop &loop) {
    std::optional<Exit> only;
    for (Block *block : loop.blocks)
      for (Successor *each : terminator(*block).successors) {
        if (loop.has(each->block)) continue;
        Exit exit = exitOf(*each);
        if (only && *only != exit) return std::nullopt;
        only = std::move(exit);
      }
    if (only)
      for (Value *value : only->second)
        if (loop.defines(value)) return std::nullopt;
    return only;
  }
  static bool onlyComputes(const Loop &loop) {
    for (Block *block : loop.blocks)
      for (Operation &op : block->operations)
        if (op.name->text != "cf.br" && op.name->text != "cf.cond_br" && !Speculation::possible(op))
          return false;
    return true;
  }
  static bool isUsedOutside(const Loop &loop) {
    auto outside = [&loop](const Value &value) {
      for (Operand &use : value)
        if (!loop.has(use.user()->block)) return true;
      return false;
    };
    for (Block *block : loop.blocks) {
      for (BlockArgument *arg : block->args)
        if (outside(*arg)) return true;
      for (Operation &op : block->operations)
        for (OpResult &result : op.results)
          if (outside(result)) return true;
    }
    return false;
  }

  // --- does it end? ------------------------------------------------------------------------------

  // Whether a loop counts, and every iteration tests the count.
  bool alwaysEnds(const Loop &loop) const {
    if (hasInnerCycle(loop) || loop.latches.size() != 1) return false;
    // The dominators of the latch, up to the header, are the blocks that every iteration runs.
    for (Block *block = loop.latches[0]; !tests(loop, *block);) {
      if (block == loop.header) return false;
      block = blocks_[idom_[block->number]];
    }
    return true;
  }
  bool hasInnerCycle(const Loop &loop) const {
    for (Block *block : loop.blocks)
      for (Successor *each : terminator(*block).successors)
        if (each->block != loop.header && loop.has(each->block) &&
            rank_[each->block->number] >= rank_[block->number]) // ranks are of the postorder
          return true;
    return false;
  }
  static std::string_view flipped(std::string_view predicate) {
    if (predicate == "slt") return "sgt";
    if (predicate == "sle") return "sge";
    if (predicate == "sgt") return "slt";
    if (predicate == "sge") return "sle";
    return predicate == "ne" || predicate == "eq" ? predicate : "";
  }
  static std::string_view negated(std::string_view predicate) {
    if (predicate == "slt") return "sge";
    if (predicate == "sle") return "sgt";
    if (predicate == "sgt") return "sle";
    if (predicate == "sge") return "slt";
    return predicate == "ne" ? "eq" : predicate == "eq" ? "ne" : "";
  }
  // Whether the block leaves the loop at the latest when its count has gone far enough.
  static bool tests(const Loop &loop, Block &block) {
    const Operation &last = terminator(block);
    if (last.name->text != "cf.cond_br") return false;
    const Operation *test = definingOp(last.operands[0].get());
    const bool stays = loop.has(last.successors[0]->block);
    if (!test || test->name->text != "arith.cmpi" || stays == loop.has(last.successors[1]->block))
      return false;
    auto predicate = cast<std::string_view>(test->attributes->find("predicate")->value);
    Value *count = test->operands[0].get(), *limit = test->operands[1].get();
    if (isFixed(loop, count)) {
      predicate = flipped(predicate);
      std::swap(count, limit);
    }
    if (!stays) predicate = negated(predicate); // it stays where the comparison fails
    if (!isFixed(loop, limit)) return false;
    const std::optional<Step> step = stepOf(loop, count);
    return step && runsOut(predicate, *step, limit);
  }
  static bool isFixed(const Loop &loop, Value *value) {
    return !loop.defines(value) || knownInteger(value);
  }
  // By how much a count grows in each iteration: an argument of the header, or its next value.
  static std::optional<Step> stepOf(const Loop &loop, const Value *count) {
    const Successor *back = nullptr;
    for (Successor *each : terminator(*loop.latches[0]).successors) {
      if (each->block != loop.header) continue;
      if (back) return std::nullopt;
      back = each;
    }
    for (BlockArgument *arg : loop.header->args) {
      const Value *next = back->args[arg->index].get();
      if (count == arg || count == next) return constantStep(next, arg);
    }
    return std::nullopt;
  }
  // c, if `next` is count + c or count - c.
  static std::optional<Step> constantStep(const Value *next, const Value *count) {
    const Operation *op = definingOp(next);
    const bool adds = op && op->name->text == "arith.addi";
    if (!adds && !(op && op->name->text == "arith.subi")) return std::nullopt;
    const Value *left = op->operands[0].get(), *right = op->operands[1].get();
    if (left != count && adds) std::swap(left, right);
    const std::int64_t *step = left == count ? knownInteger(right) : nullptr;
    if (!step) return std::nullopt;
    return adds ? Step(*step) : -Step(*step);
  }
  // Whether adding `step` again and again makes `count <predicate> limit` false at some time,
  // before the count could wrap around.
  static bool runsOut(std::string_view predicate, Step step, const Value *limit) {
    if (predicate == "ne") return step == 1 || step == -1;
    const bool upwards = predicate == "slt" || predicate == "sle";
    if (flipped(predicate).empty() || predicate == "eq" || step == 0 || (step > 0) != upwards)
      return false;
    const bool strict = predicate == "slt" || predicate == "sgt";
    const Step reach = (upwards ? step : -step) - strict; // beyond the limit, at most
    if (reach == 0) return true;
    const std::int64_t *number = knownInteger(limit);
    if (!number) return false;
    const auto *integer = dyn_cast<IntegerType>(limit->type);
    const bool isUnsigned = integer && integer->isUnsigned;
    const Step half = Step(1) << (widthOf(limit->type) - 1);
    const Step least = isUnsigned ? 0 : -half, greatest = isUnsigned ? 2 * half - 1 : half - 1;
    return upwards ? *number + reach <= greatest : *number - reach >= least;
  }

  // --- around them -------------------------------------------------------------------------------

  bool leadsOut(Block *header) const { // the exits of two dead loops may lead to each other
    std::vector<bool> seen(blocks_.size());
    for (auto at = bypassed_.find(header); at != bypassed_.end(); at = bypassed_.find(header)) {
      if (seen[header->number]) return false;
      seen[header->number] = true;
      header = at->second.second.first;
    }
    return true;
  }
  void redirect(Block *block, Successor &successor) const {
    const Exit *exit = nullptr;
    Block *to = successor.block;
    for (auto at = bypassed_.find(to); at != bypassed_.end() && !at->second.first.has(block);
         at = bypassed_.find(to)) {
      exit = &at->second.second;
      to = exit->first;
    }
    if (!exit) return;
    successor.block = to;
    successor.args.clear();
    Operation *user = &terminator(*block);
    for (Value *value : exit->second) successor.args.emplace_back(user, value);
  }

public:
  explicit DeadLoops(Region &region) : blocks_(numberBlocks(region)) {}

  // Leads the paths into each dead loop to where it would have ended. Gives the number of loops.
  std::size_t bypass() {
    for (Loop &loop : naturalLoops()) {
      std::optional<Exit> exit = onlyExit(loop);
      if (!exit || !onlyComputes(loop) || !alwaysEnds(loop) || isUsedOutside(loop)) continue;
      Block *header = loop.header;
      bypassed_.emplace(header, std::pair(std::move(loop), std::move(*exit)));
    }
    std::vector<Block *> stuck;
    for (auto &[header, found] : bypassed_)
      if (!leadsOut(header)) stuck.push_back(header);
    for (Block *header : stuck) bypassed_.erase(header);
    if (!bypassed_.empty())
      for (Block *block : blocks_)
        for (Successor *each : terminator(*block).successors) redirect(block, *each);
    return bypassed_.size();
  }
};

// Erases what makes no difference: unreachable blocks, operations, block arguments, and loops.
// Gives how many blocks, operations, and block arguments went.
inline std::size_t dce(Operation &function) {
  std::size_t erased = 0;
  do erased += eraseWhatMakesNoDifference(function);
  while (DeadLoops(function.regions[0]).bypass());
  return erased;
}
