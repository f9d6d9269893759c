#pragma once
#include "ir.hpp"
#include "readers.hpp"
#include <memory>
#include <string>
#include <vector>

// tern's bytecode (tern/ir/bytecode.py), read and written: JSON without spaces, operations breadth
// first, and everything else by its number. What is read and written again is the same, byte by
// byte.

class BytecodeReader {
  Cursor cursor_;
  std::unique_ptr<IR> ir_ = std::make_unique<IR>();
  std::vector<const Type *> types_;
  std::vector<Value *> values_;
  std::vector<Block *> blocks_;
  std::vector<Operation *> operations_;
  std::vector<std::uint32_t> sizes_; // of each block, in operations
  // The numbers of all operands, of successors, and of what is passed to these: the operations that
  // they mean may come later.
  std::vector<std::uint32_t> pending_;

  static constexpr std::string_view kTypes = "],\"types\":[";

  std::uint32_t number() { return cursor_.number<std::uint32_t>(); }

  // [1,2,3] onto the pending numbers, their count first.
  void pend() {
    const std::size_t count = pending_.size();
    pending_.push_back(0);
    cursor_.list("[", "]", [&] { pending_.push_back(number()); });
    pending_[count] = static_cast<std::uint32_t>(pending_.size() - count - 1);
  }
  template <class T> T at(const std::vector<T> &known, std::uint32_t number) const {
    if (number >= known.size()) throw MalformedText("a number that nothing has");
    return known[number];
  }
  void readTypes(std::string_view text) {
    Cursor cursor(text);
    cursor.list("[", "]", [&] {
      const std::string_view quoted = cursor.quoted();
      types_.push_back(ir_->context.type(quoted.substr(1, quoted.size() - 2)));
    });
    cursor.expect("}");
    if (!cursor.done()) cursor.fail("expected the end");
  }
  SmallVec<const Type *, 4> typeNumbers() {
    SmallVec<const Type *, 4> found;
    cursor_.list("[", "]", [&] { found.push_back(at(types_, number())); });
    return found;
  }

  // ["arith.addf",[operands],[types],{attributes},[[block,[values]],…],[[[[types],count],…],…]]
  void readOperation() {
    cursor_.expect("[");
    const std::string_view name = cursor_.quoted();
    cursor_.expect(",");
    pend();
    cursor_.expect(",");
    const auto types = typeNumbers();
    cursor_.expect(",");
    const Dictionary *attributes = AttributeReader(ir_->context, cursor_).dictionary();
    const auto origin = static_cast<std::uint32_t>(operations_.size());
    const auto firstResult = static_cast<std::uint32_t>(values_.size());
    Operation *op = ir_->create(ir_->context.name(name.substr(1, name.size() - 2)),
                                SmallVec<Value *, 1>(), types, attributes, origin, firstResult);
    operations_.push_back(op);
    for (OpResult &result : op->results) values_.push_back(&result);
    cursor_.expect(",");
    const std::size_t count = pending_.size();
    pending_.push_back(0);
    cursor_.list("[", "]", [&] {
      cursor_.expect("[");
      pending_.push_back(number());
      cursor_.expect(",");
      pend();
      cursor_.expect("]");
      ++pending_[count];
    });
    cursor_.expect(",");
    readRegions(*op);
    cursor_.expect("]");
  }
  void readRegions(Operation &op) {
    // How many there are is known at the end, and regions stay where they are: so blocks first.
    SmallVec<SmallVec<Block *, 4>, 2> regions;
    cursor_.list("[", "]", [&] {
      regions.emplace_back();
      cursor_.list("[", "]", [&] {
        cursor_.expect("[");
        Block *block = ir_->context.arena().create<Block>();
        for (const Type *type : typeNumbers()) {
          const auto origin = static_cast<std::uint32_t>(values_.size());
          values_.push_back(ir_->addArgument(*block, type, origin));
        }
        cursor_.expect(",");
        sizes_.push_back(number());
        cursor_.expect("]");
        block->origin = static_cast<std::uint32_t>(blocks_.size());
        blocks_.push_back(block);
        regions.back().push_back(block);
      });
    });
    ir_->addRegions(op, regions.size());
    for (std::size_t i = 0; i < regions.size(); ++i)
      for (Block *block : regions[i]) op.regions[i].append(*block);
  }

  void connect() {
    auto next = pending_.begin();
    for (Operation *op : operations_) {
      for (std::uint32_t count = *next++; count; --count)
        op->operands.emplace_back(op, at(values_, *next++));
      ir_->setSuccessors(*op, *next++);
      for (Successor *successor : op->successors) {
        successor->block = at(blocks_, *next++);
        for (std::uint32_t count = *next++; count; --count)
          successor->args.emplace_back(op, at(values_, *next++));
      }
    }
    std::size_t inside = 1; // the operations after the root, block by block
    for (std::size_t i = 0; i < blocks_.size(); ++i)
      for (std::uint32_t count = sizes_[i]; count; --count, ++inside) {
        if (inside <= blocks_[i]->region->parent->origin)
          throw MalformedText("an operation inside of itself");
        blocks_[i]->append(*at(operations_, static_cast<std::uint32_t>(inside)));
      }
    if (inside != operations_.size()) throw MalformedText("an operation stands in no block");
  }

public:
  explicit BytecodeReader(std::string_view bytes) : cursor_(bytes) {
    const std::size_t types = bytes.rfind(kTypes);
    if (types == bytes.npos) throw MalformedText("there are no types");
    readTypes(bytes.substr(types + kTypes.size() - 1));
    cursor_ = Cursor(bytes.substr(0, types + 1));
  }
  std::unique_ptr<IR> read() {
    cursor_.expect("{\"operations\":");
    cursor_.list("[", "]", [this] { readOperation(); });
    if (!cursor_.done() || operations_.empty()) cursor_.fail("expected operations");
    connect();
    ir_->root = operations_[0];
    return std::move(ir_);
  }
};

class BytecodeWriter {
  std::string out_ = "{\"operations\":[";
  std::vector<Operation *> operations_;
  std::unordered_map<const Type *, std::uint32_t> typeNumbers_;
  std::vector<const Type *> types_;
  std::uint32_t values_ = 0, blocks_ = 0;

  void number(std::uint32_t number) {
    char digits[10];
    out_.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
  }
  void typeNumber(const Type *type) { number(typeNumbers_.at(type)); }
  void note(const Type *type) {
    if (typeNumbers_.emplace(type, static_cast<std::uint32_t>(types_.size())).second)
      types_.push_back(type);
  }
  template <class Many, class Each> void list(Many &many, Each each) {
    out_ += '[';
    const std::size_t start = out_.size();
    for (auto &one : many) {
      if (out_.size() != start) out_ += ',';
      each(one);
    }
    out_ += ']';
  }
  // Numbers are given in the order in which the operations bring things in: so all at first.
  void numberAll(Operation &root) {
    operations_.push_back(&root);
    for (std::size_t i = 0; i < operations_.size(); ++i) {
      Operation &op = *operations_[i];
      for (OpResult &result : op.results) result.number = values_++;
      for (Region &region : op.regions)
        for (Block &block : region.blocks) {
          block.number = blocks_++;
          for (BlockArgument *arg : block.args) {
            arg->number = values_++;
            note(arg->type);
          }
          for (Operation &inner : block.operations) operations_.push_back(&inner);
        }
    }
    for (Operation *op : operations_)
      for (OpResult &result : op->results) note(result.type);
  }
  void write(Operation &op) {
    auto value = [this](const Operand &operand) { number(operand.get()->number); };
    out_ += "[\"";
    out_ += op.name->text;
    out_ += "\",";
    list(op.operands, value);
    out_ += ',';
    list(op.results, [this](const OpResult &result) { typeNumber(result.type); });
    out_ += ',';
    out_ += op.attributes ? op.attributes->text : "{}";
    out_ += ',';
    list(op.successors, [&](Successor *successor) {
      out_ += '[';
      number(successor->block->number);
      out_ += ',';
      list(successor->args, value);
      out_ += ']';
    });
    out_ += ',';
    list(op.regions, [this](Region &region) {
      list(region.blocks, [this](Block &block) {
        out_ += '[';
        list(block.args, [this](const BlockArgument *arg) { typeNumber(arg->type); });
        out_ += ',';
        std::uint32_t count = 0;
        for (auto at = block.operations.begin(); at != block.operations.end(); ++at) ++count;
        number(count);
        out_ += ']';
      });
    });
    out_ += ']';
  }

public:
  // The bytes of an operation; and which its operations, values, and blocks were in the IR that was
  // read: kNew for one that is new.
  std::string bytes;
  std::vector<std::uint32_t> operationOrigins, valueOrigins, blockOrigins;

  explicit BytecodeWriter(Operation &root) {
    numberAll(root);
    for (Operation *op : operations_) {
      if (out_.back() == ']') out_ += ',';
      write(*op);
      operationOrigins.push_back(op->origin);
      for (OpResult &result : op->results) valueOrigins.push_back(result.origin);
      for (Region &region : op->regions)
        for (Block &block : region.blocks) {
          blockOrigins.push_back(block.origin);
          for (BlockArgument *arg : block.args) valueOrigins.push_back(arg->origin);
        }
    }
    out_ += "],\"types\":";
    list(types_, [this](const Type *type) {
      out_ += '"';
      out_ += type->spelling;
      out_ += '"';
    });
    out_ += '}';
    bytes = std::move(out_);
  }
};
