"""Paired runs are made only after a bad end, differ in one thing each, and name what rescues."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cnndoctor.context import Context, Seen
from cnndoctor.evidence import (
    Evidence,
    ExperimentEvidence,
    FailuresEvidence,
    GradientEvidence,
    TrainEvidence,
)
from cnndoctor.evidence.trials import Trial, TrialsEvidence
from cnndoctor.experiment import Experiment
from cnndoctor.observers import Observers
from cnndoctor.patient.changes import Change
from cnndoctor.signs.trial_gains import best_rescue, rescue
from cnndoctor.stages.train import run
from cnndoctor.training.bench import Bench
from cnndoctor.training.trials import run_trials
from tests.healthy import healthy_evaluation, healthy_evidence, healthy_train
from tests.small import small


def trained(
    experiment: Experiment,
    folder: Path | None = None,
    effort: str = "standard",
    gradient: GradientEvidence | None = None,
    known: tuple[str, ...] = (),
    suspects: tuple[str, ...] = (),
) -> Seen[TrainEvidence]:
    """Run the train stage alone, after a gradient stage that saw this and with these causes known."""
    evidence = Evidence(
        experiment=ExperimentEvidence(name="x", path="x", lines={}, task=str(experiment.task)),
        failures=FailuresEvidence(),
        gradient=gradient,
    )
    context = Context(
        experiment=experiment,
        so_far=evidence,
        tell=Observers(),
        folder=folder,
        effort="smoke" if effort == "smoke" else "standard",
        known_causes=known,
        suspects=suspects,
    )
    return run(context)


def test_a_healthy_run_costs_no_trial(tmp_path: Path) -> None:
    """The small experiment trains, so nothing further is tried, and its evidence is complete."""
    seen = trained(small("train.epochs=8", "train.checkpoint_every=4"), tmp_path)
    assert seen.extra is None
    assert seen.evidence is not None
    evidence = seen.evidence
    assert evidence.ended == "completed"
    assert evidence.checkpoints == 2
    assert evidence.train is not None
    assert evidence.train_in_train_mode is not None
    assert evidence.validation is not None
    assert evidence.validation.score > 0.8
    assert evidence.repeat_difference == 0
    assert evidence.unchanged_parameters == ()
    assert {layer.path for layer in evidence.layers} >= {"body.0", "body.1", "body.2", "head"}


def test_a_second_fault_is_tried_beside_the_best_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Decay forbids learning and dropout half of it: alone no dropout cures nothing, beside no decay it does."""

    def scored(bench: Bench, change: Change, seed: int) -> Trial:
        score = 0.5 if not change.weight_decay_off else 1.0 if change.dropout_off else 0.75
        return Trial(name=change.name, change=change.words, seed=seed, steps=bench.steps, train_score=score)

    monkeypatch.setattr("cnndoctor.training.trial_run._run", scored)
    experiment = small("model.dropout=0.5", "optimizer.weight_decay=5", "train.epochs=1", "optimizer.lr=1e-9")
    trials = trained(experiment).extra
    assert isinstance(trials, TrialsEvidence)
    assert best_rescue(trials) == next(t for t in trials.trials if t.name == "no-weight-decay")
    assert rescue(trials, "no-dropout") == 0
    assert trials.treated is not None
    assert trials.treated.treatment == "no weight decay"
    assert rescue(trials.treated, "no-dropout") > 0
    assert not trials.treated.of("no-weight-decay")


SICK = ("loss.reduction=sum", "optimizer.weight_decay=5", "train.epochs=1", "optimizer.lr=1e-9")


def with_scores(monkeypatch: pytest.MonkeyPatch, treated: float) -> list[tuple[Change, int]]:
    """Let every run of a trial score 0.5, with the mean of the loss as told, and without weight decay besides 1; note all."""
    made: list[tuple[Change, int]] = []

    def scored(bench: Bench, change: Change, seed: int) -> Trial:
        made.append((change, bench.steps))
        score = 0.5 if not change.mean_loss else 1.0 if change.weight_decay_off else treated
        name, words = change.name, change.words
        return Trial(
            name=name,
            change=words,
            seed=seed,
            steps=bench.steps,
            train_loss=0.1,
            train_score=score,
            validation_score=score,
        )

    monkeypatch.setattr("cnndoctor.training.trial_run._run", scored)
    return made


def test_a_known_cause_that_explains_all_costs_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """The run with the cause treated is as long as the configured one; as it goes well, nothing else is tried."""
    made = with_scores(monkeypatch, treated=1.0)
    seen = trained(small(*SICK), known=("summed-loss",))
    trials = seen.extra
    assert isinstance(trials, TrialsEvidence)
    assert seen.evidence is not None
    assert [steps for _, steps in made] == [seen.evidence.steps]
    assert trials.trials == ()
    assert trials.treated is not None
    assert (trials.treated.reason, trials.treated.treats) == ("", ("summed-loss",))
    assert [trial.train_score for trial in trials.treated.trials] == [1.0]


def test_a_second_fault_is_tried_beside_the_treatment_of_a_known_cause(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where the treated run is still sick, every other change is tried with the treatment, and what cures both is named."""
    made = with_scores(monkeypatch, treated=0.6)
    trials = trained(small(*SICK), known=("summed-loss",)).extra
    assert isinstance(trials, TrialsEvidence)
    assert all(change.mean_loss for change, _ in made)
    assert trials.trials == ()
    assert trials.treated is not None
    assert trials.treated.reason
    assert trials.treated.treatment == "the mean of the loss instead of its sum"
    assert rescue(trials.treated, "no-weight-decay") > 0


def test_what_is_suspected_is_treated_where_nothing_helps_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two faults that each keep the run from training: no change helps alone, and one does beside the suspect's treatment."""
    made = with_scores(monkeypatch, treated=0.6)
    trials = trained(small(*SICK), suspects=("summed-loss",)).extra
    assert isinstance(trials, TrialsEvidence)
    assert best_rescue(trials) is None
    assert trials.treated is not None
    assert trials.treated.treats == ("summed-loss",)
    assert rescue(trials.treated, "no-weight-decay") > 0
    without = len(made)
    made.clear()
    assert isinstance(alone := trained(small(*SICK)).extra, TrialsEvidence)
    assert alone.treated is None
    assert len(made) < without


@pytest.mark.parametrize(
    ("settings", "known"),
    [
        (SICK, ("labels-out-of-range",)),
        (SICK, ("summed-loss", "labels-out-of-range")),
        (("train.epochs=8",), ("summed-loss",)),
    ],
    ids=["no treatment", "no treatment of the second", "a run that went well"],
)
def test_a_known_cause_costs_nothing_where_nothing_can_be_learnt(
    monkeypatch: pytest.MonkeyPatch, settings: tuple[str, ...], known: tuple[str, ...]
) -> None:
    """Without an automatic treatment, or beside a good end, no run is made."""
    made = with_scores(monkeypatch, treated=1.0)
    assert trained(small(*settings), known=known).extra is None
    assert not made


def test_a_long_run_is_not_made_again_for_a_known_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run beyond the limit in seconds is left at the cause that is known."""
    made = with_scores(monkeypatch, treated=1.0)
    monkeypatch.setattr("cnndoctor.training.known_treated.KNOWN_SECONDS", 0.0)
    assert trained(small(*SICK), known=("summed-loss",)).extra is None
    assert not made


def test_the_same_seed_gives_the_same_evidence() -> None:
    """Times aside, two examinations agree in every number."""
    first, second = trained(small()).evidence, trained(small()).evidence
    assert first is not None
    assert second is not None

    def timeless(evidence: TrainEvidence) -> TrainEvidence:
        epochs = tuple(replace(epoch, seconds=0.0) for epoch in evidence.epochs)
        return replace(
            evidence,
            epochs=epochs,
            wait_share=0.0,
            starved_share=0.0,
            seconds_per_step=0.0,
            overhead=0.0,
            seconds=0.0,
        )

    # repr: NaN equals nothing, not even itself
    assert repr(timeless(first)) == repr(timeless(second))


def test_what_rescues_a_hopeless_rate_is_named() -> None:
    """With a rate that overflows, another optimizer at its own rate trains, on two seeds; ten times the rate does not."""
    seen = trained(small("optimizer.lr=1e30", "train.epochs=8"))
    trials = seen.extra
    assert isinstance(trials, TrialsEvidence)
    assert trials.reason == "not-finite"
    assert rescue(trials, "sgd") > 0
    assert rescue(trials, "lr*10") == 0
    assert best_rescue(trials) is not None
    assert seen.evidence is not None
    assert seen.evidence.nonfinite is not None
    assert seen.evidence.nonfinite.step >= 1


def test_smoke_ends_after_fifty_steps() -> None:
    """A smoke run is cut short and says so."""
    evidence = trained(small("train.epochs=50"), effort="smoke").evidence
    assert evidence is not None
    assert (evidence.ended, evidence.steps) == ("budget", 50)


def test_a_run_cut_short_costs_no_trial() -> None:
    """How a run ends is unknown when its budget ended it, so nothing is tried to explain it."""
    seen = trained(small("optimizer.lr=1e-9", "train.epochs=5000", "stages.train.budget_seconds=0.2"))
    assert seen.evidence is not None
    assert seen.evidence.is_stub
    assert seen.extra is None


def test_cut_gradients_are_a_reason_in_a_run_that_went_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the run without cuts is paired with the configured one, as long as that; near perfect there is nothing to gain."""
    cut = GradientEvidence(checkable=True, cut_parameters=("head.weight",))
    settings = ("train.epochs=8",)
    monkeypatch.setattr("cnndoctor.training.asked.NEAR_PERFECT", 1.1)
    seen = trained(small(*settings), gradient=cut)
    assert isinstance(seen.extra, TrialsEvidence)
    assert seen.extra.reason == "asked"
    assert {trial.name for trial in seen.extra.trials} == {"as-configured", "attached"}
    assert seen.evidence is not None
    assert {trial.steps for trial in seen.extra.trials} == {seen.evidence.steps}
    monkeypatch.setattr("cnndoctor.training.asked.NEAR_PERFECT", 0.0)
    assert trained(small(*settings), gradient=cut).extra is None


def asked_run(monkeypatch: pytest.MonkeyPatch, box: float) -> tuple[Seen[TrainEvidence], list[int]]:
    """Train fairly well with cut gradients, with so many seconds for all pairs; also return the steps of each paired run."""
    made: list[int] = []

    def scored(bench: Bench, change: Change, seed: int) -> Trial:
        made.append(bench.steps)
        return Trial(name=change.name, change=change.words, seed=seed, steps=bench.steps, train_score=0.5)

    monkeypatch.setattr("cnndoctor.training.asked.NEAR_PERFECT", 1.1)
    monkeypatch.setattr("cnndoctor.training.trial_run._run", scored)
    monkeypatch.setattr("cnndoctor.training.bench._pace", lambda *_: 1.0)
    monkeypatch.setattr("cnndoctor.training.bench.HARD_SECONDS", box)
    monkeypatch.setattr("cnndoctor.training.bench.FEWEST_STEPS", 1)
    cut = GradientEvidence(checkable=True, cut_parameters=("head.weight",))
    return trained(small("train.epochs=8"), gradient=cut), made


@pytest.mark.parametrize(("share", "runs"), [(1.0, True), (0.25, True), (0.12, False)])
def test_pairs_that_are_far_too_short_are_not_made_of_a_run_that_went_well(
    monkeypatch: pytest.MonkeyPatch, share: float, runs: bool
) -> None:
    """What asks is tried as long as the run, or a quarter of it; shorter pairs could not outdo it and are spared."""
    steps = 48
    seen, made = asked_run(monkeypatch, box=4 * steps * share)
    assert seen.evidence is not None
    assert seen.evidence.steps == steps
    assert (seen.extra is not None) is runs
    assert made[:1] == ([int(share * steps)] if runs else [])


def test_runs_are_compared_on_training_data_where_validation_numbers_its_classes_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its scores say nothing of the training then; where renumbering gains nothing, they stay what counts."""
    scores = {"lr/10": (0.95, 0.4)}

    def scored(bench: Bench, change: Change, seed: int) -> Trial:
        train, held_out = scores.get(change.name, (0.6, 0.4))
        return Trial(
            name=change.name,
            change=change.words,
            seed=seed,
            steps=bench.steps,
            train_score=train,
            validation_score=held_out,
        )

    monkeypatch.setattr("cnndoctor.training.trial_run._run", scored)
    experiment = small("train.epochs=1")
    context = Context(experiment=experiment, so_far=healthy_evidence(), tell=Observers())

    def trials(permuted: float) -> TrialsEvidence:
        judged = replace(healthy_evaluation("validation", 364, 2.0, 0.4), permuted_score=permuted)
        run = replace(healthy_train(), train=healthy_evaluation("train", 1433, 1.0, 0.6), validation=judged)
        made = run_trials(context, run)
        assert made is not None
        return made

    assert trials(0.85).on_training
    assert rescue(trials(0.85), "lr/10") > 0.3
    assert not trials(0.41).on_training
    assert rescue(trials(0.41), "lr/10") == 0
