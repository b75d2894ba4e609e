"""What one bounded pass over the data sets saw."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from cnndoctor.finding import Place, UserFailure

TOLD_NAMES = 6  # of tensors, in one sentence


IMAGE_AXES = 3  # of one sample: from here on it has channels, or is a film


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorFacts:
    """Statistics of one side (inputs or targets) over the examined samples of a split.

    Attributes:
        kind: tensor, number, text, none or other (nested structures: the first tensor inside is described).
        dtypes: dtype name → samples.
        shapes: Sample shape as text, for example ``1x8x8`` → samples; the most frequent 20.
        count: Elements examined.
        minimum: Smallest finite value.
        maximum: Largest finite value.
        mean: Mean of finite values.
        std: Standard deviation of finite values.
        integral: All values are whole numbers.
        channel_axis: Axis of a sample that channel statistics run over; -1 when there is one channel only.
        channel_means: Mean per channel (images) or per feature (vectors); first 64.
        channel_stds: Standard deviation likewise.
        constant_channels: Channels or features that never change over all examined samples; first 64.
        constant_samples: Indices of samples whose values are all equal; first 20.
        constant_sample_count: How many there are.
        nonfinite_samples: Indices of samples with NaN or infinity; first 20.
        nonfinite_count: How many there are.
    """

    kind: str = "tensor"
    dtypes: Mapping[str, int] = field(default_factory=dict)
    shapes: Mapping[str, int] = field(default_factory=dict)
    count: int = 0
    minimum: float = 0.0
    maximum: float = 0.0
    mean: float = 0.0
    std: float = 0.0
    integral: bool = False
    channel_axis: int = -1
    channel_means: tuple[float, ...] = ()
    channel_stds: tuple[float, ...] = ()
    constant_channels: tuple[int, ...] = ()
    constant_samples: tuple[int, ...] = ()
    constant_sample_count: int = 0
    nonfinite_samples: tuple[int, ...] = ()
    nonfinite_count: int = 0

    @property
    def common_shape(self) -> tuple[int, ...]:
        """Return the most frequent shape of a sample; () for numbers, and where nothing was seen."""
        common = max(self.shapes, key=self.shapes.__getitem__, default="")
        return tuple(int(length) for length in common.split("x")) if common else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InputTensor:
    """One of several tensors that a sample holds as inputs.

    Attributes:
        name: Its key, or its position as ``inputs[1]``; empty where a sample's inputs are one tensor.
        facts: Its statistics.
        random_reads: Share of re-read samples in which it differed from the first read.
        random_variance: Share of its variance that is drawn anew at each read.
    """

    name: str
    facts: TensorFacts = field(default_factory=TensorFacts)
    random_reads: float = 0.0
    random_variance: float = 0.0

    @property
    def said(self) -> str:
        """Return the name in brackets for a message, after a space; nothing for the only tensor."""
        return f" ({self.name})" if self.name else ""

    @property
    def values(self) -> int:
        """Return how many numbers it has in a usual sample."""
        return math.prod(self.facts.common_shape)

    @property
    def axes(self) -> int:
        """Return the most axes that it has in a sample."""
        return max((shape.count("x") + 1 for shape in self.facts.shapes if shape), default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelFacts:
    """What the targets are as labels.

    Attributes:
        histogram: Label → samples (index labels; pixels for masks; positives per column for multilabel); at most 1,000 labels.
        distinct: Number of distinct labels or values seen (capped at 10,001).
        one_hot: Share of targets that are vectors with a single 1 and zeros.
        rows_sum_to_one: Share of vector targets that are non-negative and sum to 1.
        out_of_range: Indices of samples whose label is negative or not below the class count, ignore_index apart; first 20.
        out_of_range_count: How many.
        lowest: Smallest label.
        highest: Largest label.
        target_lengths_exceed_inputs: CTC only: samples whose target is longer than the model's output sequence; indices.
        column_means: Mean of each target column of regression or multilabel targets; first 64.
        column_stds: Standard deviation likewise.
    """

    histogram: Mapping[str, int] = field(default_factory=dict)
    distinct: int = 0
    one_hot: float = 0.0
    rows_sum_to_one: float = 0.0
    out_of_range: tuple[int, ...] = ()
    out_of_range_count: int = 0
    lowest: float = 0.0
    highest: float = 0.0
    target_lengths_exceed_inputs: tuple[int, ...] = ()
    column_means: tuple[float, ...] = ()
    column_stds: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicates:
    """Samples that are equal in content.

    Attributes:
        groups: Groups of equal inputs.
        extra: Samples beyond the first of each group.
        examples: Index pairs, first 20.
        conflicting_groups: Groups whose members carry different labels.
        conflicting_samples: Samples in those groups.
        conflicting_examples: Index pairs with different labels, first 20.
        near: Images that look like an earlier one without being equal: brightened, re-encoded, noisy.
        near_examples: Index pairs of these, first 20.
        blank_labels: Different labels that samples of a single value throughout carry; these are in no group.
        target_spread: Of groups whose targets are numbers: the mean variance of targets within a group, over that of all
            targets; near 1 where equal inputs have targets as unlike as any two; NaN without such groups.
    """

    groups: int = 0
    extra: int = 0
    examples: tuple[tuple[int, int], ...] = ()
    conflicting_groups: int = 0
    conflicting_samples: int = 0
    conflicting_examples: tuple[tuple[int, int], ...] = ()
    near: int = 0
    near_examples: tuple[tuple[int, int], ...] = ()
    blank_labels: int = 0
    target_spread: float = math.nan


@dataclass(frozen=True, slots=True, kw_only=True)
class OddImages:
    """Images that differ from the rest of their split in one way.

    Attributes:
        kind: constant, dark, bright, blurred, of odd size or of odd aspect.
        count: How many.
        samples: Their indices, first 20.
    """

    kind: str
    count: int
    samples: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyFacts:
    """How well one number of an image alone tells its class.

    Attributes:
        name: brightness, contrast, sharpness, size, aspect ratio, or a tint.
        score: Mean share of each class told right, on samples not used to learn how; chance is one over the classes.
        classes: Number of classes.
    """

    name: str
    score: float
    classes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFacts:
    """What the images of a split look like, each against the rest.

    Attributes:
        examined: Images looked at; 0 when inputs are no images.
        odd: Kinds of odd images that were found.
        properties: Classification only: what single numbers tell of the label.
    """

    examined: int = 0
    odd: tuple[OddImages, ...] = ()
    properties: tuple[PropertyFacts, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LoaderFacts:
    """What the loader of a split does.

    Attributes:
        batches: Batches in one epoch; 0 when unknown.
        batch_size: Size of the first batch.
        last_batch_size: Size of the last batch of an epoch; 0 when unknown.
        drop_last: Whether it drops an incomplete batch.
        shuffles: Two epochs come in different order; None when it could not be told (iterable, one batch).
        sampler: Class name of the sampler.
        label_run_excess: Mean share of a batch's most frequent label minus what random batches would show, in units of
            its standard deviation (z-score); 0 when not applicable.
        distinct_labels_per_batch: Mean share of classes present per batch, relative to the expected one under shuffling.
        wait_share: Share of a step's time spent waiting for data (measured in the train stage; here 0).
        seconds_per_batch: Median time to fetch a batch.
        workers: Number of workers.
    """

    batches: int = 0
    batch_size: int = 0
    last_batch_size: int = 0
    drop_last: bool = False
    shuffles: bool | None = None
    sampler: str = ""
    label_run_excess: float = 0.0
    distinct_labels_per_batch: float = 1.0
    wait_share: float = 0.0
    seconds_per_batch: float = 0.0
    workers: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnedMasks:
    """Masks that fit their images better another way round.

    Attributes:
        how: What was done to the masks, in words.
        as_given: Share of the images' variance that lies between the classes of their masks.
        undone: The same once the masks are turned back.
        better: Share of the samples whose mask fits better then.
        samples: Samples that were looked at.
    """

    how: str
    as_given: float = 0.0
    undone: float = 0.0
    better: float = 1.0
    samples: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """One split as the model would get it.

    Attributes:
        name: train or validation.
        size: Samples in the split; 0 when an iterable does not tell.
        examined: Samples read.
        cut: Whether the sample budget ended the pass early.
        map_style: Whether samples can be read by index.
        inputs: Statistics of the inputs.
        targets: Statistics of the targets.
        labels: The targets as labels.
        duplicates: Equal samples within the split.
        broken: Failures of reading single samples; first 20.
        broken_samples: Their indices.
        random_reads: Share of re-read samples (64 of them) that differed from the first read: augmentation is active.
        random_variance: Share of the inputs' variance that is drawn anew at each read; 1 is pure noise.
        rewritten: Factor and shift that each reading puts on the values of a sample, the same for all: they are scaled in
            place. Empty where no single ones do.
        repeated_reads: True when the same sample read in two epochs or by two workers has the identical random stream
            although reads differ within one epoch; None when not applicable.
        loader: What the loader does.
        names: Index (as text) → file or sample name of samples mentioned in this evidence, where the data set knows it.
        random_targets: Share of re-read samples whose target differed too: the data are made while they are read.
        classes: Class names in the order of their labels, where the data set exposes them; at most 1,000.
        layout_share: Share of the pixels' variance that the mean image explains (images only): 0 for photographs, near 1 for
            images that differ in details of a common layout; NaN when unknown.
        images: What its images look like.
        equal_by_chance: Of inputs of 2 to 15 numbers: the probability that two different records agree in the two features that
            hardly ever do; NaN for others.
        levels: How many different values the feature takes that has most of them; 0 when unknown. Categories that were
            standardised have few.
        bits: Sum over features of the binary logarithm of how many values they take; NaN when unknown.
        scrambled: How the values of its colour images or sequences lie in memory where they were reshaped instead of permuted:
            colours-last ([H, W, C] read as [C, H, W]), colours-first or time-last ([C, T] read as [T, C]); empty where they
            were not.
        unscrambled_steps: Steps between neighbours once that is undone, as a share of those before (median image).
        turned: How masks are turned or mirrored against their images; None where they are not.
        own_vocabulary: Its symbols are numbered by how often they occur in this very split: the vocabulary was built from it.
        tensors: Of inputs of several members (a mapping, a tuple, several configured keys) every tensor, first 64; ``inputs``
            is then the first of them. Empty where inputs are one tensor.
    """

    name: str
    size: int = 0
    examined: int = 0
    cut: bool = False
    map_style: bool = True
    inputs: TensorFacts = field(default_factory=TensorFacts)
    targets: TensorFacts = field(default_factory=TensorFacts)
    labels: LabelFacts = field(default_factory=LabelFacts)
    duplicates: Duplicates = field(default_factory=Duplicates)
    broken: tuple[UserFailure, ...] = ()
    broken_samples: tuple[int, ...] = ()
    random_reads: float = 0.0
    random_variance: float = 0.0
    rewritten: tuple[float, ...] = ()
    repeated_reads: bool | None = None
    loader: LoaderFacts = field(default_factory=LoaderFacts)
    names: Mapping[str, str] = field(default_factory=dict)
    random_targets: float = 0.0
    classes: tuple[str, ...] = ()
    layout_share: float = float("nan")
    images: ImageFacts = field(default_factory=ImageFacts)
    equal_by_chance: float = float("nan")
    levels: int = 0
    bits: float = float("nan")
    scrambled: str = ""
    unscrambled_steps: float = float("nan")
    turned: TurnedMasks | None = None
    own_vocabulary: bool = False
    tensors: tuple[InputTensor, ...] = ()

    @property
    def each_input(self) -> tuple[InputTensor, ...]:
        """Return every input tensor with its name; a single one without."""
        if self.tensors:
            return self.tensors
        return (
            InputTensor(
                name="",
                facts=self.inputs,
                random_reads=self.random_reads,
                random_variance=self.random_variance,
            ),
        )

    @property
    def values(self) -> int:
        """Return how many numbers a usual sample holds, over all its input tensors."""
        return sum(one.values for one in self.each_input)

    @property
    def alike_in(self) -> str:
        """Return for a message of equal samples in which tensors they are equal; nothing for a single tensor."""
        names = [one.name for one in self.tensors]
        if len(names) > TOLD_NAMES:
            return f" in all {len(names)} tensors"
        return f" in {', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else ""

    def places(self, indices: Iterable[int], most: int = 5) -> tuple[Place, ...]:
        """Return places that name samples of this split, with their file where the data set knows it.

        Args:
            indices: Sample indices.
            most: Places at most.
        """
        chosen = list(indices)[:most]
        return tuple(
            Place(kind="sample", name=f"{self.name}[{i}]", file=self.names.get(str(i), "")) for i in chosen
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """Samples that stand in both splits.

    Attributes:
        exact: Validation samples whose input equals a training input.
        near: Validation images that look like a training image: shifted by a pixel (from 20 pixels on), brightened, noisy or
            re-encoded; exact ones not counted.
        other_targets: Those of the exact ones whose target no equal training input has.
        examples: (training index, validation index) pairs of exact duplicates, first 20.
        near_examples: Likewise for near duplicates; those that proved to be copies first.
        near_compared: Pairs of ``near_examples`` that were compared pixel by pixel; 0 where none could be.
        near_copies: Those that are copies by their pixels and colours, too.
        same_object: The validation data set is the training data set (same object or every sample equal).
        groups: Groups (persons, patients, videos) that stand in both, where the data sets name them (``groups``).
        group_samples: Validation samples of those groups.
        group_size: Samples of the validation split, all of them.
        group_names: Names of shared groups, first 20.
    """

    exact: int = 0
    other_targets: int = 0
    near: int = 0
    examples: tuple[tuple[int, int], ...] = ()
    near_examples: tuple[tuple[int, int], ...] = ()
    near_compared: int = 0
    near_copies: int = 0
    same_object: bool = False
    groups: int = 0
    group_samples: int = 0
    group_size: int = 0
    group_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SimpleBaseline:
    """What simple models reach on the same data: the yardstick for 'learns nothing' and 'labels are unrelated'.

    A nearest-neighbour and a ridge classifier (regressor) on standardised flat inputs, at most 2,000 samples, five folds.

    Attributes:
        metric: accuracy or r2; empty when it could not be computed.
        chance: Score of the majority class (0 for r2).
        train: Cross-validated score within the training split, the better of both models.
        train_shuffled: Mean of the same with labels shuffled, over 5 shuffles.
        train_shuffled_std: Its standard deviation.
        validation: Score on the validation split of a model fitted to training; NaN without validation.
        validation_permuted: Best score over permutations of the predicted classes (Hungarian), same model.
        validation_within: Cross-validated score within the validation split by itself, where the model of training falls behind
            there; NaN otherwise.
        suspicious: Training samples whose label disagrees with a confident cross-validated prediction; first 20.
        suspicious_share: Their share of the examined samples.
        samples: Samples used.
    """

    metric: str = ""
    chance: float = 0.0
    train: float = float("nan")
    train_shuffled: float = float("nan")
    train_shuffled_std: float = 0.0
    validation: float = float("nan")
    validation_permuted: float = float("nan")
    validation_within: float = float("nan")
    suspicious: tuple[int, ...] = ()
    suspicious_share: float = 0.0
    samples: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DataEvidence:
    """The data as the model would get it.

    Attributes:
        train: The training split.
        validation: The validation split; None when there is none.
        overlap: What both share.
        baseline: What simple models reach.
        seconds: Time of the pass.
        budget: What was cut, in words; empty when everything was examined.
    """

    train: Split
    validation: Split | None = None
    overlap: Overlap = field(default_factory=Overlap)
    baseline: SimpleBaseline = field(default_factory=SimpleBaseline)
    seconds: float = 0.0
    budget: str = ""
