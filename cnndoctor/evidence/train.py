"""The experiment as configured, watched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

NAN = float("nan")


WHOLE = 0.8  # share of the planned steps after which a run cut short is judged like a whole one; chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """One epoch.

    Attributes:
        index: From 0.
        steps: Optimizer steps made by its end, counted from the start of the run.
        lr: Learning rate of the first group at its end.
        train_loss: Mean training-mode loss over its batches.
        train_score: Training-mode score over its batches (accuracy, pixel accuracy, r2 …); NaN when unknown.
        validation_loss: Eval-mode loss on validation; NaN without.
        validation_score: Eval-mode score on validation; NaN without.
        metrics: User metrics, ``train/name`` and ``validation/name``.
        seconds: Wall time.
    """

    index: int
    steps: int
    lr: float
    train_loss: float
    train_score: float = NAN
    validation_loss: float = NAN
    validation_score: float = NAN
    metrics: Mapping[str, float] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerSeries:
    """One layer over the run; all series share ``TrainEvidence.sampled_steps``.

    Attributes:
        path: Layer path.
        kind: Class name.
        position: Order of execution.
        activation_std: Standard deviation of its output.
        activation_max: Largest absolute output.
        gradient_rms: RMS gradient of its weights.
        weight_rms: RMS of its weights.
        update_ratio: RMS update over RMS weight of its main weight.
        dead_units: Share of units that fired on no sample of the whole last validation or training pass (rectifiers only);
            one value per epoch, on its own axis.
        saturated: Share of saturated outputs at the last sample (sigmoid, tanh).
    """

    path: str
    kind: str
    position: int = 0
    activation_std: tuple[float, ...] = ()
    activation_max: tuple[float, ...] = ()
    gradient_rms: tuple[float, ...] = ()
    weight_rms: tuple[float, ...] = ()
    update_ratio: tuple[float, ...] = ()
    dead_units: tuple[float, ...] = ()
    saturated: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassResult:
    """One class on the judged split: support, recall, precision, and what it is mostly taken for."""

    label: str
    support: int
    recall: float
    precision: float = NAN
    confused_with: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """One mistake: samples of one class (pixels of masks) that were taken for another."""

    label: str
    taken_for: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """Predictions of a regression held against the targets of other samples, too.

    Attributes:
        samples: How many were compared with each other.
        own_share: Share of predictions whose own target is the nearest of all; NaN for targets of a few numbers.
        nearest_score: r2 of predictions against the target nearest to each; NaN likewise.
        shift: By how many samples targets fit best when both lists are moved against each other, 0 apart.
        shifted_score: r2 there.
    """

    samples: int
    own_share: float = NAN
    nearest_score: float = NAN
    shift: int = 0
    shifted_score: float = NAN


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """One eval-mode pass over a split with the final weights.

    Attributes:
        split: train or validation.
        samples: Samples judged.
        loss: Mean loss.
        score: accuracy, pixel accuracy, r2 …; NaN when unknown.
        chance: Score of the best constant prediction on the same samples.
        chance_loss: Loss of the best constant prediction; NaN when unknown.
        top_prediction_share: Share of the most frequent prediction (classification), or 1 when all outputs are equal.
        top_label_share: Share of the most frequent label.
        output_std: Standard deviation of outputs over samples relative to that of the targets (regression); NaN otherwise.
        permuted_score: Best score over permutations of predicted classes; NaN when not computed.
        classes: Results per class.
        worst: Indices of samples with the largest loss; first 20.
        worst_losses: Their losses.
        worst_taken_for: What the model took them for, by class name; empty where there are no classes.
        confusion_labels: Class names of the confusion matrix; empty beyond 20 classes.
        confusion: Samples (pixels) of the row's class that were taken for the column's; empty beyond 20 classes.
        confusions: The 20 most frequent mistakes, worst first.
        left_out: Share of the labels that the loss ignores (``ignore_index``) and no score counts.
        matching: Of a regression, whose targets the predictions come nearest to; None otherwise.
    """

    split: str
    samples: int
    loss: float
    score: float = NAN
    chance: float = NAN
    chance_loss: float = NAN
    top_prediction_share: float = NAN
    top_label_share: float = NAN
    output_std: float = NAN
    permuted_score: float = NAN
    classes: tuple[ClassResult, ...] = ()
    worst: tuple[int, ...] = ()
    worst_losses: tuple[float, ...] = ()
    worst_taken_for: tuple[str, ...] = ()
    confusion_labels: tuple[str, ...] = ()
    confusion: tuple[tuple[int, ...], ...] = ()
    confusions: tuple[Confusion, ...] = ()
    left_out: float = 0.0
    matching: Matching | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedRun:
    """The configured run with another seed.

    Attributes:
        seed: The seed.
        steps: Optimizer steps made.
        ended: As in TrainEvidence.
        train: Eval-mode pass over a part of the training data with the final weights, without classes; None when it failed.
        validation: Likewise over validation; None without.
    """

    seed: int
    steps: int
    ended: str
    train: Evaluation | None = None
    validation: Evaluation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstNonFinite:
    """Where the first NaN or infinity appeared.

    Attributes:
        step: Optimizer step.
        what: loss, activation, gradient, weight or input.
        layer: First layer in forward (or backward) order; empty for the loss itself.
        operation: Operation that made it, where known (log, sqrt, div, exp …).
        detail: One phrase, for example the largest finite value before it.
        largest: Largest number that the operation was given, infinite where it was given the infinities of a mask; NaN when
            unknown.
    """

    step: int
    what: str
    layer: str = ""
    operation: str = ""
    detail: str = ""
    largest: float = NAN


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainEvidence:
    """The watched training run.

    Attributes:
        metric: Name of the score: accuracy, pixel-accuracy, label-accuracy, r2, exact-sequences or empty.
        planned_steps: Optimizer steps as configured.
        steps: Optimizer steps made.
        ended: completed, early-stopping, not-finite, failed, budget or interrupted.
        epochs: One entry per epoch.
        loss_steps: Step of each entry of ``losses``.
        losses: Loss of single steps, thinned evenly to at most 400; NaN where not finite.
        lrs: Learning rate at the same steps.
        gradient_norms: Global gradient norm at the same steps, before clipping; NaN at those where it was not measured.
        clipped_share: Share of steps whose gradient was clipped; 0 without clipping.
        sampled_steps: Steps at which layers were sampled.
        layers: Layers over the run.
        train: Eval-mode pass over (a part of) the training data, un-augmented where possible, with the final weights.
        train_in_train_mode: The same samples in training mode with dropout off (batch statistics): BatchNorm trouble shows
            as a gap to ``train``; None when the model has no batch statistics.
        validation: Eval-mode pass over validation with the final weights; None without.
        best_epoch: Index of the best validation (or training) epoch by loss; -1 when unknown.
        best_epoch_by_score: Likewise by score.
        nonfinite: Where the first NaN appeared; None on a finite run.
        skipped_steps: Steps that the GradScaler skipped.
        unchanged_parameters: Trainable parameters, held by the optimizer, that are bit-identical at the end.
        wait_share: Share of time spent waiting for data.
        starved_share: Share of the run's time in which other programs had the processor it stood ready for; 0 if unknown.
        seconds_per_step: Median step time, starved or not.
        memory_growth: Bytes of live tensors per step that keep growing; 0 when flat.
        overhead: Share of time spent on monitoring, estimated.
        seconds: Wall time.
        checkpoints: Number of checkpoints written.
        resumed_from: Step that a resumed run started at; 0 otherwise.
        repeat_difference: Largest relative difference between the losses of the first steps and those of a second run
            with the same seed; NaN when it was not tried.
        last_activation: Name of the last rectifier, sigmoid or tanh that ran in an evaluation pass; empty without any.
        other_seeds: The same run with other seeds, where they were asked for.
        custom_metric_mismatch: Metric name → (reported, recomputed) for metrics that cnndoctor can recompute and that disagree.
        metric_pairs: Metric name → (value of a batch, value of its samples one by one) where every output meets every target.
        metric_batches: Metric name → (value of validation's first batches as they came, value of all their samples at once).
    """

    metric: str
    planned_steps: int
    steps: int
    ended: str
    epochs: tuple[Epoch, ...] = ()
    loss_steps: tuple[int, ...] = ()
    losses: tuple[float, ...] = ()
    lrs: tuple[float, ...] = ()
    gradient_norms: tuple[float, ...] = ()
    clipped_share: float = 0.0
    sampled_steps: tuple[int, ...] = ()
    layers: tuple[LayerSeries, ...] = ()
    train: Evaluation | None = None
    train_in_train_mode: Evaluation | None = None
    validation: Evaluation | None = None
    best_epoch: int = -1
    best_epoch_by_score: int = -1
    nonfinite: FirstNonFinite | None = None
    skipped_steps: int = 0
    unchanged_parameters: tuple[str, ...] = ()
    wait_share: float = 0.0
    starved_share: float = 0.0
    seconds_per_step: float = 0.0
    memory_growth: float = 0.0
    overhead: float = 0.0
    seconds: float = 0.0
    checkpoints: int = 0
    resumed_from: int = 0
    custom_metric_mismatch: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    metric_pairs: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    metric_batches: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    last_activation: str = ""
    repeat_difference: float = NAN
    other_seeds: tuple[SeedRun, ...] = ()

    @property
    def judged(self) -> Evaluation | None:
        """Return what the final weights do on validation, or on training data without one; None where neither was seen."""
        return self.validation or self.train

    @property
    def is_stub(self) -> bool:
        """Return whether the budget cut it short far from its end: how it ends is then unknown."""
        return self.ended == "budget" and self.steps < WHOLE * self.planned_steps
