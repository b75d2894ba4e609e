from dataclasses import replace

from cnndoctor.check import run
from cnndoctor.checks.model.saturating_activations import saturating_activations
from cnndoctor.evidence.first_batch import LayerSignal
from cnndoctor.signs.trial_gains import ASKED
from tests.changed import evidence_with, failed_train, paired_trials
from tests.healthy import healthy_evidence
from tests.layers import deep_stack
from tests.verdicts import found, silent


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(saturating_activations, healthy_evidence()).finding is None


def test_deep_sigmoids() -> None:
    """Sigmoids over a deep net whose gradient shrinks are told."""
    finding = found(saturating_activations, {**deep_stack(kind="Sigmoid"), "train": None})
    assert finding.severity == "warning"
    assert "Sigmoid" in finding.message


def test_shallow() -> None:
    """One sigmoid is fine."""
    assert silent(
        saturating_activations,
        {"first_batch.layers": (LayerSignal(path="gate", kind="Sigmoid"),), "train": None},
    )


def test_relu_cures() -> None:
    """Two sigmoids are enough where ReLU in their place rescues the run, and nothing else does."""
    failed = {
        "train": failed_train(),
        "first_batch.layers": tuple(LayerSignal(path=p, kind="Sigmoid") for p in ("a", "b")),
    }
    cured = paired_trials({"as-configured": (0.1, 0.1), "relu": (0.9, 0.9), "he-init": (0.95, 0.95)})
    finding = run(saturating_activations, evidence_with({**failed, "trials": cured})).finding
    assert finding is not None
    assert finding.severity == "error"
    other = paired_trials({"as-configured": (0.1, 0.1), "relu": (0.4, 0.4), "lr*10": (0.9, 0.9)})
    assert silent(saturating_activations, {**failed, "trials": other})


def test_a_run_that_learns_and_could_go_further_is_no_error() -> None:
    """What was tried in case after a fair run costs some of what it could reach; it keeps nobody from training."""
    fair = {
        "train": failed_train(),
        "first_batch.layers": (LayerSignal(path="cnn.6", kind="Tanh"),),
    }
    trials = paired_trials({"as-configured": (0.7, 0.7), "relu": (1.0, 1.0)})
    told = found(saturating_activations, {**fair, "trials": replace(trials, reason=ASKED)})
    assert told.severity == "warning"
    assert found(saturating_activations, {**fair, "trials": trials}).severity == "error"
