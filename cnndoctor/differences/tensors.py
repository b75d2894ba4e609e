"""Every tensor's gradient held against differences: one random direction, then coordinates and other batches."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from cnndoctor.differences.bench import Bench
from cnndoctor.evidence.gradient import TensorCheck
from cnndoctor.patient.batches import first_tensor
from cnndoctor.patient.randomness import preserved_randomness
from cnndoctor.probes.custom_functions import BACKWARD_SEED
from cnndoctor.probes.numeric_gradient import (
    OK,
    WRONG,
    Comparison,
    along_gradient,
    compare,
    coordinate_direction,
    coordinate_step,
    direction_step,
    held_row,
    random_direction,
)

FEW_TENSORS = 16  # below it a few coordinates of every tensor are checked too
FEW_COORDINATES = 3  # of each tensor, where there are few tensors


def check_all(
    bench: Bench, tell: Callable[[int, int, str], None], base: float, coordinates: int
) -> tuple[list[TensorCheck], list[str]]:
    """Check the input and every trainable tensor; in an order that covers the whole depth before time runs out.

    Args:
        bench: At its first batch.
        tell: Told how many of how many tensors are done.
        base: The loss there.
        coordinates: Elements checked of a tensor whose direction shows an error.

    Returns:
        The checks, and the names of the tensors that time left out.
    """
    leaves = _leaves(bench)
    few = FEW_COORDINATES if len(leaves) <= FEW_TENSORS else 0
    gradients = _gradients(bench, [leaf for _, leaf in leaves])
    checks: dict[int, TensorCheck] = {}
    for done, index in enumerate(_spread(len(leaves))):
        if bench.box.over:
            break
        name, leaf = leaves[index]
        tell(done, len(leaves), "holding gradients against differences")
        checks[index] = _check_tensor(
            bench, name, leaf, gradients[index], base=base, few=few, coordinates=coordinates
        )
        if _kinky(checks[index]):
            checks[index] = _with_other_batches(bench, index, checks[index], coordinates)
    return [checks[i] for i in sorted(checks)], [leaves[i][0] for i in range(len(leaves)) if i not in checks]


def _leaves(bench: Bench) -> list[tuple[str, Tensor]]:
    """Return the trainable float tensors, and the input where it is one; each batch's input becomes a leaf."""
    found: list[tuple[str, Tensor]] = [
        (name, p)
        for name, p in bench.session.model.named_parameters()
        if p.requires_grad and p.dtype == torch.float64
    ]
    inputs = first_tensor(bench.session.members.inputs_of(bench.batch))
    if inputs is not None and inputs.dtype == torch.float64 and inputs.numel():
        found.append(("input", inputs.requires_grad_()))
    return found


def _gradients(bench: Bench, leaves: list[Tensor]) -> list[Tensor | None]:
    """Run backward as training does (autograd.grad refuses reentrant checkpointing) and take the gradients."""
    everything = [*bench.session.model.parameters(), *leaves]
    for leaf in everything:
        leaf.grad = None
    loss = bench.loss()
    bench.mode.listening = False
    try:
        with preserved_randomness(), bench.mode:
            # In training the generator has moved on by now: a backward that draws must not get the forward's numbers again.
            torch.manual_seed(BACKWARD_SEED)
            loss.backward()  # type: ignore[no-untyped-call]
    finally:
        bench.mode.listening = True
    gradients = [leaf.grad for leaf in leaves]
    for leaf in everything:
        leaf.grad = None
    return [g.detach().to_dense().double() if g is not None else None for g in gradients]


def _check_tensor(
    bench: Bench,
    name: str,
    leaf: Tensor,
    gradient: Tensor | None,
    *,
    base: float,
    few: int,
    coordinates: int,
) -> TensorCheck:
    """Check one tensor along a random direction, then coordinates where that is not enough."""
    layer = name.rpartition(".")[0] if name != "input" else ""
    if gradient is None:
        return TensorCheck(name=name, layer=layer, error=0.0, verdict="unchecked")
    if not bool(gradient.isfinite().all()):
        return TensorCheck(name=name, layer=layer, error=math.nan, verdict="unchecked")
    step = direction_step(leaf)
    held = held_row(bench.session.model, leaf)
    along = compare(
        bench.value, leaf, gradient, random_direction(leaf, bench.generator, held), step=step, base=base
    )
    if along.unsure and bool(gradient.any()):
        along = compare(
            bench.value, leaf, gradient, along_gradient(gradient, bench.generator), step=step, base=base
        )
    count = coordinates if along.error > OK and not along.unsure else few
    singles = [
        compare(
            bench.value, leaf, gradient, coordinate_direction(leaf, i), step=coordinate_step(leaf), base=base
        )
        for i in _chosen(gradient, count, bench.generator, held)
        if not bench.box.over
    ]
    return _tensor_check(name, layer, along, singles)


def _chosen(gradient: Tensor, count: int, generator: torch.Generator, held: int | None) -> list[int]:
    """Return the elements to check, none of the held row: those of largest and of median gradient, then random ones."""
    size = gradient.numel()
    if count <= 0 or not size:
        return []
    order = gradient.abs().flatten().argsort(descending=True)
    random = torch.randint(0, size, (count,), generator=generator).tolist()
    wanted = [int(order[0]), int(order[size // 2]), *random]
    if held is not None:
        each = size // len(gradient)
        wanted = [index for index in wanted if index // each != held]
    return list(dict.fromkeys(wanted))[:count]


def _tensor_check(name: str, layer: str, along: Comparison, singles: list[Comparison]) -> TensorCheck:
    everything = [along, *singles]
    judged = [one for one in everything if not one.unsure and not one.kink]
    worst = max(judged, key=lambda one: one.error, default=along)
    if judged:
        verdict = "ok" if worst.error <= OK else "uneasy" if worst.error <= WRONG else "wrong"
    else:
        verdict = "zero" if all(one.vanishes for one in everything) else "unchecked"
    return TensorCheck(
        name=name,
        layer=layer,
        error=worst.error if judged else 0.0,
        direction_error=0.0 if along.vanishes else along.error,
        coordinates=len(singles),
        kinks=sum(one.kink for one in everything),
        verdict=verdict,
        analytic=worst.analytic,
        numeric=worst.numeric,
    )


def _kinky(check: TensorCheck) -> bool:
    """Return whether kinks were in the way and what remains is not clean."""
    return check.kinks > 0 and check.verdict != "ok"


def _with_other_batches(bench: Bench, index: int, check: TensorCheck, coordinates: int) -> TensorCheck:
    """Check again on other samples: a kink moves away, an error stays. The mildest result counts."""
    first = bench.batch
    try:
        for batch in bench.batches[1:]:
            bench.batch = batch
            leaves = _leaves(bench)
            if index >= len(leaves):
                break
            name, leaf = leaves[index]
            gradient = _gradients(bench, [leaf])[0]
            again = _check_tensor(
                bench, name, leaf, gradient, base=bench.value(), few=0, coordinates=coordinates
            )
            if again.verdict in {"ok", "uneasy", "wrong"} and (
                check.verdict == "unchecked" or again.error < check.error
            ):
                check = replace(again, kinks=check.kinks + again.kinks)
            if check.verdict == "ok":
                break
    finally:
        bench.batch = first
    return check


def _spread(count: int) -> list[int]:
    """Return 0 … count−1 in an order whose every beginning is spread over the whole range."""
    strides = [2**k for k in range(max(1, count.bit_length()), -1, -1)]
    return list(dict.fromkeys(i for stride in strides for i in range(0, count, stride)))
