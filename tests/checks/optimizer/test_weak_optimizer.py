"""Promises of weak-optimizer."""

from dataclasses import replace

import pytest

from cnndoctor.check import run
from cnndoctor.checks.optimizer.weak_optimizer import weak_optimizer as check
from cnndoctor.evidence.setup import OptimizerGroup
from cnndoctor.finding import Severity
from tests.changed import evidence_with, failed_train, paired_trials
from tests.healthy import healthy_evidence, healthy_overfit, healthy_train

FAILED = replace(healthy_overfit().configured, steps=300, loss_end=2.3, score=0.12, reached=False)
RATES = tuple(
    replace(FAILED, name=f"lr{sign}", lr=lr)
    for sign, lr in (("/10", 5e-3), ("*10", 0.5), ("/100", 5e-4), ("*100", 5.0))
)
ADAM = replace(
    FAILED,
    name="adam-0.001",
    change="Adam with lr 0.001",
    lr=1e-3,
    steps=50,
    loss_end=0.1,
    score=1.0,
    reached=True,
)


def found(rungs, *, confirmed=True, train=None, **facts):
    """Judge a ladder that Adam rescued."""
    overfit = replace(
        healthy_overfit(), configured=FAILED, rungs=rungs, rescued_by="adam-0.001", confirmed=confirmed
    )
    return run(check, evidence_with({"overfit": overfit, "train": train, **facts})).finding


def test_healthy_is_silent():
    """A run that needs no rescue has a good optimizer."""
    assert run(check, healthy_evidence()).finding is None


def test_sgd_that_fails_at_every_rate_is_found():
    """Five rates without success, Adam with it, on two seeds."""
    finding = found((*RATES, ADAM), train=failed_train())
    assert finding is not None
    assert finding.severity is Severity.WARNING
    assert finding.remedies[0].patch["optimizer._target_"] == "torch.optim.Adam"


def test_one_seed_is_a_note_and_too_few_rates_are_nothing():
    """What is not confirmed stays a hint."""
    note = found((*RATES, ADAM), confirmed=False)
    assert note is not None
    assert note.severity is Severity.NOTE
    assert found((*RATES[:1], ADAM)) is None


def test_a_run_that_trains_well_is_not_blamed():
    """SGD often generalises better."""
    assert found((*RATES, ADAM), train=healthy_train()) is None


def test_a_loss_that_falls_as_far_without_a_score_is_no_weakness():
    """SGD minimises what it is given as well as Adam does; that the score stays is the loss's doing."""
    adam = replace(ADAM, loss_start=2.3, loss_end=0.1)
    far = tuple(replace(rung, loss_start=2.3, loss_end=0.2) for rung in RATES)
    half = tuple(replace(rung, loss_start=2.3, loss_end=1.2) for rung in RATES)
    assert found((*far, adam), train=failed_train()) is None
    assert found((*half, adam), train=failed_train()) is not None


def test_a_loss_that_falls_with_its_score_is_no_acquittal():
    """Nine tenths of a high first loss are gone as soon as the mean is learnt: the score shows how little that is."""
    adam = replace(ADAM, loss_start=7.5, loss_end=0.2)
    most = tuple(replace(rung, loss_start=7.5, loss_end=0.8, score=0.8) for rung in RATES)
    assert found((*most, adam), train=failed_train()) is not None


def test_rates_of_groups_far_apart_are_not_judged():
    """Where the body has a millionth and the head a good rate, what helps may be Adam's one rate for all."""
    two = (OptimizerGroup(lr=1e-6, parameters=12), OptimizerGroup(lr=0.03, parameters=2))
    assert found((*RATES, ADAM), train=failed_train(), **{"setup.optimizer.groups": two}) is None


WHOLE = {"as-configured": (0.2, 0.22), "adam": (0.9, 0.92), "lr*10": (0.24, 0.2), "longer": (0.3, 0.32)}


def by_whole_runs(runs, **facts):
    """Judge a failed run whose tiny set was learnt, by paired runs of the whole data."""
    return run(
        check, evidence_with({"train": failed_train(), "trials": paired_trials(runs), **facts})
    ).finding


def test_whole_runs_that_adam_alone_rescues():
    """Where the tiny set is learnt after all, Adam's rescue of the whole data on two seeds is told with both gains."""
    finding = by_whole_runs(WHOLE)
    assert finding is not None
    assert finding.severity is Severity.WARNING
    assert "89%" in finding.message
    assert "13%" in finding.message
    assert finding.remedies[0].patch["optimizer._target_"] == "torch.optim.Adam"


@pytest.mark.parametrize(
    "changed",
    [
        {"longer": (0.85, 0.88)},
        {"longer": (0.3, 0.84)},
        {"lr*10": (0.8, 0.85)},
        {"he-init": (0.5, 0.5)},
        {"adam": (0.9,)},
        {"adam": (0.9, 0.3)},
        {"adam": (0.38, 0.38)},
    ],
    ids=["more steps", "more steps once", "a rate", "another cure", "one seed", "seeds apart", "hardly"],
)
def test_adam_beside_anything_else_that_helps_is_a_crutch(changed):
    """More steps, another rate or another cure say that the optimizer is none too weak, and so does luck."""
    assert by_whole_runs({**WHOLE, **changed}) is None


@pytest.mark.parametrize(
    "facts",
    [
        {"train": healthy_train()},
        {"setup.optimizer.adaptive": True},
        {"trials": None},
        {"trials": replace(paired_trials(WHOLE), treatment="no weight decay")},
        {"setup.optimizer.groups": (OptimizerGroup(lr=1e-6), OptimizerGroup(lr=0.03))},
    ],
    ids=["trained well", "Adam's family", "no pairs", "beside a treatment", "rates of groups far apart"],
)
def test_adams_rescue_of_whole_runs_accuses_nobody_else(facts):
    """A run that trains, an optimizer that scales by itself, and pairs that share a treatment say nothing of weakness."""
    assert by_whole_runs(WHOLE, **facts) is None
