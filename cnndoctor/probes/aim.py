"""Whether a loss is smallest where outputs are something else than their targets: the logarithm of a rate, or a quantile."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from time import perf_counter

import torch
from torch import Tensor

from cnndoctor.patient.task import of_torch
from cnndoctor.probes.loss_call import LossCall

TYPICAL = (0.3, 0.5, 0.7, 0.9)  # quantiles of the batch's targets that are asked about, one at a time
ENOUGH = 2  # targets that are missed before it is said
TRIED = 41  # outputs in each of two rounds, the second between the neighbours of the first's best
MISSED = 0.25  # of the targets' deviation; a distance of any kind is smallest at the target itself
# Of the loss, or of 1 where that is more: less says that a margin around the target costs nothing.
HARDLY = 1e-3
# A loss is asked some 400 times: 4 ms for a distance, but one may match sets or run a network.
MOST_SECONDS = 5.0
# Of the targets' deviation; chosen: r2 of a quantile of 70 % and beyond loses a quarter of the noise and more by its aim alone.
BESIDE = 0.5


def aims_elsewhere(call: LossCall) -> bool:
    """Return whether the output that suits a target best is another number, as where a loss takes logarithms or its own scale.

    All samples get one typical target and one output, which is moved over three times the range of the targets and of the
    outputs: losses that rank, or take samples apart, have no best output then, and those that are turned have it at an end.
    An error of the outputs against such targets says nothing. Nor does it where the one output that suits all targets of the
    batch lies far from their mean and median, as a high quantile does: what is promised to most is no prediction of the mean.
    Losses of torch itself are not asked: what they want of outputs is known.

    Args:
        call: The only call of the configured loss; its prediction has the shape of its target, one element a sample.

    Raises:
        TimeoutError: The loss is too slow to be asked so often.
    """
    prediction, target, loss = call.prediction, call.target, call.loss
    if loss is None or of_torch(loss) or prediction is None or target is None or call.calls != 1:
        return False
    single = prediction.ndim > 0 and prediction.shape[1:].numel() == 1
    if not single or prediction.shape != target.shape or not prediction.is_floating_point():
        return False
    plain = target.detach().double()
    if not bool(plain.isfinite().all()) or float(plain.max() - plain.min()) == 0:
        return False
    ranges = (_widened(plain), _widened(prediction.detach().double()))
    low, high = min(bottom for bottom, _ in ranges), max(top for _, top in ranges)
    asked = {_nearest(plain, quantile) for quantile in TYPICAL}
    end = perf_counter() + MOST_SECONDS

    def loss_of(output: float, targets: Tensor) -> float:
        if perf_counter() > end:
            raise TimeoutError("the loss is too slow to be asked so often")
        return _loss_of(call, torch.full_like(prediction.detach(), output), targets)

    def value(output: float, wanted: float) -> float:
        return loss_of(output, torch.full_like(target, wanted))

    if _suits_all_beside(partial(loss_of, targets=target), plain, low, high):
        return True
    missed = 0
    for wanted in asked:
        best = _best(partial(value, wanted=wanted), low, high)
        if best is None or abs(best - wanted) <= MISSED * float(plain.std()):
            continue
        lowest = value(best, wanted)
        missed += value(wanted, wanted) - lowest > HARDLY * max(1.0, abs(lowest))
    return missed >= ENOUGH


def _suits_all_beside(value: Callable[[float], float], targets: Tensor, low: float, high: float) -> bool:
    """Return whether the best constant output for these targets lies beside their mean and median, and costs less than both."""
    best = _best(value, low, high)
    middle = sorted((float(targets.mean()), float(targets.median())))
    if best is None or max(middle[0] - best, best - middle[1]) <= BESIDE * float(targets.std()):
        return False
    lowest = value(best)
    return min(map(value, middle)) - lowest > HARDLY * max(1.0, abs(lowest))


def _loss_of(call: LossCall, outputs: Tensor, targets: Tensor) -> float:
    """Return the loss of these outputs beside these targets; infinite where it is not finite."""
    with torch.no_grad():
        found = float(call.again(outputs, targets).sum())
    return found if math.isfinite(found) else math.inf


def _widened(values: Tensor) -> tuple[float, float]:
    """Return a range three times as wide as the values'."""
    low, high = float(values.min()), float(values.max())
    return 2 * low - high, 2 * high - low


def _nearest(values: Tensor, quantile: float) -> float:
    """Return the target at a quantile, one that occurs."""
    ordered = values.flatten().sort().values
    return float(ordered[round(quantile * (len(ordered) - 1))])


def _best(value: Callable[[float], float], low: float, high: float) -> float | None:
    """Return where a function is smallest between two numbers; None where that is at an end."""
    for _ in range(2):
        places = [low + (high - low) * k / (TRIED - 1) for k in range(TRIED)]
        found = [value(place) for place in places]
        least = min(range(TRIED), key=found.__getitem__)
        if least in {0, TRIED - 1} or not math.isfinite(found[least]):
            return None
        low, high = places[least - 1], places[least + 1]
    return places[least]
