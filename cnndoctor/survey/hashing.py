"""Content hashes of tensors: equal for equal dtype, shape and content."""

from __future__ import annotations

import hashlib

import torch
from torch import Tensor


def content_hash(value: Tensor) -> bytes:
    """Return 16 bytes that are equal for equal dtype, shape and content.

    Args:
        value: Any tensor.
    """
    return content_hashes(value[None])[0]


def content_hashes(batch: Tensor) -> list[bytes]:
    """Return the content hash of each sample of a batch.

    Args:
        batch: [N, ...] any tensor.
    """
    plain = batch.detach().cpu().contiguous()
    kind = hashlib.sha256(f"{plain.dtype}{tuple(plain.shape[1:])}".encode()).digest()[:4]
    if not plain[:1].numel():
        return [kind.ljust(16)] * len(plain)
    rows = plain.reshape(len(plain), -1).view(torch.uint8).numpy()
    # SHA-256 because processors have instructions for it: twice as fast as BLAKE2 on 3 kB, measured.
    return [kind + hashlib.sha256(row).digest()[:12] for row in rows]
