from cnndoctor.check import run
from cnndoctor.checks.model.output_cannot_reach_targets import output_cannot_reach_targets
from cnndoctor.evidence.data import TensorFacts
from tests.healthy import healthy_evidence
from tests.verdicts import found, silent

# Regression on standardised targets, before the training.
AROUND_ZERO = {
    "setup.loss.name": "MSELoss",
    "train": None,
    "data.train.targets": TensorFacts(minimum=-2.0, maximum=2.0, mean=0.0, std=1.0),
}


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(output_cannot_reach_targets, healthy_evidence()).finding is None


def test_relu_and_negative_targets() -> None:
    """A ReLU never gives the negative half of the targets."""
    finding = found(
        output_cannot_reach_targets,
        {
            **AROUND_ZERO,
            "first_batch.output.last_activation": "ReLU",
            "first_batch.output.bounds": (0.0, float("inf")),
        },
    )
    assert finding.severity == "error"
    assert "ReLU" in finding.message


def test_tanh_and_large_targets() -> None:
    """Nor a tanh what lies beyond one."""
    finding = found(
        output_cannot_reach_targets,
        {
            **AROUND_ZERO,
            "first_batch.output.last_activation": "Tanh",
            "first_batch.output.bounds": (-1.0, 1.0),
        },
    )
    assert finding.severity == "error"
    assert "Tanh" in finding.message


def test_linear() -> None:
    """A linear head reaches everything."""
    assert silent(output_cannot_reach_targets, AROUND_ZERO)


def test_relu_and_counts() -> None:
    """A ReLU for counts is right."""
    assert silent(
        output_cannot_reach_targets,
        {
            "setup.loss.name": "MSELoss",
            "data.train.targets.minimum": 0.0,
            "first_batch.output.last_activation": "ReLU",
            "first_batch.output.bounds": (0.0, float("inf")),
        },
    )


def test_a_limit_without_a_name() -> None:
    """What stops the output need be no activation that has a name."""
    finding = found(
        output_cannot_reach_targets,
        {
            **AROUND_ZERO,
            "first_batch.output.last_activation": "",
            "first_batch.output.limits": (0.5, float("inf")),
        },
    )
    assert finding.measured["low"] == 0.5


def test_a_loss_of_the_users_own_that_compares_values() -> None:
    """What counts there are the targets that met the output, whatever the data hold."""
    facts = {
        "setup.loss.name": "EdgeAwareLoss",
        "setup.loss.known": False,
        "train": None,
        "first_batch.output.last_activation": "Sigmoid",
        "first_batch.output.bounds": (0.0, 1.0),
        "first_batch.loss.target_range": (-0.9, 2.0, 0.9),
    }
    judged = {**facts, "first_batch.loss.function": "mse_loss"}
    assert found(output_cannot_reach_targets, judged).message
    assert silent(output_cannot_reach_targets, facts)


def test_a_difference_written_by_hand() -> None:
    """A loss that subtracts the targets from the output compares them, where both are of one shape."""
    facts = {
        "setup.loss.name": "ShapeLoss",
        "setup.loss.known": False,
        "train": None,
        "first_batch.output.limits": (0.0, 1.0),
        "first_batch.output.last_activation": "Sigmoid",
        "first_batch.loss.target_range": (-1.0, 1.0, 0.7),
        "first_batch.loss.difference": True,
        "first_batch.loss.output_shape": (32, 3),
        "first_batch.loss.target_shape": (32, 3),
    }
    assert found(output_cannot_reach_targets, facts).measured["target_minimum"] == -1.0
    assert silent(output_cannot_reach_targets, {**facts, "first_batch.loss.target_shape": (32, 5)})


SQUASHED = {
    "setup.loss.name": "MSELoss",
    "train": None,
    "first_batch.output.last_activation": "Sigmoid",
    "first_batch.output.bounds": (0.0, 1.0),
    "first_batch.loss.own_targets": True,
    "first_batch.loss.function": "mse_loss",
}


def test_targets_of_a_steps_own_are_what_the_output_has_to_reach() -> None:
    """Standardised pixels are beyond a sigmoid that reconstructs them, whatever the labels of the data are."""
    labels = TensorFacts(minimum=0.0, maximum=1.0, mean=0.5, std=0.5)
    facts = {**SQUASHED, "data.train.targets": labels, "first_batch.loss.target_range": (-0.9, 2.0, 0.9)}
    finding = found(output_cannot_reach_targets, facts)
    assert finding.severity == "error"
    assert (finding.measured["target_minimum"], finding.measured["target_maximum"]) == (-0.9, 2.0)


def test_labels_that_the_loss_never_meets_need_not_be_reached() -> None:
    """Classes from 0 to 9 beside pixels between 0 and 1 are no fault of a sigmoid; nor is a target nobody saw."""
    assert silent(output_cannot_reach_targets, {**SQUASHED, "first_batch.loss.target_range": (0.0, 1.0, 0.4)})
    assert silent(output_cannot_reach_targets, SQUASHED)
    met = {**SQUASHED, "first_batch.loss.own_targets": False}
    assert found(output_cannot_reach_targets, met).measured["target_maximum"] == 9
