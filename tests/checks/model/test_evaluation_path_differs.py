from cnndoctor.check import run
from cnndoctor.checks.model.evaluation_path_differs import evaluation_path_differs
from tests.changed import failed_train
from tests.healthy import healthy_evidence
from tests.verdicts import found, silent


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(evaluation_path_differs, healthy_evidence()).finding is None


def test_differs() -> None:
    """Another output in eval mode is an error."""
    finding = found(
        evaluation_path_differs,
        {
            "first_batch.train_eval_difference": 0.8,
            "first_batch.path_differs": ("head",),
            "train": failed_train(),
        },
    )
    assert finding.severity == "error"
    assert "head" in finding.message


def test_auxiliary_head() -> None:
    """A layer for training alone that leaves the output alike is fine."""
    assert silent(evaluation_path_differs, {"first_batch.path_differs": ("aux",)})
