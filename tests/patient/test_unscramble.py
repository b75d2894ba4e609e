"""Promises of undone reshapes: what was put into another shape comes back as it was, in either order of axes."""

from __future__ import annotations

import pytest
import torch

from cnndoctor.patient.changes import Change
from cnndoctor.patient.treatment import apply_change
from cnndoctor.patient.unscramble import unscrambled
from tests.small import small

IMAGES = torch.arange(2 * 3 * 6 * 5.0).reshape(2, 3, 6, 5)
SEQUENCES = torch.arange(2 * 6 * 3.0).reshape(2, 6, 3)


@pytest.mark.parametrize("last", [False, True], ids=["colours first", "colours last"])
def test_images_come_back(*, last: bool) -> None:
    """Both ways of misreading colours are undone, whichever axis the data set gives them on."""
    memory_last = IMAGES.permute(0, 2, 3, 1).reshape(IMAGES.shape)
    memory_first = IMAGES.reshape(2, 6, 5, 3).permute(0, 3, 1, 2)
    for way, scrambled in (("colours-last", memory_last), ("colours-first", memory_first)):
        given = scrambled.movedim(1, -1) if last else scrambled
        back = unscrambled(way)(given)
        assert torch.equal(back.movedim(-1, 1) if last else back, IMAGES)
        assert back.is_contiguous()


def test_sequences_come_back() -> None:
    """Windows [C, T] that were given the shape [T, C] are transposed as they were meant to be."""
    scrambled = SEQUENCES.transpose(1, 2).reshape(SEQUENCES.shape)
    back = unscrambled("time-last")(scrambled)
    assert torch.equal(back, SEQUENCES)
    assert back.is_contiguous()


def test_other_inputs_are_left_alone() -> None:
    """Texts, mappings and tensors of another number of axes stay what they are."""
    rows = torch.zeros(2, 3)
    for inputs in (rows, {"x": IMAGES}, None):
        assert unscrambled("colours-last")(inputs) is inputs
        assert unscrambled("time-last")(inputs) is inputs


def test_undone_inputs_can_be_standardised_besides() -> None:
    """A change that undoes a reshape goes together with one that scales inputs."""
    session = small().fresh()
    change = Change(name="both", words="", unscramble="time-last", standardise_inputs=True)
    apply_change(session, change)
    assert session.change_inputs is not None
    changed = session.change_inputs(torch.randn(4, 6, 3))
    assert changed.shape == (4, 6, 3)
