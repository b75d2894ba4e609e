"""Which change treats which cause: what a sick run whose cause is known already is repeated with."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from cnndoctor.evidence import Evidence
from cnndoctor.patient.changes import Change, together
from cnndoctor.signs.losses import expects
from cnndoctor.training.rivals import (
    ATTACHED,
    AVERAGED,
    DEFAULT_INIT,
    INPUTS,
    NO_DECAY,
    NO_PENALTY,
    RELU,
    TARGETS,
    UNFROZEN,
    activated,
    permuting,
    unscrambling,
)

BARE = Change(name="bare-output", words="no activation on the output", bare_output=True)
HELD = Change(name="all-held", words="every parameter given to the optimizer", all_held=True)
MEAN = Change(name="mean-loss", words="the mean of the loss instead of its sum", mean_loss=True)
SQUEEZED = Change(name="squeezed", words="the output's last axis of size one dropped", output_axis=-1)
WIDENED = Change(name="widened", words="a last axis of size one added to the output", output_axis=1)
BATCH_FIRST = Change(
    name="batch-first", words="batch_first=True in every layer that has it", batch_first=True
)
DESCENDING = Change(name="descending", words="the loss minimised", descending=True)
SIGMOID = Change(name="sigmoid-output", words="a sigmoid on the output", output_through="sigmoid")
LOGARITHM = Change(name="log-output", words="the logarithm of the output", output_through="log")


def treatment_of(causes: Sequence[str], so_far: Evidence) -> Change | None:
    """Return the one change that treats all causes; None where one of them has no automatic treatment.

    Args:
        causes: Ids of the causes.
        so_far: Evidence of the stages before the training: shapes, losses and rates that a treatment goes by.
    """
    found = [_treatment(cause, so_far) for cause in causes]
    changes = list(dict.fromkeys(change for change in found if change is not None))
    if not changes or None in found:
        return None
    treatment: Change | None = changes[0]
    for change in changes[1:]:
        treatment = _both(treatment, change)
    return treatment


def _treatment(cause: str, so_far: Evidence) -> Change | None:
    treatment = TREATMENTS.get(cause)
    return treatment(so_far) if callable(treatment) else treatment


def _one_shape(so_far: Evidence) -> Change | None:
    """Return what gives prediction and target the same shape."""
    if so_far.first_batch is None:
        return None
    output, target = so_far.first_batch.loss.output_shape, so_far.first_batch.loss.target_shape
    if output == (*target, 1):
        return SQUEEZED
    return WIDENED if target == (*output, 1) else None


def _bare(so_far: Evidence) -> Change | None:
    """Return what takes the activation off the output, and gives a loss of probabilities what it wants all the same."""
    wanted = expects(so_far.setup.loss) if so_far.setup is not None else ""
    if wanted == "probabilities":
        words = "a sigmoid in place of the output's activation"
        return replace(BARE, name="sigmoid-instead", words=words, output_through="sigmoid")
    return BARE


def _over_the_classes(so_far: Evidence) -> Change | None:
    """Return what normalises the output over its classes, as its loss wants it."""
    first, setup = so_far.first_batch, so_far.setup
    if first is None or setup is None or first.output.class_axis < 0:
        return None
    wanted = expects(setup.loss)
    if wanted != "log-probabilities":
        return BARE if wanted == "scores" else None
    words = "log_softmax over the classes"
    axis = first.output.class_axis
    return replace(BARE, name="right-axis", words=words, output_through="log_softmax", class_axis=axis)


def _as_probabilities(so_far: Evidence) -> Change | None:
    """Return what makes (log-)probabilities of the output."""
    first, setup = so_far.first_batch, so_far.setup
    wanted = expects(setup.loss) if setup is not None else ""
    if first is not None and first.loss.given is not None:
        return None  # a step makes something of the output first
    if wanted == "probabilities":
        return SIGMOID
    if first is None or wanted != "log-probabilities" or first.output.class_axis < 0:
        return None
    if first.output.sums_to_one:
        return LOGARITHM
    return Change(
        name="log-softmax-output",
        words="log_softmax on the output",
        output_through="log_softmax",
        class_axis=first.output.class_axis,
    )


def _usable_rate(so_far: Evidence) -> Change | None:
    """Return what takes the configured rate, with its schedule, to the suggested one."""
    lr_range = so_far.lr_range
    if lr_range is None or not (math.isfinite(lr_range.suggestion) and lr_range.configured_peak > 0):
        return None
    factor = lr_range.suggestion / lr_range.configured_peak
    return Change(name="usable-rate", words=f"a learning rate of {lr_range.suggestion:.2g}", lr_factor=factor)


def _descending(so_far: Evidence) -> Change | None:
    return DESCENDING if so_far.setup is not None and so_far.setup.optimizer.maximize else None


def _unregularised(so_far: Evidence) -> Change | None:
    """Return what leaves out the penalty that a step reports, or the weight decay where it reports none."""
    if so_far.first_batch is None:
        return None
    return NO_PENALTY if so_far.first_batch.loss.penalty else NO_DECAY


def _activated(so_far: Evidence) -> Change | None:
    return activated(so_far.first_batch.linear_chains) if so_far.first_batch is not None else None


def _right_axes(so_far: Evidence) -> Change | None:
    """Return what swaps the axes that a reshape of the data set or of the forward scrambles."""
    if so_far.data is not None and so_far.data.train.scrambled:
        return unscrambling(so_far.data.train.scrambled)
    return permuting(so_far.first_batch.reshapes) if so_far.first_batch is not None else None


# What is always the same, or what is chosen by the evidence of the stages before the training.
TREATMENTS: dict[str, Change | Callable[[Evidence], Change | None]] = {
    "accumulation-not-normalised": AVERAGED,
    "activation-on-logits": _bare,
    "badly-scaled-initialization": DEFAULT_INIT,
    "broadcast-targets": _one_shape,
    "constant-initialization": DEFAULT_INIT,
    "detached-graph": ATTACHED,
    "frozen-layers": UNFROZEN,
    "inputs-not-scaled": INPUTS,
    "inputs-scaled-twice": INPUTS,
    "learning-rate-too-high": _usable_rate,
    "learning-rate-too-low": _usable_rate,
    "logits-into-probability-loss": _as_probabilities,
    "loss-goes-the-wrong-way": _descending,
    "missing-nonlinearity": _activated,
    "output-cannot-reach-targets": _bare,
    "parameters-not-in-optimizer": HELD,
    "regularization-dominates": _unregularised,
    "samples-mixed-in-batch": BATCH_FIRST,
    "saturating-activations": RELU,
    "scrambled-reshape": _right_axes,
    "single-unit-softmax": _bare,
    "softmax-before-cross-entropy": BARE,
    "softmax-over-wrong-axis": _over_the_classes,
    "summed-loss": MEAN,
    "unregistered-layers": HELD,
    "unscaled-targets": TARGETS,
    "wrong-multilabel-output": _bare,
}


def _both(first: Change | None, second: Change) -> Change | None:
    both = together(first, second) if first is not None else None
    words = f"{first.words} and {second.words}" if first is not None else ""
    return replace(both, words=words) if both is not None else None
