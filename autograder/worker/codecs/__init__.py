"""How tern's own classes cross between judge and worker: one codec for each kind of value."""

from __future__ import annotations

import sys

from autograder.worker import wire


def register_tern() -> None:
    """Teach wire.py the classes that this chapter's functions take and return."""
    from autograder.worker.codecs import cursor, ir, tree, types
    from tern.ir import Operation, Violation
    from tern.shapes import Guard
    from tern.text import Cursor, Source
    from tern.types import FloatType, IndexType, IntegerType, TensorType

    wire.register(Operation, ir.OperationCodec())
    wire.register(Violation, ir.ViolationCodec())
    trees = tree.TreeCodec()
    for kind in trees.shapes.classes:
        wire.register(kind, trees)
    wire.register(Source, tree.SourceCodec())
    wire.register(Cursor, cursor.CursorCodec())
    if "tern.text.automata" in sys.modules:
        from autograder.worker.codecs import automata

        wire.register(automata.Token, automata.TokenCodec())
        wire.register(automata.NFA, automata.NFACodec())
        wire.register(automata.DFA, automata.DFACodec())
        for kind in automata.KINDS:
            wire.register(kind, automata.RegexCodec())
    for kind in (IntegerType, FloatType, IndexType, TensorType):
        wire.register(kind, types.TypeCodec())
    wire.register(Guard, types.GuardCodec())
    if checks := sys.modules.get("tern.check"):
        from autograder.worker.codecs import check

        wire.register(checks.Alone, check.AloneCodec())
        wire.register(checks.Checked, check.CheckedCodec())
    if costs := sys.modules.get("tern.cost"):
        from autograder.worker.codecs.cache import CacheCodec

        wire.register(costs.Cache, CacheCodec())
    if analysis := sys.modules.get("tern.analysis"):
        from autograder.worker.codecs import dataflow

        wire.register(analysis.GenKill, dataflow.GenKillCodec())
        wire.register(analysis.Tables, dataflow.TablesCodec())
        wire.register(analysis.Solution, dataflow.SolutionCodec())
    if rewriting := sys.modules.get("tern.workshop.rewriting"):
        from autograder.worker.codecs import rewriting as crossing_rules
        from tern.rewrite import Pattern, Rule, Statistics
        from tern.rewrite.matching import Node
        from tern.rewrite.questions import Test

        wire.register(Rule, crossing_rules.RuleCodec())
        wire.register(Pattern, crossing_rules.PatternCodec(rewriting.WRITTEN))
        wire.register(Statistics, crossing_rules.StatisticsCodec())
        wire.register(Test, crossing_rules.TestCodec())
        wire.register(Node, crossing_rules.NodeCodec())
        wire.register(rewriting.Compiled, crossing_rules.CompiledCodec(rewriting.Compiled))
    if conversions := sys.modules.get("tern.workshop.rewriting.conversions"):
        from autograder.worker.codecs.conversion import ConversionCodec
        from tern.rewrite import Conversion

        wire.register(Conversion, ConversionCodec(conversions.conversion))
    if bindings := sys.modules.get("torch_mlir.ir"):
        from autograder.worker.codecs import mlir

        wire.register(bindings.Module, mlir.ModuleCodec())
    if gpu := sys.modules.get("tern.gpu.configurations"):
        from autograder.worker.codecs.configurations import ConfigurationCodec

        wire.register(gpu.Configuration, ConfigurationCodec())
    if xla := sys.modules.get("tern.workshop.xla"):
        from autograder.worker.codecs import xla as crossing

        wire.register(xla.Program, crossing.ProgramCodec())
        wire.register(xla.ShapedArray, crossing.ShapedArrayCodec())
        wire.register(xla.Jaxpr, crossing.JaxprCodec())
        wire.register(xla.Computation, crossing.ComputationCodec())
        wire.register(xla.Module, crossing.ModuleCodec())
    if frameworks := sys.modules.get("tern.workshop.frameworks"):
        from autograder.worker.codecs import frameworks as of_frameworks

        wire.register(frameworks.Program, of_frameworks.ProgramCodec())
        wire.register(frameworks.Tensor, of_frameworks.TensorCodec())
        wire.register(frameworks.Captured, of_frameworks.CapturedCodec())
