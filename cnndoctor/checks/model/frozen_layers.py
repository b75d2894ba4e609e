"""Layers that do not train although nothing says that they should not."""

from __future__ import annotations

import math

from cnndoctor.check import check
from cnndoctor.evidence import (
    FailuresEvidence,
    OverfitEvidence,
    SetupEvidence,
    TrainEvidence,
    TrialsEvidence,
)
from cnndoctor.evidence.setup import Parameter
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.signs.effects import LEARNS_NOTHING, merged
from cnndoctor.signs.success import held_out_gain, learnt_in_steps, trained_well
from cnndoctor.signs.trial_gains import best_rescue, outdoes, rescue


@check(
    severity="warning",
    grade="B",
    explains=merged(
        LEARNS_NOTHING,
        ("user-code-raises", "parameters-not-updating", "detached-graph", "vanishing-gradients"),
    ),
)
def frozen_layers(
    setup: SetupEvidence,
    failures: FailuresEvidence,
    overfit: OverfitEvidence | None,
    train: TrainEvidence | None,
    trials: TrialsEvidence | None,
    *,
    min_share: float = 0.05,
) -> Finding | None:
    """Layers are frozen (requires_grad is off), and the run does not learn.

    What it measures:
        The share of parameters that require no gradient and that ``intent: {frozen: …}`` does not name, in a run that
        cannot memorise a few samples or ends no better than chance, unless some other change makes it learn while they
        stay frozen. Proven when the same run with everything trainable ends clearly better, on two seeds; where it does so as
        by no other change, a run that learnt half of what there is is told, too.
    Why it matters:
        A frozen layer keeps the weights it has. Of a pretrained backbone that is wanted; of random weights it leaves
        a network whose other layers learn on noise.
    How to fix:
        ``for p in model.layer.parameters(): p.requires_grad_(True)`` before the optimizer is built; look for a loop
        over ``model.parameters()`` that freezes everything and a head that was not replaced afterwards. Fine-tune in
        two steps: head first, then all with a learning rate ten times smaller.
    When it is not a fault:
        A frozen backbone that learns is fine and not reported. Name the wanted ones under ``intent: {frozen:
        ["backbone.*"]}``.

    References:
        - PyTorch tutorial, "Transfer Learning for Computer Vision"
        - the limit is ours, held by saved runs of scripts/clinic.py (docs/thresholds.md)
    """
    frozen = [p for p in setup.parameters if not p.trainable and not p.frozen_on_purpose]
    if not frozen:
        return None
    total = sum(math.prod(p.shape) for p in setup.parameters)
    share = sum(math.prod(p.shape) for p in frozen) / max(1, total)
    if all(not p.trainable for p in setup.parameters):
        return _everything(setup, failures)
    failed_to_fit = overfit is not None and not overfit.configured.reached
    # A loss may have a floor far above 0: without a score nothing but the pair with all of them trained shows a failure.
    failed = (
        failed_to_fit if train is None else math.isfinite(held_out_gain(train)) and not trained_well(train)
    )
    gained = rescue(trials, "unfrozen")
    well = trained_well(train) and not outdoes(trials, "unfrozen")
    if share < min_share or well or not (failed or gained):
        return None
    # What learns in its steps and fails afterwards is evaluated otherwise, or on other data: an average of the weights, frozen
    # because no gradient belongs to it, was accused although the weights beside it had learnt everything.
    if not gained and (_learns_frozen(overfit, trials) or learnt_in_steps(train)):
        return None
    return _finding(
        f"{share:.0%} of the parameters ({len(frozen)} tensors, first {frozen[0].name}) are frozen, "
        + (
            f"and the same run with all of them trained comes {gained:.0%} further from chance to perfect."
            if gained
            else "and the run does not learn."
        ),
        0.96 if gained else 0.8 if failed_to_fit else 0.65,
        frozen,
        Severity.ERROR
        if not trained_well(train) and (gained or (failed_to_fit and train is not None))
        else None,
    )


def _learns_frozen(overfit: OverfitEvidence | None, trials: TrialsEvidence | None) -> bool:
    """Return whether some other change makes the run learn while the layers stay frozen."""
    return best_rescue(trials) is not None or (overfit is not None and bool(overfit.rescued_by))


def _everything(setup: SetupEvidence, failures: FailuresEvidence) -> Finding:
    raised = any("does not require grad" in failure.message for failure in failures.failures)
    return _finding(
        f"All {len(setup.parameters)} parameters are frozen: nothing can be learnt"
        + (", and backward() refuses." if raised else "."),
        0.97,
        list(setup.parameters),
        Severity.ERROR,
    )


def _finding(message: str, confidence: float, frozen: list[Parameter], severity: Severity | None) -> Finding:
    layers = list(dict.fromkeys(p.layer for p in frozen))
    return Finding(
        message=message,
        confidence=confidence,
        severity=severity,
        places=tuple(Place(kind="layer", name=layer) for layer in layers[:5]),
        measured={"frozen_tensors": len(frozen)},
        remedies=(
            Remedy(
                text=f"Call requires_grad_(True) on {layers[0] or 'the model'} before the optimizer is built."
            ),
            Remedy(text='If it is meant: name it under intent: {frozen: ["…"]}.'),
        ),
    )
