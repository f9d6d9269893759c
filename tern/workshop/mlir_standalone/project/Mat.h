// The dialect of matrices: what TableGen has declared of it.

#pragma once

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "MatDialect.h.inc"

#define GET_TYPEDEF_CLASSES
#include "MatTypes.h.inc"

#define GET_OP_CLASSES
#include "MatOps.h.inc"
