"""Which inputs come in ranges that networks seldom like, whether or not this one minds."""

from __future__ import annotations

from cnndoctor.evidence.data import IMAGE_AXES, InputTensor, Split, TensorFacts

# Chosen: standardised data and pixels between 0 and 1 lie well within, raw bytes and raw tables far beyond.
MAX_MAGNITUDE, MAX_SPREAD, MIN_STD = 5.0, 30.0, 0.02


def odd_range(
    split: Split,
    max_magnitude: float = MAX_MAGNITUDE,
    max_spread: float = MAX_SPREAD,
    min_std: float = MIN_STD,
) -> tuple[InputTensor, str]:
    """Return the first input tensor of an unusual range and what is unusual, in words; empty words where none is.

    Of several tensors, whole numbers in rows are keys: their range means nothing.

    Args:
        split: What was seen of a split.
        max_magnitude: Largest mean and standard deviation that are not worth a word.
        max_spread: Largest ratio of standard deviations between channels or features.
        min_std: Smallest standard deviation.
    """
    for one in split.each_input:
        keys = one.name and one.axes < IMAGE_AXES and one.facts.integral
        words = "" if keys else _what_is_odd(one.facts, max_magnitude, max_spread, min_std)
        if words:
            return one, words
    return split.each_input[0], ""


def _what_is_odd(inputs: TensorFacts, max_magnitude: float, max_spread: float, min_std: float) -> str:
    """Return what is unusual about the range of the inputs, in words; empty when nothing is."""
    if inputs.kind not in {"tensor", "number"} or not inputs.count:
        return ""
    if abs(inputs.mean) > max_magnitude or inputs.std > max_magnitude:
        return f"values from {inputs.minimum:.4g} to {inputs.maximum:.4g}, mean {inputs.mean:.4g}, std {inputs.std:.4g}"
    stds = [std for std in inputs.channel_stds if std > 0]
    far = max(abs(inputs.minimum), abs(inputs.maximum)) > max_magnitude
    # Pixels between 0 and 1 are scaled, however seldom those of the border change.
    if far and len(stds) > 1 and max(stds) > max_spread * min(stds):
        return f"standard deviations from {min(stds):.3g} to {max(stds):.3g} between channels or features"
    if 0 < inputs.std < min_std:
        return f"standard deviation {inputs.std:.3g}"
    if inputs.std > 0 and abs(inputs.mean) > max_magnitude * inputs.std:
        return f"mean {inputs.mean:.4g} far from 0 for a standard deviation of {inputs.std:.3g}"
    return ""
