from cnndoctor.check import run
from cnndoctor.checks.gradients.exploding_gradients import exploding_gradients
from cnndoctor.evidence.train import FirstNonFinite
from tests.changed import failed_train
from tests.healthy import healthy_evidence
from tests.layers import deep_stack
from tests.verdicts import found, silent


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(exploding_gradients, healthy_evidence()).finding is None


def test_over_depth() -> None:
    """Early layers with a huge gradient in a run that fails are a warning."""
    finding = found(exploding_gradients, {**deep_stack(gradient_growth=0.1), "train": failed_train()})
    assert finding.severity == "warning"
    assert "first layers" in finding.message
    # Activations are calm before training: what blows up later is the effect.
    assert "exploding-activations" in finding.rules_out


def test_over_steps() -> None:
    """A gradient that grows until NaN is an error."""
    finding = found(
        exploding_gradients,
        {
            "train": failed_train(
                gradient_norms=tuple(2.0**i for i in range(30)),
                nonfinite=FirstNonFinite(step=30, what="weight"),
            )
        },
    )
    assert finding.severity == "error"
    assert "grows" in finding.message


def test_good() -> None:
    """Fine where the run learns well."""
    assert silent(exploding_gradients, {"train.gradient_norms": tuple(2.0**i for i in range(30))})
