"""Raw input ranges that hurt this run."""

from __future__ import annotations

import math

from cnndoctor.check import Judgement, check
from cnndoctor.evidence import DataEvidence, OverfitEvidence, TrainEvidence, TrialsEvidence
from cnndoctor.evidence.data import TensorFacts
from cnndoctor.finding import Finding, NotApplicable, Place, Remedy, Severity
from cnndoctor.signs.effects import WRONG_SCALE
from cnndoctor.signs.input_ranges import MAX_MAGNITUDE, MAX_SPREAD, MIN_STD, odd_range
from cnndoctor.signs.success import held_out_gain
from cnndoctor.signs.trial_gains import (
    AS_CONFIGURED,
    ASKED,
    DECISIVE,
    RATES,
    SCALED,
    best_gain,
    joint_rescue,
    rescue,
    rival_gain,
    worst_gain,
)

GOES_WELL = 0.8  # of the way from chance to perfect, with nothing but the inputs scaled; chosen: 0.94 beside a cut branch
_TOLD_CHANNELS = 8  # more numbers than these nobody copies from a message


@check(
    severity=Severity.ERROR,
    grade="B",
    explains=(
        *WRONG_SCALE,
        "vanishing-gradients",
        "overconfident-logits",
        "per-class-failure",
        "saturated-units",
    ),
)
def inputs_not_scaled(
    data: DataEvidence,
    overfit: OverfitEvidence | None,
    train: TrainEvidence | None,
    trials: TrialsEvidence | None,
    *,
    max_magnitude: float = MAX_MAGNITUDE,
    max_spread: float = MAX_SPREAD,
    min_std: float = MIN_STD,
    of_rivals: float = 0.85,
) -> Judgement:
    """Inputs come in raw ranges, and this run suffers from it.

    What it measures:
        Mean, standard deviation and the spread between channels or features, of each input tensor but keys; and, because raw
        ranges often train well, paired runs that differ only in standardised inputs: they must end clearly better on two
        seeds, and about as well as the best other change (a lower learning rate, say, which only hides the cause). In a
        regression whose targets are raw as well, the pair that scales both counts where neither alone gets as far.
    Why it matters:
        Gradients of the first layer grow with the size of its inputs: one learning rate then cannot suit all layers, or all
        features.
    How to fix:
        Divide pixels by 255 and normalise per channel, ``(x - mean) / std`` with statistics of the training set; standardise
        each feature of tables. Use the same numbers for validation.
    When it is not a fault:
        Raw pixels that train well, with Adam or BatchNorm behind the input.

    References:
        - LeCun, Bottou, Orr, Müller: Efficient BackProp, 1998, section 4.3
        - limits are ours; saved runs of scripts/clinic.py hold ``max_magnitude``, the others are chosen
          (docs/thresholds.md)
    """
    one, odd = odd_range(data.train, max_magnitude, max_spread, min_std)
    if not odd:
        return None
    inputs = one.facts
    joint = joint_rescue(trials)
    # A run that went fairly well without was asked in case: then it takes much to accuse it.
    asked = trials is not None and trials.reason == ASKED
    gained = joint or rescue(trials, "standardised-inputs")
    if asked and gained < DECISIVE:
        return None
    reached = worst_gain(trials, SCALED if joint else "standardised-inputs")
    rivals = rival_gain(trials, *RATES, "adam", "sgd", "gradient-clipping", "default-init", "he-init")
    by_ladder = overfit is not None and overfit.rescued_by == "standardised-inputs"
    if trials is None and not by_ladder:
        return None if train is not None else NotApplicable(reason="no paired run on standardised inputs")
    if not gained and not (by_ladder and trials is None):
        return None
    specific = not gained or reached >= of_rivals * rivals
    before = best_gain(trials, AS_CONFIGURED) if gained else math.nan
    what = "inputs and targets" if joint else "inputs"
    told = (
        f"with standardised {what} the same run gets {reached:.0%} of the way from chance to perfect "
        f"instead of {max(0.0, before):.0%}"
        if gained
        else "with standardised inputs the tiny set is learnt by heart, as configured it is not"
    )
    well = train is not None and held_out_gain(train) > 0.5
    return Finding(
        message=f"Inputs{one.said} are not scaled ({odd}), and {told}.",
        confidence=(0.93 if specific else 0.5) - (0.1 if well else 0.0),
        severity=Severity.WARNING if well or not specific else None,
        places=(Place(kind="key", name="data.train"),),
        measured={
            "mean": inputs.mean,
            "std": inputs.std,
            "maximum": inputs.maximum,
            **({"gain": reached, "rivals": rivals} if math.isfinite(reached) else {}),
        },
        # Values squeezed to almost nothing have a check of their own, with the same cure.
        by_itself=bool(gained) and reached >= GOES_WELL and inputs.std >= min_std,
        remedies=(
            Remedy(text=f"Normalise inputs{one.said} in both splits: {_recipe(inputs)}."),
            Remedy(text="Or put a normalisation layer first in the model."),
        ),
    )


def _recipe(inputs: TensorFacts) -> str:
    """Return how to normalise; one mean for all would leave features or channels of other scales as they are."""
    means, stds = inputs.channel_means, inputs.channel_stds
    if len(means) < 2:
        return f"(x - {inputs.mean:.4g}) / {inputs.std:.4g}"
    vectors = all("x" not in shape for shape in inputs.shapes)
    kind = "feature" if vectors else "channel"
    if len(means) > _TOLD_CHANNELS or len(stds) != len(means):
        return f"(x - mean) / std of each {kind}, both from the training data"
    centre, spread = (", ".join(f"{value:.4g}" for value in values) for values in (means, stds))
    return f"(x - [{centre}]) / [{spread}], for each {kind} its own"
