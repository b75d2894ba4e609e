"""Promises of learning-rate-too-high."""

from dataclasses import replace

import pytest

from cnndoctor.check import run
from cnndoctor.checks.learning_rate.learning_rate_too_high import learning_rate_too_high as check
from cnndoctor.evidence.lr_range import PairedRun
from cnndoctor.finding import Finding, Severity
from tests.changed import evidence_with, failed_train, paired_trials
from tests.healthy import (
    healthy_evaluation,
    healthy_evidence,
    healthy_first_batch,
    healthy_lr_range,
    healthy_train,
)
from tests.verdicts import found, silent

NAN = float("nan")


def paired(ends, *, lr, seeds=(0, 1), start=2.3):
    """Return one run per factor and seed, each with five scored batches around its end."""
    return tuple(
        PairedRun(
            factor=factor, lr=lr * factor, seed=seed, steps=60, loss_start=start, loss_end=end, eval_end=end,
            eval_losses=() if end != end else tuple(end + 0.02 * (i - 2) for i in range(5)),
        )
        for seed in seeds
        for factor, end in ends.items()
    )  # fmt: skip


def too_high(ends, *, train=None, lr=3.0, seeds=(0, 1)):
    """Judge a rate above the healthy band."""
    found = replace(
        healthy_lr_range(), configured=lr, configured_peak=lr, paired=paired(ends, lr=lr, seeds=seeds)
    )
    return run(check, evidence_with({"lr_range": found, "train": train})).finding


def test_healthy_is_silent():
    """A rate inside its band that trains is no finding."""
    assert run(check, healthy_evidence()).status == "passed"


@pytest.mark.parametrize("end", [2.45, NAN, 2.31])
def test_a_rate_that_learns_nothing_where_a_tenth_does_is_an_error(end):
    """Divergence, NaN and death at the start are errors sure enough to spare the training."""
    finding = too_high({1.0: end, 0.1: 0.5})
    assert isinstance(finding, Finding)
    assert finding.severity is Severity.ERROR
    assert finding.confidence >= 0.9
    assert finding.places[0].name == "optimizer.lr"
    assert finding.remedies[0].patch == {"optimizer.lr": 0.06}


def test_one_seed_is_only_a_warning():
    """What one seed shows is not confirmed."""
    finding = too_high({1.0: 2.4, 0.1: 0.5}, seeds=(0,))
    assert finding is not None
    assert finding.severity is Severity.WARNING


def test_seeds_that_disagree_are_silent():
    """A lower rate must win with every seed."""
    runs = paired({1.0: 2.4, 0.1: 0.5}, lr=3.0, seeds=(0,)) + paired({1.0: 0.3, 0.1: 0.5}, lr=3.0, seeds=(1,))
    found = replace(healthy_lr_range(), configured_peak=3.0, paired=runs)
    assert silent(check, {"lr_range": found, "train": None})


def test_dead_at_every_rate_is_not_the_rate():
    """Where no lower rate learns either, something else is wrong."""
    assert too_high({1.0: 2.31, 0.1: 2.31, 0.01: 2.30}) is None


def test_a_slower_start_is_no_fault():
    """A rate that learns a little worse than a tenth of it within sixty steps is left alone."""
    assert too_high({1.0: 0.7, 0.1: 0.5}, lr=0.3) is None


def test_a_run_that_trains_well_is_never_blamed():
    """A large rate that trains is a good rate."""
    assert too_high({1.0: 2.4, 0.1: 0.5}, train=healthy_train()) is None


def test_a_bad_training_makes_a_poor_rate_an_error():
    """A rate above the band that learns less than half as much, and a full run that failed."""
    finding = too_high({1.0: 1.9, 0.1: 0.5}, train=failed_train())
    assert finding is not None
    assert finding.severity is Severity.ERROR


def test_without_paired_runs_it_is_skipped():
    """A band alone proves nothing."""
    found = replace(healthy_lr_range(), configured_peak=30.0, paired=())
    assert run(check, evidence_with({"lr_range": found, "train": None})).status == "skipped"


def test_a_lucky_seed_does_not_acquit():
    """Where one seed gets half-way, the whole data decide: a tenth of the rate rescues both, and only rates do."""
    lr = 3.0
    runs = (
        *paired({1.0: 2.31, 0.1: 0.5}, lr=lr, seeds=(0,)),
        *paired({1.0: 1.1, 0.1: 0.1}, lr=lr, seeds=(1,)),
    )
    found = replace(healthy_lr_range(), configured=lr, configured_peak=lr, paired=runs)
    facts = {"lr_range": found, "train": failed_train()}
    cured = paired_trials(
        {"as-configured": (0.1, 0.6), "lr/10": (0.9, 0.9), "gradient-clipping": (0.92, 0.92)}
    )
    finding = run(check, evidence_with({**facts, "trials": cured})).finding
    assert finding is not None
    assert finding.severity is Severity.ERROR
    other = paired_trials({"as-configured": (0.1, 0.6), "lr/10": (0.9, 0.9), "he-init": (0.95, 0.95)})
    assert silent(check, {**facts, "trials": other})


def test_whole_runs_tell_where_short_ones_cannot():
    """Short runs that end alike leave it to the whole data: a tenth of the rate cures both seeds, and its gain is named."""
    lr = 3.0
    found = replace(
        healthy_lr_range(), configured=lr, configured_peak=lr, paired=paired({1.0: 1.38, 0.1: 1.37}, lr=lr)
    )
    cured = paired_trials({"as-configured": (0.1, 0.12), "lr/10": (0.85, 0.8)})
    facts = {"lr_range": found, "train": failed_train()}
    finding = run(check, evidence_with({**facts, "trials": cured})).finding
    assert finding is not None
    assert finding.severity is Severity.ERROR
    assert "at 0.3 the same run gets" in finding.message
    nothing = paired_trials({"as-configured": (0.1, 0.12), "lr/10": (0.15, 0.13)})
    assert silent(check, {**facts, "trials": nothing})


def by_first_steps(*, lr=30.0, before=2.3, after=228.0, **changes):
    """Judge a rate without paired runs by the band (its edge is at 0.3 or so) and the first three steps."""
    found = replace(healthy_lr_range(), configured=lr, configured_peak=lr, paired=())
    first = healthy_first_batch()
    first = replace(first, loss=replace(first.loss, value=before), loss_after=after)
    return run(check, evidence_with({"lr_range": found, "first_batch": first, "train": None, **changes}))


@pytest.mark.parametrize("after", [228.0, NAN, float("inf")])
def test_a_rate_far_above_the_band_that_explodes_at_once_needs_no_paired_runs(after):
    """Far above the band, and the first three steps blow the loss up: proven also where no short runs were made."""
    finding = by_first_steps(after=after).finding
    assert finding is not None
    assert finding.severity is Severity.ERROR
    assert finding.remedies[0].patch == {"optimizer.lr": 0.06}
    assert "exploding-activations" in finding.rules_out


@pytest.mark.parametrize(
    "facts",
    [
        {"after": 2.5},
        {"after": 9.0},
        {"lr": 0.4},
        {"before": -1.0},
        {"before": NAN},
        {"train": healthy_train()},
        {"first_batch": None},
    ],
)
def test_without_paired_runs_both_facts_are_needed(facts):
    """Neither a rate above the band nor a loss that grows at first is enough alone, nor both in a run that trains."""
    assert by_first_steps(**facts).status == "skipped"


def test_a_loss_that_was_not_measured_proves_nothing():
    """Where no step changed anything the loss afterwards is unknown, and where gradients were broken before, it is no news."""
    first = healthy_first_batch()
    for change in ({"changed": False}, {"gradient": "nonfinite"}):
        broken = replace(
            first, loss_after=NAN, parameters=tuple(replace(p, **change) for p in first.parameters)
        )
        assert by_first_steps(first_batch=broken).status == "skipped"


def test_a_fair_run_that_short_runs_at_lower_rates_overtake() -> None:
    """Far above the band, a rate is too high where a few steps at a tenth leave a tenth of the loss of the whole training."""
    fair = {
        "lr_range.configured_peak": 0.1,
        "lr_range.band": (0.0003, 0.0064),
        "lr_range.paired": paired({0.1: 0.02, 1.0: 0.79}, lr=0.1, start=1.61),
        "train.train": healthy_evaluation("train", 1433, 0.41, 0.88),
    }
    assert found(check, fair).message
    assert silent(check, {**fair, "lr_range.band": (0.0003, 0.064)})
    assert silent(check, {**fair, "train.train": healthy_evaluation("train", 1433, 0.05, 0.99)})
