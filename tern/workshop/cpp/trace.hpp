#pragma once
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

// Prints what a program holds after each of its lines: the objects that it names, and what operator
// new gave it. tern/workshop/cpp/trace.py reads it.
namespace trace {

struct Piece {
  const char *name;
  const void *start;
  std::size_t bytes;
  bool live;
};
inline Piece objects[64], blocks[64];
inline int objectCount = 0, blockCount = 0;

inline void show(const char *kind, const Piece &piece, int number) {
  std::printf("%s %s%d %zu ", kind, piece.name, number, reinterpret_cast<std::size_t>(piece.start));
  auto *bytes = static_cast<const unsigned char *>(piece.start);
  for (std::size_t i = 0; i < piece.bytes; ++i) std::printf("%02x", bytes[i]);
  std::printf("\n");
}
inline void line(int number) {
  for (int i = 0; i < objectCount; ++i) show("object", objects[i], i);
  for (int i = 0; i < blockCount; ++i)
    if (blocks[i].live) show("block", blocks[i], i);
  std::printf("line %d\n", number);
}

// Names an object for as long as the scope lasts, in which both are.
struct Watch {
  Watch(const char *name, const void *start, std::size_t bytes) {
    objects[objectCount++] = {name, start, bytes, true};
  }
  ~Watch() { --objectCount; }
};

constexpr unsigned char kUnset = 0xFE; // what memory holds that nobody has set

// What the stack held before is not what the reader should see.
__attribute__((noinline)) inline void unsetStack() {
  volatile unsigned char room[8192];
  for (volatile unsigned char &byte : room) byte = kUnset;
}

} // namespace trace

void *operator new(std::size_t bytes) {
  void *memory = std::malloc(bytes);
  std::memset(memory, trace::kUnset, bytes);
  trace::blocks[trace::blockCount] = {"#", memory, bytes, true};
  std::printf("new %d %zu\n", trace::blockCount++, bytes);
  return memory;
}
void operator delete(void *memory) noexcept { // the block stays: so no address comes twice
  for (int i = 0; i < trace::blockCount; ++i) {
    if (trace::blocks[i].start != memory || !trace::blocks[i].live) continue;
    trace::blocks[i].live = false;
    std::printf("delete %d %zu\n", i, trace::blocks[i].bytes);
  }
}
void operator delete(void *memory, std::size_t) noexcept { operator delete(memory); }
