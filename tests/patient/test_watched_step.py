"""A watched step tells what reached model and loss, and leaves the session as it was."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from cnndoctor.errors import UserCodeError
from cnndoctor.patient.batches import Members
from cnndoctor.patient.session import Session
from cnndoctor.patient.watched_step import free_members, watch_step
from tests.small import small

BATCH = (torch.randn(6, 4), torch.tensor([0, 1, 0, 1, 0, 1]), torch.ones(6))


def session_of(step: Any) -> Session:
    """Return the small session with a step of its own."""
    session = small().fresh()
    session.step = step
    return session


def mapped(model: nn.Module, batch: Any, loss: Any) -> dict[str, Any]:
    """Name the outputs, and that there are no targets."""
    outputs = model(batch[0])
    return {"loss": loss(outputs, target=batch[1]), "outputs": outputs, "targets": None}


def plain(model: nn.Module, batch: Any, loss: Any) -> Tensor:
    """Return a loss of its own, by the settings of the configured one."""
    value: Tensor = model(batch[0]).square().mean() * (1 - loss.label_smoothing)
    return value


def failing(model: nn.Module, batch: Any, loss: Any) -> Tensor:
    """Raise half-way."""
    model(batch[0])
    raise ValueError("half-way")


def test_what_the_step_uses_and_names_is_told() -> None:
    """The model's arguments, the loss's beside its first, the outputs; no targets where the step says there are none."""
    step = watch_step(session_of(mapped), BATCH)
    assert [part is BATCH[0] for part in step.reached] == [True]
    assert [part is BATCH[1] for part in step.met] == [True]
    assert step.loss_called
    assert step.outputs.shape == (6, 2)
    assert step.targets(Members()) is None


@pytest.mark.parametrize(
    ("made", "as_given"),
    [
        (lambda outputs: outputs, True),
        (lambda outputs: outputs.detach()[:, None], True),
        (torch.sigmoid, False),
    ],
)
def test_outputs_that_are_made_of_what_the_loss_was_given(made: Any, as_given: bool) -> None:
    """The same numbers in another shape are what the loss was given; a function of them is not."""

    def step(model: nn.Module, batch: Any, loss: Any) -> dict[str, Any]:
        outputs = model(batch[0])
        return {"loss": loss(outputs, batch[1]), "outputs": made(outputs)}

    assert watch_step(session_of(step), BATCH).outputs_as_given is as_given


def test_without_a_word_the_targets_are_the_members() -> None:
    """A step that returns the loss alone hides its outputs; the loss that it does not call is known all the same."""
    step = watch_step(session_of(plain), BATCH)
    assert not step.loss_called
    assert step.outputs is None
    assert step.outputs_as_given
    assert step.targets(Members(targets=2)) is BATCH[2]


@pytest.mark.parametrize(
    ("own", "raises"), [(mapped, nullcontext()), (failing, pytest.raises(UserCodeError, match="half-way"))]
)
def test_the_session_is_left_as_it_was(own: Any, raises: AbstractContextManager[Any]) -> None:
    """Step, loss and hooks are put back, also where the step raises."""
    session = session_of(own)
    loss = session.loss
    with raises:
        watch_step(session, BATCH)
    assert (session.step, session.loss) == (own, loss)
    assert not session.model._forward_pre_hooks


@pytest.mark.parametrize(
    ("batch", "names"),
    [
        (BATCH, [0, 1, 2]),
        (BATCH[:2], []),
        (BATCH[0], []),
        ({"photo": BATCH[0], "label": BATCH[1]}, ["photo", "label"]),
        ({"photo": BATCH[0]}, []),
        ({("photo", 1): BATCH[0], "label": BATCH[1]}, []),
    ],
    ids=["three members", "a pair", "a tensor", "a mapping", "a mapping of one", "odd keys"],
)
def test_members_are_free_where_they_may_stand_anywhere(batch: object, names: list[str | int]) -> None:
    """In a mapping, and in a plain tuple of three and more."""
    assert list(free_members(batch)) == names
