"""Inputs and labels do not belong together."""

from __future__ import annotations

import math

from cnndoctor.check import check
from cnndoctor.evidence import (
    DataEvidence,
    ExperimentEvidence,
    FirstBatchEvidence,
    OverfitEvidence,
    TrainEvidence,
    TrialsEvidence,
)
from cnndoctor.evidence.data import SimpleBaseline, TurnedMasks
from cnndoctor.evidence.train import Evaluation
from cnndoctor.finding import Finding, NotApplicable, Place, Remedy, Severity
from cnndoctor.signs.effects import LEARNS_NOTHING, merged
from cnndoctor.signs.noise import at_chance
from cnndoctor.signs.success import evaluation_gain, gain, loss_gone, trained_well
from cnndoctor.signs.trial_gains import trial_gain

MEMORISED = 0.5  # gain on training data that shows a working network
MOST_CHANCE = 0.8  # share of the most frequent class
SIGMAS = 3.0  # standard errors of a score, beyond which it is no luck
MANY_CHANGES = 8  # configured run included; with fewer something may simply not have been tried
ROUNDING, LEAST_CHANGE, LEAST_VARIED = 1e-6, 1e-3, 1e-4  # of the loss, and of the outputs' scale; chosen
FLAT = 0.02  # share of the first loss, gone at the end, that is nothing: chosen
LEARNT_IN_STEPS = 0.5  # gain of the last epoch, in training mode, that no unknown target gives
NO_SIGNAL = 0.05  # gain of simple models over their shuffled control that is still nothing


@check(
    severity=Severity.ERROR,
    grade="B",
    explains=merged(
        LEARNS_NOTHING,
        (
            "overfitting",
            "noisy-labels",
            "too-little-data",
            "best-epoch-lost",
            "train-eval-gap",
            "oversized-dense-layer",
            "validation-labels-misaligned",
            "class-index-mismatch",
            "noisy-gradients",
            "loss-diverges",
            "transfer-not-used",
            "no-learning-rate-decay",
            "missing-nonlinearity",
            "early-downsampling",
            "excessive-dropout",
        ),
    ),
)
def labels_unrelated_to_inputs(  # noqa: PLR0917 - the evidence it needs
    experiment: ExperimentEvidence,
    data: DataEvidence,
    overfit: OverfitEvidence | None,
    train: TrainEvidence | None,
    trials: TrialsEvidence | None,
    first_batch: FirstBatchEvidence | None,
    *,
    min_samples: int = 200,
) -> Finding | NotApplicable | None:
    """Inputs and labels do not belong together, or the loss takes them apart.

    What it measures:
        Cross-validated simple models against the same models on shuffled labels; then the trained network on held-out data
        against the best constant prediction, and whether it memorises its training data. Where simple models cannot judge
        (sequences, masks): a few samples are learnt by heart, the whole training set is not better than chance, and no paired
        run with another rate, optimizer, initialisation or scale, nor a longer one, gets anywhere either. And, in a run that
        learns nothing, whether the loss changes at all when the targets of a batch move to other samples. And of masks, how
        much of the brightness of up to 128 images they explain as they are, and turned or mirrored: nine of ten must fit better
        another way round, and explain twice as much so (chosen).
    Why it matters:
        Inputs and labels that were sorted or shuffled apart can be learnt by heart and never generalise; no setting helps.
    How to fix:
        Shuffle once, with one permutation for both (``index = torch.randperm(n); x, y = x[index], y[index]``). Check the join
        of files and labels: ``sorted(glob(...))`` on both sides, and no shuffling of one list. Show ten
        samples with their label.
    When it is not a fault:
        Problems that simple models cannot solve and the network can: its held-out score, or that of a paired run with
        another rate or optimizer, silences this check. Tasks that ask for a mirrored picture.

    References:
        - Zhang et al. 2017, Understanding deep learning requires rethinking generalization, arXiv:1611.03530
        - the limit is ours, held by saved runs of scripts/clinic.py (docs/thresholds.md)
    """
    if data.train.turned is not None and not trained_well(train, data.baseline):
        return _of_masks(data.train.turned)
    if first_batch is not None and train is not None and _unpaired(first_batch) and _learns_nothing(train):
        return _of_loss(first_batch)
    baseline = data.baseline
    if not baseline.metric or baseline.samples < min_samples:
        excluded = _nothing_else_left(overfit, train, trials)
        return excluded or NotApplicable(
            reason="simple models cannot judge these data (too few samples, shapes that vary, or another task)"
        )
    if baseline.metric == "accuracy" and baseline.chance > MOST_CHANCE:
        return NotApplicable(reason="one class is so frequent that accuracy cannot show what is learnt")
    if _signal(baseline) or experiment.intent_memorise:
        return None
    if _predicted_somehow(trials):
        return None
    judged = train.validation if train is not None else None
    if judged is not None and not _at_chance(judged, train):
        return None
    memorises = (
        evaluation_gain(train.train) > MEMORISED if train is not None and train.train is not None else False
    )
    fits = overfit is not None and overfit.configured.reached
    if train is None and not fits:
        return None
    if judged is None and train is not None and not (memorises or fits):
        return None
    confidence = _confidence(held_out=judged is not None, memorises=memorises, fits=fits)
    return Finding(
        message=_message(baseline, judged, memorises=memorises),
        confidence=confidence,
        severity=Severity.ERROR if memorises and judged is not None else Severity.WARNING,
        places=(Place(kind="key", name="data.train"),),
        measured={
            f"simple models {baseline.metric}": baseline.train,
            f"shuffled control {baseline.metric}": baseline.train_shuffled,
            "network on validation": judged.score if judged is not None else None,
        },
        remedies=(
            Remedy(
                text="Check how inputs and labels are joined: one permutation for both, both lists sorted alike."
            ),
        ),
    )


def _unpaired(first_batch: FirstBatchEvidence) -> bool:
    """Return whether the loss is the same whichever sample a target is given to, though other targets change it."""
    varied = first_batch.output.varies_over_samples > LEAST_VARIED
    return varied and first_batch.loss_pairing < ROUNDING and first_batch.loss_targets > LEAST_CHANGE


def _learns_nothing(train: TrainEvidence) -> bool:
    """Return whether neither the trained model nor its last epoch of steps knows more than chance."""
    last = train.epochs[-1].train_score if train.epochs else math.nan
    if train.train is not None and gain(last, train.train.chance) > LEARNT_IN_STEPS:
        return False  # eval mode computes something else: another fault
    return at_chance(train.train) or loss_gone(train) < FLAT


def _of_masks(turned: TurnedMasks) -> Finding:
    """Say that masks lie another way round than their images."""
    return Finding(
        message=(
            f"The masks are {turned.how} against their images: so turned back, {turned.better:.0%} of {turned.samples} fit "
            f"better, and explain {turned.undone:.0%} of the images' variance instead of {turned.as_given:.0%}."
        ),
        confidence=0.93,
        severity=Severity.ERROR,
        places=(Place(kind="key", name="data.train"),),
        measured={
            "variance explained": turned.as_given,
            "explained once turned back": turned.undone,
            "share that fits better": turned.better,
        },
        remedies=(
            Remedy(
                text="Draw a few images with their masks on top; read both with the same order of axes (height first) and the "
                "same origin, and flip and turn them together."
            ),
        ),
    )


def _of_loss(first_batch: FirstBatchEvidence) -> Finding:
    """Say that the loss itself takes inputs and labels apart."""
    return Finding(
        message="The loss does not know which target belongs to which sample: moved to other samples of the batch, the targets "
        f"give the same loss, though other targets change it by {first_batch.loss_targets:.0%}; and nothing is learnt.",
        confidence=0.9,
        severity=Severity.ERROR,
        places=(Place(kind="key", name="loss"),),
        measured={"moved": first_batch.loss_pairing, "others": first_batch.loss_targets},
        remedies=(
            Remedy(
                text="Compare each output with its own target before anything is sorted, summed or averaged over the batch; "
                "what sorts the targets must sort the outputs alike."
            ),
        ),
    )


def _predicted_somehow(trials: TrialsEvidence | None) -> bool:
    """Return whether some change predicts held-out labels on every seed: then they do belong to their inputs."""
    if trials is None:
        return False
    twice = {trial.name for trial in trials.trials if len(trials.of(trial.name)) > 1}
    return any(
        all(gain(trial.validation_score, trials.chance) > 2 * NO_SIGNAL for trial in trials.of(name))
        for name in twice
    )


def _nothing_else_left(
    overfit: OverfitEvidence | None, train: TrainEvidence | None, trials: TrialsEvidence | None
) -> Finding | None:
    """Say what is left when the chain from input to update works on a few samples and nothing helps on all of them."""
    if overfit is None or not overfit.configured.reached or overfit.metric == "loss-reduction":
        return None
    if train is None or trials is None or not (at_chance(train.train) and at_chance(train.validation)):
        return None
    changes = {trial.name for trial in trials.trials}
    gains = (trial_gain(trial, trials) for trial in trials.trials)
    furthest = max((value for value in gains if math.isfinite(value)), default=math.nan)
    if len(changes) < MANY_CHANGES or not furthest < NO_SIGNAL:
        return None
    return Finding(
        message=(
            f"The network learns {overfit.samples} samples by heart, but nothing that holds for all of them: after "
            f"{train.steps} steps it is at chance, and none of {len(changes) - 1} changes tried gets further."
        ),
        confidence=0.75,
        severity=Severity.ERROR,
        places=(Place(kind="key", name="data.train"),),
        measured={"changes tried": len(changes) - 1, "best gain": furthest},
        remedies=(
            Remedy(
                text="Check how inputs and labels are joined: look at ten samples beside their labels, and the neighbours'."
            ),
        ),
    )


def _signal(baseline: SimpleBaseline) -> bool:
    """Tell whether simple models find anything that shuffled labels do not have."""
    floor = max(baseline.train_shuffled, baseline.chance)
    noise = max(baseline.train_shuffled_std, math.sqrt(max(0.01, floor * (1 - floor)) / baseline.samples))
    clear = baseline.train > floor + SIGMAS * noise and gain(baseline.train, floor) > NO_SIGNAL
    outside = gain(baseline.validation, baseline.chance)
    return clear or outside > 2 * NO_SIGNAL


def _at_chance(judged: Evaluation, train: TrainEvidence | None) -> bool:
    """Tell whether the network's held-out score is what a constant prediction gives, within its noise."""
    if math.isfinite(judged.score) and math.isfinite(judged.chance):
        spread = math.sqrt(max(0.01, judged.chance * (1 - judged.chance)) / max(1, judged.samples))
        best = (
            max(
                (e.validation_score for e in train.epochs if math.isfinite(e.validation_score)),
                default=judged.score,
            )
            if train
            else judged.score
        )
        several = 2.0  # the best of many epochs is higher than one look
        return (
            judged.score <= judged.chance + SIGMAS * spread
            and best <= judged.chance + (SIGMAS + several) * spread
        )
    return evaluation_gain(judged) < NO_SIGNAL


def _confidence(*, held_out: bool, memorises: bool, fits: bool) -> float:
    if held_out and memorises:
        return 0.93
    if held_out and fits:
        return 0.8
    return 0.6 if memorises or fits else 0.45


def _message(baseline: SimpleBaseline, judged: Evaluation | None, *, memorises: bool) -> str:
    words = (
        f"Simple models reach {baseline.metric} {baseline.train:.3f} on held-out folds, and "
        f"{baseline.train_shuffled:.3f} with shuffled labels"
    )
    if judged is None:
        return f"{words}: the labels seem unrelated to the inputs."
    by_heart = " although it learns its training data by heart" if memorises else ""
    return f"{words}; the network reaches {judged.score:.3f} on validation (chance {judged.chance:.3f}){by_heart}."
