"""A session computes what the user's step or model asks for, also where nobody else wants gradients."""

from __future__ import annotations

import pytest
import torch

from cnndoctor.errors import UserCodeError
from tests.small import node, small


@pytest.mark.parametrize("training", [True, False])
def test_a_step_may_differentiate_by_itself_where_no_gradient_is_kept(training: bool) -> None:
    """Adversarial examples and gradient penalties need a graph of their own, and no graph leaves the step."""
    setting = 'step={_target_: "parts.py:adversarial_step", _partial_: true}'
    session = small(setting).fresh()
    session.model.train(training)
    with torch.no_grad():
        computed = session.compute(session.prepare(next(iter(session.train_loader))))
    assert torch.isfinite(computed.loss)
    assert not computed.loss.requires_grad
    assert not computed.outputs.requires_grad


def test_a_model_may_differentiate_by_itself_where_no_gradient_is_kept() -> None:
    """A force is the derivative of an energy, in validation as in training."""
    session = small(f"model={node('Force')}").fresh()
    with torch.no_grad():
        outputs = session.forward(session.members.inputs_of(next(iter(session.train_loader))))
    assert not outputs.requires_grad


def test_an_error_that_is_no_missing_graph_is_told_once() -> None:
    """Only a missing graph is a reason to call the user's code again."""
    session = small(f"model={node('FailingNet')}").fresh()
    with torch.no_grad(), pytest.raises(Exception, match="missing"):
        session.forward(session.members.inputs_of(next(iter(session.train_loader))))


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("data.inputs=pixels", "data.inputs names 'pixels'"),
        ("data.targets=digit", "data.targets names 'digit'"),
    ],
)
def test_a_member_that_no_batch_has_is_named(setting: str, said: str) -> None:
    """A misspelt key of a mapping is told with the keys that there are, not by what the model says of None."""
    session = small("data.inputs=image", "data.targets=label", setting).fresh()
    batch = {"image": torch.zeros(4, 4), "label": torch.zeros(4, dtype=torch.long)}
    with pytest.raises(UserCodeError, match="'image', 'label'") as raised:
        session.compute(batch)
    assert said in str(raised.value)


def test_a_name_for_a_member_of_a_tuple_is_refused() -> None:
    """A tuple has positions and no names: that is told instead of what the model says of None."""
    session = small("data.inputs=pixels").fresh()
    with pytest.raises(UserCodeError, match="by position, from 0") as raised:
        session.compute((torch.zeros(4, 4), torch.zeros(4, dtype=torch.long)))
    assert "data.inputs names 'pixels'" in str(raised.value)


@pytest.mark.parametrize("kind", [list, tuple])
def test_a_batch_on_the_device_is_not_moved_and_its_list_is_the_steps_own(
    kind: type[list[torch.Tensor] | tuple[torch.Tensor, ...]],
) -> None:
    """Tensors that are there stay the same; a step that changes the list it is given leaves the loader's as it is."""
    session = small().fresh()
    batch = kind(next(iter(session.train_loader)))
    prepared = session.prepare(batch)
    assert type(prepared) is kind
    assert all(a is b for a, b in zip(prepared, batch, strict=True))
    if isinstance(prepared, list):
        prepared.clear()
        assert len(batch) == 2
