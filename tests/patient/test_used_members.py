"""Which members of a batch a step uses is seen, where the usual first and second are not the ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from cnndoctor.patient.batches import Members
from cnndoctor.patient.session import Session
from cnndoctor.patient.used_members import used_members
from cnndoctor.patient.watched_step import watch_step
from tests.small import small

BATCH = {
    "photo": torch.randn(6, 3),
    "weight": torch.ones(6),
    "table": torch.randn(6, 2),
    "label": torch.tensor([0, 1, 2, 0, 1, 2]),
}


class Net(nn.Module):
    """Takes one tensor or two."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.head = nn.Linear(width, 3)

    def forward(self, first: Tensor, second: Tensor | None = None) -> Tensor:
        scores: Tensor = self.head(first if second is None else torch.cat([first, second], 1))
        return scores


def session_of(width: int, step: Any, loss: Any = nn.functional.cross_entropy) -> Session:
    """Return the small session with a step of its own."""
    session = small().fresh()
    session.model, session.step, session.loss = Net(width), step, loss
    return session


def both(model: nn.Module, batch: Any, loss: Any) -> dict[str, Tensor]:
    """Use two inputs, of which one comes in another type, and name the targets."""
    outputs = model(batch["photo"].double().float(), second=batch["table"])
    return {"loss": loss(outputs, batch["label"]), "outputs": outputs, "targets": batch["label"]}


def unnamed(model: nn.Module, batch: Any, loss: Any) -> Tensor:
    """Return the loss alone, of the last member."""
    value: Tensor = loss(model(batch[0]), batch[2])
    return value


def rebuilt(model: nn.Module, batch: Any, loss: Any) -> dict[str, Tensor]:
    """Learn the inputs themselves."""
    outputs = model(batch["photo"])
    return {"loss": (outputs - batch["photo"]).square().mean(), "outputs": outputs, "targets": batch["photo"]}


def usual(model: nn.Module, batch: Any, loss: Any) -> Tensor:
    """Use the first two members."""
    value: Tensor = loss(model(batch[0]), batch[1])
    return value


TRIPLE = (BATCH["photo"], BATCH["weight"], BATCH["label"])


@pytest.mark.parametrize(
    ("session", "batch", "members"),
    [
        pytest.param(
            session_of(5, both), BATCH, Members(inputs=("photo", "table"), targets="label"), id="a mapping"
        ),
        pytest.param(session_of(3, unnamed), TRIPLE, Members(inputs=0, targets=2), id="met by the loss"),
        pytest.param(
            session_of(3, rebuilt), {"id": torch.arange(6), "photo": BATCH["photo"]}, Members(inputs="photo", targets=""),
            id="its own inputs",
        ),
        pytest.param(session_of(3, usual), (BATCH["photo"], BATCH["label"], BATCH["weight"]), None, id="the usual ones"),
        pytest.param(session_of(3, usual), (BATCH["photo"], BATCH["label"]), None, id="a pair"),
    ],
)  # fmt: skip
def test_what_reaches_the_model_and_the_loss(
    session: Session, batch: Mapping[str, Tensor] | tuple[Tensor, ...], members: Members | None
) -> None:
    """Inputs are what the model is given, in any type; targets what the step names or the loss meets."""
    assert used_members(watch_step(session, batch)) == members
