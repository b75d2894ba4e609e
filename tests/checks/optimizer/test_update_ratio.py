"""Updates out of proportion are found on runs that go badly, whatever biases and normalisation do."""

from __future__ import annotations

from cnndoctor.catalogue import by_id
from cnndoctor.check import run
from cnndoctor.evidence import Evidence
from cnndoctor.evidence.train import LayerSeries
from tests.changed import failed_train
from tests.healthy import healthy_evidence


def with_ratio(ratio: float, kind: str = "Conv2d") -> Evidence:
    """Return a failed run whose layer is updated by this share."""
    layers = (LayerSeries(path="conv", kind=kind, update_ratio=(1e-3, 1e-3, *[ratio] * 6)),)
    return healthy_evidence(train=failed_train(layers=layers))


def test_updates_of_half_the_weights_are_too_large() -> None:
    """50 % a step is too much, 0.1 % is right, and normalisation layers do not count."""
    assert run(by_id("update-too-large"), with_ratio(0.5)).finding
    assert not run(by_id("update-too-large"), with_ratio(1e-3)).finding
    assert not run(by_id("update-too-large"), with_ratio(0.5, kind="BatchNorm2d")).finding


def test_huge_updates_are_told_in_times() -> None:
    """What is many times the weights is not written in percent."""
    finding = run(by_id("update-too-large"), with_ratio(2.5e5)).finding
    assert finding is not None
    assert "2.5e+05 times their size" in finding.message


def test_updates_of_a_millionth_are_too_small() -> None:
    """A millionth a step gets nowhere."""
    assert run(by_id("update-too-small"), with_ratio(1e-6)).finding
    assert not run(by_id("update-too-small"), with_ratio(1e-3)).finding
