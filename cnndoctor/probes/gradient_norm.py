"""The global gradient norm in one fused reduction, without reading it from the device."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor


@torch.no_grad()
def gradient_norm(parameters: Iterable[Tensor]) -> Tensor:
    """Return the l2 norm over all gradients as a scalar on the device; 0 when there is none.

    Gradients are only read: ``clip_grad_norm_`` with an infinite limit would turn all into NaN after one infinity.

    Args:
        parameters: Parameters whose ``.grad`` counts.
    """
    gradients = [gradient for p in parameters if (gradient := p.grad) is not None]
    if not gradients:
        return torch.zeros(())
    first = gradients[0]
    if all(
        g.dtype is first.dtype and g.device == first.device and g.layout is torch.strided for g in gradients
    ):
        # Norms of one kind need no sorting; one launch for all tensors, as in clip_grad_norm_ itself.
        norms = torch.stack(torch._foreach_norm(gradients))  # noqa: SLF001
        plain: Tensor = torch.linalg.vector_norm(norms, dtype=torch.float32)
        return plain
    if any(g.is_sparse for g in gradients):
        gradients = [g.coalesce().values() if g.is_sparse else g for g in gradients]
    by_kind: dict[tuple[torch.device, torch.dtype], list[Tensor]] = {}
    for gradient in gradients:
        by_kind.setdefault((gradient.device, gradient.dtype), []).append(gradient)
    # _foreach_norm is what clip_grad_norm_ itself uses: one launch for all tensors of a kind.
    fused = (torch._foreach_norm(group) for group in by_kind.values())  # noqa: SLF001
    norms = torch.stack([norm.float().to(gradients[0].device) for group in fused for norm in group])
    total: Tensor = torch.linalg.vector_norm(norms)
    return total
