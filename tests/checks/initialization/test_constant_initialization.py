from cnndoctor.check import run
from cnndoctor.checks.initialization.constant_initialization import constant_initialization
from cnndoctor.evidence.first_batch import ParameterStep
from cnndoctor.evidence.setup import Parameter
from tests.changed import failed_train
from tests.healthy import healthy_evaluation, healthy_evidence
from tests.verdicts import found, silent


def three_layers(value: float, constant: tuple[int, ...] = (0, 1, 2)) -> tuple[Parameter, ...]:
    """Return the weights of three dense layers, some of which hold one value throughout."""
    return tuple(
        Parameter(
            name=f"{i}.weight", layer=str(i), kind="Linear", shape=(16, 16), fan_in=16, std=0.0, mean=value,
            constant=i in constant, identical_rows=i in constant,
        )
        for i in range(3)
    )  # fmt: skip


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(constant_initialization, healthy_evidence()).finding is None


def test_all_zero() -> None:
    """Zeros everywhere are an error."""
    finding = found(constant_initialization, {"train": failed_train(), "setup.parameters": three_layers(0.0)})
    assert finding.severity == "error"
    assert "zero" in finding.message


def test_all_equal() -> None:
    """So is one value everywhere."""
    finding = found(constant_initialization, {"train": failed_train(), "setup.parameters": three_layers(0.5)})
    assert finding.severity == "error"
    assert "same value" in finding.message


def test_zero_head() -> None:
    """A head that starts at zero behind random layers is fine."""
    assert silent(
        constant_initialization,
        {"train": failed_train(), "setup.parameters": three_layers(0.0, constant=(2,))},
    )


def test_zero_branch() -> None:
    """So is a zero layer that random ones surround."""
    assert silent(
        constant_initialization,
        {"train": failed_train(), "setup.parameters": three_layers(0.0, constant=(1,))},
    )


def test_two_factors_of_zeros() -> None:
    """Factors that both start at zero never move, in a run that gets somewhere by its biases, too; one that moves is sound."""
    names = ("users.weight", "items.weight")
    facts = {
        "setup.parameters": tuple(
            Parameter(
                name=name, layer=name[:5], kind="Embedding", shape=(50, 4), std=0.0, mean=0.0, constant=True
            )
            for name in names
        ),
        "first_batch.steps": 3,
        "first_batch.parameters": tuple(
            ParameterStep(name=name, gradient="zero", changed=False) for name in names
        ),
        "train.unchanged_parameters": names,
        "train.validation": healthy_evaluation("validation", 364, 1.5, 0.4),
    }
    assert found(constant_initialization, facts).severity == "error"
    assert silent(constant_initialization, {**facts, "train.unchanged_parameters": names[:1]})
