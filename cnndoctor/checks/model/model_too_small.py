"""A model without room for even a handful of samples."""

from __future__ import annotations

import math
from math import prod

from cnndoctor.check import Judgement, check
from cnndoctor.evidence import DataEvidence, OverfitEvidence, SetupEvidence, TrainEvidence
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.signs.success import gain, trained_well


@check(
    severity=Severity.WARNING,
    grade="B",
    explains=("cannot-overfit-tiny-set", "underfitting", "chance-accuracy", "per-class-failure", "loss-flat"),
)
def model_too_small(
    overfit: OverfitEvidence,
    setup: SetupEvidence,
    train: TrainEvidence | None,
    data: DataEvidence | None,
    *,
    min_rungs: int = 6,
    max_parameters_per_sample: float = 4.0,
    max_width: int = 2,
) -> Judgement:
    """The model has no room for even a handful of samples.

    What it measures:
        The ladder of the tiny-subset test: the model learns something (well above a constant prediction), its loss has come to
        rest (or creeps, where both counts below are met), and neither another rate, another optimizer, another
        initialisation nor standardised inputs lead further; and it is small by count: fewer than 4 weights per sample, or a
        layer of one or two units that everything passes through.
    Why it matters:
        What cannot hold 32 samples cannot hold the data set.
    How to fix:
        Widen the narrowest layer first, then the others; add a layer; replace global pooling of few channels.
    When it is not a fault:
        A bottleneck is meant in an autoencoder; a tiny model may be meant on tiny tasks. A run that trains well is not blamed.

    References:
        - Stack Exchange 352036, "What should I do when my neural network doesn't learn?"
        - limits are ours; saved runs of scripts/clinic.py hold ``min_rungs``, the others are chosen
          (docs/thresholds.md)
    """
    if (
        overfit.configured.reached
        or overfit.cut_short
        or overfit.rescued_by
        or len(overfit.rungs) < min_rungs
    ):
        return None
    if trained_well(train, data.baseline if data else None) or overfit.metric == "loss-reduction":
        return None
    finished = [
        rung for rung in (overfit.configured, *overfit.rungs) if rung.finite and math.isfinite(rung.score)
    ]
    top = max(finished, key=lambda rung: rung.score, default=None)
    if top is None or not 0.1 < gain(top.score, overfit.chance) < 0.95:
        return None
    path, width = _narrowest(setup)
    per_sample = overfit.parameters / max(1, overfit.samples)
    few, narrow = per_sample < max_parameters_per_sample, 0 < width <= max_width
    # One sign is enough where the loss has come to rest; a needle's eye that still creeps after the whole ladder needs both.
    if not (few or narrow) or (top.falling and not (few and narrow)):
        return None
    rests = "" if top.falling else " and rests there"
    neck = f", and everything passes through the {width} units of {path}" if narrow else ""
    return Finding(
        message=(
            f"The model cannot hold {overfit.samples} samples: its best of {len(finished)} attempts ({top.change}) comes to "
            f"{overfit.metric} {top.score:.2f}{rests}, with {overfit.parameters} trainable weights{neck}."
        ),
        confidence=0.8 if few and narrow and not top.falling else 0.7,
        places=(Place(kind="layer", name=path),) if narrow else (Place(kind="key", name="model"),),
        measured={
            "parameters": overfit.parameters,
            "samples": overfit.samples,
            "narrowest": width,
            "score": top.score,
        },
        remedies=(
            Remedy(
                text=f"Widen {path if narrow else 'the layers'}: more channels or units, then more layers."
            ),
        ),
    )


def _narrowest(setup: SetupEvidence) -> tuple[str, int]:
    """Return the layer with the fewest outputs per sample among those with weights before the last; ("", 0) when unknown."""
    weighted = sorted(
        (x for x in setup.layers if x.parameters and x.position >= 0), key=lambda layer: layer.position
    )
    widths = [
        (prod(layer.output_shape[1:]), layer.path) for layer in weighted[:-1] if len(layer.output_shape) > 1
    ]
    width, path = min(widths, default=(0, ""))
    return path, width
