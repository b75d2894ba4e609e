"""Promises of permutes in a reshape's place: axes are swapped where samples go between the named shapes, and nowhere else."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from cnndoctor.patient.changes import Change
from cnndoctor.patient.permuting import permutation, put_permutes
from cnndoctor.patient.treatment import apply_change
from tests.small import small

IMAGES = torch.arange(2 * 3 * 4 * 5.0).reshape(2, 3, 4, 5)


@pytest.mark.parametrize(
    ("before", "after", "axes"),
    [
        ((3, 4, 5), (4, 5, 3), (1, 2, 0)),
        ((16, 8), (8, 16), (1, 0)),
        ((3, 4, 4), (4, 3, 4), (1, 0, 2)),
        ((3, 4, 4), (4, 4, 3), (1, 2, 0)),
        ((3, 4, 5), (3, 4, 5), None),
        ((4, 4), (4, 4), None),
        ((3, 4, 5), (12, 5), None),
        ((3, 4), (3, 4, 1), None),
        ((3, 4, 1), (4, 3), None),
        ((3, 4), (4, 6), None),
        ((), (), None),
    ],
)
def test_the_axes_of_a_permute_are_found(
    before: tuple[int, ...], after: tuple[int, ...], axes: tuple[int, ...] | None
) -> None:
    """A permute with these axes gives the shape, equal axes in order; where none does, or nothing moves, there is none."""
    assert permutation(before, after) == axes
    if axes is not None:
        assert torch.zeros(before).permute(axes).shape == after


class Reshaping(nn.Module):
    """Swaps colours to the last axis by a view or a reshape, then flattens with another of its kind."""

    def __init__(self, *, by: str) -> None:
        super().__init__()
        self.by = by

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        swapped = getattr(images, self.by)(len(images), 4, 5, 3)
        return swapped, swapped.view(len(images), -1)


@pytest.mark.parametrize("by", ["view", "reshape"])
def test_a_forward_swaps_axes_where_it_reshaped_them(by: str) -> None:
    """The named reshape becomes a permute whose values lie in order; the flattening behind it stays what it is."""
    model = Reshaping(by=by)
    put_permutes(model, (((3, 4, 5), (4, 5, 3)),))
    swapped, flat = model(IMAGES)
    meant = IMAGES.permute(0, 2, 3, 1)
    assert torch.equal(swapped, meant)
    assert swapped.is_contiguous()
    assert torch.equal(flat, meant.reshape(2, -1))


@pytest.mark.parametrize(
    "shapes",
    [(((3, 5, 4), (5, 4, 3)),), (((4, 5, 3), (3, 4, 5)),), (((3, 4, 5), (5, 3, 4)),), ()],
    ids=["other sizes", "the way back", "to another order", "none"],
)
def test_other_views_are_left_alone(shapes: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]) -> None:
    """A forward that reshapes between shapes nobody named gives what it gave."""
    model = Reshaping(by="view")
    before = model(IMAGES)
    put_permutes(model, shapes)
    for ours, theirs in zip(before, model(IMAGES), strict=True):
        assert torch.equal(ours, theirs)


def test_reshapes_outside_of_the_forward_stay() -> None:
    """Only while the model runs are its views answered otherwise: a loss or data set that reshapes is not touched."""
    model = Reshaping(by="view")
    put_permutes(model, (((3, 4, 5), (4, 5, 3)),))
    model(IMAGES)
    viewed = IMAGES.view(2, 4, 5, 3)
    assert viewed.data_ptr() == IMAGES.data_ptr()


def test_gradients_flow_through_the_swap() -> None:
    """What is trained with the treatment learns through the permute."""
    images = IMAGES.clone().requires_grad_()
    model = Reshaping(by="reshape")
    put_permutes(model, (((3, 4, 5), (4, 5, 3)),))
    weights = torch.randn(2, 4, 5, 3, generator=torch.Generator().manual_seed(0))
    (model(images)[0] * weights).sum().backward()
    assert images.grad is not None
    assert torch.equal(images.grad, weights.permute(0, 3, 1, 2))


@pytest.mark.parametrize("after", [(12, 5), (3, 4, 5)], ids=["no permute", "nothing moves"])
def test_shapes_that_no_permute_joins_are_refused(after: tuple[int, ...]) -> None:
    """A treatment that cannot be given says so before anything runs, and leaves the forward as it was."""
    model = Reshaping(by="view")
    with pytest.raises(RuntimeError, match=r"no permute takes \(3, 4, 5\)"):
        put_permutes(model, (((3, 4, 5), after),))
    assert "forward" not in vars(model)


def test_a_session_with_the_change_runs_the_swapped_forward() -> None:
    """The treatment of a session swaps axes in its model, also where another one takes the activation off its output."""
    session = small().fresh()
    session.model = nn.Sequential(nn.Unflatten(1, (3, 4)), Turned(), nn.Flatten(), nn.ReLU())
    change = Change(name="permuted", words="", permuted=(((3, 4), (4, 3)),), bare_output=True)
    apply_change(session, change)
    rows = torch.randn(2, 12, generator=torch.Generator().manual_seed(0))
    assert torch.equal(session.forward(rows), rows.reshape(2, 3, 4).transpose(1, 2).reshape(2, 12))


class Turned(nn.Module):
    """Gives windows [C, T] the shape [T, C] without swapping axes."""

    def forward(self, windows: Tensor) -> Tensor:
        return windows.reshape(len(windows), windows.shape[2], windows.shape[1])
