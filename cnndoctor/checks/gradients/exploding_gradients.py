"""Gradients that grow over depth or over steps."""

from __future__ import annotations

import math
from statistics import median

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, FirstBatchEvidence, SetupEvidence, TrainEvidence
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.series import finite, head, tail
from cnndoctor.signs.depth import early_over_late, gradient_shares
from cnndoctor.signs.success import trained_well

ORDINARY = 1e3  # activations below this are far from any overflow
# What gradients that explode over depth, in a network whose activations are calm, account for.
BLOWN_UP = ("exploding-activations", "update-too-large", "learning-rate-too-high")


@check(
    severity="warning",
    grade="B",
    explains=(
        "loss-not-finite",
        "nonfinite-gradients",
        "loss-diverges",
        "loss-oscillates",
        "update-too-large",
        "clipping-always-active",
        "loss-flat",
        "chance-accuracy",
        "cannot-overfit-tiny-set",
        "constant-predictions",
    ),
)
def exploding_gradients(
    setup: SetupEvidence | None,
    first_batch: FirstBatchEvidence | None,
    data: DataEvidence | None,
    train: TrainEvidence | None,
    *,
    max_depth_ratio: float = 1e4,
    max_step_ratio: float = 100.0,
) -> Finding | None:
    """Gradients grow without bound.

    What it measures:
        Gradient over weight of the first third of the layers against the last third; and the global gradient norm of
        late steps against the first ones while the loss rises, in a run that does not learn well.
    Why it matters:
        One step with a huge gradient undoes thousands of others, or overflows.
    How to fix:
        ``train: {clip_grad_norm: 1.0}``, a smaller learning rate, normalisation, He's initialisation; shorter
        sequences.
    When it is not a fault:
        The first step, and any run that learns well.

    References:
        - Pascanu et al. 2013, "On the difficulty of training recurrent neural networks"
        - limits are ours; saved runs of scripts/clinic.py hold ``max_step_ratio``, the other is chosen
          (docs/thresholds.md)
    """
    if trained_well(train, data.baseline if data else None):
        return None
    ratio = early_over_late(gradient_shares(setup, first_batch)) if setup and first_batch else math.nan
    if math.isfinite(ratio) and ratio > max_depth_ratio:
        return _finding(
            f"The first layers receive {ratio:.1g} times the relative gradient of the last ones (limit {max_depth_ratio:g}).",
            0.8 if _calm(first_batch) else 0.65,
            rules_out=BLOWN_UP if _calm(first_batch) else (),
        )
    norms = finite(train.gradient_norms) if train else []
    if train is None or len(norms) < 10:
        return None
    before, after = median(head(norms, 0.1)), max(tail(norms, 0.5))
    losses = finite(train.losses)
    rises = train.nonfinite is not None or (
        bool(losses) and median(tail(losses, 0.1)) > 1.5 * median(head(losses, 0.1))
    )
    if before > 0 and after > max_step_ratio * before and rises:
        said = (
            f"The gradient norm grows from {before:.3g} to {after:.3g} while the loss rises (limit "
            f"{max_step_ratio:g} times)."
        )
        return _finding(said, 0.7, Severity.ERROR if train.nonfinite is not None else None)
    return None


def _calm(first_batch: FirstBatchEvidence | None) -> bool:
    """Tell whether all activations are of ordinary size before training: what blows up later is then the gradients' work."""
    return first_batch is not None and all(
        max(abs(layer.minimum), abs(layer.maximum)) < ORDINARY for layer in first_batch.layers
    )


def _finding(
    message: str, confidence: float, severity: Severity | None = None, rules_out: tuple[str, ...] = ()
) -> Finding:
    return Finding(
        message=message,
        rules_out=rules_out,
        confidence=confidence,
        severity=severity,
        places=(Place(kind="key", name="optimizer.lr"),),
        remedies=(
            Remedy(text="Clip gradients.", patch={"train.clip_grad_norm": 1.0}),
            Remedy(text="Lower the learning rate; add normalisation."),
        ),
    )
