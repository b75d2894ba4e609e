import pytest

from cnndoctor.check import run
from cnndoctor.checks.runtime.user_code_raises import user_code_raises
from cnndoctor.finding import UserFailure
from tests.healthy import healthy_evidence
from tests.verdicts import found


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(user_code_raises, healthy_evidence()).finding is None


def test_told() -> None:
    """An exception is told with phase, type, text and place."""
    finding = found(
        user_code_raises,
        {
            "failures.failures": (
                UserFailure(
                    phase="forward",
                    type="RuntimeError",
                    message="mat1 and mat2 shapes cannot be multiplied (32x128 and 64x10)",
                    file="model.py",
                    line=12,
                ),
            )
        },
    )
    assert finding.severity == "error"
    assert "mat1 and mat2" in finding.message


def test_unknown() -> None:
    """Also one that torch did not raise."""
    finding = found(
        user_code_raises,
        {"failures.failures": (UserFailure(phase="step", type="KeyError", message="labels"),)},
    )
    assert finding.severity == "error"
    assert "KeyError" in finding.message


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("cross_entropy_loss(): argument 'input' (position 1) must be Tensor, not dict", "write a `step`"),
        ("cross_entropy_loss(): argument 'target' (position 2) must be Tensor, not tuple", "class numbers"),
    ],
)
def test_without_a_line_of_the_users_the_key_is_named(message: str, said: str) -> None:
    """A loss that refuses what it gets points to its key, says in plain words why, and does not repeat the message."""
    failure = UserFailure(phase="loss", type="TypeError", message=message, traceback=f"TypeError: {message}")
    finding = found(user_code_raises, {"failures.failures": (failure,)})
    assert [place.name for place in finding.places] == ["loss"]
    assert said in finding.remedies[0].text
    assert "traceback" not in finding.measured


@pytest.mark.parametrize(
    ("phase", "message", "key", "said"),
    [
        ("loss", "the loss must return a tensor, not a float", "loss", ".item()"),
        (
            "step",
            "my_step() takes 2 positional arguments but 3 were given",
            "step",
            "step(model, batch, loss)",
        ),
        (
            "build optimizer",
            "'<' not supported between instances of 'str' and 'float'",
            "optimizer",
            "a number is wanted",
        ),
        (
            "optimizer step",
            "LBFGS computes the loss again within a step; train.accumulate cannot go with it",
            "optimizer",
            "another optimizer",
        ),
        ("read training data", "default_collate: batch must contain tensors, …", "data.train", "collate_fn"),
    ],
)
def test_what_cnndoctor_calls_is_explained(phase: str, message: str, key: str, said: str) -> None:
    """What does not fit the way that losses, steps and metrics are called is told with that way, at its key."""
    finding = found(
        user_code_raises,
        {"failures.failures": (UserFailure(phase=phase, type="TypeError", message=message),)},
    )
    assert [place.name for place in finding.places] == [key]
    assert said in finding.remedies[0].text


@pytest.mark.parametrize(
    ("reduction", "keys", "patch"),
    [("none", ["loss.reduction", "loss"], {"loss.reduction": "mean"}), ("mean", ["loss"], {})],
)
def test_a_loss_that_is_no_number(reduction: str, keys: list[str], patch: dict[str, str]) -> None:
    """A loss for each sample is told with its shape and how to reduce it; where one key does that, with the key."""
    failure = UserFailure(
        phase="loss", type="ValueError", message="the loss must be a single number, but has shape [64]"
    )
    finding = found(user_code_raises, {"failures.failures": (failure,), "setup.loss.reduction": reduction})
    assert [place.name for place in finding.places] == keys
    assert ".mean()" in finding.remedies[0].text
    assert finding.remedies[0].patch == patch
    assert "[64]" in finding.message


def test_a_training_sampler_on_validation_is_explained() -> None:
    """Indices of the training split that meet validation come with what a sampler of data.loader is given there."""
    failure = UserFailure(
        phase="read validation",
        type="IndexError",
        message="index 1269 is out of bounds for dimension 0 with size 364",
    )
    finding = found(user_code_raises, {"failures.failures": (failure,)})
    assert [place.name for place in finding.places] == ["data.validation"]
    assert "data.validation_loader: {sampler: null}" in finding.remedies[0].text
