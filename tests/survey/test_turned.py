"""Promises about masks that lie another way round than their images."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from cnndoctor.survey.sample import Sample, Side
from cnndoctor.survey.turned import Turned


def _blob(generator: torch.Generator, height: int, width: int) -> Tensor:
    """Return a mask [H, W] with one ellipse anywhere."""
    place, size = torch.rand(2, generator=generator), 2 + 2 * torch.rand(2, generator=generator)
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    down, right = (rows - place[0] * height) / size[0], (columns - place[1] * width) / size[1]
    return (down**2 + right**2 < 1).long()


def _found(
    change: Callable[[Tensor], Tensor], *, width: int = 20, noise: float = 0.5, count: int = 40
) -> str | None:
    generator, turned = torch.Generator().manual_seed(0), Turned()
    for index in range(count):
        mask = _blob(generator, 20, width)
        image = mask[None] + noise * torch.randn(1, 20, width, generator=generator)
        turned.add(
            Sample(
                index=index,
                inputs=Side(kind="tensor", value=image),
                targets=Side(kind="tensor", value=change(mask)),
            )
        )
    found = turned.found()
    return found.how if found is not None else None


@pytest.mark.parametrize(
    ("change", "how"),
    [
        (lambda mask: mask.mT, "transposed"),
        (lambda mask: mask.flip(-2), "upside down"),
        (lambda mask: mask.flip(-1)[None], "mirrored left to right"),
        (lambda mask: mask.rot90(1, (-2, -1)), "turned to the left"),
        (lambda mask: mask.rot90(-1, (-2, -1)), "turned to the right"),
    ],
)
def test_what_was_done_to_masks_is_named(change: Callable[[Tensor], Tensor], how: str) -> None:
    """A mask that was turned or mirrored away from its image is found, and how."""
    assert _found(change) == how


def test_masks_that_fit_and_masks_of_nothing_are_left_alone() -> None:
    """Right masks, masks of other images, masks that brightness does not show and too few samples say nothing."""
    strange = torch.Generator().manual_seed(1)
    assert _found(lambda mask: mask) is None
    assert _found(lambda mask: _blob(strange, 20, 20)) is None
    assert _found(lambda mask: mask.mT, noise=20.0) is None
    assert _found(lambda mask: mask.mT, count=10) is None


def test_words_and_boards_are_no_images() -> None:
    """One-hot words [T, V] that are to be reversed, and boards of 6 by 6, may well be asked for another way round."""
    generator, words, boards = torch.Generator().manual_seed(0), Turned(), Turned()
    for index in range(40):
        word = torch.nn.functional.one_hot(torch.randint(12, (12,), generator=generator), 12)
        board = _blob(generator, 6, 6)
        for turned, given, asked in (
            (words, word.float(), word.flip(0)),
            (boards, board[None].float(), board.flip(0)),
        ):
            turned.add(
                Sample(
                    index=index,
                    inputs=Side(kind="tensor", value=given),
                    targets=Side(kind="tensor", value=asked),
                )
            )
    assert words.found() is None
    assert boards.found() is None


def test_images_that_are_no_square() -> None:
    """Without a square only mirrored masks can be asked, and they are."""
    assert _found(lambda mask: mask.flip(-1), width=28) == "mirrored left to right"
    assert _found(lambda mask: mask, width=28) is None


def test_of_large_images_fewer_positions_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every second position of images that are too large to be looked at whole tells the same."""
    monkeypatch.setattr("cnndoctor.survey.turned.SIDE", 10)
    assert _found(lambda mask: mask.mT, noise=0.2) == "transposed"
    assert _found(lambda mask: mask.flip(-1), width=28, noise=0.2) == "mirrored left to right"
    assert _found(lambda mask: mask, noise=0.2) is None
