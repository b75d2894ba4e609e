from cnndoctor.check import run
from cnndoctor.checks.model.evaluation_path_differs import evaluation_path_differs
from tests.changed import evidence_with, failed_train
from tests.healthy import healthy_evidence


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(evaluation_path_differs, healthy_evidence()).finding is None


def test_differs() -> None:
    """Another output in eval mode is an error."""
    outcome = run(
        evaluation_path_differs,
        evidence_with(
            {
                "first_batch.train_eval_difference": 0.8,
                "first_batch.path_differs": ("head",),
                "train": failed_train(),
            }
        ),
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or evaluation_path_differs.severity) == "error"
    assert "head" in outcome.finding.message


def test_auxiliary_head() -> None:
    """A layer for training alone that leaves the output alike is fine."""
    outcome = run(evaluation_path_differs, evidence_with({"first_batch.path_differs": ("aux",)}))
    assert outcome.status in {"passed", "skipped"}, outcome
