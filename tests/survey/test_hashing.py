"""Promises of the content hashes."""

from __future__ import annotations

import torch

from cnndoctor.survey.hashing import content_hash, content_hashes


def test_content_decides() -> None:
    """Equal content has one hash; another dtype, shape or value another."""
    value = torch.arange(6)
    hashes = {content_hash(v) for v in (value, value.clone(), value.float(), value.reshape(2, 3), value + 1)}
    assert len(hashes) == 4


def test_a_batch_has_the_hashes_of_its_samples() -> None:
    """Whether a sample is read alone or among others does not matter, nor how it lies in memory."""
    batch = torch.arange(24).reshape(4, 2, 3).transpose(1, 2)
    assert content_hashes(batch) == [content_hash(sample) for sample in batch]
    assert content_hash(torch.zeros(0)) != content_hash(torch.zeros(0, 2))


def test_a_single_number_out_of_a_column() -> None:
    """A target cut out of a table keeps the table's stride in memory, and has the hash of its content all the same."""
    cut = torch.arange(40.0).reshape(5, 8)[2:3, 3]
    assert content_hash(cut) == content_hash(torch.tensor([19.0]))
    assert content_hashes(cut[None]) == [content_hash(torch.tensor([19.0]))]
