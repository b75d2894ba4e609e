"""What simple models reach on the data, against the same models on shuffled labels."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from cnndoctor.evidence.data import SimpleBaseline
from cnndoctor.patient.assignment import best_assignment
from cnndoctor.patient.task import Task
from cnndoctor.survey.class_label import label_of
from cnndoctor.survey.features import feature_blocks, small
from cnndoctor.survey.sample import Sample
from cnndoctor.survey.simple_models import Kernels, kernels_of

MOST_SAMPLES = 2_000
FEWEST_SAMPLES = 40  # below this five folds say nothing
FOLDS = 5
SHUFFLES = 5
LOST = 0.05  # of the score, on validation against within training: only then validation is cross-validated by itself; chosen
ENOUGH = 200  # samples of validation, whose own cross-validation would say too little otherwise
MOST_CLASSES = 200
MOST_COLUMNS = 32
TOLD = 20
# A label is suspicious when ridge gives another class this much more and nearly all neighbours agree with it.
CLEAR_MARGIN = 0.3
CLEAR_AGREEMENT = 0.8


@dataclass(slots=True)
class Kept:
    """Samples of a split kept for simple models: the first 2,000 of one shape, averaged down."""

    task: Task
    indices: list[int] = field(default_factory=list)
    inputs: list[Tensor] = field(default_factory=list)
    targets: list[Tensor] = field(default_factory=list)

    @property
    def full(self) -> bool:
        """Return whether there is no room left."""
        return len(self.inputs) >= MOST_SAMPLES

    def add(self, sample: Sample) -> None:
        """Keep one sample when there is room and it has input and target of the common shape."""
        if self.full or sample.inputs.value is None:
            return
        target = target_of(sample, self.task)
        if target is None:
            return
        value = small(sample.inputs.value)
        if value.is_complex() or not value.numel() or (self.inputs and value.shape != self.inputs[0].shape):
            return
        if self.targets and target.shape != self.targets[0].shape:
            return
        self.indices.append(sample.index)
        self.inputs.append(value.clone())
        self.targets.append(target)


def target_of(sample: Sample, task: Task) -> Tensor | None:
    """Return a class number [1], or values [K]; None when the target is neither.

    Args:
        sample: One sample.
        task: What kind of problem.
    """
    value = sample.targets.value
    if value is None or value.is_complex() or not value.numel():
        return None
    if task is Task.CLASSIFICATION:
        label = label_of(value)
        return None if label is None or label < 0 else torch.tensor([float(label)])
    if task in {Task.REGRESSION, Task.MULTILABEL} and value.numel() <= MOST_COLUMNS:
        row = value.float().reshape(-1)
        return row if bool(row.isfinite().all()) else None
    return None


def simple_baseline(train: Kept, validation: Kept | None) -> SimpleBaseline:
    """Score ridge and nearest neighbours within the training split and on validation.

    Args:
        train: Kept samples of the training split.
        validation: Kept samples of validation; None without.
    """
    held_out = (
        validation if validation is not None and validation.inputs and _same_kind(train, validation) else None
    )
    problem = _problem(train, held_out)
    if problem is None:
        return SimpleBaseline(samples=len(train.inputs))
    generator = torch.Generator().manual_seed(0)
    n = problem.size
    fold = torch.randperm(n, generator=generator) % FOLDS
    shuffled = [problem.truth[torch.randperm(n, generator=generator)] for _ in range(SHUFFLES)]
    guesses = _cross_validated(problem, [problem.truth[:n], *shuffled], fold)
    scores = [
        [problem.score(guess, truth) for guess in models]
        for models, truth in zip(guesses, [problem.truth[:n], *shuffled], strict=True)
    ]
    control = torch.tensor([max(row) for row in scores[1:]])
    best = max(range(len(scores[0])), key=lambda model: scores[0][model])
    outside = _validated(problem, best)
    lost = held_out is not None and scores[0][best] - outside[0] > LOST and len(held_out.inputs) >= ENOUGH
    suspicious = problem.suspicious(guesses[0]) if problem.labelled else []
    return SimpleBaseline(
        metric="r2" if problem.task is Task.REGRESSION else "accuracy",
        chance=problem.chance(),
        train=scores[0][best],
        train_shuffled=float(control.mean()),
        train_shuffled_std=float(control.std()),
        validation=outside[0],
        validation_permuted=outside[1],
        validation_within=_within(held_out) if lost and held_out is not None else math.nan,
        suspicious=tuple(sorted(train.indices[i] for i in suspicious)[:TOLD]),
        suspicious_share=len(suspicious) / n,
        samples=n,
    )


@dataclass(frozen=True, slots=True)
class _Problem:
    """The numbers of one problem: kernels of all samples, the first ``size`` of them training."""

    task: Task
    kernels: Kernels
    size: int
    truth: Tensor  # [N] class numbers (dense) or [N, K] values; training
    outside: Tensor | None  # likewise of validation; -1 for classes that training lacks
    classes: int

    @property
    def labelled(self) -> bool:
        return self.task is Task.CLASSIFICATION

    def encoded(self, truth: Tensor) -> Tensor:
        return torch.nn.functional.one_hot(truth, self.classes).float() if self.labelled else truth

    def score(self, guess: Tensor, truth: Tensor) -> float:
        if self.labelled:
            return float((guess.argmax(1) == truth).double().mean())
        if self.task is Task.MULTILABEL:
            return float(((guess > 0.5) == (truth > 0.5)).double().mean())
        residual = (guess - truth).square().mean(0)
        variance = truth.var(0, unbiased=False)
        known = variance > 0
        return float((1 - residual[known] / variance[known]).mean()) if bool(known.any()) else math.nan

    def chance(self) -> float:
        if self.labelled:
            return float(torch.bincount(self.truth).max()) / self.size
        if self.task is Task.MULTILABEL:
            share = self.truth.mean(0)
            return float(torch.maximum(share, 1 - share).mean())
        return 0.0

    def suspicious(self, models: list[Tensor]) -> list[int]:
        """Return samples whose label ridge and neighbours both contradict clearly."""
        ridge, *neighbours = models
        rows = torch.arange(self.size)
        agreed = ridge.argmax(1)
        margin = ridge[rows, agreed] - ridge[rows, self.truth]
        votes = torch.stack([near[rows, agreed] for near in neighbours]).amax(0)
        own = torch.stack([near[rows, self.truth] for near in neighbours]).amax(0)
        wrong = (
            (agreed != self.truth)
            & (margin > CLEAR_MARGIN)
            & (votes >= CLEAR_AGREEMENT)
            & (own <= 1 - CLEAR_AGREEMENT)
        )
        return [int(i) for i in wrong.nonzero().flatten()]


def _problem(train: Kept, validation: Kept | None) -> _Problem | None:
    n = len(train.inputs)
    if n < FEWEST_SAMPLES:
        return None
    truth = torch.stack(train.targets)
    outside = torch.stack(validation.targets) if validation is not None else None
    classes = 0
    if train.task is Task.CLASSIFICATION:
        known = sorted(set(truth.flatten().tolist()))
        classes = len(known)
        if not 2 <= classes <= min(MOST_CLASSES, n // 2):
            return None
        number = {float(label): i for i, label in enumerate(known)}
        truth = torch.tensor([number[float(label)] for label in truth.flatten()])
        if outside is not None:
            outside = torch.tensor([number.get(float(label), -1) for label in outside.flatten()])
    elif not bool((truth.var(0, unbiased=False) > 0).any()):
        return None
    everything = torch.stack(train.inputs + (validation.inputs if validation is not None else []))
    return _Problem(train.task, kernels_of(feature_blocks(everything), n), n, truth, outside, classes)


def _cross_validated(problem: _Problem, label_sets: list[Tensor], fold: Tensor) -> list[list[Tensor]]:
    """Return per label set and model the held-out predictions of every training sample."""
    encoded = [problem.encoded(truth) for truth in label_sets]
    guesses: list[list[Tensor]] = [[] for _ in label_sets]
    for part in range(FOLDS):
        inside, outside = (fold != part).nonzero().flatten(), (fold == part).nonzero().flatten()
        fitted = problem.kernels.fit(inside, outside)
        for made, targets in zip(guesses, encoded, strict=True):
            for model, prediction in enumerate(fitted.predictions(targets[inside])):
                if len(made) <= model:
                    made.append(torch.zeros(problem.size, targets.shape[1]))
                made[model][outside] = prediction
    return guesses


def _within(kept: Kept) -> float:
    """Return the cross-validated score within a split by itself, the better of both models; NaN where it cannot be told."""
    problem = _problem(kept, None)
    if problem is None:
        return math.nan
    fold = torch.randperm(problem.size, generator=torch.Generator().manual_seed(0)) % FOLDS
    (guesses,) = _cross_validated(problem, [problem.truth], fold)
    return max(problem.score(guess, problem.truth) for guess in guesses)


def _validated(problem: _Problem, model: int) -> tuple[float, float]:
    """Return score on validation, and the best over permutations of predicted classes; NaN without validation."""
    if problem.outside is None:
        return math.nan, math.nan
    everything = torch.arange(len(problem.kernels.total))
    fitted = problem.kernels.fit(everything[: problem.size], everything[problem.size :])
    guess = fitted.predictions(problem.encoded(problem.truth))[model]
    score = problem.score(guess, problem.outside)
    if not problem.labelled:
        return score, math.nan
    known = problem.outside >= 0
    counts = torch.zeros(problem.classes, problem.classes)
    counts.index_put_(
        (guess.argmax(1)[known], problem.outside[known]), torch.ones(int(known.sum())), accumulate=True
    )
    table = counts.double().numpy()
    chosen = best_assignment(table)
    return score, float(table[np.arange(len(table)), list(chosen)].sum()) / len(problem.outside)


def _same_kind(train: Kept, validation: Kept) -> bool:
    """Tell whether both splits hold samples of one shape, and enough of them to score."""
    if not train.inputs or len(validation.inputs) < 10:
        return False
    return (
        train.inputs[0].shape == validation.inputs[0].shape
        and train.targets[0].shape == validation.targets[0].shape
    )
