"""Judges the shapes of a traced forward: softmax axes, reshapes that scramble, norms over the wrong axis.

Which axes of a tensor are the batch's is not guessed: the same forward is traced with fewer samples, and the axes whose
size follows are the batch's.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from math import prod

import torch

from cnndoctor.evidence.first_batch import ReshapeFact
from cnndoctor.probes.chains import DROPPING, FEATURES_FIRST, FEATURES_LAST, producer
from cnndoctor.probes.trace import Operation

RESHAPING = {"view", "reshape", "flatten", "unflatten", "view_as", "reshape_as"}
SOFTMAXES = {"softmax", "log_softmax", "softmin", "gumbel_softmax"}
LARGEST = 1 << 24  # elements of a sample-number tensor that we are willing to move about
Shape = tuple[int, ...]


def batch_axes(
    full: Sequence[Operation], fewer: Sequence[Operation]
) -> dict[int, tuple[tuple[int, ...], tuple[int, ...]]]:
    """Return operation index → (batch axes before, batch axes after) from two traces of the same forward.

    Args:
        full: Trace with the whole batch.
        fewer: Trace with fewer samples.

    Returns:
        Empty when the traces do not align (a forward that branches on its batch size).
    """
    if len(full) != len(fewer) or any(a.name != b.name for a, b in zip(full, fewer, strict=True)):
        return {}
    return {
        a.index: (_differing(a.before, b.before), _differing(a.after, b.after))
        for a, b in zip(full, fewer, strict=True)
    }


def softmax_axes(
    operations: Sequence[Operation], axes: dict[int, tuple[tuple[int, ...], tuple[int, ...]]]
) -> dict[str, str]:
    """Return place → axis text of every softmax-like call.

    Returns:
        Layer path (or ``path@line`` for a call in the user's forward) → ``axis 1 of 64x10``, with `` (batch)`` behind it
        when that axis is the batch's.
    """
    found: dict[str, str] = {}
    for op in operations:
        axis = _softmax_axis(op)
        if op.name not in SOFTMAXES or axis is None:
            continue
        place = op.layer if op.in_torch else f"{op.layer or 'forward'}@{op.line}"
        over_batch = axis in axes.get(op.index, ((), ()))[0]
        text = f"axis {axis} of {'x'.join(str(s) for s in op.before)}" + (" (batch)" if over_batch else "")
        if place not in found or over_batch:
            found[place] = text
    return found


def single_softmaxes(operations: Sequence[Operation], samples: int) -> tuple[str, ...]:
    """Return where a softmax runs over the only output of a layer, though there are several places that it could weigh.

    ``softmax(Linear(h, 1)(states), dim=-1)`` of [N, T, h] gives every place the weight 1. A layer that gives a sample one
    number in all (a gate with one expert) is left out: there is nothing else to weigh. Places may lie along the batch's axis.

    Args:
        operations: Trace of the whole forward.
        samples: In the batch.
    """
    found: dict[str, None] = {}
    for op in operations:
        axis = _softmax_axis(op)
        if op.name not in SOFTMAXES or axis is None or op.before[axis] != 1:
            continue
        made = producer(operations, op)
        if (
            made is not None
            and made.name in FEATURES_LAST | FEATURES_FIRST
            and _one_of_several(made, samples)
        ):
            found[op.layer if op.in_torch else f"{op.layer or 'forward'}@{op.line}"] = None
    return tuple(found)


def _one_of_several(made: Operation, samples: int) -> bool:
    """Return whether a layer has a single output for each of several places of a sample."""
    axis = -1 if made.name in FEATURES_LAST else 1
    places, rest = divmod(prod(made.after), max(1, samples))
    return len(made.after) > 1 and made.after[axis] == 1 and places > 1 and not rest


def crossed_weights(operations: Sequence[Operation]) -> tuple[str, ...]:
    """Return where weights that a softmax made of square scores are summed over the other of the two axes.

    ``softmax(scores, dim=1) @ values`` with scores [N, T, T]: what the product sums over does not sum to one. Left out is what
    is not square (the clusters of an assignment are normalised over one axis and summed over the other by right), and
    whatever happens to the weights in between but dropout.

    Args:
        operations: Trace of the whole forward.
    """
    found: dict[str, None] = {}
    for op in operations:
        axis = _softmax_axis(op)
        if op.name not in SOFTMAXES or axis is None or not _is_square(op.before):
            continue
        summed = _summed_axis(operations, op.index, len(op.before))
        if summed is not None and {axis, summed} == {len(op.before) - 1, len(op.before) - 2}:
            found[op.layer if op.in_torch else f"{op.layer or 'forward'}@{op.line}"] = None
    return tuple(found)


def _is_square(shape: Shape) -> bool:
    return len(shape) > 2 and shape[-1] == shape[-2] > 2


def _summed_axis(operations: Sequence[Operation], made: int, axes: int) -> int | None:
    """Return the axis of a tensor that the product which takes it sums over; None where no product takes it as it is."""
    takers = [op for op in operations[made + 1 :] if made in op.producers]
    if len(takers) == 1 and takers[0].name in DROPPING:
        return _summed_axis(operations, takers[0].index, axes)
    products = [op for op in takers if op.name in {"matmul", "bmm"}]
    if len(products) != 1:
        return None
    first, *_ = products[0].producers
    return axes - 1 if first == made else axes - 2


def suspicious_reshapes(
    operations: Sequence[Operation],
    axes: dict[int, tuple[tuple[int, ...], tuple[int, ...]]],
    batch_size: int,
    others: Sequence[Sequence[Operation]] = (),
) -> tuple[ReshapeFact, ...]:
    """Return the reshapes in the user's own code that mix samples or cut across axes.

    Args:
        operations: Trace of the whole forward.
        axes: What ``batch_axes`` found.
        batch_size: Samples in the traced batch.
        others: Traces of the same forward on other sizes, where axes that happened to be equal are not.
    """
    aligned = [other for other in others if [op.name for op in other] == [op.name for op in operations]]
    found: dict[tuple[str, int, Shape, Shape], ReshapeFact] = {}
    for op in operations:
        if not _is_users_reshape(op):
            continue
        batch_before, batch_after = axes.get(op.index, ((), ()))
        mixes = _mixes(op.before, op.after, batch_before, batch_after, batch_size)
        shapes = [
            (op.before, op.after),
            *((other[op.index].before, other[op.index].after) for other in aligned),
        ]
        scrambles = any(_scrambles(before, after, batch_before, batch_after) for before, after in shapes)
        if mixes or scrambles:
            fact = ReshapeFact(
                before=op.before,
                after=op.after,
                mixes_batch=mixes,
                scrambles=scrambles,
                source_file=op.file,
                source_line=op.line,
                layer=op.layer,
            )
            found.setdefault((op.file, op.line, op.before, op.after), fact)
    return tuple(found.values())


def _is_users_reshape(op: Operation) -> bool:
    users = bool(op.file) and (not op.in_torch or op.name in {"flatten", "unflatten"})
    return op.name in RESHAPING and users and not any(op.parameters[:1]) and prod(op.before) == prod(op.after)


def norms_over_wrong_axis(operations: Sequence[Operation]) -> tuple[str, ...]:
    """Return layers that normalise a tensor along an axis that does not hold its features.

    Where the features are follows from the operation that made the tensor: a linear layer, an embedding or a recurrent
    layer puts them last, a convolution puts them second. Of the model's inputs it follows from what reads them next.
    """
    found = []
    for op in operations:
        if len(op.before) < 3:
            continue
        second = op.name in {"batch_norm", "instance_norm", "group_norm"}
        last = op.name == "layer_norm" and _normalised_axes(op) == 1
        source = producer(operations, op, elementwise=True)
        if source is None:
            wrong = second and op.before[-1] > 1 and _read_from_the_last_axis(operations, op)
        else:
            wrong = (second and source.name in FEATURES_LAST) or (last and source.name in FEATURES_FIRST)
        if wrong:
            found.append(op.layer)
    return tuple(dict.fromkeys(found))


def _read_from_the_last_axis(operations: Sequence[Operation], op: Operation) -> bool:
    """Return whether what reads the result takes its features from the last axis, and nothing takes them from the second."""
    readers = {other.name for other in operations if producer(operations, other, elementwise=True) is op}
    return bool(readers & FEATURES_LAST) and not readers & FEATURES_FIRST


def _differing(a: Shape, b: Shape) -> tuple[int, ...]:
    return tuple(i for i, (x, y) in enumerate(zip(a, b, strict=True)) if x != y) if len(a) == len(b) else ()


def _softmax_axis(op: Operation) -> int | None:
    axis = op.value("dim", 1 if op.name != "gumbel_softmax" else 4)
    rank = len(op.before)
    if isinstance(axis, int) and not isinstance(axis, bool):
        return axis % rank if rank else None
    return 0 if rank in {0, 1, 3} else 1  # torch's own choice without dim


def _normalised_axes(op: Operation) -> int:
    shape = op.value("normalized_shape", 1, ())
    return len(shape) if isinstance(shape, tuple | list) else 1


def _mixes(before: Shape, after: Shape, batch_before: Shape, batch_after: Shape, samples: int) -> bool:
    """Return whether one slice along the new batch axis holds elements of more samples than it must.

    A batch axis may be merged with others (N, T → N·T) and split again: which samples its entries belong to is then
    either sample-major or sample-minor, and either reading that fits is accepted.
    """
    if len(batch_before) != 1 or len(batch_after) != 1 or prod(before) > LARGEST or samples < 2:
        return False
    size = before[batch_before[0]]
    if size % samples:
        return False
    entries = torch.arange(size)
    for owner in (entries // (size // samples), entries % samples):
        shape = [1] * len(before)
        shape[batch_before[0]] = size
        moved = owner.reshape(shape).expand(before).reshape(after).movedim(batch_after[0], 0)
        moved = moved.reshape(len(moved), -1)
        if bool((moved == moved[:, :1]).all()):
            return False
    return True


def _scrambles(before: Shape, after: Shape, batch_before: Shape, batch_after: Shape) -> bool:
    """Return whether an axis turns up again at another place, as a permute would put it, though data stay in order.

    Shapes are cut into the smallest groups of axes with equal products; only a group of several axes that becomes
    several other axes can scramble. Merging and splitting axes in place never does.
    """
    if len(before) < 2 or prod(before) != prod(after):
        return False
    for old, new in _groups(before, after):
        if len(old) < 2 or len(new) < 2:
            continue
        old_places = {(before[i], prod(before[i + 1 : old[-1] + 1])) for i in old}
        for j in new:
            stride = prod(after[j + 1 : new[-1] + 1])
            same_kind = [
                i for i in old if before[i] == after[j] and (i in batch_before) == (j in batch_after)
            ]
            if after[j] > 1 and same_kind and (after[j], stride) not in old_places:
                return True
    return False


def _groups(before: Shape, after: Shape) -> list[tuple[list[int], list[int]]]:
    """Cut two shapes of equal product into the smallest runs of axes with equal products; axes of size 1 are left out."""
    old, new = [i for i, s in enumerate(before) if s > 1], [j for j, s in enumerate(after) if s > 1]
    ends_old = list(accumulate((before[i] for i in old), lambda a, b: a * b))
    ends_new = list(accumulate((after[j] for j in new), lambda a, b: a * b))
    shared = sorted(set(ends_old) & set(ends_new))
    groups, i, j = [], 0, 0
    for end in shared:
        to_i, to_j = ends_old.index(end) + 1, ends_new.index(end) + 1
        groups.append((old[i:to_i], new[j:to_j]))
        i, j = to_i, to_j
    return groups
