"""Opening an experiment: its device, its data sets, the first batch, and by one step its members and its task."""

from __future__ import annotations

from cnndoctor.opening.opening import open_experiment

__all__ = ["open_experiment"]
