"""Each check of the training family speaks up on its own fact, and stays silent on what only looks odd."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from cnndoctor.catalogue import by_id
from cnndoctor.check import run
from cnndoctor.evidence import Evidence, TrainEvidence
from cnndoctor.evidence.train import ClassResult, Epoch, Evaluation
from cnndoctor.evidence.trials import Trial, TrialsEvidence
from cnndoctor.finding import Finding, Severity
from tests.changed import paired_trials
from tests.healthy import (
    healthy_data,
    healthy_evaluation,
    healthy_evidence,
    healthy_experiment,
    healthy_train,
)

TRAIN = healthy_train()
BAD = {
    "train": healthy_evaluation("train", 1433, 2.31, 0.1),
    "validation": healthy_evaluation("validation", 364, 2.31, 0.1),
}


def found(check: str, evidence: Evidence) -> Finding | None:
    """Return what a check finds."""
    outcome = run(by_id(check), evidence)
    assert outcome.status != "crashed", outcome.reason
    return outcome.finding


def failed(losses: list[float]) -> TrainEvidence:
    """Return a run at chance with these step losses."""
    return replace(
        TRAIN,
        losses=tuple(losses),
        loss_steps=tuple(range(0, 5 * len(losses), 5)),
        train=BAD["train"],
        train_in_train_mode=BAD["train"],
        validation=BAD["validation"],
    )


def epochs(losses: list[float], scores: list[float], train: list[float]) -> tuple[Epoch, ...]:
    """Return epochs with these validation losses and scores, and training losses."""
    return tuple(
        Epoch(index=i, steps=45 * (i + 1), lr=0.05, train_loss=t, validation_loss=v, validation_score=s)
        for i, (v, s, t) in enumerate(zip(losses, scores, train, strict=True))
    )


FLAT = [2.3 + 0.02 * (-1) ** i for i in range(100)]
RISING = [2.3 * 1.03**i for i in range(100)]
SWINGING = [2.3 + 2.0 * ((i * 7919) % 13 / 13 - 0.5) for i in range(100)]
PLATEAU = [2.3] * 40 + [2.3 * 0.95**i for i in range(60)]


def test_a_flat_loss_at_chance_is_found() -> None:
    """A loss that only jitters while the score is at chance is flat."""
    assert found("loss-flat", healthy_evidence(train=failed(FLAT)))
    assert not found("loss-flat", healthy_evidence(train=failed([2.3 * 0.98**i for i in range(100)])))


def test_a_rising_loss_is_found() -> None:
    """A loss that ends above 1.5 times its start diverges, but not in a run that trains well (warm restarts)."""
    finding = found("loss-diverges", healthy_evidence(train=failed(RISING)))
    assert finding is not None
    assert "times its start" in finding.message
    assert not found("loss-diverges", healthy_evidence(train=replace(TRAIN, losses=tuple(RISING))))


def test_a_loss_that_came_back_is_found() -> None:
    """A loss that had fallen and returned to where it began has lost what it had."""
    losses = [2.3 * 0.93**i for i in range(50)] + [2.3] * 50
    assert found("loss-diverges", healthy_evidence(train=failed(losses)))


def test_swings_are_a_hint() -> None:
    """A loss that swings more than it falls is reported on a bad run only."""
    assert found("loss-oscillates", healthy_evidence(train=failed(SWINGING)))
    assert not found("loss-oscillates", healthy_evidence(train=replace(TRAIN, losses=tuple(SWINGING))))


def test_a_plateau_that_passed_is_a_note() -> None:
    """Flat first, falling later: a note, with the step at which it passed."""
    finding = found("initial-plateau", healthy_evidence(train=failed(PLATEAU)))
    assert finding is not None
    assert finding.measured["step"] == pytest.approx(200, abs=20)


def test_a_score_at_chance_is_an_error_where_simple_models_do_well() -> None:
    """The baseline of the data stage tells hopeless data from a hopeless run."""
    finding = found("chance-accuracy", healthy_evidence(train=failed(FLAT)))
    assert finding is not None
    assert finding.severity is Severity.ERROR
    mild = found("chance-accuracy", healthy_evidence(train=failed(FLAT), data=None))
    assert mild is not None
    assert mild.severity is None


def test_a_faint_signal_is_a_note() -> None:
    """An r2 of 0.02 on 3,000 held-out claims is beyond chance, and a note where simple models find no more."""

    def severity(score: float, simple: float, samples: int = 3000) -> Severity | None:
        claims = replace(
            healthy_evaluation("validation", samples, 0.28, score),
            chance=0.0,
            chance_loss=math.nan,
            classes=(),
        )
        data = healthy_data()
        baseline = replace(data.baseline, metric="r2", chance=0.0, train=simple, validation=simple)
        run_ = replace(failed(FLAT), metric="r2", train=claims, validation=claims)
        finding = found(
            "chance-accuracy", healthy_evidence(train=run_, data=replace(data, baseline=baseline))
        )
        assert finding is not None
        return finding.severity

    assert severity(0.018, 0.02) is Severity.NOTE
    assert severity(0.018, 0.02, samples=200) is None
    assert severity(0.018, 0.06) is None
    assert severity(-0.01, 0.02) is None


def test_the_change_that_helped_is_named() -> None:
    """A paired run that rescued the training on two seeds becomes the first remedy."""
    trials = tuple(
        Trial(name=name, change=name, seed=seed, steps=100, train_score=score, validation_score=score)
        for name, score in (("as-configured", 0.1), ("adam", 0.9))
        for seed in (0, 1)
    )
    evidence = healthy_evidence(
        train=failed(FLAT), trials=TrialsEvidence(reason="chance", chance=0.1, trials=trials)
    )
    finding = found("chance-accuracy", evidence)
    assert finding is not None
    assert "adam" in finding.remedies[0].text


def test_a_cut_run_is_not_judged_at_chance() -> None:
    """Whoever was stopped after a few steps is not blamed for knowing nothing."""
    assert not found("chance-accuracy", healthy_evidence(train=replace(failed(FLAT), ended="budget")))


def test_a_training_score_below_simple_models_is_underfitting() -> None:
    """60 % on its own training data, where nearest neighbours reach 97 % unseen."""
    low = replace(healthy_evaluation("train", 1433, 1.2, 0.6))
    train = replace(TRAIN, train=low, validation=healthy_evaluation("validation", 364, 1.2, 0.58))
    assert found("underfitting", healthy_evidence(train=train))
    assert not found("underfitting", healthy_evidence())


def test_a_simple_model_that_errs_far_less_is_a_note() -> None:
    """88 % where a simple model leaves a fraction of the error is told quietly; where it leaves as much nothing is."""
    held_out = replace(healthy_evaluation("validation", 364, 0.4, 0.88))
    fair = healthy_evaluation("train", 1433, 0.4, 0.89)
    finding = found("underfitting", healthy_evidence(train=replace(TRAIN, train=fair, validation=held_out)))
    assert finding is not None
    assert finding.severity is Severity.NOTE
    near = replace(TRAIN, train=fair, validation=healthy_evaluation("validation", 364, 0.2, 0.955))
    assert not found("underfitting", healthy_evidence(train=near))


WORSE = [1.0, 0.8, 0.7, 0.75, 0.85, 1.0, 1.2, 1.3, 1.4, 1.5]
FALLING = [1.0, 0.7, 0.5, 0.3, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005]


def overfitted(scores: list[float], last: float) -> TrainEvidence:
    """Return a run whose validation loss doubles after its best epoch."""
    return replace(
        TRAIN,
        epochs=epochs(WORSE, scores, FALLING),
        train=healthy_evaluation("train", 364, 0.005, 1.0),
        validation=healthy_evaluation("validation", 364, 1.5, last),
    )


def test_overfitting_is_found() -> None:
    """Validation loss doubles, its score falls, training is perfect."""
    falling = [0.6, 0.68, 0.7, 0.7, 0.69, 0.68, 0.66, 0.65, 0.64, 0.63]
    finding = found("overfitting", healthy_evidence(train=overfitted(falling, 0.63)))
    assert finding is not None
    assert finding.severity is None


def test_a_rise_on_few_samples_is_a_note() -> None:
    """A loss that rises by a sixth is a warning on 364 validation samples; on 30 it scatters as far by chance."""
    rising = [1.0, 0.8, 0.7, 0.72, 0.75, 0.78, 0.8, 0.81, 0.82, 0.83]
    severities = []
    for samples in (364, 30):
        validation = healthy_evaluation("validation", samples, 0.83, 0.6)
        run_ = replace(
            overfitted([0.6] * 10, 0.6), epochs=epochs(rising, [0.6] * 10, FALLING), validation=validation
        )
        finding = found("overfitting", healthy_evidence(train=run_))
        assert finding is not None
        severities.append(finding.severity)
    assert severities == [None, Severity.NOTE]


def test_a_rising_score_is_no_overfitting() -> None:
    """Validation loss up while accuracy goes up too: the model gets surer, not worse."""
    rising = [0.5, 0.6, 0.65, 0.7, 0.72, 0.74, 0.76, 0.78, 0.79, 0.8]
    assert not found("overfitting", healthy_evidence(train=overfitted(rising, 0.8)))


def test_memorising_on_purpose_is_no_overfitting() -> None:
    """``intent.memorise`` silences it."""
    evidence = healthy_evidence(
        train=overfitted([0.6] * 10, 0.6), experiment=replace(healthy_experiment(), intent_memorise=True)
    )
    assert not found("overfitting", evidence)


def test_a_gap_between_modes_is_found() -> None:
    """99 % with batch statistics and chance in eval mode."""
    train = replace(TRAIN, train=BAD["train"])
    assert found("train-eval-gap", healthy_evidence(train=train))
    assert not found("train-eval-gap", healthy_evidence(train=replace(train, steps=20)))


def test_layers_that_only_one_mode_runs_are_named_beside_a_gap() -> None:
    """An average of the weights that evaluation goes through is where to look."""
    evidence = healthy_evidence(train=replace(TRAIN, train=BAD["train"]))
    assert evidence.first_batch is not None
    branched = replace(evidence.first_batch, path_differs=("net.0", "shadow.0"))
    finding = found("train-eval-gap", replace(evidence, first_batch=branched))
    assert finding is not None
    assert [place.name for place in finding.places] == ["net.0", "shadow.0"]
    assert "decay" in finding.remedies[0].text


def test_a_gap_within_chance_of_a_rare_class_is_none() -> None:
    """Two points are a third of the way to perfect where one answer has 94 %; with 400 samples that is within their error."""
    rare = replace(healthy_evaluation("train", 400, 0.15, 0.953), chance=0.943, classes=())
    last = replace(TRAIN.epochs[-1], train_score=0.975)
    train = replace(TRAIN, train=rare, train_in_train_mode=None, epochs=(*TRAIN.epochs[:-1], last))
    assert not found("train-eval-gap", healthy_evidence(train=train))
    many = replace(rare, samples=40_000)
    assert found("train-eval-gap", healthy_evidence(train=replace(train, train=many)))


def with_classes(*rows: ClassResult) -> TrainEvidence:
    """Return the healthy run with other results per class."""
    assert TRAIN.validation is not None
    return replace(TRAIN, validation=replace(TRAIN.validation, classes=rows))


def test_a_failing_class_is_found_unless_it_is_too_rare_to_judge() -> None:
    """A class with recall 10 % on 40 samples fails; on four samples nobody knows."""
    good = [ClassResult(label=str(i), support=40, recall=0.95) for i in range(9)]
    failing = ClassResult(label="9", support=40, recall=0.1, confused_with="4")
    finding = found("per-class-failure", healthy_evidence(train=with_classes(*good, failing)))
    assert finding is not None
    assert "taken for 4" in finding.message
    assert not found(
        "per-class-failure", healthy_evidence(train=with_classes(*good, replace(failing, support=4)))
    )


def test_a_rare_class_that_fails_is_a_hint() -> None:
    """A letter that a hundredth of the training samples carry is none of this check's business; class-imbalance judges it."""
    good = [ClassResult(label=str(i), support=30, recall=0.95) for i in range(9)]
    failing = ClassResult(label="9", support=30, recall=0.05, confused_with="4")
    for count, severity in ((15, Severity.NOTE), (143, Severity.WARNING)):
        data = healthy_data()
        labels = replace(data.train.labels, histogram={**data.train.labels.histogram, "9": count})
        data = replace(data, train=replace(data.train, labels=labels))
        finding = found("per-class-failure", healthy_evidence(train=with_classes(*good, failing), data=data))
        assert finding is not None
        assert (finding.severity or Severity.WARNING) is severity


def test_classes_of_tokens_that_fail_are_a_hint() -> None:
    """Some letters cannot be foretold: where there are more answers than samples, a class that fails is a note."""
    good = [ClassResult(label=str(i), support=400, recall=0.95) for i in range(9)]
    train = with_classes(*good, ClassResult(label="9", support=400, recall=0.1))
    assert train.validation is not None
    assert train.validation.samples < 4000
    finding = found("per-class-failure", healthy_evidence(train=train))
    assert finding is not None
    assert finding.severity is Severity.NOTE
    assert "positions" in finding.message


def test_a_run_that_still_improves_stopped_too_early() -> None:
    """A rising score at a constant rate is a note; after the rate has decayed it is none."""
    scores = [0.3 + 0.05 * i for i in range(10)]
    rising = replace(TRAIN, epochs=epochs(FALLING, scores, FALLING))
    assert found("stopped-too-early", healthy_evidence(train=rising))
    decayed = replace(rising, epochs=tuple(replace(e, lr=0.05 * 0.5**e.index) for e in rising.epochs))
    assert not found("stopped-too-early", healthy_evidence(train=decayed))


def test_a_best_epoch_that_nobody_kept_is_a_note() -> None:
    """Ten percent lost since the best epoch, no checkpoints; silent with them."""
    scores = [0.6, 0.7, 0.8, 0.8, 0.78, 0.76, 0.74, 0.72, 0.7, 0.7]
    train = replace(TRAIN, epochs=epochs(WORSE, scores, FALLING))
    bare = replace(healthy_experiment(), checkpoint_every=0)
    assert found("best-epoch-lost", healthy_evidence(train=train, experiment=bare))
    assert not found("best-epoch-lost", healthy_evidence(train=train))


def test_validation_above_training_is_a_note_without_augmentation() -> None:
    """Fifteen percent better on validation in the same mode; augmentation explains it away."""
    low: Evaluation = healthy_evaluation("train", 1433, 0.6, 0.8)
    train = replace(TRAIN, train=low, train_in_train_mode=None)
    assert not found("validation-better-than-train", healthy_evidence(train=train))
    assert found("validation-better-than-train", healthy_evidence(train=train, data=None))


def test_long_runs_want_checkpoints() -> None:
    """An hour without checkpoints is a note."""
    bare = replace(healthy_experiment(), checkpoint_every=0)
    long = replace(TRAIN, seconds=3600.0)
    assert found("no-checkpointing", healthy_evidence(train=long, experiment=bare))
    assert not found("no-checkpointing", healthy_evidence(experiment=bare))


def stopped(trials: TrialsEvidence, scores: list[float]) -> Finding | None:
    """Judge a run with these scores by epoch, which ends at the last of them on both splits."""
    judged = healthy_evaluation("train", 1433, 0.6, scores[-1])
    train = replace(
        TRAIN,
        epochs=epochs(FALLING, scores, FALLING),
        train=judged,
        train_in_train_mode=judged,
        validation=judged,
    )
    return found("stopped-too-early", healthy_evidence(train=train, trials=trials))


def test_more_steps_that_help_most_confirm_it() -> None:
    """Three times the steps go furthest on two seeds: a warning that counts as confirmed."""
    longer = paired_trials({"as-configured": (0.5, 0.5), "longer": (0.75, 0.75), "lr*10": (0.6, 0.6)})
    finding = stopped(longer, [0.5] * 10)
    assert finding is not None
    assert finding.confirmed
    assert finding.severity is Severity.WARNING


@pytest.mark.parametrize(
    ("reason", "scores", "confirmed"),
    [
        ("below-baseline", {"longer": (0.98, 0.98), "lr*10": (0.985, 0.985)}, True),
        ("below-baseline", {"longer": (0.98, 0.98), "no-dropout": (0.995, 0.995)}, False),
        ("below-baseline", {"longer": (0.94, 0.98)}, False),
    ],
    ids=[
        "another rate does as well",
        "another change goes further",
        "one seed",
    ],
)
def test_half_of_the_error_confirms_a_rising_run_below_simple_models(
    reason: str, scores: dict[str, tuple[float, ...]], confirmed: bool
) -> None:
    """In a run that rises to 93 % where simple models reach more; else it stays a hint."""
    pairs = replace(paired_trials({"as-configured": (0.93, 0.925)} | scores), reason=reason)
    finding = stopped(pairs, [0.75 + 0.02 * i for i in range(10)])
    assert finding is not None
    assert finding.confirmed is confirmed


def without_statistics(loss: float, score: float, last: float = 0.1) -> TrainEvidence:
    """Return a run without batch statistics: 98 % at this last loss while training, this loss and score in eval mode."""
    judged = replace(healthy_evaluation("train", 1433, loss, score), classes=())
    ended = replace(TRAIN.epochs[-1], train_score=0.98, train_loss=last)
    return replace(TRAIN, train=judged, train_in_train_mode=None, epochs=(*TRAIN.epochs[:-1], ended))


def test_losses_ten_times_apart_confirm_a_smaller_gap() -> None:
    """80 % in eval mode where training ended at 98 % is a gap once the loss there is ten times as large, too."""
    finding = found("train-eval-gap", healthy_evidence(train=without_statistics(1.0, 0.8)))
    assert finding is not None
    assert "limit 15%" in finding.message
    large = found("train-eval-gap", healthy_evidence(train=without_statistics(0.5, 0.5)))
    assert large is not None
    assert "limit 30%" in large.message


@pytest.mark.parametrize(
    ("loss", "score", "last"),
    [(0.95, 0.8, 0.1), (3.0, 0.88, 0.1), (0.5, 0.8, -0.1), (float("nan"), 0.8, 0.1), (0.12, 0.97, 0.1)],
    ids=["nine times", "a small gap", "below zero", "not finite", "sound"],
)
def test_a_loss_or_a_score_alone_makes_no_gap(loss: float, score: float, last: float) -> None:
    """Dropout and a rate that fell make training-mode scores differ a little: both have to be far apart."""
    assert not found("train-eval-gap", healthy_evidence(train=without_statistics(loss, score, last)))


@pytest.mark.parametrize(
    ("train_losses", "held_out", "flat"),
    [
        ([33.1, 32.6, 32.5, 32.45, 32.4, 32.3], [32.34, 32.32, 32.27, 32.26, 32.25, 32.24], False),
        ([33.1, 32.6, 32.5, 32.45, 32.4, 32.3], [32.3, 32.4, 32.2, 32.4, 32.3, 32.35], True),
        ([32.6, 32.4, 32.7, 32.5, 32.4, 32.6], [32.34, 32.32, 32.27, 32.26, 32.25, 32.24], True),
        ([33.1, 32.6, 32.5], [32.34, 32.32, 32.27], True),
    ],
    ids=["both fall", "validation does not", "training does not", "three epochs"],
)
def test_steps_that_are_all_noise_are_judged_by_their_epochs(
    train_losses: list[float], held_out: list[float], flat: bool
) -> None:
    """Nine in ten targets are zero and the rest are thousands: without a known score the means of epochs tell."""
    noisy = [34.7 - 0.02 * i + 12.0 * (-1) ** i for i in range(100)]
    unknown = {
        split: replace(judged, loss=32.3, score=math.nan, chance_loss=math.nan)
        for split, judged in BAD.items()
    }
    course = tuple(
        replace(TRAIN.epochs[i], train_loss=ours, validation_loss=theirs)
        for i, (ours, theirs) in enumerate(zip(train_losses, held_out, strict=True))
    )
    train = replace(
        failed(noisy),
        epochs=course,
        train=unknown["train"],
        train_in_train_mode=None,
        validation=unknown["validation"],
    )
    assert (found("loss-flat", healthy_evidence(train=train)) is not None) is flat
