"""The global gradient norm in one fused reduction, without reading it from the device."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor


def gradient_norm(parameters: Iterable[Tensor]) -> Tensor:
    """Return the l2 norm over all gradients as a scalar on the device; 0 when there is none.

    Gradients are only read: ``clip_grad_norm_`` with an infinite limit would turn all into NaN after one infinity.

    Args:
        parameters: Parameters whose ``.grad`` counts.
    """
    norm: Tensor = torch.linalg.vector_norm(torch.stack(norm_parts(parameters)))
    return norm


def norm_parts(parameters: Iterable[Tensor]) -> list[Tensor]:
    """Return the l2 norm of each gradient, scalars on one device, for ``whole_norms``; a single 0 when there is none.

    A run that wants many norms puts the parts together when it reads them: that is half of the work of a small model's norm.

    Args:
        parameters: Parameters whose ``.grad`` counts.
    """
    gradients = [gradient for p in parameters if (gradient := p.grad) is not None]
    if not gradients:
        return [torch.zeros(())]
    with torch.no_grad():
        first = gradients[0]
        if all(
            g.dtype is first.dtype and g.layout is torch.strided and g.device == first.device
            for g in gradients
        ):
            # Norms of one kind need no sorting; one launch for all tensors, as in clip_grad_norm_ itself.
            return list(torch._foreach_norm(gradients))  # noqa: SLF001
        if any(g.is_sparse for g in gradients):
            gradients = [g.coalesce().values() if g.is_sparse else g for g in gradients]
        by_kind: dict[tuple[torch.device, torch.dtype], list[Tensor]] = {}
        for gradient in gradients:
            by_kind.setdefault((gradient.device, gradient.dtype), []).append(gradient)
        fused = (torch._foreach_norm(group) for group in by_kind.values())  # noqa: SLF001
        return [norm.float().to(first.device) for group in fused for norm in group]


def whole_norms(parts: Sequence[Sequence[Tensor]]) -> list[float]:
    """Return the norm over all gradients for each step's parts, in one transfer where all have as many.

    Args:
        parts: Of each step, what ``norm_parts`` gave.
    """
    if not parts:
        return []
    if any(
        len(of_step) != len(parts[0]) for of_step in parts
    ):  # a layer that was frozen or reached on the way
        return [whole_norms([of_step])[0] for of_step in parts]
    table = torch.stack([part for of_step in parts for part in of_step]).reshape(len(parts), -1)
    norms: list[float] = torch.linalg.vector_norm(table.float(), dim=1).tolist()
    return norms
