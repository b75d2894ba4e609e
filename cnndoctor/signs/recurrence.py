"""Whether equal inputs met anew, as positions of a game and rows of categories do, or were copied."""

from __future__ import annotations

import math

from cnndoctor.evidence.data import Split

# Chosen: a survey of six categories has 28 rows a group, 0.6 of the groups with both answers; copies carry one label.
IN_CROWDS = 3.0  # copies for each group
DISAGREE = 0.3  # share of the groups whose labels differ
FEW_BITS = 64  # chosen: as many as four numbers of half precision hold
# Chosen: results of random games of noughts and crosses have 2.9 copies a group, of a file that holds its samples twice 1.
BEYOND_PAIRS = 1.5  # copies for each group
MOST_KINDS = 13  # what a square of a chessboard may hold; the grey values of an image are 16 and more


def has_few_bits(split: Split) -> bool:
    """Return whether a sample holds so few bits (bars and stripes of six by six) that equal ones are no wonder.

    Args:
        split: The split whose samples are asked about.
    """
    facts = split.inputs
    if math.isfinite(split.bits):
        return (facts.integral or has_few_kinds(split)) and split.bits <= FEW_BITS
    levels = max(1.0, facts.maximum - facts.minimum + 1)
    return facts.integral and split.values * math.log2(levels) <= FEW_BITS


def has_few_kinds(split: Split) -> bool:
    """Return whether every number of a sample is one of few symbols, whatever they were scaled to.

    Args:
        split: The split whose samples are asked about.
    """
    facts = split.inputs
    whole = facts.maximum - facts.minimum + 1 if facts.integral and facts.count else math.inf
    return (split.levels or whole) <= MOST_KINDS


def meet_again(split: Split) -> bool:
    """Return whether equal inputs of few symbols stand in crowds of many labels: kinds of samples, not copies.

    Of few bits (states of a small maze) smaller crowds tell it, also where each has one label. Whole numbers in a row
    count as symbols however many there are; pictures have whole numbers, too.

    Args:
        split: The split whose equal samples are asked about.
    """
    found = split.duplicates
    if has_few_bits(split):
        return found.extra > BEYOND_PAIRS * found.groups
    crowded = found.extra > IN_CROWDS * found.groups
    symbols = has_few_kinds(split) or (split.inputs.integral and len(split.inputs.common_shape) < 2)
    return symbols and crowded and found.conflicting_groups > DISAGREE * found.groups
