"""The programs of traps.py that are written by hand."""

ALGEBRA = """
func.func @quotient(%x: i32, %y: i32) -> i32 {
  %p = arith.muli %x, %y : i32
  %q = arith.divsi %p, %y : i32
  return %q : i32
}
func.func @difference_below_zero(%x: i32, %y: i32) -> i1 {
  %zero = arith.constant 0 : i32
  %d = arith.subi %x, %y : i32
  %r = arith.cmpi slt, %d, %zero : i32
  return %r : i1
}
func.func @more_than_before(%x: i32, %y: i32) -> i1 {
  %s = arith.addi %x, %y : i32
  %r = arith.cmpi sgt, %s, %x : i32
  return %r : i1
}
func.func @main(%x: i32, %y: i32) -> i32 {
  %r = call @quotient(%x, %y) : (i32, i32) -> i32
  return %r : i32
}
func.func private @elsewhere(i32) -> i32
"""
IN_STEP = """
func.func @sides(%a: i32, %w: i32, %n: i32) -> (i32, i32) {
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  cf.br ^head(%a, %a, %zero : i32, i32, i32)
^head(%x: i32, %y: i32, %i: i32):
  %more = arith.cmpi slt, %i, %n : i32
  cf.cond_br %more, ^body, ^end
^body:
  %u = arith.subi %x, %w : i32
  %v = arith.subi %w, %y : i32
  %j = arith.addi %i, %one : i32
  cf.br ^head(%u, %v, %j : i32, i32, i32)
^end:
  return %x, %y : i32, i32
}
func.func @turned(%a: i32, %b: i32, %n: i32) -> (i32, i32, i32) {
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  cf.br ^head(%a, %a, %b, %zero : i32, i32, i32, i32)
^head(%x: i32, %y: i32, %z: i32, %i: i32):
  %more = arith.cmpi slt, %i, %n : i32
  %j = arith.addi %i, %one : i32
  cf.cond_br %more, ^head(%y, %z, %x, %j : i32, i32, i32, i32), ^end
^end:
  return %x, %y, %z : i32, i32, i32
}
func.func @swapped(%a: i32, %b: i32, %n: i32) -> (i32, i32) {
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  cf.br ^head(%a, %b, %zero : i32, i32, i32)
^head(%x: i32, %y: i32, %i: i32):
  %more = arith.cmpi slt, %i, %n : i32
  %j = arith.addi %i, %one : i32
  cf.cond_br %more, ^head(%y, %x, %j : i32, i32, i32), ^end
^end:
  return %x, %y : i32, i32
}
func.func @predicates(%a: i32, %b: i32, %n: i32) -> (i1, i1) {
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %no = arith.constant false
  cf.br ^head(%no, %no, %zero : i1, i1, i32)
^head(%p: i1, %q: i1, %i: i32):
  %more = arith.cmpi slt, %i, %n : i32
  %u = arith.cmpi slt, %i, %a : i32
  %v = arith.cmpi sle, %i, %a : i32
  %j = arith.addi %i, %one : i32
  cf.cond_br %more, ^head(%u, %v, %j : i1, i1, i32), ^end
^end:
  return %p, %q : i1, i1
}
"""
MEMORY = """
func.func @forwarded(%p: memref<i32>, %q: memref<i32>, %x: i32) -> i32 {
  %one = arith.constant 1 : i32
  memref.store %x, %p[] : memref<i32>
  memref.store %one, %q[] : memref<i32>
  %r = memref.load %p[] : memref<i32>
  return %r : i32
}
func.func @summed(%p: memref<i32>, %q: memref<i32>, %n: i32) -> i32 {
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  cf.br ^head(%zero, %zero, %q : i32, i32, memref<i32>)
^head(%i: i32, %s: i32, %m: memref<i32>):
  %v = memref.load %p[] : memref<i32>
  %t = arith.addi %s, %v : i32
  memref.store %i, %m[] : memref<i32>
  %j = arith.addi %i, %one : i32
  %more = arith.cmpi slt, %j, %n : i32
  cf.cond_br %more, ^head(%j, %t, %q : i32, i32, memref<i32>), ^end
^end:
  return %t : i32
}
func.func @once(%n: i32, %both: i1) -> (i32, i32) {
  %seven = arith.constant 7 : i32
  %a = memref.alloca() : memref<i32>
  %b = memref.alloca() : memref<i32>
  memref.store %seven, %a[] : memref<i32>
  memref.store %seven, %b[] : memref<i32>
  %f = call @forwarded(%a, %a, %n) : (memref<i32>, memref<i32>, i32) -> i32
  %s = call @summed(%a, %a, %n) : (memref<i32>, memref<i32>, i32) -> i32
  return %f, %s : i32, i32
}
func.func @passed_around(%n: i32, %both: i1) -> i32 {
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %a = memref.alloca() : memref<i32>
  %b = memref.alloca() : memref<i32>
  memref.store %one, %a[] : memref<i32>
  memref.store %one, %b[] : memref<i32>
  cf.cond_br %both, ^start(%a : memref<i32>), ^start(%b : memref<i32>)
^start(%m: memref<i32>):
  cf.br ^head(%zero, %zero : i32, i32)
^head(%i: i32, %s: i32):
  %v = memref.load %a[] : memref<i32>
  %t = arith.addi %s, %v : i32
  memref.store %i, %m[] : memref<i32>
  %j = arith.addi %i, %one : i32
  %more = arith.cmpi slt, %j, %n : i32
  cf.cond_br %more, ^head(%j, %t : i32, i32), ^end
^end:
  return %t : i32
}
"""
ENDLESS = """
func.func @there_and_back(%n: i32, %c: i1) -> i32 {
  cf.cond_br %c, ^start, ^out
^start:
  %zero = arith.constant 0 : i32
  %d = arith.cmpi slt, %n, %zero : i32
  cf.cond_br %d, ^x, ^y
^x:
  cf.cond_br %c, ^y, ^out
^y:
  cf.cond_br %c, ^x, ^out
^out:
  return %n : i32
}
func.func @two_ways_in(%n: i32, %c: i1) -> i32 {
  cf.cond_br %c, ^x, ^y
^x:
  cf.br ^y
^y:
  %zero = arith.constant 0 : i32
  %end = arith.cmpi eq, %n, %zero : i32
  cf.cond_br %end, ^out, ^x
^out:
  return %n : i32
}
func.func @two_at_a_time(%n: i32, %c: i1) -> i32 {
  %zero = arith.constant 0 : i32
  %two = arith.constant 2 : i32
  cf.br ^head(%zero : i32)
^head(%i: i32):
  %more = arith.cmpi ne, %i, %n : i32
  %j = arith.addi %i, %two : i32
  cf.cond_br %more, ^head(%j : i32), ^out
^out:
  return %n : i32
}
"""
CAPTURED = """
#map = affine_map<(d0) -> (d0)>
func.func @captured(%a: tensor<4xf32>, %n: i32) -> tensor<4xf32> {
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %empty = tensor.empty() : tensor<4xf32>
  cf.br ^head(%zero, %a : i32, tensor<4xf32>)
^head(%i: i32, %t: tensor<4xf32>):
  %f = arith.sitofp %i : i32 to f32
  %r = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel"]}
      ins(%a : tensor<4xf32>) outs(%empty : tensor<4xf32>) {
  ^bb0(%in: f32, %out: f32):
    %s = arith.addf %in, %f : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  %j = arith.addi %i, %one : i32
  %more = arith.cmpi slt, %j, %n : i32
  cf.cond_br %more, ^head(%j, %r : i32, tensor<4xf32>), ^end
^end:
  return %r : tensor<4xf32>
}
"""
"""A loop with an operation whose region uses what the loop defines."""
