"""Trainable parameters that no optimizer holds."""

from __future__ import annotations

import math

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, SetupEvidence, TrainEvidence
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.signs.effects import LEARNS_NOTHING, merged
from cnndoctor.signs.success import trained_well

# Names of parts that are often left out on purpose.
MEANT = ("backbone", "encoder", "teacher", "extractor", "pretrained", "target", "momentum", "ema", "embed")


@check(
    severity="error",
    grade="A",
    explains=merged(LEARNS_NOTHING, ("parameters-not-updating", "frozen-layers", "vanishing-gradients")),
)
def parameters_not_in_optimizer(
    setup: SetupEvidence, data: DataEvidence | None, train: TrainEvidence | None, *, min_share: float = 0.0
) -> Finding | None:
    """Trainable parameters are in no group of the optimizer.

    What it measures:
        Parameters of the model that require a gradient and that no parameter group holds, by identity.
    Why it matters:
        They get gradients and never move: the optimizer was given ``model.fc.parameters()``, one of two submodules,
        or the parameters of a layer that was replaced afterwards.
    How to fix:
        ``optimizer = SGD(model.parameters(), …)`` after the model is complete; with groups, build them from
        ``named_parameters()`` and let a last group take the rest.
    When it is not a fault:
        Fine-tuning of the head alone: set ``requires_grad_(False)`` on the rest, which also saves memory, or name it
        under ``intent: {frozen: […]}``. Where a backbone or encoder is left out and the run learns well, it is a note,
        unless the same run with every parameter given to the optimizer gets a fifth of the way to perfect further.

    References:
        - torch.optim, "Constructing it"
        - the limit is ours, chosen; no run decides it (docs/thresholds.md)
    """
    trainable = [p for p in setup.parameters if p.trainable and not p.frozen_on_purpose]
    left_out = [p for p in trainable if p.optimizer_groups == 0]
    total = sum(math.prod(p.shape) for p in trainable)
    share = sum(math.prod(p.shape) for p in left_out) / max(1, total)
    if not left_out or share < min_share:
        return None
    good = trained_well(train, data.baseline if data else None)
    meant = good and all(any(word in p.name.lower() for word in MEANT) for p in left_out)
    layers = list(dict.fromkeys(p.layer for p in left_out))
    return Finding(
        message=(
            f"{len(left_out)} of {len(trainable)} trainable tensors ({share:.0%} of the parameters; "
            f"first {left_out[0].name}) are in no "
            f"group of {setup.optimizer.name}: they never change."
        ),
        confidence=0.6 if meant else 0.85 if good else 0.97,
        severity=Severity.NOTE if meant else Severity.WARNING if good else None,
        places=(
            Place(kind="key", name="optimizer"),
            *(Place(kind="layer", name=layer) for layer in layers[:5]),
        ),
        measured={"tensors": len(left_out), "share": share},
        remedies=(
            Remedy(text="Give the optimizer model.parameters() once the model is complete."),
            Remedy(text="If it is meant: requires_grad_(False) on these layers, or intent: {frozen: […]}."),
        ),
    )
