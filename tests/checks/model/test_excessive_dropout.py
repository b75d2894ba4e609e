"""Promises of excessive-dropout."""

from dataclasses import replace

from cnndoctor.check import run
from cnndoctor.checks.model.excessive_dropout import excessive_dropout as check
from tests.changed import evidence_with, failed_train, paired_trials
from tests.healthy import healthy_evidence, healthy_overfit, healthy_train
from tests.verdicts import found, silent

BLOCKED = replace(
    healthy_overfit().configured, name="with-dropout", steps=240, score=0.13, loss_end=2.3, reached=False
)


def judged(part, train=None):
    """Judge what came of the tiny set with dropout on."""
    overfit = replace(healthy_overfit(), with_regularisation=part, parts=(part,))
    return run(
        check,
        evidence_with({"overfit": overfit, "setup.dropouts": {"drop1": 0.5, "drop2": 0.95}, "train": train}),
    )


def test_healthy_is_silent():
    """A model without dropout is skipped."""
    assert run(check, healthy_evidence()).status == "skipped"


def test_the_strongest_layer_is_named():
    """The layer with the largest p comes with its value."""
    finding = judged(BLOCKED, failed_train()).finding
    assert finding is not None
    assert finding.places[0].name == "drop2"
    assert finding.measured["p"] == 0.95


def test_other_parts_and_good_runs_are_silent():
    """Weight decay is not dropout, and a run that trains well is not blamed."""
    assert judged(replace(BLOCKED, name="with-weight-decay")).finding is None
    assert judged(replace(BLOCKED, reached=True, score=1.0)).finding is None
    assert judged(BLOCKED, healthy_train()).finding is None


def test_dropout_that_fits_at_a_lower_rate_is_not_the_cause():
    """Where steps too large make the noise fatal, the rate is the fault; where no rate helps, dropout is."""
    for reached, expected in ((True, None), (False, "drop")):
        lower = replace(BLOCKED, name="with-dropout-at-lr*0.1", lr=0.001, reached=reached)
        overfit = replace(
            healthy_overfit(), with_regularisation=BLOCKED, parts=(BLOCKED,), dropout_at_lower_rate=lower
        )
        changes = {"overfit": overfit, "setup.dropouts": {"drop": 0.5}, "train": failed_train()}
        finding = run(check, evidence_with(changes)).finding
        assert (finding.places[0].name if finding else None) == expected


def test_what_cures_the_whole_run_better_is_why_dropout_is_fatal() -> None:
    """Weights far too large make any dropout fatal on a few samples: the paired runs of the whole data decide."""
    overfit = replace(healthy_overfit(), with_regularisation=BLOCKED, parts=(BLOCKED,))
    changes = {"overfit": overfit, "setup.dropouts": {"drop": 0.3}, "train": failed_train()}
    for initialised, named in ((0.95, False), (0.5, True)):
        runs = {
            "as-configured": (0.3, 0.3),
            "no-dropout": (0.88, 0.88),
            "he-init": (initialised, initialised),
        }
        finding = run(check, evidence_with({**changes, "trials": paired_trials(runs)})).finding
        assert (finding is not None) is named


def test_the_whole_training_is_rescued_without_dropout():
    """Where the tiny set is learnt with dropout after all, paired runs of the whole data still prove the cause."""
    learnt = replace(BLOCKED, score=1.0, reached=True)
    overfit = replace(healthy_overfit(), with_regularisation=learnt, parts=(learnt,))
    changes = {"overfit": overfit, "setup.dropouts": {"drop": 0.9}, "train": failed_train()}
    rescued = paired_trials({"as-configured": (0.2, 0.2), "no-dropout": (0.8, 0.8), "adam": (0.4, 0.4)})
    finding = found(check, {**changes, "trials": rescued})
    assert "0.80" in finding.message
    other = paired_trials({"as-configured": (0.2, 0.2), "no-dropout": (0.5, 0.5), "lr/10": (0.9, 0.9)})
    assert silent(check, {**changes, "trials": other})


def test_a_run_that_trains_half_way_may_be_held_back_by_dropout_alone():
    """Good enough to be no failure, and far better without dropout on two seeds: that is the cause of what is missing."""
    freed = paired_trials({"as-configured": (0.6, 0.6), "no-dropout": (0.95, 0.95), "longer": (0.7, 0.7)})
    changes = {"setup.dropouts": {"head": 0.5}, "train": healthy_train(), "trials": freed}
    assert found(check, changes).message
