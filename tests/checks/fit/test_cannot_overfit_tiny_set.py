"""Promises of cannot-overfit-tiny-set."""

from dataclasses import replace

from cnndoctor.check import run
from cnndoctor.checks.fit.cannot_overfit_tiny_set import cannot_overfit_tiny_set as check
from cnndoctor.finding import Severity
from tests.changed import evidence_with, failed_train
from tests.healthy import healthy_evidence, healthy_overfit, healthy_train

FAILED = replace(healthy_overfit().configured, steps=400, loss_end=2.2, score=0.15, reached=False)


def found(configured, train=None, **facts):
    """Judge a configured run on the tiny set."""
    return run(
        check,
        evidence_with(
            {"overfit": replace(healthy_overfit(), configured=configured, **facts), "train": train}
        ),
    )


def test_healthy_is_silent():
    """What is learnt by heart is no finding."""
    assert run(check, healthy_evidence()).status == "passed"


def test_chance_on_a_tiny_set_is_an_error_that_lets_training_go_on():
    """The symptom is loud, but below what makes a full training pointless: its trials may name the cause."""
    finding = found(FAILED).finding
    assert finding is not None
    assert finding.severity in {None, Severity.ERROR}
    assert finding.confidence < 0.9
    assert check.role == "symptom"


def test_the_rescue_is_named():
    """Message and remedy say which change made it."""
    rescue = replace(
        FAILED,
        name="standardised-inputs",
        change="inputs with mean 0 and deviation 1",
        steps=40,
        reached=True,
    )
    finding = found(FAILED, rungs=(rescue,), rescued_by="standardised-inputs").finding
    assert finding is not None
    assert "inputs with mean 0" in finding.message
    assert "mean 0 and deviation 1 per channel" in finding.remedies[0].text


def test_all_right_at_a_high_loss_is_no_pass():
    """Softmax before cross-entropy reaches 100 % and a loss of 1.46."""
    finding = found(replace(healthy_overfit().configured, loss_start=2.3, loss_end=1.46)).finding
    assert finding is not None
    assert finding.severity is Severity.WARNING
    assert "1.46" in finding.message


def test_nearly_all_right_at_a_loss_that_rests_is_no_pass():
    """A softmax over the wrong axis gets most samples right; the remedy says what squashes, not how to initialise."""
    configured = replace(
        healthy_overfit().configured, loss_start=2.3, loss_end=1.6, score=0.94, reached=False, falling=False
    )
    finding = found(configured, rescued_by="he-init").finding
    assert finding is not None
    assert finding.severity is Severity.WARNING
    assert finding.message.startswith("94% of the")
    assert "softmax" in finding.remedies[0].text


def test_a_high_loss_that_still_falls_is_silent():
    """All right, and on its way: a timid rate."""
    assert found(replace(healthy_overfit().configured, loss_end=1.46, falling=True)).finding is None


def test_slow_is_told_apart_from_stuck():
    """A loss that still falls is a warning of low confidence."""
    finding = found(replace(FAILED, falling=True, score=0.6), train=failed_train()).finding
    assert finding is not None
    assert finding.severity is Severity.WARNING
    assert finding.confidence <= 0.5


def test_a_run_that_trains_well_is_not_blamed():
    """The whole run is the better proof."""
    assert found(FAILED, train=healthy_train()).finding is None
    assert found(FAILED, train=failed_train()).finding is not None


def test_a_time_box_is_no_verdict():
    """A model too slow for the time box is skipped with the reason."""
    assert found(FAILED, cut_short=True).status == "skipped"


def test_a_custom_loss_with_a_floor_is_silent():
    """A loss of unknown floor must hardly move to be a finding."""
    assert found(replace(FAILED, score=0.3), metric="loss-reduction", goal=0.5).finding is None
    assert found(replace(FAILED, score=0.01), metric="loss-reduction", goal=0.5).finding is not None


def test_a_sum_of_losses_is_a_note():
    """The floor of a GAN's loss is unknown: that it hardly falls is no fault by itself; of one loss it is."""
    attempt = replace(FAILED, loss_start=2.14, loss_end=2.05, score=0.04)
    facts = {
        "overfit": replace(
            healthy_overfit(), configured=attempt, metric="loss-reduction", goal=0.5, chance=0.0
        )
    }
    one = run(check, evidence_with(facts | {"train": None})).finding
    several = run(check, evidence_with(facts | {"train": None, "first_batch.loss.terms": 3})).finding
    assert one is not None
    assert one.severity is Severity.ERROR
    assert several is not None
    assert several.severity is Severity.NOTE
