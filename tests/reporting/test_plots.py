"""Charts out of evidence: which there are, how many points, and what of a sweep is worth showing."""

from __future__ import annotations

from dataclasses import replace

from cnndoctor.evidence import Evidence, FailuresEvidence, TrainEvidence
from cnndoctor.evidence.train import FirstNonFinite
from cnndoctor.reporting.plots import MOST_POINTS, lr_plot, plots_of
from tests.healthy import healthy_evidence, healthy_train


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
    """A sweep keeps its values, and is drawn to a little above its start."""
    evidence = healthy_evidence().lr_range
    assert evidence is not None
    sweep = replace(
        evidence.sweeps[0], lrs=(1e-3, 1e-2, 1e-1, 1.0, 10.0), smoothed=(2.0, 1.5, 1.0, 500.0, float("nan"))
    )
    plot = lr_plot(replace(evidence, sweeps=(sweep,)))
    assert plot.curves[0].y[3] == 500.0
    assert plot.y_range == (0.95, 2.3)


def test_a_sweep_that_stays_near_its_start_is_drawn_whole() -> None:
    """Where nothing is pressed flat, nothing is cut."""
    evidence = healthy_evidence().lr_range
    assert evidence is not None
    sweep = replace(evidence.sweeps[0], lrs=(1e-3, 1e-2, 1e-1), smoothed=(2.0, 1.0, 2.4))
    assert lr_plot(replace(evidence, sweeps=(sweep,))).y_range == ()


def test_a_training_that_diverges_is_cut_and_one_that_wobbles_is_not() -> None:
    """A first hump of a few times the fall belongs to the picture; a thousand times it does not."""
    train = healthy_train()
    for peak, cut in ((4.0, False), (4000.0, True)):
        losses = (2.3, peak, *train.losses[2:])
        found = {plot.name: plot for plot in plots_of(healthy_evidence(train=replace(train, losses=losses)))}
        assert bool(found["loss"].y_range) == cut


def test_events_stand_on_the_curves() -> None:
    """The best epoch, the first NaN, an early stop and the falls of a schedule in steps are marked; a cosine has no falls."""
    train = healthy_train()
    assert _marks(train) == {}
    lrs = tuple(0.1 if step < 300 else 0.01 for step in train.loss_steps)
    marked = replace(
        train, best_epoch=3, nonfinite=FirstNonFinite(step=40, what="loss"), ended="early-stopping", lrs=lrs
    )
    assert _marks(marked) == {
        "best epoch, step": float(train.epochs[3].steps),
        "first NaN, step": 40.0,
        "stopped early, step": float(train.steps),
        "rate falls, step": 300.0,
    }


def test_layers_are_few_and_named() -> None:
    """Update ratios show at most six layers, the extremes among them; profiles name every layer."""
    train = healthy_train()
    many = tuple(
        replace(
            train.layers[0], path=f"l{i}", position=i, update_ratio=(1e-3, 1e-3, 1e-3, 10.0 ** -(2 + i % 9))
        )
        for i in range(40)
    )
    found = {plot.name: plot for plot in plots_of(healthy_evidence(train=replace(train, layers=many)))}
    shown = found["update-ratio"].curves
    assert len(shown) <= 6
    assert {min(curve.y[-1] for curve in shown), max(curve.y[-1] for curve in shown)} == {1e-10, 1e-2}
    profile = found["activation-profile"]
    assert len(profile.x_names) == len(profile.curves[0].y) == 9
    assert profile.detail


def _marks(train: TrainEvidence) -> dict[str, float]:
    found = {plot.name: plot for plot in plots_of(healthy_evidence(train=train))}
    return dict(found["loss"].marks)
