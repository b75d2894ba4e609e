"""Which changes are tried after a run that went fairly well: those that something seen besides asks for.

Each is asked for by what it would undo, and judged by whether it leaves half of the error: a run that is merely not the best
there is stays unaccused.
"""

from __future__ import annotations

import math
from statistics import median

from cnndoctor.context import Context
from cnndoctor.evidence import Evidence
from cnndoctor.evidence.train import TrainEvidence
from cnndoctor.signs.batch_order import sorted_by_label
from cnndoctor.signs.early_strides import early_stride
from cnndoctor.signs.input_ranges import odd_range
from cnndoctor.signs.schedules import collapse
from cnndoctor.signs.success import NEAR_PERFECT, held_out_gain
from cnndoctor.training.reasons import is_cut
from cnndoctor.training.rivals import (
    ATTACHED,
    DEFAULT_INIT,
    FINER,
    HE_INIT,
    INPUTS,
    NO_CLIPPING,
    NO_DECAY,
    NO_DROPOUT,
    NO_SCHEDULE,
    PERMUTED,
    PLAIN,
    RATES,
    RELU,
    SHUFFLED,
    UNSCRAMBLED,
    permuting,
)

# Where nothing but the loss is known, half of it is gone a few epochs later in any run: what is quicker proves nothing.
QUICKER = {RATES[0].name, RATES[1].name, NO_CLIPPING.name, NO_DECAY.name, NO_DROPOUT.name}
# Of the data gradient, in the median over layers and the later half of a run: how hard decay must pull to be tried without.
# Of 96 runs with decay, sound ones that left something to gain pulled 0.04 times as hard at most, a planted one 0.21 times.
PULL = 0.15
# What follows only says which runs are worth a few more minutes; none of it accuses. All chosen.
STRONG_DROPOUT = 0.6
NEARLY_ALL = 0.9  # of the steps, clipped
SATURATED = 0.5  # of an activation's outputs
FAR_FROM_CHANCE = 3.0  # times the loss of knowing nothing
EARLY = 0.5  # of the run, after which a schedule has taken the rate to nothing
FAR_BELOW = 8.0  # times that the suggested rate lies above the configured one


def asked_changes(context: Context, train: TrainEvidence) -> frozenset[str]:
    """Return the names of changes that something seen besides asks for; none where nothing is left to gain.

    Args:
        context: What the stages before saw.
        train: The watched run.
    """
    if held_out_gain(train) >= NEAR_PERFECT:
        return frozenset()
    attached = {ATTACHED.name} if is_cut(context, train) else set()
    seen = context.so_far
    names = attached | _of_data(seen) | _of_model(seen, train) | _of_steps(seen, train)
    if not math.isfinite(held_out_gain(train)):
        names -= QUICKER
    return frozenset(names)


def _of_data(seen: Evidence) -> set[str]:
    """Ask what looks reshaped, changes at every read, comes sorted or in odd ranges."""
    if seen.data is None:
        return set()
    split = seen.data.train
    told = {
        UNSCRAMBLED: bool(split.scrambled),
        PLAIN.name: split.random_reads > 0,
        SHUFFLED.name: sorted_by_label(split.loader),
        INPUTS.name: bool(odd_range(split)[1]),
    }
    return {name for name, is_asked in told.items() if is_asked}


def _of_model(seen: Evidence, train: TrainEvidence) -> set[str]:
    """Ask reshapes that scramble, small images that are soon down to a quarter, strong dropout, activations at their limits.

    And a first loss far above chance.
    """
    setup, first = seen.setup, seen.first_batch
    if setup is None or first is None:
        return set()
    told = {
        PERMUTED: permuting(first.reshapes) is not None,
        FINER: early_stride(setup) is not None,
        NO_DROPOUT.name: max(setup.dropouts.values(), default=0.0) >= STRONG_DROPOUT,
        RELU.name: any(layer.saturated >= SATURATED for layer in train.layers),
    }
    names = {name for name, is_asked in told.items() if is_asked}
    expected = first.loss.expected
    if math.isfinite(expected) and first.loss.value > FAR_FROM_CHANCE * expected > 0:
        names |= {DEFAULT_INIT.name, HE_INIT.name}
    return names


def _of_steps(seen: Evidence, train: TrainEvidence) -> set[str]:
    """Ask decay that pulls hard, steps nearly all clipped, a rate far from the usable ones or soon at nothing."""
    setup, lr_range = seen.setup, seen.lr_range
    if setup is None:
        return set()
    names = {NO_DECAY.name} if decay_pull(seen, train) > PULL else set()
    if train.clipped_share > NEARLY_ALL and not setup.optimizer.adaptive:
        names.add(NO_CLIPPING.name)
    if (collapse(setup.planned_lr) or 1.0) < EARLY:
        names.add(NO_SCHEDULE.name)
    if lr_range is not None and lr_range.configured_peak > 0:
        if lr_range.suggestion >= FAR_BELOW * lr_range.configured_peak:
            names.add(RATES[1].name)
        if lr_range.band and lr_range.configured_peak > lr_range.band[1]:
            names.add(RATES[0].name)
    return names


def decay_pull(seen: Evidence, train: TrainEvidence) -> float:
    """Return how many times harder than the data the weight decay pulled late in training; 0 when unknown.

    Decoupled decay (AdamW) acts beside the gradient, in units of the rate: it is not measured by it.

    Args:
        seen: What the stages before saw.
        train: The watched run.
    """
    setup = seen.setup
    if setup is None or "AdamW" in setup.optimizer.name:
        return 0.0
    decay = min((group.weight_decay for group in setup.optimizer.groups), default=0.0)
    pulls = []
    for layer in train.layers:
        half = len(layer.gradient_rms) // 2
        pairs = zip(layer.weight_rms[half:], layer.gradient_rms[half:], strict=False)
        pulls += [decay * weight / gradient for weight, gradient in pairs if gradient > 0 and weight > 0]
    return median(pulls) if pulls and decay > 0 else 0.0
