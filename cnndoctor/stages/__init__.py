"""The checklist: seven stages in the order they run, cheap ones first. A stage looks; it never judges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, cast

from cnndoctor.context import Context, Seen

__all__ = ["STAGES", "Stage"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One entry of the checklist.

    Attributes:
        name: Public name, as on the command line.
        doing: What it does, for the progress line.
        needs_step: Whether it needs a model that can make a training step.
        costly: Whether it is left out once an error stands that surely keeps the run from training.
    """

    name: str
    doing: str
    needs_step: bool = False
    costly: bool = False

    @property
    def record(self) -> str:
        """Return the name of its field in ``Evidence``."""
        return self.name.replace("-", "_")

    def run(self, context: Context) -> Seen[Any]:
        """Run the stage; its module is imported only now."""
        run = cast("Callable[[Context], Seen[Any]]", import_module(f"cnndoctor.stages.{self.record}").run)
        return run(context)


STAGES = (
    Stage(name="setup", doing="building model, loss and optimizer"),
    Stage(name="data", doing="reading the data once"),
    Stage(name="first-batch", doing="looking closely at one batch"),
    Stage(name="overfit", doing="memorising a few samples", needs_step=True),
    Stage(name="lr-range", doing="sweeping the learning rate", needs_step=True),
    Stage(name="gradient", doing="checking gradients numerically", needs_step=True),
    Stage(name="train", doing="training as configured", needs_step=True, costly=True),
)
