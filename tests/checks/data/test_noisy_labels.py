"""Promises of the check ``noisy-labels``."""

from __future__ import annotations

from dataclasses import replace

from cnndoctor.checks.data.noisy_labels import noisy_labels
from cnndoctor.finding import Finding, NotApplicable, Severity
from tests.healthy import healthy_data, healthy_experiment, healthy_train


def _noisy(**facts):
    data = healthy_data()
    return replace(data, baseline=replace(data.baseline, **facts))


def test_confident_contradictions() -> None:
    """One label in ten that both simple models contradict is found, with samples."""
    data = _noisy(train=0.854, validation=0.85, suspicious=(4, 7), suspicious_share=0.095)
    finding = noisy_labels(healthy_experiment(), data, None)
    assert isinstance(finding, Finding)
    assert finding.places[0].name == "train[4]"


def test_overlapping_classes_are_not_noise() -> None:
    """Unsure mistakes are hard samples."""
    data = _noisy(train=0.7, validation=0.7, suspicious_share=0.04)
    assert noisy_labels(healthy_experiment(), data, None) is None


def test_labels_that_the_network_predicts_are_right() -> None:
    """A network that is right on held-out data vouches for the labels."""
    data = _noisy(train=0.854, validation=0.85, suspicious_share=0.095)
    assert noisy_labels(healthy_experiment(), data, healthy_train()) is None


def test_weak_models_may_not_doubt() -> None:
    """Simple models at chance cannot tell a wrong label."""
    assert isinstance(
        noisy_labels(healthy_experiment(), _noisy(train=0.2, suspicious_share=0.1), None), NotApplicable
    )


def test_is_silent_on_health() -> None:
    """Clean digits are passed."""
    assert noisy_labels(healthy_experiment(), healthy_data(), healthy_train()) is None


def test_held_out_labels_that_are_right_betray_wrong_training_labels() -> None:
    """Network and simple models that both do far better on held-out data than on what they were fitted to: labels are wrong."""
    fitted = healthy_train()
    assert fitted.train is not None
    train = replace(fitted, train=replace(fitted.train, score=0.49))
    data = _noisy(train=0.48, validation=0.86, suspicious_share=0.07)
    data = replace(data, train=replace(data.train, random_reads=0.0))
    found = noisy_labels(healthy_experiment(), data, train)
    assert isinstance(found, Finding)
    assert "of the training labels are wrong" in found.message


def test_the_network_alone_needs_a_wide_gap() -> None:
    """Without simple models only a network that is far better on held-out labels betrays wrong training labels."""
    fitted = healthy_train()
    assert fitted.train is not None
    data = _noisy(metric="")
    data = replace(data, train=replace(data.train, random_reads=0.0))
    for score, severity in ((0.5, Severity.WARNING), (0.85, None)):
        train = replace(fitted, train=replace(fitted.train, score=score))
        found = noisy_labels(healthy_experiment(), data, train)
        assert getattr(found, "severity", None) == severity


def test_an_easy_validation_split_is_no_proof_of_wrong_labels() -> None:
    """Where hardly any training label is contradicted, the held-out samples are merely the clear ones."""
    fitted = healthy_train()
    assert fitted.train is not None
    train = replace(fitted, train=replace(fitted.train, score=0.7))
    data = _noisy(train=0.52, validation=0.93, suspicious_share=0.009)
    data = replace(data, train=replace(data.train, random_reads=0.0))
    assert not isinstance(noisy_labels(healthy_experiment(), data, train), Finding)
