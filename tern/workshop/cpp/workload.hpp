#pragma once
#include "ir.hpp"
#include "walk.hpp"

// The work of the chapter's question: a function of so many operations is built, walked, its uses
// replaced, and cleared of what is dead.
