"""The learning-rate range test: the traps that other finders fall into, one test each."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import numpy as np
import pytest
import torch

from cnndoctor.context import Context, Effort
from cnndoctor.rates import band
from cnndoctor.rates.budget import budget_of
from cnndoctor.stages import setup
from cnndoctor.stages.lr_range import find_lr, run
from tests.small import node, small
from tests.stages.alone import context_of

LONG = ("stages.lr_range.steps=120", f"data.train={node('Blobs', size=160)}")


def context(*settings: str, effort: Effort = "standard") -> Context:
    """Return what the stage gets for the small experiment with settings laid over it."""
    return context_of(small(*LONG, *settings), effort=effort)


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


def test_a_rate_of_zero_makes_no_pairs():
    """There is nothing to compare with."""
    seen = run(context("optimizer.lr=0.0"))
    assert seen.evidence is not None
    assert seen.evidence.configured_peak == 0.0
    assert seen.evidence.paired == ()


def _seed(seed):
    torch.manual_seed(seed)
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - the global generator is what is preserved


def _drawn(seed):
    """Return one draw of each global generator, seeded first unless None."""
    if seed is not None:
        _seed(seed)
    return float(torch.rand(())), random.random(), float(np.random.rand())  # noqa: NPY002 - as above


RATE_PARTS = {
    name: f'{{_target_: "rate_parts.py:{name}"}}'
    for name in ("Brittle", "Counting", "Cut", "Refusing", "Rows", "Unread")
}


def fingerprint(model):
    """Return every parameter and buffer, also those that no state dict holds, and every mode."""
    values = [tensor.clone() for tensor in (*model.parameters(), *model.buffers())]
    return values, [module.training for module in model.modules()]


def test_buffers_and_weights_are_bit_for_bit_what_they_were():
    """After sweeps and ladder a fresh session has the same weights, running statistics, loose buffers and modes."""
    made = context(f"model={RATE_PARTS['Counting']}")
    values, modes = fingerprint(made.experiment.fresh().model)
    assert find_lr(made).restored
    values_after, modes_after = fingerprint(made.experiment.fresh().model)
    assert modes == modes_after
    assert all(torch.equal(one, other) for one, other in zip(values, values_after, strict=True))


def test_an_exception_in_mid_sweep_leaves_everything():
    """A model that raises at its thirtieth forward leaves weights, buffers and random state as they were."""
    made = context('model={_target_: "rate_parts.py:Counting", breaks_after: 30}')
    values, _ = fingerprint(made.experiment.fresh().model)
    _seed(1)
    expected = _drawn(None)
    _seed(1)
    with pytest.raises(Exception, match="out of memory"):
        find_lr(made)
    assert _drawn(None) == expected
    values_after, _ = fingerprint(made.experiment.fresh().model)
    assert all(torch.equal(one, other) for one, other in zip(values, values_after, strict=True))


def test_validation_is_never_read():
    """An epoch that ends inside a sweep starts no validation."""
    assert find_lr(context(f"data.validation={RATE_PARTS['Unread']}")).sweeps


def test_a_nan_edge_is_kept_away_from():
    """Where the loss turns into NaN the band ends, and the suggestion lies clearly below."""
    found = find_lr(context(f"model={RATE_PARTS['Brittle']}"))
    broken = [one for one in found.sweeps if one.stopped == "not-finite"]
    assert broken
    assert all(len(one.losses) < 120 for one in broken)
    assert math.isfinite(found.suggestion)
    assert found.suggestion < min(one.lrs[-1] for one in broken) / 3


def test_what_cannot_learn_is_refused_after_two_sweeps():
    """No gradient reaches a weight: two sweeps see that, no third one and no ladder follow."""
    found = find_lr(context(f"model={RATE_PARTS['Cut']}"))
    assert math.isnan(found.suggestion)
    assert len(found.sweeps) == 2
    assert found.rungs == ()
    assert found.refusal


@pytest.mark.parametrize("settings", [
    ("train.accumulate=2",), ("train.clip_grad_norm=1.0",), ("train.precision=bf16",), ("train.precision=fp16",),
    (f"data.train={node('Stream', size=160)}",), (f"data.train={node('Blobs', size=8)}",),
    (f"data.train={RATE_PARTS['Rows']}", "data.inputs=image", "data.targets=label"),
    ('step={_target_: "parts.py:plain_step", _partial_: true}',),
])  # fmt: skip
def test_however_it_is_trained_it_is_swept(settings):
    """Accumulation, clipping, mixed precision, streams, a single batch, named members, a step: a suggestion for each."""
    found = find_lr(context("stages.lr_range.seeds=2", *settings))
    assert math.isfinite(found.suggestion), found.refusal
    assert found.restored


def with_schedule(scheduler: str, *settings: str) -> Context:
    """Return the context with a schedule, as setup saw it."""
    made = context(f"scheduler={scheduler}", *settings)
    seen = setup.run(made).evidence
    assert seen is not None
    return replace(made, so_far=replace(made.so_far, setup=seen))


def test_the_peak_of_a_one_cycle_schedule_is_what_is_suggested():
    """Its initial rate is a twenty-fifth of its peak: the peak is judged, and the ladder climbs in the schedule's shape."""
    made = with_schedule(
        "{_target_: torch.optim.lr_scheduler.OneCycleLR, max_lr: 0.5, total_steps: 60, interval: step}"
    )
    found = find_lr(made)
    assert found.schedule == "warmup"
    assert found.configured_peak == pytest.approx(0.5, rel=0.1)
    assert found.configured == pytest.approx(0.02)
    assert "peak of a schedule" in found.rule
    assert len(found.rungs) >= 3


def test_the_ladder_keeps_to_its_steps():
    """Sweeps and ladder together make no more than 600 steps, or a tenth of a longer run."""
    assert find_lr(context()).steps <= 600
    long = with_schedule("{_target_: torch.optim.lr_scheduler.ConstantLR, factor: 1.0}", "train.epochs=500")
    assert budget_of(long) == 1000
    assert find_lr(long).steps <= 1000


def test_rungs_are_in_the_evidence_and_around_the_candidate():
    """Each rung is a power of three from the sweeps' candidate, from the same weights."""
    found = find_lr(context())
    factors = [run.factor for run in found.rungs]
    assert factors == sorted(factors)
    assert all(any(factor == pytest.approx(one) for factor in factors) for one in (1 / 3, 1.0, 3.0))
    assert len({run.loss_start for run in found.rungs}) == 1
    assert found.band[0] <= found.suggestion <= found.band[1]


def test_weak_sweeps_are_believed_only_with_the_ladder(monkeypatch):
    """Where the noise hides the fall from the sweeps, short runs decide: they learn, so there is a suggestion."""
    monkeypatch.setattr(band, "LEAST_SIGNAL", 1e6)
    made = context()
    assert math.isfinite(find_lr(made).suggestion)
    alone = find_lr(made, refined=False)
    assert math.isnan(alone.suggestion)
    assert alone.refusal


def test_weak_sweeps_that_short_runs_do_not_confirm_are_refused(monkeypatch):
    """Nothing is learnt in the short runs either: the refusal says so."""
    monkeypatch.setattr(band, "WEAK_SIGNAL", -10.0)
    found = find_lr(context(f"model={RATE_PARTS['Cut']}"))
    assert math.isnan(found.suggestion)
    assert "at most" in found.refusal


@pytest.mark.parametrize(("model", "suggested"), [(None, True), ("Cut", False)])
def test_sweeps_that_saw_nothing_leave_it_to_short_runs(monkeypatch, model, suggested):
    """Where the rate is asked for, a refusal needs short runs in which nothing trains, beside two silent sweeps."""
    monkeypatch.setattr(band, "LEAST_SIGNAL", 1e6)
    monkeypatch.setattr(band, "WEAK_SIGNAL", 1e6)
    settings = (f"model={RATE_PARTS[model]}",) if model else ()
    found = find_lr(replace(context(*settings), rate_wanted=True))
    assert math.isfinite(found.suggestion) == suggested
    assert len(found.sweeps) == 2
    assert len(found.rungs) >= 3
    assert bool(found.refusal) != suggested


def test_nothing_is_left_on_disk(tmp_path, monkeypatch):
    """What is put back is kept in memory: no file is written where the user works."""
    monkeypatch.chdir(tmp_path)
    find_lr(context())
    assert list(tmp_path.iterdir()) == []


def test_a_diagnosis_asks_for_a_verdict_and_lr_find_for_the_rate():
    """The first makes paired runs and leaves the ladder where all is well; the second makes no paired runs."""
    verdict = run(context()).evidence
    wanted = run(replace(context(), rate_wanted=True)).evidence
    assert verdict is not None
    assert wanted is not None
    assert verdict.paired
    assert not wanted.paired
    assert wanted.rungs


def test_code_that_raises_at_a_wild_rate_broke_there_and_is_no_fault():
    """What the user's code refuses far above the configured rate ends the sweep like a NaN, and nothing is reported of it."""
    found = find_lr(context(f"model={RATE_PARTS['Refusing']}"))
    assert any(one.stopped == "not-finite" for one in found.sweeps)
    assert math.isfinite(found.suggestion)


def test_lazy_layers_are_swept():
    """Layers that take their shape in the first forward have nothing to be put back before, and break nothing."""
    found = find_lr(
        context(
            "model={_target_: torch.nn.Sequential, _args_: [{_target_: torch.nn.LazyLinear, out_features: 3}]}"
        )
    )
    assert found.restored
    assert found.sweeps
