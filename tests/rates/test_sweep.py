"""One sweep, and short runs at one rate: what they train with is what they say, and everything else is as configured."""

from __future__ import annotations

import pytest
import torch

from cnndoctor.rates import band, sweep
from cnndoctor.signs.pairs import clearly_better
from tests.small import small


def swept(*settings: str, steps: int = 40, lowest: float = 1e-5, highest: float = 10.0):
    """Sweep the small experiment once."""
    return sweep.sweep(small(*settings), band.spaced(lowest, highest, steps), seed=3)


def test_the_first_step_is_made_with_the_first_rate(monkeypatch):
    """Used and recorded rates are the same, from the first step on, whatever the configured one is."""
    used = []
    original = torch.optim.SGD.step

    def spied(self, *arguments, **keywords):
        used.append(self.param_groups[0]["lr"])
        return original(self, *arguments, **keywords)

    monkeypatch.setattr(torch.optim.SGD, "step", spied)
    found = swept("optimizer.lr=7.7")
    assert used == pytest.approx(found.lrs[: len(used)])
    assert len(used) >= len(found.lrs) - 1  # the last update is left undone


def test_groups_keep_their_ratios():
    """Every group is scaled by the same factor."""
    session = small().fresh()
    weights, biases = (
        [p for p in session.model.parameters() if p.ndim > 1],
        [p for p in session.model.parameters() if p.ndim < 2],
    )
    session.optimizer = torch.optim.SGD([{"params": weights, "lr": 0.01}, {"params": biases, "lr": 0.1}])
    rates = sweep.rates_of(session)
    rates.set(0.5)
    assert rates.ratios == pytest.approx((1.0, 10.0))
    assert [group["lr"] for group in session.optimizer.param_groups] == pytest.approx([0.5, 5.0])


def test_nan_stops_the_sweep_and_is_its_edge():
    """A comparison with NaN is false: finiteness is asked first, and a NaN ends the sweep."""
    found = swept(steps=200, lowest=1e-2, highest=1e30)
    assert len(found.losses) < 200
    assert found.stopped in {"not-finite", "diverged", "collapsed"}


def test_an_exhausted_loader_goes_round():
    """Six batches an epoch serve a sweep of forty steps."""
    assert len(swept().losses) == 40


def test_what_can_be_read_once_is_repeated_from_memory():
    """A generator of three batches still makes an endless stream."""
    stream = sweep.cycled(iter([1, 2, 3]))
    assert [next(stream) for _ in range(8)] == [1, 2, 3, 1, 2, 3, 1, 2]
    assert list(sweep.cycled(iter([]))) == []


def test_accumulation_moves_the_rate_once_an_update():
    """Two batches make one step: one rate, one mean loss."""
    found = swept("train.accumulate=2")
    assert len(found.lrs) == len(found.losses) == 40


def test_pairs_share_weights_and_batches():
    """Runs of one seed start from the same loss and are scored on the same batches; a better rate is clearly better."""
    experiment = small()
    runs = {f: sweep.paired_run(experiment, 0.1 * f, factor=f, seed=3, count=60) for f in (1e-4, 1.0)}
    assert runs[1.0].loss_start == runs[1e-4].loss_start
    assert len(runs[1.0].eval_losses) == 5
    assert clearly_better(runs[1.0], runs[1e-4])
    assert not clearly_better(runs[1e-4], runs[1.0])


def test_a_model_left_in_eval_mode_is_swept_in_training_mode(monkeypatch):
    """The mode is set, not taken as found."""
    modes = []
    original = torch.nn.Module.__call__

    def spied(self, *arguments, **keywords):
        modes.extend([self.training] if type(self).__name__ == "Counting" else [])
        return original(self, *arguments, **keywords)

    monkeypatch.setattr(torch.nn.Module, "__call__", spied)
    swept('model={_target_: "rate_parts.py:Counting", evaluating: true}')
    assert modes
    assert all(modes)


def test_clipping_clips_in_the_sweep(monkeypatch):
    """Gradients are clipped as in training: else the band would be another one."""
    limits = []
    original = torch.nn.utils.clip_grad_norm_

    def spied(parameters, limit, *arguments, **keywords):
        limits.append(limit)
        return original(parameters, limit, *arguments, **keywords)

    monkeypatch.setattr(torch.nn.utils, "clip_grad_norm_", spied)
    swept("train.clip_grad_norm=0.5", steps=10)
    assert limits == [0.5] * 9  # the last update is left undone


def test_accumulation_steps_the_optimizer_once_a_rate(monkeypatch):
    """Three batches make one update with one rate: the rate does not move between them."""
    used = []
    original = torch.optim.SGD.step

    def spied(self, *arguments, **keywords):
        used.append(self.param_groups[0]["lr"])
        return original(self, *arguments, **keywords)

    monkeypatch.setattr(torch.optim.SGD, "step", spied)
    found = swept("train.accumulate=3", steps=12, highest=0.1)
    assert used == pytest.approx(found.lrs[: len(used)])
    assert len(used) == 11


def test_groups_keep_their_ratios_in_every_step(monkeypatch):
    """The second group trains at ten times the first throughout, as configured."""
    used = []
    original = torch.optim.SGD.step

    def spied(self, *arguments, **keywords):
        used.append(tuple(group["lr"] for group in self.param_groups))
        return original(self, *arguments, **keywords)

    monkeypatch.setattr(torch.optim.SGD, "step", spied)
    swept('optimizer={_target_: "rate_parts.py:two_groups"}', steps=12, highest=0.1)
    assert len(used) == 11
    assert [b / a for a, b in used] == pytest.approx([10.0] * 11)
