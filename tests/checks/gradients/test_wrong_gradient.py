from cnndoctor.check import run
from cnndoctor.checks.gradients.wrong_gradient import wrong_gradient
from cnndoctor.evidence.gradient import ModuleCheck, TensorCheck
from tests.changed import failed_train
from tests.healthy import healthy_evidence
from tests.verdicts import found, silent

WRONG = TensorCheck(name="head.weight", layer="head", error=0.9, verdict="wrong", analytic=0.1, numeric=1.0)


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(wrong_gradient, healthy_evidence()).finding is None


def test_custom_function() -> None:
    """A custom function with a wrong backward is an error that names it."""
    finding = found(
        wrong_gradient,
        {
            "gradient.tensors": (WRONG,),
            "gradient.modules": (
                ModuleCheck(path="act", kind="Swish", error=0.9, functions=("SwishFunction",)),
            ),
            "train": failed_train(),
        },
    )
    assert finding.severity == "error"
    assert "SwishFunction" in finding.message


def test_meant_by_name() -> None:
    """What calls itself a reversal differs on purpose: a note; straight-through estimators the stage leaves out."""
    finding = found(
        wrong_gradient,
        {"gradient.tensors": (WRONG,), "gradient.custom_functions": ("ScaledGradientReversal",)},
    )
    assert finding.severity == "note"
    assert "head.weight" in finding.message


def test_unchecked() -> None:
    """What does not run in float64 is not judged."""
    assert silent(wrong_gradient, {"gradient.checkable": False, "gradient.reason": "half precision"})


def test_inputs_alone() -> None:
    """A difference in the gradient of the inputs alone, with every weight right and no culprit, is no fault of training."""
    tensors = (
        TensorCheck(name="head.weight", layer="head", error=1e-9),
        TensorCheck(name="input", layer="", error=1.6, verdict="wrong", analytic=-0.005, numeric=0.008),
    )
    assert silent(wrong_gradient, {"gradient.tensors": tensors})
