"""The learning-rate range test: the traps that other finders fall into, one test each."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import numpy as np
import pytest
import torch

from cnndoctor.evidence import Evidence, FailuresEvidence
from cnndoctor.evidence.lr_range import PairedRun
from cnndoctor.observers import Observers
from cnndoctor.rates import band, sweep
from cnndoctor.signs.pairs import clearly_better
from cnndoctor.stages import Context, Effort
from cnndoctor.stages.lr_range import _plainly_well, find_lr, run, shape_of
from tests.healthy import healthy_experiment
from tests.small import node, small

LONG = ("stages.lr_range.steps=120", f"data.train={node('Blobs', size=160)}")


def context(*settings: str, effort: Effort = "standard") -> Context:
    """Return what the stage gets for the small experiment with settings laid over it."""
    return Context(
        experiment=small(*LONG, *settings),
        so_far=Evidence(experiment=healthy_experiment(), failures=FailuresEvidence()),
        tell=Observers([]),
        effort=effort,
    )


def swept(*settings: str, steps: int = 40, lowest: float = 1e-5, highest: float = 10.0):
    """Sweep the small experiment once."""
    return sweep.sweep(small(*settings), band.spaced(lowest, highest, steps), seed=3)


def test_a_trainable_experiment_gets_band_and_suggestion():
    """Band, suggestion and rule; everything as it was afterwards."""
    found = find_lr(context("stages.lr_range.seeds=2"))
    assert found.band[0] < found.suggestion < found.band[1]
    assert found.suggestion_low <= found.suggestion <= found.suggestion_high
    assert found.rule
    assert found.restored
    assert found.paired == ()


def test_global_random_state_is_put_back():
    """Python, NumPy and torch draw on as if nothing had happened."""
    made = context()
    before = _drawn(1)
    _seed(1)
    assert find_lr(made).restored
    assert _drawn(None) == before


def test_the_second_call_is_the_first_one_again():
    """Nothing stays attached; the evidence is equal but for the seconds."""
    made = context("scheduler={_target_: torch.optim.lr_scheduler.CosineAnnealingLR, T_max: 3}")
    first, second = run(made).evidence, run(made).evidence
    assert first is not None
    assert second is not None
    assert str(replace(first, seconds=0.0)) == str(replace(second, seconds=0.0))


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


def test_a_sweep_that_nothing_can_learn_is_refused():
    """Frozen by a rate range in which nothing moves: no number is made up."""
    found = find_lr(context("stages.lr_range.start=1e-20", "stages.lr_range.end=1e-15"))
    assert math.isnan(found.suggestion)
    assert found.band == ()
    assert "did not fall clearly" in found.refusal


def test_an_exception_of_the_users_code_leaves_the_random_state():
    """What is raised in mid-sweep passes, and the generators are as before."""
    made = context(f"data.train={node('FailingBlobs', size=48)}")
    before = torch.get_rng_state()
    with pytest.raises(Exception, match=r"."):
        find_lr(made)
    assert torch.equal(before, torch.get_rng_state())


def test_pairs_share_weights_and_batches():
    """Runs of one seed start from the same loss and are scored on the same batches; a better rate is clearly better."""
    experiment = small()
    runs = {f: sweep.paired_run(experiment, 0.1 * f, factor=f, seed=3, count=60) for f in (1e-4, 1.0)}
    assert runs[1.0].loss_start == runs[1e-4].loss_start
    assert len(runs[1.0].eval_losses) == 5
    assert clearly_better(runs[1.0], runs[1e-4])
    assert not clearly_better(runs[1e-4], runs[1.0])


def test_a_rate_of_zero_makes_no_pairs():
    """There is nothing to compare with."""
    seen = run(context("optimizer.lr=0.0"))
    assert seen.evidence is not None
    assert seen.evidence.configured_peak == 0.0
    assert seen.evidence.paired == ()


@pytest.mark.parametrize(("planned", "shape"), [
    ((), "constant"), ((0.1,) * 5, "constant"), ((0.1, 0.05, 0.0), "decaying"), ((0.01, 0.1, 0.05, 0.0), "warmup"),
    ((0.0, 0.0), "constant"),
])  # fmt: skip
def test_the_shape_of_a_schedule(planned, shape):
    """The peak of a schedule that warms up is judged, not its first value."""
    assert shape_of(planned) == shape


def _seed(seed):
    torch.manual_seed(seed)
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - the global generator is what is preserved


def _drawn(seed):
    """Return one draw of each global generator, seeded first unless None."""
    if seed is not None:
        _seed(seed)
    return float(torch.rand(())), random.random(), float(np.random.rand())  # noqa: NPY002 - as above


def test_no_more_is_run_than_the_verdict_needs() -> None:
    """A run that has learnt most of what there is needs no rivals; one that has not gets them."""
    evidence = find_lr(context("stages.lr_range.seeds=2"))
    pair = PairedRun(
        factor=1.0, lr=0.1, seed=3, steps=60, loss_start=2.0, loss_end=0.4, eval_losses=(0.5, 0.3)
    )
    assert _plainly_well(evidence, replace(pair, eval_end=0.4))
    assert not _plainly_well(evidence, replace(pair, eval_end=1.95))
    assert not _plainly_well(evidence, replace(pair, eval_end=math.nan, eval_losses=()))
