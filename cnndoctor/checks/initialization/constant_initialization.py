"""Weights that start equal, so that all units of a layer stay equal."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, FirstBatchEvidence, SetupEvidence, TrainEvidence
from cnndoctor.evidence.first_batch import ParameterStep
from cnndoctor.evidence.setup import Parameter
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.signs.depth import matrices
from cnndoctor.signs.effects import LEARNS_NOTHING, merged
from cnndoctor.signs.success import near_perfect, trained_well

FEWEST_STEPS = 3  # a zero head lets no gradient through in the first step, but does in the next


@check(
    severity="error",
    grade="A",
    explains=merged(
        LEARNS_NOTHING,
        (
            "vanishing-gradients",
            "output-ignores-input",
            "parameters-not-updating",
            "dead-relu",
            "loss-far-from-chance",
            "saturated-units",
            "exploding-gradients",
            "loss-diverges",
            "exploding-activations",
        ),
    ),
)
def constant_initialization(
    setup: SetupEvidence,
    first_batch: FirstBatchEvidence | None,
    data: DataEvidence | None,
    train: TrainEvidence | None,
) -> Finding | None:
    """Hidden layers start with equal weights, and nothing makes their units differ.

    What it measures:
        Weight matrices whose rows (output units) are all equal; whether the layer behind treats all units alike as
        well, or the layer gets no gradient at all and does not move in the first steps. And two tensors and more of zeros
        whose gradient is exactly zero and which no step of the training changed.
    Why it matters:
        Units with equal weights that are read with equal weights get equal gradients, and stay equal for ever: the
        layer is one unit wide whatever its size. All-zero weights do not even pass a gradient on.
    How to fix:
        Leave torch's default initialisation, or ``nn.init.kaiming_normal_`` for weights; zeros are for biases only.
        Look for ``nn.init.constant_``, ``zeros_`` or ``p.data.fill_`` applied to every parameter.
    When it is not a fault:
        A zero-initialised head or last layer of a residual branch, the second factor of a low-rank adapter,
        embeddings and the scales of normalisation layers: their neighbours are random and break the symmetry.

    References:
        - "Deep Learning", Goodfellow et al., section 8.4: "the initial parameters need to break symmetry"
    """
    product = _zero_product(setup, first_batch, train)
    if product:
        return _of_product(product, perfect=near_perfect(train))
    if trained_well(train, data.baseline if data else None):
        return None
    weights = [p for p in matrices(setup) if p.trainable]
    stuck = _stuck(weights, first_batch)
    equal = [
        p for p, behind in pairwise(weights) if p.identical_rows and (behind.constant or p.name in stuck)
    ]
    if not equal:
        return None
    values = "zero" if all(p.std == 0 and p.mean == 0 for p in equal) else "the same value in every unit"
    layers = [p.layer for p in equal]
    return Finding(
        message=(
            f"{len(equal)} of {len(weights) - 1} hidden weight tensors start with {values} (first {equal[0].name}, "
            f"{equal[0].shape[0]} equal units), and no layer behind tells the units apart: they stay equal."
        ),
        confidence=0.97,
        places=tuple(Place(kind="layer", name=layer) for layer in layers[:5]),
        measured={"equal_tensors": len(equal), "mean": equal[0].mean},
        remedies=(
            Remedy(
                text="Initialise weights at random (torch's default, or nn.init.kaiming_normal_); zeros only for biases."
            ),
        ),
    )


def _zero_product(
    setup: SetupEvidence, first_batch: FirstBatchEvidence | None, train: TrainEvidence | None
) -> list[Parameter]:
    """Return weight tensors that start at zero, get a gradient of exactly zero, and are what they were after all of training.

    Two factors of a product that are both zero (users and items, both halves of an adapter) hold each other there for ever.
    """
    if first_batch is None or train is None:
        return []
    zero = [p for p in setup.parameters if p.trainable and len(p.shape) > 1 and p.mean == 0 and p.std == 0]
    held = _stuck(zero, first_batch) & set(train.unchanged_parameters)
    found = [p for p in zero if p.name in held and not p.frozen_on_purpose]
    return found if len(found) > 1 else []


def _of_product(zero: list[Parameter], *, perfect: bool) -> Finding:
    """Say of factors that are both zero that neither is ever trained."""
    names = " and ".join(p.name for p in zero[:2])
    return Finding(
        message=f"{names} start at zero, get a gradient of exactly 0 and are still zero after training, as factors of a "
        "product do that are both zero.",
        confidence=0.96,
        severity=Severity.WARNING if perfect else None,
        places=tuple(Place(kind="layer", name=p.layer) for p in zero[:5]),
        measured={"zero_tensors": len(zero)},
        remedies=(
            Remedy(
                text="Start at least one of the factors with small random numbers, nn.init.normal_(…, std=0.01)."
            ),
        ),
    )


def _stuck(weights: list[Parameter], first_batch: FirstBatchEvidence | None) -> set[str]:
    """Return names of tensors with gradient exactly zero that several steps did not move."""
    if first_batch is None or first_batch.steps < FEWEST_STEPS:
        return set()
    steps: Mapping[str, ParameterStep] = {step.name: step for step in first_batch.parameters}
    return {
        p.name
        for p in weights
        if p.name in steps and steps[p.name].gradient == "zero" and not steps[p.name].changed
    }
