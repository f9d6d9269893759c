#include "bytecode.hpp"
#include "dead_code.hpp"
#include "dead_loops.hpp"
#include "gvn.hpp"
#include "workload.hpp"
#include <exception>

// What Python calls, through ctypes. No exception crosses: an error is a text that
// `tern_core_error` has until the next call.

#define EXPORT extern "C" __attribute__((visibility("default")))

struct Core {
  std::unique_ptr<IR> ir;
  std::unique_ptr<BytecodeWriter> written;
};

namespace {
thread_local std::string lastError;

template <class Result, class Do> Result guarded(Result onError, Do action) {
  try {
    return action();
  } catch (const std::exception &error) {
    lastError = error.what();
    return onError;
  }
}
bool isDefined(const Operation &op) {
  return op.name->text == "func.func" && !op.regions.empty() && !op.regions[0].blocks.empty();
}
void learn(Context &context, std::string_view facts) {
  for (Cursor cursor(facts); !cursor.done();) {
    const char *start = cursor.at;
    while (cursor.peek() != ' ') ++cursor.at;
    OperationName *name = context.name({start, std::size_t(cursor.at - start)});
    cursor.expect(" ");
    name->isKnown = true;
    name->isPure = cursor.accept("p");
    name->isCommutative = cursor.accept("c");
    using Fails = OperationName::Fails;
    name->fails = cursor.accept("n")   ? Fails::Never
                  : cursor.accept("d") ? Fails::Division
                  : cursor.accept("s") ? Fails::Shift
                                       : Fails::Otherwise;
    cursor.accept("o");
    cursor.expect("\n");
  }
}
// A pass on a function, or on each function of a module.
template <class Pass> std::int64_t onFunctions(Core &core, Pass pass) {
  return guarded<std::int64_t>(-1, [&] {
    Operation &root = *core.ir->root;
    if (root.name->text != "builtin.module") return std::int64_t(pass(root));
    std::int64_t changes = 0;
    for (Operation &op : root.regions[0].blocks.front().operations)
      if (isDefined(op)) changes += pass(op);
    return changes;
  });
}
} // namespace

EXPORT const char *tern_core_error() { return lastError.c_str(); }

// An operation of its bytecode. `facts` has a line for each operation that is known: its name, "p"
// for pure, "c" for commutative, and of n, d, s, o why it may fail: never, division, shift,
// otherwise.
EXPORT Core *tern_core_read(const char *bytes, std::size_t size, const char *facts) {
  return guarded<Core *>(nullptr, [&] {
    auto core = std::make_unique<Core>();
    core->ir = BytecodeReader({bytes, size}).read();
    learn(core->ir->context, facts);
    return core.release();
  });
}
EXPORT void tern_core_free(Core *core) { delete core; }

EXPORT std::int64_t tern_core_gvn(Core *core) { return onFunctions(*core, gvn); }
EXPORT std::int64_t tern_core_dce(Core *core) { return onFunctions(*core, dce); }
EXPORT std::int64_t tern_core_erase_dead(Core *core) {
  return guarded<std::int64_t>(-1, [&] {
    return eraseDead(*core->ir->root, [](Operation &op) { return op.name->isPure; });
  });
}

// The steps of the chapter's question.
EXPORT Core *tern_core_build(std::uint32_t operations, const char *facts) {
  return guarded<Core *>(nullptr, [&] {
    auto core = std::make_unique<Core>();
    core->ir = workload::build(operations);
    learn(core->ir->context, facts);
    return core.release();
  });
}
EXPORT std::int64_t tern_core_walk(Core *core) { return workload::walk(*core->ir); }
EXPORT std::int64_t tern_core_replace(Core *core) { return workload::replace(*core->ir); }

// The bytecode, and which its operations (0), values (1), and blocks (2) were in what was read;
// until the next call.
EXPORT const char *tern_core_write(Core *core, std::size_t *size) {
  return guarded<const char *>(nullptr, [&] {
    core->written = std::make_unique<BytecodeWriter>(*core->ir->root);
    *size = core->written->bytes.size();
    return core->written->bytes.data();
  });
}
EXPORT const std::uint32_t *tern_core_origins(Core *core, int what, std::size_t *count) {
  const BytecodeWriter &written = *core->written;
  const auto &origins = what == 0   ? written.operationOrigins
                        : what == 1 ? written.valueOrigins
                                    : written.blockOrigins;
  *count = origins.size();
  return origins.data();
}
