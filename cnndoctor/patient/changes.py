"""One deliberate change to an experiment: what the overfit ladder and the decisive trials vary, one thing at a time."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A single difference from the configuration. The default changes nothing.

    Attributes:
        name: Stable short name, for example ``lr/10``.
        words: The change as a person would say it.
        lr_factor: Multiplies the learning rate of every group.
        optimizer: Replace the optimizer: ``adam`` or ``sgd``; empty keeps the user's.
        lr: Learning rate of the replacement optimizer.
        dropout_off: Set p of every dropout (and stochastic depth) layer to 0.
        weight_decay_off: Set weight decay of every group to 0.
        schedule_off: Train at a constant rate.
        label_smoothing_off: Set label smoothing of the loss to 0.
        clip_grad_norm: Clip gradients at this norm; 0 keeps the user's setting.
        standardise_inputs: Shift and scale inputs to mean 0, std 1 per channel.
        standardise_targets: Shift and scale regression targets to mean 0, std 1.
        default_init: Re-initialise every layer by its own ``reset_parameters`` (biases to 0, PyTorch's defaults).
        he_init: Re-initialise convolutions and linear layers by He's rule, biases to 0.
        small_embeddings: Scale every embedding down to a standard deviation of 0.05.
        accumulate_off: One batch per optimizer step.
        fp32: Train in fp32 without a scaler.
        relu: Replace sigmoid and tanh modules inside the model by ReLU.
        shuffled: Draw training batches in random order.
        batch_factor: Multiplies the batch size.
        augmentation_off: Read training data with the transform of validation, or with none.
        clipping_off: No gradient clipping.
        penalty_off: Leave out the penalty that the step reports.
        unfrozen: Train the parameters that require no gradient, too.
        averaged: Divide the loss by the number of accumulated batches.
        activated: Paths of layers behind which a ReLU is put.
        attached: Keep values in the graph that the user's forward or step takes out of it.
        bare_output: Return what the activation that makes the output was given.
        output_through: Function that the model's output (bare or as it is) passes: sigmoid, log_softmax or log; empty for none.
        class_axis: Axis of the classes in the output, for log_softmax.
        batch_first: Let recurrent and attention layers take the batch axis first.
        descending: Turn ``maximize`` of every group off.
        all_held: Give the optimizer every trainable parameter that it lacks, those in plain containers too.
        mean_loss: Average a loss that sums over the batch.
        unscramble: Undo this way of reshaping inputs: colours-last, colours-first or time-last; empty leaves them.
        permuted: Pairs of a sample's shapes, before and after a reshape of the forward in whose place axes are swapped.
        finer: Path of the convolution or pooling that steps by one.
        output_axis: -1 drops a last axis of size one from the model's output, 1 adds one.
    """

    name: str
    words: str
    lr_factor: float = 1.0
    optimizer: str = ""
    lr: float = 0.0
    dropout_off: bool = False
    weight_decay_off: bool = False
    schedule_off: bool = False
    label_smoothing_off: bool = False
    clip_grad_norm: float = 0.0
    standardise_inputs: bool = False
    standardise_targets: bool = False
    default_init: bool = False
    he_init: bool = False
    small_embeddings: bool = False
    accumulate_off: bool = False
    fp32: bool = False
    relu: bool = False
    shuffled: bool = False
    batch_factor: int = 1
    augmentation_off: bool = False
    clipping_off: bool = False
    penalty_off: bool = False
    unfrozen: bool = False
    averaged: bool = False
    activated: tuple[str, ...] = ()
    attached: bool = False
    bare_output: bool = False
    output_through: str = ""
    class_axis: int = 1
    batch_first: bool = False
    descending: bool = False
    all_held: bool = False
    mean_loss: bool = False
    unscramble: str = ""
    permuted: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...] = ()
    finer: str = ""
    output_axis: int = 0


AS_CONFIGURED = Change(name="as-configured", words="nothing changed")
# All of them change how far a step goes.
STEP_SIZE = {"lr_factor", "optimizer", "lr", "clip_grad_norm", "clipping_off"}


def together(first: Change, second: Change) -> Change | None:
    """Return both changes as one, under the second's name; None where they are about the same thing.

    Args:
        first: What comes first, a treatment.
        second: What is tried besides.
    """
    ours, theirs = _differences(first), _differences(second)
    same = (ours.keys() & theirs.keys()) or (STEP_SIZE & ours.keys() and STEP_SIZE & theirs.keys())
    return None if same else replace(second, **ours)


def _differences(change: Change) -> dict[str, Any]:
    told = {field.name: getattr(change, field.name) for field in fields(change)[2:]}
    return {name: value for name, value in told.items() if value != getattr(AS_CONFIGURED, name)}
