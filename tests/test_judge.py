"""One path from evidence to causes, with what the user says about the checks."""

from dataclasses import replace

import pytest

from cnndoctor.catalogue import all_checks, by_id
from cnndoctor.evidence import Evidence, TrialsEvidence
from cnndoctor.evidence.first_batch import ReshapeFact
from cnndoctor.evidence.lr_range import PairedRun
from cnndoctor.evidence.setup import Layer, OptimizerGroup
from cnndoctor.finding import Severity
from cnndoctor.judge import CUT_SHORT, Rules, judge, known_places
from tests.changed import evidence_with, failed_train, paired_trials
from tests.healthy import healthy_evaluation, healthy_evidence, healthy_setup, healthy_train
from tests.layers import body_and_head

SICK = {
    "first_batch.output.sums_to_one": (1,),
    "first_batch.output.minimum": 0.0,
    "first_batch.output.maximum": 0.5,
}


def test_healthy_evidence_has_no_cause() -> None:
    """The healthy run has an outcome for every check and no cause."""
    judgement = judge(healthy_evidence(), all_checks())
    assert judgement.causes == ()
    assert len(judgement.outcomes) == len(all_checks())


def test_the_planted_fault_is_the_first_cause() -> None:
    """One wrong fact gives one cause, at its place."""
    first = judge(evidence_with(SICK), all_checks()).causes[0]
    assert first.check == "softmax-before-cross-entropy"
    assert any(place.name == "head" for place in first.places)


def test_judging_twice_gives_the_same() -> None:
    """Judging is a pure function of the evidence."""
    assert judge(evidence_with(SICK), all_checks()) == judge(evidence_with(SICK), all_checks())


def test_ignored_checks_keep_finding_and_reason() -> None:
    """An ignored finding is kept with the user's reason and is no cause."""
    rules = Rules(ignore={"softmax-before-cross-entropy": "calibration study"})
    judgement = judge(evidence_with(SICK), all_checks(), rules)
    outcome = next(o for o in judgement.outcomes if o.check == "softmax-before-cross-entropy")
    assert (outcome.status, outcome.reason) == ("ignored", "calibration study")
    assert outcome.finding is not None
    assert "softmax-before-cross-entropy" not in [cause.check for cause in judgement.causes]


def test_selection_by_check_and_family() -> None:
    """Checks and whole families can be selected and left out; what is not asked for is skipped."""
    only = judge(healthy_evidence(), all_checks(), Rules(select=("model",), deselect=("dropout-in-eval",)))
    asked = {o.check for o in only.outcomes if o.reason != "not selected"}
    assert asked == {check.id for check in all_checks() if check.family == "model"} - {"dropout-in-eval"}


def test_thresholds_reach_the_check() -> None:
    """A threshold of the user's decides."""
    evidence = evidence_with({"first_batch.eval_noise": 0.05})
    lenient = Rules(thresholds={"dropout-in-eval": {"max_noise": 0.1}})
    checks = [by_id("dropout-in-eval")]
    assert judge(evidence, checks).causes
    assert not judge(evidence, checks, lenient).causes


def test_known_places_hold_keys_and_layers() -> None:
    """Config keys are known with their line, layers with the user's source."""
    setup = healthy_setup()
    layer = replace(setup.layers[0], source_file="models.py", source_line=20)
    places = known_places(healthy_evidence(setup=replace(setup, layers=(layer,))))
    assert places["layer", layer.path] == ("models.py", 20)
    assert places["key", "optimizer.lr"][0] == "configs/digits.yaml"


def test_training_cut_short_by_its_budget_is_not_judged() -> None:
    """Ten of a thousand planned steps are no evidence for any check, and that is the reason told; nearly all of them are."""
    stub = failed_train(ended="budget", steps=10, planned_steps=1000)
    whole = failed_train(ended="budget", steps=990, planned_steps=1000)
    checks = [by_id("constant-predictions")]
    outcome = judge(evidence_with({"train": stub}), checks).outcomes[0]
    assert (outcome.status, outcome.reason) == ("skipped", CUT_SHORT)
    assert judge(evidence_with({"train": whole}), checks).outcomes[0].status == "passed"


def test_the_pace_of_a_training_cut_short_is_judged() -> None:
    """A run that would take hours without a checkpoint shows so in its first steps."""
    stub = replace(
        failed_train(ended="budget", steps=10, planned_steps=100_000), seconds=2.0, seconds_per_step=0.1
    )
    found = judge(
        evidence_with({"train": stub, "experiment.checkpoint_every": 0}), [by_id("no-checkpointing")]
    )
    assert found.outcomes[0].status == "found"


def test_a_loss_of_the_users_own_is_known_by_what_it_calls() -> None:
    """A rectifier before a hand-written loss that takes a sigmoid of the output is found as before torch's own."""
    rectified = {
        "setup.loss.name": "DiceLoss",
        "setup.loss.known": False,
        "first_batch.output.last_activation": "ReLU",
        "first_batch.output.never_negative": True,
        "first_batch.output.in_unit_interval": False,
        "first_batch.output.zero_share": 0.5,
        "train": failed_train(),
    }
    checks = [by_id("activation-on-logits")]
    assert not judge(evidence_with(rectified), checks).causes
    assert judge(evidence_with({**rectified, "first_batch.loss.function": "sigmoid"}), checks).causes


def test_a_second_fault_shows_once_the_first_is_treated() -> None:
    """What the treated pairs prove stands beside the first cause and says what it was seen with; a seed's luck does not."""
    sick = {"as-configured": (0.12, 0.11), "no-weight-decay": (0.55, 0.56), "plain-inputs": (0.12, 0.12)}
    treated = {"as-configured": (0.55, 0.56), "plain-inputs": (0.95, 0.96)}
    lucky = {"as-configured": (0.2, 0.9)}
    trials = paired_trials(sick)
    evidence = evidence_with(
        {
            "train": failed_train(),
            "data.train.random_reads": 1.0,
            "setup.optimizer.groups": (OptimizerGroup(lr=0.05, weight_decay=5.0),),
            "first_batch.loss.weight_decay_pull": 12.0,
            "trials": trials,
        }
    )
    assert _loud(evidence) == {"regularization-dominates"}
    both = replace(paired_trials(treated), treatment="no weight decay")
    evidence = replace(evidence, trials=replace(trials, treated=both))
    assert _loud(evidence) == {"regularization-dominates", "destructive-augmentation"}
    said = next(c for c in judge(evidence, all_checks()).causes if c.check == "destructive-augmentation")
    assert "once the first fault is treated: no weight decay" in said.message
    evidence = replace(evidence, trials=replace(trials, treated=paired_trials(lucky)))
    assert _loud(evidence) == {"regularization-dominates"}


def test_a_cure_is_told_with_the_cause_that_was_treated() -> None:
    """One run with a known cause treated went well: its score stands in that cause's sentence, and nothing else is found."""
    sick = evidence_with({**SICK, "train": failed_train()})
    before = judge(sick, all_checks())
    cured = replace(
        paired_trials({"as-configured": (0.97,)}),
        reason="",
        treatment="no activation on the output",
        treats=("softmax-before-cross-entropy",),
    )
    trials = TrialsEvidence(reason="chance", chance=0.1, treated=cured)
    after = judge(replace(sick, trials=trials), all_checks())
    assert [cause.check for cause in after.causes] == [cause.check for cause in before.causes]
    said = " With no activation on the output, the same run reaches accuracy 0.97."
    assert after.causes[0].message == before.causes[0].message + said
    assert [c.message for c in after.causes[1:]] == [c.message for c in before.causes[1:]]


@pytest.mark.parametrize(("reached", "severity"), [(0.97, "error"), (0.72, "note")])
def test_what_was_meant_is_loud_where_its_treatment_goes_much_further(reached: float, severity: str) -> None:
    """An encoder left out of the optimizer is a note in a run that does well, unless the run with it does far better."""
    train = replace(
        healthy_train(),
        train=healthy_evaluation("train", 1433, 0.9, 0.66),
        validation=healthy_evaluation("validation", 364, 0.9, 0.65),
    )
    frozen = {"setup.parameters": body_and_head("encoder", optimizer_groups=0), "train": train}
    treated = replace(
        paired_trials({"as-configured": (reached,)}),
        reason="",
        treatment="every parameter given to the optimizer",
        treats=("parameters-not-in-optimizer",),
    )
    trials = TrialsEvidence(reason="slow", chance=0.1, treated=treated)
    outcomes = judge(evidence_with({**frozen, "trials": trials}), all_checks()).outcomes
    told = next(outcome for outcome in outcomes if outcome.check == "parameters-not-in-optimizer")
    assert told.finding is not None
    assert told.finding.severity == severity


@pytest.mark.parametrize(("reached", "severity"), [(0.98, "error"), (0.79, "warning"), (0.66, "")])
def test_a_run_that_goes_fairly_well_hides_no_cause_whose_treatment_goes_further(
    reached: float, severity: str
) -> None:
    """Targets that kept a few samples from being learnt are told beside r2 0.64, if the run goes further with them scaled."""
    train = replace(
        healthy_train(),
        metric="r2",
        train=replace(healthy_evaluation("train", 1433, 0.4, 0.67), chance=0.0),
        validation=replace(healthy_evaluation("validation", 364, 0.4, 0.64), chance=0.0),
    )
    treated = replace(
        paired_trials({"as-configured": (reached,)}),
        reason="",
        chance=0.0,
        treatment="targets scaled to mean 0, std 1",
        treats=("unscaled-targets",),
    )
    facts = {
        "experiment.task": "regression",
        "data.train.targets.mean": 9000.0,
        "data.train.targets.std": 8000.0,
        "overfit.confirmed": True,
        "overfit.rescued_by": "standardised-targets",
        "train": train,
        "trials": TrialsEvidence(reason="below-baseline", chance=0.0, treated=treated),
    }
    outcomes = judge(evidence_with(facts), all_checks()).outcomes
    told = next(outcome for outcome in outcomes if outcome.check == "unscaled-targets")
    assert (told.finding.severity if told.finding is not None else "") == severity


def test_pairs_beside_a_known_cause_find_a_second_one() -> None:
    """Trials that hold treated pairs alone say nothing of the configured run, and what cures beside the treatment."""
    facts = {**SICK, "train": failed_train(), "data.train.random_reads": 1.0}
    pairs = paired_trials({"as-configured": (0.55, 0.56), "plain-inputs": (0.95, 0.96)})
    treated = replace(
        pairs, treatment="no activation on the output", treats=("softmax-before-cross-entropy",)
    )
    trials = TrialsEvidence(reason="chance", chance=0.1, treated=treated)
    evidence = evidence_with({**facts, "trials": trials})
    assert _loud(evidence) == {"softmax-before-cross-entropy", "destructive-augmentation"}


def _loud(evidence: Evidence) -> set[str]:
    return {c.check for c in judge(evidence, all_checks()).causes if c.severity is not Severity.NOTE}


def beside_softmax(treats: tuple[str, ...], **runs: tuple[float, ...]) -> Evidence:
    """Return a sick run with a softmax before its loss, and pairs beside the treatment of these causes."""
    pairs = paired_trials({name.replace("_", "-").replace("lr-", "lr/"): runs[name] for name in runs})
    treated = replace(pairs, treatment="no activation on the output", treats=treats)
    facts = {**SICK, "train": failed_train(), "setup.dropouts": {"drop": 0.9}}
    trials = TrialsEvidence(reason="chance", chance=0.1, treated=treated)
    return evidence_with({**facts, "trials": trials})


SOFTMAX = ("softmax-before-cross-entropy",)


@pytest.mark.parametrize(
    ("name", "check"), [("lr_10", "learning-rate-too-high"), ("no_dropout", "excessive-dropout")]
)
def test_a_second_cause_stands_beside_the_one_that_was_treated(name: str, check: str) -> None:
    """A rate or dropout that holds the treated run back is named although the first fault could explain it."""
    both = beside_softmax(SOFTMAX, as_configured=(0.4, 0.42), **{name: (0.9, 0.92)})
    assert _loud(both) == {*SOFTMAX, check}
    second = next(cause for cause in judge(both, all_checks()).causes if cause.check == check)
    assert "once the first fault is treated: no activation on the output" in second.message


@pytest.mark.parametrize("name", ["lr_10", "no_dropout"])
def test_a_treated_run_that_nothing_holds_back_has_one_cause(name: str) -> None:
    """Where the change gains nothing beside the treatment, or another one gains more, the first fault stands alone."""
    alike = beside_softmax(SOFTMAX, as_configured=(0.4, 0.42), **{name: (0.42, 0.45)})
    assert _loud(alike) == set(SOFTMAX)
    outdone = beside_softmax(SOFTMAX, as_configured=(0.4, 0.42), **{name: (0.7, 0.7)}, he_init=(0.95, 0.95))
    assert _loud(outdone) == set(SOFTMAX)


@pytest.mark.parametrize(("reached", "stands"), [((0.9, 0.92), True), ((0.42, 0.45), False)])
def test_a_rate_that_short_runs_blame_stands_where_the_treated_runs_blame_it_too(
    reached: tuple[float, ...], stands: bool
) -> None:
    """A fault makes any rate look too high in short runs: it is one of its own only where it is beside the treatment."""
    pairs = tuple(
        PairedRun(
            factor=factor, lr=3 * factor, seed=seed, steps=60, loss_start=2.3, loss_end=end, eval_end=end
        )
        for seed in (0, 1)
        for factor, end in ((1.0, 2.4), (0.1, 0.5))
    )
    sick = beside_softmax(SOFTMAX, as_configured=(0.4, 0.42), lr_10=reached)
    assert sick.lr_range is not None
    sick = replace(sick, lr_range=replace(sick.lr_range, configured_peak=3.0, paired=pairs))
    outcome = next(o for o in judge(sick, all_checks()).outcomes if o.check == "learning-rate-too-high")
    assert outcome.status == "found"
    assert _loud(sick) == {*SOFTMAX} | ({"learning-rate-too-high"} if stands else set())


def test_a_rate_that_no_known_cause_was_treated_for_is_explained() -> None:
    """Pairs beside a cure that they chose themselves may still show an effect of the fault: it is folded under it."""
    chosen = beside_softmax((), as_configured=(0.4, 0.42), lr_10=(0.9, 0.92))
    assert _loud(chosen) == set(SOFTMAX)


@pytest.mark.parametrize(("kind", "stands"), [("GRU", True), ("Pooled", False)])
def test_samples_that_a_sequence_layer_mixes_stand_beside_broadcast_targets(kind: str, stands: bool) -> None:
    """A recurrent layer mixes before the loss broadcasts anything; what mixes otherwise may be the broadcast's doing."""
    facts = {
        "experiment.task": "regression",
        "setup.loss.name": "MSELoss",
        "setup.layers": (Layer(path="rnn", kind=kind, calls=1),),
        "first_batch.loss.output_shape": (32, 1),
        "first_batch.mixing_layer": "rnn",
        "train": failed_train(),
    }
    named = _loud(evidence_with({**facts, "first_batch.mixing": 0.5}))
    assert {"broadcast-targets"} | ({"samples-mixed-in-batch"} if stands else set()) <= named
    assert ("samples-mixed-in-batch" in named) is stands
    assert "samples-mixed-in-batch" not in _loud(evidence_with({**facts, "first_batch.mixing": 0.0}))


def test_classes_numbered_anew_stand_beside_a_scrambled_reshape() -> None:
    """The model does the same to both splits, so that a renumbering that explains validation is a fault of its own."""
    train = healthy_train()
    reshapes = (ReshapeFact(before=(32, 16, 8), after=(32, 8, 16), scrambles=True),)

    def named(permuted: float, names: tuple[str, ...] = ()) -> set[str]:
        held_out = healthy_evaluation("validation", 364, 3.0, 0.1)
        facts = {
            "first_batch.reshapes": reshapes,
            "train": replace(train, validation=replace(held_out, permuted_score=permuted)),
            "data.train.classes": names,
            "data.validation.classes": names[::-1],
        }
        return _loud(evidence_with(facts))

    assert named(0.97) == {"scrambled-reshape", "class-index-mismatch"}
    assert named(0.15) == {"scrambled-reshape"}
    assert named(0.15, ("cat", "dog")) == {"scrambled-reshape"}
