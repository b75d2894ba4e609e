from cnndoctor.check import run
from cnndoctor.checks.initialization.badly_scaled_initialization import badly_scaled_initialization
from cnndoctor.evidence import TrialsEvidence
from cnndoctor.evidence.first_batch import LayerSignal, ParameterStep
from cnndoctor.evidence.setup import Parameter
from cnndoctor.evidence.trials import Trial
from tests.changed import failed_overfit, failed_train, paired_trials
from tests.healthy import healthy_evaluation, healthy_evidence
from tests.verdicts import found, silent


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(badly_scaled_initialization, healthy_evidence()).finding is None


def test_unit_normal() -> None:
    """Weights from N(0, 1) that make the first loss huge are an error when nothing is learnt."""
    finding = found(
        badly_scaled_initialization,
        {
            "setup.parameters": tuple(
                Parameter(name=f"{i}.weight", layer=str(i), kind="Linear", shape=(64, 64), fan_in=64, std=1.0)
                for i in range(12)
            ),
            "first_batch.parameters": tuple(
                ParameterStep(name=f"{i}.weight", gradient_rms=10.0 ** (i - 12)) for i in range(12)
            ),
            "first_batch.layers": tuple(
                LayerSignal(path=str(i), kind="Linear", position=i, std=1.0) for i in range(12)
            ),
            "train": failed_train(),
            "first_batch.loss.value": 80.0,
        },
    )
    assert finding.severity == "error"
    assert "80" in finding.message


def test_default() -> None:
    """Torch's default is fine."""
    assert silent(
        badly_scaled_initialization,
        {
            "setup.parameters": tuple(
                Parameter(
                    name=f"{i}.weight", layer=str(i), kind="Linear", shape=(64, 64), fan_in=64, std=0.07
                )
                for i in range(12)
            ),
            "first_batch.parameters": tuple(
                ParameterStep(name=f"{i}.weight", gradient_rms=10.0 ** (i - 12)) for i in range(12)
            ),
            "first_batch.layers": tuple(
                LayerSignal(path=str(i), kind="Linear", position=i, std=1.0) for i in range(12)
            ),
            "train": failed_train(),
        },
    )


def test_unit_normal_that_learns() -> None:
    """A run that learns well is not judged."""
    assert silent(
        badly_scaled_initialization,
        {
            "setup.parameters": tuple(
                Parameter(name=f"{i}.weight", layer=str(i), kind="Linear", shape=(64, 64), fan_in=64, std=1.0)
                for i in range(12)
            ),
            "first_batch.parameters": tuple(
                ParameterStep(name=f"{i}.weight", gradient_rms=10.0 ** (i - 12)) for i in range(12)
            ),
            "first_batch.layers": tuple(
                LayerSignal(path=str(i), kind="Linear", position=i, std=1.0) for i in range(12)
            ),
            "first_batch.loss.value": 80.0,
        },
    )


def test_cured() -> None:
    """A paired run with the default initialisation proves it."""
    finding = found(
        badly_scaled_initialization,
        {
            "setup.parameters": tuple(
                Parameter(name=f"{i}.weight", layer=str(i), kind="Linear", shape=(64, 64), fan_in=64, std=1.0)
                for i in range(12)
            ),
            "first_batch.parameters": tuple(
                ParameterStep(name=f"{i}.weight", gradient_rms=10.0 ** (i - 12)) for i in range(12)
            ),
            "first_batch.layers": tuple(
                LayerSignal(path=str(i), kind="Linear", position=i, std=1.0) for i in range(12)
            ),
            "train": failed_train(),
            "trials": TrialsEvidence(
                reason="chance",
                trials=(
                    Trial(name="as-configured", change="", seed=0, steps=50, train_loss=2.3),
                    Trial(name="default-init", change="", seed=0, steps=50, train_loss=0.5),
                ),
            ),
        },
    )
    assert finding.severity == "error"
    assert "start too large" in finding.message


def test_the_default_does_not_help() -> None:
    """A paired run with the default initialisation that ends no better makes the scale an unlikely cause."""
    finding = found(
        badly_scaled_initialization,
        {
            "setup.parameters": tuple(
                Parameter(name=f"{i}.weight", layer=str(i), kind="Linear", shape=(64, 64), fan_in=64, std=1.0)
                for i in range(12)
            ),
            "first_batch.loss.value": 80.0,
            "train": failed_train(),
            "overfit": failed_overfit(),
            "trials": TrialsEvidence(
                reason="chance",
                trials=(
                    Trial(name="as-configured", change="", seed=0, steps=50, train_loss=2.3),
                    Trial(name="default-init", change="", seed=0, steps=50, train_loss=2.28),
                ),
            ),
        },
    )
    assert finding.confidence < 0.7


def test_a_run_that_trains_half_way_with_far_too_large_weights() -> None:
    """Half-way is no acquittal where another initialisation, and nothing else, goes clearly further on two seeds."""
    facts = {
        "setup.parameters": tuple(
            Parameter(name=f"{i}.weight", layer=str(i), kind="Linear", shape=(64, 64), fan_in=64, std=1.0)
            for i in range(4)
        ),
        "first_batch.loss.value": 80.0,
        "train.validation": healthy_evaluation("validation", 364, 9.0, 0.7),
    }
    cured = paired_trials({"as-configured": (0.3, 0.4), "he-init": (0.95, 0.9), "default-init": (0.6, 0.6)})
    assert found(badly_scaled_initialization, {**facts, "trials": cured}).message
    other = paired_trials({"as-configured": (0.3, 0.4), "he-init": (0.8, 0.8), "lr/10": (0.95, 0.95)})
    assert silent(badly_scaled_initialization, {**facts, "trials": other})
