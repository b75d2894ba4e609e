"""Content hashes of tensors: equal for equal dtype, shape and content."""

from __future__ import annotations

import hashlib

from torch import Tensor

from cnndoctor.patient.batches import as_bytes


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
    kind = hashlib.sha256(f"{batch.dtype}{tuple(batch.shape[1:])}".encode()).digest()[:4]
    if not batch[:1].numel():
        return [kind.ljust(16)] * len(batch)
    rows = as_bytes(batch).reshape(len(batch), -1).numpy()
    # SHA-256 because processors have instructions for it: twice as fast as BLAKE2 on 3 kB, measured.
    return [kind + hashlib.sha256(row).digest()[:12] for row in rows]
