"""Follows the traced forward: what made a tensor, and which linear layers follow each other with nothing between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from cnndoctor.probes.trace import OUTSIDE, Operation

CONVOLUTIONS = {"conv1d", "conv2d", "conv3d"}
FEATURES_FIRST = CONVOLUTIONS | {"conv_transpose1d", "conv_transpose2d", "conv_transpose3d"}
FEATURES_LAST = {"linear", "embedding", "lstm", "gru", "rnn_tanh", "rnn_relu"}
# Operations that only rearrange values, so that a linear layer before them still meets the next one directly.
REARRANGING = {
    "view", "reshape", "flatten", "unflatten", "squeeze", "unsqueeze", "transpose", "permute", "movedim", "swapaxes",
    "contiguous", "clone", "to", "float", "half", "bfloat16", "type_as", "T", "mT", "t", "view_as", "reshape_as",
}  # fmt: skip
DROPPING = {"dropout", "dropout1d", "dropout2d", "dropout3d", "feature_dropout"}
POOLS = {
    f"{kind}_pool{axes}d" for kind in ("max", "avg", "adaptive_max", "adaptive_avg") for axes in (1, 2, 3)
} | {f"max_pool{axes}d_with_indices" for axes in (1, 2, 3)}
NORMS = {"batch_norm", "group_norm", "layer_norm", "instance_norm"}
FEWEST_LAYERS = 3  # two layers around a pool may be meant as one matrix on features
# Operations that keep every element where it is: they do not move the feature axis.
ELEMENTWISE = {
    "relu", "leaky_relu", "gelu", "silu", "elu", "selu", "celu", "tanh", "sigmoid", "softplus", "hardswish", "mish",
    "relu6", "hardtanh", "hardsigmoid", "contiguous", "clone", "to", "float", "half", "bfloat16", "type_as",
}  # fmt: skip


def producer(
    operations: Sequence[Operation], op: Operation, *, elementwise: bool = False
) -> Operation | None:
    """Return the operation that made the first tensor argument, looking through what only rearranges or drops values.

    Args:
        operations: The trace.
        op: Whose argument is meant.
        elementwise: Look through element-wise operations, and not through rearrangements, instead.

    Returns:
        None for a tensor from outside.
    """
    through = ELEMENTWISE | DROPPING if elementwise else REARRANGING | DROPPING
    index = op.producers[0] if op.producers else OUTSIDE
    while index != OUTSIDE and operations[index].name in through:
        producers = operations[index].producers
        index = producers[0] if producers else OUTSIDE
    return operations[index] if index != OUTSIDE else None


def linear_chains(operations: Sequence[Operation], result: int = OUTSIDE) -> tuple[str, ...]:
    """Return chains ``a → b → c`` of linear or convolutional layers with no nonlinearity, norm or merging between.

    Left out on purpose, because people mean them: low-rank bottlenecks, grouped and depthwise convolutions, kernels
    factorised by axis, layers whose output is used more than once, layers that share one module.

    Args:
        operations: The trace.
        result: Operation that made the loss; what does not lead there (``F.relu(x)`` without ``x =``) is no use of a tensor.
    """
    live = ancestors(operations, result)
    used = Counter(
        index for op in operations if op.index in live for index in set(op.producers) if index != OUTSIDE
    )
    chains: list[list[str]] = []
    for op in operations:
        if not _is_linear(op):
            continue
        before = _before(operations, op, used)
        if before is None or before.layer == op.layer or not _collapses(before, op):
            continue
        longer = next((chain for chain in chains if chain[-1] == before.layer), None)
        if longer is not None:
            longer.append(op.layer)
        else:
            chains.append([before.layer, op.layer])
    return tuple(dict.fromkeys(" → ".join(chain) for chain in chains))


def only_pooled(operations: Sequence[Operation], result: int = OUTSIDE) -> bool:
    """Return whether three or more layers with weights have nothing between first and last but pools, norms and reshapes.

    Pools and norms bend a little, which hides that somebody forgot every activation.

    Args:
        operations: The trace.
        result: Operation that made the loss; what does not lead there is no activation.
    """
    live = ancestors(operations, result)
    weighted = [op.index for op in operations if op.index in live and _is_linear(op)]
    if len(weighted) < FEWEST_LAYERS:
        return False
    between = {
        op.name
        for op in operations
        if op.index in live and weighted[0] < op.index < weighted[-1] and not _is_linear(op)
    }
    bending = POOLS | NORMS
    return bool(between & bending) and between <= bending | REARRANGING | DROPPING


def ancestors(operations: Sequence[Operation], result: int) -> set[int]:
    """Return the operations that lead to one, itself included; all of them when it is unknown."""
    if result == OUTSIDE:
        return {op.index for op in operations}
    found, waiting = set(), [result]
    while waiting:
        index = waiting.pop()
        if index != OUTSIDE and index not in found:
            found.add(index)
            waiting.extend(operations[index].producers)
    return found


def _before(operations: Sequence[Operation], op: Operation, used: Counter[int]) -> Operation | None:
    """Return the linear operation whose result, and nothing else, reaches this one without another use."""
    index = op.producers[0] if op.producers else OUTSIDE
    while index != OUTSIDE and used[index] == 1:
        found = operations[index]
        if _is_linear(found):
            return found
        if found.name not in REARRANGING | DROPPING:
            return None
        index = found.producers[0] if found.producers else OUTSIDE
    return None


def _is_linear(op: Operation) -> bool:
    """Return whether it is a linear or convolutional layer: a data tensor against a parameter of the model."""
    known = op.name == "linear" or op.name in CONVOLUTIONS
    return known and len(op.parameters) > 1 and op.parameters[1] and not op.parameters[0]


def _collapses(first: Operation, second: Operation) -> bool:
    """Return whether two linear layers do what one of the same kind could: nothing is gained by having both."""
    a, b = first.input_shapes[1], second.input_shapes[1]  # weights [out, in, ...]
    if _grouped(first, a) or _grouped(second, b):
        return False
    if len(a) != len(b):
        flattened = first.name in CONVOLUTIONS and second.name == "linear"
        return flattened and not _cuts_patches(first, a) and a[0] >= min(b[0], a[1] * _size(a))
    # A 1×1 beside a k×k convolution, or 1×k beside k×1, is a factorisation that people mean.
    return a[2:] == b[2:] and not _one_sided(a) and a[0] >= min(a[1], b[0])


def _grouped(op: Operation, weight: tuple[int, ...]) -> bool:
    channels = op.before[1] if op.name in CONVOLUTIONS and len(op.before) == len(weight) else 0
    return bool(channels) and weight[1] != channels


def _cuts_patches(op: Operation, weight: tuple[int, ...]) -> bool:
    """Return whether a convolution steps by its own width, as patch embeddings do."""
    stride = op.value("stride", 3, 1)
    steps = tuple(stride) if isinstance(stride, tuple | list) else (stride,) * len(weight[2:])
    return steps == weight[2:] and _size(weight) > 1


def _one_sided(weight: tuple[int, ...]) -> bool:
    """Return whether a kernel extends along some axes only (1×k), as factorised kernels do."""
    kernel = weight[2:]
    return len(kernel) > 1 and min(kernel) == 1 and max(kernel) > 1


def _size(weight: tuple[int, ...]) -> int:
    size = 1
    for extent in weight[2:]:
        size *= extent
    return size
