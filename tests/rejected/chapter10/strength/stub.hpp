// fails: tests
// says: not solved yet
#pragma once
#include "compat.hpp"

// Strength reduction: where a loop multiplies an induction variable by something that the loop
// doesn't change, it adds instead.
//
//     %i = phi i32 [ 0, %entry ], [ %next, %loop ]        %i.k = phi i32 [ 0, %entry ], [ %next.k, %loop ]
//     %x = mul i32 %i, %k                           =>    ; %x's users use %i.k
//     %next = add i32 %i, 1                               %next.k = add i32 %i.k, %k
//
// An induction variable is a phi in the header of a loop with a preheader and one latch: it enters
// with any value, and each iteration adds the same to it. Of `%next` a product is reduced like one
// of `%i`. What takes part in a product that was reduced may be reduced again: `%i * %k * %m`. At
// the end nothing is left to reduce.
// (Allen, Cocke, and Kennedy, "Reduction of Operator Strength", in Program Flow Analysis, 1981.)
// YOUR CODE HERE
#error "not solved yet"
