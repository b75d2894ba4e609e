"""Rectified units that never fire on any sample of a whole pass."""

from __future__ import annotations

from cnndoctor.check import Judgement, check
from cnndoctor.evidence import DataEvidence, FirstBatchEvidence, TrainEvidence
from cnndoctor.evidence.train import LayerSeries
from cnndoctor.finding import Finding, NotApplicable, Place, Remedy, Severity
from cnndoctor.signs.effects import STARVES_THE_GRADIENT
from cnndoctor.signs.noise import at_chance
from cnndoctor.signs.success import near_perfect, trained_well

# In the later half of a run, that found no gradient at all: chosen; one may fall on a batch of zeros.
FEWEST_LOOKS = 3
LAST = (
    Remedy(text="Take the rectifier off where it is the last layer: what it puts out can never be below 0."),
)
# What units that are dead before the first step account for.
FROM_START = ("output-ignores-input", "learning-rate-too-high", "update-too-large", "inputs-not-scaled")


@check(
    severity=Severity.WARNING,
    grade="B",
    explains=(*STARVES_THE_GRADIENT, "learning-rate-too-low"),
)
def dead_relu(
    train: TrainEvidence,
    first_batch: FirstBatchEvidence | None,
    data: DataEvidence | None,
    *,
    max_dead_share: float = 0.5,
    min_samples: int = 200,
) -> Judgement:
    """Rectified units are dead: they give 0 for every sample.

    What it measures:
        Per unit (channel or feature), the largest output over every sample and position of a whole evaluation pass. A layer
        counts when more than half of its units gave exactly 0 everywhere, in the last two passes. It is an error where a
        whole layer is dead in a run at chance; where some units still fire it is a note, since healthy networks have such
        layers, too. A run that trains well is left alone, and the share of zeros plays no part. Where a dead layer leaves no
        gradient for any layer in the later half of the run, that is an error whatever the score: it is the score of the start.
    Why it matters:
        A dead unit passes no gradient, so it cannot recover; a layer in which all are dead cuts the network in two.
    How to fix:
        Lower the learning rate or warm it up; start from He initialisation with zero (not negative) biases; scale the inputs;
        put BatchNorm before the rectifier; or use LeakyReLU, which lets a gradient through.
    When it is not a fault:
        A few dead channels in a wide or pruned network, or many in one that trains well.

    References:
        - Lu, Shin, Su, Karniadakis: Dying ReLU and Initialization, 2019
        - more than half of a layer, as in Amazon SageMaker Debugger, list of built-in rules: "DyingRelu"
        - ``min_samples`` is ours, chosen; no sound run and no planted fault decides it (docs/thresholds.md)
    """
    judged = train.judged
    layers = [layer for layer in train.layers if layer.dead_units]
    if not layers:
        return NotApplicable(reason="no rectifier was seen")
    still = _stands_still(train) and not near_perfect(train)
    if judged is None or (judged.samples < min_samples and not still):
        return NotApplicable(reason=f"fewer than {min_samples} samples were judged")
    dead = [layer for layer in layers if _dead(layer) > max_dead_share]
    if not dead:
        return None
    worst = max(dead, key=_dead)
    share = _dead(worst)
    still = still and share >= 1
    if not still and trained_well(train, data.baseline if data else None):
        return None
    cut = still or (share >= 1 and at_chance(train.train or judged))
    # Dead before the first step: no learning rate did it, and the constant output is its effect.
    from_start = first_batch is not None and any(layer.dead_units >= 1 for layer in first_batch.layers)
    others = len(dead) - 1
    further = f", as did most units of {others} further layer{'s' if others > 1 else ''}" if others else ""
    return Finding(
        message=(
            f"{share:.0%} of the units after layer {worst.path} gave 0 for all {judged.samples} samples"
            f"{further} (limit {max_dead_share:.0%})."
            + (
                " In the later half of the run no layer had any gradient: nothing was learnt there."
                if still
                else ""
            )
        ),
        # Units that die on the way mostly die of something: too large steps above all.
        confidence=0.9 if still or (cut and from_start) else 0.7 if cut else 0.5,
        severity=Severity.ERROR if cut else Severity.NOTE,
        places=tuple(Place(kind="layer", name=layer.path.partition(" (")[0]) for layer in dead[:5]),
        measured={
            "dead_share": share,
            "layers": len(dead),
            "samples": judged.samples,
            "from_start": from_start,
        },
        rules_out=FROM_START if cut and from_start else (),
        remedies=(
            *(LAST if worst.position == max(layer.position for layer in train.layers) else ()),
            Remedy(
                text="Start from He initialisation with biases at 0, and look for negative biases in your own init code."
            ),
            Remedy(
                text="Lower the learning rate tenfold or warm it up: large first steps push units below zero for good."
            ),
            Remedy(text="Put BatchNorm before the rectifiers, or use torch.nn.LeakyReLU."),
        ),
    )


def _stands_still(train: TrainEvidence) -> bool:
    """Return whether the gradient of every layer is exactly zero at all looks in the later half of the run."""
    late = [
        layer.gradient_rms[len(layer.gradient_rms) // 2 :] for layer in train.layers if layer.gradient_rms
    ]
    return bool(late) and all(len(looks) >= FEWEST_LOOKS and not any(looks) for looks in late)


def _dead(layer: LayerSeries) -> float:
    """Return the dead share that held in the last two passes."""
    return min(layer.dead_units[-2:])
