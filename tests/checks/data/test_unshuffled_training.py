"""Promises of the check ``unshuffled-training``."""

from __future__ import annotations

from dataclasses import replace

from cnndoctor.checks.data.unshuffled_training import unshuffled_training
from cnndoctor.finding import Finding, Severity
from tests.healthy import healthy_data, healthy_experiment, healthy_train


def _loader(**facts):
    data = healthy_data()
    sorted_facts = {
        "shuffles": False,
        "sampler": "SequentialSampler",
        "label_run_excess": 150.0,
        "distinct_labels_per_batch": 0.12,
    }
    return replace(
        data, train=replace(data.train, loader=replace(data.train.loader, **{**sorted_facts, **facts}))
    )


def _failed():
    train = healthy_train()
    assert train.train is not None
    assert train.validation is not None
    return replace(
        train,
        train=replace(train.train, score=0.1, classes=()),
        validation=replace(train.validation, score=0.1, classes=()),
    )


def test_sorted_batches_of_a_run_that_fails() -> None:
    """Sorted labels and a failed run are an error whose patch shuffles."""
    finding = unshuffled_training(healthy_experiment(), _loader(), _failed(), None)
    assert isinstance(finding, Finding)
    assert finding.severity is Severity.ERROR
    assert finding.remedies[0].patch == {"data.loader.shuffle": True}


def test_a_sampler_of_the_users_own_is_meant() -> None:
    """Classes per batch are what metric learning wants."""
    finding = unshuffled_training(healthy_experiment(), _loader(sampler="MPerClassSampler"), _failed(), None)
    assert isinstance(finding, Finding)
    assert finding.severity is Severity.NOTE


def test_a_fixed_random_order_is_a_note() -> None:
    """The same order every epoch, labels mixed, is information."""
    finding = unshuffled_training(
        healthy_experiment(), _loader(label_run_excess=0.2, distinct_labels_per_batch=1.0), None, None
    )
    assert isinstance(finding, Finding)
    assert finding.severity is Severity.NOTE


def test_is_silent_on_health() -> None:
    """Shuffled training is passed."""
    assert unshuffled_training(healthy_experiment(), healthy_data(), healthy_train(), None) is None


def test_a_stream_has_an_order_of_its_own() -> None:
    """The stand-in that torch puts in a sampler's place for streams is no decision of the user's."""
    finding = unshuffled_training(
        healthy_experiment(), _loader(sampler="_InfiniteConstantSampler"), _failed(), None
    )
    assert isinstance(finding, Finding)
    assert finding.severity is Severity.ERROR
