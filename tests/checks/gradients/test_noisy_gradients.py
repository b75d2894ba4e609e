"""noisy-gradients: gradients of small batches that share nothing, in a run that falls short."""

import pytest

from cnndoctor.check import run
from cnndoctor.checks.gradients.noisy_gradients import noisy_gradients
from cnndoctor.evidence.trials import Trial, TrialsEvidence
from cnndoctor.finding import Severity
from tests.changed import evidence_with, failed_train
from tests.verdicts import found

NOISY = {
    "first_batch.gradient_agreement": (0.02, 0.03),
    "first_batch.agreement_steps": (0, 10),
    "first_batch.agreement_samples": 2.0,
    "train": failed_train(),
}


def test_found() -> None:
    """Two measurements without agreement, tiny batches and a run at chance: a note that names the batch size."""
    finding = found(noisy_gradients, NOISY)
    assert finding.severity is Severity.NOTE
    assert "0.02 after 0, 0.03 after 10 steps" in finding.message
    assert finding.places[0].name == "data.loader.batch_size"


def test_surer_where_a_larger_batch_helped() -> None:
    """A paired run with a larger batch that does better on both seeds makes it more likely."""
    rows = [("as-configured", 0.1), ("bigger-batch", 0.9)]
    trials = TrialsEvidence(
        reason="chance",
        chance=0.1,
        trials=tuple(
            Trial(name=name, change=name, seed=seed, steps=100, train_loss=1.0, train_score=score)
            for name, score in rows
            for seed in (0, 1)
        ),
    )
    alone, helped = (
        run(noisy_gradients, evidence_with({**NOISY, "trials": given})).finding for given in (None, trials)
    )
    assert alone is not None
    assert helped is not None
    assert helped.confidence > alone.confidence
    assert "Eight times the batch gains 89%" in helped.message


@pytest.mark.parametrize(
    "changes",
    [
        {"first_batch.gradient_agreement": (0.02, 0.3)},
        {"first_batch.agreement_samples": 64.0},
        {"train": evidence_with({}).train},
    ],
    ids=["agrees-later", "large-batch", "trains-well"],
)
def test_silent(changes: dict[str, object]) -> None:
    """Agreement at any of the two, a batch of usual size, or a run that trains well: no word."""
    assert run(noisy_gradients, evidence_with({**NOISY, **changes})).status == "passed"


def test_not_applicable_without_measurement() -> None:
    """One measurement at the start says nothing."""
    outcome = run(noisy_gradients, evidence_with({**NOISY, "first_batch.gradient_agreement": (0.0,)}))
    assert outcome.status == "skipped"
