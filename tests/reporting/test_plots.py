"""Charts out of evidence: which there are, how many points, and what of a sweep is worth showing."""

from __future__ import annotations

from dataclasses import replace

from cnndoctor.evidence import Evidence, FailuresEvidence
from cnndoctor.reporting.plots import MOST_POINTS, lr_plot, plots_of
from tests.healthy import healthy_evidence


def test_healthy_run_fills_every_chart() -> None:
    """Every chart has a curve, no chart comes twice, and no curve has more points than a screen shows."""
    plots = plots_of(healthy_evidence())
    names = [plot.name for plot in plots]
    assert len(set(names)) == len(names)
    assert {"loss", "lr-range"} <= set(names)
    for plot in plots:
        assert plot.curves
        for curve in plot.curves:
            assert 0 < len(curve.x) == len(curve.y) <= MOST_POINTS + 1


def test_stages_that_did_not_run_have_no_chart() -> None:
    """Without evidence there is nothing to draw."""
    assert plots_of(Evidence(experiment=healthy_evidence().experiment, failures=FailuresEvidence())) == ()


def test_divergence_does_not_press_the_sweep_flat() -> None:
    """A sweep is shown until it has risen as far above its start as it had fallen below it."""
    evidence = healthy_evidence().lr_range
    assert evidence is not None
    sweep = replace(
        evidence.sweeps[0], lrs=(1e-3, 1e-2, 1e-1, 1.0, 10.0), smoothed=(2.0, 1.5, 1.0, 500.0, float("nan"))
    )
    (curve,) = lr_plot(replace(evidence, sweeps=(sweep,))).curves
    assert curve.x == (1e-3, 1e-2, 1e-1, 1.0)
    assert curve.y == (2.0, 1.5, 1.0, 3.0)
