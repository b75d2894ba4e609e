"""What stands before any training: layers, parameters, optimizer, loss, planned schedule, output."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One module that owns parameters or computes something (a leaf, or a parent with own parameters).

    Attributes:
        path: Dotted module path; empty for the model itself.
        kind: Class name, for example ``Conv2d``.
        source_file: File of the class when it is the user's own, or of the parent that holds it; empty otherwise.
        source_line: Its 1-based line.
        parameters: Number of own parameters (elements).
        trainable: Number of own elements that require a gradient.
        calls: How often the probe forward called it (0: never used).
        position: Order of the first call, from 0; -1 when never called.
        input_shape: Shape of its first tensor input with the batch axis first; empty when unknown.
        output_shape: Shape of its first tensor output.
        settings: Scalar settings that matter (p, stride, kernel_size, momentum, eps, track_running_stats, dim …), as text.
    """

    path: str
    kind: str
    source_file: str = ""
    source_line: int = 0
    parameters: int = 0
    trainable: int = 0
    calls: int = 0
    position: int = -1
    input_shape: tuple[int, ...] = ()
    output_shape: tuple[int, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter tensor as built, before any step.

    Attributes:
        name: Dotted name of ``named_parameters`` (first name when shared).
        layer: Path of the module that owns it.
        kind: Class name of that module.
        shape: Tensor shape.
        dtype: For example ``float32``.
        device: For example ``cpu``.
        trainable: ``requires_grad``.
        optimizer_groups: Number of optimizer groups that hold it.
        frozen_on_purpose: A pattern of ``intent.frozen`` matches its name.
        other_names: Further names of the same tensor (weight tying).
        mean: Mean of its elements.
        std: Standard deviation of its elements.
        fan_in: Elements that feed one output unit (shape[1:] product); 0 for vectors.
        constant: All elements equal.
        identical_rows: Has at least two rows and all rows (output units) are equal.
        nonfinite: Number of NaN or infinite elements.
    """

    name: str
    layer: str
    kind: str
    shape: tuple[int, ...]
    dtype: str = "float32"
    device: str = "cpu"
    trainable: bool = True
    optimizer_groups: int = 1
    frozen_on_purpose: bool = False
    other_names: tuple[str, ...] = ()
    mean: float = 0.0
    std: float = 0.1
    fan_in: int = 0
    constant: bool = False
    identical_rows: bool = False
    nonfinite: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimizerGroup:
    """One parameter group: learning rate, decay, momentum (0 where it has none) and how many tensors it holds."""

    lr: float
    weight_decay: float = 0.0
    momentum: float = 0.0
    parameters: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimizerFacts:
    """The built optimizer.

    Attributes:
        name: Class name, for example ``AdamW``.
        adaptive: Whether it normalises by gradient magnitude (Adam family, RMSprop, Adagrad, Adadelta …).
        groups: Its parameter groups.
        foreign: Shapes of tensors it updates that are no parameter of the model.
        maximize: Whether any group climbs instead of descending.
    """

    name: str
    adaptive: bool = False
    groups: tuple[OptimizerGroup, ...] = ()
    foreign: tuple[tuple[int, ...], ...] = ()
    maximize: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LossFacts:
    """The built loss.

    Attributes:
        name: Class or function name, for example ``CrossEntropyLoss``.
        known: Whether it is a loss of torch.nn (its contract is then known).
        reduction: mean, sum or none; empty when unknown.
        ignore_index: Label that the loss skips; None when it has no such thing.
        label_smoothing: Smoothing share.
        has_class_weights: Per-class weights or pos_weight are set.
        blank: Blank index of a CTC loss; -1 otherwise.
        inner: What a loss or step of the user's own hands the model's output to, as the first batch showed:
            ``binary_cross_entropy_with_logits``, ``sigmoid`` …; empty when unknown.
    """

    name: str
    known: bool = False
    reduction: str = ""
    ignore_index: int | None = None
    label_smoothing: float = 0.0
    has_class_weights: bool = False
    blank: int = -1
    inner: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LooseModule:
    """A module or parameter that sits in a plain list, tuple, dict or set where torch cannot see it.

    Attributes:
        path: Attribute path with the key inside the container, for example ``layers[0]``.
        kind: Class name.
        parameters: Its elements.
        trainable: Whether any of them requires a gradient; a hidden teacher does not.
        source_file: File of the class that holds the container.
        source_line: Its 1-based line.
    """

    path: str
    kind: str
    parameters: int
    trainable: bool = True
    source_file: str = ""
    source_line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupEvidence:
    """The experiment as built.

    Attributes:
        model: Class name of the model.
        layers: Leaf layers in registration order.
        parameters: Every parameter tensor.
        loose_modules: Modules hidden in plain containers.
        optimizer: The optimizer; the first, where a factory returns several.
        loss: The loss.
        planned_lr: (progress in [0, 1], lr of the first group) samples of the schedule over the whole planned run,
            found by stepping the scheduler on a throw-away optimizer; empty for plateau schedulers.
        planned_steps: Optimizer steps of the whole planned run; 0 when unknown.
        steps_per_epoch: Optimizer steps in one epoch; 0 when unknown.
        scheduler: Class name; empty without one.
        output_shape: Shape of the model's output on one batch of the probe; empty when it is no single tensor.
        classes: Number of classes of the head (classification, segmentation, ctc); 0 otherwise.
        class_names: Names that the data set exposes.
        normalisation: Layers of a normalising kind.
        dropouts: Path of each dropout layer with its p > 0.
        in_eval_on_purpose: Normalisation layers that a model keeps in eval mode although train() was called.
    """

    model: str
    layers: tuple[Layer, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    loose_modules: tuple[LooseModule, ...] = ()
    optimizer: OptimizerFacts = field(default_factory=lambda: OptimizerFacts(name="SGD"))
    loss: LossFacts = field(default_factory=lambda: LossFacts(name="CrossEntropyLoss"))
    planned_lr: tuple[tuple[float, float], ...] = ()
    planned_steps: int = 0
    steps_per_epoch: int = 0
    scheduler: str = ""
    output_shape: tuple[int, ...] = ()
    classes: int = 0
    class_names: tuple[str, ...] = ()
    normalisation: tuple[str, ...] = ()
    dropouts: Mapping[str, float] = field(default_factory=dict)
    in_eval_on_purpose: tuple[str, ...] = ()
