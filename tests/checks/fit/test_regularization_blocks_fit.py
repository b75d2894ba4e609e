"""Promises of regularization-blocks-fit."""

from dataclasses import replace

from cnndoctor.check import run
from cnndoctor.checks.fit.regularization_blocks_fit import regularization_blocks_fit as check
from tests.changed import evidence_with, failed_train
from tests.healthy import healthy_evidence, healthy_overfit, healthy_train
from tests.verdicts import silent

BLOCKED = replace(
    healthy_overfit().configured, name="with-weight-decay", steps=240, score=0.13, loss_end=2.3, reached=False
)


def found(attempt, train=None, **more):
    """Judge what came of the tiny set with regularisation on."""
    overfit = replace(healthy_overfit(), with_regularisation=attempt, parts=(attempt,))
    return run(check, evidence_with({"overfit": overfit, "train": train} | more))


def test_healthy_is_silent():
    """Nothing to switch off, nothing to say."""
    assert run(check, healthy_evidence()).finding is None


def test_weight_decay_is_named_with_its_value():
    """The part that blocks alone is the one, and the patch is for its key."""
    settings = {"optimizer.lr": "0.05", "optimizer.weight_decay": "0.5"}
    finding = found(BLOCKED, train=failed_train(), **{"experiment.settings": settings}).finding
    assert finding is not None
    assert "weight decay of 0.5" in finding.message
    assert finding.places[0].name == "optimizer.weight_decay"
    assert finding.remedies[0].patch == {"optimizer.weight_decay": 1e-4}


def test_slower_is_no_fault():
    """Dropout of one half costs steps; what comes most of the way is left alone."""
    assert found(replace(BLOCKED, score=0.85)).finding is None


def test_a_run_that_trains_well_is_not_blamed():
    """The whole run is the better proof."""
    assert found(BLOCKED, train=healthy_train()).finding is None


def test_what_fails_without_it_too_is_something_else():
    """Only a subset that is learnt without regularisation can blame it."""
    overfit = replace(
        healthy_overfit(),
        with_regularisation=BLOCKED,
        configured=replace(healthy_overfit().configured, reached=False),
    )
    assert silent(check, {"overfit": overfit, "train": None})


def test_dropout_that_fits_at_a_lower_rate_blocks_nothing():
    """Too large a rate makes dropout fatal; weight decay that blocks beside it is still named."""
    dropout = replace(BLOCKED, name="with-dropout")
    lower = replace(BLOCKED, name="with-dropout-at-lr*0.1", reached=True)
    base = replace(healthy_overfit(), with_regularisation=BLOCKED, dropout_at_lower_rate=lower)
    for parts, named in (((dropout,), False), ((dropout, BLOCKED), True)):
        overfit = replace(base, parts=parts)
        finding = run(check, evidence_with({"overfit": overfit, "train": failed_train()})).finding
        assert (finding is not None) == named
