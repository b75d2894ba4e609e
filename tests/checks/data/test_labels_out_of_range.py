"""Promises of the check ``labels-out-of-range``."""

from __future__ import annotations

import math
from dataclasses import replace

from cnndoctor.checks.data.labels_out_of_range import labels_out_of_range
from cnndoctor.evidence import FailuresEvidence
from cnndoctor.finding import Finding, Severity, UserFailure
from tests.healthy import healthy_data, healthy_experiment, healthy_first_batch, healthy_setup


def _labelled(**facts):
    data = healthy_data()
    return replace(data, train=replace(data.train, labels=replace(data.train.labels, **facts)))


def test_labels_from_one() -> None:
    """Labels 1 to 10 for ten outputs are told to subtract 1."""
    data = _labelled(lowest=1, highest=10, out_of_range=(5,), out_of_range_count=144)
    finding = labels_out_of_range(healthy_experiment(), data, FailuresEvidence(), healthy_setup(), None)
    assert isinstance(finding, Finding)
    assert finding.severity is Severity.ERROR
    assert "subtract 1" in finding.remedies[0].text
    assert finding.places[0].name == "train[5]"


def test_void_label() -> None:
    """Label 255 is proposed as the loss's ignore_index."""
    data = _labelled(highest=255, distinct=11, out_of_range=(5,), out_of_range_count=3)
    finding = labels_out_of_range(
        replace(healthy_experiment(), task="segmentation"), data, FailuresEvidence(), healthy_setup(), None
    )
    assert isinstance(finding, Finding)
    assert finding.remedies[0].patch == {"loss.ignore_index": 255}


def test_a_loss_of_the_users_own_may_read_labels_as_it_likes() -> None:
    """Nothing is said when the loss's contract is unknown."""
    setup = healthy_setup()
    unknown = replace(setup, loss=replace(setup.loss, name="MyLoss", known=False))
    data = _labelled(lowest=-1, out_of_range=(5,), out_of_range_count=3)
    assert labels_out_of_range(healthy_experiment(), data, FailuresEvidence(), unknown, None) is None


def test_is_silent_on_health() -> None:
    """Labels 0 to 9 for ten outputs are passed."""
    assert (
        labels_out_of_range(healthy_experiment(), healthy_data(), FailuresEvidence(), healthy_setup(), None)
        is None
    )


def test_what_the_loss_refuses_in_a_step_of_ones_own() -> None:
    """Labels that only the step makes are told by torch's refusal, with the user's line."""
    failure = UserFailure(
        phase="step", type="IndexError", message="Target 27 is out of bounds.", file="program.py", line=242
    )
    custom = replace(healthy_experiment(), task="custom")
    finding = labels_out_of_range(custom, healthy_data(), FailuresEvidence(failures=(failure,)), None, None)
    assert isinstance(finding, Finding)
    assert "label 27" in finding.message
    assert finding.places[0].line == 242
    other = replace(failure, message="shapes do not match")
    assert (
        labels_out_of_range(custom, healthy_data(), FailuresEvidence(failures=(other,)), None, None) is None
    )


def test_labels_that_a_step_renumbers() -> None:
    """Where half of the labels have no output and the loss went through all the same, it met others: an episode's."""
    data = _labelled(highest=9, out_of_range=(5,), out_of_range_count=700)
    evidence = (healthy_experiment(), data, FailuresEvidence(), healthy_setup())
    first = healthy_first_batch()
    assert labels_out_of_range(*evidence, first) is None
    refused = replace(first, loss=replace(first.loss, value=math.nan))
    assert isinstance(labels_out_of_range(*evidence, refused), Finding)
