"""Whose backward differs: the guilty function or module, or the purpose that speaks for the difference."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from torch import nn

from cnndoctor.differences.bench import Bench
from cnndoctor.differences.cuts import cut_parameters
from cnndoctor.evidence import GradientEvidence
from cnndoctor.evidence.gradient import ModuleCheck, TensorCheck
from cnndoctor.probes.custom_functions import Judged
from cnndoctor.probes.guilty_modules import guilty_functions, guilty_modules, module_check
from cnndoctor.probes.numeric_gradient import OK, WRONG

NAMES_IN_REASON = 4
FLAT = 1e-6  # numeric over analytic derivative below which the loss does not change at all


def explained(bench: Bench, evidence: GradientEvidence, functions: list[Any]) -> GradientEvidence:
    """Find whose backward it is; take back the verdict where values leave the graph on purpose.

    Args:
        bench: At its first batch.
        evidence: With every tensor's check.
        functions: The custom functions in the loss's graph.
    """
    model = bench.session.model
    judged = guilty_functions(bench.loss, model, functions, bench.generator, bench.mode)
    wrong = [one for one in judged if one.error > OK and not one.meant]
    if wrong:
        guilty = _worst_first(wrong)
        shown = any(tensor.verdict == "wrong" for tensor in evidence.tensors)
        tensors = evidence.tensors if shown else (*evidence.tensors, _as_tensor(guilty[0]))
        return replace(evidence, tensors=tensors, modules=tuple(_module_of(model, one) for one in guilty))
    if all(tensor.verdict not in {"uneasy", "wrong"} for tensor in evidence.tensors):
        return evidence
    meant = _meant(bench, judged, evidence.tensors)
    if meant:
        tensors = tuple(
            replace(t, verdict="unchecked") if t.verdict in {"uneasy", "wrong"} else t
            for t in evidence.tensors
        )
        cut, calls = cut_parameters(bench) if bench.mode.left_graph else ((), ())
        return replace(evidence, tensors=tensors, reason=meant, cut_parameters=cut, cut_by=calls)
    modules = guilty_modules(bench.loss, model, bench.generator, bench.mode, bench.box)
    return replace(evidence, modules=tuple(modules))


def _meant(bench: Bench, judged: list[Judged], tensors: tuple[TensorCheck, ...]) -> str:
    """Say why gradients may differ on purpose; empty when nothing speaks for it."""
    bad = [t for t in tensors if t.verdict in {"uneasy", "wrong"}]
    kinds = sorted({f"{one.call.function.__name__} is {_ARTICLES[one.meant]}" for one in judged if one.meant})
    left = sorted(bench.mode.left_graph - ({"data"} if bench.mode.silent_writes else set()))
    hooked = sorted(name for name, p in bench.session.model.named_parameters() if p._backward_hooks)  # noqa: SLF001
    if left:
        kinds.append(
            f"values leave the graph or gradients are changed by {', '.join(left[:NAMES_IN_REASON])}"
        )
    if hooked or _has_backward_hooks(bench.session.model):
        kinds.append("backward hooks may change gradients")
    if not kinds and all(abs(t.numeric) <= FLAT * abs(t.analytic) for t in bad):
        kinds.append("the loss is piecewise constant, so backward is a straight-through estimator")
    return (
        f"differences and backward disagree, which is meant as far as can be seen: {'; '.join(kinds)}"
        if kinds
        else ""
    )


_ARTICLES = {
    "straight-through": "a straight-through estimator",
    "identity": "an identity whose only purpose is another gradient",
}


def _has_backward_hooks(model: nn.Module) -> bool:
    return any(m._backward_hooks or m._backward_pre_hooks for m in model.modules())  # noqa: SLF001


def _worst_first(judged: list[Judged]) -> list[Judged]:
    worst: dict[tuple[str | None, str], Judged] = {}
    for one in sorted(judged, key=lambda one: -one.error):
        worst.setdefault((one.call.layer, one.call.function.__name__), one)
    return list(worst.values())


def _as_tensor(judged: Judged) -> TensorCheck:
    """Return the input of a guilty function as a checked tensor."""
    return TensorCheck(
        name=f"input of {judged.call.function.__name__}",
        layer=judged.call.layer or "",
        error=judged.error,
        direction_error=judged.error,
        verdict="wrong" if judged.error > WRONG else "uneasy",
        analytic=judged.analytic,
        numeric=judged.numeric,
    )


def _module_of(model: nn.Module, judged: Judged) -> ModuleCheck:
    return module_check(
        model, judged.call.layer, judged.error, (judged.call.function.__name__,), judged.call.function
    )
