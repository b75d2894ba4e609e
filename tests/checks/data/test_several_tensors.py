"""Promises of the checks of inputs where a sample holds several tensors: each is judged, and named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cnndoctor.checks.data.conflicting_labels import conflicting_labels
from cnndoctor.checks.data.constant_inputs import constant_inputs
from cnndoctor.checks.data.duplicate_samples import duplicate_samples
from cnndoctor.checks.data.inputs_scaled_twice import inputs_scaled_twice
from cnndoctor.checks.data.nonfinite_inputs import nonfinite_inputs
from cnndoctor.checks.data.random_validation_transform import random_validation_transform
from cnndoctor.checks.data.train_validation_overlap import train_validation_overlap
from cnndoctor.checks.data.train_validation_shift import train_validation_shift
from cnndoctor.evidence import DataEvidence
from cnndoctor.evidence.data import Duplicates, InputTensor, Overlap, TensorFacts
from cnndoctor.finding import Finding, Severity
from tests.changed import failed_train
from tests.healthy import healthy_data, healthy_experiment, healthy_train

USER = TensorFacts(
    kind="number", dtypes={"int64": 1433}, shapes={"": 1433}, count=1433, maximum=319, mean=160, std=92,
    integral=True, channel_means=(160.0,), channel_stds=(92.0,),
)  # fmt: skip
SIDE = TensorFacts(
    dtypes={"float32": 1433}, shapes={"3": 1433}, count=4299, minimum=-2, maximum=2, mean=0.1, std=0.9,
    channel_axis=0, channel_means=(0.0, 0.01, 0.3), channel_stds=(1.0, 1.0, 0.46),
)  # fmt: skip
SCAN = TensorFacts(
    dtypes={"float32": 1433}, shapes={"1x8x8": 1433}, count=91712, minimum=-1, maximum=1, mean=0.0, std=0.5,
    channel_means=(0.0,), channel_stds=(0.5,),
)  # fmt: skip
BLANK = replace(
    SCAN, minimum=0.0, maximum=0.0, mean=0.0, std=0.0, channel_stds=(0.0,), constant_sample_count=1433
)


def _data(*, train: dict[str, TensorFacts], validation: dict[str, TensorFacts] | None = None) -> DataEvidence:
    data = healthy_data()
    assert data.validation is not None
    splits = [
        replace(
            split,
            tensors=tuple(InputTensor(name=name, facts=one) for name, one in facts.items()),
            inputs=replace(next(iter(facts.values())), kind="other"),
        )
        for split, facts in ((data.train, train), (data.validation, validation or train))
    ]
    return replace(data, train=splits[0], validation=splits[1])


def test_a_nan_in_the_second_tensor_is_named_with_it() -> None:
    """The message says which tensor holds NaN, the places which samples."""
    facts = {"user": USER, "side": replace(SIDE, nonfinite_samples=(4,), nonfinite_count=1)}
    finding = nonfinite_inputs(_data(train=facts), None)
    assert isinstance(finding, Finding)
    assert "1 of 1433 train samples (side)" in finding.message
    assert finding.places[0].name == "train[4]"


def test_minus_infinity_in_a_mask_is_meant() -> None:
    """A tensor that is 0 where it is finite is added to scores of attention, and hides places on purpose."""
    mask = replace(SIDE, minimum=0.0, maximum=0.0, nonfinite_samples=(4,), nonfinite_count=700)
    assert nonfinite_inputs(_data(train={"tokens": USER, "mask": mask}), None) is None


def test_a_feature_in_its_own_units_is_named() -> None:
    """Ages in years on validation alone are told by tensor and feature, though the other features agree."""
    raw = replace(SIDE, mean=15.0, std=24.0, channel_means=(45.0, 0.02, 0.3), channel_stds=(17.0, 1.0, 0.46))
    data = _data(train={"user": USER, "side": SIDE}, validation={"user": USER, "side": raw})
    finding = train_validation_shift(data, failed_train())
    assert isinstance(finding, Finding)
    assert "(side): feature 0 has mean 0 and standard deviation 1 in training, 45 and 17" in finding.message
    assert train_validation_shift(data, healthy_train()) is None


@pytest.mark.parametrize(
    ("mean", "std"), [(2.1, 0.11), (0.3, 7.0), (-3.0, 4.0)], ids=["later", "outlier", "wider"]
)
def test_a_feature_that_moves_with_time_or_has_outliers_is_no_other_unit(mean: float, std: float) -> None:
    """Later dates are narrower, outliers keep the mean near, another season is not five times as wide."""
    moved = replace(SIDE, channel_means=(mean, 0.0, 0.3), channel_stds=(std, 1.0, 0.46))
    data = _data(train={"user": USER, "side": SIDE}, validation={"user": USER, "side": moved})
    assert train_validation_shift(data, failed_train()) is None


def test_other_keys_on_validation_are_no_shift() -> None:
    """Users whom training lacks have other numbers, and numbers of users have no scale."""
    others = replace(USER, mean=5000, std=3.0, channel_means=(5000.0,), channel_stds=(3.0,))
    data = _data(train={"user": USER, "side": SIDE}, validation={"user": others, "side": SIDE})
    assert train_validation_shift(data, failed_train()) is None


def test_one_picture_of_a_pair_that_is_always_empty() -> None:
    """Where the left picture varies and the right never does, the right one is named as an error."""
    finding = constant_inputs(_data(train={"left": SCAN, "right": BLANK}), None)
    assert isinstance(finding, Finding)
    assert finding.severity is Severity.ERROR
    assert "Every training sample's right is the single value 0" in finding.message


def test_masks_and_first_states_are_constant_by_nature() -> None:
    """A mask of ones, a state of zeros and numbers of tokens beside the inputs proper are not told."""
    ones = replace(BLANK, minimum=1.0, maximum=1.0)
    state = replace(BLANK, shapes={"2x32": 1433})
    types = replace(USER, shapes={"32": 1433}, minimum=0.0, maximum=0.0)
    facts = {"scan": SCAN, "mask": ones, "state": state, "types": types}
    assert constant_inputs(_data(train=facts), failed_train()) is None


def _squeezed(facts: TensorFacts) -> TensorFacts:
    return replace(
        facts,
        minimum=0.0,
        maximum=0.004,
        mean=0.001,
        std=0.001,
        channel_means=(0.001,),
        channel_stds=(0.001,),
    )


def test_a_squeezed_picture_of_a_pair_is_named_and_small_numbers_are_not() -> None:
    """Pixels divided twice are told by name; a row of tiny numbers beside a key is what it is."""
    finding = inputs_scaled_twice(
        _data(train={"left": SCAN, "right": _squeezed(SCAN)}), None, None, failed_train(), None
    )
    assert isinstance(finding, Finding)
    assert finding.message.startswith("Inputs (right) lie within")
    rows = _data(train={"user": USER, "side": _squeezed(SIDE)})
    assert inputs_scaled_twice(rows, None, None, failed_train(), None) is None


def test_the_tensor_that_reads_differently_is_named() -> None:
    """Of a picture and a row only the picture is augmented on validation, and the message says so."""
    data = _data(train={"scan": SCAN, "side": SIDE})
    assert data.validation is not None
    tensors = (replace(data.validation.tensors[0], random_reads=1.0), data.validation.tensors[1])
    finding = random_validation_transform(
        replace(data, validation=replace(data.validation, tensors=tensors, random_reads=1.0))
    )
    assert isinstance(finding, Finding)
    assert "the second time (scan)" in finding.message


def test_copies_say_in_which_tensors_they_are_equal() -> None:
    """Pairs that stand in both splits are an error that names both tensors."""
    data = replace(_data(train={"left": SCAN, "right": SCAN}), overlap=Overlap(exact=40, examples=((0, 1),)))
    finding = train_validation_overlap(healthy_experiment(), data)
    assert isinstance(finding, Finding)
    assert finding.severity is Severity.ERROR
    assert "also stand in training in left and right" in finding.message


def test_records_with_keys_repeat_by_nature() -> None:
    """Clicks of the same user on the same item are no fault, whether they agree or not."""
    wide = replace(SIDE, shapes={"20": 1433})
    data = _data(train={"user": USER, "side": wide})
    twins = Duplicates(groups=90, extra=500, conflicting_groups=60, conflicting_samples=400)
    data = replace(data, train=replace(data.train, duplicates=twins), overlap=Overlap(exact=100))
    assert conflicting_labels(healthy_experiment(), data) is None
    for finding in (duplicate_samples(data), train_validation_overlap(healthy_experiment(), data)):
        assert isinstance(finding, Finding)
        assert finding.severity is Severity.NOTE


@pytest.mark.parametrize(("spread", "told"), [(0.95, True), (0.1, False)])
def test_a_regression_joined_to_another_table(spread: float, told: bool) -> None:
    """Every row stands there twice: with targets as unlike as any two it is an error, measured twice it is not."""
    regression = replace(healthy_experiment(), task="regression")
    data = _data(train={"user": USER, "side": SIDE})
    twins = Duplicates(
        groups=700, extra=710, conflicting_groups=690, conflicting_samples=1390, conflicting_examples=((3, 8),),
        target_spread=spread,
    )  # fmt: skip
    finding = conflicting_labels(regression, replace(data, train=replace(data.train, duplicates=twins)))
    assert isinstance(finding, Finding) is told
    if isinstance(finding, Finding):
        assert "an identical twin in user and side with a target as unlike" in finding.message
