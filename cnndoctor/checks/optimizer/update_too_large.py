"""Updates that replace the weights instead of improving them."""

from __future__ import annotations

from cnndoctor.check import Judgement, check
from cnndoctor.evidence import DataEvidence, TrainEvidence
from cnndoctor.finding import Finding, NotApplicable, Place, Remedy, Severity
from cnndoctor.signs.success import trained_well
from cnndoctor.signs.updates import median_ratio, weight_layers

_TOLD_IN_PERCENT = 10.0  # beyond ten times, percent are hard to read


@check(
    severity=Severity.WARNING,
    grade="B",
    role="symptom",
    explains=("loss-diverges", "loss-oscillates", "dead-relu", "saturated-units"),
)
def update_too_large(
    train: TrainEvidence, data: DataEvidence | None, *, max_ratio: float = 0.1, min_looks: int = 4
) -> Judgement:
    """Updates are large against the weights they change.

    What it measures:
        Per layer, the norm of an update over the norm of the weights (about 1e-3 in healthy training), as the median over the
        sampled steps after the first; then the median over layers. Biases, normalisation and embeddings are left out, and so
        are runs that train well.
    Why it matters:
        A tenth of every weight, every step: the network does not get better, it gets another one.
    How to fix:
        Lower the learning rate tenfold; clip gradients; check the scale of inputs, targets and loss.
    When it is not a fault:
        The first steps of Adam, zero-initialised layers, and small networks that converge anyway.

    References:
        - CS231n, "Neural networks part 3", ratio of weights:updates
        - Schneider et al. 2021, Cockpit, arXiv:2102.06604; limits are ours, held by saved runs of scripts/clinic.py
          (docs/thresholds.md)
    """
    layers = weight_layers(train)
    if not layers or min(len(layer.update_ratio) for layer in layers) < min_looks:
        return NotApplicable(reason=f"fewer than {min_looks} looks at the updates")
    ratio = median_ratio(layers)
    if not ratio > max_ratio or trained_well(train, data.baseline if data else None):
        return None
    worst = max(layers, key=lambda layer: median_ratio([layer]))
    size = f"{ratio:.0%} of" if ratio < _TOLD_IN_PERCENT else f"{ratio:.2g} times"
    return Finding(
        message="The median update changes the weights of a layer by "
        f"{size} their size in one step (limit {max_ratio:.0%}).",
        confidence=0.6,
        places=(Place(kind="layer", name=worst.path), Place(kind="key", name="optimizer.lr")),
        measured={"ratio": ratio},
        remedies=(
            Remedy(text="Lower the learning rate tenfold."),
            Remedy(text="Clip gradients.", patch={"train.clip_grad_norm": 1.0}),
        ),
    )
