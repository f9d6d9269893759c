#pragma once
#include "ir.hpp"
#include "readers.hpp"
#include "walk.hpp"
#include <memory>
#include <vector>

// The work of the chapter's question, step by step as tern/workshop/cpp/workload.py does it in
// Python.
namespace workload {

constexpr std::uint32_t kNear = 16;   // operands are among so many values before
constexpr std::uint32_t kEvery = 10;  // of every so many results, the uses are replaced

// A module with a function of `count` additions and multiplications, each of two values before it.
inline std::unique_ptr<IR> build(std::uint32_t count) {
  auto ir = std::make_unique<IR>();
  Context &context = ir->context;
  const Type *i32 = context.type("i32");
  const OperationName *kinds[] = {context.name("arith.addi"), context.name("arith.muli")};
  const Dictionary *none = context.dictionary("{}");
  SmallVec<Value *, 1> noValues;
  SmallVec<const Type *, 1> noTypes;
  SmallVec<const Type *, 1> oneResult;
  oneResult.push_back(i32);

  ir->root = ir->create(context.name("builtin.module"), noValues, noTypes, none);
  ir->addRegions(*ir->root, 1);
  Operation *function =
      ir->create(context.name("func.func"), noValues, noTypes,
                 context.dictionary("{\"function_type\":{\"type\":\"(i32, i32) -> i32\"},"
                                    "\"sym_name\":\"work\"}"));
  ir->createBlock(ir->root->regions[0])->append(*function);
  ir->addRegions(*function, 1);
  Block *block = ir->createBlock(function->regions[0]);

  std::vector<Value *> values;
  values.reserve(count + 2);
  for (int i = 0; i < 2; ++i) values.push_back(ir->addArgument(*block, i32));
  std::uint32_t random = 1; // a generator that is the same in every language
  auto oneBefore = [&] {
    random = random * 1103515245u + 12345u;
    const auto known = static_cast<std::uint32_t>(values.size());
    return values[known - 1 - (random >> 16) % (known < kNear ? known : kNear)];
  };
  SmallVec<Value *, 2> operands;
  for (std::uint32_t i = 0; i < count; ++i) {
    operands.clear();
    operands.push_back(oneBefore());
    operands.push_back(oneBefore());
    Operation *op = ir->create(kinds[i % 2], operands, oneResult, none);
    block->append(*op);
    values.push_back(&op->results[0]);
  }
  SmallVec<Value *, 1> last;
  last.push_back(values.back());
  block->append(*ir->create(context.name("func.return"), last, noTypes, none));
  return ir;
}

// How many operations and operands there are.
inline std::size_t walk(IR &ir) {
  struct Count : Walker<Count> {
    std::size_t found = 0;
    bool enter(Operation &op) {
      found += 1 + op.operands.size();
      return true;
    }
  } count;
  count.walk(*ir.root);
  return count.found;
}

inline Block &body(IR &ir) {
  return ir.root->regions[0].blocks.front().operations.front().regions[0].blocks.front();
}

// Every tenth result's uses become the first argument's. Gives how many results these are.
inline std::size_t replace(IR &ir) {
  Block &block = body(ir);
  std::size_t number = 0, replaced = 0;
  for (Operation &op : block.operations) {
    if (op.results.empty() || number++ % kEvery) continue;
    op.results[0].replaceAllUsesWith(block.args[0]);
    ++replaced;
  }
  return replaced;
}

inline std::size_t eraseDead(IR &ir) {
  return ::eraseDead(*ir.root, [](Operation &op) { return op.name->isPure; });
}

} // namespace workload
