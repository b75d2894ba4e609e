import math
from dataclasses import replace

from cnndoctor.check import run
from cnndoctor.checks.model.frozen_layers import frozen_layers
from cnndoctor.evidence.setup import Parameter
from tests.changed import evidence_with, failed_overfit, failed_train, paired_trials
from tests.healthy import healthy_evidence, healthy_setup
from tests.layers import body_and_head
from tests.verdicts import found, silent


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(frozen_layers, healthy_evidence()).finding is None


def test_frozen_and_lost() -> None:
    """Frozen layers in a run that learns nothing are an error."""
    finding = found(
        frozen_layers,
        {
            "setup.parameters": body_and_head(trainable=False),
            "train": failed_train(),
            "overfit": failed_overfit(),
        },
    )
    assert finding.severity == "error"
    assert "features.weight" in finding.message


def test_frozen_and_good() -> None:
    """A frozen backbone that learns is fine."""
    assert silent(frozen_layers, {"setup.parameters": body_and_head(trainable=False)})


def test_everything() -> None:
    """A model without anything to train is an error."""
    finding = found(
        frozen_layers,
        {"setup.parameters": (Parameter(name="w", layer="", kind="Net", shape=(4, 4), trainable=False),)},
    )
    assert finding.severity == "error"
    assert "All 1" in finding.message


def test_unfrozen_helps() -> None:
    """A paired run that trains everything and ends clearly better on both seeds proves it."""
    trials = paired_trials({"as-configured": (0.12, 0.12), "unfrozen": (0.7, 0.7)})
    outcome = run(
        frozen_layers,
        evidence_with(
            {
                "setup.parameters": body_and_head("body", trainable=False),
                "train": failed_train(),
                "trials": trials,
            }
        ),
    )
    assert outcome.finding is not None, outcome
    assert outcome.finding.severity == "error"
    assert outcome.finding.confidence > 0.9
    assert "64%" in outcome.finding.message


def test_what_learns_frozen_is_not_frozen_to_death() -> None:
    """Where another rate makes the run learn with the same layers frozen, these are not what keeps it."""
    frozen = tuple(
        replace(p, trainable=False) if p.name.startswith("features") else p
        for p in healthy_setup().parameters
    )
    failed = {"setup.parameters": frozen, "train": failed_train(), "overfit": failed_overfit()}
    assert found(frozen_layers, failed).message
    faster = paired_trials({"as-configured": (0.2, 0.2), "lr*100": (0.9, 0.9)})
    assert silent(frozen_layers, {**failed, "trials": faster})


def test_half_learnt_on_random_features() -> None:
    """A run that learnt half is told where training everything beats every other change; where one does as well, it is not."""
    scores = {"as-configured": (0.7, 0.65), "unfrozen": (0.98, 0.97)}
    facts = {"setup.parameters": body_and_head("body", trainable=False)}
    finding = found(frozen_layers, {**facts, "trials": paired_trials(scores)})
    assert finding.severity == "warning"
    rival = paired_trials({**scores, "lr*10": (0.99, 0.99)})
    assert silent(frozen_layers, {**facts, "trials": rival})


def test_a_loss_without_a_score_shows_no_failure() -> None:
    """Where nothing but a loss is known, which may have a floor, frozen layers are left alone."""
    scored = failed_train()
    assert scored.train is not None
    assert scored.validation is not None
    unscored = replace(
        scored,
        train=replace(scored.train, score=math.nan, chance_loss=math.nan),
        validation=replace(scored.validation, score=math.nan, chance_loss=math.nan),
    )
    facts = {"setup.parameters": body_and_head(trainable=False), "overfit": failed_overfit()}
    assert found(frozen_layers, {**facts, "train": scored}).severity == "error"
    assert silent(frozen_layers, {**facts, "train": unscored})


def test_what_learns_in_its_steps_is_not_kept_from_it_by_frozen_layers() -> None:
    """An average of weights that is frozen by its nature is left alone where the weights beside it learn and it alone fails."""
    facts = {"setup.parameters": body_and_head(trainable=False), "overfit": failed_overfit()}
    assert found(frozen_layers, {**facts, "train": failed_train()}).message
    assert silent(frozen_layers, {**facts, "train": failed_train(train_in_train_mode=None)})
