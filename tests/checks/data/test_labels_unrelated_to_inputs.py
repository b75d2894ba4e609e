"""Promises of the check ``labels-unrelated-to-inputs``."""

from __future__ import annotations

from dataclasses import replace

from cnndoctor.check import run
from cnndoctor.checks.data.labels_unrelated_to_inputs import labels_unrelated_to_inputs
from cnndoctor.evidence.data import TurnedMasks
from cnndoctor.finding import Finding, NotApplicable, Severity
from tests.changed import evidence_with, failed_train, paired_trials
from tests.healthy import healthy_data, healthy_experiment, healthy_overfit, healthy_train
from tests.verdicts import found, silent


def _unrelated(**facts):
    data = healthy_data()
    wanted = {"train": 0.11, "train_shuffled": 0.104, "validation": 0.1, "validation_permuted": 0.2, **facts}
    return replace(data, baseline=replace(data.baseline, **wanted))


def _at_chance(train_score):
    train = healthy_train()
    assert train.train is not None
    assert train.validation is not None
    epochs = tuple(replace(epoch, validation_score=0.1) for epoch in train.epochs)
    return replace(
        train,
        epochs=epochs,
        train=replace(train.train, score=train_score, loss=2.31 if train_score < 0.2 else 0.1, classes=()),
        validation=replace(train.validation, score=0.1, loss=2.4, classes=()),
    )


def test_memorised_and_never_generalised() -> None:
    """Labels that only memory explains are an error."""
    finding = labels_unrelated_to_inputs(
        healthy_experiment(), _unrelated(), healthy_overfit(), _at_chance(0.98), None, None
    )
    assert isinstance(finding, Finding)
    assert finding.severity is Severity.ERROR
    assert finding.confidence > 0.9


def test_a_flat_run_is_said_with_modest_confidence() -> None:
    """A net that learns nothing at all proves little about the labels."""
    finding = labels_unrelated_to_inputs(
        healthy_experiment(), _unrelated(), None, _at_chance(0.1), None, None
    )
    assert isinstance(finding, Finding)
    assert finding.severity is Severity.WARNING
    assert finding.confidence < 0.6


def test_a_hard_problem_that_the_network_solves() -> None:
    """Parity is beyond simple models; a network that solves it silences the check."""
    assert (
        labels_unrelated_to_inputs(
            healthy_experiment(), _unrelated(), healthy_overfit(), healthy_train(), None, None
        )
        is None
    )


def test_rare_positives_cannot_be_judged_by_accuracy() -> None:
    """With 98 % of one class accuracy shows nothing."""
    data = _unrelated(chance=0.98, train=0.98, train_shuffled=0.98)
    assert isinstance(
        labels_unrelated_to_inputs(healthy_experiment(), data, None, _at_chance(0.98), None, None),
        NotApplicable,
    )


def test_is_silent_on_health() -> None:
    """Digits and their labels are passed."""
    assert (
        labels_unrelated_to_inputs(
            healthy_experiment(), healthy_data(), healthy_overfit(), healthy_train(), None, None
        )
        is None
    )


def _nothing_helps(**scores: tuple[float, ...]):
    names = ("as-configured", "lr/10", "lr*10", "adam", "sgd", "he-init", "default-init", "longer")
    return paired_trials({**dict.fromkeys(names, (0.1,)), **scores})


def test_what_is_left_when_nothing_helps() -> None:
    """Where simple models cannot judge: a few samples are learnt, all are not, and no change gets any further."""
    unjudged = replace(_unrelated(), baseline=replace(healthy_data().baseline, metric=""))
    train = _at_chance(0.1)
    told = labels_unrelated_to_inputs(
        healthy_experiment(), unjudged, healthy_overfit(), train, _nothing_helps(), None
    )
    assert isinstance(told, Finding)
    assert "none of 7 changes" in told.message
    helped = _nothing_helps(adam=(0.4, 0.4))
    assert isinstance(
        labels_unrelated_to_inputs(healthy_experiment(), unjudged, healthy_overfit(), train, helped, None),
        NotApplicable,
    )
    assert isinstance(
        labels_unrelated_to_inputs(healthy_experiment(), unjudged, None, train, _nothing_helps(), None),
        NotApplicable,
    )


def test_another_rate_that_predicts_held_out_labels() -> None:
    """What another setting predicts without having seen it does belong to its inputs."""
    arguments = (healthy_experiment(), _unrelated(), healthy_overfit(), _at_chance(0.1))
    assert isinstance(labels_unrelated_to_inputs(*arguments, None, None), Finding)
    assert labels_unrelated_to_inputs(*arguments, _nothing_helps(adam=(0.4, 0.3)), None) is None


def test_a_loss_that_takes_targets_apart() -> None:
    """Where moved targets leave the loss as it is and the run learns nothing, the loss is named; a run that learns is left."""
    unpaired = {
        "first_batch.loss_pairing": 0.0,
        "first_batch.loss_targets": 0.4,
        "first_batch.output.varies_over_samples": 0.3,
    }
    sick = failed_train()
    sick = replace(sick, epochs=tuple(replace(epoch, train_score=0.1) for epoch in sick.epochs))
    finding = found(labels_unrelated_to_inputs, {**unpaired, "train": sick})
    assert [place.name for place in finding.places] == ["loss"]
    assert silent(labels_unrelated_to_inputs, unpaired)
    learnt = replace(sick, epochs=(*sick.epochs[:-1], replace(sick.epochs[-1], train_score=0.97)))
    assert silent(
        labels_unrelated_to_inputs, {**unpaired, "train": learnt}
    )  # in training mode: evaluation is at fault
    constant = {**unpaired, "first_batch.output.varies_over_samples": 0.0}
    outcome = run(labels_unrelated_to_inputs, evidence_with({**constant, "train": failed_train()}))
    assert outcome.finding is None or outcome.finding.places[0].name != "loss"


def test_masks_that_lie_another_way_round() -> None:
    """Transposed masks are told as that in a run that fails; a run that learns them all the same is left alone."""
    turned = {
        "data.train.turned": TurnedMasks(
            how="transposed", as_given=0.04, undone=0.5, better=0.98, samples=128
        )
    }
    finding = found(labels_unrelated_to_inputs, turned | {"train": failed_train()})
    assert finding.severity == "error"
    assert "transposed against their images" in finding.message
    assert silent(labels_unrelated_to_inputs, turned)
