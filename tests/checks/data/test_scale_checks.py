"""Raw inputs and targets are blamed only when paired runs prove it; slow data only when it is measured."""

from __future__ import annotations

from dataclasses import replace

from cnndoctor.catalogue import by_id
from cnndoctor.check import run
from cnndoctor.evidence import Evidence
from cnndoctor.evidence.data import LabelFacts, TensorFacts
from cnndoctor.evidence.trials import Trial, TrialsEvidence
from cnndoctor.finding import Severity
from tests.changed import failed_train
from tests.healthy import (
    healthy_data,
    healthy_evaluation,
    healthy_evidence,
    healthy_experiment,
    healthy_overfit,
    healthy_train,
)
from tests.verdicts import found, silent


def trials(chance: float, **scores: float) -> TrialsEvidence:
    """Return paired runs on two seeds that ended with these validation scores."""
    rows = tuple(
        Trial(
            name=name.replace("_", "-"),
            change=name,
            seed=seed,
            steps=200,
            train_score=score,
            validation_score=score,
        )
        for name, score in scores.items()
        for seed in (0, 1)
    )
    return TrialsEvidence(reason="chance", chance=chance, trials=rows)


def raw(**scores: float) -> Evidence:
    """Return a failed run on pixels of 0 to 255."""
    data = healthy_data()
    pixels = TensorFacts(count=1000, minimum=0, maximum=255, mean=78.0, std=96.0)
    return healthy_evidence(
        data=replace(data, train=replace(data.train, inputs=pixels)),
        train=failed_train(),
        trials=trials(0.1, **scores),
    )


def test_raw_inputs_are_blamed_when_standardised_ones_rescue() -> None:
    """Standardised inputs end as well as the best rival: the cause; far behind a rival: at most a guess."""
    finding = run(
        by_id("inputs-not-scaled"), raw(as_configured=0.1, standardised_inputs=0.97, adam=0.97)
    ).finding
    assert finding is not None
    assert finding.confidence > 0.9
    guess = run(
        by_id("inputs-not-scaled"), raw(as_configured=0.1, standardised_inputs=0.4, adam=0.97)
    ).finding
    assert guess is not None
    assert guess.confidence <= 0.5
    assert finding.by_itself
    assert not guess.by_itself


def raw_table(**scores: float) -> Evidence:
    """Return a failed regression on raw columns with prices as targets."""
    evidence = raw(**scores)
    assert evidence.data is not None
    targets = TensorFacts(count=1000, minimum=2e4, maximum=9e5, mean=2.1e5, std=7.9e4)
    split = replace(evidence.data.train, targets=targets, labels=LabelFacts())
    return replace(
        evidence,
        data=replace(evidence.data, train=split),
        experiment=replace(healthy_experiment(), task="regression"),
    )


def test_raw_inputs_and_raw_targets_are_cured_together() -> None:
    """Where only both scaled rescue a run, both are named; where scaled targets do as well alone, they are the cause."""
    alone = {"as_configured": 0.2, "standardised_inputs": 0.1, "lr*10": 0.7}
    both = raw_table(**alone, standardised_targets=0.1, standardised_both=0.95)
    for name in ("inputs-not-scaled", "unscaled-targets"):
        finding = run(by_id(name), both).finding
        assert finding is not None
        assert finding.confidence > 0.9
    targets = raw_table(**alone, standardised_targets=0.94, standardised_both=0.95)
    assert run(by_id("unscaled-targets"), targets).finding is not None
    assert run(by_id("inputs-not-scaled"), targets).finding is None


def test_tables_are_normalised_feature_by_feature() -> None:
    """Features of different scales get a mean and a deviation each; a hundred of them are not listed."""
    evidence = raw(as_configured=0.1, standardised_inputs=0.97, adam=0.97)
    assert evidence.data is not None
    table = replace(
        evidence.data.train.inputs,
        shapes={"2": 1000},
        channel_means=(4.0, 60_000.0),
        channel_stds=(2.0, 30_000.0),
    )
    wide = replace(table, shapes={"100": 1000}, channel_means=(4.0,) * 100, channel_stds=(2.0,) * 100)
    for inputs, said in ((table, "[4, 6e+04]) / [2, 3e+04], for each feature"), (wide, "of each feature")):
        data = replace(evidence.data, train=replace(evidence.data.train, inputs=inputs))
        finding = run(by_id("inputs-not-scaled"), replace(evidence, data=data)).finding
        assert finding is not None
        assert said in finding.remedies[0].text


def test_raw_inputs_alone_are_no_fault() -> None:
    """Pixels of 0 to 255 that standardising does not help are left alone, and so is a run that trained."""
    assert not run(by_id("inputs-not-scaled"), raw(as_configured=0.1, standardised_inputs=0.12)).finding
    assert not run(by_id("inputs-not-scaled"), replace(raw(), trials=None, train=healthy_train())).finding


def test_large_targets_are_blamed_when_standardised_ones_rescue() -> None:
    """Prices of 300,000 that are learnt only once scaled."""
    data = healthy_data()
    labels = LabelFacts(column_means=(300_000.0,), column_stds=(90_000.0,))
    targets = TensorFacts(mean=300_000.0, std=90_000.0)
    evidence = healthy_evidence(
        experiment=replace(healthy_experiment(), task="regression"),
        data=replace(data, train=replace(data.train, labels=labels, targets=targets)),
        train=failed_train(),
        trials=trials(0.0, as_configured=-0.5, standardised_targets=0.9),
    )
    assert run(by_id("unscaled-targets"), evidence).finding
    assert not run(by_id("unscaled-targets"), replace(evidence, trials=None)).finding


def test_waiting_counts_where_there_is_time_to_win() -> None:
    """Sixty percent waiting matters in a run of half a minute, not in one of seconds, nor with tiny steps."""
    slow = replace(healthy_train(), wait_share=0.6, seconds=300.0, seconds_per_step=0.1)
    assert run(by_id("slow-data-pipeline"), healthy_evidence(train=slow)).finding
    brief = replace(slow, seconds=30.0)
    assert run(by_id("slow-data-pipeline"), healthy_evidence(train=brief)).finding
    for short in (replace(slow, seconds=3.0, planned_steps=30), replace(slow, seconds_per_step=0.002)):
        assert not run(by_id("slow-data-pipeline"), healthy_evidence(train=short)).finding


def test_a_run_whose_neighbours_had_the_processor_waits_for_them_not_for_its_data() -> None:
    """Steps of a millisecond take fifty beside busy programs: starved of a processor is not short of data."""
    slow = replace(healthy_train(), wait_share=0.53, planned_steps=240, seconds=22.0, seconds_per_step=0.05)
    assert found(by_id("slow-data-pipeline"), {"train": slow}).message
    assert silent(by_id("slow-data-pipeline"), {"train": replace(slow, starved_share=0.75)})
    disk = replace(slow, wait_share=0.8, seconds=200.0, starved_share=0.2)
    assert found(by_id("slow-data-pipeline"), {"train": disk}).message


def test_a_tiny_set_that_only_scaled_targets_make_learnable() -> None:
    """The ladder tries rates and optimizers first; what scaled targets alone rescue, on two seeds, is their fault."""
    overfit = healthy_overfit()
    rescued = replace(
        overfit,
        configured=replace(overfit.configured, reached=False, finite=False),
        rescued_by="standardised-targets",
        confirmed=True,
    )
    facts = {
        "experiment.task": "regression",
        "data.train.targets": TensorFacts(minimum=0.0, maximum=1120.0, mean=560.0, std=200.0),
        "train": failed_train(),
        "overfit": rescued,
    }
    assert found(by_id("unscaled-targets"), facts).message
    assert silent(by_id("unscaled-targets"), {**facts, "overfit": replace(rescued, rescued_by="adam-0.001")})


def test_pixels_between_zero_and_one_are_scaled() -> None:
    """Border pixels hardly ever change; features of one common range are no raw ranges, however different their spread."""
    evidence = raw(as_configured=0.5, standardised_inputs=0.7)
    assert evidence.data is not None
    pixels = replace(
        evidence.data.train.inputs,
        minimum=0.0,
        maximum=1.0,
        mean=0.2,
        std=0.3,
        shapes={"2": 1000},
        channel_means=(0.4, 0.001),
        channel_stds=(0.4, 0.001),
    )
    columns = replace(pixels, maximum=90.0)
    for inputs, named in ((pixels, False), (columns, True)):
        data = replace(evidence.data, train=replace(evidence.data.train, inputs=inputs))
        finding = run(by_id("inputs-not-scaled"), replace(evidence, data=data)).finding
        assert (finding is not None) is named


def test_a_run_that_goes_well_is_told_only_where_both_scaled_halve_its_error() -> None:
    """r2 of 0.8 becomes 0.97 with inputs and targets scaled, further than with either: a warning; no further: silence."""
    well = replace(healthy_evaluation("validation", 364, 900.0, 0.8), chance=0.0, classes=())
    train = replace(healthy_train(), train=well, validation=well, metric="r2")
    rivals = {"as_configured": 0.8, "lr*10": 0.92, "standardised_inputs": 0.89, "standardised_targets": 0.92}
    for both, named in ((0.97, True), (0.93, False)):
        evidence = replace(raw_table(**rivals, standardised_both=both), train=train)
        finding = run(by_id("unscaled-targets"), evidence).finding
        assert (finding is not None) is named
        assert finding is None or finding.severity is Severity.WARNING


def test_a_run_that_went_fairly_well_is_accused_by_much_alone() -> None:
    """Raw inputs that were tried only in case are told where scaling gains a fifth of the way; a bad run needs less."""
    fair = replace(
        healthy_train(),
        train=healthy_evaluation("train", 1433, 0.9, 0.7),
        validation=healthy_evaluation("validation", 364, 0.9, 0.7),
    )
    for reached, reason, named in ((0.95, "asked", True), (0.85, "asked", False), (0.85, "slow", True)):
        evidence = raw(as_configured=0.7, standardised_inputs=reached)
        assert evidence.trials is not None
        evidence = replace(evidence, train=fair, trials=replace(evidence.trials, reason=reason))
        finding = run(by_id("inputs-not-scaled"), evidence).finding
        assert (finding is not None) is named
        assert finding is None or finding.severity is Severity.WARNING


def test_scaled_inputs_are_not_accused_by_what_scaling_gains() -> None:
    """Where no range is odd, a pair that gains says nothing of the inputs."""
    pairs = replace(trials(0.1, as_configured=0.5, standardised_inputs=0.95), reason="asked")
    assert silent(by_id("inputs-not-scaled"), {"trials": pairs})
