from cnndoctor.check import run
from cnndoctor.checks.model.single_unit_softmax import single_unit_softmax
from tests.changed import evidence_with
from tests.healthy import healthy_evidence


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(single_unit_softmax, healthy_evidence()).finding is None


def test_softmax_over_one_unit() -> None:
    """A softmax over one unit is always 1."""
    outcome = run(
        single_unit_softmax,
        evidence_with({"first_batch.output.shape": (32, 1), "first_batch.output.sums_to_one": (1,)}),
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or single_unit_softmax.severity) == "error"
    assert "single unit" in outcome.finding.message


def test_cross_entropy_over_one_unit() -> None:
    """CrossEntropyLoss on one unit with float targets of that shape is the same fault."""
    outcome = run(
        single_unit_softmax,
        evidence_with(
            {
                "first_batch.output.shape": (32, 1),
                "first_batch.loss.output_shape": (32, 1),
                "first_batch.loss.target_shape": (32, 1),
            }
        ),
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or single_unit_softmax.severity) == "error"
    assert "CrossEntropyLoss" in outcome.finding.message


def test_one_logit() -> None:
    """One logit for BCEWithLogitsLoss is right."""
    outcome = run(
        single_unit_softmax,
        evidence_with(
            {
                "setup.loss.name": "BCEWithLogitsLoss",
                "first_batch.output.shape": (32, 1),
                "first_batch.loss.target_shape": (32, 1),
            }
        ),
    )
    assert outcome.status in {"passed", "skipped"}, outcome
