"""Updates too small to matter."""

from __future__ import annotations

from cnndoctor.check import Judgement, check
from cnndoctor.evidence import DataEvidence, TrainEvidence
from cnndoctor.finding import Finding, NotApplicable, Place, Remedy, Severity
from cnndoctor.signs.success import trained_well
from cnndoctor.signs.updates import median_ratio, weight_layers


@check(
    severity=Severity.WARNING,
    grade="B",
    role="symptom",
    explains=(
        "loss-flat",
        "initial-plateau",
        "stopped-too-early",
        "chance-accuracy",
        "constant-predictions",
        "cannot-overfit-tiny-set",
        "underfitting",
        "per-class-failure",
    ),
)
def update_too_small(
    train: TrainEvidence, data: DataEvidence | None, *, min_ratio: float = 1e-5, min_looks: int = 4
) -> Judgement:
    """Updates are tiny against the weights they change.

    What it measures:
        Per layer, the norm of an update over the norm of the weights, as the median over the first half of the sampled steps
        (later a schedule may have lowered the rate on purpose); then the median over layers. Runs that train well are left
        alone.
    Why it matters:
        At a hundred-thousandth a step, a weight needs a hundred thousand steps to become another one.
    How to fix:
        Raise the learning rate tenfold; look at what starves the gradient: dead or saturated units, depth without
        normalisation, a loss divided once too often.
    When it is not a fault:
        Fine-tuning near a good solution.

    References:
        - CS231n, "Neural networks part 3", ratio of weights:updates
        - Schneider et al. 2021, Cockpit, arXiv:2102.06604; limits are ours; saved runs of scripts/clinic.py hold
          ``min_looks``, the other is chosen (docs/thresholds.md)
    """
    layers = weight_layers(train)
    if not layers or min(len(layer.update_ratio) for layer in layers) < min_looks:
        return NotApplicable(reason=f"fewer than {min_looks} looks at the updates")
    ratio = median_ratio(layers, first_half=True)
    if not ratio < min_ratio or trained_well(train, data.baseline if data else None):
        return None
    return Finding(
        message="The median update changes the weights of a layer by "
        f"{ratio:.1e} of their size in one step (limit {min_ratio:.0e}).",
        confidence=0.6,
        places=(Place(kind="key", name="optimizer.lr"),),
        measured={"ratio": ratio},
        remedies=(Remedy(text="Raise the learning rate tenfold, and look at what starves the gradients."),),
    )
