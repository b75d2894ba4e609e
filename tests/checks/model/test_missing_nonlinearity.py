"""Promises of missing-nonlinearity."""

from dataclasses import replace
from itertools import pairwise

import pytest

from cnndoctor.check import run
from cnndoctor.checks.model.missing_nonlinearity import missing_nonlinearity
from cnndoctor.evidence.setup import Parameter
from tests.changed import evidence_with, failed_train, paired_trials
from tests.healthy import healthy_evaluation, healthy_evidence, healthy_train
from tests.verdicts import found


def chained(chain: str) -> dict[str, object]:
    """Return the facts of layers with weights between which no activation stands."""
    return {"first_batch.activations_after_linear": False, "first_batch.linear_chains": (chain,)}


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(missing_nonlinearity, healthy_evidence()).finding is None


def test_linear_net() -> None:
    """A net without any activation that fails is an error."""
    finding = found(
        missing_nonlinearity, {**chained("features.0.0 → features.1.0 → head"), "train": failed_train()}
    )
    assert finding.severity == "error"
    assert "one linear map" in finding.message


def test_linear_net_untrained() -> None:
    """Before training it is a warning."""
    finding = found(missing_nonlinearity, {**chained("features.0.0 → features.1.0 → head"), "train": None})
    assert finding.severity == "warning"
    assert "one linear map" in finding.message


def test_one_pair() -> None:
    """One pair in a deeper net is a note."""
    finding = found(missing_nonlinearity, {**chained("features.1.0 → head"), "train": None})
    assert finding.severity == "note"
    assert "features.1.0" in finding.message


def test_pairs_that_an_activation_cures() -> None:
    """Where ReLU in those places beats every other change, a run that learns half has its cause; a rate as good forbids it."""
    pair = chained("features.1.0 → head")
    trials = {"as-configured": (0.5, 0.5), "activated": (0.9, 0.88)}
    cured = run(missing_nonlinearity, evidence_with({**pair, "trials": paired_trials(trials)}))
    assert cured.finding is not None, cured
    assert (cured.finding.severity, "With ReLU there" in cured.finding.message) == ("error", True)
    rivalled = paired_trials({**trials, "lr*10": (0.95, 0.95)})
    other = run(missing_nonlinearity, evidence_with({**pair, "trials": rivalled}))
    assert other.finding is not None, other
    assert other.finding.severity == "note"


@pytest.mark.parametrize(("score", "severity"), [(0.91, "warning"), (0.999, "note")])
def test_nothing_but_pools(score: float, severity: str) -> None:
    """Pools alone bend a run that goes well, too: a warning, and a note where it is as good as perfect."""
    train = replace(healthy_train(), validation=healthy_evaluation("validation", 364, 0.3, score))
    outcome = run(missing_nonlinearity, evidence_with({"first_batch.only_pooled": True, "train": train}))
    assert outcome.finding is not None, outcome
    assert outcome.finding.severity == severity
    assert "pooling and normalisation alone" in outcome.finding.message


def test_affine_model() -> None:
    """A model in whose output the steps of the input add up is one linear map, whatever stands between the layers."""
    affine = {"first_batch.activations_after_linear": True, "first_batch.curvature": 2e-6}
    failed = run(missing_nonlinearity, evidence_with({**affine, "train": failed_train()}))
    assert failed.finding is not None, failed
    assert failed.finding.severity == "error"
    assert "one linear map" in failed.finding.message
    wanted = run(missing_nonlinearity, evidence_with(affine))
    assert wanted.finding is not None, wanted
    assert wanted.finding.severity == "note"


def test_bent_or_untested_model() -> None:
    """A model that bends, and one that could not be tested, is none."""
    for curvature in (0.3, float("nan")):
        outcome = run(missing_nonlinearity, evidence_with({"first_batch.curvature": curvature}))
        assert outcome.finding is None, outcome


def _dense(*widths: int) -> tuple[Parameter, ...]:
    return tuple(
        Parameter(name=f"l{i}.weight", layer=f"l{i}", kind="Linear", shape=(out, into), fan_in=into)
        for i, (into, out) in enumerate(pairwise(widths))
    )


@pytest.mark.parametrize(
    ("widths", "score", "severity"),
    [
        pytest.param((16, 64, 64, 5), 0.7, "error", id="three layers, no bottleneck, a middling fit"),
        pytest.param((16, 64, 64, 5), 0.97, "note", id="a linear problem, solved"),
        pytest.param((16, 3, 3, 16), 0.7, "note", id="a linear auto-encoder"),
        pytest.param((16, 64, 5), 0.7, "note", id="two layers"),
    ],
)
def test_depth_that_adds_nothing(widths: tuple[int, ...], score: float, severity: str) -> None:
    """A deep linear network without a bottleneck is one by mistake unless it fits to perfection."""
    finding = found(
        missing_nonlinearity,
        {
            "first_batch.activations_after_linear": True,
            "first_batch.curvature": 2e-7,
            "setup.parameters": _dense(*widths),
            "train.train": healthy_evaluation("train", 1433, 0.9, score),
        },
    )
    assert finding.severity == severity
