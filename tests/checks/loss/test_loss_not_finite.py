from dataclasses import replace

import pytest

from cnndoctor.check import run
from cnndoctor.checks.loss.loss_not_finite import loss_not_finite
from cnndoctor.evidence.train import FirstNonFinite
from cnndoctor.finding import Finding
from tests.changed import failed_train
from tests.healthy import healthy_evidence
from tests.verdicts import found


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(loss_not_finite, healthy_evidence()).finding is None


def test_operation() -> None:
    """A logarithm of zero is named, with what to do."""
    finding = found(
        loss_not_finite,
        {
            "train": failed_train(
                ended="not-finite", nonfinite=FirstNonFinite(step=7, what="loss", operation="log")
            )
        },
    )
    assert finding.severity == "error"
    assert "log" in finding.message


def test_first_batch() -> None:
    """A first batch that is NaN already is an error."""
    finding = found(loss_not_finite, {"first_batch.loss.value": float("nan"), "train": None})
    assert finding.severity == "error"
    assert "very first batch" in finding.message


def test_unknown() -> None:
    """An unknown origin says so and names the next experiment."""
    finding = found(
        loss_not_finite,
        {
            "train": failed_train(
                ended="not-finite", nonfinite=FirstNonFinite(step=7, what="weight", layer="head")
            )
        },
    )
    assert finding.severity == "error"
    assert "next experiment" in finding.message


@pytest.mark.parametrize(
    ("operation", "largest", "alone"), [("log", 1.0, True), ("log", 1e30, False), ("exp", 95.0, False)]
)
def test_undefined_operation_needs_no_other_cause(operation: str, largest: float, *, alone: bool) -> None:
    """A logarithm of ordinary numbers that gives infinity rules the learning rate out; an overflow of huge ones does not."""
    evidence = healthy_evidence()
    assert evidence.train is not None
    origin = FirstNonFinite(step=7, what="loss", operation=operation, largest=largest)
    train = replace(evidence.train, nonfinite=origin)
    found = loss_not_finite(evidence.experiment, evidence.failures, evidence.first_batch, train)
    assert isinstance(found, Finding)
    assert ("learning-rate-too-high" in found.rules_out) is alone


def test_infinities_of_a_mask() -> None:
    """A product with minus infinity of a mask needs no other cause, and the remedy says what to mask with."""
    origin = FirstNonFinite(step=0, what="loss", operation="mul", largest=float("inf"))
    finding = found(loss_not_finite, {"train": failed_train(ended="not-finite", nonfinite=origin)})
    assert "learning-rate-too-high" in finding.rules_out
    assert "-1e9" in finding.remedies[0].text
