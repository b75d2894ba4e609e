"""Promises of the content hashes."""

from __future__ import annotations

import pytest
import torch

from cnndoctor.patient.batches import as_bytes
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


DTYPES = (
    torch.bool,
    torch.uint8,
    torch.int16,
    torch.int64,
    torch.bfloat16,
    torch.float16,
    torch.float32,
    torch.float64,
    torch.complex64,
)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 5), (3, 8, 8), (3, 70, 70)], ids=str)
def test_hashes_are_equal_where_the_bytes_are(dtype: torch.dtype, shape: tuple[int, ...]) -> None:
    """Among samples of few values, equal ones, negatives and single changes, the hashes say what the bytes say."""
    generator = torch.Generator().manual_seed(1)
    some = torch.randint(-1, 2, (60, *shape), generator=generator).double()
    one_off = some.clone()
    one_off.reshape(60, -1)[torch.arange(60), torch.arange(60) % some[0].numel()] += 1
    batch = torch.cat([some, -some, some[20:30], one_off, torch.full((2, *shape), torch.nan)])
    batch = batch.abs().to(dtype) if dtype in {torch.bool, torch.uint8} else batch.to(dtype)
    contents = [as_bytes(sample).numpy().tobytes() for sample in batch]
    numbers = {content: place for place, content in enumerate(dict.fromkeys(contents))}
    hashes = content_hashes(batch)
    found = {content: place for place, content in enumerate(dict.fromkeys(hashes))}
    assert [found[one] for one in hashes] == [numbers[one] for one in contents]
    assert hashes == [content_hash(sample) for sample in batch]


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64], ids=str)
def test_signs_alone_tell_samples_apart(dtype: torch.dtype) -> None:
    """Thousands of rows of 1 and -1, which differ in the highest bit of some numbers only, have as many hashes."""
    signs = torch.tensor([[2.0 * (n >> bit & 1) - 1 for bit in range(12)] for n in range(4096)])
    assert len(set(content_hashes(signs.to(dtype)))) == 4096


def test_hashes_are_the_same_in_every_run() -> None:
    """The hash of a row is a number that stands here: no run and no machine has another."""
    assert (
        content_hash(torch.arange(4, dtype=torch.int32)).hex() == "5870fcd742aeb305b38371ec00000058907f41f4"
    )
