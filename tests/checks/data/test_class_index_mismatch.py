"""Promises of the check ``class-index-mismatch``."""

from __future__ import annotations

from dataclasses import replace

from cnndoctor.checks.data.class_index_mismatch import class_index_mismatch
from cnndoctor.finding import Finding, Severity
from tests.healthy import healthy_data, healthy_experiment, healthy_train


def test_a_renumbering_explains_validation() -> None:
    """Predictions that are right under another numbering are found."""
    data = healthy_data()
    data = replace(data, baseline=replace(data.baseline, validation=0.1, validation_permuted=0.97))
    finding = class_index_mismatch(healthy_experiment(), data, None)
    assert isinstance(finding, Finding)
    assert finding.severity is Severity.ERROR
    assert "0.10 to 0.97" in finding.message


def test_tokens_numbered_anew_are_found() -> None:
    """In sequences and masks most positions may be right all the same; the renumbering that explains the rest tells."""
    train = healthy_train()
    assert train.validation is not None
    judged = replace(train.validation, score=0.72, chance=0.19, permuted_score=0.97, classes=())
    dense = replace(healthy_experiment(), task="segmentation")
    finding = class_index_mismatch(dense, healthy_data(), replace(train, validation=judged))
    assert isinstance(finding, Finding)
    assert "0.72 to 0.97" in finding.message


def test_class_names_in_another_order() -> None:
    """Different names of the same label are named."""
    data = healthy_data()
    assert data.validation is not None
    validation = replace(data.validation, classes=("dog", "cat"))
    data = replace(data, train=replace(data.train, classes=("cat", "dog")), validation=validation)
    finding = class_index_mismatch(healthy_experiment(), data, None)
    assert isinstance(finding, Finding)
    assert "label 0 is 'cat' in training and 'dog' in validation" in finding.message.replace("Label", "label")


def test_is_silent_on_health() -> None:
    """Equal numbering is passed."""
    assert class_index_mismatch(healthy_experiment(), healthy_data(), healthy_train()) is None
