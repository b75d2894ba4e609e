"""Promises of learning-rate-too-low."""

from dataclasses import replace

import pytest

from cnndoctor.check import run
from cnndoctor.checks.learning_rate.learning_rate_too_low import learning_rate_too_low as check
from cnndoctor.evidence.lr_range import PairedRun
from cnndoctor.finding import Severity
from tests.changed import evidence_with, failed_train, paired_trials
from tests.healthy import healthy_evidence, healthy_lr_range, healthy_train


def paired(ends, lr, seeds=(0, 1)):
    """Return one run per factor and seed, each with five scored batches around its end."""
    return tuple(
        PairedRun(
            factor=factor, lr=lr * factor, seed=seed, steps=60, loss_start=2.36, loss_end=end, eval_end=end,
            eval_losses=tuple(end + 0.02 * (i - 2) for i in range(5)),
        )
        for seed in seeds
        for factor, end in ends.items()
    )  # fmt: skip


def too_low(ends, *, train, lr=1e-5):
    """Judge a rate below the healthy band."""
    found = replace(healthy_lr_range(), configured=lr, configured_peak=lr, paired=paired(ends, lr))
    return run(check, evidence_with({"lr_range": found, "train": train})).finding


STUCK = failed_train(losses=tuple(2.36 - 0.0005 * i for i in range(135)))
LOW = {0.1: 2.36, 1.0: 2.35, 10.0: 1.9, 100.0: 0.6}


def test_healthy_is_silent():
    """A rate inside its band that trains is no finding."""
    assert run(check, healthy_evidence()).status == "passed"


def test_a_short_run_that_overtakes_the_whole_training_is_the_proof():
    """Sixty steps at a hundred times the rate get lower than 675 as configured."""
    finding = too_low(LOW, train=STUCK)
    assert finding is not None
    assert finding.severity is Severity.ERROR
    assert finding.confidence >= 0.9
    assert finding.remedies[0].patch == {"optimizer.lr": 0.06}


def test_a_timid_rate_that_trains_is_silent():
    """Fine-tuning at 1e-5 looks just so in sixty steps."""
    assert too_low(LOW, train=healthy_train()) is None


def test_before_the_training_it_is_only_a_note():
    """Sixty steps say nothing about a long schedule."""
    finding = too_low(LOW, train=None)
    assert finding is not None
    assert finding.severity is Severity.NOTE


def test_better_in_both_directions_is_not_the_rate():
    """Where a tenth wins as well the trouble lies elsewhere."""
    assert too_low({0.1: 1.0, 1.0: 2.35, 10.0: 0.6}, train=STUCK) is None


def test_a_rate_above_the_band_is_not_too_low():
    """Whatever wins there."""
    assert too_low({1.0: 2.35, 10.0: 0.6}, train=STUCK, lr=5.0) is None


def test_zero_is_an_error():
    """A rate of 0 changes nothing."""
    found = replace(healthy_lr_range(), configured=0.0, configured_peak=0.0, paired=())
    outcome = run(check, evidence_with({"lr_range": found, "train": None}))
    assert outcome.finding is not None
    assert outcome.finding.severity is Severity.ERROR


def test_a_warm_up_longer_than_the_run() -> None:
    """The short runs are made at the planned peak; a training that never got near it is judged by where it ended."""
    half_as_good = {1.0: 1.7, 10.0: 1.0, 100.0: 1.1}
    assert too_low(half_as_good, train=failed_train(losses=(2.3, 2.2, 2.1))) is not None
    assert too_low(half_as_good, train=failed_train(losses=(2.3, 1.5, 0.9))) is None


@pytest.mark.parametrize(
    ("losses", "severity"), [((2.36, 2.3, 2.25), Severity.ERROR), ((2.36, 1.5, 1.4), Severity.WARNING)]
)
def test_a_training_no_longer_than_the_short_runs(losses, severity):
    """In as many steps, a third of what the higher rate learns is proof; half of it is only below the band."""
    finding = too_low(LOW, train=failed_train(losses=losses, steps=60, planned_steps=60))
    assert finding is not None
    assert finding.severity is severity


def test_labels_do_not_keep_a_loss_up_that_falls_at_another_rate():
    """Where the rate is proven, labels that look unrelated are what an untrained network makes of them."""
    finding = too_low(LOW, train=STUCK)
    assert finding is not None
    assert finding.rules_out == ("labels-unrelated-to-inputs",)


def test_a_loss_without_a_floor_proves_nothing():
    """The score of a critic without bound falls the faster the higher the rate; a likelihood below zero is judged."""
    assert too_low({0.1: 2.3, 1.0: -100.0, 10.0: -1e9}, train=STUCK) is None
    assert too_low({0.1: 2.36, 1.0: 2.35, 10.0: -1.0}, train=STUCK) is not None


@pytest.mark.parametrize(
    ("scores", "named"),
    [
        ({"as-configured": (0.66, 0.68), "lr*10": (0.83, 0.83), "lr/10": (0.2, 0.2)}, True),
        ({"as-configured": (0.66, 0.68), "lr*10": (0.83, 0.83), "no-dropout": (0.9, 0.9)}, False),
        ({"as-configured": (0.66, 0.68), "lr*10": (0.72, 0.9)}, False),
    ],
)
def test_a_run_that_trains_fairly_well_is_blamed_by_whole_runs_alone(scores, named):
    """A higher rate must take it further on both seeds, and nothing else as far."""
    found = replace(healthy_lr_range(), paired=paired({0.1: 2.3, 1.0: 1.0, 10.0: 0.9}, 0.01))
    changes = {"lr_range": found, "train": healthy_train(), "trials": paired_trials(scores)}
    finding = run(check, evidence_with(changes)).finding
    assert (finding is not None) is named
    assert finding is None or finding.severity is Severity.WARNING


def test_a_rate_at_which_all_training_data_come_out_right_is_not_too_low():
    """A higher rate that only generalises somewhat better accuses none; one that takes the training itself further does."""
    pairs = paired_trials({"as-configured": (0.92, 0.93), "lr*10": (0.995, 0.998)})
    learnt = replace(pairs, trials=tuple(replace(trial, train_score=1.0) for trial in pairs.trials))
    changes = {"lr_range": replace(healthy_lr_range(), paired=paired({0.1: 2.3, 1.0: 1.0, 10.0: 0.9}, 0.01))}
    assert run(check, evidence_with({**changes, "train": healthy_train(), "trials": pairs})).finding
    assert not run(check, evidence_with({**changes, "train": healthy_train(), "trials": learnt})).finding


@pytest.mark.parametrize(
    ("scores", "named"),
    [
        ({"as-configured": (0.12, 0.14), "lr*10": (0.6, 0.7), "lr*100": (0.96, 0.95), "adam": (0.97, 0.97)}, True),
        ({"as-configured": (0.55, 0.69), "lr*10": (0.95, 0.95)}, False),
        ({"as-configured": (0.12, 0.14), "lr*10": (0.6, 0.7), "he-init": (0.96, 0.97)}, False),
    ],
)  # fmt: skip
def test_beside_a_treated_cause_the_pairs_alone_prove_it(scores, named):
    """Stuck at the configured rate once the known cause is treated, far at a higher: not merely slower, nor cured otherwise."""
    pairs = replace(paired_trials(scores), treatment="no softmax", treats=("softmax-before-cross-entropy",))
    found = replace(healthy_lr_range(), paired=paired({0.1: 2.3, 1.0: 1.0, 10.0: 0.9}, 0.01))
    changes = {"lr_range": found, "train": failed_train(), "trials": pairs}
    finding = run(check, evidence_with(changes)).finding
    assert (finding is not None) is named
    assert finding is None or finding.stands_beside == ("softmax-before-cross-entropy",)


@pytest.mark.parametrize(
    ("suggestion", "longer", "named"),
    [(0.01, 0.82, False), (0.01, 0.75, True), (0.09, 0.82, True), (0.09, 0.85, False)],
    ids=["as far by more steps", "less far", "far below the suggestion", "further by more steps"],
)
def test_where_more_steps_go_as_far_the_run_was_stopped_too_early(suggestion, longer, named):
    """A rate that the range test would choose is not too low where three times the steps gain nearly what ten times it does."""
    scores = {"as-configured": (0.66, 0.68), "lr*10": (0.83, 0.83), "longer": (longer, longer)}
    found = replace(
        healthy_lr_range(),
        configured_peak=0.01,
        band=(0.002, 0.5),
        suggestion=suggestion,
        paired=paired({0.1: 2.3, 1.0: 1.0, 10.0: 0.9}, 0.01),
    )
    changes = {"lr_range": found, "train": healthy_train(), "trials": paired_trials(scores)}
    assert (run(check, evidence_with(changes)).finding is not None) is named
