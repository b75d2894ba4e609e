from dataclasses import replace

import pytest

from cnndoctor.check import run
from cnndoctor.checks.model.evaluation_path_differs import evaluation_path_differs
from tests.changed import failed_train
from tests.healthy import healthy_evaluation, healthy_evidence, healthy_train
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


@pytest.mark.parametrize(
    ("score", "loss", "severity"),
    [(0.79, 0.46, "note"), (0.6, 0.46, "error"), (0.79, 0.9, "error")],
    ids=["as good", "scores less", "loses more"],
)
def test_a_step_that_trains_what_it_does_not_evaluate(score: float, loss: float, severity: str) -> None:
    """Sharpness-aware steps and added noise: as good in eval mode as in the last epoch's steps is a note, worse an error."""
    ended = replace(healthy_train().epochs[-1], train_score=0.785, train_loss=0.45)
    judged = healthy_evaluation("train", 1433, loss, score)
    train = replace(
        healthy_train(),
        epochs=(*healthy_train().epochs[:-1], ended),
        train=judged,
        validation=healthy_evaluation("validation", 364, 0.46, 0.78),
    )
    finding = found(
        evaluation_path_differs,
        {
            "first_batch.train_eval_difference": 1.1,
            "train": train,
            "data.baseline.validation": 0.78,
        },
    )
    assert finding.severity == severity
