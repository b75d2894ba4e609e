"""What one forward, loss, backward and step on one real batch showed, and the experiments around them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputFacts:
    """The model's output on one batch in training mode, before any step.

    Attributes:
        shape: Shape of the output tensor; empty when it is no single tensor (then the largest float tensor is described).
        dtype: dtype name.
        minimum: Smallest value.
        maximum: Largest value.
        mean: Mean.
        std: Standard deviation.
        nonfinite: NaN or infinite values.
        class_axis: Axis of the scores; -1 when there is none.
        sums_to_one: Axes along which every slice is non-negative and sums to 1 within 1e-3 (softmax there).
        log_sums_to_one: Axes along which exp() sums to 1 (log-softmax there).
        log_spread: Largest difference of two log-probabilities of a sample, over all those outputs, where exp() sums to 1
            along the class axis; NaN otherwise. At most 1 when they come from probabilities.
        in_unit_interval: All values lie in [0, 1], also for inputs scaled up 10 times.
        never_negative: No value is negative, also for inputs scaled up 10 times and negated.
        zero_share: Share of exact zeros.
        always_zero_columns: Scores that are exactly 0 for every sample.
        varies_over_samples: Standard deviation over samples (median over scores), relative to the overall scale.
        last_activation: Class or function name of the operation that made the output, when it is an activation
            (Softmax, LogSoftmax, Sigmoid, ReLU, Tanh …); empty otherwise.
        last_layer: Path of the last layer with parameters.
        bounds: Known (low, high) range of the last activation; empty when unbounded.
        limits: (low, high) that the output never passes and stops at when the last layer is scaled up, whatever operation
            does it; infinite on a side without a limit, empty when not tried.
    """

    shape: tuple[int, ...] = ()
    dtype: str = "float32"
    minimum: float = 0.0
    maximum: float = 0.0
    mean: float = 0.0
    std: float = 0.0
    nonfinite: int = 0
    class_axis: int = 1
    sums_to_one: tuple[int, ...] = ()
    log_sums_to_one: tuple[int, ...] = ()
    log_spread: float = float("nan")
    in_unit_interval: bool = False
    never_negative: bool = False
    zero_share: float = 0.0
    always_zero_columns: int = 0
    varies_over_samples: float = 1.0
    last_activation: str = ""
    last_layer: str = ""
    bounds: tuple[float, ...] = ()
    limits: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LossCallFacts:
    """The tensors that met at the loss, and the value that came out.

    Attributes:
        output_shape: Shape handed as prediction; empty when a step hides the call.
        target_shape: Shape handed as target.
        target_dtype: dtype of the target.
        value: The loss of the first batch in training mode.
        expected: Loss of a model that knows nothing but the class frequencies or the target mean; NaN when unknown.
        value_eval: The loss of the same batch in eval mode.
        half_batch_ratio: Loss of the full batch divided by the mean loss of its two halves (1 for mean, 2 for sum).
        target_range: Smallest value, largest value and standard deviation of a floating target; empty otherwise.
        function: The torch function that the loss or step hands the model's output to: a loss, or the first activation
            of one written by hand; empty when unknown.
        penalty: Extra loss that the step reports as penalty; 0 without.
        weight_decay_pull: Norm of weight decay times weights over the norm of the loss gradient, in training units.
        aligned_value: The loss with the prediction reshaped to the target's shape, where both hold equally many elements in
            different shapes ([N, 1] and [N]); NaN otherwise. Another value than ``value`` proves silent broadcasting.
        prediction_is_output: The tensor handed to the loss is the model's output itself, not something a step made of it.
        meets_targets: The targets that a score is held against are of the shape that met the output at the loss; a step that
            names none may bring labels which its loss never sees.
        other_targets: The output met other targets at the loss than a score is held against: 0 to 1 there, and beyond here.
        terms: How many losses make up the one of the step: calls of the configured loss, or of torch's own.
        difference: Whether a loss of the user's own takes the difference of the output as it is and of something as large that
            is no part of the model: its targets.
        own_targets: The loss met, or the step names, floating targets that are not the batch's: a reconstruction is held
            against the inputs, a value function against returns, whatever labels the data carry.
        given: What a step made of the output before the configured loss took it; None where that is the output itself.
        ctc_outputs: Symbols, the blank among them, of the scores that torch's CTC loss was given; 0 where it was not called.
        ctc_blank: The index that it was told for the blank.
        ctc_blank_targets: Share of the batch's targets that hold that index within their length.
        offset_free: Whether the loss stays as it is when one number is added to all outputs, and changes when they swap places:
            it ranks them, and knows no zero.
        aims_elsewhere: Whether the output that suits a target best is another number: its logarithm, or one on another scale;
            or the one that suits all of them lies far from their middle, as a high quantile does.
        untaught_target: Of targets with two values, the one at which the loss has no gradient whatever the output is; NaN for
            none, and where the loss was not asked.
        prefers_opposite: Whether what is minimised is the configured loss alone, and this grows all the way as a prediction
            comes from the opposite of the masks to the masks themselves.
    """

    output_shape: tuple[int, ...] = ()
    target_shape: tuple[int, ...] = ()
    target_dtype: str = ""
    value: float = 0.0
    expected: float = float("nan")
    value_eval: float = 0.0
    half_batch_ratio: float = 1.0
    penalty: float = 0.0
    target_range: tuple[float, ...] = ()
    function: str = ""
    weight_decay_pull: float = 0.0
    aligned_value: float = float("nan")
    prediction_is_output: bool = True
    meets_targets: bool = True
    other_targets: bool = False
    terms: int = 1
    difference: bool = False
    own_targets: bool = False
    given: OutputFacts | None = None
    ctc_outputs: int = 0
    ctc_blank: int = 0
    ctc_blank_targets: float = 0.0
    offset_free: bool = False
    aims_elsewhere: bool = False
    untaught_target: float = float("nan")
    prefers_opposite: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerSignal:
    """What one layer put out, and what came back, on the first batch.

    Attributes:
        path: Dotted path.
        kind: Class name.
        mean: Mean of the output.
        std: Standard deviation of the output.
        minimum: Smallest output.
        maximum: Largest output.
        zero_share: Share of exact zeros.
        dead_units: Share of units (channels or features) that are zero on every sample and position.
        saturated: Share of outputs within 2 % of the limit (sigmoid, tanh, softsign, hard variants); 0 otherwise.
        nonfinite: NaN or infinite outputs.
        varies_over_samples: Standard deviation over samples relative to the overall scale; 0 means constant output.
        gradient_rms: Root mean square of the loss gradient at the output; NaN when none came.
        position: Order of execution.
    """

    path: str
    kind: str
    mean: float = 0.0
    std: float = 1.0
    minimum: float = -1.0
    maximum: float = 1.0
    zero_share: float = 0.0
    dead_units: float = 0.0
    saturated: float = 0.0
    nonfinite: int = 0
    varies_over_samples: float = 1.0
    gradient_rms: float = 1e-3
    position: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterStep:
    """What the first backward and the first steps did to one parameter.

    Attributes:
        name: Dotted name.
        gradient: none (not connected), zero (all exactly 0), nonfinite or ok.
        gradient_rms: Root mean square of the gradient; 0 when none.
        weight_rms: Root mean square of the weights.
        changed: Whether a bit changed after the optimizer steps.
        update_ratio: RMS of the first update over RMS of the weights; 0 when unchanged or weights all zero.
        below_precision: Share of elements whose wanted update is under half a unit in the last place of the weight.
    """

    name: str
    gradient: str = "ok"
    gradient_rms: float = 1e-3
    weight_rms: float = 0.1
    changed: bool = True
    update_ratio: float = 1e-3
    below_precision: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CutPoint:
    """Where the graph between loss and parameters ends.

    Attributes:
        layer: First layer (in order of execution) whose output no longer carries a gradient to what came before; the
            layers listed in ``cut_off`` lie before it.
        cut_off: Parameters with gradient None although they are trainable and their layer was called.
        source_file: File of the forward that holds it, where known.
        source_line: Its 1-based line.
    """

    layer: str = ""
    cut_off: tuple[str, ...] = ()
    source_file: str = ""
    source_line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRead:
    """The only part of the inputs that decides the output; the rest may be swapped between samples without any effect.

    Attributes:
        axis: Axis of the inputs, 0 being the samples.
        start: First place along it that may be read.
        stop: First place behind them.
        length: Places along the axis.
    """

    axis: int
    start: int
    stop: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReshapeFact:
    """A view/reshape/flatten in the forward that may mix axes.

    Attributes:
        before: Shape before.
        after: Shape after.
        mixes_batch: The batch axis changed meaning.
        scrambles: The same shape would come out of a permute, or channel and space axes are cut across.
        source_file: User source file of the call.
        source_line: Its 1-based line.
        layer: Path of the module whose forward made the call.
    """

    before: tuple[int, ...]
    after: tuple[int, ...]
    mixes_batch: bool = False
    scrambles: bool = False
    source_file: str = ""
    source_line: int = 0
    layer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """What one sample costs in training, in one way of running the step: its stable name, the change in words, seconds."""

    name: str
    change: str
    seconds_per_sample: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstBatchEvidence:
    """One batch, looked at closely.

    Attributes:
        batch_size: Samples in the batch.
        output: The model's output.
        loss: The loss call.
        layers: Signals per layer, in order of execution.
        parameters: Gradients and updates per parameter.
        cut: Where the graph is cut; None when it is whole.
        depends_on_input: Largest output change (relative to the output's scale) over three controls: zeroed, shuffled
            and noise inputs, eval mode. 0 means that the output ignores its input, before and after the first steps; NaN
            when it could not be tested.
        told_apart: Output change, relative to the output's scale, when each sample of the batch gets its neighbour's inputs,
            eval mode, before any step. Rounding only where all real samples get the same answer; NaN when it could not be
            tested.
        part_read: The quarter of the inputs that alone decides the output, eval mode, before any step; None where more is read
            or it is unknown.
        words_read: Output change, relative to its scale, when words (whole numbers other than the most frequent one, which is
            taken for padding) are swapped between samples, eval mode, before any step; NaN for other inputs.
        curvature: How far the model in eval mode is from an affine map: |f(x+u+v) − f(x+u) − f(x+v) + f(x)| relative to its
            largest part. Rounding only for a network without any nonlinearity; NaN when not tested.
        input_gradient: RMS of the gradient of the loss with respect to the inputs; NaN when inputs are not float.
        mixing: Largest change of one sample's output when another sample's input is replaced, or made ten times as large,
            relative to the change of that other's own; eval mode, normalisation layers on running statistics. 0 when samples
            are independent, NaN when not tested.
        mixing_layer: First layer where samples meet; empty when none or unknown.
        eval_noise: Largest difference of two eval-mode passes over the same batch, relative to the output's scale.
        collate_mixing: Change of the outputs when samples are collated together instead of one by one, relative to their
            deviation; 0 for sound ones, NaN without a collate function of the user's or with one that pads.
        loss_pairing: Change of the loss, relative to it, when targets move to other samples of the batch; 0 where it does not
            know which belongs to which, NaN when unknown.
        loss_targets: The same when all targets become that of the first sample.
        eval_noise_drawn: What is left of it with every dropout switched off: noise that the model or step draws by itself.
        eval_noise_layers: Layers that act randomly in eval mode.
        path_differs: Layers that run only in training mode or only in eval mode (dropout and normalisation apart).
        train_eval_difference: Output difference between modes with dropout off and batch statistics shared,
            relative to the output's scale. 0 for a sound model; NaN when the modes return other shapes or the training mode
            is random beyond dropout.
        batchnorm_frozen: Normalisation layers whose running statistics did not move in a training-mode forward.
        batchnorm_untrained: Those among them with trained weights beside the statistics that they were made with, 0 and 1.
        batchnorm_axis_wrong: Normalisation layers that normalise over an axis that is not the channel's.
        running_variance_min: Smallest batch variance that a batch-norm layer saw, relative to its eps; NaN without any.
        softmax_axes: Softmax-like layers (``path``) or calls (``path@line``) → axis they normalise over, with the shape,
            as text ``axis 0 of 64x10``; `` (batch)`` stands behind it when that axis is the samples'.
        single_softmaxes: Softmaxes (named likewise) over the only output of a layer that has one for each of several places.
        crossed_weights: Softmaxes of square scores whose weights are summed over the other axis than they are normalised over.
        reshapes: Suspicious reshapes of the user's forward.
        activations_after_linear: False when two or more parametric layers follow each other with nothing between.
        only_pooled: Three or more layers with weights, and nothing non-linear between them but pools.
        linear_chains: The chains of such layers, as text ``a → b → c``.
        unused_parameters: Trainable parameters on which nothing depends: the forward never calls their layer, or throws
            its output away.
        steps: Optimizer steps made.
        loss_after: Loss of the same batch after those steps.
        peak_memory: Bytes on the accelerator; 0 on CPU.
        seconds: Wall time of one training step, median.
        gradient_agreement: How far the gradients of disjoint update windows agree at equal weights, at ``agreement_steps``:
            squared length of the true gradient over the mean squared length of a window's; 1 is perfect agreement, about 0
            none. Empty when it was not measured.
        agreement_steps: Optimizer steps made before each of these measurements.
        agreement_samples: Samples behind each gradient.
        speeds: What a training step costs as configured (first) and in other ways; empty where the run is short or there is no
            other way.
    """

    batch_size: int = 0
    output: OutputFacts = field(default_factory=OutputFacts)
    loss: LossCallFacts = field(default_factory=LossCallFacts)
    layers: tuple[LayerSignal, ...] = ()
    parameters: tuple[ParameterStep, ...] = ()
    cut: CutPoint | None = None
    depends_on_input: float = 1.0
    told_apart: float = 1.0
    part_read: PartRead | None = None
    words_read: float = float("nan")
    curvature: float = float("nan")
    input_gradient: float = 1e-3
    mixing: float = 0.0
    mixing_layer: str = ""
    eval_noise: float = 0.0
    eval_noise_drawn: float = 0.0
    eval_noise_layers: tuple[str, ...] = ()
    path_differs: tuple[str, ...] = ()
    train_eval_difference: float = 0.0
    batchnorm_frozen: tuple[str, ...] = ()
    batchnorm_untrained: tuple[str, ...] = ()
    batchnorm_axis_wrong: tuple[str, ...] = ()
    running_variance_min: float = float("nan")
    collate_mixing: float = float("nan")
    loss_pairing: float = float("nan")
    loss_targets: float = float("nan")
    softmax_axes: Mapping[str, str] = field(default_factory=dict)
    single_softmaxes: tuple[str, ...] = ()
    crossed_weights: tuple[str, ...] = ()
    reshapes: tuple[ReshapeFact, ...] = ()
    activations_after_linear: bool = True
    only_pooled: bool = False
    linear_chains: tuple[str, ...] = ()
    unused_parameters: tuple[str, ...] = ()
    steps: int = 0
    loss_after: float = 0.0
    peak_memory: int = 0
    seconds: float = 0.0
    gradient_agreement: tuple[float, ...] = ()
    agreement_steps: tuple[int, ...] = ()
    agreement_samples: float = 0.0
    speeds: tuple[Speed, ...] = ()
