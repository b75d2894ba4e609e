"""Inputs are squeezed to almost nothing, as by scaling twice."""

from __future__ import annotations

from cnndoctor.check import check
from cnndoctor.evidence import (
    DataEvidence,
    FirstBatchEvidence,
    OverfitEvidence,
    TrainEvidence,
    TrialsEvidence,
)
from cnndoctor.evidence.data import IMAGE_AXES, Split, TensorFacts
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.signs.effects import LEARNS_NOTHING, merged
from cnndoctor.signs.success import gain, trained_well
from cnndoctor.signs.trial_gains import DECISIVE, rescue

CLEAR_GAIN = 0.15  # by which a run on standardised inputs must beat the run as configured to confirm


@check(
    severity=Severity.WARNING,
    grade="B",
    explains=merged(
        LEARNS_NOTHING,
        (
            "vanishing-gradients",
            "batchnorm-hides-fault",
            "output-ignores-input",
            "dead-relu",
            "inputs-not-scaled",
        ),
    ),
)
def inputs_scaled_twice(
    data: DataEvidence,
    first_batch: FirstBatchEvidence | None,
    overfit: OverfitEvidence | None,
    train: TrainEvidence | None,
    trials: TrialsEvidence | None,
    *,
    max_std: float = 0.02,
    max_value: float = 0.05,
    most_mean: float = 5.0,
) -> Finding | None:
    """Inputs are squeezed to almost nothing, as when pixels are divided by 255 twice.

    What it measures:
        Spread and range of the float inputs around their mean over the examined samples (``max_std``, ``max_value``: chosen;
        pixels divided by 255 twice reach 0.0039; ``most_mean``: beyond, an offset is the fault), the batch variance that
        BatchNorm layers see against their eps, and whether a run on standardised inputs does better. Of several input tensors
        pictures, and others where the standardised run does better. And whether reading a sample again puts one and the same
        factor on its values: the data set then scales its stored array in place, once more at every epoch.
    Why it matters:
        The first layer's outputs are nearly its biases: every sample looks alike, gradients of the first weights are tiny, and
        a BatchNorm whose eps is larger than the variance no longer normalises.
    How to fix:
        Scale once, and a copy: ``image = self.images[i] / 255``, not ``image /= 255``. ``torchvision.transforms.ToTensor``
        already divides 8-bit images by 255; remove the second division, then standardise: ``Normalize(mean, std)`` with
        statistics of the training split.
    When it is not a fault:
        Quantities that are small by nature and train well: then nothing is said. Loader workers that begin each epoch with a
        fresh copy of the data: a run that trains well gets a note.

    References:
        - Braiek and Khomh, TheDeepChecker, TOSEM 2023 (scaling faults)
        - limits are ours, chosen; no run decides them (docs/thresholds.md)
    """
    changed = next((split for split in (data.train, data.validation) if split and split.rewritten), None)
    if changed is not None:
        return _in_place(changed, harmless=trained_well(train, data.baseline))
    squeezed = [
        one for one in data.train.each_input if _is_squeezed(one.facts, max_std, max_value, most_mean)
    ]
    if not squeezed or (
        trained_well(train, data.baseline) and not rescue(trials, "standardised-inputs", clearly=DECISIVE)
    ):
        return None
    rescued = overfit is not None and overfit.rescued_by == "standardised-inputs"
    confirmed = rescued or _standardised_wins(trials)
    # Among several tensors a few small numbers are what they are, unless scaling them helps.
    one = next((one for one in squeezed if confirmed or not one.name or one.axes >= IMAGE_AXES), None)
    if one is None:
        return None
    inputs = one.facts
    largest = _largest(inputs)
    below_eps = first_batch is not None and first_batch.running_variance_min < 1
    return Finding(
        message=f"Inputs{one.said} lie within {largest:.2g} of {_zero_or(inputs.mean, largest)} with standard deviation "
        f"{inputs.std:.2g} (under {max_std:g}), as if they were scaled twice.",
        confidence=0.93 if confirmed else 0.75 if below_eps or train is not None else 0.6,
        severity=Severity.ERROR if confirmed or train is not None else Severity.WARNING,
        places=(Place(kind="key", name="data.train"),),
        measured={"std": inputs.std, "largest": largest},
        remedies=(
            Remedy(
                text="Divide by 255 once (ToTensor already does), then standardise to mean 0 and standard deviation 1."
            ),
        ),
    )


def _in_place(split: Split, *, harmless: bool) -> Finding:
    factor, shift = split.rewritten
    plus = f", shifted by {shift:.3g}" if abs(shift) > 1e-6 * abs(factor) else ""
    return Finding(
        message=(
            f"Reading a sample changes it: each time, the values of a {split.name} sample come out {factor:.3g} times as large"
            f"{plus}. The data set scales what it holds in place, once more at every epoch."
        ),
        confidence=0.96,
        severity=Severity.NOTE if harmless else Severity.ERROR,
        places=(Place(kind="key", name=f"data.{split.name}"),),
        measured={"factor": factor, "shift": shift},
        remedies=(
            Remedy(
                text="Scale a copy: image = self.images[i] / 255 in place of image /= 255, or image.clone() first."
            ),
        ),
        rules_out=("random-validation-transform", "train-validation-shift", "odd-images"),
    )


def _is_squeezed(inputs: TensorFacts, max_std: float, max_value: float, most_mean: float) -> bool:
    floating = any(name.startswith(("float", "bfloat")) for name in inputs.dtypes)
    return (
        floating
        and inputs.count > 0
        and 0 < inputs.std < max_std
        and _largest(inputs) <= max_value
        and abs(inputs.mean) <= most_mean
    )


def _largest(inputs: TensorFacts) -> float:
    """Return how far values lie from their mean: what is divided twice, then normalised once, is close together far from 0."""
    return max(inputs.maximum - inputs.mean, inputs.mean - inputs.minimum)


def _zero_or(mean: float, largest: float) -> str:
    return "0" if abs(mean) < largest else f"{mean:.3g}"


def _standardised_wins(trials: TrialsEvidence | None) -> bool:
    if trials is None:
        return False
    plain = {trial.seed: trial for trial in trials.of("as-configured")}
    pairs = [(plain[t.seed], t) for t in trials.of("standardised-inputs") if t.seed in plain]
    return bool(pairs) and all(
        gain(better.train_score, trials.chance) - gain(worse.train_score, trials.chance) > CLEAR_GAIN
        for worse, better in pairs
    )
