from cnndoctor.check import run
from cnndoctor.checks.optimizer.half_precision_fault import half_precision_fault
from cnndoctor.evidence.first_batch import ParameterStep
from cnndoctor.evidence.setup import Parameter
from tests.changed import failed_train, paired_trials
from tests.healthy import healthy_evidence
from tests.verdicts import found, silent


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(half_precision_fault, healthy_evidence()).finding is None


def test_rounded() -> None:
    """bfloat16 weights whose updates are rounded away are an error."""
    finding = found(
        half_precision_fault,
        {
            "train": failed_train(),
            "setup.parameters": (
                Parameter(name="head.weight", layer="head", kind="Linear", shape=(10, 64), dtype="bfloat16"),
            ),
            "first_batch.parameters": (ParameterStep(name="head.weight", below_precision=0.95),),
        },
    )
    assert finding.severity == "error"
    assert "bfloat16" in finding.message


def test_overflow() -> None:
    """float16 weights that overflow are an error."""
    finding = found(
        half_precision_fault,
        {
            "train": failed_train(),
            "setup.parameters": (
                Parameter(name="head.weight", layer="head", kind="Linear", shape=(10, 64), dtype="float16"),
            ),
            "first_batch.loss.value": float("nan"),
        },
    )
    assert finding.severity == "error"
    assert "float16" in finding.message


def test_skips() -> None:
    """A scaler that skips half of the steps is an error."""
    finding = found(
        half_precision_fault, {"experiment.precision": "fp16", "train": failed_train(skipped_steps=800)}
    )
    assert finding.severity == "error"
    assert "GradScaler" in finding.message


def test_first_skips() -> None:
    """Its first skips are fine."""
    assert silent(
        half_precision_fault, {"experiment.precision": "fp16", "train": failed_train(skipped_steps=3)}
    )


def test_full_precision_cures() -> None:
    """A run that full precision rescues, and nothing else, is the fault of its precision."""
    failed = {"train": failed_train(), "experiment.precision": "bf16"}
    cured = paired_trials({"as-configured": (0.1, 0.1), "fp32": (0.9, 0.9), "lr/10": (0.3, 0.3)})
    finding = found(half_precision_fault, {**failed, "trials": cured})
    assert "full precision" in finding.message
    other = paired_trials({"as-configured": (0.1, 0.1), "fp32": (0.3, 0.3), "lr/10": (0.9, 0.9)})
    assert silent(half_precision_fault, {**failed, "trials": other})
