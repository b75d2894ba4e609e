"""Promises of the check ``real-class-ignored``."""

from __future__ import annotations

from dataclasses import replace

from cnndoctor.check import run
from cnndoctor.checks.loss.real_class_ignored import real_class_ignored as check
from cnndoctor.finding import Severity
from tests.changed import evidence_with
from tests.healthy import healthy_evaluation, healthy_evidence
from tests.verdicts import silent


def test_a_class_that_the_loss_skips() -> None:
    """A label that samples carry and the loss skips is named with its samples and its key."""
    finding = run(check, evidence_with({"setup.loss.ignore_index": 3, "train": None})).finding
    assert finding is not None
    assert "label 3" in finding.message
    assert finding.severity is Severity.WARNING
    assert finding.places[0].name == "loss.ignore_index"


def test_a_recall_of_zero_proves_it() -> None:
    """A training after which the class is never found makes an error of it."""
    validation = healthy_evaluation("validation", 364, 0.06, 0.984)
    classes = tuple(replace(c, recall=0.0) if c.label == "3" else c for c in validation.classes)
    facts = {"setup.loss.ignore_index": 3, "train.validation": replace(validation, classes=classes)}
    finding = run(check, evidence_with(facts)).finding
    assert finding is not None
    assert finding.severity is Severity.ERROR


def test_what_is_sound_is_silent() -> None:
    """The default, a label that nobody carries, and labels of tokens or pixels are left alone."""
    assert run(check, healthy_evidence()).finding is None
    assert silent(check, {"setup.loss.ignore_index": 255})
    tokens = {"setup.loss.ignore_index": 0, "experiment.task": "segmentation"}
    assert silent(check, tokens)
