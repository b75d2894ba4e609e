"""Evidence without the scores that its own losses contradict, and without what simple models make of unused targets."""

from __future__ import annotations

import math
from dataclasses import replace

from cnndoctor.evidence import DataEvidence, Evidence, FirstBatchEvidence
from cnndoctor.evidence.data import LabelFacts, SimpleBaseline, TensorFacts
from cnndoctor.evidence.overfit import OverfitEvidence, Rung
from cnndoctor.evidence.train import Evaluation, TrainEvidence
from cnndoctor.signs.foreign_score import VALUED, score_is_foreign
from cnndoctor.signs.trial_gains import scored_by_loss

NAN = math.nan
RECONSTRUCTED = VALUED | {"segmentation"}  # a picture held against itself counts as a mask of it
HALF = 0.5  # of the loss reduction that counts as learnt by heart, where nothing else can tell


def believed(evidence: Evidence) -> Evidence:
    """Return the evidence without the scores that its own losses contradict: what is judged by them is then unknown.

    Args:
        evidence: Everything that was seen so far.
    """
    if evidence.data is not None and _meets_own_targets(evidence.first_batch):
        evidence = replace(evidence, data=_without_targets(evidence.data, evidence.experiment.task))
    if not score_is_foreign(evidence):
        return evidence
    train, overfit, trials = evidence.train, evidence.overfit, evidence.trials
    unscored = _unscored(train) if train is not None else None
    if trials is not None and unscored is not None:
        trials = replace(scored_by_loss(trials, unscored), treated=None)
    return replace(
        evidence,
        experiment=replace(evidence.experiment, task="custom"),
        overfit=_by_loss(overfit) if overfit is not None else None,
        train=unscored,
        trials=trials,
    )


def comparable_baseline(data: DataEvidence, first_batch: FirstBatchEvidence | None) -> SimpleBaseline:
    """Return what simple models reach on the data's targets; none where the run is scored by targets of its step's own.

    Args:
        data: What the data stage saw.
        first_batch: What the first batch showed.
    """
    return SimpleBaseline() if _meets_own_targets(first_batch) else data.baseline


def _meets_own_targets(first_batch: FirstBatchEvidence | None) -> bool:
    return first_batch is not None and first_batch.loss.own_targets


def _without_targets(data: DataEvidence, task: str) -> DataEvidence:
    """Return what was seen of the data without what nothing is trained on: simple models' scores, and labels as values.

    The labels of pictures that are reconstructed are no values that an output would have to reach.
    """
    data = replace(data, baseline=SimpleBaseline())
    if task not in RECONSTRUCTED:
        return data
    train, validation = (
        replace(split, targets=TensorFacts(kind="none"), labels=LabelFacts()) if split is not None else None
        for split in (data.train, data.validation)
    )
    return replace(data, train=train or data.train, validation=validation)


def _unscored(train: TrainEvidence) -> TrainEvidence:
    return replace(
        train,
        metric="",
        epochs=tuple(replace(epoch, train_score=NAN, validation_score=NAN) for epoch in train.epochs),
        train=_loss_alone(train.train),
        train_in_train_mode=_loss_alone(train.train_in_train_mode),
        validation=_loss_alone(train.validation),
        best_epoch_by_score=-1,
        custom_metric_mismatch={},
        other_seeds=tuple(
            replace(seed, train=_loss_alone(seed.train), validation=_loss_alone(seed.validation))
            for seed in train.other_seeds
        ),
    )


def _loss_alone(judged: Evaluation | None) -> Evaluation | None:
    return Evaluation(split=judged.split, samples=judged.samples, loss=judged.loss) if judged else None


def _by_loss(overfit: OverfitEvidence) -> OverfitEvidence:
    """Return the tiny subset judged by the share of the loss that is gone, as in a run without any score."""
    if overfit.metric == "loss-reduction":
        return overfit
    configured = _rung_by_loss(overfit.configured)
    return replace(
        overfit,
        metric="loss-reduction",
        goal=HALF,
        chance=0.0,
        configured=configured,
        with_regularisation=_rung_by_loss(overfit.with_regularisation)
        if overfit.with_regularisation
        else None,
        rungs=tuple(_rung_by_loss(rung) for rung in overfit.rungs),
        parts=tuple(_rung_by_loss(rung) for rung in overfit.parts),
        rescued_by="" if configured.reached else overfit.rescued_by,
    )


def _rung_by_loss(rung: Rung) -> Rung:
    gone = (rung.loss_start - rung.loss_end) / max(abs(rung.loss_start), 1e-12)
    share = max(0.0, min(1.0, gone)) if math.isfinite(gone) else NAN
    return replace(rung, score=share, reached=rung.finite and share >= HALF)
