"""Which parameters miss a part of their gradient because values leave the graph, as far as that is not plainly meant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from cnndoctor.differences.bench import Bench
from cnndoctor.evidence.gradient import LeavingCall
from cnndoctor.patient.batches import transform
from cnndoctor.patient.kept_values import KeptInGraph
from cnndoctor.patient.randomness import preserved_randomness
from cnndoctor.probes.custom_functions import BACKWARD_SEED
from cnndoctor.probes.numeric_gradient import WRONG

VANISHING = 1e-9  # of the gradient that a tensor has otherwise: what rounding in float64 leaves
MOST_CALLS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """Gradients of one evaluation, by parameter; None where no path leads there.

    Attributes:
        loss: Of the loss.
        objective: Of the loss without the penalty that a step reports.
        reached: Names of parameters that the outputs depend on, as far as the graph knows.
        targets_move: Whether the targets depend on parameters.
    """

    loss: dict[str, Tensor | None]
    objective: dict[str, Tensor | None]
    reached: set[str] = field(default_factory=set)
    targets_move: bool = False


def cut_parameters(bench: Bench) -> tuple[tuple[str, ...], tuple[LeavingCall, ...]]:
    """Return the parameters whose gradient is another one when no value leaves the graph, and the calls that take them out.

    None where the program says that it means it: code that does not run without its cuts; targets that would move; a
    parameter that loses its gradient instead (a surrogate); parameters that another objective than the outputs' trains.

    Args:
        bench: At its first batch.
    """
    kept = KeptInGraph(noting=True)
    try:
        plain = _look(bench, None)
        whole = _look(bench, kept)
    except Exception:  # noqa: BLE001 - a cut may be needed: a state that outlives the batch, an average written in place
        return (), ()
    changed = tuple(name for name in plain.loss if _differ(plain.loss[name], whole.loss[name]))
    if whole.targets_move or any(_lost(plain.loss[name], whole.loss[name]) for name in changed):
        return (), ()
    if any(_of_another_objective(name, plain, whole) for name in changed):
        return (), ()
    calls = tuple(LeavingCall(name=name, file=file, line=line) for name, file, line in kept.calls)
    return changed, calls[:MOST_CALLS]


def _look(bench: Bench, kept: KeptInGraph | None) -> _Look:
    """Evaluate once and differentiate loss and outputs, with or without the user's cuts."""
    before, bench.session.kept_in_graph = bench.session.kept_in_graph, kept
    bench.mode.listening = False
    parameters = {
        n: p for n, p in bench.session.model.named_parameters() if p.requires_grad and p.is_floating_point()
    }
    try:
        computed = bench.computed()
        objective = computed.loss if computed.penalty is None else computed.loss - computed.penalty
        with preserved_randomness(), bench.mode:
            torch.manual_seed(BACKWARD_SEED)
            of_outputs = _gradients(sum(_differentiable(computed.outputs)), parameters)
            of_objective = _gradients(objective, parameters)
            of_loss = _gradients(computed.loss, parameters)
            of_targets = _gradients(sum(_differentiable(computed.targets)), parameters)
    finally:
        bench.session.kept_in_graph = before
        bench.mode.listening = True
    return _Look(
        loss=of_loss,
        objective=of_objective,
        reached={name for name, gradient in of_outputs.items() if gradient is not None},
        targets_move=any(gradient is not None for gradient in of_targets.values()),
    )


def _gradients(value: Any, parameters: Mapping[str, Tensor]) -> dict[str, Tensor | None]:  # noqa: ANN401 - a sum of nothing is 0
    if not isinstance(value, Tensor) or not value.requires_grad or not parameters:
        return dict.fromkeys(parameters)
    found = torch.autograd.grad(value, list(parameters.values()), retain_graph=True, allow_unused=True)
    return dict(zip(parameters, found, strict=True))


def _differentiable(value: object) -> list[Tensor]:
    """Return the sums of all tensors in a value that carry a graph."""
    found: list[Tensor] = []

    def note(tensor: Tensor) -> Tensor:
        if tensor.requires_grad:
            found.append(tensor.sum())
        return tensor

    transform(value, note)
    return found


def _size(gradient: Tensor | None) -> float:
    return float(gradient.norm()) if gradient is not None else 0.0


def _differ(plain: Tensor | None, whole: Tensor | None) -> bool:
    if plain is None or whole is None:
        return _size(plain) != _size(whole)
    return float((plain - whole).norm()) > WRONG * max(_size(plain), _size(whole))


def _lost(plain: Tensor | None, whole: Tensor | None) -> bool:
    return _size(whole) <= VANISHING * _size(plain)


def _of_another_objective(name: str, plain: _Look, whole: _Look) -> bool:
    """Return whether outputs reach a parameter only without the cut, while more than a penalty trains it as configured."""
    only_without_the_cut = name in whole.reached and name not in plain.reached
    # What is left when the penalty is taken off a loss that is nothing but penalty there is rounding.
    trained = _size(plain.objective[name]) > VANISHING * _size(plain.loss[name])
    return only_without_the_cut and trained
