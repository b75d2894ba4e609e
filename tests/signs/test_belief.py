"""Which scores are believed: those that a known loss or the user vouches for, or that no run contradicts."""

import math
from dataclasses import replace
from typing import Any

import pytest

from cnndoctor.catalogue import all_checks
from cnndoctor.evidence import Evidence
from cnndoctor.evidence.train import Epoch, TrainEvidence
from cnndoctor.evidence.trials import Trial, TrialsEvidence
from cnndoctor.judge import judge
from cnndoctor.signs.belief import believed, comparable_baseline
from cnndoctor.signs.foreign_score import score_is_foreign, vouched_for
from cnndoctor.signs.success import trained_well
from tests.changed import evidence_with
from tests.healthy import healthy_data, healthy_evidence, healthy_overfit, healthy_train

# A contrastive loss of the user's own in a step that returns distances beside 0 and 1: both numbers of a sound run.
LOSSES = tuple(0.28 * 0.98**step for step in range(80))
EPOCHS = tuple(replace(epoch, train_score=-0.4, validation_score=-0.9) for epoch in healthy_train().epochs)
SPLITS = {
    split: replace(
        getattr(healthy_train(), split), loss=loss, score=-0.8, chance=0.0, chance_loss=math.nan, classes=(),
        top_prediction_share=math.nan, output_std=0.6,
    )
    for split, loss in (("train", 0.08), ("validation", 0.11))
}  # fmt: skip
TRAINED = replace(
    healthy_train(), metric="r2", epochs=EPOCHS, losses=LOSSES, train_in_train_mode=None, **SPLITS
)
BY_HEART = replace(
    healthy_overfit(),
    metric="r2",
    goal=0.95,
    chance=0.0,
    classes=0,
    configured=replace(
        healthy_overfit().configured, loss_start=0.38, loss_end=0.003, score=-1.6, score_start=-0.5
    ),
)
DISTANCES = {
    "experiment.task": "regression",
    "experiment.custom_step": True,
    "setup.loss.name": "Contrastive",
    "setup.loss.known": False,
    "train": TRAINED,
    "overfit": BY_HEART,
}


def test_a_healthy_run_is_handed_back_as_it_is() -> None:
    """What a known loss of the configuration vouches for stays."""
    evidence = healthy_evidence()
    assert vouched_for(evidence)
    assert believed(evidence) is evidence


@pytest.mark.parametrize("without", [{"train": None}, {"overfit": None}, {}])
def test_a_loss_that_falls_without_its_score_is_about_something_else(without: dict[str, None]) -> None:
    """The tiny subset shows it as well as the watched run, each by itself."""
    assert score_is_foreign(evidence_with(DISTANCES | without))


def test_nothing_is_left_of_a_foreign_score() -> None:
    """Runs are judged by their loss, the tiny subset by the share of it that is gone; doing so twice changes nothing."""
    left = believed(evidence_with(DISTANCES))
    assert left.train is not None
    assert left.overfit is not None
    assert left.train.metric == ""
    assert all(math.isnan(epoch.validation_score) for epoch in left.train.epochs)
    assert trained_well(left.train)
    assert (left.overfit.metric, left.overfit.goal, left.overfit.configured.reached) == (
        "loss-reduction",
        0.5,
        True,
    )
    assert left.overfit.configured.score == pytest.approx(0.992, abs=1e-3)
    assert believed(left) == left


def test_no_check_speaks_of_a_foreign_score() -> None:
    """A sound contrastive loss gives no cause above a note."""
    loud = [
        cause.check
        for cause in judge(evidence_with(DISTANCES), all_checks()).causes
        if cause.severity != "note"
    ]
    assert loud == []


@pytest.mark.parametrize(
    "said",
    [
        {"experiment.task_told": True},
        {"first_batch.loss.function": "cross_entropy"},
        {"first_batch.loss.function": "log_softmax", "experiment.task": "classification"},
        {"setup.loss.known": True},
    ],
    ids=["task", "loss function", "activation", "known loss"],
)
def test_what_is_vouched_for_is_believed(said: dict[str, object]) -> None:
    """The user's word, and a loss that takes the output, say what it is: the disagreement is then a fault to be told."""
    assert not score_is_foreign(evidence_with(DISTANCES | said))


def test_a_loss_that_met_other_targets_vouches_for_nothing() -> None:
    """A reconstruction met its image; that labels lie in the batch does not make it a class."""
    met = {"first_batch.loss.function": "binary_cross_entropy", "first_batch.loss.meets_targets": False}
    assert score_is_foreign(evidence_with(DISTANCES | met))


def test_targets_that_the_loss_never_saw_are_no_measure() -> None:
    """A discriminator's output met ones, not the labels of the batch: no run has to show that."""
    met = {"first_batch.loss.function": "binary_cross_entropy_with_logits", "experiment.custom_step": True}
    assert not score_is_foreign(evidence_with(met))
    assert score_is_foreign(evidence_with(met | {"first_batch.loss.other_targets": True}))


def _with_train(**changes: Any) -> Evidence:
    return evidence_with(DISTANCES | {"overfit": None, "train": replace(TRAINED, **changes)})


def _with_few(**changes: Any) -> Evidence:
    few = replace(BY_HEART, configured=replace(BY_HEART.configured, **changes))
    return evidence_with(DISTANCES | {"overfit": few, "train": None})


def ranked(
    scores: tuple[float, ...], losses: tuple[float, ...] = (2.1, 2.05, 2.0, 1.99, 1.98, 1.97)
) -> TrainEvidence:
    """Return a run whose loss stays far above zero, with this score of each epoch on both splits."""
    epochs = tuple(
        Epoch(
            index=index, steps=10 * index, lr=0.1, train_loss=loss, validation_loss=loss + 0.01, train_score=score,
            validation_score=score,
        )
        for index, (loss, score) in enumerate(zip(losses, scores, strict=True))
    )  # fmt: skip
    ends = {
        name: replace(getattr(TRAINED, name), loss=losses[-1], score=scores[-1])
        for name in ("train", "validation")
    }
    return replace(TRAINED, epochs=epochs, losses=losses, **ends)


def test_a_score_that_falls_with_the_loss_is_about_something_else() -> None:
    """Epoch by epoch on both splits to below chance; one that rises, stays or comes with a loss below zero is not."""
    ranking = DISTANCES | {
        "overfit": None,
        "setup.loss.inner": "log_softmax",
        "first_batch.loss.function": "log_softmax",
    }
    away = (0.4, 0.1, -0.5, -1.1, -1.7, -2.0)
    assert score_is_foreign(evidence_with(ranking | {"train": ranked(away)}))
    assert not score_is_foreign(evidence_with(ranking | {"train": ranked(away[::-1])}))
    assert not score_is_foreign(
        evidence_with(ranking | {"train": ranked((0.01, -0.01, 0.02, 0.0, 0.01, 0.0))})
    )
    turned = ranked(away, losses=(0.5, 0.1, -0.2, -0.5, -0.9, -1.3))
    assert not score_is_foreign(evidence_with(ranking | {"train": turned}))


def test_a_loss_that_ranks_knows_no_values() -> None:
    """Scores without a zero are no values, however the run went; what the user says the task is counts for more."""
    free = {"experiment.task": "regression", "first_batch.loss.offset_free": True}
    assert score_is_foreign(evidence_with(free))
    assert not score_is_foreign(evidence_with({**free, "experiment.task_told": True}))
    for task in ("classification", "segmentation", "multilabel"):
        assert not score_is_foreign(evidence_with({**free, "experiment.task": task}))


def test_a_loss_that_wants_other_outputs_than_the_targets_is_scored_by_itself() -> None:
    """Logarithms of rates are no values; a known loss that takes them is scored as it is, and says so itself."""
    counts = {
        "experiment.task": "regression",
        "setup.loss.known": False,
        "first_batch.loss.aims_elsewhere": True,
    }
    assert score_is_foreign(evidence_with(counts))
    assert not score_is_foreign(evidence_with({**counts, "setup.loss.known": True}))
    assert not score_is_foreign(evidence_with({**counts, "experiment.task_told": True}))


def test_a_score_that_was_left_out_before_stays_out() -> None:
    """Where the watched run lost its score, the tiny subset is judged by its loss, too."""
    few = replace(BY_HEART, configured=replace(BY_HEART.configured, loss_end=0.2))
    left = believed(evidence_with(DISTANCES | {"overfit": None})).train
    assert left is not None
    judged = believed(evidence_with(DISTANCES | {"overfit": few, "train": left}))
    assert judged.overfit is not None
    assert judged.overfit.metric == "loss-reduction"


def by_two(loss: float, *, start: float = 0.5, end: float = -0.8) -> bool:
    """Return whether the score is foreign where a change lifts it from 0.1 to 0.5 and ends at this loss, the run at ``end``."""
    ends = {"as-configured": (end, 0.1), "lr/10": (loss, 0.5)}
    trials = TrialsEvidence(
        reason="slow",
        chance=0.0,
        trials=tuple(
            Trial(
                name=name, change=name, seed=0, steps=9, train_loss=at, validation_loss=at, train_score=score,
                validation_score=score,
            )
            for name, (at, score) in ends.items()
        ),
    )  # fmt: skip
    assert TRAINED.train is not None
    train = replace(
        TRAINED, epochs=(), losses=(start, end), train=replace(TRAINED.train, loss=end, score=0.1)
    )
    return score_is_foreign(evidence_with(DISTANCES | {"overfit": None, "train": train, "trials": trials}))


def test_a_change_that_does_best_by_score_and_worse_by_the_loss_contradicts() -> None:
    """A cure has a lower loss as well, unless the loss runs away below zero: then that is what is wrong."""
    assert by_two(-0.5)
    assert not by_two(-0.9)
    assert not by_two(-3.0, end=-90.0)


def test_a_score_at_chance_beside_a_loss_that_stays_is_believed() -> None:
    """Both say that nothing is learnt."""
    assert not score_is_foreign(_with_train(losses=(0.12,) * 80))
    assert not score_is_foreign(_with_few(loss_end=0.3))


def test_a_loss_that_falls_on_training_data_alone_shows_nothing() -> None:
    """Labels that belong to other inputs are learnt by heart: held-out data tell."""
    assert not score_is_foreign(_with_train(validation=replace(SPLITS["validation"], loss=0.4)))


def test_a_loss_below_zero_contradicts_nothing() -> None:
    """Its sign may be turned, which the score at chance is to show."""
    assert not score_is_foreign(_with_train(train=replace(SPLITS["train"], loss=-5.0), losses=LOSSES))
    assert not score_is_foreign(_with_few(loss_end=-5.0))


def test_part_of_a_density_is_no_prediction() -> None:
    """One mean of a mixture goes with the likelihood, and never all the way."""
    assert score_is_foreign(_with_few(loss_start=1.1, loss_end=-1.3, score_start=-0.5, score=0.75))
    assert not score_is_foreign(_with_few(loss_start=1.1, loss_end=-1.3, score_start=-0.5, score=0.97))


def test_one_answer_for_all_is_no_contradiction() -> None:
    """A loss falls by the mean of the targets, or by the frequencies of classes, while r2 or accuracy stay at chance."""
    assert not score_is_foreign(_with_train(train=replace(SPLITS["train"], output_std=0.02, score=-0.01)))


def test_an_error_that_goes_with_the_loss_is_believed() -> None:
    """Targets far from 0: nearly all of a squared error is gone, and r2 is still below 0."""
    assert not score_is_foreign(_with_few(score_start=-10_000.0, score=-80.0))


def test_a_subset_learnt_by_heart_confirms_the_score() -> None:
    """Where the score came all the way with the loss, what the whole run does wrong is its own."""
    few = replace(BY_HEART, configured=replace(BY_HEART.configured, score=0.97))
    assert not score_is_foreign(evidence_with(DISTANCES | {"overfit": few}))


def test_simple_models_of_other_targets_are_no_measure() -> None:
    """Where a step is scored against its inputs, what a simple model makes of the labels is left out."""
    seen = evidence_with({"first_batch.loss.own_targets": True})
    assert seen.data is not None
    assert seen.data.baseline.metric
    judged = believed(seen)
    assert judged.data is not None
    assert not judged.data.baseline.metric
    assert comparable_baseline(seen.data, None) == seen.data.baseline


OWN_TARGETS = {"first_batch.loss.own_targets": True}


@pytest.mark.parametrize("task", ["regression", "custom", "segmentation"])
def test_labels_that_nothing_is_trained_on_are_no_values(task: str) -> None:
    """Pictures that are reconstructed carry classes: no output would have to reach these, on either split."""
    judged, seen = believed(evidence_with({**OWN_TARGETS, "experiment.task": task})).data, healthy_data()
    assert judged is not None
    for split, before in ((judged.train, seen.train), (judged.validation, seen.validation)):
        assert split is not None
        assert before is not None
        assert split.targets.kind == "none"
        assert split.labels.histogram == {}
        assert (split.size, split.inputs, split.loader) == (before.size, before.inputs, before.loader)
    without = believed(evidence_with({**OWN_TARGETS, "experiment.task": task, "data.validation": None})).data
    assert without is not None
    assert without.validation is None


@pytest.mark.parametrize(
    "facts",
    [{**OWN_TARGETS, "experiment.task": "classification"}, {"experiment.task": "regression"}],
    ids=["classes", "its own targets are the data's"],
)
def test_targets_that_may_be_trained_on_stay(facts: dict[str, object]) -> None:
    """Classes are counted whatever a step makes of them, and so are the targets that the loss met."""
    seen = evidence_with(facts)
    judged = believed(seen)
    assert seen.data is not None
    assert judged.data is not None
    assert (judged.data.train.targets, judged.data.train.labels) == (
        seen.data.train.targets,
        seen.data.train.labels,
    )


def test_no_check_speaks_of_labels_that_nothing_is_trained_on() -> None:
    """Digits from 0 to 9 are beyond a sigmoid: that is no fault where pixels between 0 and 1 are what it has to give."""
    drawn = {
        "experiment.task": "regression",
        "setup.loss.name": "MSELoss",
        "first_batch.output.last_activation": "Sigmoid",
        "first_batch.output.bounds": (0.0, 1.0),
        "train": None,
    }
    pixels = {**OWN_TARGETS, "first_batch.loss.function": "mse_loss"}
    pixels = {**pixels, "first_batch.loss.target_range": (0.0, 1.0, 0.4)}

    def named(facts: dict[str, object]) -> bool:
        causes = judge(evidence_with({**drawn, **facts}), all_checks()).causes
        return "output-cannot-reach-targets" in {cause.check for cause in causes}

    assert named({})
    assert not named(pixels)
