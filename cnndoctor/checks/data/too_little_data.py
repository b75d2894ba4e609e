"""Few samples for this capacity."""

from __future__ import annotations

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, ExperimentEvidence, SetupEvidence, TrainEvidence
from cnndoctor.finding import Finding, NotApplicable, Place, Remedy, Severity
from cnndoctor.signs.both_splits import on_both_splits
from cnndoctor.signs.success import evaluation_gain

GAP = 0.2  # of the way from chance to perfect, between training and validation


@check(severity=Severity.NOTE, grade="C", explains=("overfitting", "per-class-failure", "best-epoch-lost"))
def too_little_data(
    experiment: ExperimentEvidence,
    setup: SetupEvidence,
    data: DataEvidence,
    train: TrainEvidence,
    *,
    max_samples: int = 2_000,
    min_parameters_per_sample: float = 10.0,
) -> Finding | NotApplicable | None:
    """There are few samples for this capacity.

    What it measures:
        Training samples (``max_samples``) and parameters per sample, beside the gap between the scores on training and on
        validation (``GAP``: a fifth of the way from chance to perfect).
    Why it matters:
        A large network learns a few samples by heart; what it says about others is left to luck.
    How to fix:
        Start from a pretrained network and train its head first, or train a small head on embeddings from other models: best
        where such a model knows the same kind of input. Augment while reading, by what leaves the label as it is: mirror where
        left and right mean the same (not for digits or text), rotate by a few degrees, crop and shift by a tenth, scale by 10
        to 20 %, noise as strong as the sensor's, elastic distortions for handwriting and tissue. With many samples but few
        labels: autoencoder pretraining on all inputs, then the encoder with a new head. Collect more data where the errors
        are: if the score still rises from half of the data to all of it, more data is what helps most.
    When it is not a fault:
        Memorising on purpose; validation that scores as training does.

    References:
        - Z. Emam, Troubleshooting Convolutional Neural Nets (https://gist.github.com/zeyademam)
        - limits are ours, chosen; no sound run and no planted fault decides them (docs/thresholds.md)
    """
    if experiment.intent_memorise or not data.train.size:
        return NotApplicable(reason="the number of training samples is unknown, or memorising is meant")
    parameters = sum(layer.trainable for layer in setup.layers)
    gap = evaluation_gain(train.train) - evaluation_gain(train.validation)
    if (
        data.train.size > max_samples
        or parameters < min_parameters_per_sample * data.train.size
        or not gap > GAP
    ):
        return None
    return Finding(
        message=f"{data.train.size} training samples for {parameters:,} parameters: {on_both_splits(train)}.",
        confidence=0.5,
        places=(Place(kind="key", name="data.train"),),
        measured={"samples": data.train.size, "parameters": parameters, "gap": gap},
        remedies=(
            Remedy(text="Start from a pretrained network and train its head first."),
            Remedy(text="Augment the training data (mirror, rotate, crop, scale, noise, elastic)."),
        ),
    )
