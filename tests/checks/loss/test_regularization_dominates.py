from cnndoctor.check import run
from cnndoctor.checks.loss.regularization_dominates import regularization_dominates
from cnndoctor.evidence import TrialsEvidence
from cnndoctor.evidence.setup import OptimizerGroup
from cnndoctor.evidence.trials import Trial
from tests.changed import failed_train, paired_trials
from tests.healthy import healthy_evaluation, healthy_evidence
from tests.verdicts import found, silent


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(regularization_dominates, healthy_evidence()).finding is None


def test_pull() -> None:
    """Weight decay twelve times as strong as the data is a warning."""
    finding = found(
        regularization_dominates,
        {
            "train": failed_train(),
            "setup.optimizer.groups": (OptimizerGroup(lr=0.05, weight_decay=5.0),),
            "first_batch.loss.weight_decay_pull": 12.0,
        },
    )
    assert finding.severity == "warning"
    assert "12" in finding.message


def test_freed() -> None:
    """An error when the run learns without it."""
    finding = found(
        regularization_dominates,
        {
            "train": failed_train(),
            "setup.optimizer.groups": (OptimizerGroup(lr=0.05, weight_decay=5.0),),
            "first_batch.loss.weight_decay_pull": 12.0,
            "trials": TrialsEvidence(
                reason="chance",
                trials=tuple(
                    Trial(name=name, change="", seed=seed, steps=50, train_loss=loss)
                    for seed in range(2)
                    for name, loss in (("as-configured", 2.3), ("no-weight-decay", 0.5))
                ),
            ),
        },
    )
    assert finding.severity == "error"
    assert "without it" in finding.message


def test_penalty() -> None:
    """A penalty that is nearly the whole loss is a warning."""
    finding = found(
        regularization_dominates,
        {"train": failed_train(), "first_batch.loss.penalty": 90.0, "first_batch.loss.value": 92.3},
    )
    assert finding.severity == "warning"
    assert "98%" in finding.message


def test_a_penalty_that_holds_a_middling_run_back() -> None:
    """Where leaving the penalty out helps more than anything else, a run as good as simple models is no excuse."""
    held_back = {
        "first_batch.loss.penalty": 0.5,
        "train.train": healthy_evaluation("train", 1433, 0.9, 0.7),
        "train.validation": healthy_evaluation("validation", 364, 0.9, 0.7),
    }
    freed = paired_trials({"as-configured": (0.5, 0.5), "no-penalty": (0.8, 0.9), "sgd": (0.6, 0.6)})
    finding = found(regularization_dominates, {**held_back, "trials": freed})
    assert finding.places[0].name == "step"
    other = paired_trials({"as-configured": (0.5, 0.5), "no-penalty": (0.7, 0.7), "sgd": (0.9, 0.9)})
    assert silent(regularization_dominates, {**held_back, "trials": other})


def test_losses_below_zero_prove_nothing() -> None:
    """A loss that falls without end falls further without decay, and shares of it mean nothing."""
    runs = TrialsEvidence(
        reason="chance",
        trials=(
            Trial(name="as-configured", change="", seed=0, steps=50, train_loss=-5000.0),
            Trial(name="no-weight-decay", change="", seed=0, steps=50, train_loss=-5100.0),
        ),
    )
    facts = {
        "train": failed_train(),
        "setup.optimizer.groups": (OptimizerGroup(lr=0.05, weight_decay=0.01),),
        "first_batch.loss.weight_decay_pull": 0.001,
        "trials": runs,
    }
    assert silent(regularization_dominates, facts)


def test_an_autoencoder_pays_for_its_penalty() -> None:
    """Of a regression a penalty is blamed only where less than half is learnt beside it of what is learnt without."""
    paid = paired_trials({"as-configured": (0.57, 0.57), "no-penalty": (0.85, 0.86), "sgd": (0.5, 0.5)})
    slow = {
        "experiment.task": "regression",
        "train": failed_train(),
        "first_batch.loss.penalty": 1.0,
        "first_batch.loss.value": 40.0,
    }
    assert silent(regularization_dominates, {**slow, "trials": paid})
    collapsed = paired_trials({"as-configured": (0.0, 0.0), "no-penalty": (0.85, 0.86), "sgd": (0.0, 0.0)})
    assert found(regularization_dominates, {**slow, "trials": collapsed}).severity == "error"


def test_what_is_taken_off_the_loss_is_paid_for_by_nobody() -> None:
    """A reward for spread that costs a regression a third of the way is blamed, where a divergence of that price is not."""
    pairs = paired_trials({"as-configured": (0.62, 0.63), "no-penalty": (0.98, 0.98), "sgd": (0.5, 0.5)})
    facts = {
        "experiment.task": "regression",
        "train": failed_train(),
        "trials": pairs,
        "first_batch.loss.value": 19.0,
    }
    rewarded = found(regularization_dominates, {**facts, "first_batch.loss.penalty": -8.0})
    assert "taken off the loss" in rewarded.message
    assert silent(regularization_dominates, {**facts, "first_batch.loss.penalty": 8.0})
