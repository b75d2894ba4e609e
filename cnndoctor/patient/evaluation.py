"""Judges a model on a split in eval mode: loss, score, chance, results per class, worst samples."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import IterableDataset, Subset

from cnndoctor.evidence.train import Evaluation
from cnndoctor.experiment import Experiment
from cnndoctor.loop import evaluate
from cnndoctor.patient.batches import first_tensor, size_of
from cnndoctor.patient.confusion import class_name, per_class, permuted_score, shown, worst_confusions
from cnndoctor.patient.scoring import Tally, constant_loss, predicted_labels
from cnndoctor.patient.session import Computed, Session
from cnndoctor.patient.task import Task

MOST_TRAINING_SAMPLES = 2_000  # as many as validation has, where that is fewer
FEWEST_TRAINING_SAMPLES = 200  # however small validation is
WORST = 20  # samples that are told
CONSTANT_OUTPUT = 1e-3  # outputs that vary less than a thousandth of the targets are all the same


class Watched:
    """Loss and score of one eval-mode pass while it runs; the cheap part that every epoch needs."""

    def __init__(self, session: Session, task: Task) -> None:
        """Start with nothing seen."""
        self.tally = Tally(task=task, loss=session.scoring_loss)
        self.samples = 0
        self._losses: list[Tensor] = []
        self._sizes: list[int] = []

    def add(self, batch: object, computed: Computed) -> None:
        """Add one batch."""
        size = size_of(batch)
        self.samples += size
        self._sizes.append(size)
        self._losses.append(computed.loss.detach().float().reshape(()))
        self.tally.add(computed.outputs, computed.targets)

    def loss(self) -> float:
        """Return the mean loss over samples; NaN when nothing was seen."""
        if not self.samples:
            return math.nan
        values: list[float] = torch.stack(self._losses).tolist()
        return sum(value * size for value, size in zip(values, self._sizes, strict=True)) / self.samples


def judge(
    session: Session,
    batches: Iterable[Any],
    task: Task,
    *,
    split: str,
    names: Sequence[str] = (),
    indices: Sequence[int] = (),
    batch_statistics: bool = False,
    also: Sequence[Callable[[Computed], None]] = (),
) -> Evaluation:
    """Return everything one pass over a split shows.

    Args:
        session: Model and loss.
        batches: Batches of the split, in a known order.
        task: What kind of problem.
        split: train or validation.
        names: Class names, where the data knows them.
        indices: Index in the data set of each sample in the order of ``batches``; empty when they are 0, 1, 2 ….
        batch_statistics: Normalise by the batch instead of running statistics.
        also: Each sees every batch too.
    """
    seen, per_sample, taken_for = Watched(session, task), [], []
    for batch, computed in evaluate(session, batches, batch_statistics=batch_statistics):
        seen.add(batch, computed)
        for look in also:
            look(computed)
        per_sample.append(_of_samples(sample_losses(computed, task), batch))
        taken_for.append(_of_samples(_sample_classes(computed, task, session.scoring_loss), batch))
    tally = seen.tally
    places, losses = _worst(per_sample)
    labels, matrix = shown(tally.confusion, names)
    top = tally.top_prediction_share()
    spread = tally.output_std()
    return Evaluation(
        split=split,
        samples=seen.samples,
        loss=seen.loss(),
        score=tally.score(),
        chance=tally.chance(),
        chance_loss=constant_loss(session.loss, task, tally),
        top_prediction_share=1.0 if spread < CONSTANT_OUTPUT else top,
        top_label_share=tally.top_label_share(),
        output_std=spread,
        permuted_score=permuted_score(tally.confusion),
        classes=per_class(tally.confusion, names),
        worst=tuple(indices[i] if indices else i for i in places),
        worst_losses=losses,
        worst_taken_for=_names_at(taken_for, places, names),
        confusion_labels=labels,
        confusion=matrix,
        confusions=worst_confusions(tally.confusion, names),
        left_out=tally.left_out(),
    )


def bare(evaluation: Evaluation) -> Evaluation:
    """Return the numbers of an evaluation alone, without its classes and samples.

    Args:
        evaluation: What a pass showed.
    """
    return replace(
        evaluation,
        classes=(),
        worst=(),
        worst_losses=(),
        worst_taken_for=(),
        confusion_labels=(),
        confusion=(),
        confusions=(),
    )


def training_sample(
    experiment: Experiment, session: Session, validation_size: int
) -> tuple[Iterable[Any], tuple[int, ...]]:
    """Return a fixed, bounded, mixed part of the training data as batches of training size, and its indices.

    A random part in random order, the same in every run: batches then have the mixture that batch statistics saw.

    Args:
        experiment: Whose data.
        session: Whose loader serves data sets that cannot be read by index.
        validation_size: Size of the validation split; 0 without.
    """
    dataset = experiment.train_data
    limit = min(
        MOST_TRAINING_SAMPLES,
        max(validation_size, FEWEST_TRAINING_SAMPLES) if validation_size else MOST_TRAINING_SAMPLES,
    )
    settings = experiment.config.data.loader
    # A sampler of batches may make episodes, which no other way of batching gives.
    if settings.get("batch_sampler") is not None or isinstance(dataset, IterableDataset):
        return _first_batches(session.train_loader, limit), ()
    if dataset is None or not hasattr(dataset, "__len__"):
        return _first_batches(session.train_loader, limit), ()
    order = torch.randperm(len(dataset), generator=torch.Generator().manual_seed(0))[:limit].tolist()
    plain: dict[str, Any] = {"sampler": None}
    if settings.get("batch_size", 1) is None:
        plain["batch_size"] = 64
    return experiment.plain_loader(Subset(dataset, order), training=False, **plain), tuple(order)


def held_out_sample(experiment: Experiment, session: Session, limit: int) -> Iterable[Any]:
    """Return a bounded part of validation as batches, spread evenly over it: a list sorted by class begins with one.

    Args:
        experiment: Whose data.
        session: Whose loader serves what cannot be read by index, from its beginning.
        limit: Most samples, rounded up to a batch where data cannot be read by index.
    """
    loader, dataset = session.validation_loader, experiment.validation_data
    if loader is None:
        return ()
    own = experiment.validation_settings
    ordered = own.get("sampler") is not None or own.get("batch_sampler") is not None
    by_index = hasattr(dataset, "__len__") and not isinstance(dataset, IterableDataset)
    if ordered or not by_index or own.get("batch_size", 1) is None or len(dataset) <= limit:
        return _first_batches(loader, limit)
    spread = torch.linspace(0, len(dataset) - 1, limit).long().tolist()
    return experiment.plain_loader(Subset(dataset, spread), training=False, **own)


def sample_losses(computed: Computed, task: Task) -> Tensor | None:
    """Return a loss per sample that orders samples from easy to hard, [N]; None where it is not known how."""
    outputs, targets = first_tensor(computed.outputs, floating=True), first_tensor(computed.targets)
    if (
        outputs is None
        or targets is None
        or outputs.ndim == 0
        or targets.ndim == 0
        or len(outputs) != len(targets)
    ):
        return None
    outputs = outputs.detach().float()
    if task is Task.REGRESSION and outputs.numel() == targets.numel():
        return (outputs.reshape(len(outputs), -1) - targets.reshape(len(targets), -1)).square().mean(1)
    if task in {Task.CLASSIFICATION, Task.SEGMENTATION} and outputs.ndim > 1 and outputs.shape[1] > 1:
        if targets.is_floating_point() or targets.shape != (outputs.shape[0], *outputs.shape[2:]):
            return None
        valid = (targets >= 0) & (targets < outputs.shape[1])
        entropy = nn.functional.cross_entropy(
            outputs, targets.long().where(valid, -100), reduction="none", ignore_index=-100
        )
        return entropy.reshape(len(entropy), -1).mean(1)
    return None


def _first_batches(loader: Iterable[Any], limit: int) -> Iterable[Any]:
    """Return the first batches of a loader; nothing of one that can be iterated only once."""
    if iter(loader) is loader:
        return ()
    taken, samples = [], 0
    for batch in islice(loader, limit):
        taken.append(batch)
        samples += size_of(batch)
        if samples >= limit:
            break
    return taken


def _sample_classes(computed: Computed, task: Task, loss: object) -> Tensor | None:
    """Return the predicted class of each sample, [N]; None where a sample has no single one."""
    outputs, targets = first_tensor(computed.outputs, floating=True), first_tensor(computed.targets)
    if (
        task is not Task.CLASSIFICATION
        or outputs is None
        or targets is None
        or 0 in {outputs.ndim, targets.ndim}
    ):
        return None
    predicted, _, _ = predicted_labels(outputs.detach(), targets.detach(), loss)
    return predicted if predicted is not None and len(predicted) == len(outputs) else None


def _of_samples(values: Tensor | None, batch: object) -> Tensor | None:
    """Return the values where there is one for each sample of the batch.

    A step that flattens sequences has one for each of their elements, and which sample that belongs to is not known.
    """
    return values if values is not None and len(values) == size_of(batch) else None


def _worst(per_sample: list[Tensor | None]) -> tuple[list[int], tuple[float, ...]]:
    """Return the places of the samples with the largest loss, and their losses, worst first."""
    known = [losses for losses in per_sample if losses is not None]
    if not known or len(known) < len(per_sample):
        return [], ()
    losses = torch.cat(known).nan_to_num(nan=math.inf)
    top = losses.topk(min(WORST, len(losses)))
    return top.indices.tolist(), tuple(top.values.tolist())


def _names_at(classes: list[Tensor | None], places: Sequence[int], names: Sequence[str]) -> tuple[str, ...]:
    known = [predicted for predicted in classes if predicted is not None]
    if not known or len(known) < len(classes):
        return ()
    labels: list[int] = torch.cat(known).tolist()
    return tuple(class_name(labels[place], names) for place in places)
