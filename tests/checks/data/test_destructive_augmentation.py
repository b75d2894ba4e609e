"""Promises of the check ``destructive-augmentation``."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cnndoctor.checks.data.destructive_augmentation import destructive_augmentation
from cnndoctor.evidence.trials import Trial, TrialsEvidence
from cnndoctor.finding import Finding, NotApplicable, Severity
from tests.changed import failed_train
from tests.healthy import healthy_data, healthy_evaluation, healthy_experiment


def _trials(augmented, plain):
    pairs = [("as-configured", augmented), ("plain-inputs", plain)]
    trials = tuple(
        Trial(name=name, change=name, seed=seed, steps=100, validation_score=score)
        for seed in range(2)
        for name, score in pairs
    )
    return TrialsEvidence(reason="chance", chance=0.1, trials=trials)


def test_plain_runs_do_far_better() -> None:
    """Two pairs that both gain without augmentation are an error."""
    finding = destructive_augmentation(healthy_experiment(), healthy_data(), None, _trials(0.2, 0.9))
    assert isinstance(finding, Finding)
    assert (finding.severity or destructive_augmentation.severity) is Severity.ERROR


def test_a_small_gain_is_usual() -> None:
    """Augmentation slows short runs a little."""
    assert destructive_augmentation(healthy_experiment(), healthy_data(), None, _trials(0.8, 0.85)) is None


def test_is_silent_on_health() -> None:
    """Without trials there is nothing to judge."""
    assert isinstance(
        destructive_augmentation(healthy_experiment(), healthy_data(), None, None), NotApplicable
    )


def test_nothing_left_of_the_sample() -> None:
    """Inputs that are almost all fresh noise, in a run at chance, are an error; in a run that learns they are not."""
    data = healthy_data()
    noise = replace(data, train=replace(data.train, random_reads=1.0, random_variance=0.98))
    found = destructive_augmentation(healthy_experiment(), noise, failed_train(), None)
    assert isinstance(found, Finding)
    assert "98%" in found.message
    assert not isinstance(destructive_augmentation(healthy_experiment(), noise, None, None), Finding)


def test_a_run_that_caught_up_is_left_alone() -> None:
    """Augmentation that slows short runs and costs the whole run nothing is healthy."""
    data = healthy_data()
    random = replace(data, train=replace(data.train, random_reads=1.0))
    caught_up = replace(_trials(0.4, 0.9), whole_score=0.87)
    assert destructive_augmentation(healthy_experiment(), random, failed_train(), caught_up) is None
    behind = replace(_trials(0.4, 0.9), whole_score=0.45)
    assert isinstance(destructive_augmentation(healthy_experiment(), random, failed_train(), behind), Finding)


def test_a_mask_painted_too_wide_is_not_learnt() -> None:
    """High recalls beside a score below that of a constant answer do not excuse an augmentation that pairs accuse."""
    data = healthy_data()
    random = replace(data, train=replace(data.train, random_reads=1.0))
    train = failed_train()
    assert train.train is not None
    classes = tuple(replace(one, recall=0.8) for one in train.train.classes)
    wide = replace(train, train=replace(train.train, score=0.09, chance=0.1, classes=classes))
    trials = replace(_trials(0.4, 0.9), whole_score=0.45)
    assert isinstance(destructive_augmentation(healthy_experiment(), random, wide, trials), Finding)


@pytest.mark.parametrize(
    ("on_train", "held_out", "told"),
    [(0.75, 0.73, True), (0.75, 0.95, True), (0.75, 0.5, False), (0.75, None, False), (0.5, 0.2, True)],
    ids=["alike", "held out is better", "held out is apart", "no held-out data", "not learnt"],
)
def test_held_out_data_that_are_prepared_otherwise_are_another_fault(
    on_train: float, held_out: float | None, told: bool
) -> None:
    """Where augmented data are learnt and plain held-out ones are not, the splits differ; where both are fair, it costs."""
    validation = healthy_evaluation("validation", 364, 0.5, held_out) if held_out is not None else None
    train = failed_train(train=healthy_evaluation("train", 1433, 0.5, on_train), validation=validation)
    finding = destructive_augmentation(healthy_experiment(), healthy_data(), train, _trials(0.7, 0.95))
    assert isinstance(finding, Finding) is told
    assert destructive_augmentation(healthy_experiment(), healthy_data(), train, _trials(0.7, 0.72)) is None
