"""Promises of samples that hold several tensors: each has its name, and only all of them together tell copies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch import Tensor

from cnndoctor.patient.batches import Members
from cnndoctor.survey.chunks import chunks_of
from cnndoctor.survey.copies import Fingerprints
from cnndoctor.survey.prints import fingerprint, prints_of_several
from cnndoctor.survey.sample import Side, sample_of, side_of

PICTURE = torch.arange(16.0).reshape(1, 4, 4)


@dataclass
class Visit:
    scan: Tensor
    age: float


@pytest.mark.parametrize(
    ("raw", "inputs", "names"),
    [
        (((PICTURE, PICTURE), 1), 0, ["inputs[0]", "inputs[1]"]),
        (({"user": 3, "side": np.ones(2)}, 1), 0, ["user", "side"]),
        (({"pair": [PICTURE, {"mask": PICTURE}]}, 1), 0, ["pair[0]", "pair[1].mask"]),
        ({"left": PICTURE, "right": PICTURE, "same": 1}, ("right", "left"), ["right", "left"]),
        ((PICTURE, PICTURE, 1), (0, 1), ["inputs[0]", "inputs[1]"]),
        ((Visit(PICTURE, 61.0), 1), 0, ["scan", "age"]),
    ],
    ids=["tuple", "mapping", "nested", "keys", "positions", "dataclass"],
)
def test_every_tensor_has_the_name_by_which_the_program_knows_it(raw, inputs, names) -> None:
    """Keys and attributes are names; a position is told as one of the inputs."""
    side = sample_of(0, raw, Members(inputs=inputs)).inputs
    assert [name for name, _ in side.named] == names
    assert side.value is side.named[0][1]
    assert side.whole


def _counted(sides: list[Side]) -> Fingerprints:
    prints = Fingerprints()
    none = side_of(0)
    samples = [sample_of(n, (None, 0), Members()) for n in range(len(sides))]
    for chunk in chunks_of(
        type(sample)(index=sample.index, inputs=side, targets=none)
        for sample, side in zip(samples, sides, strict=True)
    ):
        prints.take(chunk)
    return prints


def test_copies_are_equal_in_all_their_tensors_and_texts() -> None:
    """Of five pairs only the one that agrees in pictures and text is a copy of the first."""
    other = PICTURE + 1
    sides = [
        side_of((PICTURE, PICTURE, "a cat")),
        side_of((PICTURE, other, "a cat")),
        side_of((other, PICTURE, "a cat")),
        side_of((PICTURE, PICTURE, "a dog")),
        side_of((PICTURE, PICTURE, "a cat")),
    ]
    found = _counted(sides).duplicates()
    assert (found.groups, found.extra, found.examples) == (1, 1, ((0, 4),))


def test_blank_pairs_are_no_copies_whatever_number_stands_beside_them() -> None:
    """Two empty pictures with the same age are not called copies; two equal rows of small tensors are."""
    empty = torch.zeros(1, 4, 4)
    assert _counted([side_of((empty, 61)), side_of((empty, 61))]).duplicates().extra == 0
    assert _counted([side_of((7, torch.zeros(3))), side_of((7, torch.zeros(3)))]).duplicates().extra == 1


def test_what_holds_something_unknown_is_no_copy_of_anything() -> None:
    """An object beside the tensors may tell samples apart, so nothing is said of them."""
    assert fingerprint(side_of((PICTURE, object()))) is None
    assert _counted([side_of((PICTURE, object()))] * 2).duplicates().extra == 0


def test_prints_of_a_batch_are_those_of_its_samples() -> None:
    """Hashed together or one by one, samples of several tensors have the same prints."""
    generator = torch.Generator().manual_seed(0)
    parts = {"ids": torch.arange(5), "row": torch.randn(5, 3, generator=generator)}
    alone = [
        fingerprint(Side(kind="other", named=(("ids", ids), ("row", row)), parts=2))
        for ids, row in zip(*parts.values(), strict=True)
    ]
    assert prints_of_several(parts, [""] * 5) == alone
    assert len(set(alone)) == 5


def test_targets_that_differ_within_equal_inputs_are_measured_by_all_targets() -> None:
    """Pairs with targets 0 and 1 vary as much as any two samples; pairs measured twice hardly."""
    rows = [side_of((n // 2, torch.tensor([1.0, 2.0]))) for n in range(40)]

    def spread(targets: list[float]) -> float:
        prints = Fingerprints()
        for n, (row, target) in enumerate(zip(rows, targets, strict=True)):
            prints.note(fingerprint(row), n, target)
        return prints.duplicates().target_spread

    assert spread([float(n % 2) for n in range(40)]) == pytest.approx(2.0, abs=0.1)
    assert spread([n // 2 + 0.1 * (n % 2) for n in range(40)]) < 0.01
