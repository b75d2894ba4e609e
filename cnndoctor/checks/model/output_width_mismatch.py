"""The head has fewer (or many more) outputs than there are classes."""

from __future__ import annotations

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, ExperimentEvidence, FirstBatchEvidence, SetupEvidence
from cnndoctor.evidence.data import LabelFacts
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.signs.effects import EVALUATES_WRONGLY, LEARNS_NOTHING, merged
from cnndoctor.signs.losses import expects, is_ctc, took_other_labels

WIDTH_KEYS = (
    "num_classes",
    "n_classes",
    "classes",
    "out_features",
    "num_labels",
    "output_size",
    "output_dim",
    "out_channels",
)


@check(
    severity="error",
    grade="A",
    explains=merged(
        LEARNS_NOTHING,
        EVALUATES_WRONGLY,
        ("labels-out-of-range", "user-code-raises", "missing-classes", "wrong-target-format"),
    ),
)
def output_width_mismatch(
    experiment: ExperimentEvidence,
    setup: SetupEvidence,
    data: DataEvidence,
    first_batch: FirstBatchEvidence | None,
    *,
    max_stray_share: float = 0.01,
) -> Finding | None:
    """The number of outputs is not the number of classes.

    What it measures:
        The width of the output along the class axis against the labels that occur in training (the ignored one
        apart).
    Why it matters:
        With too few outputs a class cannot be predicted: torch refuses its label ("Target 9 is out of bounds"), on a
        GPU with a bare "device-side assert". With too many, the surplus outputs only learn to stay low, which does no
        harm.
    How to fix:
        Give the last layer one output per class, for example ``num_classes: 10``. One output for two classes is right
        only with ``BCEWithLogitsLoss`` and float targets.
    When it is not a fault:
        A background class without samples, or a vocabulary larger than what occurs, is a note. Where the loss went through on
        labels that have no output, a step of one's own gives it others.

    References:
        - torch.nn.CrossEntropyLoss: class indices in [0, C)
        - the limit is ours, chosen; no run decides it (docs/thresholds.md)
    """
    read_by_ctc = is_ctc(setup.loss) or (first_batch is not None and first_batch.loss.ctc_outputs > 0)
    if read_by_ctc or expects(setup.loss) not in {"scores", "log-probabilities"}:
        return None
    width = _width(setup, first_batch)
    labels = _counts(data.train.labels, setup.loss.ignore_index)
    if not width or not labels or data.train.labels.one_hot > 0:
        return None
    highest, needed = max(labels), len([label for label in labels if label >= 0])
    stray = sum(count for label, count in labels.items() if label >= width) / max(1, sum(labels.values()))
    # A few labels beyond the rest, or labels that start at 1, are faults of the labels, not of the head.
    if took_other_labels(first_batch, stray):
        return None
    if highest >= width and needed > width and min(labels) >= 0:
        named = len(setup.class_names) == width
        return (
            None
            if named or (stray < max_stray_share and needed - width == 1)
            else _fewer(experiment, width, needed, stray)
        )
    met = first_batch is None or first_batch.loss.prediction_is_output
    if (
        met
        and highest + 1 < width
        and experiment.task in {"classification", "segmentation"}
        and min(labels) >= 0
    ):
        return _more(experiment, width, highest + 1)
    return None


def _width(setup: SetupEvidence, first_batch: FirstBatchEvidence | None) -> int:
    """Return the number of scores per decision; 0 when unknown."""
    if first_batch is not None and first_batch.output.shape:
        shape, axis = first_batch.output.shape, first_batch.output.class_axis
        if len(shape) > 1:
            return shape[axis] if 0 < axis < len(shape) else shape[1]
    return setup.output_shape[1] if len(setup.output_shape) > 1 else 0


def _counts(labels: LabelFacts, ignored: int | None) -> dict[int, int]:
    counts = {}
    for label, count in labels.histogram.items():
        try:
            value = float(label)
        except ValueError:
            return {}
        if value != int(value):
            return {}
        if int(value) != ignored:
            counts[int(value)] = count
    return counts


def _fewer(experiment: ExperimentEvidence, width: int, needed: int, stray: float) -> Finding:
    key = _key(experiment, width)
    patch = {key: needed} if key != "model" else {}
    single = " (one output for two classes works with BCEWithLogitsLoss only)" if width == 1 else ""
    return Finding(
        message=f"The head has {width} output{'s' if width != 1 else ''} for {needed} classes: {stray:.0%} of the labels have "
        f"none{single}.",
        confidence=0.98,
        places=(Place(kind="key", name=key),),
        measured={"outputs": width, "classes": needed},
        remedies=(Remedy(text=f"Give the last layer {needed} outputs.", patch=patch),),
    )


def _more(experiment: ExperimentEvidence, width: int, used: int) -> Finding:
    return Finding(
        message=f"The head has {width} outputs, and only labels 0 to {used - 1} occur: the other "
        f"{width - used} are never wanted.",
        confidence=0.9,
        severity=Severity.NOTE,
        places=(Place(kind="key", name=_key(experiment, width)),),
        measured={"outputs": width, "classes": used},
        remedies=(Remedy(text="Nothing needs to change; a narrower head saves a little."),),
    )


def _key(experiment: ExperimentEvidence, width: int) -> str:
    """Return the config key that seems to set the width; the model otherwise."""
    for name in WIDTH_KEYS:
        if experiment.settings.get(f"model.{name}") == str(width):
            return f"model.{name}"
    return "model"
