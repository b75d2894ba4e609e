"""Promises of the check ``unshuffled-training``."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cnndoctor.checks.data.unshuffled_training import unshuffled_training
from cnndoctor.finding import Finding, Severity
from tests.changed import paired_trials
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


def _judged(runs, train=None, **facts):
    """Judge sorted batches after pairs that were asked for in a run that trains."""
    trials = replace(paired_trials(runs), reason="asked")
    return unshuffled_training(healthy_experiment(), _loader(**facts), train or healthy_train(), trials)


GAINS = {"as-configured": (0.7, 0.72), "shuffled": (0.95, 0.96)}


def test_random_order_that_gains_proves_it_whoever_made_the_order() -> None:
    """Pairs on two seeds make an error even of a user's own sampler in a run that trains; only the loader's own is patched."""
    for sampler, patch in (("MPerClassSampler", {}), ("SequentialSampler", {"data.loader.shuffle": True})):
        finding = _judged(GAINS, sampler=sampler)
        assert isinstance(finding, Finding)
        assert finding.severity is Severity.ERROR
        assert "26%" in finding.message
        assert finding.measured["gained"] == pytest.approx(0.23 / 0.9)
        assert finding.remedies[0].patch == patch


def test_half_of_a_small_error_is_proof_where_it_was_asked_for() -> None:
    """Of a run near the top little is left to gain: what random order takes of it on both seeds is proof."""
    finding = _judged({"as-configured": (0.93, 0.94), "shuffled": (0.98, 0.985)})
    assert isinstance(finding, Finding)
    assert finding.severity is Severity.ERROR


@pytest.mark.parametrize(
    "runs",
    [
        {"as-configured": (0.93, 0.94), "shuffled": (0.94, 0.95)},
        {**GAINS, "shuffled": (0.95,)},
        {**GAINS, "plain-inputs": (0.97, 0.98)},
    ],
    ids=["no further", "one seed", "another change further"],
)
def test_order_that_costs_nothing_is_a_note(runs: dict[str, tuple[float, ...]]) -> None:
    """Without proof a sampler of the user's own in a run that trains is at most worth knowing."""
    finding = _judged(runs, sampler="MPerClassSampler")
    assert isinstance(finding, Finding)
    assert finding.severity is Severity.NOTE


def test_random_order_is_not_blamed_for_what_another_draw_gains() -> None:
    """Where batches are no more of one label than by chance, a pair that gains says nothing of their order."""
    trials = replace(paired_trials(GAINS), reason="asked")
    assert unshuffled_training(healthy_experiment(), healthy_data(), healthy_train(), trials) is None
