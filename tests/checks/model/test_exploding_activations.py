import pytest

from cnndoctor.check import run
from cnndoctor.checks.model.exploding_activations import exploding_activations
from cnndoctor.evidence.first_batch import LayerSignal
from cnndoctor.evidence.train import FirstNonFinite, LayerSeries
from tests.changed import evidence_with, failed_train
from tests.healthy import healthy_evidence
from tests.layers import deep_stack
from tests.verdicts import found, silent


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(exploding_activations, healthy_evidence()).finding is None


def test_over_steps() -> None:
    """Activations that grow a thousand times in a run that ends in NaN are an error."""
    finding = found(
        exploding_activations,
        {
            "train": failed_train(
                layers=(LayerSeries(path="head", kind="Linear", activation_max=(1.0, 1000.0)),),
                nonfinite=FirstNonFinite(step=9, what="weight"),
            )
        },
    )
    assert finding.severity == "error"
    assert "head" in finding.message


def _grown(*values: float) -> dict[str, object]:
    return {
        "train": failed_train(layers=(LayerSeries(path="head", kind="Linear", activation_max=values),)),
        "first_batch": None,
    }


def test_growth_that_goes_on() -> None:
    """A run that fails and whose activations still grow tenfold in its second half is a warning."""
    finding = found(exploding_activations, _grown(0.1, 1.0, 2.0, 3.0, 10.0, 60.0, 100.0, 110.0))
    assert finding.severity == "warning"


def test_growth_that_ends() -> None:
    """A head that starts near zero grows 500 times and stays there: nothing is without bound."""
    assert silent(exploding_activations, _grown(0.1, 10.0, 40.0, 45.0, 50.0, 48.0, 50.0, 49.0))


def test_over_depth() -> None:
    """Growth over depth is a warning."""
    finding = found(exploding_activations, {**deep_stack(weight_std=1.0, growth=8.0), "train": None})
    assert finding.severity == "warning"
    assert "layers" in finding.message


@pytest.mark.parametrize(("largest", "named"), [(5e3, True), (4.0, False)])
def test_overflow_of_a_layer(largest: float, *, named: bool) -> None:
    """A layer overflows behind a large signal; behind a small one its infinities come from a mask or a logarithm."""
    layers = (
        LayerSignal(path="dense", kind="Linear", position=0, minimum=-largest, maximum=largest),
        LayerSignal(path="square", kind="Square", position=1, nonfinite=7),
    )
    verdict = run(exploding_activations, evidence_with({"first_batch.layers": layers, "train": None})).finding
    assert (verdict is not None) is named


def test_residual_stream() -> None:
    """Growth in a run that learns well is fine."""
    assert silent(exploding_activations, deep_stack(weight_std=1.0, growth=8.0))
