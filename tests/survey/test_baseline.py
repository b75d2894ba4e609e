"""Promises of the simple models: they find what is there, and nothing where nothing is."""

from __future__ import annotations

import math

import torch

from cnndoctor.patient.batches import Members
from cnndoctor.patient.task import Task
from cnndoctor.survey.baseline import Kept, simple_baseline
from cnndoctor.survey.sample import sample_of


def kept(inputs: torch.Tensor, targets: torch.Tensor, task: Task = Task.CLASSIFICATION) -> Kept:
    """Keep samples as the pass does."""
    found = Kept(task)
    for index, (x, y) in enumerate(zip(inputs, targets, strict=True)):
        found.add(sample_of(index, (x, y), Members()))
    return found


def blobs(count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return four separate classes."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(0, 4, (count,), generator=generator)
    return torch.randn(count, 12, generator=generator) + 3 * torch.nn.functional.one_hot(labels, 12), labels


def test_finds_classes_and_beats_its_control() -> None:
    """Separate classes are learnt; shuffled labels give chance."""
    found = simple_baseline(kept(*blobs(300, 0)), kept(*blobs(100, 1)))
    assert found.train > 0.9
    assert found.validation > 0.9
    assert found.train_shuffled < 0.4


def test_shuffled_labels_look_like_the_control() -> None:
    """Labels of other inputs are no better than shuffled ones."""
    inputs, labels = blobs(300, 0)
    found = simple_baseline(
        kept(inputs, labels.roll(7)[torch.randperm(300, generator=torch.Generator().manual_seed(2))]), None
    )
    assert abs(found.train - found.train_shuffled) < 0.1


def test_renumbered_classes_are_explained_by_a_permutation() -> None:
    """Validation with rotated classes is right after renumbering."""
    inputs, labels = blobs(100, 1)
    found = simple_baseline(kept(*blobs(300, 0)), kept(inputs, (labels + 1) % 4))
    assert found.validation < 0.1
    assert found.validation_permuted > 0.9


def test_wrong_labels_are_suspicious() -> None:
    """Flipped labels are among the suspicious ones."""
    inputs, labels = blobs(400, 0)
    wrong = labels.clone()
    wrong[:40] = (wrong[:40] + 1) % 4
    found = simple_baseline(kept(inputs, wrong), None)
    assert found.suspicious_share > 0.03
    assert sum(index < 40 for index in found.suspicious) > 0.9 * len(found.suspicious)


def test_phase_does_not_hide_a_frequency() -> None:
    """Signals that differ in frequency, at random phase, are told apart."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(300) % 3
    phase = 6.28 * torch.rand(300, 1, generator=generator)
    signals = torch.sin((0.2 + 0.1 * labels[:, None]) * torch.arange(64.0) + phase)[:, None]
    assert simple_baseline(kept(signals, labels), None).train > 0.9


def test_regression_scores_r2() -> None:
    """A linear target is explained, noise is not."""
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(300, 5, generator=generator)
    assert simple_baseline(kept(inputs, inputs[:, :1] * 2, Task.REGRESSION), None).train > 0.9
    assert (
        simple_baseline(kept(inputs, torch.randn(300, 1, generator=generator), Task.REGRESSION), None).train
        < 0.1
    )


def test_inputs_of_one_number() -> None:
    """A number alone, as the key of an embedding, is a feature too."""
    keys = torch.arange(300)
    assert simple_baseline(kept(keys, (keys >= 150).long()), None).train > 0.9


def test_too_few_samples_are_not_scored() -> None:
    """Ten samples have no score."""
    assert simple_baseline(kept(*blobs(10, 0)), None).metric == ""


def test_validation_is_judged_by_itself_where_training_does_not_serve() -> None:
    """Inputs whose codes mean something else teach as much within validation; shuffled labels teach nothing anywhere."""
    generator = torch.Generator().manual_seed(0)
    codes = torch.randint(0, 6, (900, 4), generator=generator)
    labels = ((codes[:, 0] < 3).float() + (codes[:, 1] < 3).float() > 1).long()
    rows = torch.nn.functional.one_hot(codes, 6).flatten(1).float()
    train = kept(rows[:500], labels[:500])
    anew = torch.tensor([3, 5, 4, 1, 0, 2])[codes[500:]]
    other = torch.nn.functional.one_hot(anew, 6).flatten(1).float()
    recoded = simple_baseline(train, kept(other, labels[500:]))
    assert recoded.train - recoded.validation > 0.1
    assert recoded.validation_within > 0.9
    shuffled = labels[500:][torch.randperm(400, generator=generator)]
    mixed = simple_baseline(train, kept(rows[500:], shuffled))
    assert mixed.validation_within < 0.8
    assert math.isnan(simple_baseline(train, kept(rows[500:], labels[500:])).validation_within)
